"""What the plan of masking in place has to know of the target besides its catalog: what hangs on the columns it
alters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from masker.catalog.derived import Derived
from masker.errors import Problem
from masker.names import ColumnName, TableName

ObjectId = tuple[str, int]  # (kind, oid)

#: What is done to rows where they stand, and sent by publications.
Change = Literal["UPDATE", "DELETE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependent:
    """An object that stands in the way of altering a column: dropped before and created anew after, by the statements
    here.

    *blocker* says why that cannot be done. *reads* are the relations its definition names; *materialized* is its name
    if its rows are stored.
    """

    id: ObjectId
    title: str
    drop: str = ""
    create: tuple[str, ...] = ()
    blocker: str | None = None
    reads: frozenset[TableName] = frozenset()
    materialized: TableName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFacts:
    """What altering a column's type would lose unless it is said again, and what it would break.

    *storage*, *compression* and *collation* are None where they are the type's own. *generated* names the generated
    columns that are computed from it. *again* are statements that make good what it has lost, *lost* says what nothing
    would.
    """

    storage: str | None = None
    compression: str | None = None
    collation: str | None = None
    dependents: tuple[ObjectId, ...] = ()
    generated: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    lost: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """*suspend* keeps the table's own triggers, rules and row security from acting on an UPDATE or DELETE, and a
    publication from forbidding it; *restore* undoes it. *identify* and *unidentify* are what of them is about
    publications, *forbidden* what these forbid all the same.

    *blocker* says why the table cannot be rewritten whatever the column.
    """

    suspend: tuple[str, ...] = ()
    restore: tuple[str, ...] = ()
    identify: tuple[str, ...] = ()
    unidentify: tuple[str, ...] = ()
    forbidden: Mapping[Change, Problem] = field(default_factory=dict)
    blocker: str | None = None


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class SchemaFunction:
    """A function of the schema that the server runs by itself, and whose it is."""

    title: str
    owner: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All of it. *above* are the objects that rest on a dependent; *stored_views* the materialized views among the
    dependents.

    *functions* are those of the schema that run when a table's rows are written. *resting_keys* are foreign keys, by
    table and name, whose triggers somebody has disabled.
    """

    columns: Mapping[ColumnName, ColumnFacts] = field(default_factory=dict)
    tables: Mapping[TableName, TableFacts] = field(default_factory=dict)
    dependents: Mapping[ObjectId, Dependent] = field(default_factory=dict)
    above: Mapping[ObjectId, tuple[ObjectId, ...]] = field(default_factory=dict)
    stored_views: Mapping[TableName, ObjectId] = field(default_factory=dict)
    derived: Derived = field(default_factory=Derived)
    functions: Mapping[TableName, tuple[SchemaFunction, ...]] = field(default_factory=dict)
    resting_keys: frozenset[tuple[TableName, str]] = frozenset()
    foreign_key_comments: Mapping[tuple[TableName, str], str] = field(default_factory=dict)

    def column(self, table: TableName, name: str) -> ColumnFacts:
        return self.columns.get(ColumnName(table, name), ColumnFacts())

    def table(self, name: TableName) -> TableFacts:
        return self.tables.get(name, TableFacts())

    def in_the_way(self, columns: Iterable[ColumnName]) -> tuple[Dependent, ...]:
        """Everything that rests on *columns*, at any depth, in an order in which it can be created."""
        return self._with_all_above(
            node for column in sorted(columns) for node in self.column(column.table, column.name).dependents
        )

    def renewal(self, view: TableName) -> tuple[Dependent, ...]:
        """A materialized view and everything that rests on it, in an order in which it can be created."""
        return self._with_all_above([self.stored_views[view]] if view in self.stored_views else [])

    def _with_all_above(self, nodes: Iterable[ObjectId]) -> tuple[Dependent, ...]:
        order: list[ObjectId] = []
        seen: set[ObjectId] = set()

        def visit(node: ObjectId) -> None:
            if node in seen:
                return
            seen.add(node)
            for other in self.above.get(node, ()):
                visit(other)
            order.append(node)

        for node in nodes:
            visit(node)
        return tuple(self.dependents[node] for node in reversed(order))
