"""``bucket``: numbers by the beginning of the band they are in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator
from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import case
from masker.masks.sql.formula import formula
from masker.masks.sql.numbers import bounds, clamped, decimal, exact, finite, is_number, number, too_fine


class Bucket(MaskRule):
    """The beginning of the band that a number is in; infinity and NaN stay."""

    mask: Literal["bucket"] = "bucket"
    step: float | None = Field(default=None, gt=0, description="how wide each band is")
    bounds: Annotated[tuple[float, ...] | None, BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)] = (
        Field(
            default=None,
            min_length=2,
            max_length=200,
            description="where bands begin, in order; what is below the first becomes the first",
        )
    )

    @model_validator(mode="after")
    def _one_way(self) -> Bucket:
        if (self.step is None) == (self.bounds is None):
            raise ValueError("takes either a step or bounds")
        if self.bounds is not None and list(self.bounds) != sorted(set(self.bounds)):
            raise ValueError("bounds are in order, each once")
        return self


def _render(original: exp.Expression, column: Column, rule: Bucket, context: Context) -> exp.Expression:
    """The beginning of the band; the first that the type holds for what is below it."""
    del context
    value = exact(original)
    if rule.step is not None:
        step = decimal(rule.step)
        begin = clamped(
            formula("floor({v} / {step}) * {step}", v=value, step=number(step)), bounds(column.type).multiples(step)
        )
    else:
        first, *others = (number(decimal(bound)) for bound in rule.bounds or ())
        begin = case(*((formula("{v} >= {b}", v=value, b=bound), bound) for bound in reversed(others)), default=first)
    return finite(original, column.type, begin)


def _problem(column: Column, rule: Bucket, context: Context) -> Obstacle | None:
    del context
    if rule.step is not None and (unit := too_fine(decimal(rule.step), column.type)) is not None:
        return Obstacle(
            f"step: {column.type.sql} holds multiples of {unit:f}: values would stay as they are",
            f"write a greater multiple of {unit:f}",
        )
    held = bounds(column.type)
    for bound in map(decimal, rule.bounds or ()):
        if held.low is not None and held.high is not None and not held.low <= bound <= held.high:
            return Obstacle(
                f"bounds: {column.type.sql} holds {held.low:f} to {held.high:f}", "leave out the bounds beyond"
            )
        if held.unit is not None and bound % held.unit:
            return Obstacle(f"bounds: {column.type.sql} holds multiples of {held.unit:f}", "round the bounds")
    return None


BUCKET = Mask(
    rule=Bucket,
    card=Card(
        serves="integers, numeric, floating-point numbers, money",
        accepts=is_number,
        uniqueness=Uniqueness.LOST,
        distinct="one for each band",
        example="1000 for 1204",
        cost=0.3,
        keeps_order=True,
        shows="the band it is in",
        of_original=True,
    ),
    render=_render,
    chance=None,
    problem=_problem,
)
