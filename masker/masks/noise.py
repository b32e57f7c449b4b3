"""``noise``: numbers moved a little."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, tells_by_type
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import modulo, share
from masker.masks.sql.formula import formula
from masker.masks.sql.numbers import bounds, clamped, decimal, exact, finite, is_finite, is_number, number

#: How finely the distance is drawn; coarse enough to be seen in the six digits of a float4.
_STEPS = 10_000

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%\Z")


def _ratio(value: Any) -> Any:
    match = _PERCENT.match(value.strip()) if isinstance(value, str) else None
    if isinstance(value, str) and match is None:
        raise ValueError("expected a share, such as `10%` or 0.1")
    return float(match[1]) / 100 if match else value


class Noise(MaskRule):
    """A number moved up or down by chance, never by nothing; zero stays zero, infinity and NaN stay."""

    mask: Literal["noise"] = "noise"
    ratio: Annotated[float | None, BeforeValidator(_ratio)] = Field(
        default=None,
        ge=0.01,
        le=0.9,
        description="by at most this share of itself, as `10%`",
        json_schema_extra={"type": ["string", "number"]},
    )
    amount: float | None = Field(default=None, gt=0, description="by at most so much")
    min: float | None = Field(default=None, description="no less than that")
    max: float | None = Field(default=None, description="no more than that")

    @model_validator(mode="after")
    def _one_way(self) -> Noise:
        if (self.ratio is None) == (self.amount is None):
            raise ValueError("takes either a ratio or an amount")
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise ValueError("min is not less than max")
        return self


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else decimal(value)


def _render(original: exp.Expression, column: Column, rule: Noise, context: Context) -> exp.Expression:
    """The number plus or minus 1/10,000 to all of what the rule allows, by one step of its type at least."""
    kind, limits = column.type, bounds(column.type).within(_decimal(rule.min), _decimal(rule.max))
    drawn = context.identity.number("noise", context.bindings)
    value = exact(original)
    part = formula("({drawn} + 1)", drawn=modulo(drawn, _STEPS))
    most = formula("abs({v})", v=value) if rule.amount is None else number(decimal(rule.amount))
    scale = decimal(rule.ratio) if rule.ratio is not None else Decimal(1)
    distance = formula("{most} * {scale} * {part}", most=most, scale=number(scale / _STEPS), part=part)
    if limits.unit is not None:
        digits = max(0, -int(limits.unit.as_tuple().exponent))
        distance = formula(
            "greatest({unit}, round({d}, {digits}))", unit=number(limits.unit), d=distance, digits=digits
        )
    elif kind.name == "numeric":
        distance = formula(
            "greatest(CAST('1e-' || scale({v}) AS numeric), round({d}, scale({v})))", v=value, d=distance
        )
    moved = formula("{v} + (1 - (({drawn} >> 62) & 2)) * {d}", v=value, drawn=drawn, d=distance)
    made = clamped(moved, limits)
    if rule.amount is None:
        made = formula("CASE WHEN {v} = 0 THEN {zero} ELSE {made} END", v=value, zero=number(Decimal(0)), made=made)
    return finite(original, kind, made)


def _chance(original: exp.Expression, column: Column, rule: Noise, context: Context) -> exp.Expression:
    """A number moves, unless it is zero, infinite, or at an end beyond which nothing may be."""
    del context
    kind = column.type
    limits = bounds(kind).within(_decimal(rule.min), _decimal(rule.max))
    ends = [number(end) for end in (limits.low, limits.high) if end is not None]
    if rule.amount is None:
        ends.append(number(Decimal(0)))
    at_end = exp.In(this=exact(original), expressions=ends) if ends else exp.false()
    return formula(
        "CASE WHEN NOT {finite} THEN {one} WHEN {at_end} THEN {one} ELSE {none} END",
        finite=is_finite(original, kind),
        at_end=at_end,
        one=share(1),
        none=share(0),
    )


def _problem(column: Column, rule: Noise, context: Context) -> Obstacle | None:
    del context
    limits = bounds(column.type)
    for name, value in (("min", _decimal(rule.min)), ("max", _decimal(rule.max))):
        if (
            value is not None
            and limits.low is not None
            and limits.high is not None
            and not limits.low <= value <= limits.high
        ):
            return Obstacle(
                f"{name}: {column.type.sql} holds {limits.low:f} to {limits.high:f}",
                "leave it out, or write a number between",
            )
    if column.type.kind is TypeClass.INTEGER and rule.amount is not None and rule.amount < 1:
        return Obstacle(f"amount: {column.type.sql} moves by whole numbers", "write 1 or more")
    return None


NOISE = Mask(
    rule=Noise,
    card=Card(
        serves="integers, numeric, floating-point numbers, money",
        accepts=is_number,
        uniqueness=Uniqueness.LOST,
        distinct="as many as before or more",
        example="1134 for 1204",
        cost=1.0,
        keeps_width=True,
        shows="about how much it was",
        tells=tells_by_type,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
