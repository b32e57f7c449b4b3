"""Dates moved by some days."""

from __future__ import annotations

from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.arguments import DateShift
from masker.masks.expressions import call, case, cast, integer, literal, modulo, share
from masker.masks.registry import Context, Mask, Uniqueness


def date_shift(original: exp.Expression, column: Column, rule: DateShift, context: Context) -> exp.Expression:
    """The date plus or minus 1 … within days, never zero; the time of day and infinity stay."""
    days = _days(rule.within, context)
    if column.type.kind is TypeClass.DATE:
        return exp.Add(this=original, expression=integer(days))
    return exp.Add(this=original, expression=exp.Paren(this=exp.Mul(this=days, expression=cast(literal("1 day"), "interval"))))


def _days(within: int, context: Context) -> exp.Expression:
    """-within … -1, 1 … within: of -within … within - 1, zero becomes *within*, so that the number is made once."""
    drawn = modulo(context.identity.number("days", context.bindings), 2 * within)
    moved = exp.Paren(this=exp.Sub(this=drawn, expression=literal(within)))
    return call("coalesce", call("nullif", moved, 0), within)


def _chance(original: exp.Expression, column: Column, rule: DateShift, context: Context) -> exp.Expression:
    """Every date moves; infinity stays."""
    del column, rule, context
    return case((call("isfinite", original), share(0)), default=share(1))


def _is_date(kind: ColumnType) -> bool:
    return kind.kind in {TypeClass.DATE, TypeClass.TIMESTAMP}


DATE_SHIFT = Mask(
    name="date_shift",
    rule=DateShift,
    serves="date, timestamp",
    uniqueness=Uniqueness.LOST,
    accepts=_is_date,
    render=date_shift,
    chance=_chance,
    example="1985-02-24 for 1985-02-20",
)
