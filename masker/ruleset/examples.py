"""Examples of what masks are to make, as a DBA writes them down: a row, and what is expected of one of its columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from masker.errors import Position, Problem
from masker.ruleset.document import Document
from masker.ruleset.unclear import unclear_values

#: What such a file holds.
FORM = "expected table.column: {given: {column: value, …}, expect: value}, or a list of those"

_PATTERN = re.compile(r"/(.*)/([i]?)\Z", re.DOTALL)

#: What stands for the value that was given, and for any other one.
_ORIGINAL, _OTHER = "original", "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One example of *column*, as the file writes it: the row that is *given*, and what is *expected*: a text, None for
    NULL, ``/a pattern/``, ``original`` or ``changed``."""

    column: str
    given: Mapping[str, Any]
    expected: Any
    position: Position

    def is_met_by(self, made: str | None, original: str | None) -> bool:
        """Whether *made*, as text, is what is expected; *original* is what was given of the column.

        >>> example = Example(column="a.b", given={}, expected="/@example\\\\.com$/", position=Position("f", 1, 1))
        >>> example.is_met_by("u@example.com", "x"), example.is_met_by("x", "x")
        (True, False)
        """
        if self.expected is None or made is None:
            return self.expected is None and made is None
        expected = str(self.expected).lower() if isinstance(self.expected, bool) else str(self.expected)
        if expected in {_ORIGINAL, _OTHER}:
            return (made == original) == (expected == _ORIGINAL)
        if (pattern := _PATTERN.match(expected)) is not None:
            return re.search(pattern[1], made, re.IGNORECASE if pattern[2] else 0) is not None
        return made == expected


def read_examples(document: Document, problems: list[Problem]) -> list[Example]:
    """The examples of *document*; what is none is added to *problems*."""
    problems += document.problems
    # Elsewhere it is no example, which is told.
    empty = [path for path in document.empty if path[-1:] == ("expect",) or path[-2:-1] == ("given",)]
    problems += unclear_values(document, empty, "write `null` for NULL", become_text=True)
    if not isinstance(document.value, dict) or not document.value:
        if not document.problems:
            problems.append(Problem(document.file, "it holds no examples", FORM, Position(document.file, 1, 1)))
        return []
    return [
        example for column, value in document.value.items() for example in _of_column(column, value, document, problems)
    ]


def _of_column(column: str, value: Any, document: Document, problems: list[Problem]) -> Iterator[Example]:
    is_list = isinstance(value, list) and value != []
    for at, each in enumerate(value if is_list else [value]):
        path = (column, at) if is_list else (column,)
        place = document.key_position(path)
        if not isinstance(each, dict) or each.keys() != {"given", "expect"} or not isinstance(each["given"], dict):
            problems.append(Problem(column, "this is no example", FORM, place))
        elif (fault := _fault(each["expect"])) is not None:
            problems.append(Problem(column, fault, "write a pattern as Python's re does", place))
        else:
            yield Example(column=column, given=each["given"], expected=each["expect"], position=place)


def _fault(expected: Any) -> str | None:
    if isinstance(expected, str) and (pattern := _PATTERN.match(expected)) is not None:
        try:
            re.compile(pattern[1])
        except re.error as error:
            return f"expect: {pattern[1]} is no pattern ({error})"
    return None
