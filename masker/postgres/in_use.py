"""Whether a database looks as if somebody worked with it: what a target is asked where no source is known to compare it
with."""

from __future__ import annotations

import time

import psycopg
from psycopg import sql

from masker.names import TableName, shown
from masker.postgres.errors import server_errors
from masker.queries import queries
from masker.sides import Side

_SQL = queries(__name__)

#: Rails keeps there for which environment a database was made, and refuses to drop those of production.
_METADATA = _SQL["metadata"]

#: A superuser beside a role that is none is the server's operator, who is connected everywhere.
_SESSIONS = _SQL["sessions"]

_SHOWN = 5

#: How often it is looked who is there, and seconds between.
_LOOKS, _PAUSE_S = 4, 0.1


def _sessions(conn: psycopg.Connection) -> list[tuple[str, str]]:
    """Who is in it besides; a session that is about to leave, as a restore's that has just ended, is waited for."""
    for _ in range(_LOOKS):
        if not (found := conn.execute(_SESSIONS).fetchall()):
            return []
        time.sleep(_PAUSE_S)
        # Who is connected is looked up once in a transaction.
        conn.execute("SELECT pg_stat_clear_snapshot()")
    return found


def signs_of_use(conn: psycopg.Connection) -> tuple[str, ...]:
    """What makes *conn*'s database look like one in use, each ready to be told. Raises TargetError."""
    signs: list[str] = []
    with server_errors(Side.TARGET, "looking whether it is in use"):
        for schema, name in conn.execute(_METADATA).fetchall():
            row = conn.execute(
                sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE key = 'environment' AND value = 'production')").format(
                    sql.Identifier(schema, name)
                )
            ).fetchone()
            if row and row[0]:
                signs.append(f"{TableName(schema, name)} says that it is of the environment production")
        sessions = _sessions(conn)
    if sessions:
        who = list(
            dict.fromkeys(
                shown(user) + (f" ({shown(application)})" if application else "") for user, application in sessions
            )
        )
        more = [f"{len(who) - _SHOWN} more"] if len(who) > _SHOWN else []
        signs.append(
            f"{len(sessions)} session{'s' if len(sessions) > 1 else ''} of others in it:"
            f" {', '.join([*who[:_SHOWN], *more])}"
        )
    return tuple(signs)
