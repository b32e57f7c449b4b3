"""Lanes with steps that only say that they were there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from masker.copy.steps import CopyPart, CopyStep
from masker.errors import TargetError
from masker.lanes.scheduler import Lane, Lanes
from masker.lanes.step import Analyze
from masker.names import TableName
from masker.postgres.pump import Cancelled

_TABLE = TableName("public", "t")


def _read(step_id: str, *needs: str, weight: int = 0) -> CopyPart:
    return CopyPart(
        id=step_id,
        needs=frozenset(needs),
        weight=weight,
        table=_TABLE,
        part=1,
        parts=1,
        source_sql="",
        target_sql="",
        guard_oid=1,
        is_whole=True,
        rows=0,
    )


def _do(step_id: str, *needs: str, weight: int = 0, excludes: str = "") -> Analyze:
    return Analyze(
        id=step_id, needs=frozenset(needs), weight=weight, excludes=frozenset(excludes.split()), table=_TABLE, sql=""
    )


@dataclass
class Journal:
    """What happened on all lanes. *doing* is called for each step; *most* tells how many of each kind ran at once."""

    doing: Callable[[CopyStep], None] = lambda _step: time.sleep(0.005)
    started: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    released: list[tuple[str, ...]] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    running: set[str] = field(default_factory=set)
    together: list[frozenset[str]] = field(default_factory=list)
    interrupted: int = 0
    opened: int = 0
    closed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def lane(self) -> FakeLane:
        with self.lock:
            self.opened += 1
        return FakeLane(self)

    def most(self, *steps: str) -> int:
        """The most of *steps* that ever ran at once."""
        return max(len(running & set(steps)) for running in self.together)


class FakeLane(Lane[CopyStep]):
    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def perform(self, step: CopyStep) -> None:
        journal = self.journal
        with journal.lock:
            assert all(need in journal.done for need in step.needs)
            journal.started.append(step.id)
            journal.running.add(step.id)
            journal.together.append(frozenset(journal.running))
        try:
            journal.doing(step)
        finally:
            with journal.lock:
                journal.running.remove(step.id)
        with journal.lock:
            journal.ended.append(step.id)
            journal.done.add(step.id)

    def release_source(self) -> None:
        with self.journal.lock:
            self.journal.released.append(tuple(self.journal.ended))

    def interrupt(self) -> None:
        with self.journal.lock:
            self.journal.interrupted += 1

    def close(self) -> None:
        with self.journal.lock:
            self.journal.closed += 1


def _run(
    journal: Journal,
    *steps: CopyStep,
    lanes: int = 3,
    reading_lanes: int = 3,
    on_reading_done: Callable[[], None] = lambda: None,
    on_tick: Callable[[], None] = lambda: None,
    stop: threading.Event | None = None,
) -> None:
    Lanes(steps, lanes, reading_lanes, journal.lane, on_reading_done, on_tick, stop or threading.Event()).run()


def test_every_step_is_done_once_after_those_it_needs() -> None:
    journal = Journal()
    _run(journal, _do("last", "b", "c"), _do("c", "a"), _do("b", "a"), _read("a"))
    assert sorted(journal.ended) == ["a", "b", "c", "last"]
    assert journal.ended[0] == "a"
    assert journal.ended[-1] == "last"
    assert (journal.opened, journal.closed) == (journal.opened, journal.opened)


def test_no_steps_are_no_work() -> None:
    done: list[bool] = []
    journal = Journal()
    _run(journal, on_reading_done=lambda: done.append(True))
    assert (journal.opened, done) == (0, [True])


def test_reading_comes_first_and_the_largest_before_all() -> None:
    journal = Journal()
    _run(
        journal,
        _do("index", weight=99),
        _read("small", weight=1),
        _read("large", weight=50),
        _do("other", weight=7),
        lanes=1,
        reading_lanes=1,
    )
    assert journal.started == ["large", "small", "index", "other"]


def test_no_more_readers_than_allowed_while_others_fill_the_lanes() -> None:
    journal = Journal(doing=lambda _step: time.sleep(0.02))
    reads = [f"r{n}" for n in range(8)]
    others = [f"o{n}" for n in range(8)]
    _run(journal, *map(_read, reads), *map(_do, others), lanes=4, reading_lanes=2)
    assert journal.most(*reads) == 2
    assert journal.most(*reads, *others) == 4


@pytest.mark.timing
def test_steps_that_exclude_each_other_do_not_meet() -> None:
    journal = Journal(doing=lambda _step: time.sleep(0.01))
    _run(
        journal,
        *[_do(f"x{n}", excludes="a b" if n % 2 else "b c") for n in range(6)],
        *[_do(f"y{n}", excludes="z") for n in range(6)],
        lanes=4,
    )
    assert journal.most(*[f"x{n}" for n in range(6)]) == 1
    assert journal.most(*[f"y{n}" for n in range(6)]) == 1
    assert journal.most(*[f"{letter}{n}" for n in range(6) for letter in "xy"]) == 2


def test_the_source_is_let_go_of_with_the_last_row_while_others_work_on() -> None:
    done: list[tuple[str, ...]] = []
    journal = Journal(doing=lambda step: time.sleep(0.3 if step.id == "slow" else 0.01))
    _run(
        journal,
        _read("r1"),
        _read("r2"),
        _do("slow", "r1"),
        _do("end", "slow", "r2"),
        lanes=2,
        on_reading_done=lambda: done.append(tuple(journal.ended)),
    )
    assert len(done) == 1
    assert {"r1", "r2"} <= set(done[0])
    assert "slow" not in done[0]
    assert journal.released
    assert "slow" not in journal.released[0]


def test_the_first_failure_ends_all_and_is_the_one_told() -> None:
    stop = threading.Event()
    told: list[str] = []

    def doing(step: CopyStep) -> None:
        if step.id == "bad":
            time.sleep(0.05)
            raise TargetError("target: it failed")
        if stop.wait(10):
            told.append(step.id)
        raise Cancelled

    journal = Journal(doing=doing)
    with pytest.raises(TargetError, match="it failed"):
        _run(journal, _do("bad"), _do("long"), _do("longer"), _do("never", "bad"), stop=stop)
    assert sorted(told) == sorted(set(journal.started) - {"bad"})
    assert "never" not in journal.started
    assert journal.closed == journal.opened
    assert threading.active_count() == 1 or all(not t.name.startswith("lane-") for t in threading.enumerate())


def test_a_lane_that_is_busy_is_interrupted_until_it_ends() -> None:
    journal = Journal()

    def doing(step: CopyStep) -> None:
        if step.id == "bad":
            raise TargetError("target: it failed")
        while journal.interrupted < 3:
            time.sleep(0.01)
        raise Cancelled

    journal.doing = doing
    with pytest.raises(TargetError):
        _run(journal, _do("deaf"), _do("bad"), lanes=2)
    assert journal.interrupted >= 3


def test_a_lane_that_cannot_be_opened_is_a_failure() -> None:
    def no_lane() -> FakeLane:
        raise TargetError("target: its connections are used up")

    with pytest.raises(TargetError, match="used up"):
        Lanes([_do("a")], 2, 2, no_lane, lambda: None, lambda: None, threading.Event()).run()


def test_what_the_end_of_reading_raises_ends_the_run() -> None:
    def changed() -> None:
        raise TargetError("a table was altered")

    journal = Journal()
    with pytest.raises(TargetError, match="altered"):
        _run(journal, _read("r"), _do("after", "r"), _do("later", "after"), on_reading_done=changed)
    assert "later" not in journal.ended


def test_an_interrupt_while_waiting_ends_the_lanes_too() -> None:
    stop = threading.Event()

    def doing(_step: CopyStep) -> None:
        assert stop.wait(10)
        raise Cancelled

    def interrupt() -> None:
        raise KeyboardInterrupt

    journal = Journal(doing=doing)
    with pytest.raises(KeyboardInterrupt):
        _run(journal, _do("a"), _do("b"), on_tick=interrupt, stop=stop)
    assert journal.closed == journal.opened


def test_ten_thousand_steps_are_no_burden() -> None:
    steps: list[CopyStep] = []
    for n in range(2000):
        steps += [_read(f"r{n}", weight=n)]
        steps += [_do(f"i{n} {k}", f"r{n}") for k in range(4)]
    journal = Journal(doing=lambda _step: None)
    started = time.thread_time()
    _run(journal, *steps, lanes=4, reading_lanes=2)
    assert len(journal.ended) == len(steps)
    assert time.thread_time() - started < 10


def test_a_lane_takes_several_steps_of_one_batch_and_leaves_some_for_the_others() -> None:
    taken: list[tuple[str, ...]] = []

    class Taking(FakeLane):
        def perform_together(self, steps: Sequence[CopyStep]) -> None:
            taken.append(tuple(step.id for step in steps))
            super().perform_together(steps)

    journal = Journal()
    steps = [replace(_do(f"small {n}", excludes=f"x{n // 2}"), batch="small") for n in range(60)] + [
        _do("large", weight=9)
    ]
    Lanes(steps, 4, 4, lambda: Taking(journal), lambda: None, lambda: None, threading.Event()).run()
    assert journal.done == {step.id for step in steps}
    assert sum(map(len, taken)) > 50
    assert 4 <= len(taken) <= 8
    assert all(len(steps) <= 15 for steps in taken)
    assert "large" in journal.started[:4]


def test_steps_that_are_taken_together_come_in_one_order_on_every_lane() -> None:
    """Whatever they weigh: a lane that builds keys of small tables and one that reads them lock these alike."""
    taken: list[tuple[str, ...]] = []

    class Taking(FakeLane):
        def perform_together(self, steps: Sequence[CopyStep]) -> None:
            taken.append(tuple(step.id for step in steps))
            super().perform_together(steps)

    steps = [
        replace(_do(f"{kind} {n:02}", weight=n * (-1) ** n), batch=kind)
        for kind in ("keys", "prove")
        for n in range(40)
    ]
    Lanes(steps, 2, 2, lambda: Taking(Journal()), lambda: None, lambda: None, threading.Event()).run()
    assert max(map(len, taken)) > 2
    assert taken == [tuple(sorted(together)) for together in taken]
