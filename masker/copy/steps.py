"""The steps of a copy. A step says what it does, what it needs done before, and what it costs; it does nothing
itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from masker.catalog.types import Server
from masker.lanes.step import Analyze, CountJoin, RefreshMaterializedView, SeekOriginals, Step
from masker.names import ColumnName, TableName
from masker.notes import Note
from masker.postgres.entries import SchemaEntry
from masker.tables.plan import TablePlan, shown_originals
from masker.tables.tolerated import Carried

if TYPE_CHECKING:  # a sync needs no masks, and they bring an SQL parser
    from masker.masks.sql.bindings import Binding
    from masker.tables.witness import Witness


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Something that is made in one transaction. *needs* are the attempts it cannot be made without, *locks* about how
    many it takes.

    *is_filling*: a query of the schema runs, on no rows, so that not every error of it means that it would fail with
    some. *is_alone*: nothing is known to be needed; without that it can be made only where all before it were.
    *is_plain*: nothing but columns and what the server brings is in it, which fails for no reason that a row does not
    give.
    """

    id: str
    title: str
    statements: tuple[str, ...]
    needs: frozenset[str] = frozenset()
    locks: int = 2
    is_filling: bool = False
    is_alone: bool = True
    is_plain: bool = False

    @property
    def script(self) -> str:
        """All of it, to be sent at once."""
        return "\n;\n".join(self.statements)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSchema(Step):
    """Types, functions, tables and whatever else must be there before rows; *attempts* are what will be made after
    rows, tried and taken back."""

    entries: tuple[SchemaEntry, ...]
    attempts: tuple[Attempt, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyPart(Step):
    """One table, or a ctid range of it, through one COPY on either side.

    *guard_oid* and the file node the snapshot shows are compared with the present before reading. *is_whole* tables are
    loaded frozen in the transaction that truncates them. *written_by* names the settings by which the values that
    arrive are written.
    """

    reads_source: ClassVar[bool] = True

    table: TableName
    part: int
    parts: int
    source_sql: str
    target_sql: str
    guard_oid: int
    is_whole: bool
    rows: int
    written_by: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        return f"{self.table}" if self.parts == 1 else f"{self.table} {self.part}/{self.parts}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessTable(Step):
    """The source, under its snapshot, says which rows must arrive and what they must hold. *rows* and *pages* are how
    large it may be."""

    reads_source: ClassVar[bool] = True

    table: TableName
    witness: Witness
    is_sample: bool
    rows: float
    pages: int
    guard_oid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveTable(Step):
    """The target says which rows have arrived and what they hold; *needs* has the step in which the source said its
    part."""

    table: TableName
    witness: Witness
    is_sample: bool
    rows: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyLargeObjects(Step):
    """All large objects, contents byte for byte."""

    reads_source: ClassVar[bool] = True

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DropLedger(Step):
    """The end of the list of parts that were loaded: none can be begun anew any more."""

    sql: str = "DROP TABLE masker.part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vacuum(Step):
    """Freeze a table loaded in parts and set its visibility map."""

    table: TableName
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildIndex(Step):
    """One index, with the constraint it carries."""

    table: TableName
    name: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddForeignKey(Step):
    """A foreign key not yet validated, or one that cannot be added in two steps."""

    table: TableName
    name: str
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateForeignKey(Step):
    """The check that every row of the foreign key has its parent."""

    table: TableName
    name: str
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCheck(Step):
    """A check that was left out while rows were loaded: of *table* and those that inherit it from there, or of the
    domain of that name."""

    table: TableName
    name: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishSchema(Step):
    """What must come after rows: triggers, rules, policies, late views, comments, publications."""

    entries: tuple[SchemaEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSequences(Step):
    """Sequences to the source's values, read when the last row has been; those that fill permuted keys to the end of
    the keys' range at least (*floors*)."""

    sequences: tuple[TableName, ...]
    floors: Mapping[TableName, int] = field(default_factory=dict)

    def raised(self, values: Mapping[TableName, tuple[int, bool]]) -> dict[TableName, tuple[int, bool]]:
        """Where each is set, by what was read on the source: ``last_value`` and ``is_called``."""
        return {
            name: max(value, (self.floors[name], True)) if name in self.floors else value
            for name, value in values.items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshPostponed(Step):
    """Materialized views that could not be filled before others, which they read by functions: again, as long as one
    more of them is filled."""


CopyStep = (
    CreateSchema
    | CopyPart
    | WitnessTable
    | SeekOriginals
    | CountJoin
    | ProveTable
    | CopyLargeObjects
    | DropLedger
    | Vacuum
    | BuildIndex
    | AddForeignKey
    | ValidateForeignKey
    | AddCheck
    | Analyze
    | FinishSchema
    | SetSequences
    | RefreshMaterializedView
    | RefreshPostponed
)


@dataclass(frozen=True, kw_only=True)
class CopyPlan:
    """Everything a copy will do. *bindings* are the session settings its expressions read, without their values;
    *is_transcoded*: the servers' encodings differ; *tolerated* is what production's own rows break."""

    source: Server
    target_version: int
    target_database: str
    publish: str
    tables: tuple[TablePlan, ...]
    steps: tuple[CopyStep, ...]
    bindings: Mapping[str, Binding] = field(default_factory=dict, repr=False)
    notes: tuple[Note, ...] = ()
    extensions: tuple[str, ...] = ()
    is_transcoded: bool = False
    tolerated: tuple[Carried, ...] = ()

    @property
    def bytes(self) -> int:
        """Table bytes on the source, indexes left out."""
        return sum(plan.bytes for plan in self.tables if plan.action in {"copy", "mask"})

    @property
    def rows(self) -> int:
        """Rows expected, by the source's estimate."""
        return sum(max(0, int(plan.rows)) for plan in self.tables if plan.action in {"copy", "mask"})

    @property
    def masked_columns(self) -> int:
        return sum(len(plan.masked) for plan in self.tables)

    @property
    def shows_originals(self) -> tuple[tuple[ColumnName, tuple[str, ...]], ...]:
        """The columns that show originals by their rules' will, each with the masked columns whose originals they
        are."""
        return shown_originals(self.tables)
