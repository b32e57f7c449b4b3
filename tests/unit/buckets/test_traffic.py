"""Jobs over a backend that answers at once: answers in order, retries, the window, and what ends a run."""

from __future__ import annotations

import random
from typing import Any

import pytest

from masker.buckets.client.requests import GetAcl, Request
from masker.buckets.client.traffic import Job, Landed, Traffic, Window
from masker.buckets.errors import StorageFault
from masker.sides import Side

SLOW_DOWN = StorageFault("SlowDown", "", status=503)


class Scripted:
    """Answers each key from a list, the last one again and again; holds back what it got until *width* are open."""

    def __init__(self, answers: dict[str, list[Any]], most_in_flight: int = 8) -> None:
        self.most_in_flight = most_in_flight
        self.answers = answers
        self.sent: list[str] = []

    def send(self, request: Request, landed: Landed) -> None:
        assert isinstance(request, GetAcl)
        self.sent.append(request.key)
        answers = self.answers.get(request.key, ["private"])
        landed(answers.pop(0) if len(answers) > 1 else answers[0])

    def close(self) -> None:
        """Nothing is open."""


def _ask(key: str) -> GetAcl:
    return GetAcl(Side.SOURCE, "bucket", key)


def _traffic(backend: Scripted) -> Traffic:
    return Traffic(backend, rng=random.Random(1), base_s=0.0001)


def _collect(got: list[Any], *keys: str, together: bool = False) -> Job:
    try:
        if together:
            got.extend((yield [_ask(key) for key in keys]))
        else:
            for key in keys:
                answer = yield _ask(key)
                got.append(answer)
    except StorageFault as fault:
        got.append(fault.code)


def test_answers_come_in_the_order_of_their_requests() -> None:
    backend = Scripted({"a": ["1"], "b": ["2"], "c": ["3"]})
    alone: list[Any] = []
    together: list[Any] = []
    _traffic(backend).run(
        [_collect(alone, "a", "b", "c"), _collect(together, "c", "b", "a", together=True), _collect([], together=True)]
    )
    assert (alone, together) == (["1", "2", "3"], ["3", "2", "1"])


def test_what_passes_by_is_sent_again() -> None:
    faults = [
        StorageFault("InternalError", "", status=500),
        StorageFault.connection("reset"),
        SLOW_DOWN,
        StorageFault.unreadable("half"),
    ]
    backend = Scripted({"a": [*faults, "1"]})
    got: list[Any] = []
    traffic = _traffic(backend)
    traffic.run([_collect(got, "a")])
    assert got == ["1"]
    assert traffic.counts.retries == 4
    assert traffic.counts.sent == {"GetAcl": 5}


@pytest.mark.parametrize(
    ("fault", "sendings"),
    [
        (StorageFault("AccessDenied", "", status=403), 1),
        (StorageFault("InternalError", "", status=500), 8),
        (SLOW_DOWN, 16),
    ],
)
def test_what_does_not_is_told_to_the_job(fault: StorageFault, sendings: int) -> None:
    backend = Scripted({"a": [fault]})
    got: list[Any] = []
    _traffic(backend).run([_collect(got, "a", "b"), _collect(got, "b")])
    assert sorted(got) == sorted([fault.code, "private"])
    assert backend.sent.count("a") == sendings


def test_one_fault_of_several_waits_for_the_others() -> None:
    got: list[Any] = []
    backend = Scripted({"a": [StorageFault("AccessDenied", "")]})
    _traffic(backend).run([_collect(got, "a", "b", together=True)])
    assert got == ["AccessDenied"]
    assert backend.sent == ["a", "b"]


def test_the_window_halves_once_for_a_volley_and_grows_back() -> None:
    window = Window(64)
    for _ in range(40):
        window.throttled(40)
    assert window.size == 32
    window.throttled(32)
    for _ in range(31):
        window.throttled(31)
    assert window.size == 16
    for _ in range(200):
        window.succeeded()
    assert 20 < window.size < 30
    for _ in range(10_000):
        window.succeeded()
    assert window.size == 64


def test_a_storm_leaves_one_in_flight_at_least() -> None:
    window = Window(2)
    for _ in range(50):
        window.throttled(1)
    assert window.size == 1


def test_jobs_may_add_jobs() -> None:
    got: list[Any] = []
    traffic = _traffic(Scripted({}))

    def first() -> Job:
        yield _ask("a")
        traffic.add(_collect(got, "b"))

    traffic.run([first()])
    assert got == ["private"]


def test_what_a_job_raises_ends_the_run_and_tells_the_others() -> None:
    told: list[str] = []

    class Defect(Exception):
        pass

    def waiting() -> Job:
        try:
            yield _ask("again")
        except GeneratorExit:
            told.append("closed")
            raise

    def failing() -> Job:
        yield _ask("a")
        raise Defect

    backend = Scripted({"again": [SLOW_DOWN]})
    with pytest.raises(Defect):
        Traffic(backend, rng=random.Random(1), base_s=5).run([waiting(), failing()])
    assert told == ["closed"]
