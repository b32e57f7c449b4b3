"""``geo``: places on the map moved, or put on a coarser grid."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from sqlglot import exp

from masker.catalog.types import Column, ColumnType
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import modulo, share
from masker.masks.sql.formula import formula
from masker.masks.sql.numbers import Bounds, bounds, clamped, decimal, exact, finite, is_number, number, too_fine
from masker.masks.sql.places import at_sides, is_place, is_shape, no_point, sides

#: The sides of a point, in its order.
_SIDES = ("longitude", "latitude")

#: Metres of one degree of latitude, and of longitude at the equator; elsewhere a place moves less to east and west.
_DEGREE = 111_320

#: How finely a distance is drawn; odd multiples, so that it is never none.
_STEPS = 1_000_000

#: Metres that a place moves at most.
_MOST = 500_000

_LIMITS = {"latitude": 90, "longitude": 180}
_DISTANCE = re.compile(r"(\d+(?:\.\d+)?)\s*(m|km)\Z")

#: What two numbers next to each other differ by, as far as floating-point numbers tell degrees apart.
_FLOATS = {"float4": 1.6e-5, "float8": 3e-14}


def _metres(value: Any) -> Any:
    match = _DISTANCE.match(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("expected a distance, such as `5 km` or `500 m`")
    return float(match[1]) * (1000 if match[2] == "km" else 1)


class Geo(MaskRule):
    """A place moved by some distance at most, both its coordinates by the same identity and scope, or the middle of the
    grid it is in."""

    mask: Literal["geo"] = "geo"
    part: Literal["latitude", "longitude"] | None = Field(
        default=None, description="which coordinate the column is; a point has both, as (longitude, latitude)"
    )
    within: Annotated[float | None, BeforeValidator(_metres)] = Field(
        default=None,
        ge=100,
        le=_MOST,
        description="how far it moves at most, as `5 km`",
        json_schema_extra={"type": "string"},
    )
    grid: float | None = Field(default=None, ge=0.001, le=10, description="degrees that the grid is wide, as 0.1")

    @model_validator(mode="after")
    def _one_way(self) -> Geo:
        if (self.within is None) == (self.grid is None):
            raise ValueError("takes either within or grid")
        return self


def _moved(value: exp.Expression, part: str, rule: Geo, context: Context, limits: Bounds) -> exp.Expression:
    """*value*, degrees as numeric, moved or put on the grid."""
    if rule.grid is not None:
        made = formula("round({v} / {g}) * {g}", v=value, g=number(decimal(rule.grid)))
    else:
        # Both ways together are within the radius.
        step = Decimal(repr(round(_degrees(rule) / _STEPS, 15)))
        drawn = modulo(context.identity.number(part, context.bindings), _STEPS)
        made = formula("{v} + (2 * {n} + 1 - {steps}) * {step}", v=value, n=drawn, steps=_STEPS, step=number(step))
    limit = Decimal(_LIMITS[part])
    return clamped(made, limits.within(-limit, limit))


def _degrees(rule: Geo) -> float:
    return (rule.within or 0) / math.sqrt(2) / _DEGREE


def _render(original: exp.Expression, column: Column, rule: Geo, context: Context) -> exp.Expression:
    """The place near the original's, or on the grid."""
    kind = column.type
    if is_number(kind):
        part = rule.part or "latitude"
        return finite(original, kind, _moved(exact(original), part, rule, context, bounds(kind)))
    made = []
    for name, side in zip(_SIDES, sides(original, kind), strict=True):
        moved = _moved(formula("CAST({s} AS numeric)", s=side), name, rule, context, Bounds())
        made.append(
            formula("CASE WHEN {s} - {s} = 0 THEN CAST({made} AS double precision) ELSE {s} END", s=side, made=moved)
        )
    return at_sides(original, made, kind)


def _chance(original: exp.Expression, column: Column, rule: Geo, context: Context) -> exp.Expression:
    """A place moves by no less than a part of its way, but at the end of the world, or where the type cannot tell
    it."""
    del context
    kind = column.type
    if rule.grid is not None:
        return share(1)
    if not is_number(kind):
        # It stays as a whole where neither side moves: what is no number stays, what is at the end may.
        moves = [
            formula("{s} - {s} = 0 AND abs({s}) < {end}", s=side, end=_LIMITS[part])
            for part, side in zip(_SIDES, sides(original, kind), strict=True)
        ]
        return formula(
            "CASE WHEN {x} OR {y} THEN {none} ELSE {one} END", x=moves[0], y=moves[1], none=share(0), one=share(1)
        )
    unit = bounds(kind).unit
    coarse = float(unit) if unit is not None else _FLOATS.get(kind.name, 0)
    limit = _LIMITS[rule.part or "latitude"]
    return formula(
        "CASE WHEN {v} - {v} = 0 AND abs({v}) < {limit} THEN {few} ELSE {one} END",
        v=original,
        limit=limit,
        few=share(min(1.0, coarse / (2 * _degrees(rule)))),
        one=share(1),
    )


def _problem(column: Column, rule: Geo, context: Context) -> Obstacle | None:
    del context
    if is_shape(column.type) and (told := no_point(column.type)) is not None:
        return Obstacle(*told)
    if is_number(column.type) == (rule.part is None):
        return Obstacle(
            f"part: {column.type.sql} {'is one coordinate' if rule.part is None else 'has both coordinates'}",
            "add `part: latitude` or `part: longitude`" if rule.part is None else "leave it out",
        )
    if not is_number(column.type) or (unit := bounds(column.type).unit) is None:
        return None
    if rule.grid is not None and too_fine(decimal(rule.grid), column.type) is not None:
        return Obstacle(
            f"grid: {column.type.sql} holds multiples of {unit:f} degrees: values would stay as they are",
            f"write a greater multiple of {unit:f}",
        )
    if rule.grid is None and float(unit) > _degrees(rule):
        least = math.ceil(float(unit) * math.sqrt(2) * _DEGREE)
        return Obstacle(
            f"within: {column.type.sql} holds multiples of {unit:f} degrees, too coarse for the distance: most values"
            " would stay as they are",
            f"write `{least} m` or more" if least <= _MOST else "use noise or round",
        )
    return None


def _accepts(kind: ColumnType) -> bool:
    return (is_number(kind) and kind.name != "money") or is_place(kind)


GEO = Mask(
    rule=Geo,
    card=Card(
        serves="numeric, floating-point numbers and integers of degrees, point, points of PostGIS in degrees",
        accepts=_accepts,
        uniqueness=Uniqueness.LOST,
        distinct="as many as before; on a grid one for each of its fields",
        example="35.673625 for 35.681236",
        cost=1.0,
        keeps_width=True,
        shows="about where it is",
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
