"""Which rows a subset has: its references followed until they lead to no new row. Whoever asks the server is handed
in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from masker.names import TableName
from masker.tables.places import Place
from masker.tables.plan import Taken
from masker.tables.subset import RootRows, SubsetPlan
from masker.tables.subset_edges import Edge

#: Rows whose references are followed by one query.
_AT_ONCE = 200_000


@dataclass(frozen=True, slots=True)
class Question:
    """A query of *tables* for places of rows, with *keys*, places too, as its parameter where it has one."""

    query: str
    keys: Sequence[Place] | None
    tables: tuple[TableName, TableName]


@dataclass(frozen=True, slots=True)
class _Step:
    """Rows of *table* that a question is asked for, and the *reason* for which they come; see :meth:`_Closure._add`."""

    question: Question
    table: TableName
    reason: str
    is_core: bool = False
    by: Edge | None = None


class Source(Protocol):
    """What is asked of the server."""

    def roots(self, rows: RootRows) -> Sequence[Place]:
        """The rows that the subset begins with in one table."""
        ...

    def rows(self, questions: Sequence[Question]) -> Iterable[Sequence[Place]]:
        """The rows that each of *questions* gives; they may be asked side by side."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of one table that come, in the order of its file, and what the plan says of them."""

    places: tuple[Place, ...]
    taken: Taken


def closed(plan: SubsetPlan, source: Source) -> Mapping[TableName, Rows]:
    """The rows of each table of which only some come; of those that have none, none."""
    found = _Closure(plan, source)
    found.begin()
    while found.goes_on():
        pass
    return found.result()


class _Closure:
    def __init__(self, plan: SubsetPlan, source: Source) -> None:
        self._plan, self._source = plan, source
        self._rows: dict[TableName, set[Place]] = {name: set() for name in sorted(plan.limited)}
        self._core: dict[TableName, set[Place]] = defaultdict(set)
        self._why: dict[TableName, Counter[str]] = defaultdict(Counter)
        #: Rows that are new: those of the core, whose children come, and all, whose parents and companions do. By the
        #: table, and by the reference to a row that has come for which they came: what that leads to is there.
        self._of_core: dict[TableName, list[Place]] = defaultdict(list)
        self._of_all: dict[tuple[TableName, Edge | None], list[Place]] = defaultdict(list)

    def begin(self) -> None:
        """The roots, and what tables that come whole lead to."""
        plan = self._plan
        for rows in plan.roots:
            self._add(rows.table, self._source.roots(rows), root_reason(rows), is_core=True)
        while self._of_core:
            self._children()
        self._take(list(self._from_whole()))

    def _from_whole(self) -> Iterator[_Step]:
        """What tables that come whole refer to, and their companions."""
        plan = self._plan
        for edge in plan.up:
            for child, parent in _pairs(edge.children, edge.parents):
                if child in plan.whole and parent in plan.limited:
                    query = edge.up(child, parent, plan.conditions, is_keyed=False)
                    yield _Step(Question(query, None, (child, parent)), parent, up_reason(edge))
        for edge in plan.along:
            for child, parent in _pairs(edge.children, edge.parents):
                if parent in plan.whole and child in plan.limited:
                    query = edge.down(child, parent, plan.conditions, is_keyed=False)
                    yield _Step(Question(query, None, (child, parent)), child, down_reason(edge), by=edge)

    def goes_on(self) -> bool:
        """Whether there was something to follow, which has been followed."""
        if self._of_core:
            self._children()
            return True
        if not self._of_all:
            return False
        waiting, self._of_all = self._of_all, defaultdict(list)
        by_table: dict[TableName, list[Place]] = defaultdict(list)
        for (table, _), places in waiting.items():
            by_table[table] += places
        steps: list[_Step] = []
        for edge in self._plan.up:
            unknown: dict[TableName, list[Place]] = defaultdict(list)
            for (table, came_by), places in waiting.items():
                unknown[table] += places if came_by != edge else ()
            steps += self._up(edge, unknown)
        for edge in self._plan.along:
            steps += self._down(edge, by_table, is_core=False)
        self._take(steps)
        return True

    def _children(self) -> None:
        waiting, self._of_core = self._of_core, defaultdict(list)
        self._take([step for edge in self._plan.down for step in self._down(edge, waiting, is_core=True)])

    def _up(self, edge: Edge, waiting: Mapping[TableName, Sequence[Place]]) -> Iterator[_Step]:
        for child, parent in _pairs(edge.children, edge.parents):
            if parent in self._plan.limited:
                for keys in _cut(waiting.get(child, ())):
                    query = edge.up(child, parent, self._plan.conditions, is_keyed=True)
                    yield _Step(Question(query, keys, (child, parent)), parent, up_reason(edge))

    def _down(self, edge: Edge, waiting: Mapping[TableName, Sequence[Place]], *, is_core: bool) -> Iterator[_Step]:
        for child, parent in _pairs(edge.children, edge.parents):
            if child in self._plan.limited:
                for keys in _cut(waiting.get(parent, ())):
                    query = edge.down(child, parent, self._plan.conditions, is_keyed=True)
                    yield _Step(Question(query, keys, (child, parent)), child, down_reason(edge), is_core, edge)

    def _take(self, steps: Sequence[_Step]) -> None:
        found = self._source.rows([step.question for step in steps])
        for step, places in zip(steps, found, strict=True):
            self._add(step.table, places, step.reason, is_core=step.is_core, by=step.by)

    def _add(
        self,
        table: TableName,
        places: Sequence[Place],
        reason: str,
        *,
        is_core: bool = False,
        by: Edge | None = None,
    ) -> None:
        """Rows of *table* come for a *reason*: *by* a reference of theirs to a row that comes, where that is why."""
        rows, core = self._rows[table], self._core[table]
        new = set(places).difference(rows)
        rows |= new
        self._why[table][reason] += len(new)
        if new:
            # Of several rows that one refers to the others may be missing still.
            self._of_all[table, by if by is not None and by.leads_to_one else None] += new
        if is_core and (entering := set(places).difference(core)):
            core |= entering
            self._of_core[table] += entering

    def result(self) -> Mapping[TableName, Rows]:
        """What was found."""
        empty = {
            name: Rows(places=(), taken=Taken(rows=0, why=((reason, 0),))) for name, reason in self._plan.empty.items()
        }
        return empty | {
            name: Rows(
                places=tuple(sorted(rows)),
                taken=Taken(
                    rows=len(rows),
                    why=tuple((reason, count) for reason, count in self._why[name].items() if count)
                    or (("nothing leads to a row of it", 0),),
                ),
            )
            for name, rows in self._rows.items()
        }


def root_reason(rows: RootRows) -> str:
    """``rows it begins with (5 % where active)``."""
    share = f"{rows.root.share * 100:.4g} %" if rows.root.share is not None else ""
    where = f"where {' '.join(rows.root.where.split())}" if rows.root.where is not None else ""
    return f"it begins with ({' '.join(filter(None, (share, where)))})"


def up_reason(edge: Edge) -> str:
    """``that comments refer to (post_id)``."""
    return f"that {edge.child} refers to ({edge.by})"


def down_reason(edge: Edge) -> str:
    """``that refer to users (author_id)``."""
    return f"that refer to {edge.parent} ({edge.by})"


def _pairs(ones: Iterable[TableName], others: Sequence[TableName]) -> Iterator[tuple[TableName, TableName]]:
    for one in ones:
        for other in others:
            yield one, other


def _cut(keys: Sequence[Place]) -> Iterator[Sequence[Place]]:
    """In the order of the file, so that each query reads a part of it."""
    in_order = sorted(keys)
    for at in range(0, len(in_order), _AT_ONCE):
        yield in_order[at : at + _AT_ONCE]
