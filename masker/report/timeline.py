"""When each lane did what, and how long each table took: heard from the run's events, kept as plain values."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from masker.lanes.events import StepFinished, StepStarted, Verifying

#: Steps of one kind whose ends a lane tells within so many seconds were done at once.
_AT_ONCE_S = 0.005


class Timeline:
    """A listener that any thread may tell. Seconds are since it was made."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.restart()

    def restart(self) -> None:
        """Forget everything: the run begins anew."""
        with self._lock:
            self._origin = self._clock()
            self._at = time.time()
            self._bars: list[dict[str, Any]] = []
            self._begun: dict[str, float] = {}
            self._latest: dict[str, dict[str, Any]] = {}
            self._tables: dict[str, dict[str, float]] = {}
            self._verifying: float | None = None

    def __call__(self, event: object) -> None:
        lane = threading.current_thread().name
        match event:
            case StepStarted(step=step):
                with self._lock:
                    self._begun[step.id] = self._now()
            case StepFinished():
                with self._lock:
                    self._finished(lane, event)
            case Verifying():
                with self._lock:
                    self._verifying = self._now()
            case _:
                pass

    @property
    def at(self) -> datetime:
        """When it began."""
        return datetime.fromtimestamp(self._at, UTC)

    def bars(self) -> list[dict[str, Any]]:
        """What was done until now, in the order of its beginning: ``lane``, ``kind`` of step, ``table`` or empty,
        ``begin`` and ``seconds``, ``rows``, ``bytes``, how many ``steps``."""
        with self._lock:
            bars = [dict(bar) for bar in self._bars]
            if self._verifying is not None:
                bars.append(_bar("verification", "Verify", "", self._verifying, self._now() - self._verifying, 0, 0))
        return sorted(bars, key=lambda bar: (bar["begin"], bar["lane"]))

    def tables(self) -> dict[str, dict[str, float]]:
        """What moving the rows of each table came to: ``seconds`` of lanes, ``bytes``."""
        with self._lock:
            return {name: dict(figures) for name, figures in self._tables.items()}

    def _now(self) -> float:
        return self._clock() - self._origin

    def _finished(self, lane: str, event: StepFinished) -> None:
        now = self._now()
        kind = type(event.step).__name__
        table = str(getattr(event.step, "table", None) or getattr(event.step, "view", None) or "")
        if event.bytes or event.rows:
            figures = self._tables.setdefault(table, {"seconds": 0.0, "bytes": 0})
            figures["seconds"] += event.elapsed_s
            figures["bytes"] += event.bytes
        # Steps that were done at once are told one by one when the last of them has ended.
        is_told_later = now - self._begun.pop(event.step.id, now) < event.elapsed_s / 2
        latest = self._latest.get(lane)
        if is_told_later and latest is not None and latest["kind"] == kind:
            end = latest["begin"] + latest["seconds"]
            if now - end < _AT_ONCE_S:
                latest["begin"] = max(0.0, latest["begin"] - event.elapsed_s)
                latest["seconds"] = now - latest["begin"]
                latest["rows"] += event.rows
                latest["bytes"] += event.bytes
                latest["steps"] += 1
                latest["table"] = ""
                return
        begin = max(0.0, now - event.elapsed_s)
        self._latest[lane] = _bar(lane, kind, table, begin, now - begin, event.rows, event.bytes)
        self._bars.append(self._latest[lane])


def _bar(lane: str, kind: str, table: str, begin: float, seconds: float, rows: int, count: int) -> dict[str, Any]:
    return {
        "lane": lane,
        "kind": kind,
        "table": table,
        "begin": begin,
        "seconds": seconds,
        "rows": rows,
        "bytes": count,
        "steps": 1,
    }
