"""Which rows of one table keep its keys: what each column of a unique key counts by, and how many rows its keys have
room for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from math import prod

from benchmarks.values import capacity
from masker.catalog.types import ForeignKey, Index, Table


@dataclass(slots=True, kw_only=True)
class KeyPlan:
    """How the rows of one table are told apart.

    *rows* is how many there can be; *distinct* the columns whose values all differ; *spread* gives, for columns that
    together make a key, the ordinal to take in row *i* (of the parent's rows, or of the type's values); *never_null*
    columns NULL would break a key of.
    """

    rows: int
    distinct: set[str] = field(default_factory=set)
    spread: dict[str, Callable[[int], int]] = field(default_factory=dict)
    never_null: set[str] = field(default_factory=set)


def plan_keys(
    table: Table, wanted: int, parents: Mapping[str, ForeignKey], checked: Set[str], room: Callable[[ForeignKey], int]
) -> KeyPlan:
    """A plan for *wanted* rows or as many as the keys allow.

    *parents* maps a column to its foreign key, *room* says how many rows that references; *checked* are columns of
    check constraints.
    """
    plan = KeyPlan(rows=wanted)
    for index in table.indexes:
        if index.is_unique:
            _plan_key(plan, table, index, parents, checked, room)
    return plan


def _plan_key(
    plan: KeyPlan,
    table: Table,
    index: Index,
    parents: Mapping[str, ForeignKey],
    checked: Set[str],
    room: Callable[[ForeignKey], int],
) -> None:
    names = tuple(dict.fromkeys([*(c for c in index.columns if c is not None), *index.expression_columns]))
    if "NULLS NOT DISTINCT" in index.definition:
        plan.never_null.update(names)
    sizes: dict[str, int | None] = {}
    for name in names:
        column = table.column(name)
        if column is None or column.generated:
            continue
        sizes[name] = room(parents[name]) if name in parents else capacity(column.type)
    if plan.distinct & sizes.keys() or not sizes:
        return
    roomy = [name for name, size in sizes.items() if name not in plan.spread and (size is None or size >= plan.rows)]
    if roomy:
        # A foreign key that repeats is more like life, and a check may leave fewer values than the type.
        plan.distinct.add(min(roomy, key=lambda name: (name in checked, name in parents)))
        return
    free = {name: size for name, size in sizes.items() if size is not None}
    plan.rows = min(plan.rows, prod(free.values()))
    step = 1
    for name, size in free.items():
        plan.spread.setdefault(name, _every(step, size))
        step *= size


def _every(step: int, size: int) -> Callable[[int], int]:
    return lambda row: row // step % size
