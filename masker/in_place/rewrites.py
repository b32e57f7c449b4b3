"""The transactions that rewrite tables, and what keeps two of them from running at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from masker.catalog.types import ForeignKey
from masker.in_place.beside import locked, reads_anything, runs_code
from masker.in_place.locks import Locks
from masker.in_place.removal import Removal
from masker.in_place.room import Room, copy_bytes, in_turns
from masker.in_place.steps import Rewrite
from masker.in_place.trees import Trees, columns_of, drop_key
from masker.in_place.units import Unit, Units
from masker.lanes.step import StepId
from masker.names import TableName, quote
from masker.tables.plan import TablePlan


class Rewrites:
    """How the *units*, and tables that lost rows and are masked by nothing, are rewritten on *workers* lanes."""

    def __init__(
        self,
        trees: Trees,
        plans: Mapping[TableName, TablePlan],
        removal: Removal,
        units: Units,
        room: Room,
        locks: Locks,
        *,
        workers: int,
    ) -> None:
        self._trees = trees
        self._plans = plans
        self._removal = removal
        self._units = units
        self._room = room
        self._locks = locks
        self._workers = workers

    def steps(self, needs: frozenset[StepId], witnesses: frozenset[StepId]) -> list[Rewrite]:
        """All of them after *needs*, and after the *witnesses* of other tables where these may be changed by one; where
        room is short, no more of them at once than it holds."""
        rewrites = [
            replace(step, needs=needs | witnesses)
            if runs_code(self._trees, (p.table.name for p in step.plans))
            else step
            for step in self._all(needs)
        ]
        copies = [step.copy_bytes for step in rewrites]
        turns = self._room.at_once(copies, self._workers)
        if turns >= min(self._workers, len(rewrites)):
            return rewrites
        return [
            replace(step, excludes=step.excludes | {f"room {turn}"})
            for step, turn in zip(rewrites, in_turns(copies, turns), strict=True)
        ]

    def _all(self, needs: frozenset[StepId]) -> Iterator[Rewrite]:
        for units, keys in self._units.groups():
            yield self._rewrite(units, keys, needs)
        for name in sorted(self._removal.limited - self._units.batched.keys() - self._units.rewritten):
            column = self.any_column(name)
            if column is not None and not self._room.is_crowded([self._plans[name].table]):
                # An expression the planner does not reduce to the column itself makes a new file even where no value
                # changes.
                unit = Unit(root=name, members=(name,), masked={column: f"coalesce({quote(column)}, {quote(column)})"})
                yield self._rewrite([unit], [], needs)

    def any_column(self, name: TableName) -> str | None:
        """A column of a table in no tree that can be altered with nothing in the way."""
        table = self._trees.catalog.tables[name]
        if len(self._trees.family(name)) > 1 or self._trees.facts.table(name).blocker:
            return None
        indexed = {c for index in table.indexes for c in (*index.columns, *index.expression_columns)}
        compared = {c for key in table.foreign_keys for c in key.columns}
        free = [
            c.name
            for c in table.columns
            if not c.generated
            and not c.identity
            and not self._trees.facts.column(name, c.name).generated
            and not self._trees.facts.column(name, c.name).dependents
            and not any(c.name in check.columns for check in table.checks)
        ]
        return min(free, key=lambda c: (c in indexed, c in compared), default=None)

    def _rewrite(self, units: Sequence[Unit], keys: Sequence[ForeignKey], needs: frozenset[StepId]) -> Rewrite:
        columns = [name for unit in units for name in columns_of(unit.members, unit.masked)]
        dependents = self._trees.facts.in_the_way(columns)
        members = [m for unit in units for m in unit.members]
        held = [self._plans[m] for m in members if m in self._plans and self._plans[m].action in {"mask", "copy"}]
        # What may read any table waits for all of them.
        tables = self._trees.catalog.tables if reads_anything(self._trees, units) else ()
        touched = {*tables, *locked(self._trees, units, dependents)}
        return Rewrite(
            id="rewrite " + ", ".join(str(unit.root) for unit in units),
            needs=needs,
            weight=sum(p.table.bytes for p in held),
            copy_bytes=copy_bytes(p.table for p in held),
            excludes=frozenset(f"table {name}" for name in touched) | self._alone(units),
            tables=tuple(unit.root for unit in units),
            plans=tuple(held),
            drop=(*(d.drop for d in reversed(dependents)), *(drop_key(k) for k in keys)),
            alter=tuple(s for unit in units for s in self._trees.alter(unit.members, unit.masked)),
            create=(
                *(s for k in keys for s in self._trees.add_key(k)),
                *(s for d in dependents for s in d.create),
                *(s for unit in units for s in self._trees.again(unit.members, unit.masked)),
            ),
            dependents=tuple(d.title for d in dependents),
        )

    def _alone(self, units: Sequence[Unit]) -> frozenset[str]:
        """What keeps transactions from running beside each other that take many locks."""
        return (
            frozenset() if self._locks.are_shared(self._units.locks_of(units), self._workers) else frozenset({"locks"})
        )
