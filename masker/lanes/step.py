"""What all steps have in common, and the steps that are the same wherever they are run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from masker.names import TableName

if TYPE_CHECKING:  # a sync needs no masks, and they bring an SQL parser
    from masker.tables.joins import Join
    from masker.tables.originals import Questions

StepId = str

#: The weight of a step that goes before those that read as well.
FIRST = 2**63


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Base of all steps. *needs* are the steps that must have ended; *weight* (bytes, roughly) orders those that are
    ready.

    *excludes* names what no two running steps may share, because their locks would queue up behind each other. Steps of
    one *batch* are small and alike: a lane may do some of them at once.
    """

    id: StepId
    needs: frozenset[StepId] = frozenset()
    weight: int = 0
    excludes: frozenset[str] = frozenset()
    batch: str = ""

    #: Whether it reads the production database.
    reads_source: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeekOriginals(Step):
    """The source, under its snapshot, says of some rows what their masks leave of originals, and what text of theirs
    would show."""

    reads_source: ClassVar[bool] = True

    table: TableName
    asked: Questions
    guard_oid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountJoin(Step):
    """Rows that have what they refer to are counted before their keys are others: on the source, under its snapshot, or
    where they stand. *guards* are the tables that are read, by oid."""

    reads_source: ClassVar[bool] = True

    join: Join
    guards: tuple[tuple[TableName, int], ...]

    @property
    def table(self) -> TableName:
        """The table that refers to another."""
        return self.join.child[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyze(Step):
    """Planner statistics of one table."""

    table: TableName
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshMaterializedView(Step):
    """A materialized view filled from the masked tables, then its indexes."""

    view: TableName
    statements: tuple[str, ...]
