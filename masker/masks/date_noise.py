"""``date_noise``: each date moved by itself, its time of day too."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.date_shift import days
from masker.masks.mask import Card, Context, Mask, Uniqueness
from masker.masks.rule import MaskRule
from masker.masks.sql.dates import back, finite, is_date, local
from masker.masks.sql.expressions import case, modulo, share
from masker.masks.sql.formula import formula

_SECONDS = 86_400


class DateNoise(MaskRule):
    """A date moved by up to so many days, forth or back, to the second, each by itself; infinity stays."""

    mask: Literal["date_noise"] = "date_noise"
    within: Annotated[int, BeforeValidator(days)] = Field(
        default=30,
        ge=1,
        le=3650,
        description="days, as `30 days` or `30`",
        json_schema_extra={"type": ["string", "integer"]},
    )


def _render(original: exp.Expression, column: Column, rule: DateNoise, context: Context) -> exp.Expression:
    """The date plus or minus one step to all of the days; a step is a day, or a second of a timestamp."""
    is_day = column.type.kind is TypeClass.DATE
    steps = rule.within if is_day else rule.within * _SECONDS
    drawn = modulo(context.identity.number("date noise", context.bindings), 2 * steps)
    moved = formula("coalesce(nullif({n} - {steps}, 0), {steps})", n=drawn, steps=steps)
    value = formula(
        f"{{v}} + {{n}} * CAST('1 {'day' if is_day else 'second'}' AS interval)",
        v=local(original, column.type),
        n=moved,
    )
    return finite(original, back(value, column.type))


def _chance(original: exp.Expression, column: Column, rule: DateNoise, context: Context) -> exp.Expression:
    """Every date moves; infinity stays, and what is beyond any calendar may meet the end it is put to."""
    del rule, context
    held = formula("{v} = {back}", v=original, back=back(local(original, column.type), column.type))
    return case(
        (formula("CASE WHEN isfinite({v}) THEN {held} ELSE false END", v=original, held=held), share(0)),
        default=share(1),
    )


DATE_NOISE = Mask(
    rule=DateNoise,
    card=Card(
        serves="date, timestamp",
        accepts=is_date,
        uniqueness=Uniqueness.LOST,
        distinct="as many as before or more",
        example="1985-03-07 for 1985-02-20",
        cost=0.45,
        keeps_width=True,
        shows="about when it was",
    ),
    render=_render,
    chance=_chance,
)
