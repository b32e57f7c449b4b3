"""What the planner knows of tables and columns, as numbers: no value of a row is among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from masker.catalog.numbers import ColumnNumbers
from masker.names import TableName


@dataclass(frozen=True, slots=True, kw_only=True)
class TableNumbers:
    """Of one table: *rows* by the planner's estimate (-1: never analyzed), *pages* of its main file and of each of its
    *indexes*.

    *changed* rows were written since its statistics were made, None where the server does not know.
    """

    rows: float
    pages: int
    indexes: Mapping[str, int] = field(default_factory=dict)
    columns: Mapping[str, ColumnNumbers] = field(default_factory=dict)
    changed: int | None = None


#: One side at one time.
Numbers = Mapping[TableName, TableNumbers]
