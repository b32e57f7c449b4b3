"""``masker rules diff``: what other rules change, and for whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from masker.cli.flags.databases import DatabaseFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.taking import taking
from masker.cli.rules.decided import catalog_at_hand


@taking
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The rules as they were.", show_default=False)],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The rules as they are to be.", show_default=False)],
    rules: Annotated[RuleFlags, Without("files", "require_signed", "allowed_signers")],
    databases: Annotated[DatabaseFlags, Without("target")],
) -> None:
    """Tell what NEW decides otherwise than OLD for a source, or for the application's schema: each column, the rows
    concerned, and where originals reach the preview that did not before."""
    from masker.ruleset.differences import differences
    from masker.ruleset.explain import aligned
    from masker.ruleset.parse import read_rules
    from masker.ruleset.resolve import resolve

    before, after = (read_rules((path,), rules.schema) for path in (old, new))
    catalog = catalog_at_hand(after, rules, databases)
    found = list(differences(resolve(before, catalog), resolve(after, catalog)))
    if not found:
        typer.echo(f"{new} decides all of {len(catalog.tables)} tables as {old} does")
        return
    typer.echo(aligned([("!" if each.exposes else " ", each.subject, each.what, each.whom) for each in found]))
    if exposing := sum(each.exposes for each in found):
        typer.echo(f"\n! {exposing} of {len(found)}: originals, or rows, reach the preview that did not before")
