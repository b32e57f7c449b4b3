"""The witness of keys: columns that refer to rows, by a foreign key or as Rails calls them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from masker.catalog.types import Column, Table, TypeClass
from masker.kinds.kind import Kind
from masker.kinds.saying import Saying

_WITNESS = "keys"
_KEYS = frozenset({TypeClass.INTEGER, TypeClass.UUID})


def said_by_references(column: Column, table: Table, tables: Collection[str]) -> Iterator[Saying]:
    """That *column* refers to rows of another table, one of *tables* by its name."""
    for key in table.foreign_keys:
        if column.name in key.columns:
            yield Saying(_WITNESS, Kind.REFERENCE, 0.97, f"it refers to {key.references}")
            return
    if (column.name.endswith("_id") and column.type.kind in _KEYS) or (
        column.type.kind is TypeClass.ARRAY and column.name.endswith("_ids")
    ):
        yield Saying(_WITNESS, Kind.REFERENCE, 0.9, "it refers to rows, by its name")
    elif column.name.endswith("_id") and column.type.kind is TypeClass.TEXT and (of := _table(column.name, tables)):
        yield Saying(_WITNESS, Kind.REFERENCE, 0.78, f"there is a table {of}")


def _table(name: str, tables: Collection[str]) -> str | None:
    stem = name.removesuffix("_id")
    forms = (f"{stem}s", f"{stem.removesuffix('y')}ies", f"{stem}es", stem)
    return next((form for form in forms if form in tables), None)
