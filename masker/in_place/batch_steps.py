"""The steps of tables that are masked in batches, and the new files of tables that hold dead rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from masker.catalog.types import Table, TypeClass
from masker.in_place.room import Room
from masker.in_place.steps import Compact, CutBatches, FinishBatches, UpdateBatches, set_list
from masker.in_place.trees import Trees, columns_of
from masker.lanes.step import StepId
from masker.names import TableName, quote_literal
from masker.tables.plan import MaskedColumn, TablePlan


class Batches:
    """Tables masked by *workers* lanes in ranges of *rows*. Where room is short they follow each other, each vacuumed
    as it goes."""

    def __init__(
        self, trees: Trees, plans: Mapping[TableName, TablePlan], room: Room, *, workers: int, rows: int
    ) -> None:
        self.trees = trees
        self.plans = plans
        self.room = room
        self.workers = workers
        self.rows = rows

    def steps(
        self, names: list[TableName], needs: frozenset[StepId], rewrites: frozenset[StepId]
    ) -> Iterator[CutBatches | UpdateBatches | FinishBatches | Compact]:
        """All steps of *names*, after *needs*, and where room is short after *rewrites*, whose transactions would keep
        dead rows."""
        before = needs if self.room.free_bytes is None else needs | rewrites
        for name in names:
            steps = list(self._table(self.plans[name], before))
            yield from steps
            if self.room.free_bytes is not None:
                before = needs | rewrites | {steps[-1].id}

    def _table(
        self, plan: TablePlan, needs: frozenset[StepId]
    ) -> Iterator[CutBatches | UpdateBatches | FinishBatches | Compact]:
        name, facts = plan.table.name, self.trees.facts.table(plan.table.name)
        key = _batch_key(plan.table, {m.name for m in plan.masked})
        share = self.room.vacuum_share(plan.table) if key else None
        expected = max(1, int(max(0.0, plan.table.rows) // self.rows)) if key and share is None else 1
        count = min(self.workers, expected)
        cut = CutBatches(
            id=f"cut {name}",
            needs=needs,
            weight=plan.table.bytes,
            excludes=frozenset({f"table {name}"}),
            plan=plan,
            key=key,
            rows=self.rows,
            lanes=count,
            suspend=facts.suspend,
            restore=facts.restore,
        )
        yield cut
        lanes = [
            UpdateBatches(
                id=f"batches {name} {lane + 1}",
                needs=frozenset({cut.id}),
                weight=max(1, plan.table.bytes // (lane + 1)),
                plan=plan,
                lane=lane + 1,
                key=key,
                sets=set_list(plan.masked),
                where=_touched(plan),
                vacuum_share=share,
            )
            for lane in range(count)
        ]
        yield from lanes
        finish = FinishBatches(
            id=f"finish {name}",
            needs=frozenset(step.id for step in lanes),
            weight=plan.table.bytes,
            excludes=frozenset({f"table {name}"}),
            plan=plan,
            key=key,
            sets=set_list(plan.masked),
            where=_touched(plan),
            forget=tuple(self._forget(plan)),
        )
        yield finish
        yield replace(compact(plan.table, self.room), needs=frozenset({finish.id}))

    def _forget(self, plan: TablePlan) -> Iterator[str]:
        """Remove what ANALYZE has kept of columns that may come to be NULL in every row, and are of types that
        extensions collect statistics of: of nothing but NULL these write none, and what there was would stay."""
        names = [m.name for m in plan.masked if _may_be_null(m) and _is_analyzed_by_extension(plan.table, m.name)]
        family = self.trees.family(plan.table.name)
        if not names:
            return
        if self.trees.catalog.server.major >= 18:
            yield from (_cleared(member, names) for member in family)
        elif all(self.trees.can_alter(family, name) for name in names):
            # A column's statistics, and those of indexed expressions of it, go when its type is altered, be it to the
            # same.
            dependents = self.trees.facts.in_the_way(columns_of(family, names))
            yield from (one.drop for one in reversed(dependents))
            yield from self.trees.alter(family, dict.fromkeys(names))
            yield from (statement for one in dependents for statement in one.create)
            yield from self.trees.again(family, names)


def _may_be_null(masked: MaskedColumn) -> bool:
    return masked.share is not None or bool({"null", "sql"} & {masked.mask, *masked.others})


def _is_analyzed_by_extension(table: Table, name: str) -> bool:
    column = table.column(name)
    return column is not None and column.type.kind is TypeClass.OTHER and column.type.extension is not None


def _cleared(table: TableName, names: list[str]) -> str:
    """Of indexed expressions all is removed: ANALYZE, which follows, renews what is there."""
    schema, name, relation = quote_literal(table.schema), quote_literal(table.name), quote_literal(table.sql)
    listed = ", ".join(map(quote_literal, names))
    indexes = (
        "SELECT x.relname FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indexprs IS NOT NULL AND"  # noqa: S608
        f" i.indrelid = {relation}::regclass"
    )
    return (
        "SELECT pg_catalog.pg_clear_attribute_stats(s.schemaname, s.tablename, s.attname, s.inherited) FROM pg_stats s"  # noqa: S608
        f" WHERE s.schemaname = {schema} AND (s.tablename = {name} AND s.attname IN ({listed}) OR s.tablename IN"
        f" ({indexes}))"
    )


def compact(table: Table, room: Room) -> Compact:
    """A new file for *table*, or where there is no room for one a VACUUM, and the residue it leaves."""
    residue = (
        ""
        if room.holds([table])
        else f"{room.why([table])}, so its file is the old one, and what the dead rows held is in it"
    )
    options = "VERBOSE" if residue else "FULL, VERBOSE"
    return Compact(
        id=f"compact {table.name}",
        weight=table.bytes,
        excludes=frozenset({f"table {table.name}"}),
        subject=str(table.name),
        sql=f"VACUUM ({options}) {table.name.sql}",
        residue=residue,
    )


def _touched(plan: TablePlan) -> str | None:
    """The condition of the rows an UPDATE has to touch."""
    return f"({plan.where}) IS NOT FALSE" if plan.where else None


def _batch_key(table: Table, masked: set[str]) -> tuple[str, ...]:
    """Columns that tell rows apart and stay as they are; none if there are none."""
    if table.row_key and not masked & set(table.row_key):
        return table.row_key
    required = {c.name for c in table.columns if not c.is_nullable} - masked
    keys = [
        tuple(c for c in index.columns if c is not None)
        for index in table.indexes
        if index.is_unique
        and index.is_valid
        and not index.is_partial
        and not index.is_deferrable
        and all(c in required for c in index.columns)
    ]
    return min(keys, key=lambda key: (len(key), key), default=())
