"""Problems and notes as machines show them beside the lines of a pull request: GitHub's workflow commands, and SARIF
2.1.0."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import Any, Literal

from masker import __version__
from masker.errors import Position, Problem
from masker.notes import Note

Format = Literal["text", "github", "sarif"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

#: The rules of SARIF: what kind of thing is told.
_RULES = {
    "undecided": "A column that can hold something personal is decided by no rule.",
    "problem": "A rule is wrong, or does not fit the schema.",
    "note": "A rule does nothing here, or should be known to whoever reads the rules.",
}


def annotated(form: Format, problems: Sequence[Problem], notes: Sequence[Note]) -> str:
    """*problems* and *notes* in that *form*, empty for text, which is told otherwise."""
    if form == "github":
        return "\n".join(_github(problems, notes))
    return json.dumps(_sarif(problems, notes), ensure_ascii=False, indent=2) if form == "sarif" else ""


def _github(problems: Iterable[Problem], notes: Iterable[Note]) -> Iterator[str]:
    """One command a problem; what has no place is told of the run as a whole."""
    for problem in problems:
        place = problem.position
        where = f"file={_property(place.file)},line={place.line},col={place.column}," if place is not None else ""
        text = "\n".join([f"{problem.subject}: {problem.found}", *([problem.hint] if problem.hint else [])])
        yield f"::error {where}title={_property(f'masker: {problem.subject}')}::{_message(text)}"
    for note in notes:
        yield f"::notice title={_property(f'masker: {note.subject}')}::{_message(f'{note.subject}: {note.text}')}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def _sarif(problems: Iterable[Problem], notes: Iterable[Note]) -> dict[str, Any]:
    results = [_result(_text(problem), problem.position, rule=_kind(problem), level="error") for problem in problems]
    results += [_result(f"{note.subject}: {note.text}", None, rule="note", level="note") for note in notes]
    rules = [
        {"id": name, "shortDescription": {"text": text}, "helpUri": "https://rails-masker.readthedocs.io/"}
        for name, text in _RULES.items()
    ]
    driver = {"name": "masker", "version": __version__, "rules": rules}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _kind(problem: Problem) -> str:
    return "undecided" if "decided by no rule" in problem.found else "problem"


def _text(problem: Problem) -> str:
    return "\n".join([f"{problem.subject}: {problem.found}", *([problem.hint] if problem.hint else [])])


def _result(text: str, place: Position | None, *, rule: str, level: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": rule,
        "ruleIndex": list(_RULES).index(rule),
        "level": level,
        "message": {"text": text},
    }
    if place is not None:
        region = {"startLine": place.line, "startColumn": place.column}
        artifact = {"uri": PurePath(place.file).as_posix()}
        found["locations"] = [{"physicalLocation": {"artifactLocation": artifact, "region": region}}]
    return found
