"""A live preview brought to what its source is now: by what has changed since the run before, within one transaction;
or, where that cannot be proven right, by a full copy."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import psycopg

from masker import __version__
from masker.copy.checks import Counted, joins_findings, rows_findings
from masker.copy.events import Published
from masker.copy.prepare import Prepared, prepared
from masker.copy.run import (
    Changed,
    CopyResult,
    ask_before,
    copy,
    require_copy_confirmed,
    run_record,
    with_frozen_numbers,
)
from masker.copy.shared import Counters
from masker.copy.source_use import SourceUse
from masker.copy.structure import after_run, against_source
from masker.delta.apply import Applying
from masker.delta.before import BY_RULES, Before, NotPossible, look_before, read_before, told
from masker.delta.events import DeltaBegun, FullInstead, Listener, TableChanged, TakenAgain
from masker.delta.foresee import as_full
from masker.delta.lane import DeltaLane
from masker.delta.layout import deltas
from masker.delta.server.triggers import has_event_triggers
from masker.delta.server.vacuum import vacuum
from masker.delta.steps import delta_steps
from masker.delta.tables import TableDelta, Younger
from masker.errors import MaskerError
from masker.findings import Finding, Findings
from masker.lanes.events import Verifying
from masker.lanes.scheduler import Lanes
from masker.names import TableName
from masker.postgres.backend import Backend
from masker.postgres.connect import Session, connect, require_alive
from masker.postgres.errors import server_errors
from masker.postgres.history import columns_of_all
from masker.postgres.hold import SnapshotLost
from masker.postgres.marker import marker_after, write_marker
from masker.postgres.target import lock_target
from masker.runs import new_run
from masker.settings import Settings, Verify
from masker.sides import Side
from masker.stages import BeforePublishing, Restored
from masker.verify.checks import check_constants, check_emptied, leftovers
from masker.verify.described import keep_everything
from masker.verify.evidence import evidence, evidence_digest
from masker.verify.followed import follows_rules
from masker.verify.gate import digests, sealed
from masker.verify.guarded import guarded
from masker.verify.since import Since, as_read, made_of, read_under
from masker.verify.witness import proof_seed

#: After so many deltas one proves every row: a source that was restored from a picture of its disk keeps its name and
#: its timeline.
_EVERY = 7

#: One writes and looks at what was written, the other asks production beside it.
_LANES = 2

#: For rows to be written, and for joins with them.
_MEMORY = "64MB"


def renew(
    settings: Settings,
    listener: Listener,
    *,
    run: str | None = None,
    before: BeforePublishing | None = None,
) -> CopyResult:
    """Make the preview what production is now, as *settings* have it published: by ``delta`` where that can be proven
    right and no full copy is asked for, else by a full copy that replaces it. *run* is its name, *before* is called
    when all is proved; one that looks at the database needs it whole, before it is published.

    Raises a MaskerError on any failure, after which the preview is as it was, unless it was filled ``direct``.
    """
    run = run or new_run()
    if settings.publish != "delta":
        return copy(settings, listener, run=run, before=before)
    if not settings.is_full:
        try:
            if before is not None and before.looks:
                raise NotPossible("hooks or migrations are to see the database before it is published")
            return _delta(settings, listener, run, before)
        except NotPossible as why:
            listener(FullInstead(str(why)))
        except SnapshotLost as lost:
            listener(FullInstead(lost.message))
    return copy(as_full(settings), listener, run=run, before=before)


def _delta(settings: Settings, listener: Listener, run: str, before: BeforePublishing | None) -> CopyResult:
    look_before(settings)
    asked = replace(settings, publish="delta", verify="sample" if settings.verify == "none" else settings.verify)
    with prepared(asked, foresees=False) as found:
        require_copy_confirmed(settings, found.target.database)
        ready = with_frozen_numbers(found)
        with connect(ready.target, settings=_session(ready)) as conn:
            lock_target(conn, ready.target.database)
            former = read_before(ready, conn)
            tables = deltas(ready.plan.tables, ready.catalog, in_utf8=ready.plan.is_transcoded, again=former.again)
            backend = _backend(conn)
            listener(
                DeltaBegun(
                    run=run, since=former.marker.run, database=ready.target.database, tables=len(ready.plan.tables)
                )
            )
            for name in sorted(former.again):
                listener(TakenAgain(name, BY_RULES))
            try:
                result = _written(ready, conn, former, tables, run, listener, before)
            except BaseException as error:
                conn.abandon()
                if isinstance(error, MaskerError):
                    error.aftermath = _what_became(ready, backend, run)
                elif isinstance(error, NotPossible):
                    _await_end(ready, backend)
                raise
            try:
                changed = result.changed or {}
                vacuum(ready.target, conn, {name: one.written + one.deleted for name, one in changed.items()})
            except MaskerError as error:
                error.aftermath = f"{ready.target.database} is the new preview"
                raise
            return result


def _session(ready: Prepared) -> dict[str, str]:
    return {
        "client_encoding": ready.client_encoding,
        "maintenance_work_mem": ready.settings.maintenance_memory,
        # The way that reads the fewest pages, of a table that has just been read.
        "random_page_cost": "1",
        # What is to be written, and the keys it is joined by, in memory: never in files where they have some megabytes.
        "work_mem": _MEMORY,
        "temp_buffers": _MEMORY,
        **proof_seed(ready.bindings),
    }


def _backend(conn: psycopg.Connection) -> Backend:
    with server_errors(Side.TARGET, "the run's session was looked at"):
        return Backend(conn)


def _await_end(ready: Prepared, backend: Backend) -> None:
    """Return when nothing is held any more by the transaction that was given up: a full copy comes next."""
    with connect(ready.target) as conn, server_errors(Side.TARGET, "what was written was taken back"):
        backend.outlive(conn)


def _what_became(ready: Prepared, backend: Backend, run: str) -> str:
    """What is said of a preview whose delta has failed. Its marker tells, which is written in the same transaction."""
    database = ready.target.database
    try:
        marker = marker_after(ready.target, backend)
    except (psycopg.Error, MaskerError):
        return f"what became of {database} could not be seen: it is as it was, or the new preview"
    return f"{database} is " + ("the new preview" if marker is not None and marker.run == run else "as it was")


def _written(
    ready: Prepared,
    conn: Session,
    former: Before,
    tables: Sequence[TableDelta],
    run: str,
    listener: Listener,
    before: BeforePublishing | None,
) -> CopyResult:
    """Everything between BEGIN and COMMIT."""
    settings, since = ready.settings, former.since
    is_whole = (
        settings.verify == "full" or since.deltas % _EVERY == _EVERY - 1 or ready.history.started != since.started
    )
    with server_errors(Side.TARGET, "the changes were written"):
        conn.execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        row = conn.execute("SELECT pg_current_xact_id()::text::int8").fetchone()
        mine = int(row[0]) if row else 0
        counters, changed, read_s = _lanes(ready, conn, former, tables, listener, is_sample=not is_whole)
        started = time.monotonic()
        listener(Verifying())
        level: Verify = "full" if is_whole else "sample"
        findings = _verified(ready, conn, counters, level=level)
        if findings.bad:
            raise NotPossible(f"what was written did not prove right: {told(findings)}")
        if before is not None:
            ask_before(
                before,
                Restored(url=ready.target.url, name=ready.target.database, run=run, is_shadow=False, session=conn),
            )
        _mark(ready, conn, run, findings, counters, _since(ready, conn, since, mine), level=level)
        conn.execute("COMMIT")
        verify_s = time.monotonic() - started
    listener(Published(ready.target.database, None))
    return CopyResult(
        run=run,
        plan=ready.plan,
        findings=findings,
        rows=dict(counters.rows),
        bytes=sum(one.bytes for one in changed.values()),
        read_s=read_s,
        verify_s=verify_s,
        elapsed_s=time.monotonic() - ready.started,
        kept_old=None,
        finished_at=datetime.now(UTC),
        source_rows={name: said.rows for name, said in counters.source_said.items()},
        signed=ready.signed.record() if ready.signed is not None else None,
        since=former.marker.run,
        changed={name: one for name, one in changed.items() if one.written or one.deleted},
    )


def _lanes(
    ready: Prepared,
    conn: Session,
    before: Before,
    tables: Sequence[TableDelta],
    listener: Listener,
    *,
    is_sample: bool,
) -> tuple[Counters, Mapping[TableName, Changed], float]:
    """All changes found, written and proved, while others may read. Returns what was counted, what was changed, and how
    long production was read."""
    counters, changed, younger = Counters(), dict[TableName, Changed](), dict[TableName, Younger]()
    lanes, readers = (min(_LANES, most) for most in (ready.settings.workers, ready.settings.reading_lanes))
    use = SourceUse(ready, ready.target, listener, counters, connections=readers)
    horizon = before.origin.horizon
    applying = Applying(
        conn,
        horizon=horizon,
        since=before.since,
        is_stopped=use.stop.is_set,
        on_block=lambda _rows, size: use.brake.moved(size),
    )
    may_restart = not has_event_triggers(conn)
    steps = delta_steps(ready.plan, tuple(tables), is_sample=is_sample)
    with contextlib.closing(use.brake):
        Lanes(
            steps,
            lanes,
            readers,
            lambda: DeltaLane(
                use.shared, conn, applying, changed=changed, younger=younger, horizon=horizon, may_restart=may_restart
            ),
            use.let_go,
            use.give_way,
            use.stop,
        ).run()
    for name, one in changed.items():
        if one.written or one.deleted:
            listener(TableChanged(name, one.written, one.deleted, one.bytes))
    return counters, changed, use.read_s


def _verified(ready: Prepared, conn: Session, counters: Counters, *, level: Verify) -> Findings:
    """All that is checked of a copy, before anybody sees what was written."""
    plan, settings = ready.plan, ready.settings
    counted = Counted(
        rows=counters.rows,
        source=counters.source_said,
        target=counters.target_said,
        answers=counters.answers,
        large_objects={},
        sequences=counters.sequences,
    )
    findings: list[Finding] = [
        *follows_rules(ready.resolution, plan.tables, is_standby=ready.catalog.server.in_recovery),
        *against_source(ready.keeper, conn, plan, owners=settings.with_owners, grants=settings.with_grants),
        *after_run(
            conn,
            plan,
            rows=counters.rows,
            large_objects={},
            sequences=counters.sequences,
            level=level,
            is_loaded=False,
        ),
    ]
    for table in plan.tables:
        subject = str(table.table.name)
        if table.action == "empty":
            findings += guarded("rows", partial(check_emptied, conn, table), subject=subject)
        if table.action == "mask":
            findings += guarded("masked", partial(check_constants, conn, table), subject=subject)
    findings += joins_findings(conn, plan, counters.joins)
    findings += rows_findings(plan, counted)
    findings += leftovers(conn)
    require_alive(ready.keeper, Side.SOURCE, "the target was verified")
    return Findings(tuple(findings))


def _since(ready: Prepared, conn: Session, before: Since, mine: int) -> Since:
    """What the next run goes on from. Whoever writes to the preview after this has a number that is not lower than
    those in progress now: nobody else writes to its tables before this transaction has ended."""
    row = conn.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::int8").fetchone()
    preview = max(before.preview, int(row[0]) if row else 0)
    return Since(
        timeline=ready.history.timeline,
        started=ready.history.started,
        tables=as_read(ready.catalog),
        preview=preview,
        own=tuple(one for one in (*before.own, mine) if one >= preview),
        deltas=before.deltas + 1,
        pages=before.pages,
        columns=columns_of_all(conn),
        made=made_of(ready.plan.tables, ready.plan.bindings),
        settings=read_under(ready.plan.bindings),
        masker=__version__,
    )


def _mark(
    ready: Prepared, conn: Session, run: str, findings: Findings, counters: Counters, since: Since, *, level: Verify
) -> None:
    shown = evidence_digest(evidence(run, ready.plan.tables, counters.rows, findings))
    record = {
        **run_record(replace(ready, settings=replace(ready.settings, verify=level)), run, counters),
        "digests": digests(findings, ready.rules_digest, shown),
        "since": since.record(),
    }
    record.update(keep_everything(conn, counters.rows))
    write_marker(conn, "verified", sealed(conn, record, "verified", ready.settings.key))
