"""``mac``: addresses of network cards that nobody makes."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, needs_nothing
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import share, text
from masker.masks.sql.formula import formula

_PLAIN = 12
_TYPES = frozenset({"macaddr", "macaddr8"})

#: Drawn digits behind the first two, which say that an address was given locally and to one machine (IEEE 802).
_FIRST, _DIGITS = "02", 10


class Mac(MaskRule):
    """An address given locally, of no maker, written as the original was."""

    mask: Literal["mac"] = "mac"


def _render(original: exp.Expression, column: Column, rule: Mac, context: Context) -> exp.Expression:
    """02 and forty bits of the identity's number; of an address of eight bytes fifty-six."""
    del rule
    digits = 14 if column.type.name == "macaddr8" else _DIGITS
    number = context.identity.shown("mac", context.bindings)
    drawn = formula(
        f"{{first}} || lpad(to_hex({{n}} & {(1 << (4 * digits)) - 1}), {digits}, '0')", first=_FIRST, n=number
    )
    if column.type.name in _TYPES:
        return drawn
    if column.type.length is not None and column.type.length < 17:
        return drawn
    written = text(original)
    # Two digits and a sign, six times, is what casts write; dots stand behind each fourth digit.
    made = formula(
        "CASE WHEN strpos({v}, '.') > 0 THEN regexp_replace({d}, '(....)(....)', E'\\\\1.\\\\2.')"
        " WHEN strpos({v}, ':') > 0 THEN CAST(CAST({d} AS macaddr) AS text)"
        " WHEN strpos({v}, '-') > 0 THEN replace(CAST(CAST({d} AS macaddr) AS text), ':', '-') ELSE {d} END",
        v=written,
        d=drawn,
    )
    return formula("CASE WHEN {v} = upper({v}) THEN upper({m}) ELSE {m} END", v=written, m=made)


def _chance(original: exp.Expression, column: Column, rule: Mac, context: Context) -> exp.Expression:
    """One of 2^40, and none that a maker has given."""
    del original, column, rule, context
    return share(0)


def _problem(column: Column, rule: Mac, context: Context) -> Obstacle | None:
    del rule, context
    if column.type.length is not None and column.type.length < _PLAIN:
        return Obstacle(f"{column.type.sql} is too short for an address of {_PLAIN} digits", "use null, fixed or token")
    return None


def _accepts(kind: ColumnType) -> bool:
    return kind.kind is TypeClass.TEXT or kind.name in _TYPES


def _tells(rule: Mac, kind: TypeClass) -> str:
    del rule, kind
    return "machine"


MAC = Mask(
    rule=Mac,
    card=Card(
        serves="text, macaddr, macaddr8",
        accepts=_accepts,
        uniqueness=Uniqueness.LOST,
        distinct="one for each identity, of 2^40",
        example="02:7c:5f:87:48:00",
        cost=1.4,
        fills=needs_nothing,
        keeps_width=True,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
