"""Tables changed in place in one transaction each: emptied, thinned out, or rewritten with every mask applied."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence

import psycopg
from psycopg import sql

from masker.masks.bindings import FUNCTIONS
from masker.names import TableName
from masker.pg.errors import ServerFault
from masker.pg.progress import StepRecord, record_step
from masker.pg.quietly import answer, create_quietly, quietly
from masker.plan.mask_steps import DeleteRows, ForgetEmpty, Rewrite, Truncate
from masker.plan.steps import MaskedColumn, TablePlan
from masker.verify.checks import Original, constant_finding, constants, distinct_values, originals, unchanged
from masker.verify.findings import Finding, Outcome

#: A lock is waited for this long, then everything the transaction holds is let go of and tried again.
_LOCK_TIMEOUT_MS = 5_000
_LOCK_TRIES = 8

#: With the table's lock held, what is made anew may wait for other lanes.
_LATE_LOCK_TIMEOUT_MS = 600_000

#: Lock not available, deadlock.
_LOCK_STATES = frozenset({"55P03", "40P01"})


def create_functions(conn: psycopg.Connection) -> None:
    """The session's functions: those masks read keys and word lists with, whose text, like that of the statements, holds none; and the one
    that runs what may fail on a row."""
    create_quietly(conn)
    for type_name, function in FUNCTIONS.items():
        conn.execute(
            sql.SQL(
                "CREATE OR REPLACE FUNCTION pg_temp.{}(text) RETURNS {} LANGUAGE sql IMMUTABLE PARALLEL RESTRICTED AS 'SELECT pg_catalog.current_setting($1)::{}'"
            ).format(sql.Identifier(function), sql.SQL(type_name), sql.SQL(type_name))
        )


def retrying(work: Callable[[], StepRecord], pause: Callable[[float], None]) -> StepRecord:
    """Do *work*, which is one transaction, anew where it could not get its locks. *pause* waits, and raises if the run ends."""
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
        _impatient(conn)
        _run(conn, step.statements)
        _attempt(conn, step.attempts)
        _run(conn, step.restore)
        record = StepRecord(counts=tuple((name, 0) for name in step.tables))
        record_step(conn, step.id, record)
    return record


_KEPT = """
SELECT EXISTS (SELECT FROM pg_stats WHERE schemaname = %(schema)s AND tablename = %(name)s)
    OR EXISTS (SELECT FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace n ON n.oid = x.relnamespace JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = x.relname
               WHERE i.indrelid = %(relation)s::regclass)
    OR EXISTS (SELECT FROM pg_statistic_ext WHERE stxrelid = %(relation)s::regclass)
"""


def forget_empty(conn: psycopg.Connection, step: ForgetEmpty) -> None:
    """Remove what ANALYZE knew of tables that have no rows any more."""
    for table in step.tables:
        with conn.transaction():
            _impatient(conn)
            values = {"schema": table.table.schema, "name": table.table.name, "relation": table.table.sql}
            row = conn.execute(_KEPT.encode(), values).fetchone()
            if row and row[0] and not conn.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(_table(table.table))).rowcount:
                _run(conn, table.statements)
                _attempt(conn, table.attempts)


def _attempt(conn: psycopg.Connection, attempts: Sequence[Sequence[str]]) -> None:
    for attempt in attempts:
        # A constraint may forbid the row: then verification finds the statistics that are left.
        with contextlib.suppress(psycopg.Error, ServerFault), conn.transaction():
            _run(conn, attempt)


def delete_rows(conn: psycopg.Connection, step: DeleteRows) -> StepRecord:
    """Delete what the rules do not keep."""
    with conn.transaction():
        _impatient(conn)
        _run(conn, step.suspend)
        expected = _one(conn, step.kept_sql)
        quietly(conn, step.sql)
        left = _one(conn, f"SELECT count(*) FROM ONLY {step.table.sql}")  # noqa: S608
        _run(conn, step.restore)
        problem = None if left == expected else f"{left:,} rows are left, {expected:,} expected: a foreign key deleted more"
        record = StepRecord(rows=left, findings=(_finding("rows", f"{step.table}", problem),), counts=((step.table, left),))
        record_step(conn, step.id, record)
    return record


def rewrite(conn: psycopg.Connection, step: Rewrite) -> StepRecord:
    """Rewrite the tables; nothing has changed if this raises. Row and NULL counts and sampled digests are compared in the transaction."""
    with conn.transaction():
        _impatient(conn)
        _run(conn, step.drop)
        for name in step.tables:
            conn.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(_table(name)))
        before = [Before.of(conn, plan) for plan in step.plans]
        _run(conn, step.alter)
        conn.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(_LATE_LOCK_TIMEOUT_MS)))
        _run(conn, step.create)
        findings = tuple(finding for state in before for finding in state.compare(conn, is_rewritten=True))
        record = StepRecord(
            rows=sum(state.rows for state in before),
            findings=findings,
            counts=tuple((state.plan.table.name, state.rows) for state in before),
        )
        record_step(conn, step.id, record)
    return record


class Before:
    """A table as it was before its rows were masked: file, counts, sampled digests."""

    def __init__(self, plan: TablePlan, filenode: int, rows: int, nulls: dict[str, int], sampled: list[Original]) -> None:
        self.plan = plan
        self.filenode = filenode
        self.rows = rows
        self.nulls = nulls
        self.sampled = sampled

    @classmethod
    def of(cls, conn: psycopg.Connection, plan: TablePlan) -> Before:
        columns = [m.name for m in plan.masked if m.keeps_null and (c := plan.table.column(m.name)) is not None and c.is_nullable]
        rows, *nulls = _counts(conn, plan.table.name, columns)
        return cls(plan, _filenode(conn, plan.table.name), rows, dict(zip(columns, nulls, strict=True)), originals(conn, plan))

    def compare(self, conn: psycopg.Connection, *, is_rewritten: bool) -> Iterator[Finding]:
        """Findings on what the table has become, from one look at its rows and another at those sampled."""
        name, constant = self.plan.table.name, constants(self.plan)
        rows, *found = _counts(conn, name, list(self.nulls), constant)
        nulls, distinct = found[: len(self.nulls)], found[len(self.nulls) :]
        yield _finding("rows", f"{name}", None if rows == self.rows else f"{rows:,} rows found, {self.rows:,} before")
        for (column, before), after in zip(self.nulls.items(), nulls, strict=True):
            yield _finding("nulls", f"{name}.{column}", None if before == after else f"{after:,} NULLs found, {before:,} before")
        for constant_column, values in zip(constant, distinct, strict=True):
            yield constant_finding(self.plan, constant_column, values)
        yield from unchanged(conn, self.plan, self.sampled)
        if is_rewritten:
            is_new = _filenode(conn, name) != self.filenode
            yield _finding("rewritten", f"{name}", None if is_new else "its file is the one it was, originals included")


def _counts(conn: psycopg.Connection, name: TableName, columns: Sequence[str], constant: Sequence[MaskedColumn] = ()) -> tuple[int, ...]:
    """Rows, the NULLs of each of *columns*, and the distinct values of each of *constant*."""
    nulls = (sql.SQL("count(*) - count({})").format(sql.Identifier(c)) for c in columns)
    items = [sql.SQL("count(*)"), *nulls, *(distinct_values(c) for c in constant)]
    row = conn.execute(sql.SQL("SELECT {} FROM ONLY {}").format(sql.SQL(", ").join(items), _table(name))).fetchone()
    return tuple(int(value) for value in row or ())


def _filenode(conn: psycopg.Connection, name: TableName) -> int:
    row = conn.execute("SELECT pg_relation_filenode(%s::regclass)::int8", [name.sql]).fetchone()
    return int(row[0]) if row else 0


def _impatient(conn: psycopg.Connection) -> None:
    conn.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(_LOCK_TIMEOUT_MS)))


def _run(conn: psycopg.Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        quietly(conn, statement)


def _one(conn: psycopg.Connection, query: str) -> int:
    ((count,),) = answer(conn, query, 1)
    return int(count or 0)


def _table(name: TableName) -> sql.Identifier:
    return sql.Identifier(name.schema, name.name)


def _finding(check: str, subject: str, problem: str | None) -> Finding:
    return Finding(check=check, subject=subject, outcome=Outcome.FAILED if problem else Outcome.PASSED, detail=problem or "")
