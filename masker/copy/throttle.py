"""What keeps a run from asking too much of production: bytes a second over all lanes, and no reading while its replicas
are far behind or many sessions of others are active."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from masker.copy.events import Listener, Throttled, WentOn
from masker.errors import SourceError
from masker.figures import size
from masker.notes import Note
from masker.postgres.connect import Endpoint
from masker.postgres.load import Load
from masker.postgres.pump import Cancelled
from masker.settings import Throttle

#: Seconds for which an answer of the source holds, and between looks while it is waited for.
_LOOK_S = 1.0


class Pace:
    """When whoever has moved so many bytes may go on, for no more than *bytes_per_s* over all who ask. Time in which
    nothing moved is no credit."""

    def __init__(self, bytes_per_s: int, clock: Callable[[], float]) -> None:
        self._bytes_per_s = bytes_per_s
        self._clock = clock
        self._due = clock()
        self._lock = threading.Lock()

    def moved(self, size: int) -> float:
        """Seconds to wait after *size* bytes."""
        with self._lock:
            now = self._clock()
            self._due = max(self._due, now) + size / self._bytes_per_s
            return self._due - now


def throttle_notes(limits: Throttle) -> tuple[Note, ...]:
    """What *limits* come to, for the plan."""
    rate = [f"rows are read at {size(limits.bytes_per_s)} a second at most"] if limits.bytes_per_s is not None else []
    beyond = [
        *([f"a replica is more than {limits.lag_s:g} s behind"] if limits.lag_s is not None else []),
        *([f"more than {limits.sessions} sessions of others are active"] if limits.sessions is not None else []),
    ]
    waits = [f"reading waits, {limits.wait_s:g} s at most at once, while {' or '.join(beyond)}"] if beyond else []
    return (Note(subject="throttle", text="; ".join((*rate, *waits))),) if rate or waits else ()


def require_seen(source: Endpoint, limits: Throttle) -> None:
    """Raise SourceError where *source* does not let its role see what *limits* are about."""
    if limits.lag_s is not None or limits.sessions is not None:
        with contextlib.closing(Load(source, limits, tuple)) as load:
            load.over()


class Brake:
    """What all lanes of a run ask, by *limits*. *load* is asked about the source once a second at most; *stop* is set
    when the run is being ended. *waited_s* is how long lanes have waited, all together."""

    def __init__(
        self,
        limits: Throttle,
        load: Load,
        listener: Listener,
        stop: threading.Event,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._load = load
        self._listener = listener
        self._stop = stop
        self._clock = clock
        self._pace = Pace(limits.bytes_per_s, clock) if limits.bytes_per_s is not None else None
        self._looks = limits.lag_s is not None or limits.sessions is not None
        self._holds_until = float("-inf")
        self._asking = threading.Lock()
        self._counting = threading.Lock()
        self.waited_s = 0.0

    def moved(self, size: int) -> None:
        """*size* bytes have come from the source: wait until the next ones may. Raises Cancelled, and SourceError
        where the source has had more to do than is allowed for longer than is waited."""
        if self._pace is not None and size:
            self._wait(self._pace.moved(size))
        self.look()

    def look(self) -> None:
        """Wait while the source has more to do than is allowed. Raises as :meth:`moved` does."""
        if not self._looks:
            return
        with self._asking:
            if self._clock() < self._holds_until:
                return
            begun = self._clock()
            told = False
            while (found := self._load.over()) is not None:
                if not told:
                    self._listener(Throttled(found))
                    told = True
                if self._clock() - begun >= self._limits.wait_s:
                    raise SourceError(
                        f"source: {found}, and that has been waited for {self._limits.wait_s:g} s",
                        hint="run when there is less to do, or allow more: --throttle",
                    )
                self._wait(min(_LOOK_S, self._limits.wait_s))
            if told:
                self._listener(WentOn(self._clock() - begun))
            self._holds_until = self._clock() + _LOOK_S

    def close(self) -> None:
        """The source is not read any more."""
        with self._asking:
            self._load.close()

    def _wait(self, seconds: float) -> None:
        begun = self._clock()
        if self._stop.wait(seconds):
            raise Cancelled
        with self._counting:
            self.waited_s += self._clock() - begun
