"""What a database holds, as values: read once (see :mod:`masker.catalog.read`), then only looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from masker.catalog.overload import Overload
from masker.names import ColumnName, TableName


class TypeClass(StrEnum):
    """What a mask has to know of a type: its family, domains looked through."""

    TEXT = "text"  # text, varchar, char, citext, name
    UUID = "uuid"
    INTEGER = "integer"  # int2, int4, int8
    NUMBER = "number"  # numeric, float4, float8, money
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"  # with and without time zone
    TIME = "time"
    INTERVAL = "interval"
    INET = "inet"
    CIDR = "cidr"
    JSON = "json"
    JSONB = "jsonb"
    BYTEA = "bytea"
    ENUM = "enum"
    ARRAY = "array"
    COMPOSITE = "composite"
    RANGE = "range"
    BITS = "bits"
    OTHER = "other"  # hstore, xml, tsvector, geometry, ltree, macaddr …: anything not named above


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnType:
    """A column's type.

    *sql* is how it is written in a cast (``character varying(20)``, ``public.citext``, ``"app"."my domain"``),
    schema-qualified unless built in. *base* is the same with domains looked through; *name* the bare name of the base
    type (``varchar``, ``citext``). *length* is the limit in characters of varchar(n) and char(n), domains included.
    """

    oid: int
    sql: str
    base: str
    name: str
    kind: TypeClass
    length: int | None = None
    is_domain: bool = False
    is_citext: bool = False
    is_bpchar: bool = False
    element: ColumnType | None = None  # of arrays
    attributes: tuple[ColumnType, ...] = ()  # of composites; of ranges, the subtype
    attribute_names: tuple[str, ...] = ()  # of composites
    labels: tuple[str, ...] = ()  # of enums
    extension: str | None = None  # that owns the (base) type
    has_binary_io: bool = True
    domain_not_null: bool = False
    runs_functions: bool = False  # a domain in it is checked by functions that are not the server's own
    may_read: bool = False  # … by some that may read rows

    @property
    def unchecked(self) -> str:
        """What masks are cast to: the type itself, or what is below a domain that functions check.

        Where masks are computed no function of the schema may run beside their seeds; whoever stores the value checks
        it.
        """
        return self.base if self.is_domain and self.runs_functions else self.sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. *generated* is ``'s'`` stored, ``'v'`` virtual or ``''``; *identity* ``'a'`` always, ``'d'`` by
    default or ``''``; *comment* is the one on it.

    *is_nullable* says that a NULL may stand in it; *refuses_null*, that there is a NOT NULL nevertheless, which old
    rows need not keep (NOT VALID, since PostgreSQL 18). *collation* is its name as SQL, None where the type has none,
    and it *compares loosely* if texts of other bytes may be equal: the collation is nondeterministic. One that is
    generated *may read*: it calls functions that may read rows.
    """

    name: str
    number: int
    type: ColumnType
    is_nullable: bool
    default: str | None = None
    generated: str = ""
    identity: str = ""
    refuses_null: bool = False
    collation: str | None = None
    compares_loosely: bool = False
    may_read: bool = False
    comment: str | None = None

    @property
    def takes_null(self) -> bool:
        """Whether NULL may be written to it."""
        return self.is_nullable and not self.refuses_null and not self.type.domain_not_null


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index, and the constraint it carries where there is one.

    *columns* holds the key's plain columns, None for an expression; *expression_columns* every column its expressions
    and predicate read; it *may read*: they call functions that may read rows. *constraint_type* is ``p``, ``u``, ``x``
    or None.
    """

    name: TableName
    definition: str
    columns: tuple[str | None, ...]
    is_unique: bool
    is_valid: bool
    is_partial: bool
    bytes: int
    expression_columns: tuple[str, ...] = ()
    constraint: str | None = None
    constraint_type: str | None = None
    constraint_definition: str | None = None
    is_deferrable: bool = False
    is_initially_deferred: bool = False
    is_clustered: bool = False
    is_replica_identity: bool = False
    parent: TableName | None = None  # the partitioned index it is attached to
    is_partitioned: bool = False
    may_read: bool = False
    statistics: tuple[tuple[int, int], ...] = ()  # (column of the index, target) of ALTER INDEX … SET STATISTICS
    # of two that serve a query as well, the planner takes the one that was made last
    oid: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A foreign key of *table*; inherited copies on partitions are not listed."""

    name: str
    table: TableName
    columns: tuple[str, ...]
    references: TableName
    referenced_columns: tuple[str, ...]
    definition: str
    is_valid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check constraint. *columns* are those it reads; *runs_functions*: it calls some that are not the server's own;
    *may_read*: some that may read other rows. *definition* is as in ``ADD CONSTRAINT``; one that *is_local* is the
    table's own, whether it has it from a parent, too, or not."""

    name: str
    columns: tuple[str, ...]
    expression: str
    is_valid: bool
    runs_functions: bool = False
    may_read: bool = False
    definition: str = ""
    is_local: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainCheck:
    """A check of a domain, by functions that may read rows, that can be taken back and made again: no other type is
    made of the domain."""

    oid: int
    domain: TableName
    name: str
    definition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table, partition, partitioned table or foreign table.

    Of an *extension*'s table, *carried* is the condition of the rows that a dump carries, empty for all, None if it
    carries none; it *has own rows* if it holds such, or where none are carried, if it holds any. *kind* is
    ``pg_class.relkind``: ``r``, ``p`` or ``f``. *rows* is the planner's estimate (-1: never analyzed), *pages* the size
    of the main fork in blocks, *bytes* all forks and TOAST without indexes; *comment* is the one on it.
    """

    name: TableName
    oid: int
    kind: str
    persistence: str  # p permanent, u unlogged
    columns: tuple[Column, ...]
    rows: float = -1.0
    pages: int = 0
    bytes: int = 0
    indexes: tuple[Index, ...] = ()
    checks: tuple[Check, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    parents: tuple[TableName, ...] = ()  # partition or inheritance parents
    is_partition: bool = False
    partition_key: tuple[str, ...] = ()  # columns read by the partition key of a partitioned table
    has_row_security: bool = False
    forces_row_security: bool = False
    can_select: bool = True
    hides_rows: bool = False  # row security applies to the reading role
    relfilenode: int = 0
    extension: str | None = None
    carried: str | None = None
    has_own_rows: bool = False
    comment: str | None = None

    @property
    def has_storage(self) -> bool:
        """Whether the table itself holds rows: partitioned and foreign tables do not."""
        return self.kind == "r"

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The primary key's columns, empty if there is none."""
        for index in self.indexes:
            if index.constraint_type == "p":
                return tuple(c for c in index.columns if c is not None)
        return ()

    @property
    def row_key(self) -> tuple[str, ...]:
        """Columns that tell rows apart: the primary key, else the smallest unique index over NOT NULL columns, else
        nothing."""
        return self.primary_key or min(self.keys, key=lambda key: (len(key), key), default=())

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """All sets of columns that tell rows apart, by the primary key or a unique index."""
        required = {c.name for c in self.columns if not c.is_nullable}
        found = [
            tuple(c for c in index.columns if c is not None)
            for index in self.indexes
            if index.is_unique
            and index.is_valid
            and not index.is_partial
            and not index.is_deferrable
            and all(c is not None and c in required for c in index.columns)
        ]
        return tuple(dict.fromkeys([*([self.primary_key] if self.primary_key else []), *found]))

    def column(self, name: str) -> Column | None:
        """The column called *name*."""
        return next((c for c in self.columns if c.name == name), None)

    def column_name(self, name: str) -> ColumnName:
        """*name* as a column of this table."""
        return ColumnName(self.name, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """A sequence and, where it is owned or an identity's, its column. A standby cannot read unlogged ones."""

    name: TableName
    owner: ColumnName | None = None
    can_select: bool = True
    is_unlogged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """An installed extension and the schema of its objects. *needed_by* describes what depends on them: columns,
    defaults, indexes, views."""

    name: str
    version: str
    schema: str
    needed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterializedView:
    """A materialized view; *needs* are the materialized views it reads, at any depth, *foreign* the foreign tables."""

    name: TableName
    is_populated: bool
    needs: tuple[TableName, ...] = ()
    foreign: tuple[TableName, ...] = ()
    bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Who a server is. *version* is ``server_version_num``; *system_identifier* None where it may not be read.

    *time_zone* and *date_order* (``MDY`` …) are what a session of its own would have, by its database and role.
    *lock_slots* are the locks that all its transactions may hold at once, None where that is not known.
    """

    version: int
    version_text: str
    database: str
    database_oid: int
    encoding: str
    collate: str
    ctype: str
    system_identifier: int | None
    user: str
    is_superuser: bool
    in_recovery: bool
    can_create_database: bool
    owns_database: bool
    time_zone: str = "UTC"
    date_order: str = "MDY"
    lock_slots: int | None = None

    @property
    def major(self) -> int:
        return self.version // 10000


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """Tables, sequences, extensions and the rest of one database, extensions' own objects and system schemas left
    out."""

    server: Server
    tables: Mapping[TableName, Table]
    sequences: tuple[Sequence, ...] = ()
    extension_sequences: tuple[Sequence, ...] = ()  # of extensions that have them dumped
    extensions: tuple[Extension, ...] = ()
    materialized_views: tuple[MaterializedView, ...] = ()
    large_objects: int = 0
    unreadable_large_objects: int = 0
    event_triggers: tuple[str, ...] = ()
    hosts_event_triggers: tuple[str, ...] = ()
    publications: tuple[str, ...] = ()
    publications_of_all_tables: tuple[str, ...] = ()
    user_mappings: int = 0
    materialized_view_indexes: Mapping[TableName, tuple[Index, ...]] = field(default_factory=dict)
    overloads: tuple[Overload, ...] = ()
    reading_domain_checks: tuple[DomainCheck, ...] = ()

    @cached_property
    def children(self) -> Mapping[TableName, tuple[TableName, ...]]:
        """Direct partitions and inheritance children by parent."""
        found: dict[TableName, list[TableName]] = {}
        for table in self.tables.values():
            for parent in table.parents:
                found.setdefault(parent, []).append(table.name)
        return {parent: tuple(sorted(names)) for parent, names in found.items()}

    @cached_property
    def references_to(self) -> Mapping[TableName, tuple[ForeignKey, ...]]:
        """Foreign keys by the table they reference."""
        found: dict[TableName, list[ForeignKey]] = {}
        for table in self.tables.values():
            for key in table.foreign_keys:
                found.setdefault(key.references, []).append(key)
        return {name: tuple(keys) for name, keys in found.items()}

    @cached_property
    def index_owners(self) -> Mapping[TableName, TableName]:
        """The table of each index."""
        return {index.name: table.name for table in self.tables.values() for index in table.indexes}

    def ancestors(self, name: TableName) -> Iterator[TableName]:
        """Parents, then their parents, nearest first."""
        for parent in self.tables[name].parents:
            yield parent
            if parent in self.tables:
                yield from self.ancestors(parent)

    def descendants(self, name: TableName) -> Iterator[TableName]:
        """Partitions and inheriting tables, each followed by its own."""
        for child in self.children.get(name, ()):
            yield child
            yield from self.descendants(child)

    def partitioned_by(self, table: TableName, column: str) -> TableName | None:
        """The table that is partitioned by *column*, of *table*, those it is a partition of and its own partitions."""
        family = (table, *self.ancestors(table), *self.descendants(table))
        return next((n for n in family if n in self.tables and column in self.tables[n].partition_key), None)

    def leaves(self, name: TableName) -> Iterator[TableName]:
        """The tables that hold the rows of *name*: those of its partitions that are none themselves, else *name*
        alone."""
        if name in self.tables and self.tables[name].kind == "p":
            for child in self.children.get(name, ()):
                yield from self.leaves(child)
        else:
            yield name
