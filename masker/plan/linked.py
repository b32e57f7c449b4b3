"""Columns that foreign keys compare, whose masks must therefore be one function, whatever index or length each of them has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from masker.catalog.types import Catalog, Column, Table
from masker.names import ColumnName, TableName


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """What a column has in common with those it is compared with, at any distance.

    *shape* is the column with the length of the shortest of them, *shortest* which that is. *is_unique* says that a unique index or
    constraint rests on one of them.
    """

    shape: Column
    shortest: ColumnName
    is_unique: bool


def linked(table: Table, column: Column, catalog: Catalog) -> Linked:
    """The columns that foreign keys hold together with *column*, partitions and inheriting tables included; alone it is itself."""
    own = table.column_name(column.name)
    found = {own: (table, column)}
    waiting = [own]
    while waiting:
        for name in _beside(waiting.pop(), catalog):
            other = catalog.tables.get(name.table)
            if name not in found and other is not None and (its := other.column(name.name)) is not None:
                found[name] = (other, its)
                waiting.append(name)
    limits = {name: its.type.length for name, (_, its) in found.items() if its.type.length is not None}
    shortest = min(sorted(limits), key=lambda name: (limits[name], name != own), default=own)
    shape = column if shortest == own else replace(column, type=replace(column.type, length=limits[shortest]))
    return Linked(shape=shape, shortest=shortest, is_unique=any(is_unique(of, its.name) for of, its in found.values()))


def is_unique(table: Table, column: str) -> bool:
    """Whether a unique index or constraint rests on *column*, expressions and partial ones included."""
    return any(index.is_unique and (column in index.columns or column in index.expression_columns) for index in table.indexes)


def _beside(name: ColumnName, catalog: Catalog) -> Iterator[ColumnName]:
    """The columns that foreign keys of its table, or to it, pair with *name*, and where there are some, the same column of its tree."""
    tree = (name.table, *catalog.ancestors(name.table), *_below(name.table, catalog)) if name.table in catalog.tables else ()
    pairs = [
        ColumnName(table, column)
        for member in tree if member in catalog.tables
        for table, column in (
            *((k.references, there) for k in catalog.tables[member].foreign_keys for here, there in zip(k.columns, k.referenced_columns, strict=True) if here == name.name),
            *((k.table, there) for k in catalog.references_to.get(member, ()) for there, here in zip(k.columns, k.referenced_columns, strict=True) if here == name.name),
        )
    ]  # fmt: skip
    if pairs:
        yield from pairs
        yield from (ColumnName(member, name.name) for member in tree)


def _below(name: TableName, catalog: Catalog) -> Iterator[TableName]:
    for child in catalog.children.get(name, ()):
        yield child
        yield from _below(child, catalog)
