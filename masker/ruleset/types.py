"""Rules as they were written, and what they decide for one database, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from masker.catalog.types import Column, Table
from masker.errors import Position, Problem
from masker.masks.rule import MaskRule
from masker.names import ColumnName, TableName
from masker.notes import Note
from masker.ruleset.ahead import ApplicationSchema
from masker.ruleset.facts import NO_FACTS, Facts
from masker.ruleset.subset_types import Subset, SubsetRules

Undecided = Literal["error", "keep", "null"]
Strategy = Literal["rewrite", "batches"]
LargeObjects = Literal["keep", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRule:
    """One column's rule as a file says it. *by_position* is where its ``by:`` stands, *places* where each condition,
    each mask of a list (by :func:`~masker.masks.cases.place_of`) and each path of the mask json does."""

    column: str
    rule: MaskRule
    position: Position
    by_position: Position | None = None
    places: Mapping[str, Position] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRule:
    """What a column refers to, as a file says it: *to* a column as it is written there, or, by the column *type* or by
    what a global id holds, to rows of several *classes*. *other* is what becomes of texts that hold no id."""

    column: str
    position: Position
    to: str | None = None
    type: str | None = None
    classes: Mapping[str, str] = field(default_factory=dict, compare=False)
    is_global_id: bool = False
    other: Literal["error", "keep", "null"] = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRules:
    """What a file says of one table. *written* is its name as it stands there; *rows* is None where nothing is said of
    them."""

    written: str
    position: Position
    columns: tuple[ColumnRule, ...] = ()
    references: tuple[ReferenceRule, ...] = ()
    rows: Literal["all", "none", "predicate"] | None = None
    predicate: str | None = None
    rows_position: Position | None = None
    where: str | None = None
    where_position: Position | None = None
    strategy: Strategy | None = None
    strategy_position: Position | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultRule:
    """A rule for whatever column matches. *columns* and *tables* are globs, *types* names of types; empty ones match
    everything."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    tables: tuple[str, ...]
    rule: MaskRule
    position: Position
    types_position: Position | None = None
    by_position: Position | None = None
    places: Mapping[str, Position] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerate:
    """What of production's own constraints its rows may break: such a key or check is carried as NOT VALID, such a
    unique index as a plain one."""

    foreign_keys: bool = False
    checks: bool = False
    unique: bool = False

    def __bool__(self) -> bool:
        return self.foreign_keys or self.checks or self.unique

    def __or__(self, other: Tolerate) -> Tolerate:
        return Tolerate(
            foreign_keys=self.foreign_keys or other.foreign_keys,
            checks=self.checks or other.checks,
            unique=self.unique or other.unique,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """One rule file. *locale*, *undecided* and *large_objects* are None where the file is silent; what is *locked*
    gives way to nobody."""

    name: str
    locale: str | None = None
    include: tuple[str, ...] = ()
    tables: tuple[TableRules, ...] = ()
    defaults: tuple[DefaultRule, ...] = ()
    undecided: Undecided | None = None
    undecided_position: Position | None = None
    large_objects: LargeObjects | None = None
    tolerate: Tolerate = Tolerate()
    facts: Facts | None = None
    locked: bool = False
    subset: SubsetRules | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """All rule files of a run: *files* in the order of the command line, then *included*, the shipped sets they name.

    *schema* is the application's, which names what the database at hand may lack yet.
    """

    files: tuple[RuleFile, ...]
    included: tuple[RuleFile, ...] = ()
    schema: ApplicationSchema | None = None

    @property
    def locale(self) -> str:
        """The locale of the last file that names one; that of rules whose own file names none."""
        return next((f.locale for f in reversed(self.files) if f.locale), "en_US")

    @property
    def facts(self) -> Facts:
        """Those of the last file that has any."""
        return next((f.facts for f in reversed(self.files) if f.facts is not None), NO_FACTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDecision:
    """The rule of one column and where it was written, and each of its *places*. *locale* is the one in force (the
    rule's own, else its file's)."""

    column: Column
    rule: MaskRule
    position: Position
    locale: str
    places: Mapping[str, Position] = field(default_factory=dict, compare=False)
    is_named: bool = False  # by table and column, in a file of the user's


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDecision:
    """What happens to one table.

    *columns* holds every column a rule decides, by name; a column that is absent is of a type that carries nothing
    personal, or is computed by the database, and is copied as it is. *predicate* limits the rows that are copied,
    *where* those that are masked: SQL as it was written, to be checked by :func:`masker.masks.sql.judge.judge`.
    *strategy* is for masking in place.
    """

    table: Table
    rows: Literal["all", "none", "predicate"] = "all"
    predicate: str | None = None
    rows_position: Position | None = None
    where: str | None = None
    where_position: Position | None = None
    columns: Mapping[str, ColumnDecision] = field(default_factory=dict)
    strategy: Strategy | None = None
    strategy_position: Position | None = None
    named: Position | None = None  # where the user's last file names the table


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A column that holds keys of other rows: of one *target*, or, by what the column *type* beside it or a global id
    says, of the target of each class. *said* is where that stands, in words. *other* is what becomes of texts that hold
    no key."""

    column: ColumnName
    said: str
    target: ColumnName | None = None
    classes: Mapping[str, ColumnName] = field(default_factory=dict)
    type: str | None = None
    is_global_id: bool = False
    is_declared: bool = False
    other: Literal["error", "keep", "null"] = "error"
    position: Position | None = None

    @property
    def targets(self) -> tuple[ColumnName, ...]:
        """Every column whose values may stand in it."""
        return tuple(dict.fromkeys([self.target] if self.target is not None else self.classes.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The rules against one catalog: a decision for every table, and every problem and note found on the way."""

    tables: Mapping[TableName, TableDecision]
    problems: tuple[Problem, ...]
    large_objects: LargeObjects | None = None
    tolerate: Tolerate = Tolerate()
    notes: tuple[Note, ...] = ()
    links: tuple[Link, ...] = ()
    facts: Facts = NO_FACTS
    subset: Subset | None = None
