"""An expression that the judge let through, as values: its text, its tree, and the places in the text where something
else will stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from masker.masks.sql.grammar import Tree


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an expression and what to do about it; *line* and *column* count from 1 within it, 0 where it
    has no place."""

    text: str
    hint: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.text
        return f"{self.text} ({f'line {self.line}, ' if self.line > 1 else ''}column {self.column} of the expression)"


class ExpressionError(Exception):
    """An expression that may not be used, with all its *faults*."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(str(fault) for fault in self.faults))


@dataclass(frozen=True, slots=True)
class Named:
    """A column; *is_original* where it was asked for as the source has it."""

    column: str
    is_original: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """A word for the current time, of type *type* (``timestamptz``, ``date`` …) and *precision*."""

    type: str
    precision: int | None


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator of an extension and its schema."""

    schema: str
    name: str


@dataclass(frozen=True, slots=True)
class Hole:
    """Bytes ``[start, end)`` of the text, the part of the tree they mean (that has an operator's schema already), and
    what is to stand there."""

    start: int
    end: int
    node: Tree
    what: Named | Moment | Operator


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """*text* as it was written, comments blanked; *kind* is the type of its value as far as it can be told."""

    text: str
    tree: Tree
    kind: str
    holes: tuple[Hole, ...]

    @property
    def names(self) -> tuple[Named, ...]:
        """Each column it reads, once, in the order of the text."""
        return tuple(dict.fromkeys(hole.what for hole in self.holes if isinstance(hole.what, Named)))

    @property
    def reads_time(self) -> bool:
        """Whether it asks for the current time."""
        return any(isinstance(hole.what, Moment) for hole in self.holes)
