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

#: What the server brings has oids below this one.
_FIRST_OF_USERS = 16384

#: Functions that a parsed tree calls: by calls, operators, aggregates, windows and samples.
_CALLED = r"""ARRAY(SELECT DISTINCT m[1]::int8 FROM regexp_matches({tree}::text,
':(?:funcid|opfuncid|aggfnoid|winfnoid|tsmhandler) (\d+)', 'g') AS m
UNION SELECT o.oprcode::int8 FROM regexp_matches({tree}::text, ':opno (\d+)', 'g') AS m
JOIN pg_operator o ON o.oid = m[1]::int8 WHERE o.oid >= 16384)"""
_RELATIONS = (
    r"ARRAY(SELECT DISTINCT m[1]::int8 FROM regexp_matches({tree}::text, ':relid (\d+)', 'g') AS m WHERE m[1] <> '0')"
)

_FUNCTIONS = """
SELECT p.oid::int8, p.oid::regprocedure::text AS title, p.proname AS name, l.lanname AS language, p.provolatile = 'i'
AS is_immutable, coalesce(p.prosrc, '') AS body,
       {parsed} IS NOT NULL AS is_parsed, {called} AS uses, {relations} <> '{}' AS reads,
       EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid AND x.deptype = 'e')
       AS is_of_extension,
       ARRAY(SELECT o.oprname::text FROM pg_operator o WHERE o.oprcode = p.oid) AS operators
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.oid >= 16384 AND p.prokind IN ('f', 'w')
"""

#: An aggregate computes by other functions; as one of its own it is taken for SQL that calls them.
_AGGREGATES = """
SELECT p.oid::int8, p.oid::regprocedure::text AS title, p.proname AS name, 'sql' AS language, p.provolatile = 'i'
AS is_immutable, '' AS body, true AS is_parsed,
       ARRAY[a.aggtransfn::int8, a.aggfinalfn::int8, a.aggcombinefn::int8, a.aggserialfn::int8, a.aggdeserialfn::int8,
       a.aggmtransfn::int8, a.aggminvtransfn::int8, a.aggmfinalfn::int8] AS uses,
       false AS reads, false AS is_of_extension, ARRAY[]::text[] AS operators
FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid WHERE p.oid >= 16384
"""

_VIEWS = """
SELECT c.oid::int8, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, c.relispopulated AS is_populated,
coalesce(pg_table_size(c.oid), 0) AS bytes,
       {called} AS called, {relations} AS relations
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename = '_RETURN' AND c.relkind IN ('v', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s)
"""

_NAMES = """
SELECT c.oid::int8, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
"""

_GENERATED = """
SELECT n.nspname AS schema, c.relname AS name, a.attname AS column, {called} AS called,
       ARRAY(SELECT b.attname::text FROM pg_attribute b WHERE b.attrelid = c.oid AND b.attgenerated = ''
       AND b.attnum IN (
         SELECT m[1]::int FROM regexp_matches(d.adbin::text, ':varattno (\\d+)', 'g') AS m) ORDER BY b.attnum) AS base
FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attgenerated = 's' AND c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
AND n.nspname <> ALL(%(hidden)s) ORDER BY n.nspname, c.relname, a.attnum
"""

_INDEXES = """
SELECT n.nspname AS schema, c.relname AS name, xn.nspname AS index_schema, x.relname AS index_name, {called} AS called
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace xn ON xn.oid = x.relnamespace
WHERE (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL) AND x.relkind = 'i' AND c.relpersistence <> 't'
AND n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s) ORDER BY 1, 2, 3, 4
"""

_STATISTICS = """
SELECT n.nspname AS schema, c.relname AS name, NULL::text AS index_schema, NULL::text AS index_name, {called} AS called
FROM pg_statistic_ext e JOIN pg_class c ON c.oid = e.stxrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE e.stxexprs IS NOT NULL AND n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s) ORDER BY 1, 2
"""

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
