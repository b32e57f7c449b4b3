"""Which tables one ALTER TABLE rewrites, which it cannot and why, and which have to be rewritten together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from masker.catalog.types import ForeignKey, Table
from masker.errors import Problem
from masker.in_place.locks import Locks, wanted
from masker.in_place.room import Room
from masker.in_place.trees import Trees, columns_of
from masker.in_place.wrapped import is_too_wide
from masker.masks.null import Null
from masker.names import TableName
from masker.ruleset.types import TableDecision
from masker.tables.for_trees import for_trees, has
from masker.tables.plan import TablePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What one ALTER TABLE rewrites: a table, or a tree of partitions or inheriting tables through its root."""

    root: TableName
    members: tuple[TableName, ...]  # root first
    masked: Mapping[str, str]  # expressions by column


class Units:
    """The tables to mask: *all* that are rewritten, *batched* those that cannot be, by the reason. *problems* are what
    neither can do."""

    def __init__(
        self,
        trees: Trees,
        decisions: Mapping[TableName, TableDecision],
        plans: Mapping[TableName, TablePlan],
        emptied: frozenset[TableName],
        room: Room,
        locks: Locks,
    ) -> None:
        self.trees = trees
        self.decisions = decisions
        self.plans = plans
        self.emptied = emptied
        self.room = room
        self.locks = locks
        self.problems: list[Problem] = []
        self.all, self.batched = self._units()
        self._unit_of = {m: unit for unit in self.all for m in unit.members}

    @property
    def rewritten(self) -> frozenset[TableName]:
        """Every table in a unit."""
        return frozenset(m for unit in self.all for m in unit.members)

    def holding(self, family: tuple[TableName, ...]) -> list[Table]:
        """The tables of *family* that hold rows when they are masked."""
        return [t for m in family if (t := self.trees.catalog.tables[m]).has_storage and m not in self.emptied]

    def _units(self) -> tuple[list[Unit], dict[TableName, str]]:
        units: list[Unit] = []
        batched: dict[TableName, str] = {}
        seen: set[TableName] = set()
        for name, plan in self.plans.items():
            if not plan.masked or name in seen:
                continue
            family = self.trees.family(name)
            seen.update(family)
            masked = {m: self._expressions(m) for m in family if m in self.plans and self.plans[m].masked}
            reason = self._obstacle(family, masked)
            if reason is None:
                units.append(Unit(root=family[0], members=family, masked=masked[name]))
            else:
                batched.update(dict.fromkeys(masked, reason))
                self.problems += self._forbidden(masked)
        return units, batched

    def _forbidden(self, names: Iterable[TableName]) -> Iterator[Problem]:
        """What publications forbid of tables that would be masked in batches."""
        for name in names:
            if (problem := self.trees.facts.table(name).forbidden.get("UPDATE")) is not None:
                is_asked = self.decisions[name].strategy == "batches"
                yield replace(
                    problem,
                    hint=f"leave out `strategy: batches`, or {problem.hint}" if is_asked else problem.hint,
                    position=self.decisions[name].strategy_position if is_asked else None,
                )

    def _expressions(self, name: TableName) -> dict[str, str]:
        return {m.name: m.sql for m in self.plans[name].masked}

    def _obstacle(self, family: tuple[TableName, ...], masked: Mapping[TableName, Mapping[str, str]]) -> str | None:
        """Why the family cannot be rewritten by one statement."""
        for name in masked:
            if self.decisions[name].strategy == "batches":
                return f"strategy: batches, from {self.decisions[name].strategy_position}"
        holding = self.holding(family)
        first, *others = (masked.get(t.name, {}) for t in holding)
        if any(other != first for other in others):
            return "its partitions or inheriting tables are masked in different ways"
        root = self.trees.catalog.tables[family[0]]
        if any(root.column(column) is None for column in first):
            return "a masked column is not its parent's"
        for name in family:
            table = self.trees.catalog.tables[name]
            if table.kind == "f":
                return f"{name} in its tree lies on another server"
            if len(table.parents) > 1:
                return f"{name} in its tree has more than one parent"
            if (blocker := self.trees.facts.table(name).blocker) is not None:
                return blocker if name == family[0] else f"{name}: {blocker}"
            for column in first:
                if generated := self.trees.facts.column(name, column).generated:
                    return f"{generated[0]} is computed from {column}, and PostgreSQL alters no such column"
                if (lost := self.trees.facts.column(name, column).lost) is not None:
                    return lost
        # What has a sub-select becomes a call of a function, which says nothing that a tree could not be told.
        plain = [sql for sql in first.values() if not has(sql, "SELECT")]
        if any(is_too_wide(root, sql) for sql in first.values() if has(sql, "SELECT")):
            return "a mask reads more columns, keys and lists than a function of a rewrite takes"
        if len(family) > 1 and any(has(sql, "EQUALS_GREATER") for sql in plain):
            return "an expression names a function's arguments, which PostgreSQL does not apply to a tree"
        if len(family) > 1 and any(for_trees(sql) is None for sql in plain):
            return "an expression tests for NULL, which PostgreSQL does not apply to a tree"
        blocked = [d.blocker for d in self.trees.facts.in_the_way(columns_of(family, first)) if d.blocker]
        if blocked:
            return blocked[0]
        if self.room.is_crowded(holding):
            return self.room.why(holding)
        tables = self._tables(family)
        return self.locks.why(tables, first) if len(family) > 1 and self.locks.are_short(tables, first) else None

    def _tables(self, family: Iterable[TableName]) -> list[Table]:
        return [self.trees.catalog.tables[name] for name in family]

    def locks_of(self, units: Iterable[Unit]) -> int:
        """About how many locks one transaction takes that rewrites *units*: on them, and on tables at the other ends of
        foreign keys that it makes anew."""
        units = list(units)
        others = {
            name
            for unit in units
            for key in self.trees.keys_over(unit.members, unit.masked)
            for end in (key.table, key.references)
            for name in self.trees.family(end)
        }.difference(*(unit.members for unit in units))
        return sum(wanted(self._tables(unit.members), unit.masked) for unit in units) + sum(
            1 + len(table.indexes) for table in self._tables(others)
        )

    def groups(self) -> Iterator[tuple[list[Unit], list[ForeignKey]]]:
        """Units that foreign keys between masked columns hold together, with those keys."""
        by_member = {m: at for at, unit in enumerate(self.all) for m in unit.members}
        group = list(range(len(self.all)))  # the group of each unit, by one of its units
        members = {at: [at] for at in group}
        keys: dict[int, list[ForeignKey]] = defaultdict(list)
        for table in self.trees.catalog.tables.values():
            for key in table.foreign_keys:
                if not self._is_masked_key(key):
                    continue
                sides = [by_member.get(key.table), by_member.get(key.references)]
                held = (m for name in (key.table, key.references) for m in self.trees.holders(name))
                batched = [name for name in held if name in self.batched]
                if batched:
                    name = batched[0]
                    self.problems.append(
                        Problem(
                            f"{name}",
                            f"it is masked in batches ({self.batched[name]}), and the foreign key {key.name} compares a"
                            " masked column",
                            "keep the key's columns, or let the table be rewritten",
                        )
                    )
                    continue
                there = [at for at in sides if at is not None]
                target = group[there[0]]
                for at in there[1:]:
                    old = group[at]
                    if old == target:
                        continue
                    if len(members[old]) > len(members[target]):
                        old, target = target, old
                    members[target] += (moved := members.pop(old))
                    for other in moved:
                        group[other] = target
                    keys[target] += keys.pop(old, [])
                keys[target].append(key)
        for target, found in sorted(members.items(), key=lambda item: min(item[1])):
            units = [self.all[at] for at in sorted(found)]
            holding = [t for unit in units for t in self.holding(unit.members)]
            if len(units) > 1 and self.room.is_crowded(holding):
                self.problems.append(
                    Problem(
                        ", ".join(str(unit.root) for unit in units),
                        "foreign keys compare masked columns of them, so that they are rewritten together, and"
                        f" {self.room.why(holding)}",
                        "give it more room, or keep the keys' columns",
                    )
                )
            if self.locks.are_exceeded_by(locks := self.locks_of(units)):
                self.problems.append(
                    Problem(
                        f"{units[0].root} and {len(units) - 1:,} more",
                        "foreign keys compare masked columns of them, so that they are rewritten together, which"
                        f" {self.locks.told(locks)}",
                        f"{self.locks.remedy(locks)}, or keep the keys' columns",
                    )
                )
            self.problems += self.trees.not_as_they_were(keys.get(target, []))
            yield units, keys.get(target, [])

    def _is_masked_key(self, key: ForeignKey) -> bool:
        """Whether the values the key compares change, on the side it references or by more than becoming NULL."""
        child, parent = self.decisions.get(key.table), self.decisions.get(key.references)

        def masked(name: TableName) -> set[str]:
            unit = self._unit_of.get(name)
            holders = self.trees.holders(name)
            return (
                set(unit.masked)
                if unit
                else {m.name for h in holders if h in self.batched for m in self.plans[h].masked}
            )

        if child is None or parent is None:
            return False
        if masked(key.references) & set(key.referenced_columns):
            return True
        return any(
            c in masked(key.table) and not ((d := child.columns.get(c)) is not None and isinstance(d.rule, Null))
            for c in key.columns
        )
