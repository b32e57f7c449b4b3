"""``masker rules check``: every problem of rule files at once."""

from __future__ import annotations

from typing import Annotated

import typer

from masker.cli.flags.databases import DatabaseFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.taking import taking
from masker.cli.rules.inputs import source_url
from masker.cli.rules.texts import decisions_text, files_text
from masker.errors import RuleErrors, UsageError


@taking
def check(rules: RuleFlags, databases: Annotated[DatabaseFlags, Without("target")]) -> None:
    """Check rule files, and where a source is given all that a plan of it would find: every problem at once, exit code
    3."""
    from masker.ruleset.parse import read_rules

    url = source_url(databases)
    if not rules.files:
        raise UsageError("--rules is missing", hint="give rule files with --rules, or in masker.yml (-c)")
    ruleset = read_rules(tuple(rules.files), rules.schema)
    if url is None:
        from masker.ruleset.expressions import expression_problems
        from masker.tables.documents import unsaid

        if found := [*unsaid(ruleset), *expression_problems(ruleset)]:
            raise RuleErrors(found)
        typer.echo(f"{files_text(ruleset)}: read well; --source compares them with a database")
        return
    from masker.copy.check import check_rules

    examined = check_rules(url, ruleset)
    typer.echo(f"{files_text(ruleset)}: {decisions_text(examined.resolution)}")
    for note in (*examined.resolution.notes, *examined.notes):
        typer.echo(f"note  {note.subject}: {note.text}")
