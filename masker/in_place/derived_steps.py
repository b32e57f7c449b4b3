"""The steps that compute stored data anew once all rows are masked: materialized views, generated columns, indexes on
expressions.

What names the relations it reads is made anew where one of them changed. What reads by a function, by a query given as
a text or from another server may read anything: it is made anew in any case, after all that names what it reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from masker.catalog.derived import StoredColumns, StoredView
from masker.catalog.types import Table
from masker.errors import Problem
from masker.in_place.batch_steps import compact
from masker.in_place.room import Room
from masker.in_place.steps import Compact, FillViews, Recompute, Reindex, Renewed
from masker.in_place.trees import Trees
from masker.lanes.step import Analyze, StepId
from masker.names import TableName, quote
from masker.notes import Note


class DerivedData:
    """What follows the masking of *changed* tables, of which *batched* were masked by updates.

    *populated* are the materialized views that held rows before the run, if it goes on with one.
    """

    def __init__(
        self,
        trees: Trees,
        *,
        changed: frozenset[TableName],
        batched: frozenset[TableName],
        emptied: frozenset[TableName],
        populated: frozenset[TableName] | None,
        room: Room,
    ) -> None:
        self.trees = trees
        self.facts = trees.facts.derived
        self.room = room
        self.batched = batched
        self.columns = tuple(
            c
            for c in self.facts.columns
            if c.table not in emptied and (c.may_read or (c.table in batched and self.facts.is_set_otherwise))
        )
        self.changed = changed | {c.table for c in self.columns}
        self.views = {
            name: view
            for name, view in self.facts.views.items()
            if (view.is_populated if populated is None else name in populated)
            and (view.unknown or self._has_changed(view))
        }

    def _has_changed(self, view: StoredView) -> bool:
        return any(
            set(self.trees.family(name)) & self.changed for name in view.reads if name in self.trees.catalog.tables
        )

    @property
    def opaque(self) -> list[StoredView]:
        """Views that may read anything, those last that read what ANALYZE keeps."""
        return sorted((v for v in self.views.values() if v.unknown), key=lambda v: (v.reads_statistics, v.name))

    def problems(self) -> Iterator[Problem]:
        """Stored data that cannot be made anew."""
        for found in self.columns:
            if not found.base:
                yield Problem(
                    f"{found.table}.{found.columns[0]}",
                    f"{found.function} computes it from no column, so that no UPDATE computes it anew, and may read"
                    " masked rows",
                    "drop the column, or empty the table with `rows: none`",
                )
            elif found.table not in self.batched:
                forbidden = self.trees.facts.table(found.table).forbidden.get("UPDATE")
                yield from [forbidden] if forbidden is not None else []
        for view in self.opaque:
            if view.reads_statistics and (reason := self._obstacle(view.name)):
                yield Problem(
                    f"{view.name}",
                    f"it holds what ANALYZE has kept of other relations and cannot be made anew: {reason}",
                    "drop it, or REFRESH … WITH NO DATA",
                )

    def notes(self) -> Iterator[Note]:
        """What is made anew though nobody can say from which rows it was made."""
        told = [f"{view.name} ({view.unknown})" for view in self.opaque]
        told += [f"{', '.join(c.columns)} of {c.table} ({c.function})" for c in self.columns]
        told += [f"{step.index} ({step.function})" for step in self.reindexes(frozenset())]
        if told:
            yield Note(
                subject="computed by functions",
                text=f"they may read masked rows and are made anew last: {'; '.join(told)}",
            )

    def columns_steps(self, needs: frozenset[StepId]) -> Iterator[Recompute | FillViews | Compact]:
        """Generated columns computed anew, as often as they may read each other, or views that read them."""
        if not self.columns:
            return
        before = needs
        for number in range(1, len(self.columns) + 1):
            if self.views:
                # A function may read one that a rewrite has left without rows.
                views = FillViews(
                    id=f"refresh {number}",
                    needs=before,
                    views=tuple(self._renewed(v) for v in self._in_order()),
                    empties_first=False,
                )
                yield views
                before = frozenset({views.id})
            steps = [self._recompute(found, number, before) for found in self.columns]
            yield from steps
            before = frozenset(s.id for s in steps)
        for name in dict.fromkeys(c.table for c in self.columns):
            yield replace(compact(self._table(name), self.room), id=f"compact again {name}", needs=before)

    def _recompute(self, found: StoredColumns, number: int, needs: frozenset[StepId]) -> Recompute:
        facts, table = self.trees.facts.table(found.table), self._table(found.table)
        sets = ", ".join(f"{quote(c)} = {quote(c)}" for c in found.base)
        return Recompute(
            id=f"recompute {found.table} {number}",
            needs=needs,
            weight=table.bytes,
            excludes=frozenset({f"table {found.table}"}),
            table=found.table,
            columns=found.columns,
            function=found.function,
            suspend=facts.suspend,
            sql=f"UPDATE ONLY {found.table.sql} SET {sets}",  # noqa: S608
            restore=facts.restore,
        )

    def refreshes(self, needs: frozenset[StepId]) -> Iterator[FillViews]:
        """Views whose query names all it reads, each after those it reads; then the others, in an order that shows
        itself."""
        plain: list[StepId] = []
        for view in self._in_order():
            if view.unknown:
                continue
            step = FillViews(
                id=f"matview {view.name}",
                needs=needs | {f"matview {n}" for n in view.reads if n in self.views},
                weight=view.bytes,
                views=(self._renewed(view),),
                empties_first=False,
            )
            plain.append(step.id)
            yield step
        if opaque := self.opaque:
            yield FillViews(
                id="matviews that read by functions",
                needs=needs | frozenset(plain),
                weight=sum(v.bytes for v in opaque),
                views=tuple(self._renewed(v) for v in opaque),
                empties_first=True,
            )

    def reindexes(self, needs: frozenset[StepId]) -> Iterator[Reindex]:
        """Indexes whose expressions read rows, or whose functions the settings of masker's sessions may have led
        elsewhere."""
        for found in self.facts.expressions:
            index = found.index
            is_led = self.facts.is_set_otherwise and found.table in self.changed
            if index is not None and (found.may_read or is_led) and self._is_filled(found.table):
                yield Reindex(
                    id=f"reindex {index}",
                    needs=needs,
                    excludes=frozenset({f"table {found.table}"}),
                    index=index,
                    table=found.table,
                    function=found.function,
                    sql=f"REINDEX INDEX {index.sql}",
                )

    def analyses(self, needs: frozenset[StepId]) -> Iterator[Analyze]:
        """Statistics of expressions that read rows, once all that they may read has been made anew."""
        for name in dict.fromkeys(f.table for f in self.facts.expressions if f.may_read and self._is_filled(f.table)):
            yield Analyze(
                id=f"analyze again {name}",
                needs=needs,
                excludes=frozenset({f"table {name}"}),
                table=name,
                sql=f"ANALYZE {name.sql}",
            )

    def _is_filled(self, name: TableName) -> bool:
        return name not in self.facts.views or name in self.views or self.facts.views[name].is_populated

    def _renewed(self, view: StoredView) -> Renewed:
        """How *view* is filled; dropped and made anew where its rows or what is known of them would go into its new
        ones."""
        chain = self.trees.facts.renewal(view.name)
        can_be_made = not self._obstacle(view.name)
        return Renewed(
            view=view.name,
            reason=view.unknown,
            is_made_anew=view.reads_statistics,
            drop=tuple(d.drop for d in reversed(chain)) if can_be_made else (),
            create=tuple(s for d in chain for s in d.create) if can_be_made else (),
            beside=tuple(d.materialized for d in chain if d.materialized and d.materialized != view.name),
        )

    def _obstacle(self, name: TableName) -> str:
        return next((d.blocker for d in self.trees.facts.renewal(name) if d.blocker), "")

    def _in_order(self) -> list[StoredView]:
        return sorted(self.views.values(), key=lambda v: (len([r for r in v.reads if r in self.facts.views]), v.name))

    def _table(self, name: TableName) -> Table:
        return self.trees.catalog.tables[name]
