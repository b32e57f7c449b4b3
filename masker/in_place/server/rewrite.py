"""Tables changed in place in one transaction each: emptied, thinned out, or rewritten with every mask applied."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Sequence

import psycopg
from psycopg import sql

from masker.findings import Finding
from masker.in_place.server import testify
from masker.in_place.server.journal import StepRecord, record_step
from masker.in_place.server.proofs import Before, asked_in_place, count_rows, finding, prove, require
from masker.in_place.steps import DeleteRows, ForgetEmpty, Rewrite, Truncate
from masker.masks.sql.bindings import FUNCTIONS
from masker.names import TableName
from masker.postgres.errors import ServerFault
from masker.postgres.quietly import answer, create_quietly, quietly
from masker.queries import queries
from masker.tables.witness import Level, estimated_rows

_SQL = queries(__name__)

#: A lock is waited for this long, then everything the transaction holds is let go of and tried again.
_LOCK_TIMEOUT_MS = 5_000
_LOCK_TRIES = 8

#: With the table's lock held, what is made anew may wait for other lanes.
_LATE_LOCK_TIMEOUT_MS = 600_000

#: Lock not available, deadlock.
_LOCK_STATES = frozenset({"55P03", "40P01"})


def create_functions(conn: psycopg.Connection) -> None:
    """The session's functions: those masks read keys and word lists with, whose text, like that of the statements,
    holds none; and the one that runs what may fail on a row."""
    create_quietly(conn)
    for type_name, function in FUNCTIONS.items():
        conn.execute(
            sql.SQL(
                "CREATE OR REPLACE FUNCTION pg_temp.{name}(text) RETURNS {type} LANGUAGE sql IMMUTABLE PARALLEL"
                " RESTRICTED AS 'SELECT pg_catalog.current_setting($1)::{type}';CREATE OR REPLACE FUNCTION"
                " pg_temp.{name}(text, text) RETURNS {type} LANGUAGE sql IMMUTABLE PARALLEL RESTRICTED AS 'SELECT"
                " pg_catalog.jsonb_object_field_text(pg_catalog.current_setting($1)::pg_catalog.jsonb, $2)::{type}'"
            ).format(name=sql.Identifier(function), type=sql.SQL(type_name))
        )


def retrying(work: Callable[[], StepRecord], pause: Callable[[float], None]) -> StepRecord:
    """Do *work*, which is one transaction, anew where it could not get its locks. *pause* waits, and raises if the run
    ends."""
    for attempt in range(1, _LOCK_TRIES + 1):
        try:
            return work()
        except (psycopg.Error, ServerFault) as error:
            cause = error.cause if isinstance(error, ServerFault) else error.sqlstate
            if cause not in _LOCK_STATES or attempt == _LOCK_TRIES:
                raise
            pause(attempt * random.uniform(0.2, 0.6))  # noqa: S311 - two lanes must not meet again
    raise AssertionError("unreachable")


def truncate(conn: psycopg.Connection, step: Truncate) -> StepRecord:
    """Empty the tables and forget their statistics."""
    with conn.transaction():
        impatient(conn)
        run(conn, step.statements)
        _attempt(conn, step.attempts)
        run(conn, step.restore)
        record = StepRecord(counts=tuple((name, 0) for name in step.tables))
        record_step(conn, step.id, record)
    return record


_KEPT = _SQL["kept"]


def forget_empty(conn: psycopg.Connection, step: ForgetEmpty) -> None:
    """Remove what ANALYZE knew of tables that have no rows any more."""
    for table in step.tables:
        with conn.transaction():
            impatient(conn)
            values = {"schema": table.table.schema, "name": table.table.name, "relation": table.table.sql}
            row = conn.execute(_KEPT.encode(), values).fetchone()
            if (
                row
                and row[0]
                and not conn.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(_table(table.table))).rowcount
            ):
                run(conn, table.statements)
                _attempt(conn, table.attempts)


def _attempt(conn: psycopg.Connection, attempts: Sequence[Sequence[str]]) -> None:
    for attempt in attempts:
        # A constraint may forbid the row: then verification finds the statistics that are left.
        with contextlib.suppress(psycopg.Error, ServerFault), conn.transaction():
            run(conn, attempt)


def delete_rows(conn: psycopg.Connection, step: DeleteRows, level: Level) -> StepRecord:
    """Delete what the rules do not keep. Raises ProofFailed if other rows are left than these, or otherwise."""
    with conn.transaction():
        impatient(conn)
        run(conn, step.suspend)
        expected = _one(conn, step.kept_sql)
        asked, table = asked_in_place(step.plan, masks=False), step.plan.table
        kept = (
            testify.expected(conn, asked, is_sample=level == "sample", rows=estimated_rows(table), pages=table.pages)
            if level != "none"
            else None
        )
        quietly(conn, step.sql)
        left = count_rows(conn, step.table)
        run(conn, step.restore)
        problem = (
            None if left == expected else f"{left:,} rows are left, {expected:,} expected: a foreign key deleted more"
        )
        findings: tuple[Finding, ...] = (finding("rows", f"{step.table}", problem),)
        require(findings)
        if kept is not None:
            findings = prove(asked, kept, testify.found(conn, asked, sieve=kept.sieve))
        record = StepRecord(
            rows=left,
            findings=findings,
            counts=((step.table, left),),
            said=((step.table, kept),) if kept is not None else (),
        )
        record_step(conn, step.id, record)
    return record


def rewrite(conn: psycopg.Connection, step: Rewrite, level: Level) -> StepRecord:
    """Rewrite the tables; nothing has changed if this raises, as it does with ProofFailed where they do not hold what
    they were to."""
    with conn.transaction():
        impatient(conn)
        run(conn, step.drop)
        for name in step.tables:
            conn.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(_table(name)))
        before = [Before.of(conn, plan, level) for plan in step.plans]
        run(conn, step.alter)
        conn.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(_LATE_LOCK_TIMEOUT_MS)))
        run(conn, step.create)
        findings = tuple(finding for state in before for finding in state.compare(conn))
        record = StepRecord(
            rows=sum(state.rows for state in before),
            findings=findings,
            counts=tuple((state.plan.table.name, state.rows) for state in before),
            said=tuple(said for state in before for said in state.said),
        )
        record_step(conn, step.id, record)
    return record


def impatient(conn: psycopg.Connection) -> None:
    """Wait for locks no longer than anybody would have to wait behind them."""
    conn.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(_LOCK_TIMEOUT_MS)))


def run(conn: psycopg.Connection, statements: Sequence[str]) -> None:
    """Execute *statements* one after the other."""
    for statement in statements:
        quietly(conn, statement)


def _one(conn: psycopg.Connection, query: str) -> int:
    ((count,),) = answer(conn, query, 1)
    return int(count or 0)


def _table(name: TableName) -> sql.Identifier:
    return sql.Identifier(name.schema, name.name)
