"""``masker branch create``: a branch of the verified preview."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from masker.cli.acted import acted
from masker.cli.branch.common import made_document, made_text, target_of
from masker.cli.flags.branch import LeaseFlags, PreviewFlags
from masker.cli.flags.databases import DatabaseFlags, KeyFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.report import HistoryFlags
from masker.cli.flags.taking import taking

EXAMPLES = """[bold]Examples[/]

masker branch create pr-123 -c masker.yml --ttl 3d

MASKER_TARGET=$PREVIEW_DATABASE_URL masker branch create pr-123 --from preview --json"""


@taking
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the branch's database is called.")],
    databases: Annotated[DatabaseFlags, Without("source")],
    preview: PreviewFlags,
    lease: LeaseFlags,
    keys: KeyFlags,
    history: HistoryFlags,
    output: Annotated[OutputFlags, Without("log_format")],
) -> None:
    """Copy a verified preview into a database of its own, on the same server, with a marker of its own: the gate
    opens."""
    target, key = target_of(databases, keys)
    from masker.branches.make import make_branch

    with acted("branch create", history, target.database, name) as came_to:
        made = make_branch(
            target, name, of=preview.of or target.database, key=key, ttl=lease.ttl, terminate=preview.terminate
        )
        came_to(made_document(made))
    typer.echo(json.dumps(made_document(made), ensure_ascii=False, indent=2) if output.json else made_text(made))
