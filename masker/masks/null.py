"""``null``: nothing at all."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator
from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, any_type, tells_by_type
from masker.masks.rule import MaskRule, require_unsaid
from masker.masks.sql.expressions import cast


class Null(MaskRule):
    """NULL in every row."""

    mask: Literal["null"] = "null"

    @model_validator(mode="after")
    def _is_null(self) -> Null:
        require_unsaid(self, "null", "share", "unique")
        return self


def null(original: exp.Expression, column: Column, rule: Null, context: Context) -> exp.Expression:
    """NULL."""
    del original, rule, context
    return cast(exp.Null(), column.type.unchecked)


def _problem(column: Column, rule: Null, context: Context) -> Obstacle | None:
    del rule
    return null_problem(column, context)


def null_problem(column: Column, context: Context) -> Obstacle | None:
    """Why *column* cannot be NULL in more than one row."""
    if not column.takes_null:
        what = f"domain {column.type.sql}" if column.type.domain_not_null else "column"
        return Obstacle(f"the {what} is NOT NULL", "use a mask that makes a value, such as token or fixed")
    indexes = (index for index in context.table.indexes if index.is_unique and column.name in index.columns)
    if any("NULLS NOT DISTINCT" in index.definition for index in indexes):
        return Obstacle("a unique index counts NULLs as equal", "use email or token, which keep values apart")
    return None


NULL = Mask(
    rule=Null,
    card=Card(
        serves="every type that may be NULL",
        accepts=any_type,
        uniqueness=Uniqueness.UNKNOWN,
        distinct="none is left",
        example="NULL",
        cost=0,
        is_constant=True,
        may_keep=False,
        tells=tells_by_type,
    ),
    render=null,
    chance=None,
    problem=_problem,
    keeps_null=False,
    keeps_empty=False,
)
