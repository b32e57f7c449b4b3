"""``masker branch drop``: a branch that is wanted no more."""

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

EXAMPLES = """[bold]Examples[/]

masker branch drop pr-123 -c masker.yml"""


@taking
def drop_branch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The branch's database.")],
    databases: Annotated[DatabaseFlags, Without("source")],
    history: HistoryFlags,
    output: Annotated[OutputFlags, Without("log_format")],
) -> None:
    """Drop a branch and whoever is connected to it. A database whose own marker does not say that it is a branch is
    refused."""
    target, _ = target_of(databases)
    from masker.branches.remove import drop

    with acted("branch drop", history, target.database, name) as came_to:
        branch = drop(target, name)
        document = {"kind": "branch-dropped", **(branch.document() if branch is not None else {"name": name})}
        came_to(document)
    if output.json and branch is not None:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        typer.echo(f"✓ {name} is dropped")
