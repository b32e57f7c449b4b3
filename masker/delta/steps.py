"""The steps of a delta: what writes is done one after the other, in one transaction, and production asked beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, TypeVar

from masker.copy.steps import CopyPlan, ProveTable, SetSequences, WitnessTable
from masker.delta.tables import TableDelta
from masker.lanes.step import FIRST, CountJoin, RefreshMaterializedView, SeekOriginals, Step, StepId


@dataclass(frozen=True, slots=True, kw_only=True)
class LockTables(Step):
    """Nobody else writes to *tables* from here on."""

    tables: tuple[TableDelta, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindChanges(Step):
    """What has to be written to one table, and what is gone."""

    reads_source: ClassVar[bool] = True

    delta: TableDelta


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteChanges(Step):
    """All of it written."""

    tables: tuple[TableDelta, ...]


S = TypeVar("S", bound=Step)

DeltaStep = (
    LockTables
    | FindChanges
    | WriteChanges
    | WitnessTable
    | SeekOriginals
    | CountJoin
    | RefreshMaterializedView
    | SetSequences
    | ProveTable
)


def delta_steps(plan: CopyPlan, tables: tuple[TableDelta, ...], *, is_sample: bool) -> Sequence[DeltaStep]:
    """*tables* found and written, views filled anew, sequences set, and all of *plan*'s tables proved: some rows of
    each if *is_sample*, else all.

    What writes, or looks at what was written, is done one after the other, in one session; production is asked beside
    that, of those tables first that are written first.
    """
    places = {delta.name: place for place, delta in enumerate(tables)}
    found: list[DeltaStep] = []
    for witness in _of(plan, WitnessTable):
        weight = 1 + len(tables) - places.get(witness.table, len(tables))
        found.append(replace(witness, needs=frozenset(), weight=weight, is_sample=is_sample))
    of_table = {step.table: step.id for step in found if isinstance(step, WitnessTable)}
    found += [replace(step, needs=frozenset(), weight=0) for step in _of(plan, SeekOriginals)]
    found += [replace(step, needs=frozenset(), weight=0) for step in _of(plan, CountJoin)]
    last: frozenset[StepId] = frozenset()
    for step in _in_turn(plan, tables, is_sample=is_sample):
        match step:
            case FindChanges(delta=TableDelta(name=table)) | ProveTable(table=table) if table in of_table:
                asked = frozenset({of_table[table]})
            case _:
                asked = frozenset()
        found.append(replace(step, needs=last | asked, weight=FIRST))
        last = frozenset({step.id})
    return found


def _in_turn(plan: CopyPlan, tables: tuple[TableDelta, ...], *, is_sample: bool) -> Iterator[DeltaStep]:
    yield LockTables(id="lock", tables=tables)
    for delta in tables:
        yield FindChanges(id=f"changes {delta.name}", delta=delta)
    yield WriteChanges(id="write", tables=tables)
    yield from (replace(step, is_sample=is_sample) for step in _of(plan, ProveTable))
    # Who reads a view, or takes a number of a sequence, waits from here to the end.
    views = list(_of(plan, RefreshMaterializedView))
    yield from views
    if len(views) > 1:
        # What a view reads by functions nobody knows: it may have read another before that was filled anew.
        yield from (replace(view, id=f"{view.id} again") for view in views)
    yield from _of(plan, SetSequences)


def _of(plan: CopyPlan, kind: type[S]) -> Iterator[S]:
    return (step for step in plan.steps if isinstance(step, kind))
