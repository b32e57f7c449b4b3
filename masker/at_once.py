"""Several statements put to a server in one message: what a round trip takes is paid once for all of them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import pq, sql

#: Of what is tried inside a transaction that goes on.
_SAVEPOINT = sql.SQL("SAVEPOINT masker_tries")
_BACK = sql.SQL("ROLLBACK TO SAVEPOINT masker_tries")
_RELEASE = sql.SQL("RELEASE SAVEPOINT masker_tries")

Statement = str | sql.Composable
Rows = list[Any]


def filled(conn: psycopg.Connection, query: str, values: Sequence[Any] | Mapping[str, Any]) -> str:
    """*query* with *values* in its places, as a statement has them that is sent with others. Not for secrets, which
    the server would log with it."""
    return psycopg.ClientCursor(conn).mogrify(query.encode(), values)


def at_once(conn: psycopg.Connection, statements: Sequence[Statement], row_factory: Any = None) -> list[Rows]:
    """The rows of each of *statements*, none of one that gives none. Raises psycopg.Error for the first that fails;
    outside a transaction all is undone then."""
    cursor = conn.cursor(row_factory=row_factory) if row_factory is not None else conn.cursor()
    cursor.execute(b"\n;\n".join(_sent(conn, statement) for statement in statements))
    found = [_rows(cursor)]
    while cursor.nextset():
        found.append(_rows(cursor))
    return found


def taken_back(
    conn: psycopg.Connection, statements: Sequence[Statement], *, timeout_ms: int | None = None
) -> list[Rows]:
    """The same, and whatever they have done and locked undone: each may take *timeout_ms*. Raises psycopg.Error; the
    transaction that *conn* was in can be gone on with."""
    before: list[Statement] = [_SAVEPOINT if (is_within := _is_within(conn)) else "BEGIN"]
    before += [limited(timeout_ms)] if timeout_ms is not None else []
    after: list[Statement] = [_BACK, _RELEASE] if is_within else ["ROLLBACK"]
    try:
        found = at_once(conn, [*before, *statements, *after])
    except psycopg.Error:
        _recover(conn, after)
        raise
    return found[len(before) : len(before) + len(statements)]


def attempted(
    conn: psycopg.Connection,
    statements: Sequence[Statement],
    refusals: tuple[type[psycopg.Error], ...],
    row_factory: Any = None,
) -> list[Rows] | None:
    """The same, and kept; None where the server answers with one of *refusals*. Raises psycopg.Error for others."""
    before, after = ([_SAVEPOINT], [_RELEASE]) if _is_within(conn) else ([sql.SQL("BEGIN")], [sql.SQL("COMMIT")])
    undo: list[Statement] = [_BACK, _RELEASE] if _is_within(conn) else ["ROLLBACK"]
    try:
        return at_once(conn, [*before, *statements, *after], row_factory)[1 : 1 + len(statements)]
    except psycopg.Error as error:
        _recover(conn, undo)
        if isinstance(error, refusals):
            return None
        raise


def limited(timeout_ms: int) -> sql.Composed:
    """What lets no statement of the transaction that is under way take longer than *timeout_ms*."""
    return sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(timeout_ms))


def _is_within(conn: psycopg.Connection) -> bool:
    return conn.info.transaction_status is not pq.TransactionStatus.IDLE


def _recover(conn: psycopg.Connection, statements: Sequence[Statement]) -> None:
    # That the connection is lost, too, the error of the statement itself tells.
    if not conn.closed and conn.info.transaction_status is pq.TransactionStatus.INERROR:
        with contextlib.suppress(psycopg.Error):
            at_once(conn, statements)


def _sent(conn: psycopg.Connection, statement: Statement) -> bytes:
    return statement.as_bytes(conn) if isinstance(statement, sql.Composable) else statement.encode()


def _rows(cursor: psycopg.Cursor[Any]) -> Rows:
    return cursor.fetchall() if cursor.description is not None else []
