"""A copy asks no more of production than it may: bytes by a clock, and nothing while there is too much to do."""

from __future__ import annotations

import threading
from typing import cast

import pytest

from masker.cli.flags.throttle import parse_throttle
from masker.copy.events import CopyEvent, Throttled, WentOn
from masker.copy.throttle import Brake, Pace, throttle_notes
from masker.errors import SourceError
from masker.postgres.load import Load
from masker.postgres.pump import Cancelled
from masker.settings import Throttle


class Clock:
    """Time that passes where somebody waits; *stop* is set after so many waits."""

    def __init__(self, stops_after: int = 1000) -> None:
        self.now = 0.0
        self.left = stops_after

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float | None = None) -> bool:
        self.now += seconds or 0.0
        self.left -= 1
        return self.left < 0


class Answers:
    """A source that says so much, one answer after the other; the last one stays."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = [*answers]
        self.asked = 0

    def over(self) -> str | None:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def close(self) -> None:
        self.answers = []


def brake(limits: Throttle, source: Answers, clock: Clock) -> tuple[Brake, list[CopyEvent]]:
    told: list[CopyEvent] = []
    stop = cast("threading.Event", clock)
    return Brake(limits, cast("Load", source), told.append, stop, clock), told


def test_bytes_take_their_time_over_all_lanes_and_idle_time_is_no_credit() -> None:
    clock = Clock()
    pace = Pace(1000, clock)
    assert [pace.moved(500), pace.moved(500), pace.moved(1000)] == [0.5, 1.0, 2.0]
    clock.now = 100.0
    assert pace.moved(250) == 0.25


def test_a_copy_waits_as_long_as_its_bytes_take_and_says_how_long() -> None:
    clock = Clock()
    it, told = brake(Throttle(bytes_per_s=1000), Answers(None), clock)
    for _ in range(40):
        it.moved(50)
    assert clock.now == pytest.approx(2.0)
    assert it.waited_s == pytest.approx(2.0)
    assert told == []


def test_reading_waits_while_there_is_too_much_to_do_and_goes_on_afterwards() -> None:
    clock, source = Clock(), Answers("9 sessions are active, 5 allowed", "7 sessions are active, 5 allowed", None)
    it, told = brake(Throttle(sessions=5), source, clock)
    it.look()
    assert told == [Throttled("9 sessions are active, 5 allowed"), WentOn(2.0)]
    asked = source.asked
    it.moved(10_000_000)  # of which no limit speaks; and what was seen holds for a second
    assert source.asked == asked
    clock.now += 1.5
    it.look()
    assert source.asked == asked + 1


def test_what_is_waited_for_has_an_end() -> None:
    clock = Clock()
    it, _ = brake(Throttle(lag_s=10, wait_s=30), Answers("a replica is 40 s behind, 10 s are allowed"), clock)
    with pytest.raises(SourceError, match=r"a replica is 40 s behind.*waited for 30 s") as raised:
        it.look()
    assert raised.value.exit_code == 5
    assert 30 <= clock.now < 32


def test_a_run_that_is_ended_does_not_wait() -> None:
    for limits in (Throttle(bytes_per_s=1), Throttle(sessions=0)):
        it, _ = brake(limits, Answers("1 session is active, 0 allowed"), Clock(stops_after=0))
        with pytest.raises(Cancelled):
            it.moved(1000)


def test_limits_are_written_one_a_text() -> None:
    said = parse_throttle(["20MB/s", "lag=1.5m", "sessions=40", "wait=1h"])
    assert said == Throttle(bytes_per_s=20 * 1024**2, lag_s=90, sessions=40, wait_s=3600)
    (note,) = throttle_notes(said)
    assert (
        "a second at most; reading waits, 3600 s at most at once, while a replica is more than 90 s behind" in note.text
    )
    assert throttle_notes(Throttle()) == ()


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("20", "is no limit, expected bytes a second"),
        ("0MB", "nothing would ever be read"),
        ("lag=10", "10 is no duration"),
        ("sessions=-1", "-1 is no number of sessions"),
        ("load=3", "is no limit"),
        ("wait=10m", "neither is there"),
    ],
)
def test_what_is_no_limit_is_refused(limit: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_throttle([limit])
