"""``masker rules suggest``: a rule file to begin with, and to sign."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from masker.cli.flags.databases import DatabaseFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.taking import taking
from masker.cli.log import note
from masker.errors import Problem, UsageError


@taking
def suggest(
    rules: Annotated[RuleFlags, Without("schema", "require_signed", "allowed_signers")],
    databases: Annotated[DatabaseFlags, Without("target")],
    schema: Annotated[
        Path | None,
        typer.Option(
            "--schema",
            metavar="FILE",
            show_default=False,
            help="The application's db/schema.rb or db/structure.sql: a draft from it alone, without a server.",
        ),
    ] = None,
    facts: Annotated[
        Path | None,
        typer.Option(
            "--facts",
            metavar="FILE",
            show_default=False,
            help="What the application says of its data (facts.json): encrypted attributes, enums, its log's filter …",
        ),
    ] = None,
    sample: Annotated[
        int,
        typer.Option(
            "--sample",
            metavar="ROWS",
            min=0,
            help="So many rows of each table are looked at for the form of their values, counted on the server; 0:"
            " only what its statistics hold.",
        ),
    ] = 0,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write it there instead of to stdout.", show_default=False),
    ] = None,
    update: Annotated[
        Path | None,
        typer.Option(
            "--update",
            metavar="FILE",
            show_default=False,
            help="A rule file to add what is new to, after a migration: what is gone becomes a comment, comments and"
            " order stay. Renamed columns are looked for in db/migrate beside the schema file, or here.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Every table and column with its kind and reasons, as one JSON document.")
    ] = False,
) -> None:
    """Write a rule file for the columns no rule decides: what needs a person's eye first, then what is decided, then
    what is kept. Its rules are guesses from names, types, comments, counts and the keys of documents; the file passes
    `rules check` and `plan` as it is."""
    from masker.cli.rules.drafting import drafted
    from masker.draft.data import draft_data
    from masker.ruleset.parse import read_facts, read_rules

    if output is not None and output.exists():
        raise UsageError(f"{output}: there is such a file already", hint="name another, or remove it")
    if update is not None:
        _update(update, output, rules, databases, schema, facts, sample)
        return
    made = drafted(
        read_rules(tuple(rules.files)),
        databases,
        schema=schema,
        facts=read_facts(facts) if facts is not None else None,
        sample=sample,
    )
    text = json.dumps(draft_data(made.draft), ensure_ascii=False, indent=1) + "\n" if as_json else made.text
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
    for unread in made.unread:
        note(f"not understood, and left out: {unread}", level="warning")
    for problem in made.left:
        note(f"not for these rules to mend: {problem}", level="warning")


def _update(
    path: Path,
    output: Path | None,
    rules: RuleFlags,
    databases: DatabaseFlags,
    schema: Path | None,
    facts: Path | None,
    sample: int,
) -> None:
    """The file at *path* with what is new, there or at *output*."""
    from masker.cli.rules.drafting import drafted
    from masker.draft.update import renames_by_number, renames_of, updated
    from masker.ruleset.document import read_document
    from masker.ruleset.parse import parse_rules, read_facts, read_rules

    others = [each for each in rules.files if each.resolve() != path.resolve()]
    ruleset = read_rules((*others, path))
    made = drafted(
        ruleset,
        databases,
        schema=schema,
        facts=read_facts(facts) if facts is not None else None,
        sample=sample,
        adds_to=True,
    )
    folder = (schema.parent if schema is not None else Path("db")) / "migrate"
    migrations = {each.name: each.read_text(encoding="utf-8", errors="replace") for each in folder.glob("*.rb")}
    before = path.read_text(encoding="utf-8")
    # What migrations say is sure; numbers tell only of a server's own columns.
    by_number = renames_by_number(ruleset.files[-1], made.draft, made.catalog) if schema is None else {}
    renames = {**by_number, **renames_of(migrations)}
    text, told = updated(before, ruleset.files[-1], made.draft, made.catalog, renames)
    problems: list[Problem] = []
    if parse_rules(read_document(text, str(path)), problems) is None:
        raise UsageError(
            f"{path}: what is new cannot be added to what is written in braces there ({problems[0].found}); it is left"
            " as it was",
            hint="give `tables`, `defaults` and each table lines of their own",
        )
    if text != before or output is not None:
        (output or path).write_text(text, encoding="utf-8")
    for line in told or ["nothing is new, and nothing is gone"]:
        typer.echo(line)
