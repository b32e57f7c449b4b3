"""``bic``: codes of no bank."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, is_text
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import share, text
from masker.masks.sql.formula import formula

_SHORT, _LONG = 8, 11


class Bic(MaskRule):
    """A code in the form of a bank's, of the same country and length, marked as one for tests."""

    mask: Literal["bic"] = "bic"


def _render(original: exp.Expression, column: Column, rule: Bic, context: Context) -> exp.Expression:
    """Four letters drawn, the country, and Z0: a zero in the eighth place says that a code is for tests (ISO 9362)."""
    del rule
    drawn = formula(
        "translate(lpad(to_hex({n} & 65535), 4, '0'), '0123456789abcdef', 'ABCDEFGHJKLMNPQR')",
        n=context.identity.number("bic", context.bindings),
    )
    country = formula(
        "CASE WHEN substr({v}, 5, 2) ~ '^[A-Za-z][A-Za-z]$' THEN upper(substr({v}, 5, 2)) ELSE 'ZZ' END",
        v=text(original),
    )
    short = formula("{drawn} || {country} || 'Z0'", drawn=drawn, country=country)
    if column.type.length is not None and column.type.length < _LONG:
        return short
    return formula(
        f"{{short}} || CASE WHEN length({{v}}) >= {_LONG} THEN 'XXX' ELSE '' END", short=short, v=text(original)
    )


def _chance(original: exp.Expression, column: Column, rule: Bic, context: Context) -> exp.Expression:
    """One in 65,536 of those for tests, and no other."""
    del column, rule, context
    return formula(
        "CASE WHEN substr({v}, 7, 2) = 'Z0' THEN {few} ELSE {none} END",
        v=text(original),
        few=share(1 / 65536),
        none=share(0),
    )


def _problem(column: Column, rule: Bic, context: Context) -> Obstacle | None:
    del rule, context
    if column.type.length is not None and column.type.length < _SHORT:
        return Obstacle(f"{column.type.sql} is too short for a code of {_SHORT} characters", "use null, fixed or token")
    return None


BIC = Mask(
    rule=Bic,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="65,536 for each country at most",
        example="MNBJDEZ0 for DEUTDEFF",
        cost=1.2,
        keeps_width=True,
        shows="its country",
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
