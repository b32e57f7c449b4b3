"""How a lane does several small steps of one kind at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import psycopg

from masker.copy.server.small_tables import copy_all, prove_all, seek_all, witness_all
from masker.copy.shared import Shared
from masker.copy.steps import (
    AddForeignKey,
    BuildIndex,
    CopyPart,
    CopyStep,
    ProveTable,
    ValidateForeignKey,
    WitnessTable,
)
from masker.errors import SourceError, TargetError
from masker.lanes.events import StepRetried
from masker.lanes.step import Analyze, SeekOriginals
from masker.postgres.errors import ServerFault
from masker.postgres.pump import SideFault
from masker.sides import Side
from masker.tables.evidence import Evidence
from masker.verify.witness import under_zone

_CANCELLED = "57014"

#: Rows and bytes of each step; None where nothing has been done, or nothing that may not be done again.
Done = list[tuple[int, int]] | None


@dataclass(frozen=True, slots=True)
class Sessions:
    """How the lane reaches the source, and the target: as masker writes there, and as its application computes,
    *besides* some settings."""

    reading: Callable[[], psycopg.Connection]
    writing: Callable[[], psycopg.Connection]
    computing: Callable[[frozenset[str]], psycopg.Connection]
    close: Callable[[], None]


def done_together(steps: Sequence[CopyStep], sessions: Sessions, shared: Shared) -> Done:
    """Do *steps*. Raises TargetError where nobody knows whether they were done, SourceError or TargetError where
    somebody had the server cancel it, and Cancelled."""
    if is_done := _by_statements(steps, sessions, shared):
        return [(0, 0)] * len(steps)
    if is_done is not None:
        return None
    try:
        return (
            _copied(steps, sessions, shared)
            or _witnessed(steps, sessions, shared)
            or _proved(steps, sessions, shared)
            or _sought(steps, sessions, shared)
        )
    except (psycopg.Error, ServerFault, SideFault, SourceError, TargetError) as error:
        # What was read is read again, and a table that was loaded stands in the ledger.
        sessions.close()
        _tell(error, steps, shared)
        return None


def _tell(error: Exception, steps: Sequence[CopyStep], shared: Shared) -> None:
    """Tell of a connection that was lost. Whoever cancels a statement of ours on a server wants it to end, not to begin
    again."""
    side = Side.SOURCE if steps[0].reads_source else Side.TARGET
    if isinstance(error, SideFault):
        side, error = error.side, error.fault
    fault = ServerFault.from_error(error) if isinstance(error, psycopg.Error) else error
    if isinstance(fault, ServerFault) and fault.is_connection:
        tables = ", ".join(
            str(step.table) for step in steps if isinstance(step, CopyPart | WitnessTable | ProveTable | SeekOriginals)
        )
        shared.listener(StepRetried(steps[0], f"with {tables}: {side}: the connection was lost", 0, 0))
    if isinstance(fault, ServerFault) and fault.sqlstate == _CANCELLED and not shared.stop.is_set():
        raise fault.to_error(side, f"{steps[0].id} and {len(steps) - 1} more like it were done") from None


def _copied(steps: Sequence[CopyStep], sessions: Sessions, shared: Shared) -> Done:
    copies = [step for step in steps if isinstance(step, CopyPart)]
    there = [aside for step in copies if (aside := shared.where.loads_at_once(step)) is not None]
    if len(there) < len(steps):
        return None
    writing = sessions.computing(copies[0].written_by)
    moved = copy_all(sessions.reading(), writing, copies, there, shared.where.ledger, shared.stop.is_set)
    for step, result in zip(copies, moved or (), strict=moved is not None):
        shared.counters.moved(step.table, result)
    return [(result.stored, result.bytes) for result in moved] if moved is not None else None


def _witnessed(steps: Sequence[CopyStep], sessions: Sessions, shared: Shared) -> Done:
    asked = [step for step in steps if isinstance(step, WitnessTable)]
    said = witness_all(sessions.reading(), asked) if len(asked) == len(steps) else None
    if said is None:
        return None
    shared.counters.source_said.update(zip([step.table for step in asked], said, strict=True))
    return _rows(said)


def _proved(steps: Sequence[CopyStep], sessions: Sessions, shared: Shared) -> Done:
    counters = shared.counters
    asked = [
        step
        for step in steps
        if isinstance(step, ProveTable)
        and (mine := counters.source_said.get(step.table)) is not None
        and mine.sieve is None
    ]
    if len(asked) < len(steps):
        return None
    with under_zone(conn := sessions.writing(), shared.bindings):
        there = [replace(step, witness=replace(step.witness, table=shared.where.at(step.table))) for step in asked]
        said = prove_all(conn, there)
    counters.target_said.update(zip([step.table for step in asked], said, strict=True))
    return _rows(said)


def _sought(steps: Sequence[CopyStep], sessions: Sessions, shared: Shared) -> Done:
    asked = [step for step in steps if isinstance(step, SeekOriginals)]
    found = seek_all(sessions.reading(), asked) if len(asked) == len(steps) else None
    if found is None:
        return None
    shared.counters.answers.update(zip([step.table for step in asked], found, strict=True))
    return [(answers.rows, 0) for answers in found]


def _rows(said: Sequence[Evidence]) -> Done:
    return [(evidence.proved, 0) for evidence in said]


def _by_statements(steps: Sequence[CopyStep], sessions: Sessions, shared: Shared) -> bool | None:
    """Whether the statements of all *steps* were made, in one transaction; None where they consist of others things."""
    statements: list[str] = []
    for step in steps:
        match step:
            case BuildIndex(statements=several):
                statements += several
            case AddForeignKey(sql=statement) | ValidateForeignKey(sql=statement) | Analyze(sql=statement):
                statements.append(statement)
            case _:
                return None
    if not statements:
        return True
    try:
        conn = sessions.computing(frozenset())
        with shared.where.within(conn):
            conn.execute("\n;\n".join(statements).encode())
    except psycopg.Error as error:
        fault = ServerFault.from_error(error)
        if fault.is_connection and not shared.stop.is_set():
            raise fault.to_error(Side.TARGET, f"{steps[0].id} was made") from None
        _tell(fault, steps, shared)
        return False
    return True
