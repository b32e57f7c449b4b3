"""What a schema file has defined so far, table by table: what the statements change, and the catalog is made of."""

from __future__ import annotations

from dataclasses import dataclass, field

from masker.catalog.types import Check, ForeignKey, Index
from masker.masks.sql.grammar import Tree
from masker.names import ColumnName, TableName


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeDraft:
    """A type as it is written: *schema* is None where that is left to the search path, *modifier* what stands in
    parentheses, *numbers* what of it are numbers."""

    schema: str | None
    name: str
    modifier: str = ""
    numbers: tuple[int, ...] = ()
    is_array: bool = False
    offset: int = 0


@dataclass(slots=True, kw_only=True)
class ColumnDraft:
    """One column; *default* is the text of its default or of what it is generated from, *tree* what that means."""

    name: str
    type: TypeDraft
    is_required: bool = False
    default: str | None = None
    tree: Tree = None
    generated: str = ""
    identity: str = ""
    refuses_null: bool = False
    collation: str | None = None
    comment: str | None = None


@dataclass(slots=True, kw_only=True)
class TableDraft:
    """One table. *trees* are what its checks and indexes compute, by their names."""

    name: TableName
    kind: str = "r"
    persistence: str = "p"
    columns: dict[str, ColumnDraft] = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)
    checks: dict[str, Check] = field(default_factory=dict)
    uninherited: set[str] = field(default_factory=set)
    keys: dict[str, ForeignKey] = field(default_factory=dict)
    trees: dict[str, Tree] = field(default_factory=dict)
    parents: list[TableName] = field(default_factory=list)
    is_partition: bool = False
    partition_key: tuple[str, ...] = ()
    has_row_security: bool = False
    forces_row_security: bool = False
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionDraft:
    """A function: its text where that is SQL or PL/pgSQL."""

    name: str
    text: str | None
    returns_trigger: bool = False
    is_compiled: bool = False


@dataclass(slots=True, kw_only=True)
class ViewDraft:
    """A view; *is_kept*: a materialized one, which *is_populated* or not."""

    tree: Tree
    is_kept: bool = False
    is_populated: bool = True
    indexes: dict[str, Index] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class DefinedType:
    """A type of the file: ``e``num, ``d``omain, ``c``omposite, ``r``ange, or ``b``ase. *over* is what a domain or range
    is made of."""

    kind: str
    labels: list[str] = field(default_factory=list)
    over: TypeDraft | None = None
    is_required: bool = False
    collation: str | None = None
    checks: list[Tree] = field(default_factory=list)
    attributes: list[ColumnDraft] = field(default_factory=list)
    has_binary_io: bool = True


@dataclass(slots=True)
class Draft:
    """All of a database. *indexed* is the table, or the materialized view, of each index, *parts* the
    partitions of each table."""

    tables: dict[TableName, TableDraft] = field(default_factory=dict)
    types: dict[TableName, DefinedType] = field(default_factory=dict)
    sequences: dict[TableName, tuple[ColumnName | None, bool]] = field(default_factory=dict)
    extensions: dict[str, str] = field(default_factory=dict)
    functions: list[FunctionDraft] = field(default_factory=list)
    views: dict[TableName, ViewDraft] = field(default_factory=dict)
    loose_collations: set[str] = field(default_factory=set)
    event_triggers: list[str] = field(default_factory=list)
    publications: list[str] = field(default_factory=list)
    publications_of_all_tables: list[str] = field(default_factory=list)
    user_mappings: int = 0
    schemas: set[str] = field(default_factory=lambda: {"public"})
    indexed: dict[TableName, TableName] = field(default_factory=dict)
    parts: dict[TableName, list[TableName]] = field(default_factory=dict)

    def partitions(self, name: TableName) -> list[TableDraft]:
        """The direct partitions of the table *name*."""
        return [self.tables[part] for part in self.parts.get(name, ())]

    def holder(self, index: TableName) -> TableDraft | ViewDraft | None:
        """The table or materialized view that has the *index*."""
        owner = self.indexed.get(index)
        return None if owner is None else self.tables.get(owner) or self.views.get(owner)
