"""Constraints that rows of production itself break: how many do, on the source before a copy is planned, and on the
target whenever it is verified.

A preview may have such rows where production has them, and no more of them. Nothing is sampled: a share would say
nothing of the other rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import psycopg
from psycopg import sql

from masker.catalog.types import Catalog
from masker.findings import TOLERATED, Finding, Outcome
from masker.names import TableName
from masker.notes import Note
from masker.postgres.connect import require_alive
from masker.postgres.errors import ServerFault, server_errors
from masker.postgres.keyring import holding
from masker.postgres.own_settings import own_settings
from masker.queries import queries
from masker.ruleset.types import Tolerate
from masker.sides import Side
from masker.tables.plan import TablePlan
from masker.tables.tolerated import Carried, rows_that_break, with_relatives
from masker.verify.constraints import BY_THE_TIME
from masker.verify.foreign_keys import read_keys

_SQL = queries(__name__)

#: Keys, condition and treatment of NULL of unique indexes, as :mod:`masker.verify.constraints` has them, each key with
#: the index's own collation. What excludes otherwise than by being equal is not among them.
_INDEXES = _SQL["indexes"]

_CHECK = _SQL["check"]

#: Settings that hold what masks are made from.
_SECRET = ("masker.seeds", "masker.pads")

#: That no policy hides rows.
_ALL_ROWS = frozenset({"row_security"})

#: Whether an expression goes by when or by whom it is asked.
_GOES_BY_THE_TIME = "SELECT %s ~* %s"


@dataclass(frozen=True, slots=True)
class Tolerated:
    """What the source's rows break, to be carried, and notes on what could not be counted, which is not."""

    carried: tuple[Carried, ...] = ()
    notes: tuple[Note, ...] = ()


def tolerated(
    conn: psycopg.Connection,
    catalog: Catalog,
    plans: Sequence[TablePlan],
    tolerate: Tolerate,
    values: Mapping[str, str],
) -> Tolerated:
    """What of the constraints that *tolerate* names the rows break that are copied, in all tables, however long that
    takes.

    *conn* is in the source's snapshot; *values* are those of the settings that rules may read. Functions of the schema
    that checks and indexes call are run, under the settings of the database and role. Raises SourceError.
    """
    if not tolerate:
        return Tolerated()
    asked = _Source(
        conn,
        catalog,
        {
            p.table.name: p
            for p in plans
            if p.action in {"copy", "mask"} and p.table.extension is None and p.table.has_storage
        },
        values,
    )
    with server_errors(Side.SOURCE, "rows that break its own constraints were counted"):
        found = [
            *(asked.foreign_keys() if tolerate.foreign_keys else ()),
            *(asked.checks() if tolerate.checks else ()),
            *(asked.unique() if tolerate.unique else ()),
        ]
    require_alive(conn, Side.SOURCE, "rows that break its own constraints were counted")
    return Tolerated(with_relatives(catalog, found), tuple(asked.notes))


class _Source:
    """The source's own count, of the rows that are *copied*."""

    def __init__(
        self,
        conn: psycopg.Connection,
        catalog: Catalog,
        copied: Mapping[TableName, TablePlan],
        values: Mapping[str, str],
    ) -> None:
        self._conn = conn
        self._catalog = catalog
        self._copied = copied
        self._values = values
        self.notes: list[Note] = []

    def foreign_keys(self) -> Iterator[Carried]:
        for key in read_keys(self._conn):
            leaves = list(self._catalog.leaves(key.referencing))
            if any(name in self._copied for name in leaves):
                rows = self._rows(leaves) if any(self._is_limited(name) for name in leaves) else None
                yield from self._counted(
                    Carried(kind="foreign key", table=key.referencing, name=key.name, broken=0),
                    key.orphans(rows=rows),
                    leaves,
                )

    def checks(self) -> Iterator[Carried]:
        for table in (plan.table for plan in self._copied.values()):
            for check in table.checks:
                if check.is_valid:
                    query = _breaking(check.expression, self._rows([table.name]))
                    yield from self._counted(
                        Carried(kind="check", table=table.name, name=check.name, broken=0), query, [table.name]
                    )

    def unique(self) -> Iterator[Carried]:
        names = [name for name, plan in self._copied.items() if any(i.is_unique for i in plan.table.indexes)]
        for schema, table, index, is_unique, keys, predicate, nulls_are_one in _indexes(self._conn, names):
            if is_unique:
                name = TableName(schema, table)
                query = _surplus(keys, predicate, self._rows([name]), nulls_are_one=nulls_are_one)
                yield from self._counted(Carried(kind="unique index", table=name, name=index, broken=0), query, [name])

    def _counted(self, one: Carried, query: sql.Composed, tables: Sequence[TableName]) -> Iterator[Carried]:
        conditions = " ".join(plan.predicate or "" for name in tables if (plan := self._copied.get(name)))
        # What conditions read, such as the instant that they mean by now(); but a function of the schema must not run
        # beside the seeds of masks.
        named = [name for name in self._values if name in conditions and not name.startswith(_SECRET)]
        try:
            with holding(self._conn, self._values, named) if named else nullcontext():
                count = _count(self._conn, query)
        except psycopg.Error as error:
            fault = ServerFault.from_error(error)
            if fault.is_connection:
                raise
            self.notes.append(
                Note(
                    subject=str(one),
                    text=(
                        "not carried, whatever `tolerate:` says: the rows that break it could not be counted:"
                        f" {fault.text}"
                    ),
                )
            )
            return
        if count:
            yield Carried(kind=one.kind, table=one.table, name=one.name, broken=count)

    def _is_limited(self, name: TableName) -> bool:
        plan = self._copied.get(name)
        return plan is None or plan.predicate is not None

    def _rows(self, leaves: Sequence[TableName]) -> sql.Composed:
        """The rows of *leaves* that are copied, as an item of FROM without an alias."""
        if len(leaves) == 1 and not self._is_limited(leaves[0]):
            return sql.SQL("ONLY {}").format(sql.Identifier(leaves[0].schema, leaves[0].name))
        selects = []
        for plan in (self._copied[name] for name in leaves if name in self._copied):
            # Named, since partitions may have their columns in another order.
            columns = sql.SQL(", ").join(
                sql.Identifier(name) for name in sorted(column.name for column in plan.table.columns)
            )
            where = sql.SQL(" WHERE {}").format(sql.SQL(plan.predicate)) if plan.predicate else sql.SQL("")
            selects.append(
                sql.SQL("SELECT {} FROM ONLY {}{}").format(
                    columns, sql.Identifier(plan.table.name.schema, plan.table.name.name), where
                )
            )
        return sql.SQL("({})").format(sql.SQL(" UNION ALL ").join(selects))


def check_tolerated(conn: psycopg.Connection, carried: Sequence[Carried]) -> Iterator[Finding]:
    """A finding for each constraint that is *carried*: whether no more rows of the target break it than did on the
    source. Costs looking at all of their rows. Raises psycopg.Error if the constraints cannot be read."""
    if not carried:
        return
    keys = (
        {(key.referencing, key.name): key for key in read_keys(conn, all_of_them=True)}
        if any(c.kind == "foreign key" for c in carried)
        else {}
    )
    names = [one.table for one in carried if one.kind == "unique index"]
    indexes = (
        {
            (TableName(s, t), name): (items, predicate, nulls)
            for s, t, name, _, items, predicate, nulls in _indexes(conn, names)
        }
        if names
        else {}
    )
    for one in carried:
        query: sql.Composed | None = None
        rows = sql.SQL("ONLY {}").format(sql.Identifier(one.table.schema, one.table.name))
        match one.kind:
            case "foreign key" if (one.table, one.name) in keys:
                query = keys[one.table, one.name].orphans(is_whole=True)
            case "unique index" if (one.table, one.name) in indexes:
                columns, predicate, nulls_are_one = indexes[one.table, one.name]
                query = _surplus(columns, predicate, rows, nulls_are_one=nulls_are_one)
            case "check":
                row = conn.execute(_CHECK, [one.table.schema, one.table.name, one.name]).fetchone()
                if row and _goes_by_the_time(conn, row[0]):
                    detail = (
                        f"carried as NOT VALID, {one.rows} on the source; not counted again: it goes by when or by whom"
                        " it is asked"
                    )
                    yield Finding(check=TOLERATED, subject=str(one), outcome=Outcome.PASSED, detail=detail)
                    continue
                query = _breaking(row[0], rows) if row else None
            case _:
                pass
        yield from _compared(conn, one, query)


def _compared(conn: psycopg.Connection, one: Carried, query: sql.Composed | None) -> Iterator[Finding]:
    if query is None:
        # A partitioned table has no rows of its own to hold an index over; what is gone otherwise the comparison of
        # schemas tells, too.
        if one.broken:
            yield Finding(check=TOLERATED, subject=str(one), outcome=Outcome.FAILED, detail="it is not on the target")
        return
    try:
        count = _count(conn, query)
    except psycopg.Error as error:
        yield Finding(
            check=TOLERATED,
            subject=str(one),
            outcome=Outcome.NOT_RUN,
            detail=f"the server could not answer: {ServerFault.from_error(error).text}",
        )
        return
    if count > one.broken:
        yield Finding(
            check=TOLERATED,
            subject=str(one),
            outcome=Outcome.FAILED,
            detail=f"{rows_that_break(count)}, and {one.broken:,} on the source",
        )
    elif one.broken:
        detail = f"carried as {one.becomes}: {rows_that_break(count)}, and {one.broken:,} on the source"
        yield Finding(check=TOLERATED, subject=str(one), outcome=Outcome.PASSED, detail=detail)


def _goes_by_the_time(conn: psycopg.Connection, expression: str) -> bool:
    row = conn.execute(_GOES_BY_THE_TIME, [expression, BY_THE_TIME]).fetchone()
    return bool(row and row[0])


def _indexes(
    conn: psycopg.Connection, tables: Sequence[TableName]
) -> list[tuple[str, str, str, bool, list[str], str | None, bool]]:
    return conn.execute(
        _INDEXES, {"schemas": [t.schema for t in tables], "tables": [t.name for t in tables]}
    ).fetchall()


def _breaking(expression: str, rows: sql.Composed) -> sql.Composed:
    return sql.SQL("SELECT count(*) FILTER (WHERE ({}) IS FALSE) FROM {} AS r").format(sql.SQL(expression), rows)


def _surplus(keys: Sequence[str], predicate: str | None, rows: sql.Composed, *, nulls_are_one: bool) -> sql.Composed:
    """How many rows there are beside the first one of each key."""
    items = [sql.SQL(key) for key in keys]
    conditions = [sql.SQL("({})").format(sql.SQL(predicate))] if predicate else []
    conditions += [] if nulls_are_one else [sql.SQL("{} IS NOT NULL").format(item) for item in items]
    where = sql.SQL(" WHERE {}").format(sql.SQL(" AND ").join(conditions)) if conditions else sql.SQL("")
    groups = sql.SQL("SELECT count(*) - 1 AS n FROM {} AS r{} GROUP BY {} HAVING count(*) > 1").format(
        rows, where, sql.SQL(", ").join(items)
    )
    return sql.SQL("SELECT coalesce(sum(n), 0) FROM ({}) AS twice").format(groups)


def _count(conn: psycopg.Connection, query: sql.Composed) -> int:
    """What *query* counts in the rows themselves, by the settings that the application's sessions have: an index that
    is broken would say that all is well."""
    with own_settings(conn, besides=_ALL_ROWS), conn.transaction(force_rollback=True):
        for scan in ("indexscan", "indexonlyscan", "bitmapscan"):
            conn.execute(sql.SQL("SET LOCAL enable_{} = off").format(sql.SQL(scan)))
        row = conn.execute(query).fetchone()
    return int(row[0]) if row else 0
