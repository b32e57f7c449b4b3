"""Those who fill databases: processes of this machine, or workers of a dask scheduler."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from masker.buckets.settings import DaskExecutor, Executor, LocalExecutor, ProcessExecutor
from masker.buckets.workers.executors import dask_client
from masker.crew.crew import Hands
from masker.crew.job import Assignment, Job, Message
from masker.crew.on_worker import Polled, fill_on_worker, lost_by, queue_name
from masker.crew.relay import PATIENT, STOP, Patience, relay
from masker.errors import TargetError, UsageError
from masker.runs import new_run


class Opened(Hands, Protocol):
    """Hands that are there for the run; *close* has all leave off that are still at work."""

    def close(self) -> None: ...


@contextlib.contextmanager
def open_hands(
    wanted: Executor, databases: int, assignment: Callable[[Job], Assignment], patience: Patience = PATIENT
) -> Iterator[tuple[Opened, int] | None]:
    """Hands for so many *databases*, and how many of them fill theirs at once; None where the process of the command
    is to do all. *assignment* is what another machine is told of a job. Raises UsageError where there are too few."""
    match wanted:
        case LocalExecutor():
            yield None
        case ProcessExecutor(workers=count):
            with contextlib.closing(ProcessHands(patience)) as hands:
                yield hands, count or databases
        case DaskExecutor(address=address):
            with dask_client(address) as (distributed, client, count):
                if count < databases:
                    raise UsageError(
                        f"dask://{address}: its workers have {count} threads, and {databases} databases need one each"
                        " until all are proved",
                        hint="start more workers, or leave --executor out: then they are filled one after the other",
                    )
                with contextlib.closing(DaskHands(address, distributed, client, assignment, patience)) as hands_there:
                    yield hands_there, databases


@dataclass
class _Line:
    """Between a relay's thread and the one who decides, in one process."""

    up: SimpleQueue[Message]
    down: SimpleQueue[Message] = field(default_factory=SimpleQueue)

    def tell(self, message: Message) -> None:
        self.up.put(message)

    def word(self, timeout_s: float) -> Message | None:
        try:
            return self.down.get(timeout=timeout_s)
        except Empty:
            return None


class ProcessHands:
    """A process of this machine for each database."""

    def __init__(self, patience: Patience = PATIENT) -> None:
        self._up: SimpleQueue[Message] = SimpleQueue()
        self._lines: dict[str, _Line] = {}
        self._threads: list[threading.Thread] = []
        self._patience = patience

    def begin(self, job: Job) -> None:
        line = self._lines[job.name] = _Line(self._up)
        thread = threading.Thread(
            target=relay, args=(job.name, "1", lambda: job, line, self._patience), name=f"crew-{job.name}", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def say(self, name: str, attempt: str, word: Message) -> None:
        del attempt
        self._lines[name].down.put(word)

    def next_message(self, timeout_s: float) -> Message | None:
        try:
            return self._up.get(timeout=timeout_s)
        except Empty:
            return None

    def why_lost(self, name: str) -> str | None:
        del name
        return None  # a process that ends says so

    def close(self) -> None:
        for line in self._lines.values():
            line.down.put({"word": STOP})
        for thread in self._threads:
            thread.join()


class DaskHands:
    """Workers of the scheduler that *client* knows, one for each database. What goes through the scheduler has neither
    URLs nor keys: names of variables, and what is told of a run."""

    def __init__(
        self,
        address: str,
        distributed: Any,
        client: Any,
        assignment: Callable[[Job], Assignment],
        patience: Patience = PATIENT,
    ) -> None:
        self._address, self._distributed, self._client = address, distributed, client
        self._assignment, self._patience = assignment, patience
        self._lost = lost_by(distributed)
        self._mark = f"masker-{new_run()}"
        self._up = Polled(distributed.Queue(queue_name(self._mark, "up"), client=client))
        self._down: dict[str, Any] = {}
        self._given: dict[str, tuple[str, Any]] = {}
        threads: dict[str, int] = client.nthreads()
        # A machine each, as far as there are some.
        self._free = [
            address
            for turn in range(max(threads.values(), default=0))
            for address, count in threads.items()
            if turn < count
        ]
        self._there = frozenset(threads)
        self._looked = time.monotonic()

    def begin(self, job: Job) -> None:
        number = len(self._given)
        address = self._free[number]
        # The key is what dashboards show. The work of a worker that ends is given to no other: that one would begin
        # beside what the first has left.
        future = self._client.submit(
            fill_on_worker,
            self._assignment(job),
            self._mark,
            self._patience,
            key=f"{self._mark}-{number}",
            workers=[address],
            allow_other_workers=False,
            pure=False,
            retries=0,
        )
        self._given[job.name] = (address, future)

    def say(self, name: str, attempt: str, word: Message) -> None:
        del name
        try:
            if attempt not in self._down:
                self._down[attempt] = self._distributed.Queue(queue_name(self._mark, attempt), client=self._client)
            self._down[attempt].put(json.dumps(word))
        except self._lost as error:
            raise ConnectionError(type(error).__name__) from None

    def next_message(self, timeout_s: float) -> Message | None:
        try:
            return self._up.next(timeout_s)
        except self._lost as error:
            raise TargetError(
                f"dask://{self._address}: the scheduler does not answer any more ({type(error).__name__})",
                hint="start it, and run again: what workers have left is removed first",
            ) from None

    def why_lost(self, name: str) -> str | None:
        address, future = self._given[name]
        if time.monotonic() - self._looked >= self._patience.beat_s:
            self._looked = time.monotonic()
            with contextlib.suppress(*self._lost):
                self._there = frozenset(self._client.nthreads())
        if address not in self._there:
            return "its worker has left the scheduler"
        if future.status in {"error", "cancelled", "lost"}:
            return f"its worker ended ({future.status})"
        return None

    def close(self) -> None:
        # Whom the word does not reach hears nothing any more, and leaves off by itself.
        with contextlib.suppress(*self._lost):
            for attempt in [*self._down]:
                self.say("", attempt, {"word": STOP})
            self._client.cancel([future for _, future in self._given.values()])
