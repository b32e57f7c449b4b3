"""How each table is masked where it stands, and the steps that do it, in the order of their needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from masker.catalog.types import Catalog, Table
from masker.errors import Problem
from masker.in_place.batch_steps import Batches, compact
from masker.in_place.beside import behind, runs_code
from masker.in_place.derived_steps import DerivedData
from masker.in_place.facts import Facts
from masker.in_place.locks import Locks
from masker.in_place.proof_steps import Proofs
from masker.in_place.removal import Removal
from masker.in_place.rewrites import Rewrites
from masker.in_place.room import Room, copy_bytes
from masker.in_place.steps import (
    Compact,
    ForgetEmpty,
    InPlace,
    MaskStep,
    ProveJoin,
    ProveStatistics,
    RaiseSequences,
    Recompute,
    Reindex,
    Rewrite,
    Strategy,
    UnlinkLargeObjects,
)
from masker.in_place.trees import Trees
from masker.in_place.turns import Turns, masked_by
from masker.in_place.units import Units
from masker.lanes.step import Analyze, CountJoin, StepId
from masker.masks.numbers import Shapes
from masker.names import TableName
from masker.notes import Note
from masker.ruleset.types import Resolution, TableDecision
from masker.tables.joins import Join
from masker.tables.plan import TablePlan
from masker.tables.reading import MaskedTable
from masker.tables.witness import Level

#: So many values are looked at in the time of which each byte that is rewritten takes one.
_A_LOOK = 64

#: Rows that ANALYZE takes of a table, unless it is told otherwise.
_ANALYZED_ROWS = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskOptions:
    """How masking is to be laid out, and in what *room* and with what *locks*.

    *populated* are the materialized views that held rows before the run, if it goes on with one. *stem* makes the names
    of the settings that hold seeds the run's own; *verify* is how many rows are proved. *shapes* steers draws from
    lists.
    """

    workers: int
    batch_rows: int = 20_000
    known: Mapping[str, str] = field(default_factory=dict, repr=False)
    populated: frozenset[TableName] | None = None
    room: Room = field(default_factory=Room)
    locks: Locks = field(default_factory=Locks)
    stem: str = field(default="", repr=False)
    verify: Level = "sample"
    shapes: Shapes = field(default_factory=dict)


class Layout:
    """How each table is masked, and the steps that do it."""

    def __init__(
        self,
        catalog: Catalog,
        decisions: Mapping[TableName, TableDecision],
        reads: Mapping[TableName, MaskedTable],
        facts: Facts,
        options: MaskOptions,
        settings: Mapping[TableName, frozenset[str]],
        notes: list[Note],
        joins: Sequence[Join] = (),
        floors: Mapping[TableName, int] | None = None,
    ) -> None:
        self.joins = joins
        self.floors = floors or {}
        self.trees = Trees(catalog, facts)
        self.reads = reads
        self.options = options
        self.settings = settings
        self.notes = notes
        self.plans = {name: self._plan(d) for name, d in decisions.items() if d.table.kind != "p"}
        self.turns = Turns({name: read.reads_tables for name, read in reads.items() if read.masked}, self.trees)
        self.problems: list[Problem] = []
        self.proofs = Proofs(self.trees, self.plans, is_asked=options.verify != "none")
        self.room, self.locks = options.room, options.locks
        self.removal = Removal(self.trees, decisions, self.plans, self.locks)
        self.units = Units(self.trees, decisions, self.plans, self.removal.emptied, self.room, self.locks)
        self.batches = Batches(self.trees, self.plans, self.room, workers=options.workers, rows=options.batch_rows)
        self.rewrites = Rewrites(
            self.trees, self.plans, self.removal, self.units, self.room, self.locks, workers=options.workers
        )
        self.derived = DerivedData(
            self.trees,
            changed=self._changed(),
            batched=frozenset(self.units.batched),
            emptied=self.removal.emptied,
            populated=options.populated,
            room=self.room,
        )

    def _plan(self, decision: TableDecision) -> TablePlan:
        table = decision.table
        if table.kind == "f":
            return TablePlan(table=table, action="skip", reason="foreign table: its rows live on another server")
        if decision.rows == "none":
            return TablePlan(table=table, action="empty", reason=f"rows: none, from {decision.rows_position}")
        read = self.reads[table.name]
        return TablePlan(
            table=table,
            action="mask" if read.masked else "copy",
            masked=read.masked,
            kept=read.kept,
            keeping=read.keeping,
            free=read.free,
            predicate=read.predicate,
            where=read.where,
            predicate_written=read.predicate_written,
            where_written=read.where_written,
            predicate_reads=read.predicate_reads,
            where_reads=read.where_reads,
            predicate_position=decision.rows_position,
            where_position=decision.where_position,
            settings=self.settings[table.name],
        )

    def places(self) -> Iterator[InPlace]:
        """What the plan shows of each table."""
        rewritten = {name for unit in self.units.all for name in unit.members}
        for name, plan in self.plans.items():
            strategy: Strategy
            reason = plan.reason
            if plan.action == "skip":
                strategy = "skip"
            elif plan.action == "empty":
                strategy = "empty"
            elif name in self.units.batched:
                strategy, reason = "batches", self.units.batched[name]
            elif plan.masked and name in rewritten:
                strategy = "rewrite"
            else:
                strategy = "delete" if name in self.removal.limited else "keep"
            yield InPlace(plan=plan, strategy=strategy, reason=reason)

    def steps(self, resolution: Resolution) -> Iterator[MaskStep]:
        early, late = self.removal.truncation_order()
        witnesses, seeks = (
            list(self.proofs.witnesses(self._changed() | self.units.rewritten)),
            list(self.proofs.originals()),
        )
        yield from witnesses
        yield from seeks
        counts = list(self._counts())
        yield from counts
        first: list[StepId] = [*(w.id for w in witnesses), *(s.id for s in seeks), *(c.id for c in counts)]
        emptied = list(self.removal.truncations("empty", early, frozenset(first)))
        yield from emptied
        first += [s.id for s in emptied]
        deletes = list(self.removal.deletes(frozenset(first)))
        yield from deletes
        first += [s.id for s in deletes]
        masking: list[StepId] = [*first]
        told = frozenset(w.id for w in witnesses)
        rewrites = self.rewrites.steps(frozenset(first) - told, told)
        batched = self.turns.first(sorted(self.units.batched, key=lambda n: (-self.plans[n].table.bytes, n)))
        self.problems += self.turns.problems(self.removal.limited | self.removal.emptied, rewrites)
        early_rewrites = frozenset(
            s.id for s in rewrites if not self.turns.readers(p.table.name for p in s.plans) & {*batched}
        )
        batches = list(self.batches.steps(batched, frozenset(first), early_rewrites))
        masked = masked_by([*rewrites, *batches])
        rewrites = self.turns.waiting(rewrites, masked)
        batches = behind(self.turns.waiting(batches, masked), rewrites)
        compacts = list(self._compacts({s.table: s.id for s in deletes}))
        self.notes += [
            Note(subject=s.subject, text=f"{s.residue}: the gate stays shut")
            for s in (*batches, *compacts)
            if isinstance(s, Compact) and s.residue
        ]
        yield from rewrites
        yield from batches
        yield from compacts
        masking += [s.id for s in (*rewrites, *batches, *compacts)]
        emptied = list(self.removal.truncations("empty the referenced", late, frozenset(masking)))
        yield from emptied
        masking += [s.id for s in emptied]
        if self.trees.catalog.large_objects and resolution.large_objects == "none":
            yield UnlinkLargeObjects(id="large objects", count=self.trees.catalog.large_objects)
            masking.append("large objects")
        ready = frozenset(masking)
        self.notes += self.derived.notes()
        self.notes += self.proofs.functions()
        columns = list(self.derived.columns_steps(ready))
        yield from columns
        ready |= {s.id for s in columns}
        recomputed = frozenset(s.table for s in columns if isinstance(s, Recompute))
        analyses = list(self._analyses(masked_by(rewrites), recomputed, ready))
        yield from analyses
        # What reads the statistics has to find the new ones.
        ready |= {s.id for s in analyses}
        if forgotten := tuple(self.removal.forgets(self.derived.changed)):
            yield ForgetEmpty(id="forget", needs=ready, tables=forgotten)
            ready |= {"forget"}
        views = list(self.derived.refreshes(ready))
        yield from views
        ready |= {s.id for s in views}
        again: list[Reindex | Analyze] = [*self.derived.reindexes(ready), *self.derived.analyses(ready)]
        yield from again
        done = ready | {s.id for s in again}
        for count in counts:
            yield ProveJoin(id=f"{count.id} again", needs=done, weight=count.weight, join=count.join, of=count.id)
        if self.floors:
            yield RaiseSequences(id="sequences", needs=done, floors=self.floors)
        is_quiet = not (self.derived.views or columns or runs_code(self.trees, self.trees.catalog.tables))
        yield from self.proofs.again(
            witnesses,
            deletes,
            self.units.rewritten | self.units.batched.keys(),
            frozenset(masking) if is_quiet else done,
        )
        yield from self._looks(analyses, again, done)
        catalogs = ["pg_statistic", "pg_statistic_ext_data"] + (
            ["pg_largeobject", "pg_largeobject_metadata"] if "large objects" in done else []
        )
        for name in catalogs:
            yield Compact(
                id=f"compact {name}", needs=done, subject=name, sql=f"VACUUM (FULL, VERBOSE) pg_catalog.{name}"
            )

    def _looks(
        self, analyses: Sequence[Analyze], again: Sequence[Analyze | Reindex], done: frozenset[StepId]
    ) -> Iterator[ProveStatistics]:
        """Whether statistics are of the rows there are: beside rewrites of others, as soon as ANALYZE has ended for
        good."""
        masked = {name: tuple(m.name for m in plan.masked) for name, plan in self.plans.items() if plan.masked}
        once_more = {step.table for step in again}
        for family in self._families(masked):
            of = {step.id for step in analyses if step.table in family}
            is_told = bool(of) and not once_more.intersection(family)
            yield ProveStatistics(
                id=f"statistics of {family[0]}",
                needs=frozenset(of) if is_told else done,
                weight=self._values_compared(family) // _A_LOOK,
                excludes=self._held(family),
                columns={name: masked[name] for name in family if name in masked},
            )

    def _values_compared(self, family: Sequence[TableName]) -> int:
        """About how many values are looked at for what statistics keep of *family*."""
        plans = [self.plans[name] for name in family if name in self.plans]
        return int(sum(max(0.0, plan.table.rows) * len(plan.masked) for plan in plans))

    @staticmethod
    def _values_analyzed(table: Table) -> int:
        return int(min(max(0.0, table.rows), _ANALYZED_ROWS) * len(table.columns))

    def _held(self, family: Sequence[TableName]) -> frozenset[str]:
        """What keeps a look at a whole tree from what would wait for its locks, or take many beside it."""
        many = set() if self.locks.are_shared(len(family), self.options.workers) else {"locks"}
        return frozenset(f"table {name}" for name in family) | many

    def _counts(self) -> Iterator[CountJoin]:
        for join in self.joins:
            tables = self.trees.catalog.tables
            guards = tuple((name, tables[name].oid) for name in join.tables)
            yield CountJoin(
                id=f"joins {join.subject}", weight=tables[join.child[0]].bytes // 4, join=join, guards=guards
            )

    def crowded(self) -> frozenset[TableName]:
        """Tables that are masked without a second copy of them, for want of room."""
        changed = self._changed() - self.removal.emptied
        crowded = {family[0] for family in self._families(changed) if self.room.is_crowded(self.units.holding(family))}
        return frozenset(name for name in changed if self.trees.family(name)[0] in crowded)

    def short_of_locks(self) -> frozenset[TableName]:
        """Tables in trees of so many that one transaction may not lock them all."""
        found = (
            family
            for family in self._families(self.units.batched)
            if self.locks.are_short([self.trees.catalog.tables[m] for m in family], self._masked_in(family))
        )
        return frozenset(name for family in found for name in family)

    def _families(self, names: Iterable[TableName]) -> Iterable[tuple[TableName, ...]]:
        """The trees that *names* belong to, each once."""
        return {family[0]: family for family in map(self.trees.family, names)}.values()

    def _masked_in(self, family: Iterable[TableName]) -> frozenset[str]:
        return frozenset(m.name for name in family if name in self.plans for m in self.plans[name].masked)

    def copy_bytes(self, steps: Sequence[MaskStep]) -> int:
        """The most that second copies take at once, beside what is there."""
        rewrites = [step.copy_bytes for step in steps if isinstance(step, Rewrite)]
        batched = [2 * copy_bytes([self.plans[name].table]) for name in self.units.batched]
        if self.room.free_bytes is None:
            return sum(sorted([*rewrites, *batched], reverse=True)[: self.options.workers])
        most = sum(sorted(rewrites, reverse=True)[: self.room.at_once(rewrites, self.options.workers)])
        return max([most, *(min(copy, self.room.free_bytes) for copy in batched)])

    def _compacts(self, deletes: Mapping[TableName, StepId]) -> Iterator[Compact]:
        """Tables that lost rows and are neither rewritten nor masked in batches."""
        rewritten = {m for u in self.units.all for m in u.members}
        for name in sorted(self.removal.limited - self.units.batched.keys() - rewritten):
            table = self.plans[name].table
            if self.rewrites.any_column(name) is None or self.room.is_crowded([table]):
                yield replace(compact(table, self.room), needs=frozenset({deletes[name]}))

    def _changed(self) -> frozenset[TableName]:
        return frozenset(
            {m for u in self.units.all for m in u.members}
            | self.units.batched.keys()
            | self.removal.limited
            | self.removal.emptied
        )

    def _analyses(
        self, rewritten: Mapping[TableName, StepId], recomputed: frozenset[TableName], ready: frozenset[StepId]
    ) -> Iterator[Analyze]:
        """ANALYZE of what has changed: beside the rewrites of others where one rewrite was all that changed it."""
        filled = sorted(self.derived.changed - self.removal.emptied)
        roots = dict.fromkeys(self.trees.family(name) for name in filled)
        for family in roots:
            tables = [self.trees.catalog.tables[m] for m in family]
            elsewhere = any(t.kind == "f" for t in tables)
            wanted = (
                [t for t in tables if t.kind == "r"]
                if elsewhere
                else [tables[0], *(t for t in tables[1:] if t.kind == "r" and tables[0].kind == "r")]
            )
            if elsewhere:
                self.notes.append(
                    Note(
                        subject=f"statistics of {family[0]}",
                        text="those of the whole tree are left as they are: a part of it lies on another server",
                    )
                )
            holding = [t.name for t in tables if t.has_storage]
            by = {rewritten.get(name) for name in holding}
            needs = ready if None in by or recomputed.intersection(family) else frozenset(filter(None, by))
            for table in wanted:
                only = (
                    "ONLY "
                    if table.kind == "r" and len(family) > 1 and self.trees.catalog.server.version >= 180000
                    else ""
                )
                yield Analyze(
                    id=f"analyze {table.name}",
                    needs=needs,
                    # No table waits for its masks while another is looked through; what is compared with it then
                    # ends the sooner.
                    weight=(self._values_analyzed(table) + self._values_compared(family)) // _A_LOOK,
                    excludes=self._held(family),
                    table=table.name,
                    sql=f"ANALYZE {only}{table.name.sql}",
                )
