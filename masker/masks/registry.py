"""The table of all masks, and the one way from a rule to the expression that goes into a statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sqlglot import exp

from masker.catalog.types import Column, ColumnType, Table
from masker.masks.arguments import MaskRule
from masker.masks.bindings import Bindings
from masker.masks.identity import Identity


class Uniqueness(Enum):
    """What a mask does to a column whose values must differ."""

    KEPT = "kept where the identity tells rows apart"
    LOST = "lost: two rows may get one value"
    UNKNOWN = "left to the database"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a mask may know besides the column and its own arguments.

    *is_unique* says that a unique index or constraint rests on the column. *known* holds values fixed for the run by
    :attr:`~masker.masks.arguments.Password.known_name`.
    """

    table: Table
    identity: Identity
    bindings: Bindings
    locale: str
    is_unique: bool
    known: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """One mask.

    *render* makes the masked value of one row, of any type that casts to the column's; NULL, empty strings, length and the final
    cast are :func:`masked`'s. *problem* says why it cannot serve a column, or None. *keeps_empty*: an empty text stays empty.
    *example* is a value it makes, for the docs.
    """

    name: str
    rule: type[MaskRule]
    summary: str
    serves: str  # types, in words, for the docs and for errors
    uniqueness: Uniqueness
    accepts: Callable[[ColumnType], bool]
    render: Callable[[Column, Any, Context], exp.Expression]
    problem: Callable[[Column, Any, Context], str | None] = lambda _column, _rule, _context: None
    keeps_null: bool = True
    keeps_empty: bool = True
    example: str = ""
