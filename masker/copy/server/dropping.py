"""Schemas dropped object by object, and never with whatever depends on them: that could be the live preview's.

An extension in a schema takes along every column of its types, wherever they are; a view may have come to read a table.
What nothing outside depends on goes without CASCADE, in the order that the server lets it.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql

from masker.copy.server.publishing import Leftover
from masker.names import ASIDE_SCHEMAS
from masker.postgres.errors import ServerFault, server_errors
from masker.queries import queries
from masker.sides import Side

_SQL = queries(__name__)

#: Something else depends on it.
_NEEDED = "2BP01"


def sweep_schemas(conn: psycopg.Connection) -> list[Leftover]:
    """Drop the schemas that runs have left in *conn*'s database, by the names that only runs use. The run's lock must
    be held. Raises TargetError where the connection was lost."""
    with server_errors(Side.TARGET, "schemas of an earlier run were dropped"):
        found = conn.execute(
            "SELECT nspname::text FROM pg_namespace WHERE nspname = ANY(%s) ORDER BY 1", [list(ASIDE_SCHEMAS)]
        ).fetchall()
        return drop_schemas(conn, [name for (name,) in found])


def drop_schemas(conn: psycopg.Connection, schemas: Sequence[str]) -> list[Leftover]:
    """Drop all of *schemas*, which may refer to each other. What is left has a reason. Raises psycopg.Error where the
    connection was lost."""
    if not schemas:
        return []
    named = {"schemas": list(schemas)}
    left = _dropped(conn, [row[0] for row in conn.execute(_SQL["foreign_keys"], named).fetchall()])
    left = {**left, **_dropped(conn, [row[0] for row in conn.execute(_SQL["objects"], named).fetchall()])}
    if any(fault.sqlstate == _NEEDED for fault in left.values()):
        # A function takes a row of a table that calls it: what ties them goes first.
        _dropped(conn, [row[0] for row in conn.execute(_SQL["ties"], named).fetchall()])
        left = _dropped(conn, [row[0] for row in conn.execute(_SQL["objects"], named).fetchall()])
    found = []
    for schema in schemas:
        faults = _dropped(conn, [sql.SQL("DROP SCHEMA IF EXISTS {}").format(sql.Identifier(schema)).as_string(conn)])
        reasons = [f"{statement}: {fault.text}" for statement, fault in {**left, **faults}.items()] if faults else []
        found.append(
            Leftover(schema, reasons[0], "mend that, and the next run drops it") if reasons else Leftover(schema)
        )
    return found


def _dropped(conn: psycopg.Connection, statements: Sequence[str]) -> dict[str, ServerFault]:
    """Execute each of *statements*, those again that something depends on, as long as that gets any further. Returns
    what is left, and why."""
    waiting = list(statements)
    while True:
        left: dict[str, ServerFault] = {}
        for statement in waiting:
            try:
                conn.execute(statement.encode())
            except psycopg.Error as error:
                left[statement] = fault = ServerFault.from_error(error)
                if fault.is_connection:
                    raise
        if not left or len(left) == len(waiting) or all(fault.sqlstate != _NEEDED for fault in left.values()):
            return left
        waiting = list(left)
