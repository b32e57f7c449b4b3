"""``masker copy``: production into preview, masked on the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from masker.cli.building.databases import build_settings
from masker.cli.flags.copying import CopyFlags, DumpFlags, RoomFlags, WorkFlags
from masker.cli.flags.databases import DatabaseFlags, GuardFlags, KeyFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.hooks import HookFlags
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.report import ReportFlags
from masker.cli.flags.syncing import StateFlags
from masker.cli.flags.taking import taking
from masker.cli.hooked import require_shown_to, require_target, surrounded
from masker.cli.log import current_log
from masker.cli.recording import recorded
from masker.runs import new_run
from masker.stages import BeforePublishing

if TYPE_CHECKING:
    from rich.console import Console

    from masker.copy.run import CopyResult
    from masker.settings import Settings

EXAMPLES = """[bold]Examples[/]

masker copy -c masker.yml --confirm preview

MASKER_SOURCE=$PRODUCTION_DATABASE_URL MASKER_TARGET=$PREVIEW_DATABASE_URL masker copy \
--rules config/masking.yml --confirm preview

masker copy -c masker.yml --confirm preview --json --log-format logfmt"""


@taking
def copy_command(
    databases: DatabaseFlags,
    rules: RuleFlags,
    confirm: Annotated[
        str | None,
        typer.Option(
            "--confirm",
            metavar="NAME",
            help="The target database's name, or what masker.yml calls it; its content is replaced.",
            show_default=False,
        ),
    ] = None,
    *,
    work: WorkFlags,
    copying: CopyFlags,
    keys: KeyFlags,
    dump: DumpFlags,
    room: Annotated[RoomFlags, Without()],
    state: Annotated[StateFlags, Without()],
    hooks: HookFlags,
    guards: Annotated[GuardFlags, Without("no_source", "first")],
    report: ReportFlags,
    output: OutputFlags,
) -> None:
    """Stream production into preview, every rule applied on the way; verify; publish."""
    settings = build_settings(
        databases, rules, keys, work=work, copying=copying, dump=dump, room=room, guards=guards, confirm=confirm
    )
    from rich.console import Console

    run = log.run if (log := current_log()) is not None else new_run()

    def check() -> None:
        from masker.copy.run import require_copy_confirmed
        from masker.postgres.connect import parse_url
        from masker.sides import Side

        require_copy_confirmed(settings, parse_url(settings.target, Side.TARGET).database)
        require_target(settings, in_place=False)
        require_shown_to(hooks, settings)

    with surrounded(hooks, databases, state, settings, command="copy", run=run, check=check) as around:
        result = run_copy(
            settings,
            console=Console(stderr=True, highlight=False),
            report=report,
            run=run,
            before=BeforePublishing(around.restored, looks=around.looks),
        )
        around.document = around.told(result_document(result))
        around.is_verified = result.is_verified
    if output.json:
        typer.echo(json.dumps(around.document, ensure_ascii=False, indent=2))
    elif current_log() is None:
        from masker.cli.display.copy import print_result

        print_result(result, Console(highlight=False))
    if not result.is_verified:
        raise typer.Exit(8)


def run_copy(
    settings: Settings,
    *,
    console: Console,
    report: ReportFlags | None = None,
    run: str | None = None,
    before: BeforePublishing | None = None,
) -> CopyResult:
    """Copy with progress told on *console*, or in the log; written down where *report* says."""
    from masker.cli.display.databases import came_to, listening
    from masker.delta.run import renew

    log = current_log()
    with recorded("copy", settings, report) as recorder:
        with listening(console) as listener:
            result = renew(
                settings,
                recorder.beside(listener),
                run=run or (log.run if log else None),
                before=before,
            )
        recorder.came_to(result, result_document(result))
    if log is not None:
        for one in result.plan.tolerated:
            log.line(
                "tolerated", kind=one.kind, table=str(one.table), name=one.name, carried_as=one.becomes, rows=one.broken
            )
    came_to(result)
    return result


def result_document(result: CopyResult) -> dict[str, Any]:
    """The result as plain values."""
    from masker.copy.explain import tolerated_document

    return {
        "kind": "copy",
        "run": result.run,
        "target": result.plan.target_database,
        "published": True,
        "fit": result.is_verified,
        "finished_at": result.finished_at.isoformat(timespec="seconds"),
        "seconds": {
            "total": round(result.elapsed_s, 3),
            "source_read": round(result.read_s, 3),
            "verify": round(result.verify_s, 3),
            **({"throttled": round(result.throttled_s, 3)} if result.throttled_s is not None else {}),
        },
        "rows": result.total_rows,
        "bytes": result.bytes,
        "masked_columns": result.plan.masked_columns,
        "shows_originals": [
            {"column": str(column), "of": list(names)} for column, names in result.plan.shows_originals
        ],
        "tables": [
            {"schema": name.schema, "name": name.name, "rows": rows} for name, rows in sorted(result.rows.items())
        ],
        "checks": result.findings.document(),
        "kept_old": result.kept_old,
        "begun_anew": list(result.losses),
        "since": result.since,
        "changed": changed_document(result),
        "notes": [{"subject": note.subject, "text": note.text} for note in result.plan.notes],
        "tolerated": [tolerated_document(one) for one in result.plan.tolerated],
    }


def changed_document(result: CopyResult) -> list[dict[str, Any]] | None:
    """What was written to each table that had changed; None after a full copy."""
    if result.changed is None:
        return None
    return [
        {"schema": name.schema, "name": name.name, "written": one.written, "deleted": one.deleted}
        for name, one in sorted(result.changed.items())
    ]
