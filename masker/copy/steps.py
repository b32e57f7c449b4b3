"""The steps of a copy. A step says what it does, what it needs done before, and what it costs; it does nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from masker.catalog.types import Server, Table
from masker.errors import Position
from masker.names import ColumnName, TableName
from masker.notes import Note
from masker.postgres.entries import SchemaEntry
from masker.tables.tolerated import Carried

if TYPE_CHECKING:  # a sync needs no masks, and they bring an SQL parser
    from masker.copy.rehearsal import Attempt
    from masker.masks.sql.bindings import Binding
    from masker.tables.originals import Questions
    from masker.tables.witness import Witness

StepId = str
Action = Literal["copy", "mask", "empty", "skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Base of all steps. *needs* are the steps that must have ended; *weight* (bytes, roughly) orders those that are ready.

    *excludes* names what no two running steps may share, because their locks would queue up behind each other.
    """

    id: StepId
    needs: frozenset[StepId] = frozenset()
    weight: int = 0
    excludes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSchema(Step):
    """Types, functions, tables and whatever else must be there before rows; *attempts* are what will be made after rows, tried and taken back."""

    entries: tuple[SchemaEntry, ...]
    attempts: tuple[Attempt, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyPart(Step):
    """One table, or a ctid range of it, through one COPY on either side.

    *guard_oid* and the file node the snapshot shows are compared with the present before reading. *is_whole* tables are loaded frozen
    in the transaction that truncates them. *written_by* names the settings by which the values that arrive are written.
    """

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
    """The source, under its snapshot, says which rows must arrive and what they must hold. *rows* and *pages* are how large it may be."""

    table: TableName
    witness: Witness
    is_sample: bool
    rows: float
    pages: int
    guard_oid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeekOriginals(Step):
    """The source, under its snapshot, says of some rows what their masks leave of originals, and what text of theirs would show."""

    table: TableName
    asked: Questions
    guard_oid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveTable(Step):
    """The target says which rows have arrived and what they hold; *needs* has the step in which the source said its part."""

    table: TableName
    witness: Witness
    is_sample: bool
    rows: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyLargeObjects(Step):
    """All large objects, contents byte for byte."""

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
    """A check that was left out while rows were loaded: of *table* and those that inherit it from there, or of the domain of that name."""

    table: TableName
    name: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyze(Step):
    """Planner statistics of one table."""

    table: TableName
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishSchema(Step):
    """What must come after rows: triggers, rules, policies, late views, comments, publications."""

    entries: tuple[SchemaEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSequences(Step):
    """Sequences to the source's values, read when the last row has been."""

    sequences: tuple[TableName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshMaterializedView(Step):
    """A materialized view filled from the masked tables, then its indexes."""

    view: TableName
    statements: tuple[str, ...]


CopyStep = (
    CreateSchema
    | CopyPart
    | WitnessTable
    | SeekOriginals
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
)

#: Steps that read the production database.
ReadingStep = CopyPart | WitnessTable | SeekOriginals | CopyLargeObjects


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedLeaf:
    """A masked leaf of a document: the keys that lead to it, None for each element of a list; the other fields are as of a column.

    What the chance reads is named in :mod:`masker.masks.json`.
    """

    path: str
    steps: tuple[str | None, ...]
    mask: str
    by: tuple[str, ...]
    chance: str | None
    tells: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptColumn:
    """What a rule says of a column it keeps: where it stands, and the masked columns whose originals it *shows* with the author's leave."""

    position: Position
    shows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedColumn:
    """One masked column as the plan shows it and verification checks it.

    *by* is what the rule says, *identity* what that came to: key columns, or ``value``. *may_repeat* says that the mask draws from few values, so that now and then one equals its original. *keeps_null*: NULLs stay. *sink* ends every address an e-mail mask makes: what
    ends so in the source was masked before. *chance* is how likely the mask makes the very value of the original, as SQL over the row
    (:data:`~masker.masks.mask.Chance`), None where that is judged otherwise; *leaves* are those of a document. *accepts* are
    other columns whose originals it may show, *tells* is what its own give away (:func:`masker.tables.telling.tells`). *shows* are masked columns
    whose originals an expression asks for by ``original.NAME``, among those accepted; *reads_own* says that it is made from its own
    column's original.
    """

    name: str
    mask: str
    by: tuple[str, ...]
    identity: tuple[str, ...]
    scope: str | None
    position: Position
    sql: str
    is_constant: bool
    may_repeat: bool
    keeps_null: bool
    sink: str | None = None
    chance: str | None = None
    leaves: tuple[MaskedLeaf, ...] = ()
    accepts: tuple[str, ...] = ()
    tells: str = ""
    shows: tuple[str, ...] = ()
    reads_own: bool = False

    @property
    def title(self) -> str:
        """``last_name @person by user_id``, the mask's name in front where the column's differs."""
        words = [self.name] if self.mask == self.name else [self.name, self.mask]
        words += [f"@{self.scope}"] if self.scope else []
        words += [f"by {', '.join(self.by)}"] if self.by else []
        words += ["from its original"] if self.reads_own else []
        words += [f"shows originals: {', '.join(self.shows)}"] if self.shows else []
        return " ".join(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """What happens to one table and why. *kept* are columns a rule keeps, *keeping* what those rules say, *free* are those that need none.

    *predicate* limits the rows, *where* those that are masked: as SQL, and as the rule file has them (*…_written*), and the masked columns whose originals
    they go by (*…_reads*).

    *settings* names what a session that masks it in place has to hold.
    """

    table: Table
    action: Action
    reason: str = ""
    masked: tuple[MaskedColumn, ...] = ()
    kept: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    keeping: Mapping[str, KeptColumn] = field(default_factory=dict)
    parts: int = 1
    predicate: str | None = None
    where: str | None = None
    predicate_written: str | None = None
    carried: str | None = None
    where_written: str | None = None
    predicate_reads: tuple[str, ...] = ()
    where_reads: tuple[str, ...] = ()
    format: Literal["binary", "text"] = "binary"
    settings: frozenset[str] = field(default=frozenset(), repr=False)


def shown_originals(tables: Iterable[TablePlan]) -> tuple[tuple[ColumnName, tuple[str, ...]], ...]:
    """The columns of *tables* that show originals by their rules' will."""
    return tuple(
        (plan.table.column_name(name), names)
        for plan in tables
        for name, names in (*((m.name, tuple(dict.fromkeys((*m.shows, *m.accepts)))) for m in plan.masked), *((n, k.shows) for n, k in plan.keeping.items()))
        if names
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CopyPlan:
    """Everything a copy will do. *bindings* are the session settings its expressions read, without their values; *is_transcoded*: the
    servers' encodings differ; *tolerated* is what production's own rows break."""

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
        return sum(plan.table.bytes for plan in self.tables if plan.action in {"copy", "mask"})

    @property
    def rows(self) -> int:
        """Rows expected, by the source's estimate."""
        return sum(max(0, int(plan.table.rows)) for plan in self.tables if plan.action in {"copy", "mask"})

    @property
    def masked_columns(self) -> int:
        return sum(len(plan.masked) for plan in self.tables)

    @property
    def shows_originals(self) -> tuple[tuple[ColumnName, tuple[str, ...]], ...]:
        """The columns that show originals by their rules' will, each with the masked columns whose originals they are."""
        return shown_originals(self.tables)
