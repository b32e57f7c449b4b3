"""``masker restore-old``: a publish taken back."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from masker.cli.acted import acted
from masker.cli.building.databases import build_settings
from masker.cli.flags.databases import DatabaseFlags, KeyFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.report import HistoryFlags
from masker.cli.flags.taking import taking

EXAMPLES = """[bold]Examples[/]

masker restore-old -c masker.yml --confirm preview

masker restore-old k3v9x0ab -c masker.yml --confirm preview"""


@taking
def restore_old_command(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="[RUN]",
            help="The run that had filled it, or the run by which it was replaced; needed where several are kept.",
            show_default=False,
        ),
    ] = None,
    *,
    databases: Annotated[DatabaseFlags, Without("source")],
    confirm: Annotated[
        str | None,
        typer.Option(
            "--confirm",
            metavar="NAME",
            help="The target database's name, or what masker.yml calls it; its sessions are ended.",
            show_default=False,
        ),
    ] = None,
    keys: KeyFlags,
    history: HistoryFlags,
    output: Annotated[OutputFlags, Without("log_format")],
) -> None:
    """Give the former preview, which `--keep-old` has kept, its place back; the live one is kept beside it."""
    settings = build_settings(databases, RuleFlags(), keys, confirm=confirm, needs_source=False, needs_rules=False)
    from masker.copy.restore_old import restore_old
    from masker.postgres.connect import parse_url
    from masker.sides import Side

    target = parse_url(settings.target, Side.TARGET).database
    with acted("restore-old", history, target, run or "") as came_to:
        done = restore_old(settings, run)
        document = {
            "kind": "restore-old",
            "database": done.database,
            "run": done.run,
            "kept": done.kept,
            "fit": done.shut is None,
            "shut": done.shut,
        }
        came_to(document)
    if output.json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        gate = f"its gate is shut: {done.shut}" if done.shut else "its gate is open"
        of = f" of run {done.run}" if done.run else ""
        typer.echo(f"✓ {done.database} is the former preview{of} again, {gate}; the other is kept as {done.kept}")
