"""The steps that remove rows: tables of which only the structure stays, tables that keep some, and what statistics know
of both."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from masker.catalog.types import Column, TypeClass
from masker.errors import Position, Problem
from masker.in_place.facts import Change
from masker.in_place.locks import Locks, wanted
from masker.in_place.steps import DeleteRows, Forgotten, Truncate
from masker.in_place.trees import Trees, columns_of, drop_key
from masker.lanes.step import StepId
from masker.masks.cases import conditions_of
from masker.masks.null import Null
from masker.masks.sql.bindings import hash_of
from masker.names import ColumnName, TableName, quote, quote_literal
from masker.ruleset.types import TableDecision
from masker.tables.plan import TablePlan

_NOTHING: Mapping[TypeClass, str] = {
    TypeClass.UUID: "00000000-0000-0000-0000-000000000000",
    TypeClass.INTEGER: "0",
    TypeClass.NUMBER: "0",
    TypeClass.BOOLEAN: "false",
    TypeClass.DATE: "2000-01-01",
    TypeClass.TIMESTAMP: "2000-01-01",
    TypeClass.TIME: "00:00",
    TypeClass.INTERVAL: "0",
    TypeClass.INET: "::",
    TypeClass.CIDR: "::/128",
    TypeClass.JSON: "{}",
    TypeClass.JSONB: "{}",
    TypeClass.ARRAY: "{}",
    TypeClass.RANGE: "empty",
    TypeClass.BITS: "0",
}

#: What a foreign key does to rows whose referenced one is deleted.
_ACTION = re.compile(r"\bON DELETE (CASCADE|SET NULL|SET DEFAULT)\b")


class Removal:
    """*emptied* are the tables that keep no rows, *limited* those that keep some."""

    def __init__(
        self,
        trees: Trees,
        decisions: Mapping[TableName, TableDecision],
        plans: Mapping[TableName, TablePlan],
        locks: Locks,
    ) -> None:
        self.trees = trees
        self.locks = locks
        self.problems: list[Problem] = []
        self.decisions = decisions
        self.plans = plans
        self.emptied = frozenset(name for name, d in decisions.items() if d.table.has_storage and d.rows == "none")
        self.limited = frozenset(name for name, d in decisions.items() if d.table.has_storage and d.rows == "predicate")

    def truncation_order(self) -> tuple[list[TableName], list[TableName]]:
        """Tables that can be emptied at once, and those that a table with rows still references until it is masked."""
        early = set(self.emptied)
        while True:
            held = {
                name for name in early if any(key.table in self._with_rows(early) for key in self.trees.keys_to(name))
            }
            if not held:
                break
            early -= held
        return sorted(early), sorted(self.emptied - early)

    def truncations(self, step_id: StepId, names: Sequence[TableName], needs: frozenset[StepId]) -> Iterator[Truncate]:
        """As few steps as empty *names* with the locks that one transaction may take; tables that reference each other
        go together."""
        if not names:
            return
        turns = list(self._turns(names))
        for turn in turns:
            # Which tables share a turn may be another thing when the run is gone on with: those that are named again
            # are emptied again.
            yield self.truncate(
                step_id if len(turns) == 1 else f"{step_id} {turn[0]} {hash_of(tuple(map(str, turn)))}", turn, needs
            )

    def _turns(self, names: Sequence[TableName]) -> Iterator[list[TableName]]:
        if self.locks.suffice(self._locks_of(names)):
            yield list(names)
            return
        turn: list[TableName] = []
        for together in self._tied(names):
            if self.locks.are_exceeded_by(locks := self._locks_of(together)):
                self.problems.append(
                    Problem(
                        f"{together[0]} and {len(together) - 1:,} more",
                        f"they are emptied together, for keys or a tree that tie them, which {self.locks.told(locks)}",
                        self.locks.remedy(locks),
                    )
                )
            if turn and not self.locks.suffice(self._locks_of([*turn, *together])):
                yield turn
                turn = []
            turn = [*turn, *together]
        yield turn

    def _locks_of(self, names: Iterable[TableName]) -> int:
        tables = [self.trees.catalog.tables[name] for name in names]
        return wanted(tables, {c.name for t in tables for c in t.columns})

    def _tied(self, names: Sequence[TableName]) -> Iterator[list[TableName]]:
        """*names* by what has to be emptied together."""
        inside, seen = set(names), set[TableName]()
        for name in names:
            waiting, found = [name], list[TableName]()
            while waiting:
                if (at := waiting.pop()) in seen or at not in inside:
                    continue
                seen.add(at)
                found.append(at)
                waiting += [m for m in self.trees.family(at) if m not in seen]
                for above in (at, *self.trees.catalog.ancestors(at)):
                    waiting += [
                        m
                        for key in self.trees.catalog.references_to.get(above, ())
                        for m in self.trees.holders(key.table)
                    ]
                    waiting += [
                        m
                        for key in self.trees.catalog.tables[above].foreign_keys
                        for m in self.trees.holders(key.references)
                    ]
            if found:
                yield sorted(found)

    def truncate(self, step_id: StepId, names: Sequence[TableName], needs: frozenset[StepId]) -> Truncate:
        facts = [self.trees.facts.table(name) for name in names]
        keys = {
            (key.table, key.name): key
            for name in names
            for key in self.trees.keys_to(name)
            if not set(self.trees.holders(key.table)) <= set(names)
        }
        self.problems += self.trees.not_as_they_were(keys.values())
        statements = [s for fact in facts for s in fact.suspend]
        statements += [drop_key(key) for key in keys.values()]
        statements.append("TRUNCATE " + ", ".join(f"ONLY {name.sql}" for name in names))
        statements += [s for key in keys.values() for s in self.trees.add_key(key)]
        forget, attempts = self._forget(names)
        statements += forget
        touched = {*names, *(key.table for key in keys.values())}
        return Truncate(
            id=step_id,
            needs=needs,
            weight=2**62,
            excludes=frozenset(f"table {name}" for name in touched),
            tables=tuple(names),
            statements=tuple(statements),
            attempts=tuple(attempts),
            restore=tuple(s for fact in facts for s in fact.restore),
        )

    def deletes(self, needs: frozenset[StepId]) -> Iterator[DeleteRows]:
        """Children before parents; a cycle is entered anywhere."""
        done: dict[TableName, StepId] = {}
        waiting: set[TableName] = set()

        def visit(name: TableName) -> Iterator[DeleteRows]:
            if name in done or name in waiting:
                return
            waiting.add(name)
            children = [
                key.table for key in self.trees.catalog.references_to.get(name, ()) if key.table in self.limited
            ]
            for child in children:
                yield from visit(child)
            plan, facts = self.plans[name], self.trees.facts.table(name)
            self._refuse_forbidden(name, "DELETE", plan.predicate_position)
            acted_on = self._acted_on(name)
            for other, change in acted_on:
                self._refuse_forbidden(other, change, plan.predicate_position)
            others = sorted({other for other, _ in acted_on} - {name})
            identified = [(other, self.trees.facts.table(other)) for other in others]
            step = DeleteRows(
                id=f"delete {name}",
                needs=needs | {done[c] for c in children if c in done},
                weight=plan.table.bytes,
                excludes=frozenset(f"table {other}" for other, its in identified if its.identify),
                plan=plan,
                suspend=(*self._let_go(name), *facts.suspend, *(s for _, its in identified for s in its.identify)),
                restore=(*facts.restore, *(s for _, its in identified for s in its.unidentify)),
                sql=f"DELETE FROM ONLY {name.sql} WHERE ({plan.predicate}) IS NOT TRUE",  # noqa: S608
                kept_sql=f"SELECT count(*) FROM ONLY {name.sql} WHERE ({plan.predicate})",  # noqa: S608
            )
            done[name] = step.id
            yield step

        for name in sorted(self.limited):
            yield from visit(name)

    def _let_go(self, name: TableName) -> Iterator[str]:
        """Set keys that reference *name* to NULL where the rules do so anyway: else their rows would go with those they
        reference."""
        for key in self.trees.keys_to(name):
            decision = self.decisions.get(key.table)
            if decision is None or decision.rows != "all" or key.table == name:
                continue
            columns = [
                c
                for c in key.columns
                if (d := decision.columns.get(c)) is not None and isinstance(d.rule, Null) and not conditions_of(d.rule)
            ]
            for holder in self.trees.holders(key.table) if columns else ():
                self._refuse_going_by(holder, columns, name)
                self._refuse_forbidden(holder, "UPDATE", decision.columns[columns[0]].position)
                facts = self.trees.facts.table(holder)
                sets = ", ".join(f"{quote(c)} = NULL" for c in columns)
                yield from (
                    *facts.suspend,
                    f"UPDATE ONLY {holder.sql} SET {sets} WHERE {quote(columns[0])} IS NOT NULL",  # noqa: S608
                    *facts.restore,
                )

    def _acted_on(self, name: TableName) -> Collection[tuple[TableName, Change]]:
        """Tables whose rows foreign keys change with those that are deleted of *name*, be there any or not: itself too,
        and one that two keys act on in each of their ways."""
        found: dict[tuple[TableName, Change], None] = {}
        waiting = [name]
        while waiting:
            for key in self.trees.keys_to(waiting.pop()):
                action = _ACTION.search(key.definition)
                for holder in self.trees.holders(key.table) if action else ():
                    change: Change = "DELETE" if action and action[1] == "CASCADE" else "UPDATE"
                    if (holder, change) not in found:
                        found[holder, change] = None
                        waiting += [holder] if change == "DELETE" else []
        return found

    def _refuse_forbidden(self, name: TableName, change: Change, position: Position | None) -> None:
        """A publication may forbid what the rules ask for."""
        if (problem := self.trees.facts.table(name).forbidden.get(change)) is not None:
            told = replace(problem, position=position)
            self.problems += [told] if told not in self.problems else []

    def _refuse_going_by(self, holder: TableName, columns: Sequence[str], name: TableName) -> None:
        """A mask that goes by one of *columns* would find NULL there: the rows of *name* are deleted first."""
        for mask in self.plans[holder].masked:
            reads = {*mask.goes_by, *mask.shows, *mask.identity}
            reads |= {read for each in mask.variants for read in each.identity}
            reads |= {read for leaf in mask.leaves for read in leaf.by}
            gone = sorted(reads & set(columns))
            if mask.name in columns or not gone:
                continue
            problem = Problem(
                f"{holder}.{mask.name}",
                f"it goes by {', '.join(gone)}, which is NULL before it is masked: rows of {name} are deleted first",
                "let it go by another column, or keep all rows of the referenced table",
                mask.position,
            )
            if problem not in self.problems:
                self.problems.append(problem)

    def _with_rows(self, early: Iterable[TableName]) -> frozenset[TableName]:
        empty = set(early)
        return frozenset(
            t.name
            for t in self.trees.catalog.tables.values()
            if any(m not in empty for m in self.trees.holders(t.name))
        )

    def _forget(self, names: Sequence[TableName]) -> tuple[list[str], list[tuple[str, ...]]]:
        """Remove what ANALYZE has kept of emptied tables: a column's statistics go when its type is altered, be it to
        the same."""
        alters: list[tuple[tuple[TableName, ...], list[Column]]] = []
        for root in self._emptied_whole(names):
            family = self.trees.family(root)
            is_altered = family[0] == root and self.trees.has_one_root(family)
            if is_altered and not any(self.trees.facts.table(m).blocker for m in family):
                alters.append(
                    (
                        family,
                        [c for c in self.trees.catalog.tables[root].columns if self.trees.can_alter(family, c.name)],
                    )
                )
        dependents = self.trees.facts.in_the_way(
            [name for family, columns in alters for name in columns_of(family, [c.name for c in columns])]
        )
        statements = [d.drop for d in reversed(dependents)]
        altered: set[ColumnName] = set()
        for family, columns in alters:
            if columns:
                statements += self.trees.alter(family, {c.name: None for c in columns})
                altered.update(columns_of(family, [c.name for c in columns]))
        statements += [s for d in dependents for s in d.create]
        statements += [s for family, columns in alters for s in self.trees.again(family, [c.name for c in columns])]
        missed = [
            ColumnName(name, c.name)
            for name in self._emptied_whole(names)
            for c in self.trees.catalog.tables[name].columns
            if ColumnName(name, c.name) not in altered
        ]
        if self.trees.catalog.server.major >= 18:
            return (
                statements
                + [
                    f"SELECT pg_catalog.pg_clear_attribute_stats({quote_literal(c.table.schema)},"
                    f" {quote_literal(c.table.name)}, {quote_literal(c.name)}, {inherited})"
                    for c in missed
                    for inherited in ("false", "true")
                ],
                [],
            )
        return statements, [self._show_nothing(name) for name in names if any(c.table == name for c in missed)]

    def forgets(self, changed: frozenset[TableName]) -> Iterator[Forgotten]:
        """For each of *changed* tables, and of the parents above them, how what ANALYZE knew of it is forgotten if it
        has no rows in the end."""
        held = changed - self.emptied
        for name in dict.fromkeys(t for child in sorted(held) for t in (child, *self.trees.catalog.ancestors(child))):
            holders = self.trees.holders(name)
            if held.issuperset(holders):
                statements, attempts = self._forget(holders)
                yield Forgotten(table=name, statements=tuple(statements), attempts=tuple(attempts))

    def _show_nothing(self, name: TableName) -> tuple[str, ...]:
        """Have ANALYZE see one row that holds nothing instead of those it saw last."""
        table = self.trees.catalog.tables[name]
        columns = [c for c in table.columns if not c.generated]
        names = ", ".join(quote(c.name) for c in columns)
        values = ", ".join("NULL" if c.takes_null else _nothing(c) for c in columns)
        return (
            *(drop_key(key) for key in table.foreign_keys),
            f"INSERT INTO {name.sql} ({names}) OVERRIDING SYSTEM VALUE VALUES ({values})",  # noqa: S608
            f"ANALYZE {name.sql}",
            f"DELETE FROM ONLY {name.sql}",  # noqa: S608
            *(s for key in table.foreign_keys for s in self.trees.add_key(key)),
        )

    def _emptied_whole(self, names: Sequence[TableName]) -> list[TableName]:
        """Those of *names*, and of the parents above them, of which no part keeps rows."""
        candidates = dict.fromkeys(t for name in names for t in (name, *self.trees.catalog.ancestors(name)))
        emptied = frozenset(names)
        # A parent of thousands is looked at once for each of them, so no further than need be.
        return [c for c in candidates if all(holder in emptied for holder in self.trees.holders(c))]


def _nothing(column: Column) -> str:
    """A value of the column's type that says nothing."""
    kind = column.type
    text = _NOTHING.get(kind.kind, "")
    return f"{quote_literal(kind.labels[0] if kind.labels else text)}::{kind.sql}"
