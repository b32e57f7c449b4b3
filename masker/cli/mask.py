"""``masker mask``: a preview that a restore has filled, masked where it stands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from masker.cli.building.databases import build_settings
from masker.cli.flags.copying import CopyFlags, InPlaceFlags, RoomFlags, WorkFlags
from masker.cli.flags.databases import DatabaseFlags, GuardFlags, KeyFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.hooks import HookFlags
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.report import ReportFlags
from masker.cli.flags.syncing import StateFlags
from masker.cli.flags.taking import taking
from masker.cli.hooked import recover, require_target, surrounded
from masker.cli.log import current_log
from masker.cli.recording import recorded
from masker.cli.unless import is_standing
from masker.errors import UsageError
from masker.runs import new_run
from masker.settings import InPlaceOptions
from masker.stages import BeforePublishing

if TYPE_CHECKING:
    from rich.console import Console

    from masker.in_place.run import MaskResult
    from masker.settings import Settings

EXAMPLES = """[bold]Examples[/]

MASKER_SOURCE=$PRODUCTION_DATABASE_URL MASKER_TARGET=$DATABASE_URL masker mask \
--rules config/masking.yml --confirm preview

masker mask -c masker.yml --confirm preview --terminate --workers 2

masker mask -c masker.yml --confirm preview --unless-masked

masker mask -c masker.yml --confirm preview --wait 60 --throttle 5000"""


@taking
def mask_command(
    databases: DatabaseFlags,
    rules: RuleFlags,
    confirm: Annotated[
        str | None,
        typer.Option(
            "--confirm",
            metavar="NAME",
            help="The target database's name, or what masker.yml calls it; its rows are masked where they stand.",
            show_default=False,
        ),
    ] = None,
    *,
    work: WorkFlags,
    in_place: InPlaceFlags,
    room: RoomFlags,
    copying: Annotated[CopyFlags, Without()],
    keys: KeyFlags,
    state: Annotated[StateFlags, Without()],
    hooks: HookFlags,
    guards: GuardFlags,
    report: ReportFlags,
    output: OutputFlags,
) -> None:
    """Mask a preview in place, after `heroku pg:copy` or any restore; verify; open the gate. A run that was killed is
    gone on with."""
    settings = build_settings(
        databases,
        rules,
        keys,
        work=work,
        copying=copying,
        room=room,
        guards=guards,
        verify=in_place.verify,
        confirm=confirm,
        needs_source=False,
        compares=True,
    )
    if {"unless_masked", "again"} <= in_place.said:
        raise UsageError(
            "--again and --unless-masked: one masks what is masked already, the other does not",
            hint="leave one of them out",
        )
    if in_place.unless_masked and not in_place.again and is_standing(settings, as_json=output.json):
        recover(hooks, databases, state)
        return
    options = in_place.options()
    from rich.console import Console

    run = log.run if (log := current_log()) is not None else new_run()

    def check() -> None:
        from masker.in_place.run import require_mask_confirmed
        from masker.postgres.connect import parse_url
        from masker.sides import Side

        require_mask_confirmed(settings, parse_url(settings.target, Side.TARGET).database)
        require_target(settings, in_place=True)

    with surrounded(hooks, databases, state, settings, command="mask", run=run, check=check) as around:
        result = run_mask(
            settings,
            options,
            console=Console(stderr=True, highlight=False),
            report=report,
            run=run,
            before=BeforePublishing(around.restored, looks=around.looks),
        )
        around.document = around.told(mask_document(result))
        around.is_verified = result.is_verified
    if output.json:
        typer.echo(json.dumps(around.document, ensure_ascii=False, indent=2))
    elif current_log() is None:
        from masker.cli.display.in_place import print_mask_result

        print_mask_result(result, Console(highlight=False))
    if not result.is_verified:
        raise typer.Exit(8)


def run_mask(
    settings: Settings,
    options: InPlaceOptions,
    *,
    console: Console,
    report: ReportFlags | None = None,
    run: str | None = None,
    before: BeforePublishing | None = None,
) -> MaskResult:
    """Mask with progress told on *console*, or in the log; written down where *report* says."""
    from masker.cli.display.databases import came_to, listening
    from masker.in_place.run import mask

    log = current_log()
    with recorded("mask", settings, report) as recorder:
        with listening(console) as listener:
            result = mask(
                settings, options, recorder.beside(listener), run=run or (log.run if log else None), before=before
            )
        recorder.came_to(result, mask_document(result))
    came_to(result)
    return result


def mask_document(result: MaskResult) -> dict[str, Any]:
    """The result as plain values."""
    return {
        "kind": "mask",
        "run": result.run,
        "target": result.plan.target_database,
        "fit": result.is_verified,
        "went_on": result.went_on,
        "finished_at": result.finished_at.isoformat(timespec="seconds"),
        "seconds": {
            "total": round(result.elapsed_s, 3),
            "mask": round(result.mask_s, 3),
            "verify": round(result.verify_s, 3),
        },
        "rows": result.total_rows,
        "masked_columns": result.plan.masked_columns,
        "shows_originals": [
            {"column": str(column), "of": list(names)} for column, names in result.plan.shows_originals
        ],
        "tables": [
            {"schema": name.schema, "name": name.name, "rows": rows} for name, rows in sorted(result.rows.items())
        ],
        "checks": result.findings.document(),
        "notes": [{"subject": note.subject, "text": note.text} for note in result.notes],
    }
