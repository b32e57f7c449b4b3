"""What a rule file says of a subset, as written, and what that means for one database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from masker.errors import Position
from masker.names import TableName


@dataclass(frozen=True, slots=True, kw_only=True)
class RootRule:
    """Rows that the subset begins with: a *share* (0 … 1) of the table *written*, those of the condition *where*, or of
    these a share."""

    written: str
    share: float | None
    where: str | None
    position: Position
    where_position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsetRules:
    """``subset:`` of a file. *places* are where each of its names stands, by key and name."""

    position: Position
    roots: tuple[RootRule, ...]
    children: tuple[str, ...]
    without: tuple[str, ...]
    along: tuple[str, ...]
    whole: tuple[str, ...]
    others: Literal["whole", "none"]
    places: Mapping[tuple[str, str], Position] = field(default_factory=dict, compare=False)

    def said(self) -> list[object]:
        """All of it as plain values, in an order that does not matter."""
        return [
            sorted([root.written, root.share, root.where] for root in self.roots),
            *(sorted(names) for names in (self.children, self.without, self.along, self.whole)),
            self.others,
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """References by the table that has them, and by the column, None for all of the table's."""

    named: frozenset[tuple[TableName, str | None]] = frozenset()

    def include(self, tables: Iterable[TableName], columns: Iterable[str]) -> bool:
        """Whether a reference by *columns* of one of *tables*, a table and its parents, is among them."""
        wanted = (None, *columns)
        return any((table, column) in self.named for table in tables for column in wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """Rows of *table* that the subset begins with."""

    table: TableName
    share: float | None
    where: str | None
    position: Position
    where_position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Subset:
    """What a subset consists of. *children* are references that are followed from rows it begins with, None for all;
    *without* those that are not. *along* are followed from whatever row comes. *whole* tables come with all rows."""

    rules: SubsetRules
    roots: tuple[Root, ...]
    children: References | None
    without: References
    along: References
    whole: frozenset[TableName]

    @property
    def keeps_others(self) -> bool:
        """Whether tables that no reference leads to come with all rows."""
        return self.rules.others == "whole"
