"""How the shadow takes the live preview's place, and what became of both where that went wrong.

Renaming takes the live database's lock, under which new sessions wait, so that one transaction gives the shadow the
live name with no moment in between. Which of the two bears the name is the one fact by which everything else is judged:
an answer may be lost, a server may crash and come back, but an oid belongs to one database for good.
"""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass

import psycopg
from psycopg import sql

from masker.errors import MaskerError, TargetError
from masker.names import quote
from masker.postgres.backend import Backend
from masker.postgres.carried import carry_over
from masker.postgres.connect import Endpoint, Session
from masker.postgres.ended import sessions_ended
from masker.postgres.errors import ServerFault, server_errors
from masker.postgres.hindrances import Hindrance, drop_statement, hindrances
from masker.postgres.protection import read_protections, refuse_protected
from masker.postgres.target import Live, Shadow, connect_maintenance, lock_target, oid_of, shadow_name
from masker.sides import Side

_OLD = "__masker_old_"

#: Of a former preview that is kept.
KEPT = "__masker_kept_"

#: Of a database in which a plan has tried the schema.
TRIED = "__masker_try_"

#: Seconds in which the rename has to find the live database free of sessions, and how often it is tried.
_RENAME_TRIES = 5

#: How often a database is tried to be dropped that sessions hold which were told to end, and the pause in between.
_DROP_TRIES = 25
_DROP_PAUSE_S = 0.2

#: Sessions named in one sentence.
_SHOWN = 10

#: Seconds that a server gets which has lost a connection: it may be starting again.
_PATIENCE_S = 15.0


@dataclass(frozen=True, slots=True)
class Leftover:
    """A database that a run has left. *why* it could not be dropped, and the *remedy*; both empty if it was."""

    name: str
    why: str = ""
    remedy: str = ""


class NotDropped(TargetError):
    """The new preview is published, and the former one is still there under another name."""

    def __init__(self, database: str, left: Leftover) -> None:
        super().__init__(
            f"target: {database} is published; the former preview, {left.name} by now, could not be dropped:"
            f" {left.why}",
            hint=left.remedy,
        )
        self.aftermath = f"{database} is the new preview"


def sweep(conn: psycopg.Connection, database: str) -> list[Leftover]:
    """Drop what dead runs left of *database*: shadows, and old databases that had been replaced. The run's lock must be
    held.

    Kept ones (``--keep-old``) and protected ones are not touched; one that cannot be dropped stands in nobody's way.
    """
    stem = re.compile(r"(?:__masker_(?:old_|try_)?)([0-9a-z]{8})\Z")
    found = []
    with server_errors(Side.TARGET, "leftovers of dead runs were dropped"):
        names = conn.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE '%\\_\\_masker\\_%' AND pg_has_role(datdba, 'USAGE')"
        ).fetchall()
        for (name,) in names:
            match = stem.search(name)
            if (
                match
                and name
                in {
                    shadow_name(database, match[1]),
                    *(shadow_name(database, match[1], kind) for kind in (_OLD, TRIED)),
                }
                and not read_protections(conn, name)
            ):
                found.append(_drop(conn, name))
    return found


def _drop(conn: psycopg.Connection, name: str) -> Leftover:
    """Drop a database and whoever is connected to it. Raises psycopg.Error where the connection was lost."""
    for attempt in range(1, _DROP_TRIES + 1):
        try:
            conn.execute(drop_statement(name))
        except psycopg.Error as error:
            fault = ServerFault.from_error(error)
            if fault.is_connection:
                raise
            reasons = hindrances(conn, name)
            if reasons:
                remedy = "; ".join(reason.remedy for reason in reasons)
                return Leftover(
                    name,
                    f"it has {' and '.join(reason.found for reason in reasons)}",
                    f"{remedy}; then DROP DATABASE {quote(name)}",
                )
            if fault.cause != "55006" or attempt == _DROP_TRIES:
                return Leftover(
                    name,
                    f"{fault.text} (SQLSTATE {fault.sqlstate})",
                    f"when that is mended: DROP DATABASE {quote(name)}",
                )
            time.sleep(_DROP_PAUSE_S)
        else:
            break
    return Leftover(name)


def publish_shadow(
    conn: Session, backend: Backend, endpoint: Endpoint, *, shadow: Shadow, live: Live | None, run: str, keep_old: bool
) -> str | None:
    """Give the shadow the live name, grants and settings in one transaction, then drop the old one. Returns its name if
    it is kept.

    *conn* holds the run's lock, *backend* is its server's end. An answer that is lost is looked for with another
    session. Raises TargetError if sessions on the live database cannot be ended, with nothing changed, or if the old
    one cannot be dropped.
    """
    database = endpoint.database
    old = shadow_name(database, run, KEPT if keep_old else _OLD)
    # It may have been said since the run began.
    refuse_protected(conn, database)
    with contextlib.ExitStack() as stack:
        try:
            _rename(conn, endpoint, shadow, live, old, keep_old=keep_old)
        except TargetError as error:
            if not error.is_lost:
                raise
            conn = stack.enter_context(connect_maintenance(endpoint, patience_s=_PATIENCE_S))
            if _bearer(conn, backend, database) != shadow.oid:
                raise
        if live is None or keep_old:
            return old if live else None
        left = _drop_old(conn, endpoint, old)
    if left.why:
        raise NotDropped(database, left)
    return None


def _bearer(conn: psycopg.Connection, backend: Backend, database: str) -> int | None:
    """Which database bears the name, once nothing that *backend* was asked for can come about any more and the run's
    lock is taken again."""
    with server_errors(Side.TARGET, "the preview was looked for"):
        backend.outlive(conn)
        lock_target(conn, database)
        return oid_of(conn, database)


def _rename(
    conn: psycopg.Connection, endpoint: Endpoint, shadow: Shadow, live: Live | None, old: str, *, keep_old: bool
) -> None:
    database = endpoint.database
    for attempt in range(1, _RENAME_TRIES + 1):
        try:
            with (
                server_errors(Side.TARGET, "the preview was published"),
                sessions_ended(endpoint, [database, shadow.name]),
            ):
                _exchange(conn, database, shadow, live, old, keep_old=keep_old)
        except _Held:
            # What ends with no session is not waited for again: the server itself has waited for it.
            if attempt == _RENAME_TRIES or _keeping(conn, database):
                raise _in_use(conn, database) from None
        else:
            return


class _Held(Exception):
    """Somebody is connected to one of the databases."""


def _exchange(
    conn: psycopg.Connection, database: str, shadow: Shadow, live: Live | None, old: str, *, keep_old: bool
) -> None:
    """One transaction, after which *shadow* bears the live name."""
    try:
        with conn.transaction():
            # What masker says is published stays published: whatever was written before this is on the disk with it.
            conn.execute("SET LOCAL synchronous_commit = on")
            if oid_of(conn, database) != (live.oid if live else None):
                raise TargetError(
                    f"target: {database} is not the database any more that it was when the run began, so it was not"
                    " replaced",
                    hint="somebody has dropped, created or renamed it; run again",
                )
            if live:
                conn.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(database), sql.Identifier(old))
                )
                if live.is_template and not keep_old:
                    # The mark goes on to the new one, and would keep this one from being dropped.
                    conn.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(old)))
            conn.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(shadow.name), sql.Identifier(database))
            )
            carry_over(conn, database, shadow.oid, live)
    except psycopg.errors.ObjectInUse:
        raise _Held from None


def _keeping(conn: psycopg.Connection, database: str) -> list[Hindrance]:
    with server_errors(Side.TARGET, "looking for what keeps the preview from being replaced"):
        return [h for h in hindrances(conn, database) if h.keeps_from == "rename"]


def _in_use(conn: psycopg.Connection, database: str) -> TargetError:
    with server_errors(Side.TARGET, "looking for who holds the preview"):
        users = [
            str(row[0])
            for row in conn.execute(
                "SELECT DISTINCT coalesce(usename, 'a process of the server') || coalesce(', ' ||"
                " nullif(application_name, ''), '') || coalesce(': ' || state, '') FROM pg_stat_activity WHERE datname"
                " = %s",
                [database],
            ).fetchall()
        ]
    if kept := _keeping(conn, database):
        return TargetError(
            f"target: {database} could not be replaced: it has {kept[0].found}",
            hint=f"{kept[0].remedy}, then run again",
        )
    who = f" (as {'; '.join(_plain(user) for user in sorted(users)[:_SHOWN])})" if users else ""
    return TargetError(
        f"target: {database} could not be replaced: sessions{who} hold it that do not end or come again at once",
        hint="end them, keep them away, and run again",
    )


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


def _drop_old(conn: Session, endpoint: Endpoint, old: str) -> Leftover:
    with server_errors(Side.TARGET, "the former preview was dropped"), contextlib.ExitStack() as stack:
        try:
            return _drop(conn, old)
        except psycopg.Error:
            # It is no secret whether it is still there.
            conn = stack.enter_context(connect_maintenance(endpoint, patience_s=_PATIENCE_S))
            return _drop(conn, old)


def take_stock(endpoint: Endpoint, backend: Backend, *, shadow: Shadow, live: Live | None, was_publishing: bool) -> str:
    """Clean up after a run that has failed, over a session of its own, and say what is left.

    *backend* held the run's lock. Only a run that *was_publishing* can have done anything to the live preview.
    """
    database = endpoint.database
    standing = f"{database} is as it was" if live else f"{database} does not exist yet"
    if was_publishing:
        standing = f"whether {database} is the new preview or what it was could not be seen: `masker verify` tells"
    try:
        with connect_maintenance(endpoint, patience_s=_PATIENCE_S) as conn:
            bearer = _bearer(conn, backend, database)
            if bearer == shadow.oid:
                standing = f"{database} is the new preview"
                return "; ".join(
                    [
                        standing,
                        *(
                            f"{left.name} could not be dropped: {left.why}"
                            for left in sweep(conn, database)
                            if left.why
                        ),
                    ]
                )
            if bearer == (live.oid if live else None):
                standing = f"{database} is as it was" if live else f"{database} does not exist yet"
            else:
                standing = f"{database} is another database than it was when the run began, and not of this run"
            with server_errors(Side.TARGET, "the shadow was dropped"):
                if oid_of(conn, shadow.name) is None:
                    return f"{standing}; no shadow is left of the run"
                left = _drop(conn, shadow.name)
    except (psycopg.Error, MaskerError) as error:
        reason = error.message if isinstance(error, MaskerError) else ServerFault.from_error(error).text
        return f"{standing}; the shadow {shadow.name} could not be dropped, which the next run does ({reason})"
    return f"{standing}; the shadow {shadow.name} " + (
        f"could not be dropped: {left.why}; {left.remedy}" if left.why else "is dropped"
    )
