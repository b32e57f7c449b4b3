"""``date_shift``: dates moved by some days."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.mask import Card, Context, Mask, Uniqueness
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import call, case, cast, integer, literal, modulo, share

_DAYS = re.compile(r"(\d+)\s*(?:days?|d)?\Z")


def days(value: Any) -> int:
    """A number of days as rules write it: ``30 days``, ``30d``, ``30``. Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _DAYS.match(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("expected a number of days, such as `30 days`")
    return int(match[1])


class DateShift(MaskRule):
    """The date moved by 1 … *within* days, forth or back, the same distance for every date of one identity and
    scope."""

    mask: Literal["date_shift"] = "date_shift"
    within: Annotated[int, BeforeValidator(days)] = Field(
        default=30,
        ge=1,
        le=3650,
        description="days, as `30 days` or `30",
        json_schema_extra={"type": ["string", "integer"]},
    )


def _render(original: exp.Expression, column: Column, rule: DateShift, context: Context) -> exp.Expression:
    """The date plus or minus 1 … within days, never zero; the time of day and infinity stay."""
    moved = _moved(rule.within, context)
    if column.type.kind is TypeClass.DATE:
        return exp.Add(this=original, expression=integer(moved))
    return exp.Add(
        this=original, expression=exp.Paren(this=exp.Mul(this=moved, expression=cast(literal("1 day"), "interval")))
    )


def _moved(within: int, context: Context) -> exp.Expression:
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
    rule=DateShift,
    card=Card(
        serves="date, timestamp",
        accepts=_is_date,
        uniqueness=Uniqueness.LOST,
        distinct="about as many as before",
        example="1985-02-24 for 1985-02-20",
        cost=0.05,
        may_keep=False,
        keeps_width=True,
        is_reversible=True,
        shows="about when it was",
    ),
    render=_render,
    chance=_chance,
)
