"""Steps in the order of their needs on a fixed number of lanes; the first failure ends them all."""

from __future__ import annotations

import threading
import time
from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from masker.lanes.step import FIRST, Step, StepId
from masker.postgres.pump import Cancelled

#: Seconds between looks at signals and between repeated cancel requests.
_TICK_S = 0.2

#: Steps of one batch that a lane takes at once: at most, and where there are not so many for each lane.
_MOST_AT_ONCE = 40
_FEW_AT_ONCE = 8


S = TypeVar("S", bound=Step)
S_contra = TypeVar("S_contra", bound=Step, contravariant=True)


class Lane(Protocol[S_contra]):
    """What a lane's thread works with: its sessions."""

    def perform(self, step: S_contra) -> None:
        """Do *step*. Raises MaskerError, or Cancelled when the run is being ended."""

    def perform_together(self, steps: Sequence[S_contra]) -> None:
        """Do *steps*, which are of one batch."""
        for step in steps:
            self.perform(step)

    def release_source(self) -> None:
        """Let go of the source; called when no step will read it any more."""

    def interrupt(self) -> None:
        """Cancel whatever the servers are doing for this lane; called from another thread."""

    def close(self) -> None: ...


class Lanes(Generic[S]):
    """Runs steps.

    Reading steps come first, largest first, on at most *reading_lanes* lanes at once, so that the source is let go of
    early; whatever else is ready fills the other lanes. No two steps that exclude the same thing run together.
    *on_tick* is called by the waiting thread, some times a second; what it raises ends the run.
    """

    def __init__(
        self,
        steps: Sequence[S],
        lanes: int,
        reading_lanes: int,
        open_lane: Callable[[], Lane[S]],
        on_reading_done: Callable[[], None],
        on_tick: Callable[[], None],
        stop: threading.Event,
    ) -> None:
        self._waiting: dict[StepId, S] = {step.id: step for step in steps}
        # Steps that wait for the same are counted once: of thousands, each may need all of thousands of others.
        self._waiting_for: dict[frozenset[StepId], list[S]] = defaultdict(list)
        self._needed_by: dict[StepId, list[frozenset[StepId]]] = defaultdict(list)
        self._ready_reads: list[S] = []
        self._ready_others: list[S] = []
        for step in steps:
            if step.needs:
                self._waiting_for[step.needs].append(step)
            else:
                self._queue(step)
        self._missing = {needs: len(needs) for needs in self._waiting_for}
        for needs in self._waiting_for:
            for need in needs:
                self._needed_by[need].append(needs)
        self._running: dict[StepId, S] = {}
        self._readers = 0
        self._count = lanes
        self._reading_lanes = reading_lanes
        self._open_lane = open_lane
        self._on_reading_done = on_reading_done
        self._on_tick = on_tick
        self._reading_left = sum(step.reads_source for step in steps)
        self._stop = stop
        self._changed = threading.Condition()
        self._failure: BaseException | None = None
        self._lanes: list[Lane[S]] = []

    def run(self) -> None:
        """Perform all steps. Raises what the first failing step raised, or what interrupted the waiting, after all
        lanes have ended."""
        threads = [
            threading.Thread(target=self._work, name=f"lane-{number}", daemon=True) for number in range(self._count)
        ]
        # Asked before the lanes begin: they may have read everything by the time all of them are started.
        reads_nothing = self._reading_left == 0
        ticks_at = 0.0
        try:
            for thread in threads:
                thread.start()
            if reads_nothing:
                self._on_reading_done()
            while self._is_going_on():
                if time.monotonic() >= ticks_at:
                    self._on_tick()
                    ticks_at = time.monotonic() + _TICK_S
        except BaseException as interruption:  # noqa: BLE001 - raised again when the lanes have ended
            self._fail(interruption)
        if self._failure is not None:
            self._end(threads)
            raise self._failure
        for thread in threads:
            thread.join()
        if self._failure is not None:
            raise self._failure

    def _is_going_on(self) -> bool:
        """Wait a moment; whether there is anything left to wait for."""
        with self._changed:
            if (self._waiting or self._running) and self._failure is None:
                self._changed.wait(_TICK_S)
            return bool(self._waiting or self._running) and self._failure is None

    def _end(self, threads: Sequence[threading.Thread]) -> None:
        """Cancel until every lane has noticed: one may have been between two statements at the first attempt."""
        while any(thread.is_alive() for thread in threads):
            with self._changed:
                lanes = list(self._lanes)
                self._changed.notify_all()
            for lane in lanes:
                lane.interrupt()
            for thread in threads:
                if thread.is_alive():
                    thread.join(_TICK_S)

    def _fail(self, failure: BaseException) -> None:
        with self._changed:
            if self._failure is None or isinstance(self._failure, Cancelled):
                self._failure = failure
            self._stop.set()
            self._changed.notify_all()

    def _work(self) -> None:
        lane: Lane[S] | None = None
        try:
            while steps := self._next(lane):
                if lane is None:
                    lane = self._open_lane()
                    with self._changed:
                        self._lanes.append(lane)
                if len(steps) == 1:
                    lane.perform(steps[0])
                else:
                    lane.perform_together(steps)
                self._finished(steps)
        except BaseException as failure:  # noqa: BLE001 - handed to the main thread, which raises it
            self._fail(failure)
        finally:
            if lane is not None:
                with self._changed:
                    self._lanes.remove(lane)
                lane.close()

    def _next(self, lane: Lane[S] | None) -> Sequence[S]:
        """The step to do next, or several of one batch, waited for; none when there is none left or the run ends."""
        released = False
        while True:
            with self._changed:
                if self._stop.is_set() or not self._waiting:
                    return ()
                if steps := self._take():
                    for step in steps:
                        del self._waiting[step.id]
                        self._running[step.id] = step
                    self._readers += steps[0].reads_source
                    return steps
                idle_reader = lane is not None and not released and self._reading_left == 0
                if not idle_reader:
                    self._changed.wait(_TICK_S)
            if idle_reader and lane is not None:
                lane.release_source()
                released = True

    def _queue(self, step: S) -> None:
        """Put *step* among those that wait for nothing but a lane, the heaviest first."""
        insort(self._ready_reads if step.reads_source else self._ready_others, step, key=lambda s: -s.weight)

    def _take(self) -> Sequence[S]:
        """The step that comes next of those that may run beside the running ones, with some others of its batch."""
        held = frozenset().union(*(step.excludes for step in self._running.values()))
        queues = [self._ready_reads if self._readers < self._reading_lanes else [], self._ready_others]
        if self._ready_others and self._ready_others[0].weight >= FIRST:
            queues.reverse()
        for queue in queues:
            for place, step in enumerate(queue):
                if not step.excludes & held:
                    return self._batch(queue, place, held)
        return ()

    def _batch(self, queue: list[S], place: int, held: frozenset[str]) -> Sequence[S]:
        """Take the step at *place* from *queue*, and so many others of its batch that something is left for every
        lane."""
        first = queue[place]
        if not first.batch:
            return (queue.pop(place),)
        alike = [
            step
            for step in queue[place : place + _MOST_AT_ONCE * self._count]
            if step.batch == first.batch and not step.excludes & held
        ]
        taken = alike[: min(_MOST_AT_ONCE, max(_FEW_AT_ONCE, -(-len(alike) // self._count)))]
        chosen = {step.id for step in taken}
        queue[:] = [step for step in queue if step.id not in chosen]
        # Each locks its table until all are done: in one order, no two lanes wait for each other in a circle.
        return sorted(taken, key=lambda step: step.id)

    def _finished(self, steps: Sequence[S]) -> None:
        with self._changed:
            last_read = False
            for step in steps:
                del self._running[step.id]
                for needs in self._needed_by[step.id]:
                    self._missing[needs] -= 1
                    if not self._missing[needs]:
                        for waiting in self._waiting_for[needs]:
                            self._queue(waiting)
            if steps[0].reads_source:
                self._readers -= 1
                self._reading_left -= len(steps)
                last_read = self._reading_left == 0
            self._changed.notify_all()
        if last_read:
            self._on_reading_done()
