"""``masker init``: what a Rails application needs for a preview, written into it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.taking import taking

if TYPE_CHECKING:
    from masker.companion.application import Application
    from masker.companion.init import Written
    from masker.companion.publishing import Ways

EXAMPLES = """[bold]Examples[/]

cd shop && masker init

MASKER_SOURCE=$PRODUCTION_DATABASE_URL masker init --no-boot

masker init ../shop --heroku shop-preview --ci none"""


@taking
def init_command(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The application's folder.", show_default=False)
    ] = Path(),
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            metavar="URL",
            envvar=["MASKER_SOURCE", "PRODUCTION_DATABASE_URL"],
            show_default=False,
            help="A database of the application's schema, production's own best of all: rules are suggested by it.",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="URL",
            envvar=["MASKER_TARGET", "PREVIEW_DATABASE_URL"],
            show_default=False,
            help="The preview's database: how it may be published is looked at, and nothing is written to it.",
        ),
    ] = None,
    no_boot: Annotated[
        bool, typer.Option("--no-boot", help="Read the application's files only; do not start it.")
    ] = False,
    ci: Annotated[
        Literal["github", "none"], typer.Option("--ci", help="Whose workflow is written, if any.")
    ] = "github",
    heroku: Annotated[
        str | None,
        typer.Option(
            "--heroku",
            metavar="APP",
            help="The preview's application on Heroku; its files are written.",
            show_default=False,
        ),
    ] = None,
    container: Annotated[
        bool, typer.Option("--container", help="Write masker.Dockerfile although the application has no Dockerfile.")
    ] = False,
    *,
    output: Annotated[OutputFlags, Without("log_format")],
) -> None:
    """Write masker.yml, config/masking.yml, a boot gate, rake tasks, a test and a workflow into a Rails application. A
    file that is there is never written over; the difference is shown."""
    from masker.companion.init import as_document, left_to_do, write_all
    from masker.companion.reading import read
    from masker.companion.written import Wishes

    application = read(folder, boot=not no_boot, tell=lambda text: typer.echo(text, err=True))
    wishes = Wishes(ci=ci, heroku=heroku, container=container, ways=_ways(target))
    rules = _suggested(application, source)
    written = write_all(application, wishes, rules)
    left = list(left_to_do(application, wishes, rules))
    if output.json:
        typer.echo(json.dumps(as_document(application, written, left), ensure_ascii=False, indent=2))
        return
    _print(application, written, left)
    primary = application.primary
    if primary is not None and primary.name in rules:
        for line in _head(rules[primary.name]):
            typer.echo(f"config/masking.yml   {line}")


def _ways(target: str | None) -> Ways | None:
    """How the preview may be published; None where it is not named or does not answer, which is told."""
    if not target:
        return None
    from masker.companion.publishing import seen

    found = seen(target)
    if found is None:
        typer.echo("the preview's database was not reached; how it may be published was not looked at", err=True)
    return found


def _suggested(application: Application, source: str | None) -> dict[str, str]:
    """Rules by the name of their database: by a server where one is named, else by the dump of its schema."""
    from masker.cli.flags.databases import DatabaseFlags
    from masker.cli.rules.drafting import drafted
    from masker.companion.written import WITHOUT_ROWS
    from masker.ruleset.facts import Facts
    from masker.ruleset.parse import read_rules

    facts = Facts.model_validate_json(application.facts) if application.facts is not None else None
    found: dict[str, str] = {}
    for database in (application.primary, *application.others):
        if database is None or (database.name in WITHOUT_ROWS and database is not application.primary):
            continue
        url = source if database is application.primary else None
        schema = application.root / database.schema if database.schema is not None and url is None else None
        if url is not None or schema is not None:
            made = drafted(read_rules(()), DatabaseFlags(source=url), schema=schema, facts=facts)
            found[database.name] = made.text
    return found


def _head(text: str) -> list[str]:
    """What a draft of rules says of itself before its first rule: counts, and what to look at."""
    head = text.partition("version: 1\n")[0].splitlines()
    return [line.lstrip("# ") for line in head[1:] if line.strip("# ")]


def _print(application: Application, written: list[Written], left: list[str]) -> None:
    rails = f"Rails {application.rails}" if application.rails else "Rails"
    typer.echo(f"{application.name}   {rails}, read by {application.read_by}")
    for each in written:
        typer.echo(f"  {each.outcome.ljust(8)}   {each.path}")
        if each.diff:
            typer.echo("".join(f"    {line}" for line in each.diff.splitlines(keepends=True)), nl=False)
    typer.echo("left to you")
    for number, text in enumerate(left, 1):
        typer.echo(f"  {number}. {text}")
