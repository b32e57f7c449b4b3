"""``birthdate``: another day of the same years."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.mask import Card, Context, Mask, Uniqueness
from masker.masks.rule import MaskRule
from masker.masks.sql.dates import back, finite, local
from masker.masks.sql.expressions import case, share
from masker.masks.sql.formula import formula, let


class Birthdate(MaskRule):
    """A day drawn from the band of years that the original is in, so that people stay about as old; infinity stays."""

    mask: Literal["birthdate"] = "birthdate"
    years: int = Field(default=5, ge=1, le=50, description="how many years a band has; 1 keeps the year of birth")


def _render(original: exp.Expression, column: Column, rule: Birthdate, context: Context) -> exp.Expression:
    """The first of the band's days and as many more as the identity's number says, at midnight."""
    year = formula("floor(date_part('year', {v}) / {years})", v=local(original, column.type), years=rule.years)
    # Counted from a year that is in every band's beginning, so that intervals of years are exact.
    begin = formula(
        "CAST('2000-01-01' AS timestamp) + ({year} * {years} - 2000) * CAST('1 year' AS interval)",
        year=year,
        years=rule.years,
    )
    drawn = formula("{n} & 9223372036854775807", n=context.identity.number("birthdate", context.bindings))
    value = let(
        "$begin + ({drawn} % CAST(date_part('day', $begin + {years} * CAST('1 year' AS interval) - $begin) AS bigint))"
        " * CAST('1 day' AS interval)",
        {"begin": begin},
        drawn=drawn,
        years=rule.years,
    )
    return finite(original, back(value, column.type))


def _chance(original: exp.Expression, column: Column, rule: Birthdate, context: Context) -> exp.Expression:
    """One day of so many."""
    del column, context
    return case((formula("isfinite({v})", v=original), share(1 / (365 * rule.years))), default=share(1))


def _accepts(kind: ColumnType) -> bool:
    return kind.kind in {TypeClass.DATE, TypeClass.TIMESTAMP}


BIRTHDATE = Mask(
    rule=Birthdate,
    card=Card(
        serves="date, timestamp",
        accepts=_accepts,
        uniqueness=Uniqueness.LOST,
        distinct="as many as the bands have days at most",
        example="1985-09-16 for 1985-02-20",
        cost=0.9,
        keeps_width=True,
        shows="the band of years it is in",
    ),
    render=_render,
    chance=_chance,
)
