"""Materialized views filled anew in the delta's transaction, past those who wait for it.

Who has read a view in a transaction and then writes to a table waits for the delta, which keeps others from writing,
and the delta waits for that reader: nobody but one of the two can give way. Left to the server it is as a rule the
delta, which has asked last, and the next one ends no better where an application does so all day.
"""

from __future__ import annotations

import contextlib

import psycopg
from psycopg import sql

from masker.names import TableName

#: How often a view is tried to be filled: others may come in between.
_ATTEMPTS = 5

#: Sessions that wait for this one, and those that wait for them, of which some hold the view.
_WAITING = """
WITH RECURSIVE waiting AS (
  SELECT pid, pg_blocking_pids(pid) AS blocking FROM (SELECT DISTINCT pid FROM pg_locks WHERE NOT granted) AS w
), behind AS (
  SELECT pid FROM waiting WHERE pg_backend_pid() = ANY(blocking)
  UNION SELECT w.pid FROM waiting w JOIN behind b ON b.pid = ANY(w.blocking)
)
SELECT b.pid FROM behind b WHERE b.pid <> pg_backend_pid() AND EXISTS (SELECT FROM pg_locks l
  WHERE l.pid = b.pid AND l.granted AND l.locktype = 'relation' AND l.relation = %s::regclass
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""

_OWNER = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = %s::regclass"


def refresh(conn: psycopg.Connection, view: TableName, statement: str) -> None:
    """Execute *statement*, which fills *view*, in the transaction that *conn* is in. A statement that waits for this
    transaction, and whose own one holds the view, is cancelled. Raises psycopg.Error."""
    # Rows that a subtransaction writes bear its number, and later looks would take them for somebody else's: it only
    # locks. LOCK TABLE takes no such view; making its owner what it is locks it and does nothing else.
    name = sql.Identifier(view.schema, view.name)
    ((owner,),) = conn.execute(_OWNER, [name.as_string(conn)]).fetchall()
    for left in reversed(range(_ATTEMPTS)):
        try:
            with conn.transaction():
                conn.execute(sql.SQL("ALTER MATERIALIZED VIEW {} OWNER TO {}").format(name, sql.Identifier(owner)))
        except psycopg.errors.DeadlockDetected:
            if not left:
                raise
            _cancel_waiting(conn, view)
        except psycopg.errors.InsufficientPrivilege:  # who may fill the view, and does not own it
            break
        else:
            break
    conn.execute(statement.encode())


def _cancel_waiting(conn: psycopg.Connection, view: TableName) -> None:
    name = sql.Identifier(view.schema, view.name).as_string(conn)
    for (pid,) in conn.execute(_WAITING, [name]).fetchall():
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege), conn.transaction():
            conn.execute("SELECT pg_cancel_backend(%s)", [pid])
