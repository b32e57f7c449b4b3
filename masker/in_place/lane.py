"""One lane of masking in place: a session on the target, and how each step is done with it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

import psycopg

from masker.findings import FailedChecks, Finding, Findings
from masker.in_place.events import Listener
from masker.in_place.server.batches import cut, finish, next_batch, reclaim
from masker.in_place.server.derive import fill_views, recompute, under_own_settings
from masker.in_place.server.journal import StepRecord
from masker.in_place.server.keys import counted, raise_sequences
from masker.in_place.server.proofs import ProofFailed, prove_kept, seek, witness_kept
from masker.in_place.server.residue import compact
from masker.in_place.server.rewrite import create_functions, delete_rows, forget_empty, retrying, rewrite, truncate
from masker.in_place.server.sessions import Visitors
from masker.in_place.steps import (
    Compact,
    CutBatches,
    DeleteRows,
    FillViews,
    FinishBatches,
    ForgetEmpty,
    MaskStep,
    ProveJoin,
    ProveKept,
    ProveStatistics,
    RaiseSequences,
    Recompute,
    Reindex,
    Rewrite,
    Truncate,
    UnlinkLargeObjects,
    UpdateBatches,
    WitnessKept,
    settings_of,
)
from masker.lanes.events import Moved, StepFinished, StepStarted
from masker.lanes.scheduler import Lane
from masker.lanes.step import Analyze, CountJoin, SeekOriginals
from masker.names import TableName
from masker.postgres.connect import Endpoint, connect
from masker.postgres.errors import ServerFault, server_errors
from masker.postgres.keyring import holding
from masker.postgres.own_settings import own_settings
from masker.postgres.pump import Cancelled
from masker.sides import Side
from masker.tables.blame import Blame
from masker.tables.witness import SEED_SETTING, Level
from masker.verify.guarded import guarded
from masker.verify.joins import check_join
from masker.verify.statistics import check_current

#: Large objects removed by one statement: each takes a lock, of which a server has some thousands.
_LARGE_OBJECTS_AT_ONCE = 1000


@dataclass(slots=True)
class Outcomes:
    """What steps found, by id. Written by many lanes, read when they have ended."""

    records: dict[str, StepRecord] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    waiting_since: float | None = None  # for dead rows to become removable, in monotonic seconds

    def record(self, step: str, record: StepRecord) -> None:
        with self.lock:
            self.records[step] = record

    def rows(self, step: str) -> int:
        """Rows that *step* has counted."""
        with self.lock:
            return sum(count for _, count in self.records[step].counts)

    def found(self, finding: Finding) -> None:
        with self.lock:
            self.findings.append(finding)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedInPlace:
    """What all lanes of a run have in common. *seed* is that of the digests rows are proved by, *level* how many are.
    *throttle* is rows a second over all lanes, None for as many as the server takes; *patience_s* how long older
    transactions are waited for that keep dead rows."""

    target: Endpoint
    bindings: Mapping[str, str] = field(repr=False)
    seed: str
    level: Level
    maintenance_memory: str
    workers: int
    throttle: int | None
    patience_s: float
    listener: Listener
    outcomes: Outcomes
    visitors: Visitors
    stop: threading.Event
    blame: Blame


def open_session(target: Endpoint, seed: str, maintenance_memory: str, workers: int) -> psycopg.Connection:
    """A session in which masks can be computed in place, once it holds their settings; one of *workers*."""
    settings = {
        "maintenance_work_mem": maintenance_memory,
        "check_function_bodies": "off",
        SEED_SETTING: seed,
        # What rows are asked is half a megabyte of SQL: workers would take longer to be told of it than to answer.
        "max_parallel_workers_per_gather": "0",
    }
    if workers > 1:
        # Lanes are the parallelism: workers of single index builds would only contend with them.
        settings["max_parallel_maintenance_workers"] = "0"
    conn = connect(target, settings=settings)
    try:
        with server_errors(Side.TARGET, "the session was set up"):
            create_functions(conn)
    except BaseException:
        conn.close()
        raise
    return conn


class MaskLane(Lane[MaskStep]):
    """A lane with one session, opened with its first step."""

    def __init__(self, shared: SharedInPlace) -> None:
        self._shared = shared
        self._conn: psycopg.Connection | None = None

    def perform(self, step: MaskStep) -> None:
        started = time.monotonic()
        self._shared.listener(StepStarted(step))
        try:
            # What is no table's own, such as the time zone rules are read in, decides what digests are: it is the same
            # for all.
            common = {name for name in self._shared.bindings if not name.startswith("masker.")}
            with holding(self._session(), self._shared.bindings, settings_of(step) | common):
                rows = self._do(step)
        except ProofFailed as failed:
            raise FailedChecks(Findings(failed.findings)) from None
        except (psycopg.Error, ServerFault) as error:
            if self._shared.stop.is_set():
                raise Cancelled from None
            fault = error if isinstance(error, ServerFault) else ServerFault.from_error(error)
            raise fault.to_error(
                Side.TARGET,
                _doing(step),
                hint=self._shared.blame.remedy(fault.complaint(at=_busy_with(step))) or _hint(fault, step),
            ) from None
        self._shared.listener(StepFinished(step, time.monotonic() - started, rows, 0))

    def _do(self, step: MaskStep) -> int:
        conn, level = self._session(), self._shared.level
        match step:
            case SeekOriginals():
                return self._keep(step.id, seek(conn, step))
            case CountJoin():
                return self._keep(step.id, counted(conn, step))
            case ProveJoin():
                before = self._shared.outcomes.records.get(step.of)
                for finding in check_join(conn, step.join, before.rows if before is not None else None):
                    self._shared.outcomes.found(finding)
            case RaiseSequences():
                raise_sequences(conn, step.floors)
            case WitnessKept():
                return self._keep(step.id, witness_kept(conn, step, level))
            case ProveKept():
                self._prove_kept(conn, step)
            case ProveStatistics(columns=columns):
                for finding in guarded("statistics", lambda: check_current(conn, columns, views=False)):
                    self._shared.outcomes.found(finding)
            case Truncate():
                return self._keep(step.id, retrying(lambda: truncate(conn, step), self._pause))
            case DeleteRows():
                return self._keep(step.id, retrying(lambda: delete_rows(conn, step, level), self._pause))
            case Rewrite():
                return self._keep(step.id, retrying(lambda: rewrite(conn, step, level), self._pause))
            case CutBatches():
                return self._keep(step.id, retrying(lambda: cut(conn, step, level), self._pause))
            case UpdateBatches():
                return self._batches(conn, step)
            case FinishBatches():
                return self._keep(step.id, retrying(lambda: finish(conn, step), self._pause))
            case Compact():
                with own_settings(conn):
                    self._shared.outcomes.found(compact(conn, step, self._pause, self._is_patient))
            case UnlinkLargeObjects():
                while conn.execute(
                    "SELECT lo_unlink(oid) FROM (SELECT oid FROM pg_largeobject_metadata LIMIT %s) AS found",
                    [_LARGE_OBJECTS_AT_ONCE],
                ).rowcount:
                    self._pause(0)
            case ForgetEmpty():
                forget_empty(conn, step)
            case Recompute():
                return recompute(conn, step)
            case FillViews():
                fill_views(conn, step, self._pause)
            case Analyze(sql=statement) | Reindex(sql=statement):
                under_own_settings(conn, statement)
            case _:
                assert_never(step)
        return 0

    def _prove_kept(self, conn: psycopg.Connection, step: ProveKept) -> None:
        """A finding on whether a table is what it was; what failed is told with all others."""
        of = self._shared.outcomes.records.get(step.of)
        for name, expected in of.said if of is not None else ():
            if name == step.plan.table.name:
                for finding in prove_kept(conn, step, expected):
                    self._shared.outcomes.found(finding)

    def _keep(self, step: str, record: StepRecord) -> int:
        self._shared.outcomes.record(step, record)
        return record.rows

    def _batches(self, conn: psycopg.Connection, step: UpdateBatches) -> int:
        total, dead = 0, 0
        while True:
            started = time.monotonic()
            done = self._one_batch(conn, step)
            if done is None:
                return total
            total += done
            dead += done
            if step.vacuum_share is not None and dead >= step.vacuum_share * self._shared.outcomes.rows(
                f"cut {step.table}"
            ):
                reclaim(conn, step)
                dead = 0
            self._shared.listener(Moved(step, done, 0))
            spent = time.monotonic() - started
            wanted = done * self._shared.workers / self._shared.throttle if self._shared.throttle else 0.0
            self._pause(max(0.0, wanted - spent))

    def _one_batch(self, conn: psycopg.Connection, step: UpdateBatches) -> int | None:
        rows: int | None = None

        def work() -> StepRecord:
            nonlocal rows
            rows = next_batch(conn, step)
            return StepRecord()

        retrying(work, self._pause)
        return rows

    def _pause(self, seconds: float) -> None:
        if self._shared.stop.wait(seconds):
            raise Cancelled

    def _is_patient(self) -> bool:
        """Whether dead rows are worth another try: all steps of a run wait for the same transactions, so they share the
        time."""
        outcomes = self._shared.outcomes
        with outcomes.lock:
            outcomes.waiting_since = outcomes.waiting_since or time.monotonic()
            return time.monotonic() - outcomes.waiting_since < self._shared.patience_s

    def _session(self) -> psycopg.Connection:
        if self._conn is None or self._conn.closed:
            self._conn = open_session(
                self._shared.target, self._shared.seed, self._shared.maintenance_memory, self._shared.workers
            )
            self._shared.visitors.belongs(self._conn)
        return self._conn

    def release_source(self) -> None:
        """There is no source."""

    def interrupt(self) -> None:
        if self._conn is not None and not self._conn.closed:
            with contextlib.suppress(psycopg.Error):
                self._conn.cancel_safe(timeout=2.0)

    def close(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None


def _doing(step: MaskStep) -> str:
    match step:
        case Rewrite():
            return f"{step.title} was rewritten"
        case CutBatches() | UpdateBatches() | FinishBatches():
            return f"{step.table} was masked in batches"
        case DeleteRows():
            return f"rows of {step.table} were deleted"
        case SeekOriginals():
            return f"originals of {step.table} were sought"
        case WitnessKept():
            return f"it was written down what {step.plan.table.name} holds"
        case ProveKept():
            return f"{step.plan.table.name} was compared with what it held"
        case ProveStatistics():
            return f"statistics of {step.title} were compared with its rows"
        case CountJoin() | ProveJoin():
            return f"what {step.join.column} refers to was counted"
        case RaiseSequences():
            return "sequences were set"
        case FillViews():
            return "materialized views were filled anew"
        case UnlinkLargeObjects():
            return "large objects were removed"
        case ForgetEmpty():
            return "what ANALYZE knew of emptied tables was removed"
        case Analyze():
            return f"{step.table} was looked through"
        case Truncate():
            return f"{len(step.tables)} tables were emptied"
        case Compact():
            return f"{step.subject} was compacted"
        case Recompute():
            return f"generated columns of {step.table} were computed anew by {step.function}"
        case Reindex():
            return f"the index {step.index} was built anew with {step.function}"
        case _:
            assert_never(step)


def _busy_with(step: MaskStep) -> TableName | None:
    match step:
        case Rewrite(plans=plans):
            return plans[0].table.name if len(plans) == 1 else None
        case (
            WitnessKept(plan=plan)
            | ProveKept(plan=plan)
            | CutBatches(plan=plan)
            | UpdateBatches(plan=plan)
            | FinishBatches(plan=plan)
            | DeleteRows(plan=plan)
        ):
            return plan.table.name
        case SeekOriginals(table=table):
            return table
        case _:
            return None


def _hint(fault: ServerFault, step: MaskStep) -> str | None:
    match fault.cause:
        case "42501":
            return "the role has to own every table it masks, and the database"
        case "2BP01":
            return (
                "something that masker does not know how to make anew rests on it; say `strategy: batches` for the"
                " table"
            )
        case "42P10" | "55000" if not isinstance(step, Rewrite):
            return (
                "a publication may forbid it, since what it sends of the table does not go with the table's replica"
                " identity: ALTER PUBLICATION … SET (publish = 'insert') until the run has ended"
            )
        case "53200" if isinstance(step, Rewrite) and len(step.tables) > 1:
            return (
                f"the {len(step.tables)} tables that are rewritten together take more locks than the server has room"
                " for: raise its max_locks_per_transaction and restart it, or say `strategy: batches` for the tables"
            )
        case "55P03" | "40P01":
            return "another session holds the table; end it (--terminate) and run again"
        case "53100":
            return (
                "a table needs room for a second copy of it and its indexes while it is masked; free space or give the"
                " server a larger disk, then run again; --workers 1 needs less at once, and --free-space SIZE plans for"
                " what there is"
            )
        case _:
            return None
