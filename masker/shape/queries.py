"""Plans of one query on both sides held against each other, and the masks of what is read otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from masker.findings import Outcome
from masker.names import ColumnName, TableName
from masker.notes import Note
from masker.shape import advice
from masker.shape.plans import Node, difference, relations
from masker.shape.report import Compared, Part
from masker.shape.scope import Scope
from masker.shape.texts import Query, has_constants, words

#: Columns whose masks a plan that differs is laid to.
_BLAMED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A query's shapes: the source's one, the preview's one a round; or why a side made none."""

    query: Query
    source: Node | None
    rounds: Sequence[Node] = ()
    why_not: str = ""


def compare_plans(planned: Planned, scope: Scope, off: Mapping[str, str]) -> Compared | Note:
    """Whether the preview plans a query as production does in any round. *off* are columns, by name, that are out of
    range, with what to write instead."""
    query, source = planned.query, planned.source
    if source is None or not planned.rounds:
        return Compared(
            part=Part.PLANS, subject=str(query), measure="plan", outcome=Outcome.NOT_RUN, detail=planned.why_not
        )
    read = relations(source).union(*map(relations, planned.rounds))
    if limited := sorted(str(name) for name in read & scope.limited.keys()):
        return Note(subject=str(query), text=f"it reads {', '.join(limited)}, of which the preview has not all rows")
    if source in planned.rounds:
        return Compared(part=Part.PLANS, subject=str(query), measure="plan", outcome=Outcome.PASSED)
    here, there, touched = difference(source, planned.rounds[-1])
    return Compared(
        part=Part.PLANS,
        subject=str(query),
        measure="plan",
        outcome=Outcome.FAILED,
        source=here,
        target=there,
        hint=_hint(query, touched, read, scope, off),
    )


def _hint(
    query: Query, touched: frozenset[TableName], read: frozenset[TableName], scope: Scope, off: Mapping[str, str]
) -> str:
    """The masks to look at: those of columns that the query names first, and of tables that are read otherwise before
    others."""
    named = words(query)
    masked = sorted(
        (table not in touched, str(ColumnName(table, column)), column, each)
        for table in read
        for column, each in scope.tables.get(table, {}).items()
    )
    candidates = [each for each in masked if each[2] in named] or masked
    told = [
        f"{name}: {off.get(name) or advice.about_size(each)}"
        for _, name, _, each in candidates
        if name in off or not each.is_compared
    ]
    if not told and candidates and candidates is not masked:
        constant = "a constant of it is no value of the preview (write `$1`), " if has_constants(query) else ""
        return (
            f"the masked columns that it names are in range: {constant}two plans cost nearly the same, or sizes make"
            " the difference"
        )
    return (
        "; ".join(told[:_BLAMED])
        or "no masked column of these tables is out of range:"
        " compare their sizes, and how old production's statistics are"
    )
