"""What a rewrite locks besides the tables it is of: those run beside each other that lock nothing in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from masker.in_place.facts import Dependent
from masker.in_place.steps import Compact, CutBatches, FinishBatches, Rewrite, UpdateBatches
from masker.in_place.trees import Trees
from masker.in_place.units import Unit
from masker.lanes.step import StepId
from masker.names import TableName


def locked(trees: Trees, units: Sequence[Unit], dependents: Iterable[Dependent]) -> frozenset[TableName]:
    """Every table and view that one transaction locks which rewrites *units* and makes *dependents* anew.

    PostgreSQL makes a foreign key anew where it alters a column that the key compares, be it on one side, and locks
    both for that. Of other keys it locks nothing.
    """
    found = {name for unit in units for name in unit.members}
    found.update(name for dependent in dependents for name in dependent.reads)
    for unit in units:
        for key in trees.keys_over(unit.members, unit.masked):
            found.update((*trees.family(key.table), *trees.family(key.references)))
    return frozenset(found)


def runs_code(trees: Trees, names: Iterable[TableName]) -> bool:
    """Whether anything of the schema's own runs while tables of these *names* are rewritten or looked through: it might
    change any other."""
    return bool(trees.catalog.event_triggers) or any(trees.facts.functions.get(name) for name in names)


def reads_anything(trees: Trees, units: Iterable[Unit]) -> bool:
    """Whether a function that the server runs while it rewrites *units* may read rows of any table, and so wait for
    it."""
    return any(
        function.title in trees.facts.derived.readers
        for unit in units
        for member in unit.members
        for function in trees.facts.functions.get(member, ())
    )


def behind(
    batches: Sequence[CutBatches | UpdateBatches | FinishBatches | Compact], rewrites: Sequence[Rewrite]
) -> list[CutBatches | UpdateBatches | FinishBatches | Compact]:
    """*batches*, those of each table behind the *rewrites* that lock it, which would else wait for a whole range with
    all their locks; but for rewrites that have to wait for that table themselves."""
    needs = {step.id: step.needs for step in (*rewrites, *batches)}
    found: list[CutBatches | UpdateBatches | FinishBatches | Compact] = []
    for step in batches:
        if isinstance(step, CutBatches):
            tied = (r.id for r in rewrites if r.excludes & step.excludes and not _waits(r.id, step.id, needs))
            needs[step.id] = step.needs.union(tied)
            found.append(replace(step, needs=needs[step.id]))
        else:
            found.append(step)
    return found


def _waits(step: StepId, other: StepId, needs: Mapping[StepId, frozenset[StepId]]) -> bool:
    """Whether *step* waits for *other*, be it for what waits for it."""
    seen, waiting = {step}, [step]
    while waiting:
        if (at := waiting.pop()) == other:
            return True
        waiting += needs.get(at, frozenset()) - seen
        seen |= needs.get(at, frozenset())
    return False
