"""Indexes over expressions or some rows only: whether what is looked up through one is what stands in the table.

A key is computed when its row is written, and again when it is looked up. Where a function goes by a setting, the two
need not be the same. So keys of some rows are computed and looked up through the index, and each has to lead back to
its row; and rows that the index leaves out must not be found through it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from masker.catalog.read import HIDDEN_SCHEMAS
from masker.findings import Finding, Outcome
from masker.names import TableName, quote
from masker.postgres.errors import ServerFault
from masker.postgres.own_settings import LOSSLESS, own_settings
from masker.queries import queries
from masker.tables.witness import Level
from masker.verify.computed import some_rows

_SQL = queries(__name__)

#: Rows whose keys are computed, and how many of them are looked up: those whose keys are rare, since any other leads to
#: many rows; fewer where that takes too long.
_ATTEMPTS = ((2_000, 100), (200, 3))

#: What each attempt may take, in milliseconds, and the first ones of all indexes, in seconds: so long, a table that is
#: looked through that way is a large one.
_TIMEOUT_MS = 20_000
_ALTOGETHER_S = 60.0

_ENDED = "57014"

#: Operators by which a value finds itself, the most exact first.
_OPERATORS = ["=", "~=", "@>", "&&", "%"]

#: A word of a text search vector, the longest, as a query for it; quotes and backslashes are doubled.
_WORD = (
    "(chr(39) || replace(replace((SELECT w FROM unnest(tsvector_to_array({})) AS w ORDER BY length(w) DESC, w LIMIT 1),"
    " chr(92), chr(92) || chr(92)), chr(39), chr(39) || chr(39)) || chr(39))::pg_catalog.tsquery"
)

#: No table's name.
_SOUGHT = quote("masker's sought")

#: For each key: its expression, its collation, the operator it is looked up by, and whether that takes a text search
#: query.
_INDEXES = _SQL["indexes"]

#: The index is to be used, and a row is to be looked for by its key alone.
_PLANNER = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_tidscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL"
    " enable_mergejoin = off; SET LOCAL max_parallel_workers_per_gather = 0"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """An index over expressions or some rows. *keys* are expressions with their collations, operators, and whether
    those take a query."""

    table: TableName
    index: TableName
    method: str
    rows: float
    predicate: str | None
    keys: tuple[tuple[str, str | None, str | None, bool], ...]

    @property
    def can_be_asked(self) -> bool:
        return all(operator is not None for _, _, operator, _ in self.keys)

    def query(self, computed: int, looked_up: int) -> str:
        """SQL of how many rows were looked up, how many were not found where they should be, and how many where they
        should not: keys of *computed* rows are computed, and *looked_up* of them looked up at most."""
        keys = range(len(self.keys))
        values = ", ".join(f"{self._sought(at)} AS v{at}" for at in keys)
        finds_itself = " AND ".join(f"{self._found(at, f'({self._key(at)})')} IS TRUE" for at in keys)
        order = (
            f"count(*) OVER (PARTITION BY {', '.join(f'v{at}' for at in keys)}), "
            if self.method in {"btree", "hash"}
            else ""
        )
        within = f"({self.predicate}) AND " if self.predicate else ""
        # An expression may take the whole row, which bears the table's name.
        row = quote(self.table.name)
        found = " AND ".join(self._found(at, f"({self._key(at)})", f"{_SOUGHT}.v{at}") for at in keys)
        return (
            f"WITH computed AS MATERIALIZED (SELECT ctid AS at, {values},"  # noqa: S608
            f" coalesce({self.predicate or 'true'}, false) AS belongs FROM ONLY {self.table.sql}"
            f"{some_rows(self.rows, computed)} WHERE {finds_itself}), sought AS MATERIALIZED (SELECT * FROM computed"
            f" ORDER BY {order}at LIMIT {looked_up})"
            f" SELECT count(*), count(*) FILTER (WHERE belongs AND found = 0), count(*) FILTER (WHERE NOT belongs AND"
            f" found > 0)"
            f" FROM (SELECT {_SOUGHT}.belongs, (SELECT count(*) FROM ONLY {self.table.sql} AS {row} WHERE"
            f" {within}{found} AND {row}.ctid = {_SOUGHT}.at) AS found FROM sought AS {_SOUGHT} OFFSET 0) AS looked_up"
        )

    def _key(self, at: int) -> str:
        expression, collation, *_ = self.keys[at]
        return f"({expression})" + (f" COLLATE {collation}" if collation else "")

    def _sought(self, at: int) -> str:
        expression, _, _, is_query = self.keys[at]
        return _WORD.replace("{}", expression) if is_query else self._key(at)

    def _found(self, at: int, key: str, value: str | None = None) -> str:
        return f"{key} {self.keys[at][2]} {value or f'({self._sought(at)})'}"


def check_indexed(conn: psycopg.Connection, level: Level, *, each_ms: int = _TIMEOUT_MS) -> Iterator[Finding]:
    """A finding for each index over expressions or some rows; none where no rows are to be proved. *each_ms*: what an
    attempt may take. Raises psycopg.Error."""
    if level == "none":
        return
    with own_settings(conn, besides=LOSSLESS):
        cursor = conn.execute(_INDEXES, {"hidden": list(HIDDEN_SCHEMAS), "operators": _OPERATORS})
        found = [_read(row) for row in cursor.fetchall()]
    started = time.monotonic()
    for index in found:
        is_late = level != "full" and time.monotonic() - started > _ALTOGETHER_S
        yield _looked_through(conn, index, _ATTEMPTS[1:] if is_late else _ATTEMPTS, each_ms)


def _read(row: Any) -> Indexed:
    schema, name, index_schema, index, method, rows, predicate, keys = row
    return Indexed(
        table=TableName(schema, name),
        index=TableName(index_schema, index),
        method=method,
        rows=rows,
        predicate=predicate,
        keys=tuple(
            (expression, collation, operator, is_query == "true") for expression, collation, operator, is_query in keys
        ),
    )


def _looked_through(
    conn: psycopg.Connection, index: Indexed, attempts: Sequence[tuple[int, int]], each_ms: int
) -> Finding:
    subject = f"{index.index} of {index.table}"
    if not index.can_be_asked:
        return _finding(
            subject, Outcome.LEFT_OUT, "not looked through: no operator of it finds a value by the value itself"
        )
    counts: Sequence[int] | None = None
    for computed, looked_up in attempts:
        try:
            counts = _counted(conn, index, index.query(computed, looked_up), each_ms)
        except psycopg.Error as error:
            fault = ServerFault.from_error(error)
            if fault.sqlstate == _ENDED and (computed, looked_up) != attempts[-1]:
                continue
            why = f"its keys could not be computed again: {fault.text}"
            if fault.sqlstate == _ENDED:
                why = f"{looked_up} of its keys could not be looked up within {each_ms / 1000:g} s"
            return _finding(subject, Outcome.NOT_RUN, why)
        break
    if counts is None:
        return _finding(subject, Outcome.LEFT_OUT, "not looked through: the server finds its rows otherwise")
    looked_up, lost, strange = counts
    bad = [f"{lost:,} of {looked_up:,} rows are not found through it"] if lost else []
    bad += [f"{strange:,} of {looked_up:,} rows are found through it that it should leave out"] if strange else []
    detail = (
        f"{' and '.join(bad)} under the settings of the database and of {conn.info.user}: REINDEX INDEX"
        f" {index.index.sql}"
        if bad
        else ""
    )
    return _finding(subject, Outcome.FAILED if bad else Outcome.PASSED, detail)


def _counted(conn: psycopg.Connection, index: Indexed, query: str, timeout_ms: int) -> Sequence[int] | None:
    """What *query* of *index* comes to within that time, None where the server does not use the index for it. Raises
    psycopg.Error."""
    with own_settings(conn), conn.transaction(force_rollback=True):
        conn.execute(_PLANNER)
        conn.execute("SELECT set_config('statement_timeout', %s, true)", [str(timeout_ms)])
        plan = conn.execute(sql.SQL("EXPLAIN (FORMAT JSON, COSTS off) {}").format(sql.SQL(query))).fetchone()
        if not _uses(plan[0] if plan else None, index.index.name):
            return None
        return conn.execute(query.encode()).fetchone() or (0, 0, 0)


def _uses(plan: Any, index: str) -> bool:
    """Whether a node of *plan*, as EXPLAIN gives it, reads *index*."""
    if isinstance(plan, dict):
        return plan.get("Index Name") == index or any(
            _uses(part, index) for part in plan.values() if isinstance(part, (dict, list))
        )
    return isinstance(plan, list) and any(_uses(part, index) for part in plan)


def _finding(subject: str, outcome: Outcome, detail: str) -> Finding:
    return Finding(check="computed", subject=subject, outcome=outcome, detail=detail)
