"""``derived``: what the application computes from other columns."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.ends import beside_others
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import call, share
from masker.masks.sql.formula import formula
from masker.masks.sql.judged import Named
from masker.masks.template import unknown_columns

_KINDS = Literal["slug", "search_vector", "lower", "upper", "initials", "length"]


class Derived(MaskRule):
    """Computed from other columns as the application does, from masked ones as they are masked: a slug, a search
    vector, a length."""

    mask: Literal["derived"] = "derived"
    of: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...],
        BeforeValidator(lambda v: (v,) if isinstance(v, str) else tuple(v) if isinstance(v, list) else v),
    ] = Field(
        min_length=1,
        description="the column or columns it is computed from, joined by a space",
        json_schema_extra={"type": ["string", "array"]},
    )
    kind: _KINDS = Field(
        description=(
            "what it is: a slug of lower-case words and hyphens, a search vector, lower or upper case, the words' first"
            " letters, how long the text is"
        )
    )
    config: str = Field(
        default="simple",
        pattern=r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$",
        description="the text search configuration of a search vector",
    )


_MADE = {
    # ASCII letters and digits are kept, as parameterize does, in the order of the C collation.
    "slug": "btrim(regexp_replace(lower({v}), '[^a-z0-9]+', '-', 'g'), '-')",
    "lower": "lower({v})",
    "upper": "upper({v})",
    "initials": "regexp_replace({v}, E'(\\\\S)\\\\S*\\\\s*', E'\\\\1', 'g')",
    "length": "length({v})",
}


def _render(original: exp.Expression, column: Column, rule: Derived, context: Context) -> exp.Expression:
    """Computed from what the columns' names stand for."""
    del original, column
    values = [
        beside_others(context.stand_in(Named(name, is_original=False)), context.table.column(name)) for name in rule.of
    ]
    joined = call("concat_ws", " ", *values) if len(values) > 1 else call("coalesce", values[0], "")
    if rule.kind == "search_vector":
        return formula("to_tsvector(CAST({config} AS regconfig), {v})", config=_configuration(rule), v=joined)
    return formula(_MADE[rule.kind], v=joined)


def _chance(original: exp.Expression, column: Column, rule: Derived, context: Context) -> exp.Expression:
    """It reads nothing of its own original, and is right to come to the same: a length that another mask keeps."""
    del original, column, rule, context
    return share(1)


def _configuration(rule: Derived) -> str:
    return rule.config if "." in rule.config else f"pg_catalog.{rule.config}"


def _problem(column: Column, rule: Derived, context: Context) -> Obstacle | None:
    made = {"search_vector": "tsvector", "length": "an integer"}.get(rule.kind, "text")
    kind = column.type
    fits = (
        kind.name == "tsvector"
        if made == "tsvector"
        else kind.kind is (TypeClass.INTEGER if rule.kind == "length" else TypeClass.TEXT)
    )
    if not fits:
        of_type = {TypeClass.TEXT: "slug or initials", TypeClass.INTEGER: "length"}
        return Obstacle(
            f"kind: {rule.kind} is {made}, this is {kind.sql}",
            f"for this type there is kind: {of_type.get(kind.kind, 'search_vector')}",
        )
    return unknown_columns("of", rule.of, column, context)


def _accepts(kind: ColumnType) -> bool:
    return kind.kind in {TypeClass.TEXT, TypeClass.INTEGER} or kind.name == "tsvector"


DERIVED = Mask(
    rule=Derived,
    card=Card(
        serves="text, tsvector, integers",
        accepts=_accepts,
        uniqueness=Uniqueness.UNKNOWN,
        distinct="as the columns make them",
        example="new-york for New York",
        cost=0.5,
        reads_row=True,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
