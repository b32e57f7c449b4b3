"""What a plan can say beforehand of the shape that masks lose: columns that get one value for all, and those that get
more or fewer than they have.

Names and places are told of by what steers their draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from masker.catalog.numbers import ColumnNumbers
from masker.masks.cases import conditions_of
from masker.masks.every import MASKS
from masker.names import TableName
from masker.notes import Note
from masker.ruleset.types import ColumnDecision, Resolution, TableDecision

#: What statistics say, by table and column.
Known = Mapping[TableName, Mapping[str, ColumnNumbers]]

#: Masks that make a value of its own for each identity, and others of the same value for the same. The rest go by what
#: they mask, or by lists.
_BY_IDENTITY = frozenset(
    {"email", "token", "lorem", "phone", "ip", "url", "uuid", "mac", "api_key", "file_name", "scramble"}
)

#: How many times as many values, or as few, are the same to the planner; and values of which too few are there to
#: matter.
_LEAST, _MOST, _FEW = 0.5, 2.0, 20

#: Columns that notes name one by one.
_NAMED = 8


def masked_columns(resolution: Resolution) -> Mapping[TableName, list[str]]:
    """The columns whose statistics are of use here."""
    found = {
        name: sorted(
            {column for column, each in decision.columns.items() if _is_told(each) for column in (column, *_by(each))}
        )
        for name, decision in resolution.tables.items()
        if decision.rows == "all" and decision.table.has_storage
    }
    return {name: columns for name, columns in found.items() if columns}


def losses(resolution: Resolution, known: Known) -> Iterator[Note]:
    """Notes of a plan on columns that will not have the shape that they have."""
    constant: list[str] = []
    counted: list[Note] = []
    for name, decision in resolution.tables.items():
        of = known.get(name, {})
        for column, each in decision.columns.items():
            if column not in of or not _is_told(each):
                continue
            subject = str(decision.table.column_name(column))
            if MASKS[each.rule.mask].card.is_constant:
                if of[column].distinct > 1:
                    constant.append(subject)
            elif found := _count(decision, each, of):
                counted.append(Note(subject=subject, text=found))
    if constant:
        yield Note(
            subject="shape",
            text=f"one value for all in {_listed(constant)}: queries that ask for them may plan otherwise",
        )
    yield from counted[:_NAMED]
    if len(counted) > _NAMED:
        yield Note(
            subject="shape",
            text=f"as many more or fewer values in {_listed([note.subject for note in counted[_NAMED:]])}",
        )


def _is_told(each: ColumnDecision) -> bool:
    """Whether one mask is of every row: of what conditions leave as it is nobody has counted the values."""
    if conditions_of(each.rule):
        return False
    return MASKS[each.rule.mask].card.is_constant or each.rule.mask in _BY_IDENTITY


def _by(each: ColumnDecision) -> tuple[str, ...]:
    return each.rule.by if each.rule.by is not None and not each.rule.is_by_value else ()


def _count(decision: TableDecision, each: ColumnDecision, of: Mapping[str, ColumnNumbers]) -> str | None:
    """``8,000 values for 800`` and what to write instead, None where they are about as many."""
    if each.rule.is_by_value or decision.table.rows < 0:
        return None
    numbers = of[each.column.name]
    values = decision.table.rows * (1 - numbers.null_share - numbers.empty_share)
    # The empty text stays, and is none.
    have = max(1.0, numbers.distinct - (1 if numbers.empty_share else 0))
    made = values
    for name in _by(each):
        # Of several the most telling one; of what nothing is known, none.
        if name not in of:
            return None
        made = min(values, of[name].distinct) if len(_by(each)) == 1 else values
    if values < _FEW or _LEAST * have <= made <= _MOST * have:
        return None
    if made > have:
        return (
            f"{made:,.0f} values for {have:,.0f}: equal ones get one of their own in each row; write `by: value`, with"
            " a `scope` where other columns hold them"
        )
    return (
        f"{made:,.0f} values for {have:,.0f}: it is made by {', '.join(_by(each))}, which repeats more; leave `by` out,"
        " or write `by: value`"
    )


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
