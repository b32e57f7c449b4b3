"""``masker branch renew``: a lease that ends later."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from masker.cli.acted import acted
from masker.cli.branch.common import lease as told
from masker.cli.branch.common import target_of
from masker.cli.flags.branch import LeaseFlags
from masker.cli.flags.databases import DatabaseFlags, KeyFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.report import HistoryFlags
from masker.cli.flags.taking import taking

EXAMPLES = """[bold]Examples[/]

masker branch renew pr-123 -c masker.yml --ttl 1w"""


@taking
def renew_branch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The branch's database.")],
    databases: Annotated[DatabaseFlags, Without("source")],
    lease: LeaseFlags,
    keys: KeyFlags,
    history: HistoryFlags,
    output: Annotated[OutputFlags, Without("log_format")],
) -> None:
    """Let the lease of a branch begin anew, from now."""
    target, key = target_of(databases, keys)
    from masker.branches.make import renew

    with acted("branch renew", history, target.database, name) as came_to:
        branch = renew(target, name, key=key, ttl=lease.ttl)
        document = {"kind": "branch", **branch.document()}
        came_to(document)
    if output.json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        typer.echo(f"✓ {name}: {told(branch)}")
