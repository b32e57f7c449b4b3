"""``fixed``: one value for everybody."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, any_type, needs_nothing, tells_by_type
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import literal
from masker.masks.written import shown, unreadable


class Fixed(MaskRule):
    """One value for every row."""

    mask: Literal["fixed"] = "fixed"
    value: str | int | float | bool = Field(description="the value, in any form the column's type reads")


def fixed(original: exp.Expression, column: Column, rule: Fixed, context: Context) -> exp.Expression:
    """The rule's value, read by the column's type."""
    del original, column, context
    return literal(_text(rule))


def _text(rule: Fixed) -> str:
    return str(rule.value).lower() if isinstance(rule.value, bool) else str(rule.value)


def _problem(column: Column, rule: Fixed, context: Context) -> Obstacle | None:
    del context
    found = unreadable(_text(rule), column.type)
    return None if found is None else Obstacle(f"value: {shown(_text(rule))} {found.found}", found.instead)


FIXED = Mask(
    rule=Fixed,
    card=Card(
        serves="every type",
        accepts=any_type,
        uniqueness=Uniqueness.LOST,
        distinct="one",
        example="the value given",
        cost=0,
        fills=needs_nothing,
        is_constant=True,
        tells=tells_by_type,
    ),
    render=fixed,
    chance=None,
    problem=_problem,
    keeps_empty=False,
)
