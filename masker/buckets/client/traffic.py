"""Many requests in flight, one thread that thinks.

A job is a generator: it yields a request, or a list of them to be sent at once, and is resumed with the answer or the
answers in order, or with a StorageFault thrown in. Waiting, retries and the number of requests in flight are looked
after here, so a job reads like sequential code and needs no lock.
"""

from __future__ import annotations

import heapq
import itertools
import queue
import random
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from masker.buckets.client.requests import Request
from masker.buckets.errors import StorageFault

Answer = Any
Job = Generator[Request | list[Any], Any, None]
Landed = Callable[[Answer | StorageFault], None]

#: Seconds: the first wait is drawn below the base, each further one below twice as much, up to the cap.
BASE_S = 0.1
_CAP_S = 20.0

#: Sendings of one request before its fault is final. A storage that throttles does so for minutes while it splits its
#: partitions.
_ATTEMPTS = 8
_ATTEMPTS_THROTTLED = 16

_TICK_S = 0.25

#: With this many requests in flight answers are let gather for a moment: taken one by one, each costs two changes of
#: thread.
_CROWD = 64
_GATHER_S = 0.005


def may_be_sent_again(fault: StorageFault, attempts: int) -> bool:
    """Whether a request that was sent *attempts* times, and came to *fault*, is worth another."""
    return fault.is_transient and attempts < (_ATTEMPTS_THROTTLED if fault.is_throttle else _ATTEMPTS)


def longest_wait(attempts: int, base_s: float) -> float:
    """Seconds of which a part is waited before the next sending."""
    return float(min(_CAP_S, base_s * 2 ** (attempts - 1)))


class Backend(Protocol):
    """What can send requests. *landed* is called once, from any thread."""

    @property
    def most_in_flight(self) -> int: ...

    def send(self, request: Request, landed: Landed) -> None: ...

    def close(self) -> None: ...


class Window:
    """How many requests may be in flight: halved when the storage throttles, grown by one for every window of
    successes."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = most
        self.halvings = 0
        self._successes = 0
        self._sparing = 0

    def succeeded(self) -> None:
        self._sparing = max(0, self._sparing - 1)
        self._successes += 1
        if self._successes >= self.size:
            self._successes = 0
            self.size = min(self.most, self.size + 1)

    def throttled(self, in_flight: int) -> None:
        """Halve, but once only for all that was in flight when the storage first complained."""
        if self._sparing > 0:
            self._sparing -= 1
            return
        self._sparing = in_flight
        self._successes = 0
        self.halvings += 1
        self.size = max(1, self.size // 2)


class Each(list[Request]):
    """Requests to be sent at once, none of which stands for the others: a StorageFault is an answer like any other."""


@dataclass(slots=True)
class _Group:
    """Answers a job waits for together."""

    job: Job
    answers: list[Answer]
    open: int
    is_single: bool
    is_each: bool = False
    fault: StorageFault | None = None


@dataclass(slots=True)
class _Sending:
    request: Request
    group: _Group
    at: int
    attempts: int = 0


@dataclass(slots=True)
class Counts:
    """What a run of jobs has cost. *sent* counts requests by the name of their class, retries included."""

    sent: dict[str, int] = field(default_factory=dict)
    retries: int = 0


class Traffic:
    """Runs jobs over a backend. *rng* draws the waits; *on_tick* is called a few times a second while jobs run, as are
    those of :meth:`ticking`."""

    def __init__(
        self,
        backend: Backend,
        *,
        rng: random.Random | None = None,
        on_tick: Callable[[], None] | None = None,
        base_s: float = BASE_S,
    ) -> None:
        self.backend = backend
        self.window = Window(backend.most_in_flight)
        self.counts = Counts()
        self._rng = rng or random.Random()  # noqa: S311 - jitter, not secrets
        self._on_ticks = (on_tick,) if on_tick is not None else ()
        self._base_s = base_s
        self._landed: queue.SimpleQueue[tuple[_Sending, Answer | StorageFault]] = queue.SimpleQueue()
        self._ready: deque[_Sending] = deque()
        self._later: list[tuple[float, int, _Sending]] = []
        self._order = itertools.count()
        self._extra: deque[Job] = deque()
        self._in_flight = 0
        self._waiting: dict[int, Job] = {}

    @property
    def room(self) -> int:
        """How many more requests could be in flight now."""
        return max(0, self.window.size - self._in_flight - len(self._ready) - len(self._extra))

    @contextmanager
    def narrowed(self, most: int) -> Iterator[None]:
        """At most *most* requests in flight inside."""
        whole = self.window
        self.window = Window(min(most, whole.size))
        try:
            yield
        finally:
            self.window = whole

    @contextmanager
    def ticking(self, *told: Callable[[], None]) -> Iterator[None]:
        """*told* too are called a few times a second inside; what they raise ends the run of jobs."""
        outside = self._on_ticks
        self._on_ticks = (*outside, *told)
        try:
            yield
        finally:
            self._on_ticks = outside

    def add(self, job: Job) -> None:
        """Run *job* too; for jobs that find more to do."""
        self._extra.append(job)

    def run(self, jobs: Iterable[Job]) -> None:
        """Run *jobs*, taken as there is room, to the end of them all. What a job raises ends the run."""
        feed = iter(jobs)
        last_tick = time.monotonic()
        try:
            while True:
                self._fill(feed)
                if not self._in_flight and not self._later and not self._ready:
                    return
                self._take_landed()
                if time.monotonic() - last_tick >= _TICK_S:
                    last_tick = time.monotonic()
                    for told in self._on_ticks:
                        told()
        finally:
            # Empty after a run that ended well. Otherwise each job is told, so that it may say what it leaves behind.
            for job in list(self._waiting.values()):
                job.close()
            self._waiting.clear()
            self._ready.clear()
            self._later.clear()
            self._extra.clear()

    def _fill(self, feed: Iterator[Job]) -> None:
        """Send what may be sent: requests of jobs under way first, then new jobs."""
        now = time.monotonic()
        while self._later and self._later[0][0] <= now:
            self._ready.append(heapq.heappop(self._later)[2])
        while self._in_flight < self.window.size:
            if self._ready:
                self._send(self._ready.popleft())
                continue
            if len(self._later) >= self.window.most:
                return  # enough is waiting for a second chance; new work would only add to it
            job = self._extra.popleft() if self._extra else next(feed, None)
            if job is None:
                return
            self._resume(job, None, None)

    def _send(self, sending: _Sending) -> None:
        self._in_flight += 1
        sending.attempts += 1
        name = type(sending.request).__name__
        self.counts.sent[name] = self.counts.sent.get(name, 0) + 1
        landed = self._landed.put
        self.backend.send(sending.request, lambda answer: landed((sending, answer)))

    def _take_landed(self) -> None:
        """Wait for one answer at least, or until a retry is due; take all that are there."""
        timeout = _TICK_S
        if self._later:
            timeout = min(timeout, max(0.0, self._later[0][0] - time.monotonic()))
        try:
            sending, answer = self._landed.get(timeout=timeout)
            if self._in_flight >= _CROWD:
                time.sleep(_GATHER_S)
            while True:
                self._accept(sending, answer)
                sending, answer = self._landed.get_nowait()
        except queue.Empty:
            return

    def _accept(self, sending: _Sending, answer: Answer | StorageFault) -> None:
        self._in_flight -= 1
        group = sending.group
        if isinstance(answer, StorageFault):
            if answer.is_throttle:
                self.window.throttled(self._in_flight + 1)
            if may_be_sent_again(answer, sending.attempts):
                self.counts.retries += 1
                wait = self._rng.uniform(0, longest_wait(sending.attempts, self._base_s))
                heapq.heappush(self._later, (time.monotonic() + wait, next(self._order), sending))
                return
            answer.request = sending.request
            if not group.is_each:
                group.fault = group.fault or answer
        else:
            self.window.succeeded()
        group.answers[sending.at] = answer
        group.open -= 1
        if group.open == 0:
            if group.fault is not None:
                self._resume(group.job, None, group.fault)
            else:
                self._resume(group.job, group.answers[0] if group.is_single else group.answers, None)

    def _resume(self, job: Job, answer: Answer, fault: StorageFault | None) -> None:
        """Let *job* go on to its next requests or its end."""
        try:
            while True:
                wanted = job.throw(fault) if fault is not None else job.send(answer)
                fault = None
                if isinstance(wanted, list):
                    if not wanted:
                        answer = []
                        continue
                    group = _Group(
                        job, [None] * len(wanted), len(wanted), is_single=False, is_each=isinstance(wanted, Each)
                    )
                    self._ready.extend(_Sending(request, group, at) for at, request in enumerate(wanted))
                else:
                    group = _Group(job, [None], 1, is_single=True)
                    self._ready.append(_Sending(wanted, group, 0))
                self._waiting[id(job)] = job
                return
        except StopIteration:
            self._waiting.pop(id(job), None)
        except BaseException:
            self._waiting.pop(id(job), None)
            raise
