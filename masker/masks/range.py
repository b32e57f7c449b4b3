"""``range``: numbers and dates drawn between two others."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, needs_nothing, tells_by_type
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import cast, literal, modulo, share
from masker.masks.sql.formula import formula
from masker.masks.sql.numbers import bounds, is_number, number

_MOST_DIGITS = 6
_MOST = 1 << 62
_SECONDS = 86_400


class Range(MaskRule):
    """A number or a date between two others, each as likely as any."""

    mask: Literal["range"] = "range"
    min: int | float | str = Field(description="the least, a number or a date such as 1990-01-31")
    max: int | float | str = Field(description="the most")
    digits: int | None = Field(
        default=None,
        ge=0,
        le=_MOST_DIGITS,
        description="behind the point; default: as the column's type, or as min and max are written",
    )


def _days(value: float | str) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _number(value: float | str) -> Decimal | None:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _steps(kind: ColumnType, rule: Range) -> tuple[Decimal, int] | None:
    """How far two neighbours are apart, and how many there are from the first to the last."""
    if kind.kind in {TypeClass.DATE, TypeClass.TIMESTAMP}:
        first, last = _days(rule.min), _days(rule.max)
        if first is None or last is None or first > last:
            return None
        days = (last - first).days + 1
        return Decimal(1), days if kind.kind is TypeClass.DATE else days * _SECONDS
    least, most, unit = _number(rule.min), _number(rule.max), bounds(kind).unit
    if least is None or most is None or least > most:
        return None
    written = max(0, *(-int(value.as_tuple().exponent) for value in (least, most)))
    digits = (
        rule.digits
        if rule.digits is not None
        else min(_MOST_DIGITS, max(0, -int(unit.as_tuple().exponent)) if unit is not None else written)
    )
    step = Decimal(1).scaleb(-digits)
    return step, int((most - least) / step) + 1


def _render(original: exp.Expression, column: Column, rule: Range, context: Context) -> exp.Expression:
    """The least plus as many steps as the identity's number says."""
    del original
    step, count = _steps(column.type, rule) or (Decimal(1), 1)
    drawn = modulo(context.identity.shown("range", context.bindings), count)
    if column.type.kind is TypeClass.DATE:
        return formula("{first} + CAST({drawn} AS integer)", first=cast(literal(str(rule.min)), "date"), drawn=drawn)
    if column.type.kind is TypeClass.TIMESTAMP:
        first = cast(
            literal(f"{rule.min} 00:00:00+00" if column.type.name == "timestamptz" else str(rule.min)), column.type.base
        )
        return formula("{first} + {drawn} * CAST('1 second' AS interval)", first=first, drawn=drawn)
    return formula(
        "{first} + {drawn} * {step}", first=number(_number(rule.min) or Decimal(0)), drawn=drawn, step=number(step)
    )


def _chance(original: exp.Expression, column: Column, rule: Range, context: Context) -> exp.Expression:
    """One of so many, if it is between them."""
    del context
    _, count = _steps(column.type, rule) or (Decimal(1), 1)
    if is_number(column.type):
        value = cast(cast(original, "numeric") if column.type.name == "money" else original, "double precision")
        ends = [cast(literal(str(end)), "double precision") for end in (rule.min, rule.max)]
        inside = formula("{v} >= {a} AND {v} <= {b}", v=value, a=ends[0], b=ends[1])
    else:
        inside = formula(
            "{v} >= CAST({a} AS date) AND {v} < CAST({b} AS date) + 1",
            v=original,
            a=literal(str(rule.min)),
            b=literal(str(rule.max)),
        )
    return formula("CASE WHEN {inside} THEN {one} ELSE {none} END", inside=inside, one=share(1 / count), none=share(0))


def _problem(column: Column, rule: Range, context: Context) -> Obstacle | None:
    del context
    kind, steps = column.type, _steps(column.type, rule)
    if steps is None:
        what = "numbers" if is_number(kind) else "dates such as 1990-01-31"
        return Obstacle(f"min: {rule.min}, max: {rule.max}: expected two {what}, the least first")
    if steps[1] > _MOST:
        return Obstacle("between min and max there are more steps than can be drawn from", "use fewer digits")
    held = bounds(kind)
    if is_number(kind) and held.low is not None and held.high is not None:
        for name, value in (("min", _number(rule.min)), ("max", _number(rule.max))):
            if value is not None and not held.low <= value <= held.high:
                return Obstacle(f"{name}: {kind.sql} holds {held.low:f} to {held.high:f}", "write a number between")
        if held.unit is not None and rule.digits is not None and steps[0] < held.unit:
            return Obstacle(f"digits: {kind.sql} holds multiples of {held.unit:f}", "leave digits out")
    if rule.digits is not None and not is_number(kind):
        return Obstacle(f"digits are for numbers, this is {kind.sql}", "leave them out")
    return None


def _accepts(kind: ColumnType) -> bool:
    return is_number(kind) or kind.kind in {TypeClass.DATE, TypeClass.TIMESTAMP}


RANGE = Mask(
    rule=Range,
    card=Card(
        serves="integers, numeric, floating-point numbers, money, date, timestamp",
        accepts=_accepts,
        uniqueness=Uniqueness.LOST,
        distinct="as many as there are between the two at most",
        example="30",
        cost=0.2,
        fills=needs_nothing,
        tells=tells_by_type,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
