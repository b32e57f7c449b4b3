"""``date_trunc``: dates by the beginning of their month, year or other part."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness
from masker.masks.rule import MaskRule
from masker.masks.sql.dates import back, finite, is_date, local
from masker.masks.sql.formula import formula


class DateTrunc(MaskRule):
    """The beginning of the month, the year or another part that a date is in, by UTC; infinity stays."""

    mask: Literal["date_trunc"] = "date_trunc"
    to: Literal["hour", "day", "week", "month", "quarter", "year", "decade", "century"] = Field(
        description="the part whose beginning is left"
    )


def _render(original: exp.Expression, column: Column, rule: DateTrunc, context: Context) -> exp.Expression:
    """The beginning of the part."""
    del context
    begin = formula("date_trunc({to}, {v})", to=rule.to, v=local(original, column.type))
    return finite(original, back(begin, column.type))


def _problem(column: Column, rule: DateTrunc, context: Context) -> Obstacle | None:
    del context
    if column.type.kind is TypeClass.DATE and rule.to in {"hour", "day"}:
        return Obstacle(
            f"to: a date has no part smaller than its {rule.to}: nothing would change",
            "use week, month, quarter or year",
        )
    return None


DATE_TRUNC = Mask(
    rule=DateTrunc,
    card=Card(
        serves="date, timestamp",
        accepts=is_date,
        uniqueness=Uniqueness.LOST,
        distinct="one for each part",
        example="1985-02-01 for 1985-02-20",
        cost=0.3,
        keeps_order=True,
        keeps_width=True,
        shows="the part of time it is in",
        of_original=True,
    ),
    render=_render,
    chance=None,
    problem=_problem,
)
