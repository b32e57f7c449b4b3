"""``round``: numbers to the nearest multiple."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness
from masker.masks.rule import MaskRule
from masker.masks.sql.formula import formula
from masker.masks.sql.numbers import bounds, clamped, decimal, exact, finite, is_number, number, too_fine


class Round(MaskRule):
    """A number rounded to the nearest multiple of another; infinity and NaN stay."""

    mask: Literal["round"] = "round"
    to: float = Field(gt=0, description="what the result is a multiple of, as 100 or 0.5")


def _render(original: exp.Expression, column: Column, rule: Round, context: Context) -> exp.Expression:
    """The nearest multiple that the type holds."""
    del context
    step = decimal(rule.to)
    nearest = formula("round({v} / {step}) * {step}", v=exact(original), step=number(step))
    return finite(original, column.type, clamped(nearest, bounds(column.type).multiples(step)))


def _problem(column: Column, rule: Round, context: Context) -> Obstacle | None:
    del context
    if (unit := too_fine(decimal(rule.to), column.type)) is not None:
        return Obstacle(
            f"to: {column.type.sql} holds multiples of {unit:f}: values would stay as they are",
            f"write a greater multiple of {unit:f}",
        )
    return None


ROUND = Mask(
    rule=Round,
    card=Card(
        serves="integers, numeric, floating-point numbers, money",
        accepts=is_number,
        uniqueness=Uniqueness.LOST,
        distinct="as many as there are multiples between the least and the most",
        example="1200 for 1204",
        cost=0.25,
        keeps_width=True,
        keeps_order=True,
        shows="the number, rounded",
        of_original=True,
    ),
    render=_render,
    chance=None,
    problem=_problem,
)
