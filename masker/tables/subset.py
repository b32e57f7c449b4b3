"""Which tables a subset takes rows of, and by which references: what can be said before a row is read.

Rows that the subset begins with, and those that refer to them by references that are followed, are its *core*. What any
row refers to always comes; such rows have no children of their own but along what is named so. So the subset is the
smallest set of rows that has the roots, the core's children and the companions, and whose references lead to none that
is missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from masker.catalog.types import Catalog, TypeClass
from masker.errors import Problem
from masker.masks.cases import rules_of
from masker.masks.fk_choice import FkChoice
from masker.masks.shuffle import Shuffle
from masker.names import ColumnName, TableName
from masker.ruleset.left_out import is_carried
from masker.ruleset.subset_types import References, Root, Subset
from masker.ruleset.types import Resolution
from masker.tables.subset_edges import Edge, edges_of, is_nulled

#: Types of what columns called ``…_id`` refer by.
_KEYS = frozenset({TypeClass.INTEGER, TypeClass.UUID, TypeClass.TEXT})


@dataclass(frozen=True, slots=True, kw_only=True)
class RootRows:
    """Rows of one *table* that a subset begins with: those of *condition*, SQL, and of them the *root*'s share by the
    digest of *key*."""

    table: TableName
    root: Root
    key: tuple[str, ...]
    condition: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsetPlan:
    """What is followed. *limited* are the tables of which some rows come, *empty* those that have none, each with the
    reason; *whole* are all others of which rows come. *conditions* are the rules' own, by which rows may come at all.
    *unsaid* are columns that by their names hold keys, of which nothing says whose."""

    roots: tuple[RootRows, ...]
    down: tuple[Edge, ...]
    along: tuple[Edge, ...]
    up: tuple[Edge, ...]
    limited: frozenset[TableName]
    empty: Mapping[TableName, str]
    conditions: Mapping[TableName, str]
    texts: tuple[str, ...] = ()
    unsaid: tuple[ColumnName, ...] = ()
    whole: frozenset[TableName] = frozenset()


def subset_digest(plan: SubsetPlan) -> str:
    """A digest of what is followed, and from where: by another one other rows belong to a subset."""
    roots = [(rows.table, rows.key, rows.root.share, rows.root.where) for rows in plan.roots]
    followed = [sorted(map(repr, edges)) for edges in (plan.up, plan.down, plan.along)]
    tables = [sorted(map(str, names)) for names in (plan.limited, plan.empty, plan.whole)]
    return hashlib.sha256(repr((sorted(map(repr, roots)), followed, tables)).encode()).hexdigest()


def older(plan: SubsetPlan, condition: str) -> SubsetPlan:
    """*plan* among the rows of *condition* alone, which may only look at the row itself: what it comes to is part of
    what it comes to among more of them."""
    conditions = {
        name: f"({plan.conditions[name]}) AND {condition}" if name in plan.conditions else condition
        for name in (*plan.limited, *plan.whole)
    }
    return replace(plan, conditions=conditions)


def plan_subset(
    subset: Subset,
    resolution: Resolution,
    catalog: Catalog,
    conditions: Mapping[TableName, str],
    roots: tuple[RootRows, ...],
    problems: list[Problem],
    *,
    texts: tuple[str, ...] = (),
) -> SubsetPlan:
    """The plan of *subset*, which begins with *roots*, whose conditions are made of *texts*. Names of references that
    nothing refers by, and masks that draw from rows which do not come, are added to *problems*."""
    carried = carried_by_rules(resolution)
    edges = edges_of(resolution, catalog, carried)
    problems += _idle_names(subset, edges, catalog)
    whole = subset.whole & carried

    def named(references: References, edge: Edge) -> bool:
        return references.include((edge.child, *catalog.ancestors(edge.child)), edge.columns)

    down = tuple(
        edge
        for edge in edges
        if (subset.children is None or named(subset.children, edge)) and not named(subset.without, edge)
    )
    along = tuple(edge for edge in edges if named(subset.along, edge))
    begun = frozenset(rows.table for rows in roots)
    core = _reached(begun, ((edge.parents, edge.children) for edge in down))
    moves = [*((edge.children, edge.parents) for edge in edges), *((edge.parents, edge.children) for edge in along)]
    limited = _reached(core | whole, moves) - whole
    empty = dict(_without_rows(subset, edges, carried - limited - whole, limited))
    problems += _drawn(resolution, edges, limited, limited | empty.keys())
    return SubsetPlan(
        roots=roots,
        down=down,
        along=along,
        up=edges,
        limited=limited,
        empty=empty,
        conditions=conditions,
        texts=texts,
        unsaid=tuple(dict.fromkeys(_unsaid(resolution, catalog, carried))),
        whole=carried - limited - empty.keys(),
    )


def short_tables(resolution: Resolution, catalog: Catalog) -> frozenset[TableName]:
    """The tables of which a subset of the rules leaves rows out; none where there is no subset."""
    subset = resolution.subset
    if subset is None:
        return frozenset()
    roots = tuple(
        RootRows(table=name, root=root, key=(), condition=None)
        for root in subset.roots
        for name in storing(root.table, resolution, catalog)
    )
    plan = plan_subset(subset, resolution, catalog, {}, roots, [])
    return plan.limited | plan.empty.keys()


def storing(table: TableName, resolution: Resolution, catalog: Catalog) -> tuple[TableName, ...]:
    """The tables that hold the rows of *table* which are copied: it, its partitions, its heirs."""
    carried = carried_by_rules(resolution)
    return tuple(name for name in dict.fromkeys((table, *catalog.descendants(table))) if name in carried)


def carried_by_rules(resolution: Resolution) -> frozenset[TableName]:
    """Every table of the schema's own of which rows are copied, as far as the rules say."""
    return frozenset(
        name
        for name, decision in resolution.tables.items()
        if decision.table.has_storage and decision.table.extension is None and is_carried(decision)
    )


def _reached(
    begun: frozenset[TableName], moves: Iterable[tuple[tuple[TableName, ...], tuple[TableName, ...]]]
) -> frozenset[TableName]:
    """All that *moves*, from any of the first to each of the second, lead to."""
    moves, found = list(moves), set(begun)
    while more := {to for origins, to_all in moves if found.intersection(origins) for to in to_all} - found:
        found |= more
    return frozenset(found)


def _without_rows(
    subset: Subset, edges: Iterable[Edge], others: frozenset[TableName], limited: frozenset[TableName]
) -> Iterator[tuple[TableName, str]]:
    """Those of *others*, which nothing leads to, that come without rows."""
    if not subset.keeps_others:
        yield from ((name, "no reference leads to it from the subset (others: none)") for name in sorted(others))
        return
    edges, short = list(edges), set(limited)
    found: dict[TableName, str] = {}
    while True:
        more = {
            child: f"it refers to {edge.parent} ({edge.by}), of which not all rows come, and nothing leads to it"
            for edge in edges
            if short.intersection(edge.parents)
            for child in edge.children
            if child in others and child not in found
        }
        if not more:
            break
        found |= more
        short |= more.keys()
    yield from sorted(found.items())


def _unsaid(resolution: Resolution, catalog: Catalog, carried: frozenset[TableName]) -> Iterator[ColumnName]:
    """Each once, by the topmost table that has it."""
    linked = {link.column for link in resolution.links}
    for name in sorted(carried):
        decision = resolution.tables[name]
        for column in decision.table.columns:
            place = decision.table.column_name(column.name)
            is_key = column.name.endswith(("_id", "_ids")) and (column.type.element or column.type).kind in _KEYS
            if is_key and place not in linked and not is_nulled(place, resolution) and not column.generated:
                having = [at for at in catalog.ancestors(name) if _has(catalog, at, column.name)]
                yield ColumnName(having[-1] if having else name, column.name)


def _has(catalog: Catalog, table: TableName, column: str) -> bool:
    found = catalog.tables.get(table)
    return found is not None and found.column(column) is not None


def _idle_names(subset: Subset, edges: Iterable[Edge], catalog: Catalog) -> Iterator[Problem]:
    """Names of tables and columns that refer to nothing."""
    edges = list(edges)
    for key, references in (("children", subset.children), ("without", subset.without), ("along", subset.along)):
        for table, column in sorted(references.named, key=str) if references is not None else ():
            one = References(named=frozenset({(table, column)}))
            if not any(one.include((edge.child, *catalog.ancestors(edge.child)), edge.columns) for edge in edges):
                written = f"{table}.{column}" if column is not None else str(table)
                places = {
                    place
                    for (of, name), place in subset.rules.places.items()
                    if of == key and name.split(".")[-1].strip('"') == (column or table.name)
                }
                yield Problem(
                    f"subset: {key}: {written}",
                    "no foreign key, no `references:` and no facts say that it refers to anything",
                    "take it out, or say what it refers to under `references:` of the table",
                    min(places, default=subset.rules.position),
                )


def _drawn(
    resolution: Resolution, edges: Iterable[Edge], limited: frozenset[TableName], short: frozenset[TableName]
) -> Iterator[Problem]:
    """Masks that draw from rows that do not all come: from those of their own table, which is *limited*, or keys of one
    that is *short* of rows."""
    led = {
        (child, column)
        for edge in edges
        if short.intersection(edge.parents)
        for child in edge.children
        for column in edge.columns
    }
    for name, decision in sorted(resolution.tables.items()):
        for column, found in decision.columns.items():
            for rule in rules_of(found.rule):
                if (isinstance(rule, Shuffle) and name in limited) or (
                    isinstance(rule, FkChoice) and (name, column) in led
                ):
                    yield Problem(
                        f"{name}.{column}",
                        f"{rule.mask}: it draws from all rows of production, and the subset leaves some of them out",
                        "use another mask, or have the table come with all rows (`whole:`)",
                        found.position,
                    )
