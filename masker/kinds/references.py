"""The witness of keys: columns that refer to rows, by a foreign key or as Rails calls them."""

from __future__ import annotations

from collections.abc import Iterator

from masker.catalog.types import Column, Table, TypeClass
from masker.kinds.kind import Kind
from masker.kinds.saying import Saying

_WITNESS = "keys"
_KEYS = frozenset({TypeClass.INTEGER, TypeClass.UUID})


def said_by_references(column: Column, table: Table) -> Iterator[Saying]:
    """That *column* refers to rows of another table."""
    for key in table.foreign_keys:
        if column.name in key.columns:
            yield Saying(_WITNESS, Kind.REFERENCE, 0.97, f"it refers to {key.references}")
            return
    if (column.name.endswith("_id") and column.type.kind in _KEYS) or (
        column.type.kind is TypeClass.ARRAY and column.name.endswith("_ids")
    ):
        yield Saying(_WITNESS, Kind.REFERENCE, 0.9, "it refers to rows, by its name")
