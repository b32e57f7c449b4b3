"""What a plan of masking in place asks of tables besides: originals to look for, tables to prove unchanged, functions
that run beside seeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from masker.in_place.facts import SchemaFunction
from masker.in_place.steps import DeleteRows, ProveKept, WitnessKept
from masker.in_place.trees import Trees
from masker.lanes.step import SeekOriginals, StepId
from masker.names import TableName
from masker.notes import Note
from masker.tables.originals import COMPARED_ROWS
from masker.tables.plan import TablePlan
from masker.tables.seek import questions

#: To look at a value takes about as long as to read so many bytes.
_BYTES_OF_A_VALUE = 256

#: Tables named beside a function.
_SHOWN_TABLES = 5


class Proofs:
    """The questions about the tables of *plans* that hold rows; *is_asked* unless nothing is to be proved."""

    def __init__(self, trees: Trees, plans: Mapping[TableName, TablePlan], *, is_asked: bool) -> None:
        self._trees = trees
        self._plans = plans
        self._asked = (
            {name: plan for name, plan in plans.items() if plan.action in {"mask", "copy"}} if is_asked else {}
        )

    def witnesses(self, changed: frozenset[TableName]) -> Iterator[WitnessKept]:
        """Tables of which nothing is changed."""
        for name, plan in self._asked.items():
            if name not in changed:
                yield WitnessKept(id=f"witness {name}", weight=plan.table.bytes // 16, plan=plan)

    def again(
        self,
        witnesses: Sequence[WitnessKept],
        deletes: Sequence[DeleteRows],
        masked: frozenset[TableName],
        needs: frozenset[StepId],
    ) -> Iterator[ProveKept]:
        """Those tables again, and tables that lost rows and were not *masked*."""
        kept: list[WitnessKept | DeleteRows] = [
            *witnesses,
            *(d for d in deletes if d.table in self._asked and d.table not in masked),
        ]
        for step in kept:
            yield ProveKept(
                id=f"prove {step.plan.table.name}",
                needs=needs,
                weight=step.plan.table.bytes // 16,
                plan=step.plan,
                of=step.id,
            )

    def originals(self) -> Iterator[SeekOriginals]:
        """Questions to ask while originals are there."""
        for name, plan in self._asked.items():
            sought = questions(plan, self._asked, self._trees.catalog)
            if not sought.is_idle:
                looked_at = min(max(plan.table.rows, 1.0), COMPARED_ROWS) * len(plan.table.columns)
                yield SeekOriginals(
                    id=f"originals {name}",
                    # All rewrites wait for the last of them.
                    weight=int(looked_at * _BYTES_OF_A_VALUE),
                    table=name,
                    asked=sought,
                    guard_oid=plan.table.oid,
                )

    def functions(self) -> Iterator[Note]:
        """Functions of the schema that run in sessions which hold seeds: one backend computes masks and writes rows."""
        found: dict[SchemaFunction, list[TableName]] = defaultdict(list)
        for name in sorted(self._plans):
            for function in self._trees.facts.functions.get(name, ()) if self._plans[name].settings else ():
                found[function].append(name)
        told = [
            f"{f.title} of {f.owner}"
            f" ({', '.join(map(str, names[:_SHOWN_TABLES]))}{' …' if len(names) > _SHOWN_TABLES else ''})"
            for f, names in sorted(found.items())
        ]
        if told:
            yield Note(
                subject="functions of the schema",
                text=f"they run in the session that masks the table, beside its seeds: {'; '.join(told)}",
            )
