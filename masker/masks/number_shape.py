"""``number_shape``: numbers and dates drawn as production's are spread."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.mask import Card, Context, Draws, Mask, Obstacle, Uniqueness, needs_nothing, tells_by_type
from masker.masks.numbers import QUANTILES
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import call, case, cast, literal, modulo, share
from masker.masks.sql.formula import formula, let
from masker.masks.sql.numbers import bounds, clamped, is_finite, is_number, number

#: What a draw is told by: a number of so many.
_DRAWN = 1 << 20

_EPOCH = date(2000, 1, 1)
_SECONDS = 86_400


class NumberShape(MaskRule):
    """A number or a date drawn through 20 quantiles of production (1 % to 99 %, of two digits; of dates whole months),
    whatever the original was; from 1,000 rows on. Infinity and NaN stay."""

    mask: Literal["number_shape"] = "number_shape"


def _is_date(kind: ColumnType) -> bool:
    return kind.kind in {TypeClass.DATE, TypeClass.TIMESTAMP}


def _quantiles(column: Column, context: Context) -> tuple[Decimal, ...]:
    """The quantiles as numbers: dates as days, times as seconds from :data:`_EPOCH` on."""
    found = context.numbers(QUANTILES)
    texts = found.quantiles if found is not None else ()
    if not _is_date(column.type):
        return tuple(map(Decimal, texts))
    unit = 1 if column.type.kind is TypeClass.DATE else _SECONDS
    return tuple(Decimal((date.fromisoformat(text) - _EPOCH).days * unit) for text in texts)


def _render(original: exp.Expression, column: Column, rule: NumberShape, context: Context) -> exp.Expression:
    """A point between two neighbouring quantiles; each pair of them is as likely as any."""
    del rule
    made = _drawn(column, context)
    if column.type.name == "money":
        return made  # all of it is finite
    return formula(
        "CASE WHEN {finite} THEN {made} ELSE {v} END", finite=_is_finite(original, column.type), made=made, v=original
    )


def _is_finite(original: exp.Expression, kind: ColumnType) -> exp.Expression:
    return call("isfinite", original.copy()) if _is_date(kind) else is_finite(original, kind)


def _drawn(column: Column, context: Context) -> exp.Expression:
    quantiles, kind = _quantiles(column, context), column.type
    if len(quantiles) < 2:
        # Nothing was measured, so that there is nothing to draw from.
        return cast(exp.Null(), kind.unchecked)
    drawn = modulo(context.identity.number("shape", context.bindings), _DRAWN)
    listed = ", ".join(f"{{q{at}}}" for at in range(len(quantiles)))
    holes = {f"q{at}": number(value) for at, value in enumerate(quantiles)}
    made = let(
        f"($list)[1 + $at * {len(quantiles) - 1} / {_DRAWN}] + (($list)[2 + $at * {len(quantiles) - 1} / {_DRAWN}] -"
        f" ($list)[1 + $at * {len(quantiles) - 1} / {_DRAWN}]) * ($at * {len(quantiles) - 1} % {_DRAWN}) / {_DRAWN}",
        {"at": drawn, "list": formula(f"CAST(ARRAY[{listed}] AS numeric[])", **holes)},
    )
    if kind.kind is TypeClass.DATE:
        return formula("CAST('2000-01-01' AS date) + CAST(round({made}) AS integer)", made=made)
    if kind.kind is TypeClass.TIMESTAMP:
        first = cast(literal("2000-01-01 00:00:00+00" if kind.name == "timestamptz" else "2000-01-01"), kind.base)
        return formula("{first} + round({made}) * CAST('1 second' AS interval)", first=first, made=made)
    digits = max(0, *(-int(value.as_tuple().exponent) for value in quantiles)) + 1
    return clamped(formula(f"round({{made}}, {digits})", made=made), bounds(kind))


def _chance(original: exp.Expression, column: Column, rule: NumberShape, context: Context) -> exp.Expression:
    """Of each pair of quantiles that it lies between one of the steps from one to the other."""
    del rule
    quantiles, kind = _quantiles(column, context), column.type
    if len(quantiles) < 2:
        return case((_is_finite(original, kind), share(0)), default=share(1))
    unit = Decimal(1) if _is_date(kind) else bounds(kind).unit or Decimal(1).scaleb(-1)
    value = cast(cast(original, "numeric") if kind.name == "money" else original, "double precision")
    if kind.kind is TypeClass.DATE:
        value = formula(
            "CASE WHEN isfinite({v}) THEN CAST({v} - CAST('2000-01-01' AS date) AS numeric) END", v=original
        )
    elif kind.kind is TypeClass.TIMESTAMP:
        value = formula(
            "CASE WHEN isfinite({v}) THEN CAST(extract(epoch FROM {v}) AS numeric) - 946684800 END", v=original
        )
    each = 1 / (len(quantiles) - 1)
    terms = [
        formula(
            "CASE WHEN {v} BETWEEN {a} AND {b} THEN {p} ELSE {none} END",
            v=value,
            a=number(min(one, other)),
            b=number(max(one, other)),
            p=share(each / max(1, int(abs(other - one) / unit))),
            none=share(0),
        )
        for one, other in pairwise(quantiles)
    ]
    of_drawn = formula(
        " + ".join(f"{{t{at}}}" for at in range(len(terms))), **{f"t{at}": t for at, t in enumerate(terms)}
    )
    return case((_is_finite(original, kind), of_drawn), default=share(1))


def _problem(column: Column, rule: NumberShape, context: Context) -> Obstacle | None:
    del rule
    found = context.numbers(QUANTILES)
    if found is not None and len(found.quantiles) < 2:
        return Obstacle(
            f"{context.table.column_name(column.name)} has fewer than 1,000 values to measure, of which too much could"
            " be read",
            "use noise, range or bucket",
        )
    return None


def _draws(rule: NumberShape) -> Draws:
    del rule
    return Draws(QUANTILES)


def _accepts(kind: ColumnType) -> bool:
    return is_number(kind) or _is_date(kind)


NUMBER_SHAPE = Mask(
    rule=NumberShape,
    card=Card(
        serves="integers, numeric, floating-point numbers, money, date, timestamp",
        accepts=_accepts,
        uniqueness=Uniqueness.LOST,
        distinct="as many as there are between the quantiles at most",
        example="1150",
        cost=1.2,
        fills=needs_nothing,
        tells=tells_by_type,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
    draws=_draws,
)
