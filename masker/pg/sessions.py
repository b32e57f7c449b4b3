"""Who else is connected to the target while it is masked: nobody should be."""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg

from masker.errors import Refused
from masker.pg.errors import Side, server_errors

#: A plain role sees of other roles' sessions little more than whose they are; the server's own belong to nobody.
_OTHERS = """
SELECT pid, coalesce(application_name, '') LIKE 'masker%%' AS is_ours, coalesce(usename, '') FROM pg_stat_activity
WHERE datname = current_database() AND usesysid IS NOT NULL AND pid <> ALL(%s) AND coalesce(backend_type, '') <> 'parallel worker'
"""

_PREPARED = "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()"

_POLL_S = 0.25

#: Seconds that sessions get to go: those of a run that was killed, and those that were terminated.
_GRACE_S = 15.0


def be_alone(
    conn: psycopg.Connection, own: list[int], *, terminate: bool, wait_s: float, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Return when no other session is connected to *conn*'s database; *own* are the run's backends.

    Sessions of a run that was killed are ended. Raises Refused if others stay: at once, after *wait_s* seconds, or with *terminate* if
    they may not be ended.
    """
    started = time.monotonic()
    with server_errors(Side.TARGET, "looking for other sessions"):
        while True:
            others = conn.execute(_OTHERS, [own]).fetchall()
            foreign = [pid for pid, is_ours, _ in others if not is_ours]
            for pid, is_ours, _ in others:
                if is_ours or terminate:
                    _end(conn, pid)
            elapsed = time.monotonic() - started
            limit = max(wait_s, _GRACE_S if terminate or not foreign else 0.0)
            if not others:
                break
            if elapsed >= limit:
                raise _refusal(len(others), sorted({str(user) for _, _, user in others}), terminate=terminate)
            sleep(_POLL_S)
        row = conn.execute(_PREPARED).fetchone()
    if row and row[0]:
        raise Refused(
            f"target: {row[0]} prepared transaction{'s' if row[0] > 1 else ''} in it would keep originals from being removed",
            hint="COMMIT PREPARED or ROLLBACK PREPARED what pg_prepared_xacts lists, then run again",
        )


def _end(conn: psycopg.Connection, pid: int) -> None:
    try:
        conn.execute("SELECT pg_terminate_backend(%s)", [pid])
    except psycopg.errors.InsufficientPrivilege:
        return  # the refusal names whose it is


def _refusal(count: int, users: list[str], *, terminate: bool) -> Refused:
    who = f"{count} other session{'s are' if count > 1 else ' is'} connected (as {', '.join(users) or 'unknown'})"
    if terminate:
        return Refused(
            f"target: {who} and cannot be ended by this role", hint="end them as their own role, and keep the application from connecting"
        )
    return Refused(
        f"target: {who}, and would see originals and masked rows side by side",
        hint="turn maintenance on and stop every process; or --wait SECONDS for them to go, or --terminate to end them",
    )
