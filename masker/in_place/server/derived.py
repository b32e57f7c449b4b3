"""Which stored data of a database is computed by functions, and which relations its materialized views read: from the
parsed trees the server keeps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from masker.catalog.derived import Derived, Function, StoredColumns, StoredExpressions, StoredView, readers
from masker.catalog.read import HIDDEN_SCHEMAS
from masker.names import TableName
from masker.postgres.own_settings import differing
from masker.queries import queries

_SQL = queries(__name__)

#: What the server brings has oids below this one.
_FIRST_OF_USERS = 16384

#: Functions that a parsed tree calls: by calls, operators, aggregates, windows and samples.
_CALLED = _SQL["called"]
_RELATIONS = (
    r"ARRAY(SELECT DISTINCT m[1]::int8 FROM regexp_matches({tree}::text, ':relid (\d+)', 'g') AS m WHERE m[1] <> '0')"
)

_FUNCTIONS = _SQL["functions"]

#: An aggregate computes by other functions; as one of its own it is taken for SQL that calls them.
_AGGREGATES = _SQL["aggregates"]

_VIEWS = _SQL["views"]

_NAMES = _SQL["names"]

_GENERATED = _SQL["generated"]

_INDEXES = _SQL["indexes"]

_STATISTICS = _SQL["statistics"]

#: Functions of the server itself that may give anything: of those that are stable, what exports a relation or a query
#: as XML.
_OPAQUE = (
    "SELECT oid::int8, proname AS name FROM pg_proc WHERE oid < 16384 AND (provolatile = 'v' OR proname LIKE"
    " '%\\_to\\_xml%')"
)

#: Those of them that run a query given as a text, or read a relation or large object they are told.
_BY_TEXT = (
    "SELECT oid::int8, proname AS name FROM pg_proc WHERE oid < 16384 AND (proname LIKE '%\\_to\\_xml%' OR proname IN"
    " ('ts_stat', 'ts_rewrite', 'lo_get', 'loread', 'lo_export', 'pg_read_file', 'pg_read_binary_file'))"
)

_KEPT_BY_ANALYZE = frozenset(
    {"pg_stats", "pg_stats_ext", "pg_stats_ext_exprs", "pg_statistic", "pg_statistic_ext_data"}
)


def read_derived(conn: psycopg.Connection) -> Derived:
    """All of it. The session's ``search_path`` must be empty."""
    return _Reading(conn).derived()


class _Reading:
    def __init__(self, conn: psycopg.Connection) -> None:
        self._conn = conn
        self._version = conn.info.server_version
        self._functions = {
            row.oid: Function(**{**row._asdict(), "uses": frozenset(row.uses), "operators": tuple(row.operators)})
            for row in self._function_rows()
        }
        by_text = {row.oid: row.name for row in self._rows(_BY_TEXT)}
        self._readers = readers(self._functions.values(), set(by_text.values()), set(by_text))

    def derived(self) -> Derived:
        return Derived(
            views=self._views(),
            columns=tuple(self._columns()),
            expressions=tuple(self._expressions()),
            readers=frozenset(self._functions[oid].title for oid in self._readers),
            is_set_otherwise=bool(differing(self._conn)),
        )

    def _rows(self, query: str, tree: str = "") -> list[Any]:
        cursor = self._conn.cursor(row_factory=namedtuple_row)
        filled = query.replace("{called}", _CALLED.replace("{tree}", tree)).replace(
            "{relations}", _RELATIONS.replace("{tree}", tree)
        )
        if "%(hidden)s" in filled:
            return cursor.execute(filled.encode(), {"hidden": list(HIDDEN_SCHEMAS)}).fetchall()
        return cursor.execute(filled.encode()).fetchall()

    def _function_rows(self) -> list[Any]:
        parsed = "p.prosqlbody" if self._version >= 140000 else "NULL::text"
        return [*self._rows(_FUNCTIONS.replace("{parsed}", parsed), parsed), *self._rows(_AGGREGATES)]

    def _views(self) -> Mapping[TableName, StoredView]:
        rows = {row.oid: row for row in self._rows(_VIEWS, "r.ev_action")}
        names = {row.oid: row for row in self._rows(_NAMES)}
        opaque = {row.oid: row.name for row in self._rows(_OPAQUE)}
        unknown: dict[int, str] = {}
        for oid, row in rows.items():
            functions = sorted(
                self._functions[f].title if f in self._functions else opaque.get(f, "")
                for f in row.called
                if f in self._functions or f in opaque
            )
            relations = sorted(
                f"{'the server catalog' if r < _FIRST_OF_USERS else 'the foreign table'} {names[r].name}"
                for r in row.relations
                if r in names and r != oid and (r < _FIRST_OF_USERS or names[r].kind == "f")
            )
            if found := [*functions, *relations]:
                unknown[oid] = found[0]
        above: dict[int, set[int]] = defaultdict(set)
        for oid in rows:
            above[oid] = _closure(oid, lambda read: rows[read].relations if read in rows else ())
        return {
            TableName(row.schema, row.name): StoredView(
                name=TableName(row.schema, row.name),
                is_populated=row.is_populated,
                bytes=row.bytes,
                reads=frozenset(TableName(names[r].schema, names[r].name) for r in above[oid] if r in names),
                unknown=next((unknown[o] for o in (oid, *sorted(above[oid])) if o in unknown), ""),
                reads_statistics=any(
                    r in names and r < _FIRST_OF_USERS and names[r].name in _KEPT_BY_ANALYZE for r in above[oid]
                ),
            )
            for oid, row in rows.items()
            if row.kind == "m"
        }

    def _columns(self) -> Iterator[StoredColumns]:
        found: dict[TableName, list[Any]] = defaultdict(list)
        for row in self._rows(_GENERATED, "d.adbin"):
            if any(f in self._functions for f in row.called):
                found[TableName(row.schema, row.name)].append(row)
        for table, rows in found.items():
            called = [f for row in rows for f in row.called]
            yield StoredColumns(
                table=table,
                columns=tuple(row.column for row in rows),
                base=tuple(dict.fromkeys(b for row in rows for b in row.base)),
                function=self._title(called),
                may_read=self._may_read(called),
            )

    def _expressions(self) -> Iterator[StoredExpressions]:
        # The predicate decides which rows an index holds; a tree that is missing is the empty text.
        rows = self._rows(_INDEXES, "concat(i.indexprs::text, i.indpred::text)")
        rows += self._rows(_STATISTICS, "e.stxexprs") if self._version >= 140000 else []
        for row in rows:
            if any(f in self._functions for f in row.called):
                yield StoredExpressions(
                    table=TableName(row.schema, row.name),
                    index=TableName(row.index_schema, row.index_name) if row.index_name else None,
                    function=self._title(row.called),
                    may_read=self._may_read(row.called),
                )

    def _title(self, called: Iterable[int]) -> str:
        """The function to name: one that may read rows, if there is one."""
        own = [f for f in called if f in self._functions]
        first = next((f for f in own if f in self._readers), own[0])
        return self._functions[first].title

    def _may_read(self, called: Iterable[int]) -> bool:
        return any(f in self._readers for f in called)


def _closure(start: int, reads: Any) -> set[int]:
    """All that *start* reads, at any depth, itself left out."""
    seen: set[int] = set()
    waiting = [start]
    while waiting:
        for read in reads(waiting.pop()):
            if read not in seen and read != start:
                seen.add(read)
                waiting.append(read)
    return seen
