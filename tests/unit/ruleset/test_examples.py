"""Examples of what masks are to make, as they are written down."""

from __future__ import annotations

import pytest

from masker.errors import Position, Problem
from masker.ruleset.document import read_document
from masker.ruleset.examples import Example, read_examples

_FILE = """\
users.email: {given: {id: 7, email: a@b.c}, expect: /@example\\.com$/}
users.note:
  - {given: {note: null}, expect: null}
  - {given: {note: x}, expect: changed}
"""


def test_examples_have_their_places() -> None:
    problems: list[Problem] = []
    found = read_examples(read_document(_FILE, "e.yml"), problems)
    assert problems == []
    assert [(e.column, e.position.line, e.expected) for e in found] == [
        ("users.email", 1, "/@example\\.com$/"),
        ("users.note", 3, None),
        ("users.note", 4, "changed"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{}", "it holds no examples"),
        ("- a", "it holds no examples"),
        ("a.b: 1", "this is no example"),
        ("a.b:", "this is no example"),
        ("a.b: []", "this is no example"),
        ("a.b:\n  -", "this is no example"),
        ("a.b: {given: , expect: 1}", "this is no example"),
        ("---", "it holds no examples"),
        ("null", "it holds no examples"),
        ("a.b: {given: {b: 1}}", "this is no example"),
        ("a.b: {given: 1, expect: 1}", "this is no example"),
        ("a.b: {given: {}, expect: 1, more: 2}", "this is no example"),
        ("a.b: {given: {}, expect: /(/}", "expect: ( is no pattern"),
    ],
)
def test_what_is_no_example_is_refused(text: str, found: str) -> None:
    problems: list[Problem] = []
    read_examples(read_document(text, "e.yml"), problems)
    assert [p.found.startswith(found) for p in problems] == [True]


@pytest.mark.parametrize(
    ("expected", "made", "is_met"),
    [
        ("/^A/i", "abc", True), ("/^A/", "abc", False), ("abc", "abc", True), (None, None, True), (None, "a", False),
        ("original", "given", True), ("changed", "given", False), ("changed", "other", True), (True, "true", True),
        (12, "12", True), ("original", None, False),
    ],
)  # fmt: skip
def test_what_meets_an_example(expected: object, made: str | None, is_met: bool) -> None:
    example = Example(column="a.b", given={"b": "given"}, expected=expected, position=Position("e", 1, 1))
    assert example.is_met_by(made, "given") is is_met
