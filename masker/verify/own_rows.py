"""What production breaks itself: rows that its own constraints and indexes forbid, though they say that they hold.

Looked for in small tables before anything is planned, counted on the source, and told with the constraint and the
table, never with a value. Triggers that were off, a changed collation or an edited catalog leave such rows behind; a
copy of them would end after its last row.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import psycopg
from psycopg import sql

from masker.at_once import at_once, filled
from masker.catalog.types import Catalog, Table
from masker.errors import Problem
from masker.names import TableName, quote, shown
from masker.postgres.connect import require_alive
from masker.postgres.errors import ServerFault, server_errors
from masker.postgres.several import Question, answered_together, in_groups, made_ahead
from masker.queries import queries
from masker.ruleset.types import Tolerate
from masker.sides import Side
from masker.tables.plan import TablePlan
from masker.verify.foreign_keys import ReferencingKey, as_keys, keys_question

_SQL = queries(__name__)

#: Bytes of tables that are looked at; of larger ones the run tells.
_MOST_BYTES = 16 * 1024 * 1024

#: Questions put together: they are short.
_AT_ONCE = 100

#: What one statement, and all of them, may take.
EACH_MS = 500
ALL_S = 2.0

#: Check constraints that claim to hold and say the same under any settings: what others say, only the preview's own
#: sessions know.
_CHECKS = _SQL["checks"]

#: An index that is broken would say that all is well.
_WITHOUT_INDEXES = tuple(f"SET LOCAL enable_{scan} = off" for scan in ("indexscan", "indexonlyscan", "bitmapscan"))

#: The keys of every unique index that claims to hold, as SQL, its condition, and whether two NULLs are one.
_UNIQUE = _SQL["unique"]


@dataclass(frozen=True, slots=True)
class _Broken:
    """*way* is how the rules may carry it, empty if there is none."""

    table: TableName
    found: str
    way: str = ""

    def problem(self) -> Problem:
        hint = (
            "mend them on production, leave them out with `rows:`"
            if self.way
            else "mend them on production, or leave them out with `rows:`"
        )
        hint += f", or carry them as they are with `tolerate: {{{self.way}}}`" if self.way else ""
        return Problem(str(self.table), f"on the source itself {self.found}", hint)


def own_rows(
    conn: psycopg.Connection, catalog: Catalog, plans: Sequence[TablePlan], tolerate: Tolerate
) -> list[Problem]:
    """A problem for each constraint or unique index of a small table that is copied whole and whose own rows break it,
    but for those that are tolerated.

    *conn* is in the source's snapshot. Functions of the schema are not run: what only they can say the run tells.
    Raises SourceError.
    """
    copied = [
        p
        for p in plans
        if p.action in {"copy", "mask"} and not p.predicate and p.table.extension is None and p.table.has_storage
    ]
    whole = {p.table.name: p.table for p in copied}
    masked = frozenset((p.table.name, m.name) for p in copied for m in p.masked)
    small = [t for t in whole.values() if t.bytes <= _MOST_BYTES and t.pages]
    if not small:
        return []
    with server_errors(Side.SOURCE, "its rows were held against its constraints"):
        # The catalog is read as ever: without its indexes that takes minutes where there are thousands of tables.
        tables = {"tables": [table.oid for table in small]}
        keys, checks, unique = at_once(
            conn, [keys_question(conn), filled(conn, _CHECKS, tables), filled(conn, _UNIQUE, tables)]
        )
        questions = chain(
            () if tolerate.foreign_keys else _orphans(as_keys(keys), catalog, whole, masked),
            _forbidden(checks, small, masked, checks_too=not tolerate.checks),
            () if tolerate.unique else _duplicates(unique, small, masked),
        )
        return [broken.problem() for broken in _answers(conn, questions)]


@dataclass(frozen=True, slots=True)
class Look:
    """Questions, until the time is up. What takes too long or cannot be answered is left to the run."""

    conn: psycopg.Connection
    end: float

    def ask(self, query: sql.Composed) -> tuple[int, ...]:
        if time.monotonic() > self.end:
            return ()
        try:
            with self.conn.transaction():
                row = self.conn.execute(query).fetchone()
        except psycopg.Error as error:
            if ServerFault.from_error(error).is_connection:
                raise
            return ()
        return tuple(int(count or 0) for count in row) if row else ()


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query for counts, what each of them says of *table* where it is not zero, and the way to carry such rows, if
    there is one."""

    table: TableName
    query: str
    says: tuple[tuple[Callable[[int], str], str], ...]

    @property
    def question(self) -> Question:
        return Question(self.query, len(self.says))

    def broken(self, counts: Sequence[int]) -> Iterator[_Broken]:
        return (
            _Broken(self.table, say(count), way) for (say, way), count in zip(self.says, counts, strict=False) if count
        )


def _answers(conn: psycopg.Connection, questions: Iterable[_Asked]) -> Iterator[_Broken]:
    """What is found until the time is up. What takes too long or cannot be answered is left to the run."""
    end = time.monotonic() + ALL_S
    for group in made_ahead(in_groups(questions, _AT_ONCE)):
        if time.monotonic() > end:
            return
        if (together := _asked(conn, group)) is not None:
            for asked, counts in zip(group, together, strict=True):
                yield from asked.broken(counts)
            continue
        for asked in group:
            if time.monotonic() > end:
                break
            for counts in _asked(conn, [asked]) or ():
                yield from asked.broken(counts)
        require_alive(conn, Side.SOURCE, "its rows were held against its constraints")


def _asked(conn: psycopg.Connection, group: Sequence[_Asked]) -> list[tuple[int, ...]] | None:
    questions = [asked.question for asked in group]
    return answered_together(conn, questions, timeout_ms=EACH_MS, is_quiet=False, settings=_WITHOUT_INDEXES)


#: Columns that are masked: what their masks make of what is broken only the run knows.
_Masked = frozenset[tuple[TableName, str]]


def _orphans(
    keys: Sequence[ReferencingKey],
    catalog: Catalog,
    whole: dict[TableName, Table],
    masked: _Masked,
) -> Iterator[_Asked]:
    for key in keys:
        ends = [*catalog.leaves(key.referencing), *catalog.leaves(key.referenced)]
        if (
            any((name, pair.referencing) in masked for name in ends for pair in key.pairs)
            or not all(name in whole for name in ends)
            or sum(whole[name].bytes for name in ends) > _MOST_BYTES
            or not _has_rows(whole, catalog, key)
        ):
            continue

        def say(count: int, key: ReferencingKey = key) -> str:
            rows = f"{count:,} rows reference" if count > 1 else "1 row references"
            return f"{rows} no row of {key.referenced} by the foreign key {shown(key.name)}, which says that none does"

        yield _Asked(key.referencing, key.orphans().as_string(), ((say, "foreign_keys: not_valid"),))


def _has_rows(whole: dict[TableName, Table], catalog: Catalog, key: ReferencingKey) -> bool:
    return any(whole[name].pages for name in catalog.leaves(key.referencing))


def _forbidden(
    found: Sequence[tuple[int, str]], tables: Sequence[Table], masked: _Masked, *, checks_too: bool
) -> Iterator[_Asked]:
    plain = set(found)
    for table in tables:
        checks = [
            c
            for c in table.checks
            if checks_too
            and (table.oid, c.name) in plain
            and not any((table.name, name) in masked for name in c.columns)
        ]
        required = [
            c.name
            for c in table.columns
            if not c.is_nullable
            and not c.generated
            and not c.type.domain_not_null
            and (table.name, c.name) not in masked
        ]
        if not checks and not required:
            continue
        items = [f"count(*) FILTER (WHERE NOT ({check.expression}))" for check in checks]
        # The planner takes IS NULL of such a column for false without looking.
        items += [f"count(*) FILTER (WHERE num_nulls({quote(name)}) > 0)" for name in required]
        says = [
            *(
                _rows_that(
                    c.name, "breaks the check constraint {}", "break the check constraint {}", "checks: not_valid"
                )
                for c in checks
            )
        ]
        says += (
            _rows_that(name, "has no value in {}, which is NOT NULL", "have no value in {}, which is NOT NULL")
            for name in required
        )
        yield _Asked(table.name, f"SELECT {', '.join(items)} FROM ONLY {table.name.sql}", tuple(says))  # noqa: S608


def _rows_that(name: str, one: str, many: str, way: str = "") -> tuple[Callable[[int], str], str]:
    return (
        lambda count: f"{count:,} rows {many.format(shown(name))}" if count > 1 else f"1 row {one.format(shown(name))}"
    ), way


def _duplicates(found: Sequence[Sequence[Any]], tables: Sequence[Table], masked: _Masked) -> Iterator[_Asked]:
    touched = {
        index.name
        for t in tables
        for index in t.indexes
        if any((t.name, name) in masked for name in (*index.columns, *index.expression_columns) if name)
    }
    for schema, table, index, keys, condition, nulls_are_one in found:
        if TableName(schema, index) in touched:
            continue
        columns = [f"({key})" for key in keys]
        conditions = [f"({condition})"] if condition else []
        conditions += [] if nulls_are_one else [f"{column} IS NOT NULL" for column in columns]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        name = TableName(schema, table)
        groups = f"SELECT FROM ONLY {name.sql}{where} GROUP BY {', '.join(columns)} HAVING count(*) > 1"

        def say(count: int, index: str = index) -> str:
            values = f"{count:,} values stand" if count > 1 else "1 value stands"
            return f"{values} in more than one row under the unique index {shown(index)}"

        yield _Asked(name, f"SELECT count(*) FROM ({groups}) AS repeated", ((say, "unique: not_unique"),))  # noqa: S608
