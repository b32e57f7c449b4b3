"""Statements that may fail on a row's value, run so that the server's log does not hold it.

What a server logs of an error quotes rows: ``invalid input syntax … "…"``, ``Failing row contains (…)``. How much of it
is logged a superuser decides. But an error that is caught inside a function is not logged: so the statement goes to a
function of the session, which catches what it raises, with what it did undone, and answers with the names the server
gave.

The statement is a bind parameter: functions of the schema that run meanwhile see neither its text nor the settings it
names.
"""

from __future__ import annotations

import psycopg

from masker.postgres.errors import ServerFault
from masker.postgres.server_texts import ServerWords
from masker.queries import queries

_SQL = queries(__name__)

#: Of the context two lines are the function's own; more say that something stood between it and the error.
_FUNCTION = _SQL["function"]

_CALL = (
    "SELECT rows, answer, state, message, in_schema, in_table, in_column, broken, of_type, is_within FROM"
    " pg_temp.masker_quietly(%s, %s)"
)


def create_quietly(conn: psycopg.Connection) -> None:
    """Give the session the function."""
    conn.execute(_FUNCTION.encode())


def quietly(conn: psycopg.Connection, statement: str) -> int:
    """Run *statement*; how many rows it touched. Raises ServerFault for what it raised, psycopg.Error for what happened
    to the session."""
    return int(_run(conn, statement, is_question=False)[0])


def answer(conn: psycopg.Connection, query: str, width: int) -> list[list[str | None]]:
    """The rows of *query*, which has *width* columns, each as text. Raises like :func:`quietly`."""
    names = [f"c{at}" for at in range(width)]
    items = ", ".join(f"{name}::text" for name in names)
    found = _run(conn, f"SELECT array_agg(ARRAY[{items}]) FROM ({query}) AS r({', '.join(names)})", is_question=True)  # noqa: S608
    return list(found[1] or [])


def _run(conn: psycopg.Connection, statement: str, *, is_question: bool) -> tuple[int, list[list[str | None]] | None]:
    row = conn.execute(_CALL.encode(), [statement, is_question]).fetchone()
    if row is None:
        return 0, None
    rows, answered, state, message, *names, is_within = row
    if state is None:
        return rows, answered
    schema, table, column, constraint, domain = (name or None for name in names)
    raise ServerFault.caught(
        ServerWords(
            sqlstate=state,
            message=message or "",
            is_caught=True,
            has_context=is_within,
            schema=schema,
            table=table,
            column=column,
            constraint=constraint,
            domain=domain,
        )
    )
