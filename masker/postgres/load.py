"""How much production has to do besides: how far its replicas are behind, how many sessions of others are active."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import psycopg

from masker.errors import SourceError
from masker.postgres.connect import Endpoint, Session, connect
from masker.postgres.errors import server_errors
from masker.queries import queries
from masker.settings import Throttle
from masker.sides import Side

_SQL = queries(__name__)


class Load:
    """Asks *source* by a session of its own, which is opened when it is first asked, what of *limits* it is over.
    *ours* are the backends of the run."""

    def __init__(self, source: Endpoint, limits: Throttle, ours: Callable[[], Iterable[int]]) -> None:
        self._source = source
        self._limits = limits
        self._ours = ours
        self._conn: Session | None = None

    def over(self) -> str | None:
        """What there is too much of now, and what is allowed, in words; None if nothing is. Raises SourceError where
        that cannot be seen."""
        try:
            return self._over()
        except SourceError as error:
            if not error.is_lost:
                raise
            # The session may have been ended since it was asked last; the server is asked once more.
            self.close()
            return self._over()

    def close(self) -> None:
        """End the session, if there is one."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def _over(self) -> str | None:
        if self._conn is None or self._conn.closed:
            self._conn = connect(self._source)
        with server_errors(Side.SOURCE, "it was asked what it has to do"):
            return self._behind(self._conn) or self._busy(self._conn)

    def _behind(self, conn: psycopg.Connection) -> str | None:
        if (allowed := self._limits.lag_s) is None:
            return None
        row = conn.execute(_SQL["lag"]).fetchone()
        seconds, hidden = (float(row[0] or 0), int(row[1])) if row else (0.0, 0)
        if hidden:
            raise _unseen("how far its replicas are behind")
        return f"a replica is {seconds:.0f} s behind, {allowed:g} s are allowed" if seconds > allowed else None

    def _busy(self, conn: psycopg.Connection) -> str | None:
        if (allowed := self._limits.sessions) is None:
            return None
        row = conn.execute(_SQL["sessions"], [list(self._ours())]).fetchone()
        active, hidden = (int(row[0]), int(row[1])) if row else (0, 0)
        if hidden:
            raise _unseen("which sessions of other roles are active")
        are = "session is" if active == 1 else "sessions are"
        return f"{active} {are} active, {allowed} allowed" if active > allowed else None


def _unseen(what: str) -> SourceError:
    return SourceError(
        f"source: its role may not see {what}, which --throttle asks for",
        hint="GRANT pg_read_all_stats TO the role that reads production, or throttle by bytes alone",
    )
