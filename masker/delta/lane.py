"""The lanes of a delta, and how each step is done: each asks production in a session of its own, all have one on the
preview."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import assert_never

import psycopg
from psycopg import sql

from masker.catalog.read import read_sequence_values
from masker.copy.lane_sessions import LaneSessions
from masker.copy.run import Changed
from masker.copy.server.sequences import set_sequences
from masker.copy.server.small_tables import held
from masker.copy.shared import Shared
from masker.copy.steps import ProveTable, SetSequences, WitnessTable
from masker.delta.apply import Applying
from masker.delta.before import NotPossible
from masker.delta.server.refreshing import refresh
from masker.delta.steps import DeltaStep, FindChanges, LockTables, WriteChanges
from masker.delta.tables import TableDelta, Younger
from masker.lanes.step import CountJoin, RefreshMaterializedView, SeekOriginals
from masker.names import TableName
from masker.postgres.errors import ServerFault, server_errors
from masker.postgres.originals import look
from masker.postgres.own_settings import own_settings
from masker.postgres.pump import Cancelled, SideFault
from masker.sides import Side
from masker.verify.joins import count_join
from masker.verify.witness import draw, prove, same_sample, under_zone


class DeltaLane:
    """*writing* is in the delta's transaction, as *applying* uses it, and no two steps that do run at once. *changed*
    gets what was written to each table, *younger* which rows of production are younger than the run before, which had
    read at *horizon*, of tables that were counted. Sequences *may restart* where that fires nothing."""

    def __init__(
        self,
        shared: Shared,
        writing: psycopg.Connection,
        applying: Applying,
        *,
        changed: dict[TableName, Changed],
        younger: dict[TableName, Younger],
        horizon: int,
        may_restart: bool,
    ) -> None:
        self._shared = shared
        self._sessions = LaneSessions(shared)
        self._writing = writing
        self._applying = applying
        self._changed = changed
        self._younger = younger
        self._horizon = horizon
        self._may_restart = may_restart

    def perform(self, step: DeltaStep) -> None:
        if step.reads_source:
            self._shared.brake.look()
        try:
            self._do(step)
        except (
            psycopg.errors.ProgrammingError,
            psycopg.errors.OutOfMemory,
            psycopg.errors.ObjectNotInPrerequisiteState,
        ) as error:
            raise NotPossible(f"{step.id}: {ServerFault.from_error(error).text}") from None
        except SideFault as caught:
            raise caught.fault.to_error(caught.side, f"{step.id} was done") from None
        except psycopg.Error as error:
            if self._shared.stop.is_set():
                raise Cancelled from None
            raise ServerFault.from_error(error).to_error(Side.TARGET, f"{step.id} was done") from None

    def perform_together(self, steps: Sequence[DeltaStep]) -> None:
        for step in steps:
            self.perform(step)

    def _do(self, step: DeltaStep) -> None:
        match step:
            case LockTables(tables=tables):
                self._applying.lock(tables)
            case FindChanges(delta=delta):
                said = self._shared.counters.source_said.get(delta.name)
                self._applying.find(self._sessions.reading(), delta, said, younger=self._younger.get(delta.name))
            case WriteChanges(tables=tables):
                self._changed.update(self._applying.write(tables))
            case WitnessTable():
                self._witness(step)
            case SeekOriginals():
                self._seek(step)
            case CountJoin():
                self._count(step)
            case RefreshMaterializedView():
                self._refresh(step)
            case SetSequences():
                self._set_numbers(step)
            case ProveTable():
                self._prove(step)
            case _:
                assert_never(step)

    def _witness(self, step: WitnessTable) -> None:
        with server_errors(Side.SOURCE, f"{step.table} was witnessed"):
            conn = self._sessions.reading()
            with held(conn, [(step.table, step.guard_oid)]):
                sample = draw(
                    conn,
                    step.witness,
                    is_sample=step.is_sample,
                    rows=step.rows,
                    pages=step.pages,
                    counts=TableDelta.is_younger(self._horizon),
                )
                said = prove(conn, step.witness, sample, source=True)
        if sample.counted is not None:
            self._younger[step.table] = Younger(sample.counted, sample.between)
        self._shared.counters.source_said[step.table] = said
        self._shared.counters.rows[step.table] = said.rows

    def _seek(self, step: SeekOriginals) -> None:
        with server_errors(Side.SOURCE, f"originals of {step.table} were sought"):
            conn = self._sessions.reading()
            with held(conn, [(step.table, step.guard_oid)]):
                self._shared.counters.answers[step.table] = look(conn, step.asked)

    def _count(self, step: CountJoin) -> None:
        with server_errors(Side.SOURCE, f"what {step.join.column} refers to was counted"):
            conn = self._sessions.reading()
            with held(conn, step.guards):
                self._shared.counters.joins[step.id] = count_join(conn, step.join, source=True)

    def _refresh(self, step: RefreshMaterializedView) -> None:
        """As the preview's own sessions would; VACUUM, which no transaction may do, is left for later, and indexes are
        there."""
        with own_settings(self._writing, besides={"row_security"}):
            for statement in step.statements:
                if statement.startswith("REFRESH "):
                    refresh(self._writing, step.view, statement)
                    self._writing.execute(
                        sql.SQL("ANALYZE {}").format(sql.Identifier(step.view.schema, step.view.name))
                    )

    def _set_numbers(self, step: SetSequences) -> None:
        names = list(step.sequences)
        values = step.raised(self._shared.read_sequences(names))
        now = read_sequence_values(self._writing, names)
        differing = {name: value for name, value in values.items() if now.get(name) != value}
        if differing and not self._may_restart:
            raise NotPossible("sequences cannot be set within a transaction where event triggers would fire")
        set_sequences(self._writing, differing, restart=True)
        self._shared.counters.sequences = dict(values)

    def _prove(self, step: ProveTable) -> None:
        asked = self._shared.counters.source_said.get(step.table)
        if asked is None:
            return  # that nothing was proved is a finding
        with under_zone(self._writing, self._shared.bindings):
            sample = self._applying.seen(step.table) or same_sample(self._writing, step.witness, sieve=asked.sieve)
            said = prove(self._writing, step.witness, sample, source=False)
        self._shared.counters.target_said[step.table] = said

    def release_source(self) -> None:
        self._sessions.release_source()

    def interrupt(self) -> None:
        self._sessions.interrupt()
        if not self._writing.closed:
            with contextlib.suppress(psycopg.Error):
                self._writing.cancel_safe(timeout=2.0)

    def close(self) -> None:
        self._sessions.close()
