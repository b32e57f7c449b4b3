"""Definitions that need a search_path: generated columns, checks, indexes and views whose functions look for other
objects by it.

A dump is loaded with an empty one, and since PostgreSQL 17 the server itself makes indexes and fills views with a bare
one. So each definition that calls functions of the schema is computed on a few rows with an empty path; where that
misses a name that the role's own path finds, nothing can be made of it elsewhere, nor may the table be read so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import psycopg
from psycopg import sql

from masker.catalog.read import HIDDEN_SCHEMAS
from masker.catalog.types import Catalog, Table
from masker.errors import Problem
from masker.names import TableName, quote
from masker.postgres.errors import ServerFault, server_errors
from masker.postgres.quietly import answer
from masker.sides import Side

#: Rows on which a table's definitions are computed, and the milliseconds that may take.
_ROWS = 100
_TIMEOUT_MS = 5_000

#: A name is not there: relation, column, type, function or operator, schema.
_MISSING = frozenset({"42P01", "42703", "42704", "42883", "3F000"})

#: ``{statistics}`` is where their expressions are, from PostgreSQL 14 on.
_DEFINED = r"""
WITH found AS (
  SELECT 'column' AS kind, a.attrelid AS relation, a.attname::text AS name, pg_get_expr(d.adbin, d.adrelid)
  AS expression, d.adbin::text AS tree
  FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE a.attgenerated <> ''
  UNION ALL SELECT 'check', conrelid, conname::text, pg_get_expr(conbin, conrelid), conbin::text FROM pg_constraint
  WHERE contype = 'c' AND conrelid <> 0
  UNION ALL SELECT 'column', a.attrelid, a.attname::text, format('%%I::%%s::%%s', a.attname, format_type(t.typbasetype,
  t.typtypmod), format_type(t.oid, -1)), k.conbin::text
  FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_attribute a ON a.atttypid = t.oid WHERE a.attnum > 0
  AND NOT a.attisdropped
  UNION ALL SELECT 'index', i.indrelid, c.relname::text, concat_ws(', ', pg_get_expr(i.indexprs, i.indrelid),
  pg_get_expr(i.indpred, i.indrelid)), concat(i.indexprs, i.indpred)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
  {statistics}
  UNION ALL SELECT 'partition key', p.partrelid, '', pg_get_expr(p.partexprs, p.partrelid), p.partexprs::text
  FROM pg_partitioned_table p WHERE p.partexprs IS NOT NULL
  UNION ALL SELECT 'view', r.ev_class, '', rtrim(pg_get_viewdef(r.ev_class), ';'), r.ev_action::text FROM pg_rewrite r
  JOIN pg_class c ON c.oid = r.ev_class WHERE c.relkind = 'm'
)
SELECT f.kind, n.nspname AS schema, c.relname AS relation, c.relkind::text AS relkind, f.name, f.expression, l.schema
AS leaf_schema, l.name AS leaf,
  (SELECT array_agg(ARRAY[p.oid::regprocedure::text, coalesce(x.extname, ''), (EXISTS (SELECT FROM unnest(p.proconfig)
  AS s WHERE s LIKE 'search\_path=%%'))::text] ORDER BY p.oid)
   FROM pg_proc p LEFT JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' LEFT
   JOIN pg_extension x ON x.oid = d.refobjid
   WHERE p.oid IN (SELECT m[1]::oid FROM regexp_matches(f.tree, ':(?:funcid|opfuncid) (\d+)', 'g') AS m
   WHERE m[1]::int8 >= 16384)) AS functions
FROM found f JOIN pg_class c ON c.oid = f.relation JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (SELECT ln.nspname AS schema, lc.relname AS name FROM pg_partition_tree(c.oid) t
JOIN pg_class lc ON lc.oid = t.relid JOIN pg_namespace ln ON ln.oid = lc.relnamespace
  WHERE t.isleaf AND lc.relkind = 'r' ORDER BY lc.reltuples DESC, lc.oid LIMIT 1) l ON c.relkind = 'p'
WHERE c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s)
  AND EXISTS (SELECT FROM regexp_matches(f.tree, ':(?:funcid|opfuncid) (\d+)', 'g') AS m WHERE m[1]::int8 >= 16384)
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid
  AND x.deptype = 'e')
  AND CASE WHEN c.relkind = 'm' THEN true ELSE has_table_privilege(c.oid, 'SELECT') END AND (c.relkind IN ('r', 'm')
  OR c.relkind = 'p' AND f.kind = 'partition key')
ORDER BY 2, 3, 1, 5
"""

_STATISTICS = """
UNION ALL SELECT 'statistics', s.stxrelid, s.stxname::text, pg_get_expr(s.stxexprs, s.stxrelid), s.stxexprs::text
FROM pg_statistic_ext s WHERE s.stxexprs IS NOT NULL
"""

_OWN_PATH = "SELECT reset_val FROM pg_settings WHERE name = 'search_path'"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Function:
    """A function that a definition calls, the *extension* it belongs to, and whether it sets a path of its own."""

    signature: str
    extension: str
    has_path: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Defined:
    """A definition of a relation that calls functions of the schema. *rows* is the relation whose rows it is computed
    on."""

    kind: str
    relation: TableName
    rows: TableName | None
    name: str
    expression: str
    functions: tuple[_Function, ...]

    @property
    def title(self) -> str:
        return {
            "check": f"check constraint {quote(self.name)}",
            "view": "the query of the materialized view",
            "partition key": "partition key",
        }.get(self.kind, f"{self.kind} {quote(self.name)}")


def without_path(conn: psycopg.Connection, catalog: Catalog, side: Side) -> Mapping[TableName, Sequence[Problem]]:
    """A problem for each definition that an empty search_path keeps from being computed, by the relation. Raises the
    side's error."""
    with server_errors(side, "definitions were computed without a search_path"):
        found = _defined(conn)
        if not found:
            return {}
        row = conn.execute(_OWN_PATH).fetchone()
        trial = _Trial(conn, side, str(row[0]) if row else "")
        return {
            relation: problems
            for relation, those in groupby(found, key=lambda d: d.relation)
            if (problems := list(_of_relation(trial, catalog.tables.get(relation), list(those))))
        }


def _defined(conn: psycopg.Connection) -> list[_Defined]:
    query = _DEFINED.replace("{statistics}", _STATISTICS if conn.info.server_version >= 140000 else "")
    return [
        _Defined(
            kind=kind,
            relation=TableName(schema, relation),
            rows=TableName(schema, relation) if relkind != "p" else TableName(leaf_schema, leaf) if leaf else None,
            name=name,
            expression=expression,
            functions=tuple(
                _Function(signature=f, extension=x, has_path=path == "true") for f, x, path in functions or ()
            ),
        )
        for kind, schema, relation, relkind, name, expression, leaf_schema, leaf, functions in conn.execute(
            query.encode(), {"hidden": list(HIDDEN_SCHEMAS)}
        ).fetchall()
    ]


@dataclass(frozen=True, slots=True)
class _Trial:
    """Where queries are tried. On a target that holds originals they must not fail in its log's hearing."""

    conn: psycopg.Connection
    side: Side
    own_path: str

    def misses(self, query: sql.Composed, *, own_path: bool = False) -> str | None:
        """The SQLSTATE by which *query* says that a name is not there, None if it says anything else."""
        with self.conn.transaction(force_rollback=True):
            self.conn.execute(
                "SELECT set_config('statement_timeout', %s, true), set_config('search_path', %s, true)",
                [str(_TIMEOUT_MS), self.own_path if own_path else ""],
            )
            try:
                if self.side is Side.TARGET:
                    answer(self.conn, query.as_string(self.conn), 1)
                else:
                    self.conn.execute(query)
            except psycopg.Error as error:
                fault = ServerFault.from_error(error)
            except ServerFault as caught:
                fault = caught
            else:
                return None
            if fault.is_connection:
                raise fault
            return fault.sqlstate if fault.sqlstate in _MISSING else None


def _of_relation(trial: _Trial, table: Table | None, found: Sequence[_Defined]) -> Iterator[Problem]:
    views = [d for d in found if d.kind == "view"]
    for view in views:
        if state := _missing(
            trial,
            sql.SQL("SELECT count(s) FROM (SELECT * FROM ({}) AS v LIMIT 0) AS s").format(sql.SQL(view.expression)),
        ):
            yield _problem(view, trial.own_path, *state)
    others = [d for d in found if d.kind != "view" and d.rows is not None]
    if not others or trial.misses(_computed(others, _rows(others[0]))) is None:
        return
    is_readable = trial.misses(_computed((), _rows(others[0]))) is None
    for one in others:
        rows = _rows(one) if is_readable else _no_values(one, table)
        if rows is not None and (state := _missing(trial, _computed([one], rows), needs_own=not is_readable)):
            yield _problem(one, trial.own_path, *state)


def _missing(trial: _Trial, query: sql.Composed, *, needs_own: bool = False) -> tuple[str, bool] | None:
    """The SQLSTATE and whether the role's own path helps; None if nothing is missed, or where *needs_own* without
    help."""
    state = trial.misses(query)
    if state is None:
        return None
    helps = trial.misses(query, own_path=True) is None
    return None if needs_own and not helps else (state, helps)


def _rows(one: _Defined) -> sql.Composable:
    rows = one.rows or one.relation
    return sql.SQL("ONLY {} AS {}").format(sql.Identifier(rows.schema, rows.name), sql.Identifier(one.relation.name))


def _no_values(one: _Defined, table: Table | None) -> sql.Composable | None:
    """One row of NULLs: what an index does not let be read with an empty path cannot be asked for others."""
    if table is None:
        return None
    items = [sql.SQL("NULL::{} AS {}").format(sql.SQL(c.type.sql), sql.Identifier(c.name)) for c in table.columns]
    return sql.SQL("(SELECT {} OFFSET 0) AS {}").format(sql.SQL(", ").join(items), sql.Identifier(one.relation.name))


def _computed(found: Sequence[_Defined], rows: sql.Composable) -> sql.Composed:
    items = [sql.SQL("ROW({})").format(sql.SQL(one.expression)) for one in found]
    return sql.SQL("SELECT count(x) FROM (SELECT ROW({}) AS x FROM {} LIMIT {}) AS s").format(
        sql.SQL(", ").join(items), rows, sql.Literal(_ROWS)
    )


def _problem(one: _Defined, own_path: str, state: str, helps: bool) -> Problem:
    pathless = [f for f in one.functions if not f.has_path]
    names = ", ".join(f.signature for f in pathless or one.functions)
    if not helps:
        found = (
            f"{one.title} calls {names}, which misses a name, also with the role's own search_path ({own_path})"
            f" (SQLSTATE {state})"
        )
        return Problem(str(one.relation), found, "mend it on the source: it cannot be made anywhere")
    found = (
        f"{one.title} calls {names}, which finds other objects by the search_path; where rows are loaded and indexes"
        f" made that is empty (SQLSTATE {state})"
    )
    return Problem(str(one.relation), found, "\n".join(_remedies(pathless or one.functions, own_path)))


def _remedies(functions: Sequence[_Function], own_path: str) -> Iterator[str]:
    path = (
        ", ".join(part for part in (p.strip() for p in own_path.split(",")) if part and part != '"$user"') or "public"
    )
    for function in functions:
        if function.extension:
            yield (
                f"on the source: {function.signature} belongs to the extension {function.extension}, which a dump makes"
                f" anew as it comes: call it from a function of your own that has SET search_path = {path}"
            )
        else:
            yield f"on the source: ALTER FUNCTION {function.signature} SET search_path = {path}"
