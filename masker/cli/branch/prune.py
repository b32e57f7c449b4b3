"""``masker branch prune``: branches whose lease has ended."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from masker.cli.acted import acted
from masker.cli.branch.common import target_of
from masker.cli.flags.databases import DatabaseFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.report import HistoryFlags
from masker.cli.flags.taking import taking
from masker.errors import TargetError

EXAMPLES = """[bold]Examples[/]

masker branch prune -c masker.yml        # every night"""


@taking
def prune_branches(
    databases: Annotated[DatabaseFlags, Without("source")],
    history: HistoryFlags,
    output: Annotated[OutputFlags, Without("log_format")],
) -> None:
    """Drop the branches whose lease has ended, pristine copies of what previews were, and what dead runs have left of
    branches; nothing else."""
    target, _ = target_of(databases)
    from masker.branches.remove import prune

    with acted("branch prune", history, target.database) as came_to:
        done = prune(target)
        document = {
            "kind": "branches-pruned",
            "dropped": list(done.dropped),
            "left": [{"database": name, "reason": reason} for name, reason in done.left],
        }
        if done.left:
            error = TargetError(
                f"target: {len(done.left)} branches whose lease has ended could not be dropped",
                hint="\n".join(f"{name}: {reason}" for name, reason in done.left),
            )
            error.document = document
            raise error
        if done.dropped:
            came_to(document)
    if output.json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(f"✓ {name} is dropped" for name in done.dropped) or "no lease has ended")
