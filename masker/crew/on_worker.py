"""The task of a dask worker that has one database filled. It raises nothing and gives nothing back: what a task is
given stands in a worker's log once the task fails."""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections import deque
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from masker.crew.job import Assignment, Message, accepted
from masker.crew.relay import Patience, relay

#: Seconds between two looks into a queue.
_LOOK_S = 0.25


def queue_name(mark: str, of: str) -> str:
    """The queue by which a run *mark* hears of its workers (``up``), or an attempt is told something."""
    return f"{mark}-{of}"


class Polled:
    """A queue of a scheduler that is looked into now and then: one that is waited at says in the scheduler's log each
    time that nothing came."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue
        self._found: deque[str] = deque()

    def next(self, timeout_s: float) -> Message | None:
        """What was put there first, None if nothing comes within so many seconds."""
        deadline = time.monotonic() + timeout_s
        while not self._found:
            self._found.extend(self._queue.get(batch=True))
            if not self._found:
                if time.monotonic() >= deadline:
                    return None
                time.sleep(min(_LOOK_S, timeout_s))
        found: Message = json.loads(self._found.popleft())
        return found


@dataclass(frozen=True)
class _Queues:
    """The way to the one who decides, over the scheduler. What *lost* names says that there is none any more."""

    up: Any
    down: Polled
    lost: tuple[type[BaseException], ...]

    def tell(self, message: Message) -> None:
        try:
            self.up.put(json.dumps(message))
        except self.lost:
            raise _gone() from None

    def word(self, timeout_s: float) -> Message | None:
        try:
            return self.down.next(timeout_s)
        except self.lost:
            raise _gone() from None


def lost_by(distributed: Any) -> tuple[type[BaseException], ...]:
    """What a client raises whose scheduler has gone. Once it has closed for that it has no scheduler to ask, which
    shows as an attribute that is missing."""
    return (OSError, RuntimeError, AttributeError, distributed.client.ClosedClientError)


def fill_on_worker(assignment: Assignment, mark: str, patience: Patience) -> None:
    """Have the database of *assignment* filled in a process of this machine, as the one who began the run *mark*
    says."""
    distributed: Any = import_module("distributed")  # which is typed in part only
    client = distributed.get_client()
    attempt = secrets.token_hex(4)
    queues = _Queues(
        up=distributed.Queue(queue_name(mark, "up"), client=client),
        down=Polled(distributed.Queue(queue_name(mark, attempt), client=client)),
        lost=lost_by(distributed),
    )
    with contextlib.suppress(OSError):
        relay(assignment.name, attempt, lambda: accepted(assignment), queues, patience)


def _gone() -> OSError:
    return ConnectionError("the scheduler does not answer")
