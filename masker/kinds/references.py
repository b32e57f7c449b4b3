"""The witness of keys: columns that refer to rows, by a foreign key or as Rails calls them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from masker.catalog.types import Column, Table, TypeClass
from masker.kinds.kind import Kind
from masker.kinds.saying import Saying

_WITNESS = "keys"
_KEYS = frozenset({TypeClass.INTEGER, TypeClass.UUID})


def keys_of(tables: Iterable[Table]) -> Mapping[str, TypeClass | None]:
    """Of what class the key of each of *tables* is, by the table's name; None where it is of several columns."""
    found: dict[str, TypeClass | None] = {}
    for table in tables:
        key = table.column(table.primary_key[0]) if table.primary_key and len(table.primary_key) == 1 else None
        found[table.name.name] = key.type.kind if key is not None else None
    return found


def said_by_references(column: Column, table: Table, tables: Mapping[str, TypeClass | None]) -> Iterator[Saying]:
    """That *column* refers to rows of another table, one of *tables*, which are :func:`keys_of`, by its name. A text
    refers to no number."""
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


def _table(name: str, tables: Mapping[str, TypeClass | None]) -> str | None:
    stem = name.removesuffix("_id")
    forms = (f"{stem}s", f"{stem.removesuffix('y')}ies", f"{stem}es", stem)
    return next((form for form in forms if form in tables and tables[form] not in _KEYS), None)
