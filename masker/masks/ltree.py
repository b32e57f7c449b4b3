"""``ltree``: paths of a tree whose labels are others, and which hang together as before."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.mask import Card, Context, Mask, Uniqueness, tells_by_type
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import column as column_expression
from masker.masks.sql.expressions import share, text
from masker.masks.sql.formula import formula

_LABEL = "masker label"
_TEXT = ColumnType(oid=25, sql="text", base="text", name="text", kind=TypeClass.TEXT)

#: Digits of a label at least, so that labels of one tree do not meet, and as many as there are.
_LEAST, _MOST = 12, 16


def _by_value(value: Any) -> Any:
    if value not in ("value", ["value"], ("value",)):
        raise ValueError("labels go by themselves, so that a path still begins as that of its parent: leave `by` out")
    return ("value",)


class Ltree(MaskRule):
    """A path of other labels, each by what it was: a parent's path still begins its children's, in every column of the
    scope."""

    mask: Literal["ltree"] = "ltree"
    by: Annotated[tuple[str, ...] | None, BeforeValidator(_by_value)] = Field(
        default=("value",), description="always the value itself"
    )
    first: int = Field(default=0, ge=0, le=100, description="so many labels at the beginning stay")


def _render(original: exp.Expression, column: Column, rule: Ltree, context: Context) -> exp.Expression:
    """The labels, one after the other, each from the digest of what it was."""
    del column
    label = Column(name=_LABEL, number=0, type=_TEXT, is_nullable=False)
    identity = replace(
        context.identity,
        columns=(label,),
        by_value=True,
        value=column_expression(_LABEL),
        ordinal=None,
        as_text=frozenset(),
        in_lower_case=frozenset(),
        meets_keys=False,
    )
    return formula(
        'SELECT coalesce(string_agg(CASE WHEN "masker level" <= {first} THEN "masker label" ELSE left(lpad(to_hex('
        "{number}), {most}, '0'), greatest(length(\"masker label\"), {least})) END, '.' ORDER BY \"masker level\"), '')"
        ' FROM unnest(string_to_array({v}, \'.\')) WITH ORDINALITY AS "masker labels" ("masker label", "masker level")',
        first=rule.first,
        number=identity.number("label", context.bindings),
        most=_MOST,
        least=_LEAST,
        v=text(original),
    )


def _chance(original: exp.Expression, column: Column, rule: Ltree, context: Context) -> exp.Expression:
    """None but where all labels stay."""
    del column, context
    return formula(
        "CASE WHEN cardinality(string_to_array({v}, '.')) <= {first} THEN {all} ELSE {none} END",
        v=text(original),
        first=rule.first,
        all=share(1),
        none=share(0),
    )


def _accepts(kind: ColumnType) -> bool:
    return kind.name == "ltree"


LTREE = Mask(
    rule=Ltree,
    card=Card(
        serves="ltree",
        accepts=_accepts,
        uniqueness=Uniqueness.KEPT,
        distinct="as many as before",
        example="345f3c7e34e5.cfe967839952 for company.sales",
        cost=8.0,
        shows="how many labels it has, which of them are equal, and those that `first` keeps",
        tells=tells_by_type,
    ),
    render=_render,
    chance=_chance,
)
