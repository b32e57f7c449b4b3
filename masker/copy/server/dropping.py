"""Schemas dropped object by object, and never with whatever depends on them: that could be the live preview's.

An extension in a schema takes along every column of its types, wherever they are; a view may have come to read a table.
What nothing outside depends on goes without CASCADE, in the order that the server lets it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence

import psycopg
from psycopg import sql

from masker.copy.server.publishing import Leftover
from masker.names import ASIDE_SCHEMAS
from masker.postgres.droppable import IN_NAMESPACES
from masker.postgres.errors import ServerFault, server_errors
from masker.queries import queries
from masker.sides import Side

_SQL = queries(__name__)

_OBJECTS = _SQL["objects"].replace("{in_namespaces}", IN_NAMESPACES)

#: Something else depends on it.
_NEEDED = "2BP01"

#: Somebody else has held it as long as a session of a run waits for a lock.
_HELD = "55P03"
_IMPATIENT = "SET lock_timeout = '100ms'"


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
    with _patience(conn):
        left = _emptied(conn, schemas)
        found = []
        for schema in schemas:
            faults = _dropped(
                conn, [sql.SQL("DROP SCHEMA IF EXISTS {}").format(sql.Identifier(schema)).as_string(conn)]
            )
            found.append(_leftover(schema, {**left, **faults}) if faults else Leftover(schema))
    return found


def _emptied(conn: psycopg.Connection, schemas: Sequence[str]) -> dict[str, ServerFault]:
    """Drop what is in *schemas*. Returns what is left, and why."""
    named = {"schemas": list(schemas)}
    left = _dropped(conn, [row[0] for row in conn.execute(_SQL["foreign_keys"], named).fetchall()])
    left = {**left, **_dropped(conn, [row[0] for row in conn.execute(_OBJECTS, named).fetchall()])}
    if any(fault.sqlstate == _NEEDED for fault in left.values()):
        # A function takes a row of a table that calls it: what ties them goes first.
        _dropped(conn, [row[0] for row in conn.execute(_SQL["ties"], named).fetchall()])
        left = _dropped(conn, [row[0] for row in conn.execute(_OBJECTS, named).fetchall()])
    return left


@contextlib.contextmanager
def _patience(conn: psycopg.Connection) -> Iterator[None]:
    """How long *conn* waits for locks is afterwards what it was."""
    row = conn.execute("SELECT current_setting('lock_timeout')").fetchone()
    yield
    conn.execute("SELECT set_config('lock_timeout', %s, false)", row)


def _leftover(schema: str, faults: Mapping[str, ServerFault]) -> Leftover:
    held = next((statement for statement, fault in faults.items() if fault.sqlstate == _HELD), None)
    if held is not None:
        return Leftover(
            schema,
            f"{held}: another session holds it",
            "end that session (pg_locks, pg_stat_activity) or wait for its end, and the next run drops it",
        )
    statement, fault = next(iter(faults.items()))
    return Leftover(schema, f"{statement}: {fault.text}", "mend that, and the next run drops it")


def _dropped(conn: psycopg.Connection, statements: Sequence[str]) -> dict[str, ServerFault]:
    """Execute each of *statements*, those again that something depends on, as long as that gets any further. Returns
    what is left, and why. Who holds all tables, as a backup does, is not waited for once for each."""
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
                if fault.sqlstate == _HELD:
                    conn.execute(_IMPATIENT)
        if not left or len(left) == len(waiting) or all(fault.sqlstate != _NEEDED for fault in left.values()):
            return left
        waiting = list(left)
