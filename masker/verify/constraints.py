"""Whether rows keep what the table says of each by itself, and of no two: CHECK, NOT NULL, UNIQUE, looked up in the
rows and not in indexes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg import sql

from masker.catalog.read import HIDDEN_SCHEMAS
from masker.findings import Finding, Outcome
from masker.names import TableName
from masker.postgres.errors import ServerFault
from masker.postgres.own_settings import own_settings
from masker.queries import queries

_SQL = queries(__name__)

#: Rows of a table up to which all are looked up, and rows of a larger one that are.
_WHOLE, _SOME = 100_000, 20_000

#: What in a check says that it goes by the time of day or by who asks.
BY_THE_TIME = (
    r"(now|age|random|uuid|setting|_timestamp|timeofday)\(|current_|session_user|localtime"
    r"|'(now|today|tomorrow|yesterday)'"
)

#: Every table with what its rows have to keep: columns without NULL, checks and their expressions, unique indexes with
#: their keys, the condition of the rows they are about, and whether they take NULLs for equal. What is NOT VALID or NOT
#: ENFORCED, old rows need not keep, nor a check that goes by the time of day or by who asks.
_KEPT = _SQL["kept"]


@dataclass(frozen=True, slots=True)
class _Table:
    name: TableName
    rows: float
    required: list[str]
    checks: list[tuple[str, str]]
    unique: list[tuple[str, list[str], str | None, bool]]

    def queries(self, *, is_whole: bool) -> Iterator[tuple[list[str], sql.Composed]]:
        """What is kept, in words, and a query of one row: how many rows break each."""
        share = (
            sql.SQL(" TABLESAMPLE SYSTEM ({})").format(sql.Literal(100.0 * _SOME / self.rows))
            if not is_whole and self.rows > _WHOLE
            else sql.SQL("")
        )
        rows = sql.SQL("ONLY {}{}").format(sql.Identifier(self.name.schema, self.name.name), share)
        broken = [
            (f"{self.name}.{name}: NOT NULL", sql.SQL("{} IS NULL").format(sql.Identifier(name)))
            for name in self.required
        ]
        broken += [
            (f"{name} of {self.name}", sql.SQL("({}) IS FALSE").format(sql.SQL(expression)))
            for name, expression in self.checks
        ]
        if broken:
            counts = sql.SQL(", ").join(
                sql.SQL("count(*) FILTER (WHERE {})").format(condition) for _, condition in broken
            )
            yield [title for title, _ in broken], sql.SQL("SELECT {} FROM {}").format(counts, rows)
        for index, keys, predicate, takes_nulls_for_equal in self.unique:
            items = [sql.SQL("({})").format(sql.SQL(key)) for key in keys]
            conditions = [sql.SQL("({})").format(sql.SQL(predicate))] if predicate else []
            conditions += [] if takes_nulls_for_equal else [sql.SQL("{} IS NOT NULL").format(item) for item in items]
            where = sql.SQL(" WHERE {}").format(sql.SQL(" AND ").join(conditions)) if conditions else sql.SQL("")
            twice = sql.SQL("SELECT count(*) - 1 AS n FROM {}{} GROUP BY {} HAVING count(*) > 1").format(
                rows, where, sql.SQL(", ").join(items)
            )
            yield [f"{index} of {self.name}"], sql.SQL("SELECT coalesce(sum(n), 0) FROM ({}) AS twice").format(twice)


def check_constraints(conn: psycopg.Connection, *, is_whole: bool) -> Iterator[Finding]:
    """A finding for each constraint that some row breaks, and one for all others. *is_whole*: every row is looked up;
    else every row of small tables and a share of the blocks of others. Raises psycopg.Error if the constraints cannot
    be read."""
    good = 0
    for schema, name, rows, required, checks, unique in conn.execute(
        _KEPT.encode(), {"hidden": list(HIDDEN_SCHEMAS), "by_the_time": BY_THE_TIME}
    ).fetchall():
        table = _Table(
            TableName(schema, name),
            rows,
            required,
            [(n, e) for n, e in checks],
            [(n, k, p, e) for n, k, p, e in unique],
        )
        for titles, query in table.queries(is_whole=is_whole):
            try:
                counts = _counted(conn, query)
            except psycopg.Error as error:
                detail = f"the server could not answer: {ServerFault.from_error(error).text}"
                yield Finding(
                    check="constraints", subject=f"rows of {table.name}", outcome=Outcome.NOT_RUN, detail=detail
                )
                continue
            for title, count in zip(titles, counts, strict=True):
                good += not count
                if count:
                    yield Finding(
                        check="constraints", subject=title, outcome=Outcome.FAILED, detail=f"{count:,} rows break it"
                    )
    if good:
        yield Finding(check="constraints", subject=f"{good:,} kept by every row looked up", outcome=Outcome.PASSED)


def _counted(conn: psycopg.Connection, query: sql.Composed) -> tuple[int, ...]:
    """What *query* counts. Functions of the schema may need the settings that it is used with."""
    try:
        return _from_rows(conn, query)
    except psycopg.Error:
        with own_settings(conn):
            return _from_rows(conn, query)


def _from_rows(conn: psycopg.Connection, query: sql.Composed) -> tuple[int, ...]:
    with conn.transaction(force_rollback=True):
        # An index says what it holds, and that may be less than the table does.
        for scan in ("indexscan", "indexonlyscan", "bitmapscan"):
            conn.execute(sql.SQL("SET LOCAL enable_{} = off").format(sql.SQL(scan)))
        return tuple(int(count) for count in conn.execute(query).fetchone() or ())
