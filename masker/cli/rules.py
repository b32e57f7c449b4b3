"""``masker rules``: rule files looked at, checked against a database, explained and begun."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from masker.cli.options import Config, RuleFiles, Schema, Source
from masker.errors import RuleErrors, UsageError

if TYPE_CHECKING:
    from masker.catalog.types import Catalog
    from masker.masks.mask import Mask
    from masker.ruleset.types import Resolution, RuleSet

EXAMPLES = """[bold]Examples[/]

MASKER_SOURCE=$PRODUCTION_DATABASE_URL masker rules suggest > config/masking.yml

masker rules check -c masker.yml

masker rules explain users.email -c masker.yml"""

app = typer.Typer(help="Check rule files, explain and suggest rules, list masks.", no_args_is_help=True, rich_markup_mode="rich")


@app.command("check", epilog=EXAMPLES)
def check(rules: RuleFiles = None, schema: Schema = None, source: Source = None, config: Config = None) -> None:
    """Check rule files, and where a source is given all that a plan of it would find: every problem at once, exit code 3."""
    from masker.ruleset.parse import read_rules

    files, url, ahead = _inputs(config, rules, source, schema)
    if not files:
        raise UsageError("--rules is missing", hint="give rule files with --rules, or in masker.yml (-c)")
    ruleset = read_rules(files, ahead)
    if url is None:
        from masker.plan.documents import unsaid
        from masker.ruleset.expressions import expression_problems

        if found := [*unsaid(ruleset), *expression_problems(ruleset)]:
            raise RuleErrors(found)
        typer.echo(f"{files_text(ruleset)}: read well; --source compares them with a database")
        return
    from masker.run.check import check_rules

    examined = check_rules(url, ruleset)
    typer.echo(f"{files_text(ruleset)}: {decisions_text(examined.resolution)}")
    for note in (*examined.resolution.notes, *examined.notes):
        typer.echo(f"note  {note.subject}: {note.text}")


@app.command("explain", epilog=EXAMPLES)
def explain(
    column: Annotated[str, typer.Argument(metavar="TABLE.COLUMN", help="The column, with its schema outside of public.", show_default=False)],
    rules: RuleFiles = None,
    schema: Schema = None,
    source: Source = None,
    config: Config = None,
) -> None:
    """Tell which rule decides a column, where it stands, and which rules give way to it."""
    from masker.ruleset.explain import explain_column
    from masker.ruleset.parse import read_rules

    files, url, ahead = _inputs(config, rules, source, schema)
    typer.echo(explain_column(read_rules(files, ahead), _catalog(_required(url)), column))


@app.command("suggest", epilog=EXAMPLES)
def suggest(rules: RuleFiles = None, source: Source = None, config: Config = None) -> None:
    """Write a rule file for the columns no rule decides. Its rules are guesses from names and types: read each of them."""
    from masker.ruleset.explain import suggested_file
    from masker.ruleset.files import shipped_rule_sets
    from masker.ruleset.parse import read_rules, read_shipped

    files, url, _ = _inputs(config, rules, source, None)
    shipped = {name: read_shipped(name) for name in shipped_rule_sets()}
    typer.echo(suggested_file(read_rules(files), _catalog(_required(url)), shipped), nl=False)


@app.command("masks")
def masks() -> None:
    """List all masks: what they make, of which types, with which arguments."""
    from masker.masks.table import MASKS

    typer.echo(masks_text(MASKS))


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of rule files, for completion in editors."""
    from masker.ruleset.files import shipped_rule_sets
    from masker.ruleset.schema import json_schema

    typer.echo(json_schema(tuple(shipped_rule_sets())), nl=False)


def masks_text(masks: Mapping[str, Mask]) -> str:
    """The masks, each with what it makes, what it serves, its own arguments and an example."""
    from masker.masks.rule import MaskRule

    width = max(len(name) for name in masks)
    lines: list[str] = []
    for name, mask in masks.items():
        own = [argument for argument in mask.rule.model_fields if argument not in MaskRule.model_fields]
        lines.append(f"{name.ljust(width)}   {mask.summary}")
        details = [
            f"for {mask.card.serves}",
            *([f"takes {', '.join(own)}"] if own else []),
            *(f"makes {mask.card.example}"),
        ]
        lines.append(f"{' ' * width}   {' · '.join(details)}")
    lines += ["", "All take by (who: columns, or `value`), scope (columns that agree) and locale."]
    return "\n".join(lines)


def files_text(ruleset: RuleSet) -> str:
    """What was read: ``config/masking.yml · rails devise``."""
    names = ", ".join(file.name for file in ruleset.files)
    sets = " ".join(Path(file.name).stem for file in ruleset.included)
    return f"{names} · {sets}" if sets else names


def decisions_text(resolution: Resolution) -> str:
    """How much the rules decide, in numbers."""
    tables = resolution.tables.values()
    rules = [decision.rule.mask for table in tables if table.rows != "none" for decision in table.columns.values()]
    empty = sum(table.rows == "none" for table in tables)
    return f"{len(tables)} tables, {empty} of them left empty; {len(rules) - rules.count('keep')} columns masked, {rules.count('keep')} kept; nothing undecided"


def _inputs(
    config: Path | None, rules: list[Path] | None, source: str | None, schema: Path | None
) -> tuple[tuple[Path, ...], str | None, Path | None]:
    """Rule files, the source's URL and the application's schema: flags over masker.yml."""
    from masker.cli.settings_file import read_settings_file
    from masker.model import FromEnvironment

    file = read_settings_file(config) if config is not None else None
    folder = config.parent if config is not None else Path()
    files = tuple(rules) if rules else tuple(folder / name for name in (file.rules if file else ()))
    schema = schema or (folder / file.application_schema if file and file.application_schema else None)
    if source or file is None or file.source is None:
        return files, source or None, schema
    url = file.source.url
    if isinstance(url, FromEnvironment):
        found = os.environ.get(url.env)
        if not found:
            raise UsageError(f"source.url: the environment variable {url.env} is not set", hint=f"export {url.env}, or give --source")
        return files, found, schema
    return files, url, schema


def _required(url: str | None) -> str:
    if url is None:
        raise UsageError("--source is missing", hint="give the database's URL with --source, or in masker.yml (-c)")
    return url


def _catalog(url: str) -> Catalog:
    from masker.catalog.read import read_catalog
    from masker.pg.connect import connect, parse_url
    from masker.pg.errors import Side, server_errors

    with connect(parse_url(url, Side.SOURCE)) as conn, server_errors(Side.SOURCE, "its catalog was read"):
        return read_catalog(conn)
