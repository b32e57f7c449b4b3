"""Many small tables read, asked and filled in a few round trips: what a round trip and a transaction cost is paid once
for some dozens.

Each table is read under the same lock, guard and snapshot as alone. What fails here says nothing: whoever asked asks
each table by itself.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
from psycopg import pq, sql

from masker.copy.server.ledger import claim_all, settle_all
from masker.copy.steps import CopyPart, ProveTable, WitnessTable
from masker.errors import TargetError
from masker.lanes.step import SeekOriginals
from masker.names import TableName
from masker.postgres.errors import ServerFault, source_changed
from masker.postgres.originals import answered, look, whole_questions
from masker.postgres.pump import Pumped, SideFault, Wire, pump
from masker.sides import Side
from masker.tables.evidence import Evidence
from masker.tables.shown import Answers
from masker.verify.witness import Sample, is_proved_whole, prove

#: The state of each table's file, and what the snapshot takes it for.
_HOLD = sql.SQL(
    "SAVEPOINT part; LOCK TABLE {} IN ACCESS SHARE MODE; SELECT t.at, c.relfilenode::int8,"
    " pg_relation_filenode(c.oid)::int8 FROM unnest({}::oid[]) WITH ORDINALITY AS t(oid, at) LEFT JOIN pg_class c ON"
    " c.oid = t.oid"
)

Row = Sequence[Any]


@contextlib.contextmanager
def held(conn: psycopg.Connection, tables: Sequence[tuple[TableName, int]]) -> Iterator[None]:
    """Hold a lock on *tables*, by name and oid, while inside, having made sure that the snapshot reads of each the file
    that it has.

    After TRUNCATE, a rewriting ALTER TABLE or DROP and CREATE the snapshot would find an empty file and report no
    error. With the lock held, the file as the snapshot knows it has to be the file there is. The lock ends with the
    savepoint, not with the snapshot: DDL on production waits for these tables' reading at most. Raises SourceChanged,
    or SideFault of the source.
    """
    names = sql.SQL(", ").join(
        sql.SQL("ONLY {}").format(sql.Identifier(table.schema, table.name)) for table, _ in tables
    )
    try:
        cursor = conn.execute(_HOLD.format(names, sql.Literal([oid for _, oid in tables])))
        while cursor.nextset():
            pass
        found = {int(at): files for at, *files in cursor.fetchall()}
    except psycopg.Error as error:
        raise SideFault(Side.SOURCE, ServerFault.from_error(error)) from None
    for at, (table, _) in enumerate(tables, 1):
        shown, present = found[at]
        if present is None or shown != present:
            raise source_changed(str(table), "it was truncated, rewritten, or dropped and created anew")
    yield
    try:
        conn.execute("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")
    except psycopg.Error as error:
        raise SideFault(Side.SOURCE, ServerFault.from_error(error)) from None


def ask_all(conn: psycopg.Connection, queries: Sequence[str]) -> Sequence[Sequence[Row]]:
    """The rows of each of *queries*, one after the other in one round trip. Raises psycopg.Error."""
    cursor = conn.execute("; ".join(queries).encode())
    found = [cursor.fetchall()]
    while cursor.nextset():
        found.append(cursor.fetchall())
    return found


def witness_all(conn: psycopg.Connection, steps: Sequence[WitnessTable]) -> list[Evidence] | None:
    """What the source says of each table; None where one of them is so large that a sample is drawn. Raises
    psycopg.Error, SideFault or SourceChanged."""
    if not all(
        is_proved_whole(step.witness, is_sample=step.is_sample, rows=step.rows, pages=step.pages) for step in steps
    ):
        return None
    with held(conn, [(step.table, step.guard_oid) for step in steps]):
        return _proved(conn, steps, source=True)


def prove_all(conn: psycopg.Connection, steps: Sequence[ProveTable]) -> list[Evidence]:
    """What the target says of all rows of each table. Raises psycopg.Error."""
    return _proved(conn, steps, source=False)


def _proved(
    conn: psycopg.Connection, steps: Sequence[WitnessTable] | Sequence[ProveTable], *, source: bool
) -> list[Evidence]:
    asked = [
        step.witness.proof_sql(source=source, picked=False, part=part)
        for step in steps
        for part in step.witness.parts(source=source)
    ]
    told = iter(ask_all(conn, asked))
    return [prove(conn, step.witness, Sample(), source=source, ask=lambda *_: next(told)) for step in steps]


def seek_all(conn: psycopg.Connection, steps: Sequence[SeekOriginals]) -> list[Answers]:
    """What is found of originals in each table; those that take more are asked alone. Raises psycopg.Error, SideFault
    or SourceChanged."""
    whole = [whole_questions(step.asked) for step in steps]
    found: list[Answers] = []
    with held(conn, [(step.table, step.guard_oid) for step in steps]):
        queries = [query for asked in whole if asked is not None for query in asked.queries]
        told = iter(ask_all(conn, queries) if queries else ())
        for step, asked in zip(steps, whole, strict=True):
            answers = answered(step.asked, asked, [next(told)[0] for _ in asked.queries]) if asked is not None else None
            found.append(answers or look(conn, step.asked))
    return found


def copy_all(
    reading: psycopg.Connection,
    writing: psycopg.Connection,
    steps: Sequence[CopyPart],
    there: Sequence[CopyPart],
    ledger: sql.SQL,
    is_stopped: Callable[[], bool],
) -> list[Pumped] | None:
    """Each table, whole, in one transaction of the target; None where some were loaded before by one whose answer was
    lost. *there* are the steps as they are loaded.

    Raises SideFault, SourceChanged, TargetError or Cancelled, after which both sessions have to be closed.
    """
    with held(reading, [(step.table, step.guard_oid) for step in steps]):
        try:
            if not claim_all(writing, [step.id for step in steps], [step.table for step in there], ledger):
                return None
        except psycopg.Error as error:
            raise SideFault(Side.TARGET, ServerFault.from_error(error)) from None
        source = Wire(Side.SOURCE, reading.pgconn, is_stopped)
        target = Wire(Side.TARGET, writing.pgconn, is_stopped)
        copied = [copy_rows(source, target, step, lambda _rows, _bytes: None) for step in there]
    try:
        settle_all(writing, [(step.id, moved.stored) for step, moved in zip(steps, copied, strict=True)], ledger)
    except psycopg.Error as error:
        raise SideFault(Side.TARGET, ServerFault.from_error(error)) from None
    return copied


def copy_rows(source: Wire, target: Wire, step: CopyPart, on_block: Callable[[int, int], None]) -> Pumped:
    """Move the rows of *step* within the target's transaction. Raises SideFault, TargetError or Cancelled."""
    source.start(step.source_sql, pq.ExecStatus.COPY_OUT)
    target.start(step.target_sql, pq.ExecStatus.COPY_IN)
    moved = pump(source, target, on_block)
    if moved.sent != moved.stored:
        raise TargetError(f"{step.table}: the source sent {moved.sent:,} rows, the target stored {moved.stored:,}")
    return moved
