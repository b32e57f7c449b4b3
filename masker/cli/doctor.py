"""``masker doctor``: is all as it should be, before a refresh and between two?"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from masker.cli.building.buckets import PairsFlags, named_on_file
from masker.cli.building.databases import build_settings
from masker.cli.building.refresh import further_databases
from masker.cli.flags.application import ApplicationFlags
from masker.cli.flags.copying import CopyFlags, DumpFlags, RoomFlags, WorkFlags
from masker.cli.flags.databases import DatabaseFlags, GuardFlags, KeyFlags, RuleFlags
from masker.cli.flags.doctor import DoctorFlags
from masker.cli.flags.group import Without
from masker.cli.flags.hooks import HookFlags
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.syncing import StateFlags
from masker.cli.flags.taking import taking
from masker.cli.hooked import looks_before
from masker.cli.log import current_log

EXAMPLES = """[bold]Examples[/]

masker doctor

masker doctor -c masker.yml --json

masker doctor --log-format logfmt"""


@taking
def doctor_command(
    databases: DatabaseFlags,
    rules: RuleFlags,
    keys: KeyFlags,
    work: Annotated[WorkFlags, Without("maintenance_memory")],
    copying: Annotated[CopyFlags, Without("keep_old", "owners", "grants", "give_way", "verify")],
    room: Annotated[RoomFlags, Without()],
    dump: DumpFlags,
    state: Annotated[StateFlags, Without()],
    application: ApplicationFlags,
    hooks: HookFlags,
    doctor: DoctorFlags,
    output: OutputFlags,
) -> None:
    """Look at production, the preview, the rules and the application beside masker.yml, as a refresh would and beyond:
    green or red, each with what to do. Nothing is written. Exit 8 if anything is red."""
    from masker.buckets.objects import parse_location
    from masker.companion.doctor.run import Checkup, examine
    from masker.hooks.model import missing

    settings = build_settings(databases, rules, keys, work=work, copying=copying, room=room, dump=dump)
    pairs = [PairsFlags().over(entry).pair for entry in named_on_file(databases)]
    checkup = Checkup(
        database=settings,
        further=further_databases(
            databases, keys, settings, copying=copying, work=work, dump=dump, room=room, guards=GuardFlags()
        ),
        folder=databases.folder,
        state=state.state,
        storage=application.storage,
        sources=[parse_location(pair.source).bucket for pair in pairs if pair.source],
        targets=[parse_location(pair.target).bucket for pair in pairs if pair.target],
        hosts=doctor.hosts,
        shared=doctor.shared,
        production=doctor.production,
        preview=doctor.preview,
        max_age=doctor.max_age,
        seconds=doctor.seconds,
        migrates=hooks.migrate is not None or any("db:migrate" in (hook.run or "") for hook in hooks.published),
        looks=looks_before(hooks),
        lacking=list(
            missing(
                {
                    "before": tuple(hooks.before),
                    "restored": tuple(hooks.restored),
                    "published": tuple(hooks.published),
                    "failed": tuple(hooks.failed),
                }
            )
        ),
    )
    log = current_log()
    found = []
    for verdict in examine(checkup):
        found.append(verdict)
        if log is not None:
            level = "error" if verdict.state == "red" else "info"
            log.line(
                "check",
                level=level,  # type: ignore[arg-type]
                check=verdict.subject,
                outcome=verdict.state,
                text=verdict.text,
                hint=verdict.remedy or None,
            )
        elif not output.json:
            for line in verdict.lines():
                typer.echo(line)
    ill = [verdict for verdict in found if verdict.state == "red"]
    if output.json:
        document = {"kind": "doctor", "healthy": not ill, "checks": [verdict.document() for verdict in found]}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    elif log is None:
        typer.echo(f"{len(ill)} of {len(found)} are red" if ill else "all is well")
    if log is not None:
        log.came_to(healthy=not ill, checks=len(found), red=len(ill))
    if ill:
        raise typer.Exit(8)
