"""Lists that rules name by file: what a text with an entry a line, or a CSV with a header, holds."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

#: Under this name the validation of a rule file has what reads a file beside it: ``(path) -> text``, ValueError where
#: it cannot.
BESIDE = "beside"

#: A line with its end, which a cell in quotes may hold; other signs that Unicode calls line ends are part of a cell.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")

Beside = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Rows:
    """The *rows* of a file; *header* is empty for a text."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def _lines(content: str) -> list[str]:
    return _LINE.findall(content)


def read_list(file: str, context: Mapping[str, Any] | None) -> Rows:
    """What *file* holds. Raises ValueError."""
    if context is None or BESIDE not in context:
        raise ValueError(f"file: {file} stands beside no rule file")
    content = context[BESIDE](file)
    if not file.lower().endswith((".csv", ".tsv")):
        return Rows((), tuple((line.strip(),) for line in _lines(content) if line.strip()))
    try:
        rows = [
            tuple(row)
            for row in csv.reader(
                _lines(content), delimiter="\t" if file.lower().endswith(".tsv") else ",", strict=True
            )
        ]
    except csv.Error as error:
        raise ValueError(f"file: {file} is no CSV: {error}") from None
    if not rows or not all(rows[0]):
        raise ValueError(f"file: {file} has no header")
    return Rows(rows[0], tuple(row for row in rows[1:] if row))
