"""A session as its server knows it, so that another one can end what is left of it when its connection is lost."""

from __future__ import annotations

import time

import psycopg

from masker.errors import TargetError

#: Seconds that a session gets to end, once told to.
_PATIENCE_S = 20.0
_PAUSE_S = 0.1


class Backend:
    """The server's end of *conn*: what was asked of it may still be done after *conn* is lost."""

    def __init__(self, conn: psycopg.Connection) -> None:
        # Process ids are used again; together with the time of its start this one is not.
        row = conn.execute("SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()").fetchone()
        self._identity = list(row) if row else [0, None]

    def end(self, conn: psycopg.Connection) -> None:
        """Tell it, over *conn*, to end, if it is still there."""
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = %s AND backend_start = %s",
            self._identity,
        )

    def outlive(self, conn: psycopg.Connection) -> None:
        """Return when it has ended, so that nothing it was asked for can come about any more. Raises TargetError if it
        does not."""
        self.end(conn)
        deadline = time.monotonic() + _PATIENCE_S
        while (
            conn.execute(
                "SELECT FROM pg_stat_activity WHERE pid = %s AND backend_start = %s", self._identity
            ).fetchone()
            is not None
        ):
            if time.monotonic() > deadline:
                raise TargetError(
                    f"target: a session of the run, pid {self._identity[0]}, whose connection was lost does not end"
                )
            time.sleep(_PAUSE_S)
