"""``masker refresh``: production's database and its buckets into preview, in one run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from masker.cli.building.buckets import PairsFlags
from masker.cli.building.refresh import build_refresh_settings
from masker.cli.building.services import require_own_services
from masker.cli.crew import CrewOf, crew_of
from masker.cli.flags.application import ApplicationFlags
from masker.cli.flags.buckets import AccessFlags, BucketFlags, InventoryFlags, SinceFlags
from masker.cli.flags.copying import CopyFlags, DumpFlags, InPlaceFlags, RefreshFlags, RoomFlags, WorkFlags
from masker.cli.flags.databases import DatabaseFlags, GuardFlags, KeyFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.hooks import HookFlags
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.report import ReportFlags
from masker.cli.flags.syncing import BatchFlags, ScaleFlags, StateFlags
from masker.cli.flags.taking import taking
from masker.cli.hooked import recover, require_shown_to, require_target, surrounded
from masker.cli.log import current_log
from masker.cli.recording import Recorder, recorded
from masker.cli.unless import is_standing
from masker.errors import MaskerError
from masker.runs import new_run
from masker.stages import BeforePublishing, Restored

if TYPE_CHECKING:
    from rich.console import Console

    from masker.buckets.events import SyncListener
    from masker.crew.fill import Listener
    from masker.crew.job import Message
    from masker.refresh import Filled, RefreshResult, RefreshSettings

EXAMPLES = """[bold]Examples[/]

masker refresh -c masker.yml --confirm preview --confirm app-preview

masker plan refresh -c masker.yml

masker refresh -c masker.yml --confirm preview --confirm app-preview --in-place --terminate

masker refresh -c masker.yml --confirm preview --confirm app-preview --json --log-format logfmt"""


@taking
def refresh_command(
    databases: DatabaseFlags,
    rules: RuleFlags,
    confirm: Annotated[
        list[str] | None,
        typer.Option(
            "--confirm",
            metavar="NAME",
            help=(
                "The target database's name, or what masker.yml calls it, and each target bucket's name; repeat for"
                " all."
            ),
            show_default=False,
        ),
    ] = None,
    *,
    refresh: RefreshFlags,
    work: WorkFlags,
    copying: CopyFlags,
    in_place: Annotated[InPlaceFlags, Without("throttle", "batch_rows", "again", "unless_masked", "verify")],
    room: Annotated[RoomFlags, Without()],
    keys: KeyFlags,
    dump: DumpFlags,
    buckets: BucketFlags,
    access: AccessFlags,
    scale: ScaleFlags,
    inventory: InventoryFlags,
    since: SinceFlags,
    batch: Annotated[BatchFlags, Without("no_wait")],
    state: StateFlags,
    application: ApplicationFlags,
    hooks: HookFlags,
    guards: GuardFlags,
    report: ReportFlags,
    output: OutputFlags,
) -> None:
    """Make preview what production is: its databases, masked on the way, then the buckets that masker.yml names, if
    any; all of it verified."""
    settings = build_refresh_settings(
        databases,
        rules,
        keys,
        work=work,
        dump=dump,
        copying=copying,
        room=room,
        in_place=in_place,
        refresh=refresh,
        guards=guards,
        confirm=confirm,
        pairs=PairsFlags(buckets=buckets, access=access, inventory=inventory, since=since),
        state=state,
        scale=scale,
        batch=batch,
    )
    if refresh.unless_fresher_than is not None and is_standing(
        settings.database, age=refresh.unless_fresher_than, as_json=output.json
    ):
        recover(hooks, databases, state)
        return
    from rich.console import Console

    out = None if output.json or current_log() else Console(highlight=False)
    run = new_run()
    targets = [pair.target.bucket for pair in settings.buckets.pairs] if settings.buckets is not None else []

    def before(restored: Restored) -> None:
        around.restored(restored)
        require_own_services(application, databases, targets, restored=restored)

    def check() -> None:
        from masker.refresh import confirmed

        for database in confirmed(settings).values():
            require_target(database, in_place=settings.in_place is not None)
        if settings.in_place is None:
            require_shown_to(hooks, settings.database)

    looks = bool(hooks.migrate or hooks.restored)
    with (
        crew_of(settings, scale, databases, keys, application, looks=looks) as crew,
        surrounded(hooks, databases, state, settings.database, command="refresh", run=run, check=check) as around,
    ):
        result = run_refresh(
            settings,
            progress=Console(stderr=True, highlight=False),
            out=out,
            report=report,
            run=run,
            before=BeforePublishing(before, looks=around.looks),
            crew=crew,
        )
        around.document = around.told(refresh_document(result))
        around.is_verified = result.is_verified
    if output.json:
        typer.echo(json.dumps(around.document, ensure_ascii=False, indent=2))
    if not result.is_verified:
        raise typer.Exit(8)


class _Display:
    """One stage after the other on *progress*; *first* is what the first database came to, once all are published,
    *others* what further ones did by their names."""

    def __init__(
        self, settings: RefreshSettings, progress: Console, published: Callable[[], None] | None, recorder: Recorder
    ) -> None:
        self._settings = settings
        self._recorder = recorder
        self._published = published
        self._progress = progress
        self._log = current_log()
        self.run = ""
        self.first: Filled | None = None
        self.others: dict[str, Filled] = {}

    def begins(self, run: str) -> None:
        self.run = run
        if self._log is not None:
            self._log.run = run
        pairs = self._settings.buckets.pairs if self._settings.buckets is not None else ()
        further = "".join(f", {name}" for name in self._settings.others)
        self._say(
            f"refresh {run}: the database{further} and {', '.join(str(pair.target) for pair in pairs)}"
            if pairs
            else f"refresh {run}: no buckets are named, the database{further} alone"
        )

    def looking(self) -> AbstractContextManager[SyncListener]:
        self._say("looking at both first, nothing is written yet")
        return self.buckets()

    @contextmanager
    def database(self, name: str) -> Iterator[Listener]:
        from masker.cli.display.databases import listening

        try:
            with listening(self._progress) as listener:
                yield self._recorder.beside(listener, name)
        except MaskerError:
            self._recorder.fails(name)
            raise

    def hear(self, name: str, message: Message) -> None:
        """What is told of the database *name*, which somebody else fills."""
        match message["kind"]:
            case "told" if self._log is not None and message["fields"] is not None:
                self._log.line(**{**message["fields"], "run": None, "database": name or None})
            case "told" if self._log is None and message["text"] is not None and not message["passing"]:
                self._say(f"{name}: {message['text']}" if name else message["text"])
            case "recorded":
                self._recorder.adopt(message["record"], name)
            case "failed":
                self._recorder.fails(name)
            case _:
                pass

    def filled(self, name: str, result: Filled) -> None:
        from masker.crew.crew import FilledElsewhere

        if name:
            self.others[name] = result
        if isinstance(result, FilledElsewhere):
            self._recorder.adopt(result.record, name)
            return
        from masker.cli.filled import database_part

        (document,) = database_part(result).values()
        self._recorder.came_to(result, document, name)

    def published(self, result: Filled) -> None:
        from masker.cli.display.databases import came_to
        from masker.crew.crew import FilledElsewhere

        self.first = result
        if not isinstance(result, FilledElsewhere):
            came_to(result)
        elif self._log is not None:
            self._log.came_to(**result.totals)
        if self._published is not None:
            self._published()

    def buckets(self) -> AbstractContextManager[SyncListener]:
        from masker.cli.display.buckets import listening_to_sync

        return listening_to_sync(self._progress)

    def _say(self, text: str) -> None:
        if self._log is not None:
            self._log.line("note", text=text)
        else:
            self._progress.print(text, markup=False, soft_wrap=True)


def run_refresh(
    settings: RefreshSettings,
    *,
    progress: Console,
    out: Console | None,
    published: Callable[[], None] | None = None,
    report: ReportFlags | None = None,
    run: str | None = None,
    before: BeforePublishing | None = None,
    crew: CrewOf | None = None,
) -> RefreshResult:
    """Refresh with progress told on *progress* and the result on *out*: where it fails half-way, the half that is done.

    *published* is called when the database's half is done, before the buckets' begins. The run is written down where
    *report* says. With a *crew* others fill the databases.
    """
    with recorded("refresh", settings.database, report, settings.others) as recorder:
        result = _run_refresh(settings, progress, out, published, recorder, run, before, crew)
        recorder.synced(result.buckets.document() if result.buckets is not None else None)
    return result


def _run_refresh(
    settings: RefreshSettings,
    progress: Console,
    out: Console | None,
    published: Callable[[], None] | None,
    recorder: Recorder,
    run: str | None,
    before: BeforePublishing | None,
    crew: CrewOf | None,
) -> RefreshResult:
    from masker.cli.display.buckets import synced_to
    from masker.cli.display.refresh import print_refresh_result
    from masker.cli.filled import database_part, print_database_result
    from masker.refresh import refresh

    display = _Display(settings, progress, published, recorder)
    by = (lambda databases, name: crew.begin(databases, name, display.hear)) if crew is not None else None
    try:
        result = refresh(settings, display, run=run, before=before, by=by)
    except MaskerError as error:
        if display.first is not None:
            error.document = {
                "kind": "refresh",
                "run": display.run,
                **database_part(display.first),
                **_further_part(display.others),
                "sync": error.document,
            }
            recorder.synced(error.document["sync"])
            if out is not None:
                print_database_result(display.first, out)
        raise
    if result.buckets is not None:
        synced_to(result.buckets)
    if out is not None:
        print_refresh_result(result, out)
    return result


def refresh_document(result: RefreshResult) -> dict[str, Any]:
    """The result as plain values."""
    from masker.cli.filled import database_part

    return {
        "kind": "refresh",
        "run": result.run,
        **database_part(result.database),
        **_further_part(result.others),
        "sync": result.buckets.document() if result.buckets is not None else None,
        "seconds": round(result.elapsed_s, 3),
    }


def _further_part(others: Mapping[str, Filled]) -> dict[str, Any]:
    from masker.cli.filled import database_part

    return {"databases": {name: database_part(each) for name, each in others.items()}} if others else {}
