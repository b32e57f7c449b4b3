"""Which columns steer the lists that masks draw from, and how: one column for all that draw from one list in a
scope."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Literal

from masker.catalog.types import Catalog, TypeClass
from masker.errors import Problem
from masker.figures import amount
from masker.masks.address import FULL
from masker.masks.cases import Cases, place_of, rules_of
from masker.masks.company import PART as COMPANY
from masker.masks.domains import PART as DOMAIN
from masker.masks.every import MASKS
from masker.masks.job import PART as JOB
from masker.masks.locales import LOCALES
from masker.masks.locales.locale import POSTAL_CODE
from masker.masks.locales.locale import Place as WrittenPlace
from masker.masks.locales.pools import of_list
from masker.masks.mask import Draws
from masker.masks.numbers import QUANTILES, Drawn, Measured, Numbers, Shapes, by_frequency, by_value
from masker.masks.rule import MaskRule
from masker.masks.user_agent import AGENTS
from masker.masks.user_agent import PART as AGENT
from masker.names import ColumnName, TableName
from masker.notes import Note
from masker.ruleset.types import Resolution, TableDecision
from masker.tables.agreement import Agreement, agreement
from masker.tables.identities import identity_of, root_of

#: Parts of a place by how well they steer all others: what is told apart by more than regions, and repeats.
_PARTS = ("city", "city_code", "region", "town", POSTAL_CODE)

#: Parts that say how many places there are, the best first.
_FINE = (POSTAL_CODE, "town")

#: More of the numbers of one kind than this are told together.
_SHOWN = 6

#: Tables that one question looks at, all of which it locks, with all of their indexes.
_AT_ONCE = 40

_WORDS = {"family": "family names", "given": "given names", AGENT: "user agents", JOB: "jobs"}

#: Lists that grow. Values draw all others as they are, each as often as any other.
_GROWING = ("family", "given", FULL)

#: What values draw by what was counted: domains repeat where addresses do not.
_BY_VALUE = (*_GROWING, QUANTILES, DOMAIN)

#: Of what is drawn by no frequency only the width is known, and told by nobody.
_WIDTHS = (FULL,)

#: By the row's own key; rows; how well it steers.
_Rank = tuple[bool, float, int]

Origin = Literal["statistics", "sample"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """The *column* (of the topmost table, if it is one of partitions: *is_tree*) whose numbers steer what is *drawn*.
    *of* is the part of a place that it holds, and *finer* a column of the same table that tells places further apart,
    by the part *finer_of*; *rows* is how many there are by the catalog, -1 if nobody has counted, *pages* their blocks;
    *is_dated*: it holds dates or times. Where more tables hold the rows than a question should lock, *some* are those
    to look at, which have *share* of the rows."""

    drawn: Drawn
    column: ColumnName
    is_tree: bool
    of: str = ""
    finer: ColumnName | None = None
    finer_of: str = ""
    rows: float = -1.0
    pages: int = 0
    followers: int = 0
    is_dated: bool = False
    some: tuple[TableName, ...] = ()
    share: float = 1.0

    @property
    def is_spread(self) -> bool:
        """Whether it is quantiles that are drawn through."""
        return self.drawn.part == QUANTILES

    @property
    def is_of_domains(self) -> bool:
        """Whether it is the domains of addresses that are counted."""
        return self.drawn.part == DOMAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a column's numbers are, and whether the server's own statistics told them or a sample had to."""

    measured: Measured
    origin: Origin


def steering(resolution: Resolution, catalog: Catalog) -> tuple[Steering, ...]:
    """One column for each list that masks draw from: one that belongs to its row by the row's own key, else one of the
    largest table."""
    if not any(
        _draws(rule)
        for decision in resolution.tables.values()
        for d in decision.columns.values()
        for rule in rules_of(d.rule)
    ):
        return ()
    sizes, agreed = _sizes(catalog), agreement(resolution.tables.values(), catalog)
    found: dict[Drawn, list[tuple[_Rank, Steering]]] = defaultdict(list)
    for decision in resolution.tables.values():
        if decision.rows != "none" and decision.table.has_storage:
            for rank, one in _of_table(decision, catalog, sizes, agreed):
                found[one.drawn].append((rank, one))
    return tuple(_looked_at(_chosen(found[drawn]), catalog) for drawn in sorted(found))


def _sizes(catalog: Catalog) -> Mapping[TableName, tuple[float, int]]:
    """Rows and blocks of every table, with all that inherits from it; not of those of which a part lies on another
    server."""
    found: dict[TableName, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    for name, table in catalog.tables.items():
        if table.has_storage:
            root = root_of(name, catalog)
            rows, pages = found[root]
            found[root] = (-1.0 if min(rows, table.rows) < 0 else rows + table.rows), pages + table.pages
    # A sample of what lies on another server would be taken there.
    elsewhere = {root_of(name, catalog) for name, table in catalog.tables.items() if table.kind == "f"}
    return {root: size for root, size in found.items() if root not in elsewhere}


def _chosen(candidates: list[tuple[_Rank, Steering]]) -> Steering:
    _, best = max(candidates, key=lambda pair: (pair[0], pair[1].column))
    fine = {one.of: one.column for _, one in candidates if one.column.table == best.column.table}
    part = next((part for part in _FINE if part in fine and best.of not in _FINE), "")
    return replace(
        best,
        finer=fine[part] if part else None,
        finer_of=part,
        followers=len({one.column for _, one in candidates}) - 1,
    )


def _of_table(
    decision: TableDecision, catalog: Catalog, sizes: Mapping[TableName, tuple[float, int]], agreed: Agreement
) -> Iterator[tuple[_Rank, Steering]]:
    root = root_of(decision.table.name, catalog)
    if root not in sizes:
        return
    for found, at, rule in (
        (d, at, rule) for d in decision.columns.values() for at, rule in enumerate(rules_of(d.rule))
    ):
        draws, locale = _draws(rule), rule.locale or found.locale
        own = identity_of(replace(found, rule=rule), decision, catalog) if draws is not None else None
        if draws is None or own is None or isinstance(own, Problem):
            continue
        # What a mask cannot do is told when the rules are judged.
        if not MASKS[rule.mask].card.accepts(found.column.type):
            continue
        if draws.of and not LOCALES[locale].has(draws.of):
            continue
        of_list = place_of(at) if isinstance(found.rule, Cases) else ""
        identity = agreed.of(decision.table.column_name(found.column.name), of_list).identity(own)
        if identity.draws_alike and draws.part not in _BY_VALUE:
            continue
        holder = _holder(decision, found.column.name, catalog)
        rows, pages = sizes[root] if holder == root else (decision.table.rows, decision.table.pages)
        one = Steering(
            drawn=Drawn(identity.scope, draws.part, locale, identity.draws_alike),
            column=ColumnName(holder, found.column.name),
            is_tree=bool(catalog.children.get(holder)),
            of=draws.of,
            rows=rows,
            pages=pages,
            is_dated=found.column.type.kind in {TypeClass.DATE, TypeClass.TIMESTAMP},
        )
        usual = -_PARTS.index(draws.of) if draws.of else int(_is_usual(rule, locale))
        yield (identity.tells_rows_apart, rows, usual), one


def _holder(decision: TableDecision, name: str, catalog: Catalog) -> TableName:
    """The topmost table that has the column: what inherits may have columns of its own."""
    lineage = (decision.table.name, *catalog.ancestors(decision.table.name))
    *_, last = [table for table in lineage if table in catalog.tables and catalog.tables[table].column(name)]
    return last


def _looked_at(one: Steering, catalog: Catalog) -> Steering:
    """Of a tree of many tables some, evenly spaced among those that are not known to be empty."""
    if not one.is_tree:
        return one
    tables = [catalog.tables[name] for name in (one.column.table, *catalog.descendants(one.column.table))]
    holding = [table for table in tables if table.has_storage]
    if len(holding) <= _AT_ONCE:
        return one
    filled = [table for table in holding if table.rows != 0] or holding
    chosen = filled[:: -(-len(filled) // _AT_ONCE)]
    counted = sum(table.rows for table in filled) if all(table.rows > 0 for table in filled) else 0
    share = sum(table.rows for table in chosen) / counted if counted else len(chosen) / len(filled)
    return replace(one, some=tuple(table.name for table in chosen), share=share)


def _draws(rule: MaskRule) -> Draws | None:
    return MASKS[rule.mask].draws(rule) if rule.mask in MASKS else None


def _is_usual(rule: MaskRule, locale: str) -> bool:
    """Whether a name is written as the locale usually does: what is written by sound tells fewer apart."""
    return getattr(rule, "script", None) in {None, LOCALES[locale].scripts[0]}


def columns_of(wanted: Iterable[Steering]) -> Iterator[Steering]:
    """All whose numbers are needed: those that steer, and those that say how many places there are."""
    for one in wanted:
        yield one
        if one.finer is not None:
            yield replace(one, column=one.finer, finer=None)


def numbers_of(one: Steering, found: Mapping[ColumnName, Found]) -> Numbers:
    """What steers by what was *found*, its own column among it."""
    measured = found[one.column].measured
    if one.is_spread:
        return Numbers(tail=1, distinct=max(1, round(measured.distinct)), quantiles=measured.quantiles)
    if one.is_of_domains:
        return by_frequency(replace(measured, width=0.0))
    if one.drawn.by_value or one.drawn.part in _WIDTHS:
        return by_value(measured, one.of)
    numbers = by_frequency(measured, one.of)
    if one.finer is None or one.finer not in found:
        return numbers
    return replace(numbers, places=max(numbers.distinct, round(found[one.finer].measured.distinct)))


def shapes_of(wanted: Iterable[Steering], found: Mapping[ColumnName, Found], frozen: Shapes) -> Shapes:
    """What steers every draw: what is *frozen* already, else what was *found*."""
    made = {one.drawn: numbers_of(one, found) for one in wanted if one.column in found}
    return {drawn: frozen[drawn] if drawn in frozen else made[drawn] for drawn in sorted({*made, *frozen})}


def pool_notes(
    wanted: tuple[Steering, ...], found: Mapping[ColumnName, Found], shapes: Shapes, frozen: Shapes, where: str
) -> Iterator[Note]:
    """What the plan says of the draws: by whose numbers, where statistics are missing, and which lists are too short.
    *where* the frozen ones are."""
    wanted = tuple(one for one in wanted if one.drawn.part not in _WIDTHS)
    spread = [one for one in wanted if one.is_spread and one.drawn in shapes and shapes[one.drawn].quantiles]
    if spread:
        shown = ", ".join(str(one.column) for one in spread[:_SHOWN]) + (" …" if len(spread) > _SHOWN else "")
        yield Note(subject="numbers", text=f"drawn through quantiles of two digits: {shown}")
    wanted = tuple(one for one in wanted if not one.is_spread)
    steered = [one for one in wanted if one.drawn in shapes]
    kept = [one for one in steered if one.drawn in frozen]
    measured = [one for one in steered if one.drawn not in frozen]
    if kept:
        yield Note(subject="lists", text=f"drawn by the numbers frozen in {where}: {_listed(kept, shapes)}")
    if measured:
        yield Note(subject="lists", text=f"drawn as often as values repeat there: {_listed(measured, shapes)}")
    sampled = [str(one.column) for one in measured if found[one.column].origin == "sample"]
    if sampled:
        shown = ", ".join(sampled[:_SHOWN]) + (" …" if len(sampled) > _SHOWN else "")
        yield Note(
            subject="statistics",
            text=f"none of {shown}: the table was never analyzed, so a sample of its rows was counted",
        )
    unsteered = [str(one.column) for one in wanted if one.drawn not in shapes]
    if unsteered:
        shown = ", ".join(unsteered[:_SHOWN]) + (" …" if len(unsteered) > _SHOWN else "")
        yield Note(subject="lists", text=f"nothing to count in {shown}: drawn as the lists have it")
    for one in steered:
        if short := shortage(one, shapes[one.drawn]):
            yield Note(subject=str(one.column), text=short)
        if short := finer_shortage(one, shapes[one.drawn]):
            yield Note(subject=str(one.finer), text=short)


def domain_notes(wanted: Iterable[Steering], shapes: Shapes, frozen: Shapes, where: str) -> Iterator[Note]:
    """What the plan says of domains; *where* the numbers are that were *frozen*."""
    several = [one for one in wanted if one.drawn in shapes and shapes[one.drawn].distinct > 1]
    for kept, by in ((True, f"by the numbers frozen in {where}"), (False, "as often as they repeat there")):
        if found := [one for one in several if (one.drawn in frozen) is kept]:
            yield Note(subject="domains", text=f"drawn {by}, of names that are nobody's: {_listed(found, shapes)}")


def _listed(steered: list[Steering], shapes: Shapes) -> str:
    words = []
    for one in steered[:_SHOWN]:
        more = f" and {one.followers} more" if one.followers else ""
        words.append(f"{one.column}{more} of {amount(shapes[one.drawn].distinct)}")
    return ", ".join(words) + (f" and {len(steered) - _SHOWN} more lists" if len(steered) > _SHOWN else "")


def shortage(one: Steering, numbers: Numbers) -> str | None:
    """What is said where a list has fewer entries than the column has values: ``1,191 cities for 2,400``."""
    locale = LOCALES[one.drawn.locale]
    if one.of:
        have = len(set(locale.written(WrittenPlace(locale.steering(one.of))).rare.entries))
        what = f"{one.of.replace('_', ' ')} values"
    elif one.drawn.part == COMPANY:
        have, what = prod(len(words.entries) for words in locale.work.companies), "companies"
    elif one.drawn.part in {AGENT, JOB}:
        have = of_list(AGENTS if one.drawn.part == AGENT else locale.work.jobs, numbers).distinct
        what = _WORDS[one.drawn.part]
    else:
        have = locale.names(one.drawn.part, locale.scripts[0], numbers=numbers, by_value=one.drawn.by_value).distinct
        have **= 2 if one.drawn.part == "family" and locale.are_both(numbers) else 1
        what = _WORDS[one.drawn.part]
    return f"{have:,} {what} for {numbers.distinct:,}" if have < numbers.distinct else None


def finer_shortage(one: Steering, numbers: Numbers) -> str | None:
    """What is said where the places that are drawn, as frequent as the column has them, have fewer values of a finer
    part than the column of that has: ``3,120 postal code values for 4,900``."""
    if one.finer is None or not numbers.places:
        return None
    locale = LOCALES[one.drawn.locale]
    if not locale.has(one.finer_of):
        return None
    drawn = locale.written(WrittenPlace(locale.steering(one.finer_of)), numbers=numbers)
    have = len({*drawn.common.entries, *drawn.rare.entries})
    if have >= numbers.places:
        return None
    told = f"{have:,} {one.finer_of.replace('_', ' ')} values for {numbers.places:,}"
    return f"{told}: places are drawn by {one.column}, and those have no more"
