"""``sql``: an expression of the rule file's own."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator
from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.mask import Card, Context, Mask, Uniqueness, any_type, tells_by_type
from masker.masks.rule import MaskRule, Shown, require_unsaid
from masker.masks.sql.bindings import Bindings, Instant
from masker.masks.sql.expressions import cast
from masker.masks.sql.judge import judge
from masker.masks.sql.judged import Moment, Named
from masker.masks.sql.verbatim import assembled


class Sql(MaskRule):
    """An expression over the row as PostgreSQL reads it, of harmless functions; other masked columns are their masked
    values."""

    mask: Literal["sql"] = "sql"
    sql: str = Field(
        min_length=1,
        description=(
            "a PostgreSQL expression without sub-selects, aggregates or side effects; original.NAME is a masked column"
            " as the source has it"
        ),
    )
    shows: Shown = ()

    @model_validator(mode="after")
    def _answers_for_itself(self) -> Sql:
        require_unsaid(self, "null")
        return self


def _render(original: exp.Expression, column: Column, rule: Sql, context: Context) -> exp.Expression:
    """The rule's expression over the row, as it was written: masked columns of others are their masked values. Raises
    ExpressionError."""
    del original
    columns = {c.name: c for c in context.table.columns}
    judged = judge(rule.sql, columns, overloads=context.overloads, target=column.type.name)
    return assembled(
        judged,
        lambda what: (
            context.stand_in(what) if isinstance(what, Named) else moment(what, context.bindings, context.instant)
        ),
    )


def moment(what: Moment, bindings: Bindings, instant: Instant) -> exp.Expression:
    """What stands in a text for a word for the current time."""
    now = bindings.instant(instant)
    if what.type == "timestamptz" and what.precision is None:
        return now
    return cast(now, what.type if what.precision is None else f"{what.type}({what.precision})")


SQL = Mask(
    rule=Sql,
    card=Card(
        serves="every type the expression casts to",
        accepts=any_type,
        uniqueness=Uniqueness.UNKNOWN,
        distinct="as the expression makes them",
        example="山 for left(name, 1)",
        cost=0.05,
        reads_row=True,
        shows="what the expression reads of it",
        tells=tells_by_type,
    ),
    render=_render,
    chance=None,
    keeps_null=False,
    keeps_empty=False,
)
