"""Tables whose masks read originals of others go first: those must still be there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from masker.errors import Problem
from masker.in_place.steps import Compact, CutBatches, FinishBatches, Rewrite, UpdateBatches
from masker.in_place.trees import Trees
from masker.lanes.step import StepId
from masker.names import TableName

S = TypeVar("S", bound=Rewrite | CutBatches | UpdateBatches | FinishBatches | Compact)


class Turns:
    """*reads* are the tables whose originals the masks of each read; partitions count as their trees."""

    def __init__(self, reads: Mapping[TableName, frozenset[TableName]], trees: Trees) -> None:
        self._reads = {
            name: frozenset(member for other in others for member in trees.family(other))
            for name, others in reads.items()
            if others
        }

    def readers(self, names: Iterable[TableName]) -> frozenset[TableName]:
        """The tables that read originals of *names*."""
        return frozenset(reader for reader, read in self._reads.items() if read.intersection(names))

    def first(self, names: Sequence[TableName]) -> list[TableName]:
        """*names* in their order, but those that read others before these."""
        found: list[TableName] = []
        left = list(names)
        while left:
            ready = next((n for n in left if not self.readers([n]) & {*left} - {n}), left[0])
            left.remove(ready)
            found.append(ready)
        return found

    def problems(self, lost: Iterable[TableName], rewrites: Sequence[Rewrite]) -> Iterator[Problem]:
        """What no order helps: rows that are *lost* before anything is masked, and tables that wait for each other."""
        gone = frozenset(lost)
        together = [frozenset(plan.table.name for plan in step.plans) for step in rewrites]
        for reader, read in sorted(self._reads.items()):
            if missing := sorted(read & gone):
                yield Problem(
                    str(reader),
                    f"its masks read originals of {missing[0]}, of which rows are taken away before",
                    f"keep all rows of {missing[0]}, or mask {reader} by what needs no other table",
                )
            rivals = sorted(n for n in read if reader in self._all_read(n) or any({reader, n} <= t for t in together))
            if rivals:
                yield Problem(
                    str(reader),
                    f"its masks read originals of {rivals[0]}, which is masked together with it or reads its own",
                    f"mask one of the two by what needs no other table; a copy has no such limit: {reader} is then read"
                    " from the source",
                )

    def _all_read(self, name: TableName) -> frozenset[TableName]:
        found: set[TableName] = set()
        left = [name]
        while left:
            for other in self._reads.get(left.pop(), frozenset()) - found:
                found.add(other)
                left.append(other)
        return frozenset(found)

    def waiting(self, steps: Sequence[S], done: Mapping[TableName, StepId]) -> list[S]:
        """*steps*, those that change a table after what masks all that read it; *done* is what that is, by table."""
        return [replace(step, needs=step.needs | self._before(step, done)) for step in steps]

    def _before(
        self, step: Rewrite | CutBatches | UpdateBatches | FinishBatches | Compact, done: Mapping[TableName, StepId]
    ) -> frozenset[StepId]:
        match step:
            case Rewrite(plans=plans):
                names = [plan.table.name for plan in plans]
            case CutBatches():
                names = [step.table]
            case _:
                return frozenset()
        return frozenset(done[name] for name in self.readers(names) if name in done) - {step.id}


def masked_by(steps: Iterable[object]) -> dict[TableName, StepId]:
    """By table the step after which it is masked."""
    done: dict[TableName, StepId] = {}
    for step in steps:
        match step:
            case Rewrite(plans=plans):
                done |= {plan.table.name: step.id for plan in plans}
            case FinishBatches():
                done[step.table] = step.id
            case _:
                pass
    return done
