"""``masker rules explain``: why a column becomes what it becomes."""

from __future__ import annotations

from typing import Annotated

import typer

from masker.cli.flags.databases import DatabaseFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.taking import taking
from masker.cli.rules.inputs import source_catalog


@taking
def explain(
    column: Annotated[
        str,
        typer.Argument(
            metavar="TABLE.COLUMN", help="The column, with its schema outside of public.", show_default=False
        ),
    ],
    rules: Annotated[RuleFlags, Without("require_signed", "allowed_signers")],
    databases: Annotated[DatabaseFlags, Without("target")],
) -> None:
    """Tell which rule decides a column, where it stands, and which rules give way to it."""
    from masker.ruleset.explain import explain_column
    from masker.ruleset.parse import read_rules

    typer.echo(explain_column(read_rules(tuple(rules.files), rules.schema), source_catalog(databases), column))
