"""Stored generated columns: whether they hold what their expressions compute under the settings that the database and
its role give to every session.

An expression may only call functions that say they are immutable. One that goes by a setting all the same (a time zone,
a text search configuration, DateStyle) computes other values in a session that has another, and nothing but computing
them again tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg

from masker.catalog.read import HIDDEN_SCHEMAS
from masker.findings import Finding, Outcome
from masker.names import TableName, quote
from masker.postgres.errors import ServerFault
from masker.postgres.own_settings import LOSSLESS, own_settings
from masker.queries import queries
from masker.tables.witness import Level

_SQL = queries(__name__)

#: Rows of a table that are computed again, and milliseconds it may take; fewer where a function is slow.
_ATTEMPTS = ((10_000, 30_000), (100, 30_000))

#: A query that was ended for the time it took.
_ENDED = "57014"

_COLUMNS = _SQL["columns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """The stored generated columns of one table: names, expressions, types. *rows* is an estimate."""

    table: TableName
    rows: float
    columns: tuple[tuple[str, str, str], ...]

    def differing_sql(self, limit: int | None) -> str:
        """SQL of how many rows there are among about *limit*, or all, and for each column of how many the value is
        another than computed.

        Values are compared byte by byte: not every type has an equality, and equal values may look different.
        """
        items = ", ".join(
            f"count(*) FILTER (WHERE ROW({quote(name)})::record OPERATOR(pg_catalog.*<>)"
            f" ROW(({expression})::{kind})::record)"
            for name, expression, kind in self.columns
        )
        return f"SELECT count(*), {items} FROM ONLY {self.table.sql}{some_rows(self.rows, limit)}"  # noqa: S608


def some_rows(rows: float, limit: int | None) -> str:
    """SQL that takes about *limit* of *rows* rows, an estimate, from all over the table; or all of them."""
    return f" TABLESAMPLE SYSTEM ({100 * limit / rows:.6f})" if limit is not None and rows > 2 * limit else ""


def check_computed(conn: psycopg.Connection, level: Level) -> Iterator[Finding]:
    """A finding for each table that has stored generated columns; none where no rows are to be proved. Costs computing
    them again, of :data:`_ATTEMPTS` rows or of all. Raises psycopg.Error."""
    if level == "none":
        return
    with own_settings(conn, besides=LOSSLESS):
        rows = conn.execute(_COLUMNS, {"hidden": list(HIDDEN_SCHEMAS)}).fetchall()
    for schema, name, estimate, columns in rows:
        yield _compared(
            conn,
            Generated(table=TableName(schema, name), rows=estimate, columns=tuple((c, e, k) for c, e, k in columns)),
            level,
        )


def _compared(conn: psycopg.Connection, found: Generated, level: Level) -> Finding:
    subject = f"{found.table} {', '.join(quote(name) for name, *_ in found.columns)}"
    for limit, timeout_ms in ((None, 0),) if level == "full" else _ATTEMPTS:
        try:
            counts = asked(conn, found.differing_sql(limit), timeout_ms)
        except psycopg.Error as error:
            fault = ServerFault.from_error(error)
            if fault.sqlstate == _ENDED and limit != _ATTEMPTS[-1][0]:
                continue
            return Finding(
                check="computed",
                subject=subject,
                outcome=Outcome.NOT_RUN,
                detail=f"they could not be computed again: {fault.text}",
            )
        bad = [
            f"{quote(name)} ({count:,} of {counts[0]:,} rows)"
            for (name, *_), count in zip(found.columns, counts[1:], strict=True)
            if count
        ]
        detail = (
            f"another value in {', '.join(bad)} than its expression computes under the settings of the database and of"
            f" {conn.info.user}"
            if bad
            else ""
        )
        return Finding(
            check="computed", subject=subject, outcome=Outcome.FAILED if bad else Outcome.PASSED, detail=detail
        )
    raise AssertionError("unreachable")


def asked(conn: psycopg.Connection, query: str, timeout_ms: int) -> Sequence[int]:
    """The one row of *query*, under the settings that the database and its role give to every session. Raises
    psycopg.Error."""
    with own_settings(conn), conn.transaction(force_rollback=True):
        conn.execute("SELECT set_config('statement_timeout', %s, true)", [str(timeout_ms)])
        return conn.execute(query.encode()).fetchone() or ()
