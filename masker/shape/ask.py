"""What servers are asked of a shape: statistics as numbers, sizes, planner settings, and plans. Production is only
read, and never analyzed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import pq, sql

from masker.errors import CatalogMismatch, SourceError, TargetError
from masker.names import TableName
from masker.postgres.connect import apply_settings
from masker.postgres.errors import ServerFault, server_errors
from masker.postgres.statistics import column_numbers
from masker.queries import queries
from masker.shape.numbers import Numbers, TableNumbers
from masker.shape.plans import Node, shape
from masker.shape.texts import Query
from masker.sides import Side

_SQL = queries(__name__)

#: Since when EXPLAIN makes a generic plan by itself, and since when a role may be given the right to ANALYZE.
_GENERIC_PLAN, _MAINTAIN = 160000, 170000

#: The most texts of pg_stat_statements that are looked at: many are no queries, none any more without their values, or
#: of catalogs alone.
_CANDIDATES = 5000

_PREPARED = "masker_shape"

_GIVEN = (
    "SELECT n.nspname, c.relname, c.oid, c.relkind, c.reltuples FROM unnest(%(schemas)s::text[], %(tables)s::text[]) AS"
    " g(schema, name) JOIN pg_namespace n ON n.nspname = g.schema JOIN pg_class c ON c.relnamespace = n.oid AND"
    " c.relname = g.name"
)

_TABLES = f"""
WITH given AS ({_GIVEN})
SELECT g.nspname, g.relname, g.reltuples::float8, pg_relation_size(g.oid) / current_setting('block_size')::int8,
pg_stat_get_mod_since_analyze(g.oid)
FROM given g WHERE g.relkind IN ('r', 'p')
"""  # noqa: S608 - of constants

_INDEXES = f"""
WITH given AS ({_GIVEN})
SELECT g.nspname, g.relname, x.relname, pg_relation_size(x.oid) / current_setting('block_size')::int8
FROM given g JOIN pg_index i ON i.indrelid = g.oid AND i.indisvalid JOIN pg_class x ON x.oid = i.indexrelid
AND x.relkind = 'i'
"""  # noqa: S608 - of constants

#: What the planner goes by, and how names and constants of a query are read.
_PLANNER = _SQL["planner"]

_MAY_ANALYZE = _SQL["may_analyze"]
_NOR_MAINTAINS = " AND NOT has_table_privilege(c.oid, 'MAINTAIN')"


def read_numbers(conn: psycopg.Connection, masked: Mapping[TableName, Sequence[str]]) -> Numbers:
    """What the planner of *conn*'s server knows of the tables and of the columns named with each. Raises
    psycopg.Error."""
    given = _names(list(masked))
    columns = column_numbers(conn, masked)
    indexes: dict[TableName, dict[str, int]] = defaultdict(dict)
    for schema, table, name, pages in conn.execute(_INDEXES, given).fetchall():
        indexes[TableName(schema, table)][name] = pages or 0
    return {
        (name := TableName(schema, table)): TableNumbers(
            rows=rows, pages=pages or 0, indexes=indexes[name], columns=columns.get(name, {}), changed=changed
        )
        for schema, table, rows, pages, changed in conn.execute(_TABLES, given).fetchall()
    }


def settle(source: psycopg.Connection, target: psycopg.Connection) -> None:
    """Give both sessions the planner settings that a session on production has. Raises CatalogMismatch where the
    preview cannot have one."""
    with server_errors(Side.SOURCE, "its planner settings were read"):
        wanted: dict[str, str] = dict(source.execute(_PLANNER.encode()).fetchall())
        apply_settings(source, wanted)
        here = _settings(source, wanted)
    with server_errors(Side.TARGET, "it was given production's planner settings"):
        apply_settings(target, wanted)
        there = _settings(target, wanted)
    if differing := sorted(name for name in wanted if here.get(name) != there.get(name)):
        raise CatalogMismatch(
            f"planner settings: {', '.join(differing)} cannot be the same on both sides, so that their plans say"
            " nothing of each other",
            hint="both servers have to be of one version and build",
        )


def those_there(conn: psycopg.Connection, tables: Sequence[TableName]) -> tuple[TableName, ...]:
    """Those of *tables* and views that the preview has. Raises TargetError."""
    query = (
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE (n.nspname,"
        " c.relname) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[]))"
    )
    with server_errors(Side.TARGET, "its tables were looked up"):
        found = {TableName(schema, name) for schema, name in conn.execute(query, _names(tables)).fetchall()}
    return tuple(name for name in tables if name in found)


def require_owner(conn: psycopg.Connection, tables: Sequence[TableName]) -> None:
    """Raise TargetError if the role may not analyze all of *tables*: PostgreSQL would pass over them without an
    error."""
    with server_errors(Side.TARGET, "its owners were read"):
        query = _MAY_ANALYZE + (_NOR_MAINTAINS if conn.info.server_version >= _MAINTAIN else "")
        row = conn.execute(query.encode(), _names(tables)).fetchone()
    if row and row[0]:
        raise TargetError(
            f"target: the role may not ANALYZE {row[0]:,} of its tables",
            hint="connect as the role that owns the preview's tables",
        )


def analyze(conn: psycopg.Connection, tables: Sequence[TableName]) -> None:
    """Make the statistics of *tables* anew: of the preview, never of production. Raises TargetError."""
    with server_errors(Side.TARGET, "its statistics were made anew"):
        for table in tables:
            conn.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table.schema, table.name)))


def most_expensive(conn: psycopg.Connection) -> Iterator[tuple[str | None, str, int]]:
    """Queries of the source's ``pg_stat_statements``, those that took the most time first: their number, text, and how
    many entries they have. Those that the role may not see are one, without a number.

    Raises SourceError where the extension is not there or cannot be read.
    """
    with server_errors(Side.SOURCE, "its extensions were read"):
        row = conn.execute(
            "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname ="
            " 'pg_stat_statements'"
        ).fetchone()
    if row is None:
        raise SourceError(
            "source: the extension pg_stat_statements is not in this database, and --top takes queries from it",
            hint="CREATE EXTENSION pg_stat_statements there, or give the application's queries by --queries FILE",
        )
    query = sql.SQL(
        "SELECT queryid::text, min(query), count(*) FROM {} WHERE dbid = (SELECT oid FROM pg_database WHERE datname ="
        " current_database()) AND query !~ 'masker[._]' GROUP BY queryid ORDER BY sum(total_exec_time) DESC, queryid"
        " LIMIT {}"
    ).format(sql.Identifier(str(row[0]), "pg_stat_statements"), sql.Literal(_CANDIDATES))
    with server_errors(
        Side.SOURCE,
        "its pg_stat_statements was read",
        hint="it has to stand in shared_preload_libraries; or give --queries FILE",
    ):
        found = conn.execute(query).fetchall()
    yield from found


def plan(conn: psycopg.Connection, query: Query) -> Node | None:
    """The shape of *query*'s plan, which is not executed: generic, or for the values that the server's own rows give,
    None where one is NULL.

    Raises ServerFault for what is not one query that can be planned.
    """
    try:
        values = _values(conn, query)
        if None in values:
            return None
        _parse(conn, query.text)
        try:
            return shape(_explained(conn, query.text, values)["Plan"])
        finally:
            if not conn.closed:
                conn.execute(sql.SQL("DEALLOCATE {}").format(sql.Identifier(_PREPARED)))
    except psycopg.Error as error:
        raise ServerFault.from_error(error) from None


def _values(conn: psycopg.Connection, query: Query) -> Sequence[str | None]:
    """Values of this side's rows: they go into a statement on the same side, and nowhere else."""
    if not query.values:
        return ()
    # Each was read as one expression before.
    row = conn.execute(("SELECT " + ", ".join(f"({value}\n)::text" for value in query.values)).encode()).fetchone()
    return tuple(row or ())


def _parse(conn: psycopg.Connection, text: str) -> None:
    """Have the server read *text* by a message that refuses more than one statement, as the text of a query does
    not."""
    result = conn.pgconn.prepare(_PREPARED.encode(), text.encode())
    if result.status != pq.ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(result)


def _explained(conn: psycopg.Connection, text: str, values: Sequence[str | None]) -> Any:
    """What EXPLAIN says of it as JSON. Before PostgreSQL 16 a plan is generic only if one is forced, whatever it is
    executed with."""
    if not values and conn.info.server_version >= _GENERIC_PLAN:
        row = conn.execute(b"EXPLAIN (GENERIC_PLAN, VERBOSE, COSTS off, FORMAT json) " + text.encode()).fetchone()
        return row[0][0] if row else {}
    if not values:
        found = conn.execute(
            "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = %s", [_PREPARED]
        ).fetchone()
        values = [None] * (int(found[0]) if found else 0)
        mode = "force_generic_plan"
    else:
        mode = "force_custom_plan"
    apply_settings(conn, {"plan_cache_mode": mode})
    execute = sql.SQL("EXPLAIN (VERBOSE, COSTS off, FORMAT json) EXECUTE {}").format(sql.Identifier(_PREPARED))
    given = sql.SQL(" ({})").format(sql.SQL(", ").join(map(sql.Literal, values))) if values else sql.SQL("")
    row = conn.execute(execute + given).fetchone()
    return row[0][0] if row else {}


def _settings(conn: psycopg.Connection, names: Mapping[str, str]) -> Mapping[str, str]:
    return dict(conn.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(names)]).fetchall())


def _names(tables: Sequence[TableName]) -> dict[str, Any]:
    return {"schemas": [name.schema for name in tables], "tables": [name.name for name in tables]}
