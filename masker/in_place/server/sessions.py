"""Who else is connected to the target while it is masked: nobody should be."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import psycopg

from masker.errors import Refused
from masker.findings import Finding, Outcome
from masker.names import shown
from masker.notes import Note
from masker.postgres.errors import server_errors
from masker.queries import queries
from masker.sides import Side

_SQL = queries(__name__)

#: A plain role sees of other roles' sessions little more than whose they are; the server's own belong to nobody.
_OTHERS = _SQL["others"]

_PREPARED = "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()"

_SUBSCRIBED = _SQL["subscribed"]

_POLL_S = 0.25

#: Seconds that sessions get to go: those of a run that was killed, and those that were terminated.
_GRACE_S = 15.0

#: Seconds between two looks for sessions that have come meanwhile.
_LOOK_S = 1.0

_SHOWN = 10


def be_alone(
    conn: psycopg.Connection, *, terminate: bool, wait_s: float, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Return when *conn* is the only session in its database.

    Sessions of a run that was killed are ended. Raises Refused if others stay: at once, after *wait_s* seconds, or with
    *terminate* if they may not be ended; and if a subscription would bring rows.
    """
    started = time.monotonic()
    own = [_backend(conn)]
    _refuse_subscribed(conn)
    with server_errors(Side.TARGET, "looking for other sessions"):
        while True:
            others = conn.execute(_OTHERS, [own]).fetchall()
            foreign = [pid for pid, is_ours, *_ in others if not is_ours]
            for pid, is_ours, *_ in others:
                if is_ours or terminate:
                    _end(conn, pid)
            elapsed = time.monotonic() - started
            limit = max(wait_s, _GRACE_S if terminate or not foreign else 0.0)
            if not others:
                break
            if elapsed >= limit:
                raise _refusal([_Visitor.read(*other) for other in others], terminate=terminate)
            sleep(_POLL_S)
        row = conn.execute(_PREPARED).fetchone()
    if row and row[0]:
        raise Refused(
            f"target: {row[0]} prepared transaction{'s' if row[0] > 1 else ''} in it would keep originals from being"
            " removed",
            hint="COMMIT PREPARED or ROLLBACK PREPARED what pg_prepared_xacts lists, then run again",
        )


def _refuse_subscribed(conn: psycopg.Connection) -> None:
    """What a subscription brings is masked by nobody."""
    with server_errors(Side.TARGET, "looking for subscriptions"):
        names = [name for (name,) in conn.execute(_SUBSCRIBED).fetchall()]
    if names:
        raise Refused(
            f"target: it subscribes to another database ({', '.join(names)}), whose rows would be written into it"
            " unmasked, now and later",
            hint="; ".join(f"ALTER SUBSCRIPTION {name} DISABLE" for name in names) + "; then run again",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visitor:
    user: str
    application: str
    is_operator: bool
    pid: int = 0
    state: str = ""
    since: timedelta | None = None

    @classmethod
    def read(
        cls,
        pid: int,
        _is_ours: bool,
        user: str,
        application: str,
        state: str,
        since: timedelta | None,
        is_operator: bool,
    ) -> _Visitor:
        return cls(user=user, application=application, is_operator=is_operator, pid=pid, state=state, since=since)

    @property
    def described(self) -> str:
        """``pid 4711 as app, puma: idle, connected for 0:12:30``; a plain role is not shown the state of another's."""
        state = f": {self.state}" if self.state else ""
        since = f"{',' if state else ':'} connected for {self.since}" if self.since is not None else ""
        return f"{self.told(self.pid)}{state}{since}"

    def told(self, pid: int) -> str:
        return f"pid {pid} as {shown(self.user)}" + (f", {shown(self.application)}" if self.application else "")


class Visitors:
    """Sessions of others that connect while the target is masked, looked for on the run's own session about once a
    second.

    With *terminate* they are ended. A superuser beside a run that is none is the server's operator, whom no run can
    keep out or from reading anything. One that comes and goes between two looks is not seen.
    """

    def __init__(
        self, conn: psycopg.Connection, *, terminate: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._conn = conn
        self._terminate = terminate
        self._clock = clock
        self._lock = threading.Lock()
        self._database = conn.info.dbname
        self._own = {_backend(conn)}
        self._seen: dict[int, _Visitor] = {}
        self._ended: set[int] = set()
        self._next = clock()

    def belongs(self, conn: psycopg.Connection) -> None:
        """Say that *conn* is the run's own, which its application name need not tell. Called by lanes."""
        pid = _backend(conn)
        with self._lock:
            self._own.add(pid)

    def look(self, *, at_once: bool = False) -> None:
        """Look who is there, if it is time, or *at_once* when all lanes have ended."""
        if self._clock() < self._next and not at_once:
            return
        self._next = self._clock() + _LOOK_S
        with server_errors(Side.TARGET, "looking for other sessions"):
            found = self._conn.execute(_OTHERS, [self._ours()]).fetchall()
            for pid, is_ours, *rest in found:
                # Ended only when seen before: a lane that has just connected may not have said yet that it is one.
                if is_ours or pid in self._ours():
                    continue
                if self._terminate and (at_once or pid in self._seen) and _end(self._conn, pid):
                    self._ended.add(pid)
                self._seen.setdefault(pid, _Visitor.read(pid, is_ours, *rest))

    def finding(self) -> Finding:
        """Whether nobody came but operators and those that were ended."""
        others = {pid: v for pid, v in self._visitors().items() if pid not in self._ended and not v.is_operator}
        if not others:
            return Finding(check="sessions", subject=self._database, outcome=Outcome.PASSED)
        return Finding(
            check="sessions",
            subject=self._database,
            outcome=Outcome.FAILED,
            detail=(
                f"{_count(others)} connected while it was masked and may have read originals ({_told(others)}); keep"
                " others away or let them be ended (--terminate) and run again, or restore it anew if they may have"
                " written"
            ),
        )

    def notes(self) -> tuple[Note, ...]:
        """Those whose coming does not shut the gate."""
        came = self._visitors()
        ended = {pid: v for pid, v in came.items() if pid in self._ended}
        operators = {pid: v for pid, v in came.items() if v.is_operator and pid not in self._ended}
        kinds = ((ended, "and had to be ended"), (operators, "as a superuser, the server's operator"))
        texts = [f"{_count(them)} connected while it was masked {how}: {_told(them)}" for them, how in kinds if them]
        return tuple(Note(subject="sessions", text=text) for text in texts)

    def _visitors(self) -> dict[int, _Visitor]:
        own = set(self._ours())
        return {pid: visitor for pid, visitor in sorted(self._seen.items()) if pid not in own}

    def _ours(self) -> list[int]:
        with self._lock:
            return list(self._own)


def _count(visitors: dict[int, _Visitor]) -> str:
    return f"{len(visitors)} session{'s' if len(visitors) > 1 else ''}"


def _told(visitors: dict[int, _Visitor]) -> str:
    told = [visitor.told(pid) for pid, visitor in visitors.items()]
    more = [f"{len(told) - _SHOWN} more"] if len(told) > _SHOWN else []
    return "; ".join([*told[:_SHOWN], *more])


def _backend(conn: psycopg.Connection) -> int:
    with server_errors(Side.TARGET, "looking for other sessions"):
        row = conn.execute("SELECT pg_backend_pid()").fetchone()
    return int(row[0]) if row else 0


def _end(conn: psycopg.Connection, pid: int) -> bool:
    """End a session; False where that is not allowed, which the caller then tells."""
    try:
        row = conn.execute("SELECT pg_terminate_backend(%s)", [pid]).fetchone()
    except psycopg.errors.InsufficientPrivilege:
        return False
    return bool(row and row[0])


def _refusal(others: list[_Visitor], *, terminate: bool) -> Refused:
    count = len(others)
    more = [f"{count - _SHOWN} more"] if count > _SHOWN else []
    who = (
        f"{count} other session{'s are' if count > 1 else ' is'} connected"
        f" ({'; '.join([*(other.described for other in others[:_SHOWN]), *more])})"
    )
    if terminate:
        return Refused(
            f"target: {who} and cannot be ended by this role",
            hint="end them as their own role, and keep the application from connecting",
        )
    return Refused(
        f"target: {who}, and would see originals and masked rows side by side",
        hint="turn maintenance on and stop every process; or --wait SECONDS for them to go, or --terminate to end them",
    )
