"""Which tables a delta writes how, and in which order: those that are referenced before those that reference them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from masker.catalog.types import Catalog, ForeignKey, Index, Table
from masker.delta.decide import must_be_whole
from masker.delta.tables import Reference, TableDelta
from masker.names import TableName
from masker.tables.plan import TablePlan
from masker.tables.reading import copied_columns

#: What a foreign key does when a row it references goes, where that is not nothing; and names, which may read like it.
_ACTS = re.compile(r" ON (?:DELETE|UPDATE) (?:CASCADE|RESTRICT|SET NULL|SET DEFAULT)")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


def deltas(
    tables: Sequence[TablePlan], catalog: Catalog, *, in_utf8: bool, again: Collection[TableName] = ()
) -> tuple[TableDelta, ...]:
    """What is asked and done of each of *tables*, those that are referenced before those that reference them; all rows
    are taken *again* of some."""
    order = _order(catalog)
    found = [
        TableDelta(
            plan=plan,
            number=number,
            how="empty" if plan.action == "empty" else "whole" if must_be_whole(plan) else "key",
            in_utf8=in_utf8,
            is_again=plan.table.name in again,
            references=(references := tuple(_references(plan.table.name, catalog))),
            ancestors=tuple(catalog.ancestors(plan.table.name)),
            is_moved=(any(_other_unique(plan.table)) and not any(reference.acts for reference in references))
            or not has_arbiter(plan.table)
            or _has_fixed_numbers(plan.table),
            kept=kept_columns(plan.table),
            order=order[plan.table.name],
        )
        for number, plan in enumerate(tables)
        if plan.action in {"copy", "mask", "empty"} and plan.table.extension is None
    ]
    return tuple(sorted(found, key=lambda one: (one.order, one.name)))


def has_arbiter(table: Table) -> bool:
    """Whether a row that is there already can be told while it is inserted: a deferrable key tells it later."""
    return any(
        index.is_unique
        and index.is_valid
        and not index.is_partial
        and not index.is_deferrable
        and set(index.columns) == set(table.row_key)
        for index in table.indexes
    )


def kept_columns(table: Table) -> tuple[str, ...]:
    """The columns that tell whether a row may be updated where it is: while they stay what they are, no unique value
    but those of the key's index passes from one row to another. None where that cannot be told so."""
    if not has_arbiter(table) or _has_fixed_numbers(table):
        return ()
    columns: dict[str, None] = {}
    for index in _other_unique(table):
        if index.may_read:
            return ()
        columns.update(dict.fromkeys((*filter(None, index.columns), *index.expression_columns)))
    return tuple(columns) if columns.keys() <= {column.name for column in copied_columns(table)} else ()


def _has_fixed_numbers(table: Table) -> bool:
    """Whether it has an identity, no part of its key, that no UPDATE may change."""
    return any(column.identity == "a" and column.name not in table.row_key for column in copied_columns(table))


def _other_unique(table: Table) -> Iterator[Index]:
    return (
        index
        for index in table.indexes
        if (index.is_unique or index.constraint_type == "x") and index.columns != tuple(table.row_key)
    )


def _references(name: TableName, catalog: Catalog) -> Iterator[Reference]:
    for referenced in (name, *catalog.ancestors(name)):
        for key in catalog.references_to.get(referenced, ()):
            yield Reference(
                table=key.table,
                columns=tuple(zip(key.columns, key.referenced_columns, strict=True)),
                acts=_acts(key),
                scanned_pages=sum(
                    leaf.pages
                    for leaf in (catalog.tables[name] for name in catalog.leaves(key.table))
                    if not any(index.columns[:1] and index.columns[0] in key.columns for index in leaf.indexes)
                ),
            )


def _acts(key: ForeignKey) -> bool:
    """Whether rows that are deleted or changed take others along, or may not go at all."""
    return _ACTS.search(_QUOTED.sub('""', key.definition)) is not None


def _order(catalog: Catalog) -> dict[TableName, int]:
    """How many tables have to be written before each one; of those that reference each other in a circle, all the
    same."""
    depth: dict[TableName, int] = {}

    def of(name: TableName, above: frozenset[TableName]) -> int:
        if name in depth or name in above or name not in catalog.tables:
            return depth.get(name, 0)
        referenced = {
            leaf
            for source in (name, *catalog.ancestors(name))
            if source in catalog.tables
            for key in catalog.tables[source].foreign_keys
            for leaf in (key.references, *catalog.descendants(key.references))
            if leaf != name
        }
        depth[name] = 1 + max((of(other, above | {name}) for other in referenced), default=-1)
        return depth[name]

    for name in catalog.tables:
        of(name, frozenset())
    return depth
