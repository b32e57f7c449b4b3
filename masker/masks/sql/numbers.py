"""What masks of numbers share: what a type holds, what is no finite number, and how results come back into the type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from sqlglot import exp

from masker.catalog.types import ColumnType, TypeClass
from masker.masks.sql.expressions import cast, literal
from masker.masks.sql.formula import formula

_PRECISION = re.compile(r"numeric\((\d+),(-?\d+)\)")
_BITS = {"int2": 16, "int4": 32, "int8": 64}
_CENTS = Decimal("0.01")

#: Floating-point numbers are held within these, which leaves room for what masks add; smaller ones count as zero.
_FLOATS = {"float4": (Decimal("1e37"), "1e-30"), "float8": (Decimal("1e300"), "1e-290")}


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most that a type holds, and the step between two numbers; None where there is none."""

    low: Decimal | None = None
    high: Decimal | None = None
    unit: Decimal | None = None

    def within(self, least: Decimal | None, most: Decimal | None) -> Bounds:
        """These, and no less than *least* or more than *most*."""
        lows, highs = (
            [value for value in pair if value is not None] for pair in ((self.low, least), (self.high, most))
        )
        return Bounds(max(lows, default=None), min(highs, default=None), self.unit)

    def multiples(self, step: Decimal) -> Bounds:
        """The multiples of *step* that fit."""
        low = None if self.low is None else (self.low / step).to_integral_value(ROUND_CEILING) * step
        high = None if self.high is None else (self.high / step).to_integral_value(ROUND_FLOOR) * step
        return Bounds(low, high, self.unit)


def bounds(kind: ColumnType) -> Bounds:
    """What *kind* holds."""
    if kind.name in _BITS:
        limit = Decimal(1 << (_BITS[kind.name] - 1))
        return Bounds(-limit, limit - 1, Decimal(1))
    if kind.name == "money":
        limit = Decimal(1 << 63) * _CENTS
        return Bounds(-limit, limit - _CENTS, _CENTS)
    if kind.name in _FLOATS:
        return Bounds(-_FLOATS[kind.name][0], _FLOATS[kind.name][0])
    if found := _PRECISION.search(kind.base):
        precision, scale = int(found[1]), int(found[2])
        unit = Decimal(1).scaleb(-scale)
        limit = Decimal(1).scaleb(precision - scale)
        return Bounds(unit - limit, limit - unit, unit)
    return Bounds()


def too_fine(step: Decimal, kind: ColumnType) -> Decimal | None:
    """What *kind* holds multiples of, if that is not finer than *step*: multiples of the step would be the values
    themselves, or what the type rounds them to."""
    unit = bounds(kind).unit
    return unit if unit is not None and (step <= unit or step % unit) else None


def decimal(value: float) -> Decimal:
    """*value* as it is written, without zeros at its end.

    >>> decimal(100.0), decimal(0.5)
    (Decimal('100'), Decimal('0.5'))
    """
    found = Decimal(repr(value)).normalize()
    return found.quantize(Decimal(1)) if found == found.to_integral_value() else found


def is_number(kind: ColumnType) -> bool:
    """Integers, numeric, floating-point numbers, money."""
    return kind.kind in {TypeClass.INTEGER, TypeClass.NUMBER}


def number(value: Decimal) -> exp.Expression:
    """*value* as numeric."""
    return cast(literal(format(value, "f")), "numeric")


def exact(original: exp.Expression) -> exp.Expression:
    """*original* as numeric."""
    return cast(original, "numeric")


def clamped(value: exp.Expression, limits: Bounds) -> exp.Expression:
    """*value*, a numeric, no less and no more than *limits*."""
    if limits.low is not None:
        value = formula("greatest({v}, {low})", v=value, low=number(limits.low))
    if limits.high is not None:
        value = formula("least({v}, {high})", v=value, high=number(limits.high))
    return value


def finite(original: exp.Expression, kind: ColumnType, value: exp.Expression) -> exp.Expression:
    """*value* where *original* is a finite number; infinity and NaN stay, and what is too small for a floating-point
    mask is zero."""
    if kind.kind is TypeClass.INTEGER or kind.name == "money":
        return value
    if kind.name in _FLOATS:
        least = cast(literal(_FLOATS[kind.name][1]), "double precision")
        return formula(
            "CASE WHEN {o} - {o} <> 0 THEN {o} WHEN abs({o}) < {least} THEN 0 ELSE CAST({v} AS double precision) END",
            o=original,
            v=value,
            least=least,
        )
    return formula("CASE WHEN {o} - {o} = 0 THEN {v} ELSE {o} END", o=original, v=value)


def is_finite(original: exp.Expression, kind: ColumnType) -> exp.Expression:
    """Whether *original* is neither infinite nor NaN."""
    if kind.kind is TypeClass.INTEGER or kind.name == "money":
        return exp.true()
    return formula("{o} - {o} = 0", o=original)
