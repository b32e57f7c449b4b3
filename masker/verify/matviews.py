"""Materialized views: filled, and with what their own query says, where a query says one thing only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from masker.catalog.read import HIDDEN_SCHEMAS
from masker.findings import Finding, Outcome
from masker.names import TableName, quote
from masker.postgres.errors import ServerFault
from masker.postgres.own_settings import own_settings
from masker.tables.digest import row_digest

#: Aggregates whose result does not depend on the order of rows, if what they add up are no floating-point numbers.
_ORDERLESS = [
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "bool_and",
    "bool_or",
    "every",
    "bit_and",
    "bit_or",
    "bit_xor",
    "var_pop",
    "var_samp",
    "variance",
    "stddev",
    "stddev_pop",
    "stddev_samp",
]

#: Functions of the server that go by settings alone: as a view is compared under those it was filled under, they say
#: the same twice.
_BY_SETTINGS = [
    "array_to_json", "array_to_string", "array_to_tsvector", "concat", "concat_ws", "date", "date_part", "date_trunc",
    "extract", "format", "generate_series", "json_build_array", "json_build_object", "jsonb_build_array",
    "jsonb_build_object", "phraseto_tsquery", "plainto_tsquery", "quote_literal", "quote_nullable", "row_to_json",
    "time", "timestamp", "timestamptz", "timetz", "timezone", "to_char", "to_date", "to_json", "to_jsonb", "to_number",
    "to_timestamp", "to_tsquery", "to_tsvector", "websearch_to_tsquery",
]  # fmt: skip
_COMPARED_BY_SETTINGS = (
    r"^(date|timestamp|timestamptz)_(cmp|eq|ge|gt|le|lt|ne)_(date|timestamp|timestamptz)$"
    r"|^timestamptz_(mi|pl)_interval$|^interval_pl_timestamptz$"
)

#: The materialized views, their queries, and why a query may say something else the next time, read from its tree and
#: those of the views it reads: functions that are not immutable and go by more than settings, whatever depends on the
#: order of rows.
_VIEWS = r"""
WITH RECURSIVE reads AS (
  SELECT c.oid AS view, c.oid AS read, c.relkind AS kind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'm' AND n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s) AND NOT EXISTS (SELECT FROM pg_depend x
  WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid AND x.deptype = 'e')
  UNION
  SELECT r.view, c.oid, c.relkind FROM reads r JOIN pg_rewrite w ON w.ev_class = r.read
  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
  JOIN pg_class c ON c.oid = d.refobjid
  WHERE r.read = r.view OR r.kind = 'v'
), trees AS (
  SELECT r.view, w.ev_action::text AS tree FROM reads r JOIN pg_rewrite w ON w.ev_class = r.read
  AND w.rulename = '_RETURN' WHERE r.read = r.view OR r.kind = 'v'
), calls AS (
  SELECT view, f[1]::oid AS function FROM trees CROSS JOIN LATERAL regexp_matches(tree,
  ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)', 'g') AS f
  UNION
  SELECT view, o.oprcode FROM trees CROSS JOIN LATERAL regexp_matches(tree, ':opno (\d+)', 'g') AS f
  JOIN pg_operator o ON o.oid = f[1]::oid
)
SELECT n.nspname, c.relname, c.relispopulated, pg_get_viewdef(c.oid),
  ARRAY(SELECT ARRAY[a.attname::text, b.typname::text] FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT
  JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
  CASE WHEN EXISTS (SELECT FROM reads r WHERE r.view = c.oid AND r.kind = 'f') THEN 'it reads from another server'
       WHEN EXISTS (SELECT FROM calls f JOIN pg_proc p ON p.oid = f.function WHERE f.view = c.oid
       AND p.provolatile <> 'i'
         AND NOT (p.oid < 16384 AND p.provolatile = 's' AND (p.proname = ANY(%(by_settings)s)
         OR p.proname ~ %(compared_by_settings)s))) THEN 'its query calls functions whose result may change'
       WHEN EXISTS (SELECT FROM trees t WHERE t.view = c.oid AND t.tree ~
       '\{(SQLVALUEFUNCTION|NEXTVALUEEXPR|TABLESAMPLECLAUSE|XMLEXPR|JSON[A-Z]*) ') THEN 'its query depends on the time'
       WHEN EXISTS (SELECT FROM trees t WHERE t.view = c.oid AND t.tree ~
       ':(hasWindowFuncs true|hasDistinctOn true|limitCount \{|limitOffset \{)')
         OR EXISTS (SELECT FROM calls f JOIN pg_proc p ON p.oid = f.function WHERE f.view = c.oid AND p.prokind IN ('a',
         'w')
                    AND NOT (p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = ANY(%(orderless)s)
                    AND (p.proname IN ('count', 'min', 'max') OR NOT p.proargtypes[0] = ANY(ARRAY['float4',
                    'float8']::regtype[]))))
         THEN 'its query depends on the order of rows' END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid IN (SELECT view FROM reads) ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredView:
    """A materialized view. *columns* are names with names of base types; *unjudged* says why its query need not give
    the same twice."""

    name: TableName
    is_filled: bool
    query: str
    columns: tuple[tuple[str, str], ...]
    unjudged: str | None

    def digest_sql(self, rows: str) -> str:
        """SQL of how many *rows* (a FROM item of these columns, named c0, c1, …) there are and the sum of their
        digests."""
        values = [_value(f"c{at}", kind, at) for at, (_, kind) in enumerate(self.columns)]
        inner = ", ".join(f"{value} AS d{at}" for at, value in enumerate(values))
        total = row_digest([f"d{at}" for at in range(len(values))], "0")
        return f"SELECT concat(count(*), ' ', sum({total}::numeric)) FROM (SELECT {inner} FROM {rows}) AS each_"  # noqa: S608

    @property
    def _names(self) -> str:
        return ", ".join(f"c{at}" for at in range(len(self.columns)))

    @property
    def stored_sql(self) -> str:
        columns = ", ".join(f"{quote(name)} AS c{at}" for at, (name, _) in enumerate(self.columns))
        return self.digest_sql(f"(SELECT {columns} FROM {self.name.sql}) AS stored")  # noqa: S608

    @property
    def queried_sql(self) -> str:
        return self.digest_sql(f"({self.query.rstrip().rstrip(';')}) AS queried({self._names})")

    @property
    def differing_sql(self) -> str:
        """SQL of whether any row is in one of the two and not as often in the other, for values that are equal and look
        different."""
        stored, queried = (
            f"SELECT * FROM {self.name.sql}",  # noqa: S608
            f"SELECT * FROM ({self.query.rstrip().rstrip(';')}) AS queried",  # noqa: S608
        )
        return f"SELECT EXISTS (({stored} EXCEPT ALL {queried}) UNION ALL ({queried} EXCEPT ALL {stored}))"


def read_views(conn: psycopg.Connection) -> list[StoredView]:
    """The materialized views of *conn*'s database, extensions' left out."""
    found = conn.execute(
        _VIEWS.encode(),
        {
            "hidden": list(HIDDEN_SCHEMAS),
            "orderless": _ORDERLESS,
            "by_settings": _BY_SETTINGS,
            "compared_by_settings": _COMPARED_BY_SETTINGS,
        },
    ).fetchall()
    return [
        StoredView(
            name=TableName(schema, name),
            is_filled=filled,
            query=query,
            columns=tuple((c, t) for c, t in columns),
            unjudged=why,
        )
        for schema, name, filled, query, columns, why in found
    ]


def view_contents(conn: psycopg.Connection) -> dict[str, str]:
    """What each filled materialized view holds: how many rows and the sum of their digests. Costs reading them."""
    return {str(view.name): _one(conn, view.stored_sql) for view in read_views(conn) if view.is_filled and view.columns}


def check_views(conn: psycopg.Connection, among: frozenset[TableName] | None = None) -> Iterator[Finding]:
    """Whether each materialized view (*among* some, or of all) holds what its query says now. Of one whose query need
    not say the same twice, that this was not compared. Costs running their queries."""
    for view in read_views(conn):
        name = str(view.name)
        if not view.is_filled or (among is not None and view.name not in among):
            continue  # as on the source, or a finding of the schema's
        if view.unjudged or not view.columns:
            yield Finding(
                check="views",
                subject=f"{name} is filled",
                outcome=Outcome.PASSED,
                detail=f"not compared with its query: {view.unjudged or 'it has no columns'}",
            )
            continue
        try:
            # What goes by settings goes by those that the view was filled under.
            with own_settings(conn):
                stale = _is_stale(conn, view)
        except psycopg.Error as error:
            yield Finding(
                check="views",
                subject=name,
                outcome=Outcome.NOT_RUN,
                detail=f"the server could not answer: {ServerFault.from_error(error).text}",
            )
            continue
        yield Finding(
            check="views",
            subject=name,
            outcome=Outcome.FAILED if stale else Outcome.PASSED,
            detail="it does not hold what its query says" if stale else "",
        )


def _is_stale(conn: psycopg.Connection, view: StoredView) -> bool:
    return _one(conn, view.stored_sql) != _one(conn, view.queried_sql) and _differs(conn, view)


def _differs(conn: psycopg.Connection, view: StoredView) -> bool:
    """Look again by the types' own equality, where they have one: a group is named by any of its equal values."""
    try:
        row = conn.execute(view.differing_sql.encode()).fetchone()
    except psycopg.errors.UndefinedFunction:
        return True
    return bool(row and row[0])


def _value(column: str, kind: str, at: int) -> str:
    """SQL of the digest of a value, NULL for NULL: of its text as its type prints it, whatever casts there are."""
    if kind == "bytea":
        text = f"encode(sha256({column}), 'hex')"
    elif kind == "money":
        text = f"encode(cash_send({column}), 'hex')"
    else:
        text = f"CASE WHEN {column} IS DISTINCT FROM NULL THEN concat('', {column}) END"
    return f'hashtextextended({text} COLLATE pg_catalog."C", {at})'


def _one(conn: psycopg.Connection, query: str) -> str:
    row = conn.execute(query.encode()).fetchone()
    return str(row[0]) if row else ""
