"""``masker branch list``: which branches there are."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from masker.cli.branch.common import lease, target_of
from masker.cli.flags.databases import DatabaseFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.taking import taking

EXAMPLES = """[bold]Examples[/]

masker branch list -c masker.yml

masker branch list -c masker.yml --json"""


@taking
def list_branches(
    databases: Annotated[DatabaseFlags, Without("source")],
    output: Annotated[OutputFlags, Without("log_format")],
) -> None:
    """List the branches on the target's server, each with the preview and the run it is of, and its lease."""
    target, _ = target_of(databases)
    from masker.branches.remove import look

    found = look(target)
    if output.json:
        document = {
            "kind": "branches",
            "branches": [{**branch.document(), "over": found.is_over(branch)} for branch in found.branches],
            "unread": [{"database": name, "reason": reason} for name, reason in found.unread],
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    for branch in found.branches:
        words = "pristine copy" if branch.is_pristine else lease(branch)
        over = ", over" if found.is_over(branch) else ""
        typer.echo(f"{branch.name}  of {branch.of}, run {branch.run}, {words}{over}")
    for name, reason in found.unread:
        typer.echo(f"{name}  could not be looked at: {reason}")
    if not found.branches:
        typer.echo("no branches")
