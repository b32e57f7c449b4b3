"""An interruption is an error of masker's like any other, and the one that nobody may take for the failure of what was
just being done: who goes on after a failure does not go on after it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import masker
from masker.companion.doctor.verdict import Verdict, looked_at, red
from masker.errors import Interrupted, TargetError

_ROOT = Path(masker.__file__).parent
_WIDE = {"MaskerError", "Exception", "BaseException"}

#: Functions that go on all the same, for they are where it ends or run in threads and processes that no signal reaches,
#: or say what became of a run that has failed already, or put back what it changed.
_ALLOWED = {
    "buckets/client/boto.py _answer",
    "buckets/client/crt.py send",
    "cli/filling.py run",
    "cli/hooked.py _after",
    "cli/main.py _run",
    "copy/beside.py _what_became",
    "copy/place.py _what_became",
    "copy/prove.py perform",
    "copy/restore_old.py _standing",
    "copy/server/publishing.py take_stock",
    "crew/crew.py _became",
    "crew/crew.py leave_off",
    "crew/relay.py relay",
    "delta/run.py _what_became",
    "delta/server/vacuum.py vacuum",
    "hooks/run.py put_back",
    "in_place/run.py _what_became",
    "lanes/scheduler.py _work",
    "lanes/scheduler.py run",
    "postgres/hold.py _beat",
}


def test_nobody_goes_on_after_an_interruption() -> None:
    assert set(_who_goes_on()) - _ALLOWED == set(), "`except Interrupted: raise` before, or why not above"


def _who_goes_on() -> Iterator[str]:
    for path in _ROOT.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if not re.search(r"(?:except|suppress)\b.*(?:MaskerError|Exception)", text):
            continue
        body = ast.parse(text).body
        classes = [each for each in body if isinstance(each, ast.ClassDef)]
        for each in (*body, *(inner for one in classes for inner in one.body)):
            if isinstance(each, ast.FunctionDef) and _swallows(each):
                yield f"{path.relative_to(_ROOT)} {each.name}"


def _swallows(function: ast.FunctionDef) -> bool:
    """Whether *function* catches all errors of masker's somewhere, an interruption too, and raises none."""
    for node in ast.walk(function):
        if isinstance(node, ast.Try):
            before: set[str] = set()
            for handler in node.handlers:
                caught = _names(handler.type) if handler.type is not None else {"BaseException"}
                raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(handler))
                if caught & _WIDE and not raises and "Interrupted" not in before:
                    return True
                before |= caught
        if (
            isinstance(node, ast.Call)
            and "suppress" in _names(node.func)
            and any(_names(argument) & _WIDE for argument in node.args)
        ):
            return True
    return False


def _names(node: ast.AST) -> set[str]:
    return {
        inner.id if isinstance(inner, ast.Name) else inner.attr
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name | ast.Attribute)
    }


def test_what_cannot_be_looked_at_is_red_and_an_interruption_is_not() -> None:
    def look(error: Exception | None) -> Iterator[Verdict]:
        if error is not None:
            raise error
        yield red("it", "looked at")

    (verdict,) = looked_at("it", lambda: look(TargetError("it is away")))
    assert verdict.state == "red"
    with pytest.raises(Interrupted):
        looked_at("it", lambda: look(Interrupted("interrupted by SIGINT")))
