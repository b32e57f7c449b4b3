"""Which parts of tables a run has loaded, each written in the transaction that loads it.

A part's line is written before its rows are. So whoever begins the part anew waits at that line until the transaction
before has ended, however it was lost sight of, and then knows: the line is there, and with it every row, or neither is.
It does not matter what stood between masker and the server, nor that an answer never came.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql

from masker.at_once import at_once
from masker.names import TableName
from masker.postgres.errors import server_errors
from masker.sides import Side

#: Where it stands: in the schema of the marker; or in the run's own, where the database has a preview that others use.
LEDGER = sql.SQL("masker.part")
ASIDE_LEDGER = sql.SQL("masker_next_0.part")

_CREATE = sql.SQL("CREATE TABLE {} (step text PRIMARY KEY, rows bigint)")

#: Whatever the database's own default: in a stricter transaction the other one's line would be an error.
_CLAIM = sql.SQL("BEGIN ISOLATION LEVEL READ COMMITTED; INSERT INTO {} (step) VALUES ({}) ON CONFLICT DO NOTHING")

_CLAIM_ALL = sql.SQL("BEGIN ISOLATION LEVEL READ COMMITTED; INSERT INTO {} (step) VALUES {} ON CONFLICT DO NOTHING")
_SETTLE_ALL = sql.SQL(
    "UPDATE {} AS part SET rows = loaded.rows FROM (VALUES {}) AS loaded (step, rows) WHERE part.step = loaded.step;"
    " COMMIT"
)


def begin_ledger(conn: psycopg.Connection, ledger: sql.SQL = LEDGER) -> None:
    """Make the ledger, empty; a run that died may have left another. Its schema is there."""
    with server_errors(Side.TARGET, "the run's ledger was made"):
        at_once(conn, [sql.SQL("DROP TABLE IF EXISTS {}").format(ledger), _CREATE.format(ledger)])


def claim(conn: psycopg.Connection, step: str, ledger: sql.SQL = LEDGER) -> int | None:
    """Open the transaction that loads *step*; None if it is to be loaded. Else its rows, committed before, and no
    transaction."""
    cursor = conn.execute(_CLAIM.format(ledger, sql.Literal(step)))
    cursor.nextset()
    if cursor.rowcount == 1:
        return None
    row = conn.execute(sql.SQL("SELECT rows FROM {} WHERE step = %s").format(ledger), [step]).fetchone()
    conn.execute("ROLLBACK")
    return int(row[0]) if row else 0


def claim_all(
    conn: psycopg.Connection, steps: Sequence[str], tables: Sequence[TableName], ledger: sql.SQL = LEDGER
) -> bool:
    """Open the transaction that loads all of *steps* and empty their *tables*; False, and no transaction, where some
    have been loaded."""
    cursor = conn.execute(
        _CLAIM_ALL.format(ledger, sql.SQL(", ").join(sql.SQL("({})").format(sql.Literal(step)) for step in steps))
    )
    cursor.nextset()
    if cursor.rowcount == len(steps):
        conn.execute(
            sql.SQL("TRUNCATE {}").format(
                sql.SQL(", ").join(sql.SQL("ONLY {}").format(sql.Identifier(t.schema, t.name)) for t in tables)
            )
        )
        return True
    conn.execute("ROLLBACK")
    return False


def settle_all(conn: psycopg.Connection, loaded: Sequence[tuple[str, int]], ledger: sql.SQL = LEDGER) -> None:
    """Commit what was loaded, rows by step, since :func:`claim_all`."""
    values = sql.SQL(", ").join(
        sql.SQL("({}, {})").format(sql.Literal(step), sql.Literal(rows)) for step, rows in loaded
    )
    conn.execute(_SETTLE_ALL.format(ledger, values))


def settle(conn: psycopg.Connection, step: str, rows: int, ledger: sql.SQL = LEDGER) -> None:
    """Commit what was loaded for *step* since :func:`claim`."""
    conn.execute(
        sql.SQL("UPDATE {} SET rows = {} WHERE step = {}; COMMIT").format(ledger, sql.Literal(rows), sql.Literal(step))
    )
