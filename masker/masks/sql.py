"""The mask that is an expression of the rule file's own."""

from __future__ import annotations

from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.arguments import Sql
from masker.masks.bindings import Bindings, Instant
from masker.masks.expressions import cast
from masker.masks.judge import judge
from masker.masks.judged import Moment, Named
from masker.masks.registry import Context, Mask, Uniqueness, any_type
from masker.masks.verbatim import assembled


def sql(original: exp.Expression, column: Column, rule: Sql, context: Context) -> exp.Expression:
    """The rule's expression over the row, as it was written: masked columns of others are their masked values. Raises ExpressionError."""
    del original
    columns = {c.name: c for c in context.table.columns}
    judged = judge(rule.sql, columns, overloads=context.overloads, target=column.type.name)
    return assembled(judged, lambda what: context.stand_in(what) if isinstance(what, Named) else moment(what, context.bindings, context.instant))


def moment(what: Moment, bindings: Bindings, instant: Instant) -> exp.Expression:
    """What stands in a text for a word for the current time."""
    now = bindings.instant(instant)
    if what.type == "timestamptz" and what.precision is None:
        return now
    return cast(now, what.type if what.precision is None else f"{what.type}({what.precision})")


SQL = Mask(
    name="sql",
    rule=Sql,
    serves="every type the expression casts to",
    uniqueness=Uniqueness.UNKNOWN,
    accepts=any_type,
    render=sql,
    chance=None,
    keeps_null=False,
    keeps_empty=False,
    example="山 for left(name, 1)",
)
