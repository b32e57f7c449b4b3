"""One lane, and how each step is done with its sessions."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import assert_never

import psycopg
from psycopg import sql

from masker.copy.lane_sessions import LaneSessions, target_faults
from masker.copy.server.ledger import claim, settle
from masker.copy.server.rehearse import make, rehearse
from masker.copy.server.sequences import set_sequences
from masker.copy.server.small_tables import copy_rows, held
from masker.copy.shared import Shared
from masker.copy.steps import (
    AddCheck,
    AddForeignKey,
    BuildIndex,
    CopyLargeObjects,
    CopyPart,
    CopyStep,
    CreateSchema,
    DropLedger,
    FinishSchema,
    ProveTable,
    RefreshPostponed,
    SetSequences,
    Vacuum,
    ValidateForeignKey,
    WitnessTable,
)
from masker.copy.together import Sessions, done_together
from masker.copy.views import NotYet, fill_in_turn, unfilled
from masker.errors import MaskerError, SourceError, TargetError
from masker.lanes.events import Moved, StepFinished, StepRetried, StepStarted
from masker.lanes.step import Analyze, CountJoin, RefreshMaterializedView, SeekOriginals
from masker.postgres.entries import SchemaEntry
from masker.postgres.errors import ServerFault, server_errors, source_changed
from masker.postgres.large_objects import copy_large_objects, describe_large_objects
from masker.postgres.originals import look
from masker.postgres.pump import Cancelled, Pumped, SideFault, Wire
from masker.postgres.unmade import Unmakeable, problem
from masker.sides import Side
from masker.verify.joins import count_join
from masker.verify.witness import draw, prove, same_sample, under_zone

#: How often a part is begun anew after a lost connection, and the pause before it in seconds, times the attempt.
_RETRIES = 2
_RETRY_PAUSE_S = 1.0

#: SQLSTATEs that say that a table or column of the snapshot is not there any more, or something else in its place.
_GONE = frozenset({"42P01", "42703", "3F000", "42809"})

#: That a materialized view holds nothing that could be read.
_NOT_FILLED = "55000"


class ServerLane:
    """A lane on two servers. The target's session is opened with the lane, the source's with the first step that
    reads."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._sessions = LaneSessions(shared)

    def perform(self, step: CopyStep) -> None:
        if step.reads_source:
            self._shared.brake.look()
        started = time.monotonic()
        self._shared.listener(StepStarted(step))
        rows, moved = self._do(step)
        self._shared.listener(StepFinished(step, time.monotonic() - started, rows, moved))

    def perform_together(self, steps: Sequence[CopyStep]) -> None:
        """Small steps of one kind by few statements. Where that fails, each is done by itself, which tells what it
        is."""
        if any(step.reads_source for step in steps):
            self._shared.brake.look()
        started = time.monotonic()
        sessions = Sessions(
            reading=self._sessions.reading,
            writing=self._sessions.writing,
            computing=lambda besides: self._sessions.computing(besides=besides),
            close=self._sessions.close,
        )
        done = done_together(steps, sessions, self._shared)
        if done is None:
            if self._shared.stop.is_set():
                raise Cancelled
            for step in steps:
                self.perform(step)
            return
        elapsed_s = (time.monotonic() - started) / len(steps)
        for step, (rows, moved) in zip(steps, done, strict=True):
            self._shared.listener(StepStarted(step))
            if isinstance(step, CopyPart):
                self._shared.listener(Moved(step, rows, moved))
            self._shared.listener(StepFinished(step, elapsed_s, rows, moved))
        self._shared.brake.moved(sum(moved for _, moved in done))

    def _do(self, step: CopyStep) -> tuple[int, int]:
        match step:
            case CreateSchema():
                self._make_schema(step)
            case FinishSchema(entries=entries):
                self._apply(entries)
            case CopyPart():
                result = self._copy_retrying(step)
                self._shared.counters.moved(step.table, result)
                return result.stored, result.bytes
            case WitnessTable():
                return self._anew(step, lambda: self._witness(step)), 0
            case SeekOriginals():
                return self._anew(step, lambda: self._seek(step)), 0
            case CountJoin():
                return self._anew(step, lambda: self._count(step)), 0
            case ProveTable():
                return self._anew(step, lambda: self._prove(step)), 0
            case CopyLargeObjects():
                return step.count, self._anew(step, self._copy_large_objects)
            case BuildIndex(statements=statements) | AddCheck(statements=statements):
                self._execute(statements, f"{step.id} was made", step)
            case RefreshMaterializedView():
                self._refresh(step)
            case RefreshPostponed():
                self._refresh_postponed()
            case AddForeignKey(sql=statement) | ValidateForeignKey(sql=statement):
                self._execute((statement,), f"{step.id} was made", step)
            case DropLedger():
                statement = sql.SQL("DROP TABLE {}").format(self._shared.where.ledger).as_string()
                self._execute((statement,), "the run's ledger was dropped")
            case Vacuum(sql=statement) | Analyze(sql=statement):
                self._execute((statement,), f"{step.table} was looked through")
            case SetSequences():
                self._set_sequences(step)
            case _:
                assert_never(step)
        return 0, 0

    def release_source(self) -> None:
        self._sessions.release_source()

    def interrupt(self) -> None:
        self._sessions.interrupt()

    def close(self) -> None:
        self._sessions.close()

    def _anew(self, step: CopyStep, work: Callable[[], int]) -> int:
        """Do *work*, which may be done twice; where a connection is lost, once more on new ones. The snapshot is the
        same."""
        attempt = 0
        while True:
            try:
                return work()
            except (SourceError, TargetError) as error:
                self._sessions.close()
                if self._shared.stop.is_set():
                    raise Cancelled from None
                if not (error.is_lost or error.is_conflict) or attempt == _RETRIES:
                    raise
                side = Side.SOURCE if isinstance(error, SourceError) else Side.TARGET
                self._retried(step, side, is_lost=error.is_lost)
            attempt += 1
            self._pause(attempt)

    def _retried(self, step: CopyStep, side: Side, told: Sequence[int] = (0, 0), *, is_lost: bool) -> None:
        reason = "the connection was lost" if is_lost else "it was ended for a conflict"
        self._shared.listener(StepRetried(step, f"{side}: {reason}", told[0], told[1]))

    def _pause(self, attempt: int) -> None:
        if self._shared.stop.wait(_RETRY_PAUSE_S * attempt):
            raise Cancelled

    def _copy_retrying(self, step: CopyPart) -> Pumped:
        """Copy a part; where a connection is lost, begin it anew on new ones. The snapshot is the same, so the rows
        are.

        A part that was committed without an answer is not copied again: the ledger knows.
        """
        attempt = 0
        while True:
            told = [0, 0]

            def on_block(rows: int, size: int, told: list[int] = told) -> None:
                told[0] += rows
                told[1] += size
                self._shared.listener(Moved(step, rows, size))
                self._shared.brake.moved(size)

            try:
                return self._copy(step, on_block)
            except SideFault as caught:
                side, fault = caught.side, caught.fault
            except (psycopg.OperationalError, psycopg.InterfaceError) as caught:
                side, fault = Side.TARGET, ServerFault.from_error(caught)
            self._sessions.close()
            if self._shared.stop.is_set():
                raise Cancelled
            if side is Side.SOURCE and fault.cause in _GONE:
                raise source_changed(str(step.table), "it was altered, renamed or dropped")
            may_pass = fault.is_connection or (fault.is_conflict and side is Side.SOURCE)
            if not may_pass or attempt == _RETRIES:
                raise fault.to_error(side, f"{step.title} was copied", hint=self._remedy(fault, step))
            attempt += 1
            self._retried(step, side, told, is_lost=fault.is_connection)
            self._pause(attempt)

    def _copy(self, step: CopyPart, on_block: Callable[[int, int], None]) -> Pumped:
        reading = self._sessions.reading()
        with target_faults():
            writing = self._sessions.computing(besides=step.written_by)
        with held(reading, [(step.table, step.guard_oid)]):
            return self._move(step, reading, writing, on_block)

    def _move(
        self,
        step: CopyPart,
        reading: psycopg.Connection,
        writing: psycopg.Connection,
        on_block: Callable[[int, int], None],
    ) -> Pumped:
        with target_faults():
            loaded = claim(writing, step.id, self._shared.where.ledger)
            if loaded is not None:
                on_block(loaded, 0)
                return Pumped(loaded, loaded, 0)
        with target_faults(), self._shared.where.loading(writing, step) as there:
            if step.is_whole:
                name = sql.Identifier(there.table.schema, there.table.name)
                writing.execute(sql.SQL("TRUNCATE ONLY {}").format(name))
            source = Wire(Side.SOURCE, reading.pgconn, self._shared.stop.is_set)
            target = Wire(Side.TARGET, writing.pgconn, self._shared.stop.is_set)
            try:
                result = copy_rows(source, target, there, on_block)
            except SideFault:
                self._sessions.release_source()
                raise
            self._shared.where.loaded(writing, step)
            settle(writing, step.id, result.stored, self._shared.where.ledger)
        return result

    def _copy_large_objects(self) -> int:
        with server_errors(Side.SOURCE, "large objects were digested"):
            self._shared.counters.large_objects = describe_large_objects(
                self._sessions.reading(), is_cancelled=self._shared.stop.is_set
            )
        with server_errors(Side.TARGET, "large objects were copied"):
            return copy_large_objects(self._sessions.reading(), self._sessions.writing(), self._shared.stop.is_set)

    def _witness(self, step: WitnessTable) -> int:
        conn = self._sessions.reading()
        try:
            with held(conn, [(step.table, step.guard_oid)]):
                sample = draw(conn, step.witness, is_sample=step.is_sample, rows=step.rows, pages=step.pages)
                said = prove(conn, step.witness, sample, source=True)
        except (psycopg.Error, SideFault) as caught:
            raise self._source_failed(caught, step, f"{step.table} was witnessed") from None
        self._shared.counters.source_said[step.table] = said
        return said.proved

    def _seek(self, step: SeekOriginals) -> int:
        conn = self._sessions.reading()
        try:
            with held(conn, [(step.table, step.guard_oid)]):
                answers = look(conn, step.asked)
        except (psycopg.Error, ServerFault, SideFault) as caught:
            raise self._source_failed(caught, step, f"originals of {step.table} were sought") from None
        self._shared.counters.answers[step.table] = answers
        return answers.rows

    def _count(self, step: CountJoin) -> int:
        conn = self._sessions.reading()
        try:
            with held(conn, step.guards):
                found = count_join(conn, step.join, source=True)
        except (psycopg.Error, ServerFault, SideFault) as caught:
            raise self._source_failed(caught, step, f"what {step.join.column} refers to was counted") from None
        self._shared.counters.joins[step.id] = found
        return 0

    def _source_failed(
        self,
        caught: psycopg.Error | ServerFault | SideFault,
        step: WitnessTable | SeekOriginals | CountJoin,
        doing: str,
    ) -> MaskerError:
        fault = (
            caught.fault
            if isinstance(caught, SideFault)
            else caught
            if isinstance(caught, ServerFault)
            else ServerFault.from_error(caught)
        )
        if fault.cause in _GONE:
            return source_changed(str(step.table), "it was altered, renamed or dropped")
        return fault.to_error(Side.SOURCE, doing, hint=self._remedy(fault, step))

    def _prove(self, step: ProveTable) -> int:
        asked = self._shared.counters.source_said.get(step.table)
        if asked is None:
            return 0  # that nothing was proved is a finding
        with server_errors(Side.TARGET, f"{step.table} was proved"):
            conn = self._sessions.writing()
            with under_zone(conn, self._shared.bindings):
                there = replace(step.witness, table=self._shared.where.at(step.table))
                said = prove(conn, there, same_sample(conn, there, sieve=asked.sieve), source=False)
        self._shared.counters.target_said[step.table] = said
        return said.proved

    def _make_schema(self, step: CreateSchema) -> None:
        """All that fails is told at once, before any row is copied."""
        is_stopped = self._shared.stop.is_set
        with server_errors(Side.TARGET, "the schema was made"):
            conn = self._sessions.writing()
        within = self._shared.where.within
        unmade = make(conn, step.entries, is_stopped, within)
        rehearse(conn, step.attempts, unmade, is_stopped, within)
        if unmade:
            raise Unmakeable(
                [problem(found, self._shared.source_major, conn.info.server_version // 10000) for found in unmade]
            )

    def _apply(self, entries: tuple[SchemaEntry, ...]) -> None:
        for entry in entries:
            if self._shared.stop.is_set():
                raise Cancelled
            # What a dump says is to be understood as it was written; only a check looks at rows.
            with server_errors(Side.TARGET, f"{entry} was created"):
                conn = self._sessions.computing() if entry.type == "CHECK CONSTRAINT" else self._sessions.writing()
                with self._shared.where.within(conn):
                    conn.execute(entry.sql.encode("utf-8", "surrogateescape"))

    def _remedy(self, fault: ServerFault, step: CopyStep | None) -> str | None:
        match step:
            case BuildIndex(table=table, name=name):
                said = fault.complaint(at=table, index=None if name == "keys" else name)
            case RefreshMaterializedView(view=view):
                said = fault.complaint(view=view)
            case (
                CopyPart(table=table)
                | WitnessTable(table=table)
                | SeekOriginals(table=table)
                | AddForeignKey(table=table)
                | ValidateForeignKey(table=table)
                | AddCheck(table=table)
            ):
                said = fault.complaint(at=table)
            case _:
                said = fault.complaint()
        return self._shared.blame.remedy(said)

    def _execute(self, statements: tuple[str, ...], doing: str, step: CopyStep | None = None) -> None:
        for statement in statements:
            if self._shared.stop.is_set():
                raise Cancelled
            try:
                self._shared.where.execute(self._sessions.computing(), statement)
            except psycopg.Error as error:
                fault = ServerFault.from_error(error)
                if self._shared.stop.is_set():
                    raise Cancelled from None
                failed = fault.to_error(Side.TARGET, doing, hint=self._remedy(fault, step))
                if (
                    fault.sqlstate == _NOT_FILLED
                    and isinstance(step, RefreshMaterializedView)
                    and statement.startswith("REFRESH")
                ):
                    raise NotYet(failed) from None
                raise failed from None

    def _refresh(self, step: RefreshMaterializedView) -> None:
        try:
            self._execute(step.statements, f"{step.id} was made", step)
        except NotYet as found:
            if not self._shared.may_postpone:
                raise unfilled(found.error, [step]) from None
            self._shared.postponed.append(step)

    def _refresh_postponed(self) -> None:
        fill_in_turn(
            tuple(self._shared.postponed), lambda step: self._execute(step.statements, f"{step.id} was made", step)
        )

    def _set_sequences(self, step: SetSequences) -> None:
        values = step.raised(self._shared.read_sequences(list(step.sequences)))
        with server_errors(Side.TARGET, "sequences were set"):
            conn = self._sessions.writing()
            with self._shared.where.within(conn):
                set_sequences(conn, values)
        self._shared.counters.sequences = dict(values)
