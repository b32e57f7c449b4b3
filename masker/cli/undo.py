"""``masker undo``: what a sync has deleted, brought back."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from masker.cli.flags.buckets import AccessFlags
from masker.cli.flags.databases import DatabaseFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.syncing import StateFlags
from masker.cli.flags.taking import taking
from masker.figures import counted

EXAMPLES = """[bold]Examples[/]

masker undo k3v9x0ab --confirm app-preview

masker undo k3v9x0ab-2 -c masker.yml --confirm app-uploads --json"""

Confirm = Annotated[
    list[str] | None,
    typer.Option(
        "--confirm",
        metavar="BUCKET",
        help="The name of the bucket from which the run deleted.",
        show_default=False,
    ),
]


@taking
def undo_command(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="The run, as its result and its folder name it.", show_default=False)
    ],
    databases: Annotated[DatabaseFlags, Without("source", "target")],
    confirm: Confirm = None,
    *,
    access: Annotated[AccessFlags, Without("source_profile", "target_profile", "source_region", "target_region")],
    state: StateFlags,
    output: Annotated[OutputFlags, Without("log_format")],
) -> None:
    """Bring back what a sync deleted from a bucket that keeps versions."""
    del databases  # its settings file says where the state is
    from masker.buckets.undo import undo

    undone = undo(run, state=state.state, access=access.sides()[1], confirm=tuple(confirm or ()))
    if output.json:
        typer.echo(json.dumps(undone.document(), ensure_ascii=False, indent=2))
    else:
        words = [
            f"{counted(undone.restored, 'object')} back",
            f"{undone.standing:,} had not been deleted, or were back already" if undone.standing else "",
            f"{undone.rewritten:,} were written again since and stay as they are" if undone.rewritten else "",
        ]
        typer.echo(f"✓ s3://{undone.bucket}: {'; '.join(word for word in words if word)}")
