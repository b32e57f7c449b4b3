"""Who decides about several databases: what each is told when, and what becomes of the others when one fails. The hands
are of a few lines here, since no real ones can be made to fall silent at a given word."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from masker.crew.crew import Crew
from masker.crew.job import Job, Message
from masker.crew.relay import Patience
from masker.errors import CatalogMismatch, MaskerError, Refused, TargetError
from masker.settings import Settings

FILLED = {
    "run": "r",
    "database": "d",
    "of": "copy",
    "document": {},
    "record": {},
    "totals": {},
    "printed": "",
    "is_verified": True,
}

#: What a database that goes well says to each word.
WELL: dict[str, list[dict[str, Any]]] = {
    "begin": [{"kind": "looked"}],
    "fill": [{"kind": "planned", "numbers": None}, {"kind": "proved"}],
    "ready": [{"kind": "ready"}],
    "publish": [{"kind": "done", **FILLED}, {"kind": "ended"}],
    "stop": [{"kind": "failed", "aftermath": "it is as it was"}, {"kind": "ended"}],
    "here": [{"kind": "alive"}],
}


@dataclass
class Scripted:
    """Hands that say to each word what *answers* have for it; *words* is what was said to them."""

    answers: dict[str, dict[str, list[dict[str, Any]]]]
    words: list[tuple[str, str]] = field(default_factory=list)
    coming: deque[Message] = field(default_factory=deque)
    is_there: bool = True

    def begin(self, job: Job) -> None:
        self._comes(job.name, [{"kind": "here"}] if self.is_there else [])

    def say(self, name: str, attempt: str, word: Message) -> None:
        del attempt
        if word["word"] != "here":
            self.words.append((name, word["word"]))
        self._comes(name, self.answers[name].get(word["word"], WELL[word["word"]]))

    def next_message(self, timeout_s: float) -> Message | None:
        time.sleep(min(timeout_s, 0.01))
        return self.coming.popleft() if self.coming else None

    def why_lost(self, name: str) -> str | None:
        del name
        return None

    def _comes(self, name: str, messages: Sequence[dict[str, Any]]) -> None:
        self.coming.extend({"name": name, "attempt": "1", **each} for each in messages)


Make = Callable[..., tuple[Crew, Scripted]]


@pytest.fixture
def make() -> Make:
    def made(
        *, at_once: int = 3, rules: Sequence[str] = "abc", key: bytes | None = None, **answers: dict[str, Any]
    ) -> tuple[Crew, Scripted]:
        names = ["", "b", "c"]
        hands = Scripted({name: answers.get(name or "first", {}) for name in names})
        jobs = [
            Job(name=name, run="r", settings=Settings(source="", target="", rules=(Path(file),), key=key))
            for name, file in zip(names, rules, strict=True)
        ]
        patience = Patience(beat_s=0.05, silence_s=0.3, grace_s=0.3)
        return Crew(jobs, hands, lambda _name, _message: None, at_once=at_once, patience=patience), hands

    return made


def _failed(kind: str = "Refused", code: int = 9) -> dict[str, Any]:
    return {
        "kind": "failed",
        "error": kind,
        "exit_code": code,
        "code": "c",
        "message": "no",
        "hint": "do",
        "aftermath": "left",
        "problems": [],
    }


def _run(crew: Crew) -> None:
    crew.look()
    crew.fill()


def test_all_are_proved_before_one_is_published_and_the_first_is_the_last(make: Make) -> None:
    crew, hands = make()
    crew.look()
    assert list(crew.fill()) == ["", "b", "c"]
    words = [word for _, word in hands.words]
    assert words == ["begin"] * 3 + ["fill"] * 3 + ["ready"] * 3 + ["publish"] * 3
    assert [name for name, word in hands.words if word == "publish"] == ["c", "b", ""]


def test_as_many_are_filled_at_once_as_may_be(make: Make) -> None:
    crew, hands = make(at_once=2, first={"fill": [{"kind": "planned", "numbers": None}], "here": []})
    crew.look()
    with pytest.raises(TargetError, match="the first database: its worker was not heard of for"):
        crew.fill()
    assert [name for name, word in hands.words if word == "fill"] == ["", "b", "c"], "b has made room for c"


def test_with_a_key_databases_by_the_same_rules_plan_one_after_the_other(make: Make) -> None:
    crew, hands = make(rules="aac", key=b"k" * 32, first={"fill": [], "here": []})
    crew.look()
    with pytest.raises(TargetError, match="not heard of"):
        crew.fill()
    assert [name for name, word in hands.words if word == "fill"] == ["", "c"]


@pytest.mark.timing
@pytest.mark.parametrize("word", ["begin", "fill", "ready"])
@pytest.mark.parametrize(
    ("answers", "raised", "said"),
    [
        ([_failed()], Refused, "b: no"),
        ([_failed("RuleErrors", 3)], MaskerError, "b: no"),
        ([_failed("SourceChanged", 4)], CatalogMismatch, "b: no"),
        ([{"kind": "ended"}], TargetError, "b: its process ended without a word"),
        ([{"kind": "here", "attempt": "2"}], TargetError, "b: its worker ended, and another one was given its work"),
        ([], TargetError, "b: its worker was not heard of for"),
    ],
)
def test_who_fails_or_is_lost_keeps_all_from_being_published(
    make: Make, word: str, answers: list[dict[str, Any]], raised: type[MaskerError], said: str
) -> None:
    crew, hands = make(b={word: answers, "here": [], "stop": []})
    with pytest.raises(raised, match=said) as caught:
        _run(crew)
    left = crew.leave_off()
    assert "publish" not in {told for _, told in hands.words}
    assert {name for name, told in hands.words if told == "stop"} >= {"", "c"}
    assert {"the first database: it is as it was", "c: it is as it was"} <= set(left)
    if answers and answers[0]["kind"] == "failed":
        assert caught.value.exit_code == answers[0]["exit_code"]
        assert "b: left" in left


def test_who_is_not_there_any_more_when_all_are_proved(make: Make) -> None:
    crew, hands = make(c={"fill": [{"kind": "planned", "numbers": None}, {"kind": "proved"}, {"kind": "ended"}]})
    crew.look()
    with pytest.raises(TargetError, match="c: its process ended without a word"):
        crew.fill()
    assert "publish" not in {told for _, told in hands.words}


def test_all_know_that_somebody_is_here_while_the_buckets_are_looked_at(make: Make) -> None:
    crew, hands = make()
    crew.look()
    with crew.waiting():
        time.sleep(0.5)
    assert sum(message["kind"] == "alive" for message in hands.coming) >= 3 * 3
    assert list(crew.fill()) == ["", "b", "c"]


def test_nobody_who_takes_a_database(make: Make) -> None:
    crew, hands = make()
    hands.is_there = False
    with pytest.raises(TargetError, match="no worker has taken it for"):
        crew.look()
    assert crew.leave_off() == []


def test_one_that_fails_while_it_is_published_leaves_the_rest_unpublished(make: Make) -> None:
    crew, hands = make(b={"publish": [_failed("TargetError", 6), {"kind": "ended"}], "stop": []})
    crew.look()
    with pytest.raises(TargetError, match="b: no") as raised:
        crew.fill()
    assert raised.value.aftermath == "d is the new preview"
    assert crew.leave_off() == ["the first database: it is as it was", "b: left"]
    assert [name for name, word in hands.words if word == "publish"] == ["c", "b"]
