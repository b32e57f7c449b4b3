"""The log of a process: every line by itself, with the run and a level, whatever stands in it; the last one is
at=done."""

from __future__ import annotations

import io
import itertools
import json

import pytest

from masker.cli.log import Log
from masker.errors import Interrupted, MaskerError, Position, Problem, Refused, RuleErrors, TargetError, UsageError


def _lines(log_format: str, error: MaskerError) -> list[str]:
    stream = io.StringIO()
    ticks = itertools.count(0.0, 1.5)
    log = Log(log_format, run="k3v9x0ab", stream=stream, clock=lambda: next(ticks))
    log.failed(error)
    log.done(error.exit_code)
    return stream.getvalue().splitlines()


def test_each_problem_of_a_failure_is_a_line_of_its_own() -> None:
    error = RuleErrors(
        [
            Problem("users.email", "undecided", "decide it"),
            Problem("users.x", "there is no such column", position=Position("a.yml", 3, 5)),
        ]
    )
    first, second, last = map(json.loads, _lines("json", error))
    shared = {"at": "error", "level": "error", "run": "k3v9x0ab", "exit": 3, "code": "rules"}
    assert first == {**shared, "subject": "users.x", "text": "there is no such column", "place": "a.yml:3:5"}
    assert second == {**shared, "subject": "users.email", "text": "undecided", "hint": "decide it"}
    assert last == {
        "at": "done",
        "level": "error",
        "run": "k3v9x0ab",
        "status": "failed",
        "exit": 3,
        "measure#masker.total": "1500ms",
    }


def test_logfmt_quotes_what_would_break_a_line() -> None:
    error = TargetError('target: a "quoted" name = two\nlines\x1b[31m \\ é', hint="")
    error.aftermath = "preview is as it was"
    assert _lines("logfmt", error) == [
        (
            r'at=error level=error run=k3v9x0ab exit=6 code=target subject=target text="a \"quoted\" name ='
            r' two\nlines\u001b[31m \\ é" hint=""'
        ),
        'at=aftermath level=error run=k3v9x0ab text="preview is as it was"',
        "at=done level=error run=k3v9x0ab status=failed exit=6 measure#masker.total=1500ms",
    ]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Refused("target preview: no"), "refused"),
        (Interrupted("interrupted by SIGTERM"), "interrupted"),
        (UsageError("--source is missing"), "failed"),
    ],
)
def test_the_last_line_says_how_it_ended(error: MaskerError, status: str) -> None:
    assert json.loads(_lines("json", error)[-1])["status"] == status


def test_a_message_without_a_subject_has_its_code_for_one() -> None:
    assert json.loads(_lines("json", Interrupted("interrupted by SIGTERM"))[0])["subject"] == "interrupted"
    assert json.loads(_lines("json", UsageError("--source is missing"))[0])["subject"] == "--source"
