"""What a run holds on production, let go of soon if the run vanishes: frozen, cut off, or killed together with its
machine.

One session, the keeper, holds the snapshot in an open transaction that its server ends when it has been idle for too
long; a heartbeat keeps it from being idle. All other sessions of the run hang on the keeper: a guard waits on the
server for a lock that the keeper holds until it ends, whatever the reason, and then ends them. So nothing has to notice
on the network that nobody is there any more, and it does not matter how long a lane waits for a slow target, nor what
stands between masker and the server.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import socket
import threading
import time
from collections.abc import Iterator

import psycopg
from psycopg import pq, sql

from masker.at_once import at_once
from masker.errors import MaskerError, SourceError
from masker.postgres.connect import Endpoint, Session, connect
from masker.postgres.errors import ServerFault, server_errors, side_of
from masker.queries import queries
from masker.sides import Side

_SQL = queries(__name__)

#: First keys of advisory locks: of the keeper, of those that hang on it. The second is the hold's number.
_KEEPER_CLASS = 0x6D61736C
_MEMBER_CLASS = 0x6D61736D

#: How application names of pg_dump begin.
DUMPING = "masker pg_dump"

#: Seconds that a server takes at most, from the first session that it ends to the last one, and the pause between
#: looks.
_SHUTDOWN_S = 2.0
_PAUSE_S = 0.1

_ADVICE_ON_FOLLOWERS = (
    "a follower ends sessions that hold up its replay: set hot_standby_feedback = on there, raise"
    " max_standby_streaming_delay, or give the primary as the source"
)
_ADVICE = (
    "its server was restarted, somebody ended the session, or nothing was heard of masker for {limit:.0f} s; run again"
)

#: Heartbeats within the time after which the keeper would be ended.
_BEATS = 4

#: Waits for the keeper's end, then ends the others. Two statements, so that the second one sees who is there by then.
_WATCH = _SQL["watch"]


class SnapshotLost(SourceError):
    """The session that held the snapshot was ended: only a run that begins anew can go on."""


class Hold:
    """The keeper's heartbeat and its guard, from :meth:`begin` to :meth:`end`. *limit_s* is how long the keeper may be
    idle."""

    def __init__(self, source: Endpoint, keeper: psycopg.Connection, limit_s: float) -> None:
        self._source = source
        self._keeper = keeper
        self._limit_s = limit_s
        self._number = secrets.randbelow(2**31)
        self._guard: Session | None = None
        self._is_guarding = True
        self._is_follower = False
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._pulse = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    @property
    def pids(self) -> tuple[int, ...]:
        """The backends of the keeper and of its guard."""
        with self._lock:
            return tuple(c.info.backend_pid for c in (self._keeper, self._guard) if c is not None and not c.closed)

    @property
    def program(self) -> str:
        """An application name for a child process whose session is ended like the others."""
        return f"{DUMPING} {self._number:x}"

    def begin(self) -> None:
        """Arm it. The keeper has to be in its transaction. Raises SourceError."""
        with server_errors(Side.SOURCE, "what the run holds was put under guard"):
            row = self._keeper.execute(
                "SELECT pg_is_in_recovery(), pg_advisory_lock(%s, %s),"
                " set_config('idle_in_transaction_session_timeout', %s, false)",
                [_KEEPER_CLASS, self._number, str(int(self._limit_s * 1000))],
            ).fetchone()
            self._is_follower = bool(row and row[0])
            self._watch()
        self._pulse.start()

    def join(self, conn: psycopg.Connection, snapshot: str) -> None:
        """Have *conn* ended when the keeper is, whose *snapshot* it then reads. To be called outside a transaction."""
        # Whoever has the lock when the keeper ends is ended, too; and afterwards there is no snapshot to be had.
        at_once(
            conn,
            [
                "BEGIN",
                sql.SQL(
                    "SELECT pg_advisory_lock_shared({}, {}),"
                    " set_config('idle_in_transaction_session_timeout', '0', false)"
                ).format(sql.Literal(_MEMBER_CLASS), sql.Literal(self._number)),
                "COMMIT",
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)),
            ],
        )

    def is_lost(self, patience_s: float) -> bool:
        """Whether the keeper is gone, or goes within *patience_s* seconds: a server that shuts down does not end all
        sessions at once."""
        deadline = time.monotonic() + patience_s
        while True:
            try:
                self._keeper.execute("SELECT 1")
            except psycopg.errors.InFailedSqlTransaction:
                # The keeper's own question was refused, and it lives to say so; or ended by a follower, and with its
                # transaction the snapshot.
                return patience_s > 0
            except psycopg.Error:
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PAUSE_S)

    def loss(self, error: SourceError) -> SnapshotLost:
        """*error* as what it is when the keeper is lost."""
        lost = SnapshotLost(
            error.message, hint=_ADVICE_ON_FOLLOWERS if self._is_follower else _ADVICE.format(limit=self._limit_s)
        )
        lost.aftermath, lost.document = error.aftermath, error.document
        return lost

    def let_go(self) -> None:
        """There is nothing left to guard. The heartbeat goes on: whatever the keeper is used for now may take its
        time."""
        with self._lock:
            self._is_guarding = False
            guard, self._guard = self._guard, None
        if guard is not None:
            guard.abandon()

    def end(self) -> None:
        """Disarm it; the keeper may be closed then."""
        self._over.set()
        if self._pulse.is_alive():
            self._pulse.join(self._limit_s / _BEATS)
            if self._pulse.is_alive():
                # It waits for an answer on a network that has gone silent. A connection must not be closed under
                # another thread.
                _hang_up(self._keeper)
                self._pulse.join()
        self.let_go()

    def _watch(self) -> None:
        guard = connect(self._source, settings={"lock_timeout": "0"})
        try:
            statement = sql.SQL(_WATCH).format(
                keeper=sql.Literal(_KEEPER_CLASS),
                member=sql.Literal(_MEMBER_CLASS),
                number=sql.Literal(self._number),
                name=sql.Literal(self.program),
            )
            guard.pgconn.send_query(statement.as_bytes(guard))
            while guard.pgconn.flush():
                select.select([], [guard.pgconn.socket], [])
        except BaseException:
            guard.close()
            raise
        with self._lock:
            if self._is_guarding:
                self._guard, guard = guard, self._guard
        if guard is not None:
            guard.abandon()

    def _beat(self) -> None:
        while not self._over.wait(self._limit_s / _BEATS):
            # Whoever uses the keeper next is told that it is lost; a guard that cannot be had now is tried for again.
            with contextlib.suppress(psycopg.Error, MaskerError):
                if self._keeper.info.transaction_status != pq.TransactionStatus.INERROR:
                    self._keeper.execute("SELECT 1")
                if self._is_guarding and (self._guard is None or _has_ended(self._guard)):
                    self._watch()
            if self._keeper.closed:
                return


@contextlib.contextmanager
def held(source: Endpoint, keeper: psycopg.Connection, limit_s: float) -> Iterator[Hold]:
    """What *keeper* holds, under guard while inside. Raises SnapshotLost for any error of the source that came of the
    keeper's end."""
    hold = Hold(source, keeper, limit_s)
    try:
        try:
            hold.begin()
            yield hold
        except psycopg.Error as error:
            # Whatever of the plan's many questions it was that the server did not answer.
            if side_of(error) is not Side.SOURCE:
                raise
            raise ServerFault.from_error(error).to_error(Side.SOURCE, "the run was prepared") from None
    except SourceError as error:
        if hold.is_lost(_SHUTDOWN_S if error.is_lost or error.is_conflict else 0.0):
            raise hold.loss(error) from None
        raise
    finally:
        hold.end()


def _has_ended(conn: psycopg.Connection) -> bool:
    """Whether a session that should be waiting has answered or is gone."""
    if conn.closed:
        return True
    poller = select.poll()
    poller.register(conn.pgconn.socket, select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(poller.poll(0))


def _hang_up(conn: psycopg.Connection) -> None:
    if conn.closed:
        return
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(conn.pgconn.socket)) as end:
        end.shutdown(socket.SHUT_RDWR)
