"""The schema made on empty tables: what goes before rows stays, what comes after them is made and rolled back. All that
fails is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext

import psycopg

from masker.copy.rehearsal import chunks
from masker.copy.steps import Attempt
from masker.postgres.emptying import drop_objects
from masker.postgres.entries import SchemaEntry
from masker.postgres.errors import ServerFault, server_errors
from masker.postgres.pump import Cancelled
from masker.postgres.unmade import MISSING, Unmade
from masker.sides import Side

#: Attempts sent as one text. They succeed nearly always: only where one does not is each tried by itself.
_AT_ONCE = 200

#: Entries of the schema made as one text, in one transaction: some dozens of tables with their sequences and defaults.
_MADE_AT_ONCE = 100

#: The most locks one transaction takes, whatever the server has.
_MOST_LOCKS = 4000

#: Classes of errors that say something of the server or of other sessions and nothing of what was to be made.
_OF_THE_SERVER = frozenset({"08", "40", "53", "57", "F0", "XX"})
_STATES_OF_THE_SERVER = frozenset({"55P03", "55006", "58000", "58030"})

#: Of a query that ran without a row these say that it would not run with some either: a name that is not there, what
#: the server does not do.
_WITHOUT_ROWS = frozenset({"0A", "3F", "42"})

_CAPACITY = """
SELECT current_setting('max_locks_per_transaction')::int8 * (current_setting('max_connections')::int8 +
current_setting('max_prepared_transactions')::int8)
"""

#: What emptying takes locks on.
_RELATIONS = "SELECT count(*) FROM pg_class WHERE oid >= 16384"


Within = Callable[[psycopg.Connection], AbstractContextManager[None]]


def _as_it_is(conn: psycopg.Connection) -> AbstractContextManager[None]:
    del conn
    return nullcontext()


def make(
    conn: psycopg.Connection,
    entries: Sequence[SchemaEntry],
    is_stopped: Callable[[], bool],
    within: Within = _as_it_is,
) -> list[Unmade]:
    """Make each of *entries* for good, *within* what gives names their meaning. Returns those that the server does not
    make.

    A dump does not know what functions read by their text: where one is looked into as a table is made, what lacks a
    name is tried again after the others, as long as that gets any further.
    """
    unmade: list[Unmade] = []
    tried = len(entries)
    failed = [
        found
        for at in range(0, tried, _MADE_AT_ONCE)
        for found in _make_together(conn, entries[at : at + _MADE_AT_ONCE], is_stopped, within)
    ]
    while len(failed) < tried and any(error.sqlstate in MISSING for _, error in failed):
        tried = len(failed)
        failed = _make_each(conn, [entry for entry, _ in failed], is_stopped, within)
    for entry, error in failed:
        _judge(unmade, error, str(entry), entry.sql)
    return unmade


_Failed = list[tuple[SchemaEntry, psycopg.Error]]


def _make_together(
    conn: psycopg.Connection, entries: Sequence[SchemaEntry], is_stopped: Callable[[], bool], within: Within
) -> _Failed:
    """Make *entries* in one transaction, or where that fails each by itself; those that fail then."""
    if is_stopped():
        raise Cancelled
    with server_errors(Side.TARGET, "the schema was made"):
        try:
            with within(conn):
                conn.execute(_sent("\n;\n".join(entry.sql for entry in entries)))
        except psycopg.Error as error:
            if ServerFault.from_error(error).is_connection:
                raise
            return _make_each(conn, entries, is_stopped, within)
    return []


def _make_each(
    conn: psycopg.Connection, entries: Iterable[SchemaEntry], is_stopped: Callable[[], bool], within: Within
) -> _Failed:
    failed: _Failed = []
    for entry in entries:
        if is_stopped():
            raise Cancelled
        with server_errors(Side.TARGET, f"{entry} was created"):
            try:
                with within(conn):
                    conn.execute(_sent(entry.sql))
            except psycopg.Error as error:
                if _is_of_the_server(error):
                    raise
                failed.append((entry, error))
    return failed


def rehearse(
    conn: psycopg.Connection,
    attempts: Sequence[Attempt],
    unmade: list[Unmade],
    is_stopped: Callable[[], bool],
    within: Within = _as_it_is,
) -> None:
    """Make *attempts* and take them back. What the server does not make is added to *unmade*, unless it only needs what
    stands there."""
    with server_errors(Side.TARGET, "the schema was tried on empty tables"):
        for chunk in chunks(attempts, lock_room(conn)):
            with within(conn):
                if not _succeeds(conn, chunk, is_stopped):
                    with conn.transaction(force_rollback=True):
                        one_by_one(conn, chunk, unmade, is_stopped)


def rehearse_emptied(
    conn: psycopg.Connection, entries: Sequence[SchemaEntry], attempts: Sequence[Attempt]
) -> list[Unmade] | None:
    """Empty *conn*'s database, make the whole schema in it and take all of that back, in one transaction. Returns what
    the server does not make, None where it has not the locks for it, so that nothing was tried. Raises TargetError
    where it cannot be emptied."""
    early = [
        Attempt(id=f"early {at}", title=str(entry), statements=(entry.sql,), locks=3)
        for at, entry in enumerate(entries)
    ]
    whole = [*early, *attempts]
    unmade: list[Unmade] = []
    with server_errors(
        Side.TARGET, "its schema was tried before it is emptied", hint="the role has to own what is in the target"
    ):
        row = conn.execute(_RELATIONS).fetchone()
        if (int(row[0]) if row else 0) + sum(attempt.locks for attempt in whole) > lock_room(conn):
            return None
        with conn.transaction(force_rollback=True):
            conn.execute("SET LOCAL check_function_bodies = off")
            drop_objects(conn)
            if not _succeeds(conn, whole, _never):
                one_by_one(conn, whole, unmade, _never)
    return unmade


def _never() -> bool:
    return False


def lock_room(conn: psycopg.Connection) -> int:
    """How many locks a transaction may take and leave the other half to the server's other sessions."""
    row = conn.execute(_CAPACITY).fetchone()
    return min(_MOST_LOCKS, int(row[0]) // 2) if row else 0


def _succeeds(conn: psycopg.Connection, chunk: Sequence[Attempt], is_stopped: Callable[[], bool]) -> bool:
    try:
        with conn.transaction(force_rollback=True):
            for at in range(0, len(chunk), _AT_ONCE):
                if is_stopped():
                    raise Cancelled
                conn.execute(_sent("\n;\n".join(attempt.script for attempt in chunk[at : at + _AT_ONCE])))
    except psycopg.Error as error:
        if _is_of_the_server(error):
            raise
        return False
    return True


def one_by_one(
    conn: psycopg.Connection, chunk: Sequence[Attempt], unmade: list[Unmade], is_stopped: Callable[[], bool]
) -> None:
    """Inside a transaction, each in a savepoint of its own. What needs one that failed is not tried; what lacks a name
    is tried again after the others, as long as that gets any further."""
    waiting = list(chunk)
    while waiting:
        failed: dict[str, psycopg.Error | None] = {}
        for attempt in waiting:
            if is_stopped():
                raise Cancelled
            if not attempt.needs.isdisjoint(failed):
                failed[attempt.id] = None
                continue
            try:
                with conn.transaction():
                    conn.execute(_sent(attempt.script))
            except psycopg.Error as error:
                if _is_of_the_server(error):
                    raise
                if not attempt.is_filling or (error.sqlstate or "")[:2] in _WITHOUT_ROWS:
                    failed[attempt.id] = error
        left = [attempt for attempt in waiting if attempt.id in failed]
        if len(left) == len(waiting) or not any(
            error is not None and error.sqlstate in MISSING for error in failed.values()
        ):
            for attempt in left:
                if (last := failed[attempt.id]) is not None:
                    _judge(unmade, last, attempt.title, attempt.script)
            break
        waiting = left


def _judge(unmade: list[Unmade], error: psycopg.Error, title: str, statement: str) -> None:
    if _is_of_the_server(error):
        raise error
    # No row is there that the text could quote.
    text = (error.diag.message_primary or "").strip().splitlines()
    position = error.diag.statement_position
    found = Unmade(
        title=title,
        statement=statement,
        sqlstate=error.sqlstate or "",
        text=text[0] if text else "an error",
        position=int(position) if position else None,
        context=error.diag.context or "",
    )
    # What failed before takes with it what names it.
    if not any(found.names(before) for before in unmade):
        unmade.append(found)


def _is_of_the_server(error: psycopg.Error) -> bool:
    fault = ServerFault.from_error(error)
    return fault.is_connection or (
        bool(fault.cause) and (fault.sqlstate[:2] in _OF_THE_SERVER or fault.sqlstate in _STATES_OF_THE_SERVER)
    )


def _sent(statement: str) -> bytes:
    return statement.encode("utf-8", "surrogateescape")
