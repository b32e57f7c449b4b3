"""The plan of masking in place: pure, from the target's catalog, what hangs on its columns, and the rules."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from masker.catalog.types import Catalog, Column, ForeignKey, Table, TypeClass
from masker.errors import Problem, RuleErrors
from masker.masks.arguments import Null
from masker.masks.bindings import FunctionBindings
from masker.names import ColumnName, TableName, quote, quote_literal
from masker.plan.mask_facts import Facts
from masker.plan.mask_steps import (
    Compact,
    CutBatches,
    DeleteRows,
    FinishBatches,
    InPlace,
    MaskPlan,
    MaskStep,
    Rewrite,
    Strategy,
    Truncate,
    UnlinkLargeObjects,
    UpdateBatches,
    set_list,
)
from masker.plan.masking import MaskedTable, foreign_key_problems, mask_table
from masker.plan.steps import Analyze, Note, RefreshMaterializedView, StepId, TablePlan
from masker.ruleset.digest import rules_digest
from masker.ruleset.types import Resolution, TableDecision

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_SELECT = re.compile(r"\bSELECT\b", re.IGNORECASE)

_NOTHING: Mapping[TypeClass, str] = {
    TypeClass.UUID: "00000000-0000-0000-0000-000000000000", TypeClass.INTEGER: "0", TypeClass.NUMBER: "0", TypeClass.BOOLEAN: "false", TypeClass.DATE: "2000-01-01",
    TypeClass.TIMESTAMP: "2000-01-01", TypeClass.TIME: "00:00", TypeClass.INTERVAL: "0", TypeClass.INET: "::", TypeClass.CIDR: "::/128", TypeClass.JSON: "{}",
    TypeClass.JSONB: "{}", TypeClass.ARRAY: "{}", TypeClass.RANGE: "empty", TypeClass.BITS: "0",
}  # fmt: skip

#: Tables whose names say that they keep what others held before.
_AUDIT = re.compile(r"(?:\A|_)(?:versions?|audits?|audit_logs?|audit_trails?|histor(?:y|ies)|outbox|changes|changelogs?|logged_actions|events?)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskOptions:
    """How masking is to be laid out. *populated* are the materialized views that held rows before the run, if it goes on with one."""

    workers: int
    batch_rows: int = 20_000
    known: Mapping[str, str] = field(default_factory=dict, repr=False)
    populated: frozenset[TableName] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """What one ALTER TABLE rewrites: a table, or a tree of partitions or inheriting tables through its root."""

    root: TableName
    members: tuple[TableName, ...]  # root first
    masked: Mapping[str, str]  # expressions by column


def build_mask_plan(catalog: Catalog, resolution: Resolution, facts: Facts, options: MaskOptions) -> MaskPlan:
    """Every step of masking in place. Raises RuleErrors with all problems of the rules."""
    problems = list(resolution.problems)
    bindings = FunctionBindings()
    own = {name: d for name, d in resolution.tables.items() if d.table.extension is None}
    reads = {
        name: mask_table(decision, catalog, bindings, options.known, problems)
        for name, decision in own.items()
        if decision.table.has_storage and decision.rows != "none"
    }
    problems += foreign_key_problems(own, catalog)
    if catalog.large_objects and resolution.large_objects is None:
        problems.append(
            Problem("large objects", f"the target holds {catalog.large_objects:,}, decided by no rule", "add `large_objects: none`, or `keep` if nothing personal is in them")
        )  # fmt: skip
    if problems:
        raise RuleErrors(problems)
    layout = _Layout(catalog, own, reads, facts, options)
    steps = tuple(layout.steps(resolution))
    if layout.problems:
        raise RuleErrors(layout.problems)
    return MaskPlan(
        target=catalog.server, places=tuple(sorted(layout.places(), key=lambda p: (-p.table.bytes, p.table.name))), steps=steps,
        bindings=dict(bindings.used), notes=tuple(layout.notes), rules_digest=rules_digest(resolution), scopes=_scopes(own),
    )  # fmt: skip


def _scopes(decisions: Mapping[TableName, TableDecision]) -> Mapping[str, frozenset[TableName]]:
    found: dict[str, set[TableName]] = defaultdict(set)
    for name, decision in decisions.items():
        for column in decision.columns.values():
            if column.rule.scope is not None and decision.rows != "none":
                found[column.rule.scope].add(name)
    return {scope: frozenset(names) for scope, names in found.items()}


class _Layout:
    """Which table is masked how, and the steps that do it."""

    def __init__(
        self, catalog: Catalog, decisions: Mapping[TableName, TableDecision], reads: Mapping[TableName, MaskedTable], facts: Facts, options: MaskOptions
    ) -> None:
        self.catalog = catalog
        self.decisions = decisions
        self.reads = reads
        self.facts = facts
        self.options = options
        self.problems: list[Problem] = []
        self.notes: list[Note] = []
        self.plans = {name: self._plan(d) for name, d in decisions.items() if d.table.kind != "p"}
        self.emptied = frozenset(name for name, d in decisions.items() if d.table.has_storage and d.rows == "none")
        self.limited = frozenset(name for name, d in decisions.items() if d.table.has_storage and d.rows == "predicate")
        self.units, self.batched = self._units()

    def _plan(self, decision: TableDecision) -> TablePlan:
        table = decision.table
        if table.kind == "f":
            return TablePlan(table=table, action="skip", reason="foreign table: its rows live on another server")
        if decision.rows == "none":
            return TablePlan(table=table, action="empty", reason=f"rows: none, from {decision.rows_position}")
        read = self.reads[table.name]
        return TablePlan(
            table=table, action="mask" if read.masked else "copy", masked=read.masked, kept=read.kept, free=read.free, predicate=read.predicate, where=read.where
        )

    def places(self) -> Iterator[InPlace]:
        """What the plan shows of each table."""
        rewritten = {name for unit in self.units for name in unit.members}
        for name, plan in self.plans.items():
            strategy: Strategy
            reason = plan.reason
            if plan.action == "skip":
                strategy = "skip"
            elif plan.action == "empty":
                strategy = "empty"
            elif name in self.batched:
                strategy, reason = "batches", self.batched[name]
            elif plan.masked and name in rewritten:
                strategy = "rewrite"
            else:
                strategy = "delete" if name in self.limited else "keep"
            yield InPlace(plan=plan, strategy=strategy, reason=reason)

    # Which tables one ALTER TABLE rewrites, and which it cannot.

    def _units(self) -> tuple[list[_Unit], dict[TableName, str]]:
        units: list[_Unit] = []
        batched: dict[TableName, str] = {}
        seen: set[TableName] = set()
        for name, plan in self.plans.items():
            if not plan.masked or name in seen:
                continue
            family = self._family(name)
            seen.update(family)
            masked = {m: self._expressions(m) for m in family if m in self.plans and self.plans[m].masked}
            reason = self._obstacle(family, masked)
            if reason is None:
                units.append(_Unit(root=family[0], members=family, masked=masked[name]))
            else:
                batched.update(dict.fromkeys(masked, reason))
        return units, batched

    def _expressions(self, name: TableName) -> dict[str, str]:
        return {m.name: m.sql for m in self.plans[name].masked}

    def _family(self, name: TableName) -> tuple[TableName, ...]:
        """The tree *name* is in, root first; itself alone if it is in none."""
        *_, root = [name, *self.catalog.ancestors(name)]
        return (root, *dict.fromkeys(self._descendants(root)))

    def _descendants(self, name: TableName) -> Iterator[TableName]:
        for child in self.catalog.children.get(name, ()):
            yield child
            yield from self._descendants(child)

    def _obstacle(self, family: tuple[TableName, ...], masked: Mapping[TableName, Mapping[str, str]]) -> str | None:
        """Why the family cannot be rewritten by one statement."""
        for name in masked:
            if self.decisions[name].strategy == "batches":
                return f"strategy: batches, from {self.decisions[name].strategy_position}"
        holding = [m for m in family if self.catalog.tables[m].has_storage and m not in self.emptied]
        first, *others = (masked.get(m, {}) for m in holding)
        if any(other != first for other in others):
            return "its partitions or inheriting tables are masked in different ways"
        root = self.catalog.tables[family[0]]
        if any(root.column(column) is None for column in first):
            return "a masked column is not its parent's"
        for name in family:
            table = self.catalog.tables[name]
            if table.kind == "f":
                return f"{name} in its tree lies on another server"
            if len(table.parents) > 1:
                return f"{name} in its tree has more than one parent"
            if (blocker := self.facts.table(name).blocker) is not None:
                return blocker if name == family[0] else f"{name}: {blocker}"
            for column in first:
                if generated := self.facts.column(name, column).generated:
                    return f"{generated[0]} is computed from {column}, and PostgreSQL alters no such column"
        if any(_SELECT.search(_QUOTED.sub("", sql)) for sql in first.values()):
            return "the elements of a list are masked, which a rewrite cannot"
        blocked = [d.blocker for d in self.facts.in_the_way(_columns(family, first)) if d.blocker]
        return blocked[0] if blocked else None

    # The steps, in the order in which they are wanted.

    def steps(self, resolution: Resolution) -> Iterator[MaskStep]:
        early, late = self._truncation_order()
        deletes = list(self._deletes())
        yield from deletes
        first: list[StepId] = [s.id for s in deletes]
        if early:
            step = self._truncate("empty", early, frozenset())
            yield step
            first.append(step.id)
        masking: list[StepId] = [*first]
        rewrites = list(self._rewrites(frozenset(first)))
        batches = list(self._batches(frozenset(first)))
        compacts = list(self._compacts({s.table: s.id for s in deletes}))
        yield from rewrites
        yield from batches
        yield from compacts
        masking += [s.id for s in (*rewrites, *batches, *compacts)]
        if late:
            step = self._truncate("empty the referenced", late, frozenset(masking))
            yield step
            masking.append(step.id)
        if self.catalog.large_objects and resolution.large_objects == "none":
            yield UnlinkLargeObjects(id="large objects", count=self.catalog.large_objects)
            masking.append("large objects")
        ready = frozenset(masking)
        analyses = list(self._analyses(ready))
        yield from analyses
        views = list(self._refreshes(ready))
        yield from views
        done = frozenset(s.id for s in (*analyses, *views)) | ready
        catalogs = ["pg_statistic", "pg_statistic_ext_data"] + (["pg_largeobject", "pg_largeobject_metadata"] if "large objects" in done else [])
        for name in catalogs:
            yield Compact(id=f"compact {name}", needs=done, subject=name, sql=f"VACUUM (FULL, VERBOSE) pg_catalog.{name}")

    def _deletes(self) -> Iterator[DeleteRows]:
        """Children before parents; a cycle is entered anywhere."""
        done: dict[TableName, StepId] = {}
        waiting: set[TableName] = set()

        def visit(name: TableName) -> Iterator[DeleteRows]:
            if name in done or name in waiting:
                return
            waiting.add(name)
            children = [key.table for key in self.catalog.references_to.get(name, ()) if key.table in self.limited]
            for child in children:
                yield from visit(child)
            plan, facts = self.plans[name], self.facts.table(name)
            step = DeleteRows(
                id=f"delete {name}", needs=frozenset(done[c] for c in children if c in done), weight=plan.table.bytes, table=name, suspend=facts.suspend, restore=facts.restore,
                sql=f"DELETE FROM ONLY {name.sql} WHERE ({plan.predicate}) IS NOT TRUE", kept_sql=f"SELECT count(*) FROM ONLY {name.sql} WHERE ({plan.predicate})",  # noqa: S608
            )  # fmt: skip
            done[name] = step.id
            yield step

        for name in sorted(self.limited):
            yield from visit(name)

    def _truncation_order(self) -> tuple[list[TableName], list[TableName]]:
        """Tables that can be emptied at once, and those that a table with rows still references until it is masked."""
        early = set(self.emptied)
        while True:
            held = {name for name in early if any(key.table in self._with_rows(early) for key in self._keys_to(name))}
            if not held:
                break
            early -= held
        return sorted(early), sorted(self.emptied - early)

    def _with_rows(self, early: Iterable[TableName]) -> frozenset[TableName]:
        empty = set(early)
        return frozenset(t.name for t in self.catalog.tables.values() if any(m not in empty for m in self._holders(t.name)))

    def _holders(self, name: TableName) -> list[TableName]:
        return [m for m in (name, *self._descendants(name)) if self.catalog.tables[m].has_storage]

    def _keys_to(self, name: TableName) -> Iterator[ForeignKey]:
        for target in (name, *self.catalog.ancestors(name)):
            yield from self.catalog.references_to.get(target, ())

    def _truncate(self, step_id: StepId, names: Sequence[TableName], needs: frozenset[StepId]) -> Truncate:
        facts = [self.facts.table(name) for name in names]
        keys = {(key.table, key.name): key for name in names for key in self._keys_to(name) if not set(self._holders(key.table)) <= set(names)}
        statements = [s for fact in facts for s in fact.suspend]
        statements += [_drop_key(key) for key in keys.values()]
        statements.append("TRUNCATE " + ", ".join(f"ONLY {name.sql}" for name in names))
        statements += [s for key in keys.values() for s in self._add_key(key)]
        forget, attempts = self._forget(names)
        statements += forget
        touched = {*names, *(key.table for key in keys.values())}
        return Truncate(
            id=step_id, needs=needs, weight=2**62, excludes=frozenset(f"table {name}" for name in touched), tables=tuple(names), statements=tuple(statements),
            attempts=tuple(attempts), restore=tuple(s for fact in facts for s in fact.restore),
        )  # fmt: skip

    def _forget(self, names: Sequence[TableName]) -> tuple[list[str], list[tuple[str, ...]]]:
        """Remove what ANALYZE has kept of emptied tables: a column's statistics go when its type is altered, be it to the same."""
        if self.catalog.server.major >= 18:
            return [
                f"SELECT pg_catalog.pg_clear_attribute_stats({quote_literal(name.schema)}, {quote_literal(name.name)}, {quote_literal(c.name)}, {inherited})"
                for name in self._emptied_whole(names) for c in self.catalog.tables[name].columns for inherited in ("false", "true")
            ], []  # fmt: skip
        alters: list[tuple[tuple[TableName, ...], list[Column]]] = []
        for root in self._emptied_whole(names):
            family = self._family(root)
            if family[0] == root and not any(self.facts.table(m).blocker for m in family):
                alters.append((family, [c for c in self.catalog.tables[root].columns if self._can_alter(family, c.name)]))
        dependents = self.facts.in_the_way([name for family, columns in alters for name in _columns(family, [c.name for c in columns])])
        statements = [d.drop for d in reversed(dependents)]
        altered: set[ColumnName] = set()
        for family, columns in alters:
            if columns:
                statements += self._alter(family, {c.name: None for c in columns})
                altered.update(_columns(family, [c.name for c in columns]))
        missed = [name for name in names if any(ColumnName(name, c.name) not in altered for c in self.catalog.tables[name].columns)]
        return statements + [s for d in dependents for s in d.create], [a for name in missed if (a := self._show_nothing(name))]

    def _show_nothing(self, name: TableName) -> tuple[str, ...]:
        """Have ANALYZE see one row that holds nothing instead of those it saw last."""
        table = self.catalog.tables[name]
        columns = [c for c in table.columns if not c.generated]
        values = ", ".join("NULL" if c.is_nullable else _nothing(c) for c in columns)
        return (
            *(_drop_key(key) for key in table.foreign_keys),
            f"INSERT INTO {name.sql} ({', '.join(quote(c.name) for c in columns)}) OVERRIDING SYSTEM VALUE VALUES ({values})",  # noqa: S608
            f"ANALYZE {name.sql}",
            f"DELETE FROM ONLY {name.sql}",  # noqa: S608
            *(s for key in table.foreign_keys for s in self._add_key(key)),
        )

    def _emptied_whole(self, names: Sequence[TableName]) -> list[TableName]:
        """Those of *names*, and of the parents above them, of which no part keeps rows."""
        candidates = dict.fromkeys(t for name in names for t in (name, *self.catalog.ancestors(name)))
        return [c for c in candidates if set(self._holders(c)) <= set(names)]

    def _can_alter(self, family: tuple[TableName, ...], column: str) -> bool:
        return not any(self.facts.column(m, column).generated or column in self.catalog.tables[m].partition_key for m in family) and not any(
            d.blocker for d in self.facts.in_the_way(_columns(family, [column]))
        )

    def _alter(self, family: tuple[TableName, ...], expressions: Mapping[str, str | None]) -> list[str]:
        """One ALTER TABLE for the whole family, then what single members store otherwise than the root."""
        root = self.catalog.tables[family[0]]
        clauses: list[str] = []
        for name, expression in expressions.items():
            column = root.column(name)
            if column is None:
                continue
            facts = self.facts.column(root.name, name)
            collation = f" COLLATE {facts.collation}" if facts.collation else ""
            using = f" USING {expression}" if expression is not None else ""
            clauses.append(f"ALTER COLUMN {quote(name)} TYPE {column.type.sql}{collation}{using}")
            clauses += _storage(name, facts.storage, facts.compression)
        statements = [f"ALTER TABLE {root.name.sql} {', '.join(clauses)}"]
        for member in family[1:]:
            own: list[str] = []
            for name in expressions:
                facts, above = self.facts.column(member, name), self.facts.column(root.name, name)
                if (facts.storage, facts.compression) != (above.storage, above.compression):
                    own += _storage(name, facts.storage or "DEFAULT", facts.compression or "default")
            if own:
                statements.append(f"ALTER TABLE ONLY {member.sql} {', '.join(own)}")
        return statements

    def _rewrites(self, needs: frozenset[StepId]) -> Iterator[Rewrite]:
        for units, keys in self._groups():
            yield self._rewrite(units, keys, needs)
        for name in sorted(self.limited - self.batched.keys() - {m for u in self.units for m in u.members}):
            column = self._any_column(name)
            if column is not None:
                # An expression the planner does not reduce to the column itself makes a new file even where no value changes.
                unit = _Unit(root=name, members=(name,), masked={column: f"coalesce({quote(column)}, {quote(column)})"})
                yield self._rewrite([unit], [], needs)

    def _any_column(self, name: TableName) -> str | None:
        """A column of a table in no tree that can be altered with nothing in the way."""
        table = self.catalog.tables[name]
        if len(self._family(name)) > 1 or self.facts.table(name).blocker:
            return None
        indexed = {c for index in table.indexes for c in (*index.columns, *index.expression_columns)}
        free = [
            c.name for c in table.columns
            if not c.generated and not c.identity and not self.facts.column(name, c.name).generated and not self.facts.column(name, c.name).dependents
            and not any(c.name in check.columns for check in table.checks)
        ]  # fmt: skip
        return min(free, key=lambda c: c in indexed, default=None)

    def _groups(self) -> Iterator[tuple[list[_Unit], list[ForeignKey]]]:
        """Units that foreign keys between masked columns hold together, with those keys."""
        by_member = {m: at for at, unit in enumerate(self.units) for m in unit.members}
        group = list(range(len(self.units)))
        keys: dict[int, list[ForeignKey]] = defaultdict(list)
        for table in self.catalog.tables.values():
            for key in table.foreign_keys:
                if not self._is_masked_key(key):
                    continue
                sides = [by_member.get(key.table), by_member.get(key.references)]
                batched = [name for name in (key.table, key.references) if name in self.batched]
                if batched:
                    name = batched[0]
                    self.problems.append(
                        Problem(f"{name}", f"it is masked in batches ({self.batched[name]}), and the foreign key {key.name} compares a masked column", "keep the key's columns, or let the table be rewritten")
                    )  # fmt: skip
                    continue
                there = [at for at in sides if at is not None]
                target = group[there[0]]
                for at in there[1:]:
                    old = group[at]
                    if old != target:
                        group = [target if g == old else g for g in group]
                        keys[target] += keys.pop(old, [])
                keys[target].append(key)
        for target in dict.fromkeys(group):
            yield [unit for at, unit in enumerate(self.units) if group[at] == target], keys.get(target, [])

    def _is_masked_key(self, key: ForeignKey) -> bool:
        """Whether the values the key compares change, on the side it references or by more than becoming NULL."""
        child, parent = self.decisions.get(key.table), self.decisions.get(key.references)
        unit_of = {m: u for u in self.units for m in u.members}

        def masked(name: TableName) -> set[str]:
            unit = unit_of.get(name)
            holders = self._holders(name)
            return set(unit.masked) if unit else {m.name for h in holders if h in self.batched for m in self.plans[h].masked}

        if child is None or parent is None:
            return False
        if masked(key.references) & set(key.referenced_columns):
            return True
        return any(c in masked(key.table) and not ((d := child.columns.get(c)) is not None and isinstance(d.rule, Null)) for c in key.columns)

    def _rewrite(self, units: Sequence[_Unit], keys: Sequence[ForeignKey], needs: frozenset[StepId]) -> Rewrite:
        columns = [name for unit in units for name in _columns(unit.members, unit.masked)]
        dependents = self.facts.in_the_way(columns)
        members = [m for unit in units for m in unit.members]
        held = [self.plans[m] for m in members if m in self.plans and self.plans[m].action in {"mask", "copy"}]
        touched = {*members, *(name for d in dependents for name in d.reads)}
        touched |= {name for m in members for k in (*self.catalog.tables[m].foreign_keys, *self.catalog.references_to.get(m, ())) for name in (k.table, k.references)}
        return Rewrite(
            id="rewrite " + ", ".join(str(unit.root) for unit in units), needs=needs, weight=sum(p.table.bytes for p in held),
            excludes=frozenset(f"table {name}" for name in touched), tables=tuple(unit.root for unit in units), plans=tuple(held),
            drop=(*(d.drop for d in reversed(dependents)), *(_drop_key(k) for k in keys)),
            alter=tuple(s for unit in units for s in self._alter(unit.members, unit.masked)),
            create=(*(s for k in keys for s in self._add_key(k)), *(s for d in dependents for s in d.create), *self._index_statistics(units)),
            dependents=tuple(d.title for d in dependents),
        )  # fmt: skip

    def _index_statistics(self, units: Sequence[_Unit]) -> Iterator[str]:
        """Statistics targets of indexes, which a rebuilt index loses."""
        for unit in units:
            for member in unit.members:
                for index in self.catalog.tables[member].indexes:
                    if set(unit.masked) & {*index.columns, *index.expression_columns}:
                        yield from (f"ALTER INDEX {index.name.sql} ALTER COLUMN {n} SET STATISTICS {target}" for n, target in index.statistics)

    def _batches(self, needs: frozenset[StepId]) -> Iterator[CutBatches | UpdateBatches | FinishBatches | Compact]:
        for name in sorted(self.batched, key=lambda n: -self.plans[n].table.bytes):
            plan, facts = self.plans[name], self.facts.table(name)
            key = _batch_key(plan.table, {m.name for m in plan.masked})
            cut = CutBatches(
                id=f"cut {name}", needs=needs, weight=plan.table.bytes, excludes=frozenset({f"table {name}"}), plan=plan, key=key, rows=self.options.batch_rows,
                suspend=facts.suspend, restore=facts.restore,
            )  # fmt: skip
            yield cut
            expected = max(1, int(max(0.0, plan.table.rows) // self.options.batch_rows)) if key else 1
            lanes = [
                UpdateBatches(
                    id=f"batches {name} {lane + 1}", needs=frozenset({cut.id}), weight=max(1, plan.table.bytes // (lane + 1)), plan=plan, lane=lane + 1, key=key,
                    sets=set_list(plan.masked), where=_touched(plan),
                )
                for lane in range(min(self.options.workers, expected))
            ]  # fmt: skip
            yield from lanes
            finish = FinishBatches(
                id=f"finish {name}", needs=frozenset(step.id for step in lanes), weight=plan.table.bytes, excludes=frozenset({f"table {name}"}), plan=plan, key=key,
                sets=set_list(plan.masked), where=_touched(plan),
            )  # fmt: skip
            yield finish
            yield replace(_compact(name, plan.table.bytes), needs=frozenset({finish.id}))

    def _compacts(self, deletes: Mapping[TableName, StepId]) -> Iterator[Compact]:
        """Tables that lost rows and are neither rewritten nor masked in batches."""
        rewritten = {m for u in self.units for m in u.members}
        for name in sorted(self.limited - self.batched.keys() - rewritten):
            if self._any_column(name) is None:
                yield replace(_compact(name, self.plans[name].table.bytes), needs=frozenset({deletes[name]}))

    def _changed(self) -> frozenset[TableName]:
        return frozenset({m for u in self.units for m in u.members} | self.batched.keys() | self.limited | self.emptied)

    def _analyses(self, needs: frozenset[StepId]) -> Iterator[Analyze]:
        filled = sorted(self._changed() - self.emptied)
        roots = dict.fromkeys(self._family(name) for name in filled)
        for family in roots:
            tables = [self.catalog.tables[m] for m in family]
            elsewhere = any(t.kind == "f" for t in tables)
            wanted = [t for t in tables if t.kind == "r"] if elsewhere else [tables[0], *(t for t in tables[1:] if t.kind == "r" and tables[0].kind == "r")]
            if elsewhere:
                self.notes.append(
                    Note(subject=f"statistics of {family[0]}", text="those of the whole tree are left as they are: a part of it lies on another server")
                )
            for table in wanted:
                only = "ONLY " if table.kind == "r" and len(family) > 1 and self.catalog.server.version >= 180000 else ""
                yield Analyze(id=f"analyze {table.name}", needs=needs, weight=table.bytes, table=table.name, sql=f"ANALYZE {only}{table.name.sql}")

    def _refreshes(self, needs: frozenset[StepId]) -> Iterator[RefreshMaterializedView]:
        changed = self._changed()
        for view in self.catalog.materialized_views:
            sources = self.facts.matview_sources.get(view.name, frozenset())
            is_populated = view.is_populated if self.options.populated is None else view.name in self.options.populated
            if is_populated and any(set(self._family(s)) & changed for s in sources if s in self.catalog.tables):
                yield RefreshMaterializedView(
                    id=f"matview {view.name}", needs=needs | {f"matview {n}" for n in view.needs if self._is_refreshed(n, changed)}, weight=view.bytes, view=view.name,
                    statements=(f"REFRESH MATERIALIZED VIEW {view.name.sql}", f"ANALYZE {view.name.sql}"),
                )  # fmt: skip

    def _is_refreshed(self, name: TableName, changed: frozenset[TableName]) -> bool:
        view = next((v for v in self.catalog.materialized_views if v.name == name), None)
        if view is None:
            return False
        is_populated = view.is_populated if self.options.populated is None else name in self.options.populated
        return is_populated and any(set(self._family(s)) & changed for s in self.facts.matview_sources.get(name, ()) if s in self.catalog.tables)

    def _add_key(self, key: ForeignKey) -> Iterator[str]:
        yield f"ALTER TABLE {_only(self.catalog.tables[key.table])}{key.table.sql} ADD CONSTRAINT {quote(key.name)} {key.definition}"
        if (comment := self.facts.foreign_key_comments.get((key.table, key.name))) is not None:
            yield f"COMMENT ON CONSTRAINT {quote(key.name)} ON {key.table.sql} IS {quote_literal(comment)}"


def audit_like(catalog: Catalog, resolution: Resolution) -> Iterator[Note]:
    """Tables whose names say that triggers or libraries copy other tables' values into them, and of which no column is masked."""
    for name, decision in sorted(resolution.tables.items()):
        masks = any(d.rule.mask != "keep" for d in decision.columns.values())
        if decision.rows == "all" and not masks and _AUDIT.search(name.name) and catalog.tables[name].has_storage and decision.columns:
            yield Note(subject=f"{name}", text="its name says that it keeps what other tables held, and the rules keep every column of it; `rows: none` empties it")


def _nothing(column: Column) -> str:
    """A value of the column's type that says nothing."""
    kind = column.type
    text = _NOTHING.get(kind.kind, "")
    return f"{quote_literal(kind.labels[0] if kind.labels else text)}::{kind.sql}"


def _touched(plan: TablePlan) -> str | None:
    """The condition of the rows an UPDATE has to touch."""
    return f"({plan.where}) IS NOT FALSE" if plan.where else None


def _columns(members: Iterable[TableName], names: Iterable[str]) -> list[ColumnName]:
    wanted = list(names)
    return [ColumnName(member, name) for member in members for name in wanted]


def _storage(column: str, storage: str | None, compression: str | None) -> list[str]:
    clauses = [f"ALTER COLUMN {quote(column)} SET STORAGE {storage}"] if storage and storage != "DEFAULT" else []
    return clauses + ([f"ALTER COLUMN {quote(column)} SET COMPRESSION {compression}"] if compression and compression != "default" else [])


def _only(table: Table) -> str:
    return "" if table.kind == "p" else "ONLY "


def _drop_key(key: ForeignKey) -> str:
    return f"ALTER TABLE {key.table.sql} DROP CONSTRAINT {quote(key.name)}"


def _compact(name: TableName, size: int) -> Compact:
    return Compact(id=f"compact {name}", weight=size, excludes=frozenset({f"table {name}"}), subject=str(name), sql=f"VACUUM (FULL, VERBOSE) {name.sql}")


def _batch_key(table: Table, masked: set[str]) -> tuple[str, ...]:
    """Columns that tell rows apart and stay as they are; none if there are none."""
    if table.row_key and not masked & set(table.row_key):
        return table.row_key
    required = {c.name for c in table.columns if not c.is_nullable} - masked
    keys = [
        tuple(c for c in index.columns if c is not None)
        for index in table.indexes
        if index.is_unique and index.is_valid and not index.is_partial and not index.is_deferrable and all(c in required for c in index.columns)
    ]
    return min(keys, key=lambda key: (len(key), key), default=())

