"""A whole copy: prepared, executed on lanes, verified, published; or ended, with the live preview as it was."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from masker import __version__
from masker.catalog.types import Catalog
from masker.confirmation import ToConfirm, require_confirmed
from masker.copy.checks import Counted, verify
from masker.copy.events import BegunAnew, Listener, Planned, Published
from masker.copy.lane import ServerLane
from masker.copy.locate import places_of_differences
from masker.copy.place import Place
from masker.copy.prepare import Prepared, prepared
from masker.copy.server.publishing import NotDropped
from masker.copy.shared import Counters
from masker.copy.source_use import SourceUse
from masker.copy.staging import require_shown, staged
from masker.copy.steps import CopyPlan, RefreshPostponed
from masker.copy.structure import against_source
from masker.errors import MaskerError, SourceError, TargetError
from masker.findings import FailedChecks, Findings
from masker.lanes.events import Verifying
from masker.lanes.scheduler import Lanes
from masker.lanes.step import CountJoin
from masker.names import TableName
from masker.postgres.backend import Backend
from masker.postgres.connect import Endpoint, connect, parse_url, require_alive
from masker.postgres.errors import server_errors
from masker.postgres.history import columns_of_all, ended_before, pages_of_all
from masker.postgres.hold import SnapshotLost
from masker.postgres.marker import marker_after, write_marker
from masker.postgres.reached import forget
from masker.ruleset.decided import decided
from masker.ruleset.frozen import freeze
from masker.ruleset.numbers import record as record_of
from masker.runs import new_run
from masker.settings import Settings, Throttle
from masker.sides import Side
from masker.stages import BeforePublishing, Restored
from masker.tables.witness import witness
from masker.verify.checks import UNPROVED
from masker.verify.described import keep_everything
from masker.verify.evidence import evidence, evidence_digest
from masker.verify.followed import follows_rules
from masker.verify.gate import digests, key_id, sealed
from masker.verify.joins import joins_record
from masker.verify.kept import KeptProofs, Origin, kept_table
from masker.verify.since import Since, as_read, made_of, read_under
from masker.verify.witness import proof_settings

#: How often a run begins that loses its snapshot, how long it waits for the source to come back, and between looks, in
#: seconds.
_ATTEMPTS = 3
_RESTART_S = 120.0
_RESTART_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What was done to one table: rows *written* and *deleted*, *bytes* that came for it."""

    written: int
    deleted: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyResult:
    """What a copy came to. Seconds are wall time since the snapshot; *read_s* until production was let go. *losses* are
    why it began anew, *source_rows* what production has said that there are, *signed* what the marker says of who has
    signed the rules. *changed* since run *since* is what was written where that was not everything. *throttled_s* are
    seconds that lanes have waited for production, all together; None where nothing was to be waited for."""

    run: str
    plan: CopyPlan
    findings: Findings
    rows: Mapping[TableName, int]
    bytes: int
    read_s: float
    verify_s: float
    elapsed_s: float
    kept_old: str | None
    finished_at: datetime
    losses: tuple[str, ...] = ()
    source_rows: Mapping[TableName, int] = field(default_factory=dict)
    signed: Mapping[str, Any] | None = None
    since: str | None = None
    changed: Mapping[TableName, Changed] | None = None
    throttled_s: float | None = None

    @property
    def is_verified(self) -> bool:
        """Whether the gate is open; not after ``--verify none``."""
        return self.findings.are_good

    @property
    def total_rows(self) -> int:
        return sum(self.rows.values())


def copy(
    settings: Settings, listener: Listener, *, run: str | None = None, before: BeforePublishing | None = None
) -> CopyResult:
    """Fill the target with a masked copy of the source and publish it. *run* is its name, None for a new one; *before*
    is called when all is proved, and nothing is published if it raises.

    Raises a MaskerError on any failure. Until the last transaction of ``swap`` the live preview is as it was; a target
    filled ``direct`` carries a marker until everything has ended well. Where the snapshot is lost, by a follower's
    conflict or a restart of the source, everything begins anew, a few times.
    """
    run = run or new_run()
    require_shown(settings, before)
    losses: list[SnapshotLost] = []
    planned: Catalog | None = None
    while True:
        try:
            # What begins anew is the copy that was planned: not one of another schema.
            with prepared(settings, since=planned) as found:
                require_copy_confirmed(settings, found.target.database)
                ready = with_frozen_numbers(found)
                planned = ready.catalog
                stop = threading.Event()
                with staged(ready, run, listener, stop) as place:
                    result = _fill(ready, place, run, listener, before, stop)
            return replace(result, losses=tuple(lost.message for lost in losses))
        except SnapshotLost as lost:
            lost.aftermath = lost.aftermath or (losses[-1].aftermath if losses else None)
            losses.append(lost)
            if len(losses) == _ATTEMPTS:
                raise
            listener(BegunAnew(lost.message, len(losses) + 1, _ATTEMPTS))
            _await_source(parse_url(settings.source, Side.SOURCE), lost)
        except MaskerError as error:
            error.aftermath = error.aftermath or (losses[-1].aftermath if losses else None)
            raise


def with_frozen_numbers(ready: Prepared) -> Prepared:
    """*ready*, once the numbers that steer its masks are frozen beside the rules, if the run has a key: without one
    each draws anew."""
    note = freeze(ready.settings.rules, ready.shapes) if ready.settings.key is not None else None
    return replace(ready, plan=replace(ready.plan, notes=(*ready.plan.notes, note))) if note is not None else ready


def require_copy_confirmed(settings: Settings, database: str) -> None:
    """Raise Refused unless the run was told to replace what *database* holds."""
    named = ToConfirm(kind="database", name=database, alias=settings.target_name)
    require_confirmed([settings.confirm] if settings.confirm else [], [named], "its content will be replaced")


def _await_source(source: Endpoint, lost: SnapshotLost) -> None:
    """Return when the source can be connected to, or when it has had its time: the next attempt then says what is
    wrong."""
    deadline = time.monotonic() + _RESTART_S
    # It may have another address when it is back.
    forget(source.parameters)
    try:
        while time.monotonic() < deadline:
            time.sleep(_RESTART_PAUSE_S)
            try:
                connect(source).close()
            except SourceError as error:
                if not error.is_lost:
                    return
            else:
                return
    except MaskerError as interruption:
        interruption.aftermath = lost.aftermath
        raise


def _fill(
    ready: Prepared,
    place: Place,
    run: str,
    listener: Listener,
    before: BeforePublishing | None,
    stop: threading.Event,
) -> CopyResult:
    plan, settings = ready.plan, ready.settings
    listener(Planned(plan, run, place.endpoint.database))
    counters = Counters()
    use = SourceUse(
        ready,
        place.endpoint,
        listener,
        counters,
        connections=settings.reading_lanes,
        may_postpone=any(isinstance(step, RefreshPostponed) for step in plan.steps),
        where=place.where,
        stop=stop,
    )
    with contextlib.closing(use.brake):
        Lanes(
            plan.steps,
            settings.workers,
            settings.reading_lanes,
            lambda: ServerLane(use.shared),
            use.let_go,
            use.give_way,
            use.stop,
        ).run()
    started = time.monotonic()
    listener(Verifying())
    findings = _verified(ready, place, counters)
    own: Sequence[tuple[str, str]] = ()
    if before is not None:
        is_shadow = place.endpoint.database != ready.target.database
        restored = Restored(
            url=place.endpoint.url,
            name=ready.target.database,
            run=run,
            is_shadow=is_shadow,
            session=place.session,
        )
        ask_before(before, restored)
        own = _own_structure(ready, place) if before.looks else ()
    is_ours = before is None or not before.looks
    _mark(ready, place, run, findings, counters, own, is_ours=is_ours)
    verify_s = time.monotonic() - started
    try:
        kept = place.publish(keep_old=settings.keep_old)
    except NotDropped:
        listener(Published(ready.target.database, None))
        raise
    listener(Published(ready.target.database, kept))
    return CopyResult(
        run=run,
        plan=plan,
        findings=findings,
        rows=dict(counters.rows),
        bytes=counters.bytes,
        read_s=use.read_s,
        throttled_s=use.brake.waited_s if settings.throttle != Throttle() else None,
        verify_s=verify_s,
        elapsed_s=time.monotonic() - ready.started,
        kept_old=kept,
        finished_at=datetime.now(UTC),
        signed=ready.signed.record() if ready.signed is not None else None,
        source_rows={name: said.rows for name, said in counters.source_said.items()},
    )


def ask_before(before: BeforePublishing, restored: Restored) -> None:
    """Do what is to be done before *restored* is published. Raises a MaskerError."""
    try:
        before(restored)
    except SnapshotLost as lost:
        # Of another copy, which has begun anew as often as it may: this one has all it needs of its own.
        error = SourceError(lost.message, hint=lost.hint)
        error.aftermath = lost.aftermath
        raise error from None


def _own_structure(ready: Prepared, place: Place) -> tuple[tuple[str, str], ...]:
    """What the database consists of and production does not, check and subject: it was the same before the migration,
    so all of that is the migration's."""
    owners, grants = ready.settings.with_owners, ready.settings.with_grants
    with place.opened() as target:
        found = against_source(ready.keeper, target, ready.plan, owners=owners, grants=grants)
        return tuple((finding.check, finding.subject) for finding in found if not finding.is_good)


def _mark(
    ready: Prepared,
    place: Place,
    run: str,
    findings: Findings,
    counters: Counters,
    own: Sequence[tuple[str, str]] = (),
    *,
    is_ours: bool,
) -> None:
    """Say in the target what it is. Where no answer comes, what it says is looked up. *is_ours*: nobody but masker has
    written to it, so that a later run can go on from it."""
    state = "verified" if findings.are_good else "unverified"
    backend: Backend | None = None
    try:
        with place.opened() as conn, server_errors(Side.TARGET, "the marker was written"):
            backend = Backend(conn)
            shown = evidence_digest(evidence(run, ready.plan.tables, counters.rows, findings))
            record = {**run_record(ready, run, counters), "digests": digests(findings, ready.rules_digest, shown)}
            if own:
                record["migrated"] = [list(each) for each in own]
            if is_ours:
                record["since"] = Since(
                    timeline=ready.history.timeline,
                    started=ready.history.started,
                    tables=as_read(ready.catalog),
                    preview=ended_before(conn),
                    pages=pages_of_all(conn),
                    columns=columns_of_all(conn),
                    made=made_of(ready.plan.tables, ready.plan.bindings),
                    settings=read_under(ready.plan.bindings),
                    masker=__version__,
                ).record()
            record.update(
                keep_everything(
                    conn, counters.rows, database=place.described(conn), large_objects=counters.large_objects or {}
                )
            )
            shown_state = place.state(state)
            write_marker(conn, shown_state, sealed(conn, record, shown_state, ready.settings.key))
    except TargetError as error:
        if not error.is_lost or backend is None:
            raise
        marker = marker_after(place.endpoint, backend)
        if marker is None or (marker.state, marker.run) != (state, run):
            raise


def _verified(ready: Prepared, place: Place, counters: Counters) -> Findings:
    with place.opened() as target:
        counted = Counted(
            rows=counters.rows,
            source=counters.source_said,
            target=counters.target_said,
            answers=counters.answers,
            joins=counters.joins,
            large_objects=counters.large_objects,
            sequences=counters.sequences,
            owners=ready.settings.with_owners,
            grants=ready.settings.with_grants,
            places=places_of_differences(ready, place.endpoint, counters, place.where),
        )
        followed = follows_rules(ready.resolution, ready.plan.tables, is_standby=ready.catalog.server.in_recovery)
        findings = Findings((*followed, *verify(ready.keeper, target, ready.plan, counted, ready.settings.verify).all))
        require_alive(target, Side.TARGET, "it was verified")
        require_alive(ready.keeper, Side.SOURCE, "the target was verified")
    if any(finding != UNPROVED for finding in findings.bad):
        raise FailedChecks(findings)
    return findings


def _proofs(ready: Prepared, counters: Counters) -> KeptProofs:
    """What both sides said, which is the same or the run would have ended."""
    plan, server = ready.plan, ready.catalog.server
    tables = {
        table.table.name: kept_table(
            witness(table.table, table, in_utf8=plan.is_transcoded), counters.source_said[table.table.name]
        )
        for table in plan.tables
        if table.table.name in counters.source_said
    }
    identifier = str(server.system_identifier) if server.system_identifier is not None else None
    return KeptProofs(
        level=ready.settings.verify,
        settings=proof_settings(ready.bindings),
        in_utf8=plan.is_transcoded,
        tables=tables,
        emptied=tuple(table.table.name for table in plan.tables if table.action == "empty"),
        origin=Origin(system_identifier=identifier, database_oid=server.database_oid, horizon=ready.horizon),
    )


def run_record(ready: Prepared, run: str, counters: Counters) -> dict[str, Any]:
    """What the marker says of the run: what was counted and proved, so that a later verification can ask again."""
    return {
        "version": 1,
        "kind": "copy",
        "run": run,
        "owners": ready.settings.with_owners,
        "grants": ready.settings.with_grants,
        "masked": [
            [p.table.name.schema, p.table.name.name, [m.name for m in p.masked]] for p in ready.plan.tables if p.masked
        ],
        "source_database": ready.catalog.server.database,
        "instant": ready.instant,
        "key": key_id(ready.settings.key) if ready.settings.key is not None else None,
        "shows_originals": [
            [c.table.schema, c.table.name, c.name, list(names)] for c, names in ready.plan.shows_originals
        ],
        "rows": [[n.schema, n.name, rows] for n, rows in sorted(counters.rows.items())],
        "decided": decided(ready.resolution),
        **({"signed": ready.signed.record()} if ready.signed is not None else {}),
        "tolerated": [one.record() for one in ready.plan.tolerated],
        "proofs": _proofs(ready, counters).record(),
        "joins": joins_record(
            (step.join, counters.joins.get(step.id)) for step in ready.plan.steps if isinstance(step, CountJoin)
        ),
        "shape": record_of(ready.shapes),
        "drawn": dict(ready.drawn),
        **({"subset": ready.subset} if ready.subset is not None else {}),
    }
