"""Who on production waits for a lock that a run holds. Behind a waiting ALTER TABLE everybody else queues up too."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import psycopg

_WAITING = """
SELECT w.pid, coalesce(c.relname, 'a relation') FROM pg_locks w LEFT JOIN pg_class c ON c.oid = w.relation
AND w.database = (SELECT oid FROM pg_database WHERE datname = current_database())
WHERE NOT w.granted AND w.locktype = 'relation' AND pg_blocking_pids(w.pid) && %s::int[]
"""


class LockQueue:
    """Sessions that wait for *ours*, and since when this process has known."""

    def __init__(self, conn: psycopg.Connection, ours: Callable[[], Iterable[int]], clock: Callable[[], float]) -> None:
        self._conn = conn
        self._ours = ours
        self._clock = clock
        self._since: dict[int, float] = {}

    def longest(self) -> tuple[float, str] | None:
        """Seconds that one session has waited so far and the table it waits for, or None if nobody waits."""
        ours = list(self._ours())
        waiting: dict[int, str] = dict(self._conn.execute(_WAITING, [ours]).fetchall()) if ours else {}
        now = self._clock()
        self._since = {pid: self._since.get(pid, now) for pid in waiting}
        if not self._since:
            return None
        pid = min(self._since, key=lambda p: self._since[p])
        return now - self._since[pid], waiting[pid]
