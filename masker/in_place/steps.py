"""The steps of masking in place. A step says what it does, what it needs done before, and what it costs; it does
nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from masker.catalog.types import Server, Table
from masker.lanes.step import Analyze, CountJoin, SeekOriginals, Step, StepId
from masker.masks.sql.bindings import Binding
from masker.names import ColumnName, TableName, quote
from masker.notes import Note
from masker.tables.joins import Join
from masker.tables.plan import MaskedColumn, TablePlan, shown_originals

Strategy = Literal["rewrite", "batches", "empty", "delete", "keep", "skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InPlace:
    """What happens to one table in place, how, and why so."""

    plan: TablePlan
    strategy: Strategy
    reason: str = ""

    @property
    def table(self) -> Table:
        return self.plan.table


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessKept(Step):
    """A table that stays as it is says what it holds before any other is changed."""

    plan: TablePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveKept(Step):
    """It says so again when all are; *of* is the step that knows what it held."""

    plan: TablePlan
    of: StepId


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncate(Step):
    """Tables of which only the structure stays, emptied together, and what ANALYZE knew of them forgotten.

    *attempts* are made after *statements*, each whole or not at all: where no column can be altered, ANALYZE is shown a
    row that is nobody's.
    """

    tables: tuple[TableName, ...]
    statements: tuple[str, ...]
    attempts: tuple[tuple[str, ...], ...] = ()
    restore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRows(Step):
    """The rows of one table that no rule keeps, deleted with its triggers at rest."""

    plan: TablePlan
    suspend: tuple[str, ...]
    sql: str
    restore: tuple[str, ...]
    kept_sql: str

    @property
    def table(self) -> TableName:
        return self.plan.table.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite(Step):
    """Tables rewritten in one transaction, each by one ALTER TABLE.

    *drop* takes away what stands in the way, *create* makes it anew; *dependents* are their titles. *plans* are the
    tables that hold rows, whose counts and samples are compared. *copy_bytes* is what they and their indexes take a
    second time until it has ended.
    """

    tables: tuple[TableName, ...]
    plans: tuple[TablePlan, ...]
    drop: tuple[str, ...]
    alter: tuple[str, ...]
    create: tuple[str, ...]
    dependents: tuple[str, ...] = ()
    copy_bytes: int = 0

    @property
    def title(self) -> str:
        return ", ".join(str(name) for name in self.tables)


@dataclass(frozen=True, slots=True, kw_only=True)
class CutBatches(Step):
    """The list of a table's batches, of *rows* at most and as many for each of *lanes*, written down, and its triggers
    put to rest until the last is done."""

    plan: TablePlan
    key: tuple[str, ...]
    rows: int
    lanes: int
    suspend: tuple[str, ...]
    restore: tuple[str, ...]

    @property
    def table(self) -> TableName:
        return self.plan.table.name


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateBatches(Step):
    """One of several lanes that take a table's batches in turn until none is left. *sets* is the SET list, *where*
    limits the rows.

    After each *vacuum_share* of the table its dead rows are vacuumed, so that their room is used again.
    """

    plan: TablePlan
    lane: int
    key: tuple[str, ...]
    sets: str
    where: str | None
    vacuum_share: float | None = None

    @property
    def table(self) -> TableName:
        return self.plan.table.name


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishBatches(Step):
    """What collided is masked last, the triggers are as they were, the table is counted and looked through. *forget*
    removes what ANALYZE has kept of columns and would not renew."""

    plan: TablePlan
    key: tuple[str, ...]
    sets: str
    where: str | None
    forget: tuple[str, ...] = ()

    @property
    def table(self) -> TableName:
        return self.plan.table.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Compact(Step):
    """A new file for a table (or a catalog), so that nothing of its dead rows is left in the old one.

    *residue* says why there is none, and that originals stay in the old one; empty where there is.
    """

    subject: str
    sql: str
    residue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveStatistics(Step):
    """Whether the values that ANALYZE has kept of masked *columns*, by table, stand in the rows there are now."""

    columns: Mapping[TableName, tuple[str, ...]]

    @property
    def title(self) -> str:
        return str(next(iter(self.columns)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveJoin(Step):
    """The rows that have what they refer to counted again; *of* is the step that counted them before."""

    join: Join
    of: StepId

    @property
    def table(self) -> TableName:
        """The table that refers to another."""
        return self.join.child[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseSequences(Step):
    """Sequences that fill permuted keys set to the end of the keys' range at least."""

    floors: Mapping[TableName, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkLargeObjects(Step):
    """All large objects removed."""

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """How what ANALYZE knew of a table is forgotten; see :class:`Truncate`."""

    table: TableName
    statements: tuple[str, ...]
    attempts: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetEmpty(Step):
    """Of *tables*, those that turn out to have no rows lose the statistics of those they had: ANALYZE writes nothing of
    an empty table."""

    tables: tuple[Forgotten, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recompute(Step):
    """Stored generated columns that a function of the schema computes, from rows it may read elsewhere, computed
    anew."""

    table: TableName
    columns: tuple[str, ...]
    function: str
    suspend: tuple[str, ...]
    sql: str
    restore: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """How a materialized view is filled anew. *reason* says through what it may read any row, if it does.

    *drop* and *create* make it anew with all that rests on it, where what ANALYZE has kept of its rows would outlive
    them; *is_made_anew* says that it must be. *beside* are the materialized views that go with it.
    """

    view: TableName
    reason: str = ""
    is_made_anew: bool = False
    drop: tuple[str, ...] = ()
    create: tuple[str, ...] = ()
    beside: tuple[TableName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FillViews(Step):
    """Materialized views filled anew and analyzed, in the order given.

    Where nobody can say which of them reads which, *empties_first*: each that reads one not filled again yet fails and
    is tried once more.
    """

    views: tuple[Renewed, ...]
    empties_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reindex(Step):
    """An index built anew because *function*, which its expressions call, may have read rows that have changed."""

    index: TableName
    table: TableName
    function: str
    sql: str


MaskStep = (
    SeekOriginals
    | CountJoin
    | ProveJoin
    | RaiseSequences
    | WitnessKept
    | ProveKept
    | ProveStatistics
    | Truncate
    | DeleteRows
    | Rewrite
    | CutBatches
    | UpdateBatches
    | FinishBatches
    | Compact
    | UnlinkLargeObjects
    | ForgetEmpty
    | Recompute
    | FillViews
    | Reindex
    | Analyze
)


@dataclass(frozen=True, kw_only=True)
class MaskPlan:
    """Everything masking in place will do. *bindings* are the session settings its expressions read, without their
    values.

    *rules_digest* says which rules it was made from. *scopes* are the tables that share each named scope. *copy_bytes*
    is the most that second copies take at once beside what is there, *free_bytes* what they may, None for all there is;
    *crowded* are the tables that have no second copy because it would not fit, *short_of_locks* those in trees of more
    tables than one transaction may lock. *stem* is the run's own part of the settings' names.
    """

    target: Server
    places: tuple[InPlace, ...]
    steps: tuple[MaskStep, ...]
    bindings: Mapping[str, Binding] = field(default_factory=dict, repr=False)
    notes: tuple[Note, ...] = ()
    rules_digest: str = ""
    scopes: Mapping[str, frozenset[TableName]] = field(default_factory=dict)
    copy_bytes: int = 0
    free_bytes: int | None = None
    crowded: frozenset[TableName] = frozenset()
    short_of_locks: frozenset[TableName] = frozenset()
    stem: str = field(default="", repr=False)

    @property
    def tables(self) -> tuple[TablePlan, ...]:
        return tuple(place.plan for place in self.places)

    @property
    def target_database(self) -> str:
        return self.target.database

    @property
    def bytes(self) -> int:
        """Bytes of the tables that are changed, indexes left out."""
        return sum(place.table.bytes for place in self.places if place.strategy in {"rewrite", "batches"})

    @property
    def rows(self) -> int:
        """Rows expected to be masked, by the server's estimate."""
        return sum(max(0, int(place.table.rows)) for place in self.places if place.strategy in {"rewrite", "batches"})

    @property
    def masked_columns(self) -> int:
        return sum(len(plan.masked) for plan in self.tables)

    @property
    def shows_originals(self) -> tuple[tuple[ColumnName, tuple[str, ...]], ...]:
        """The columns that show originals by their rules' will, each with the masked columns whose originals they
        are."""
        return shown_originals(self.tables)


def settings_of(step: MaskStep) -> frozenset[str]:
    """The settings that the expressions of *step* read."""
    match step:
        case Rewrite(plans=plans):
            return frozenset(name for plan in plans for name in plan.settings)
        case SeekOriginals(asked=asked):
            return asked.plan.settings
        case DeleteRows(plan=plan) | CutBatches(plan=plan) | UpdateBatches(plan=plan) | FinishBatches(plan=plan):
            return plan.settings
        case _:
            return frozenset()


def set_list(columns: tuple[MaskedColumn, ...]) -> str:
    """The SET list of an UPDATE."""
    return ", ".join(f"{quote(column.name)} = {column.sql}" for column in columns)
