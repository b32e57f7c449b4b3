"""``array``: each element of an array masked."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field, field_validator
from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.any_mask import AnyMask
from masker.masks.locales import LOCALES
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness
from masker.masks.once import once
from masker.masks.rule import MaskRule, require_of_values
from masker.masks.sql.expressions import cast, paren, share, text
from masker.masks.sql.expressions import column as column_expression
from masker.masks.sql.formula import formula

#: What an element and its place go by, inside.
_ELEMENT, _PLACE = "masker item", "masker place"

#: Dimensions that an array has at most.
_MOST_DIMENSIONS = 6

#: Masks that are for whole columns: of an array that keeps its elements it is `keep`.
_REFUSED = frozenset(
    {"keep", "json", "hstore", "array", "cases", "sql", "template", "derived", "password", "redact_text"}
)


class Array(MaskRule):
    """Each element masked, in its place; NULLs, empty arrays and dimensions stay."""

    mask: Literal["array"] = "array"
    of: AnyMask = Field(description="the mask of the elements; `by` and `scope` stand beside it, for all of them")

    @field_validator("of")
    @classmethod
    def _simple(cls, of: MaskRule) -> MaskRule:
        if of.mask in _REFUSED:
            raise ValueError(f"the mask {of.mask} is for whole columns, expected one of single values")
        if of.scope is not None or (of.by is not None and "by" in of.model_fields_set):
            raise ValueError("by and scope of elements stand beside `of`, as they are for all of them")
        require_of_values(of, "of")
        return of


def _element(column: Column) -> Column | None:
    kind = column.type.element
    return None if kind is None else Column(name=_ELEMENT, number=0, type=kind, is_nullable=True)


def _inner(element: Column, rule: Array, context: Context) -> Context:
    own = context.identity
    # A table without a key goes by the whole value, and its elements by their places in it.
    by_value = rule.is_by_value or rule.of.is_by_value
    identity = (
        replace(own, columns=(element,), by_value=True, value=None)
        if by_value
        else replace(own, ordinal=column_expression(_PLACE))
    )
    return replace(
        context,
        identity=identity,
        locale=LOCALES[rule.of.locale] if rule.of.locale else context.locale,
        is_unique=False,
        meets_unique=False,
        fits=None,
    )


def _render(original: exp.Expression, column: Column, rule: Array, context: Context) -> exp.Expression:
    """The elements gathered again, in as many dimensions."""
    element = _element(column)
    if element is None:
        return original
    item = _item(element, rule, context)
    of_elements = 'unnest({v}) WITH ORDINALITY AS "masker items" ("masker item", "masker place")'
    one = formula(
        f'SELECT coalesce(array_agg({{item}} ORDER BY "masker place"), {{empty}}) FROM {of_elements}',  # noqa: S608
        item=item,
        v=original,
        empty=cast(exp.Literal.string("{}"), column.type.base),
    )
    two = formula(
        'SELECT array_agg("masker row" ORDER BY "masker line") FROM (SELECT ("masker place" - 1) / array_length({v},'  # noqa: S608
        f' 2) AS "masker line", array_agg({{item}} ORDER BY "masker place") AS "masker row" FROM {of_elements} GROUP BY'
        ' 1) AS "masker rows"',
        item=item,
        v=original,
    )
    return formula(
        "CASE WHEN array_ndims({v}) = 2 THEN {two} WHEN array_ndims({v}) > 2 THEN {many} ELSE {one} END",
        v=original,
        two=two,
        many=_of_many_dimensions(original, item, column),
        one=one,
    )


def _of_many_dimensions(original: exp.Expression, item: exp.Expression, column: Column) -> exp.Expression:
    """The array as its text: every element stands behind as many braces as there are dimensions that begin with it."""
    sizes = {
        k: " * ".join(f"coalesce(array_length({{v}}, {j}), 1)" for j in range(k, _MOST_DIMENSIONS + 1))
        for k in range(1, _MOST_DIMENSIONS + 1)
    }

    def braces(place: str) -> str:
        return " + ".join(
            f"CASE WHEN array_ndims({{v}}) >= {k} AND {place} % ({size}) = 0 THEN 1 ELSE 0 END"
            for k, size in sizes.items()
        )

    place = '"masker place"'
    opened, closed = braces(f"({place} - 1)"), braces(place)
    quoted = """'"' || replace(replace(CAST("masker made" AS text), '\\', '\\\\'), '"', '\\"') || '"'"""
    return cast(
        formula(
            f"SELECT string_agg(repeat({{open}}, {opened}) || coalesce({quoted}, 'NULL') || repeat({{close}},"  # noqa: S608
            f" {closed}), ',' ORDER BY {place}) FROM (SELECT {{item}} AS"
            ' "masker made", "masker place" FROM unnest({v}) WITH ORDINALITY AS "masker items" ("masker item",'
            ' "masker place") OFFSET 0) AS "masker made items"',
            v=original,
            item=item,
            open="{",
            close="}",
        ),
        column.type.base,
    )


def _item(element: Column, rule: Array, context: Context) -> exp.Expression:
    mask, value = context.masks[rule.of.mask], column_expression(_ELEMENT)
    rendered = once(lambda inside: mask.render(value.copy(), element, rule.of, inside), _inner(element, rule, context))
    made = cast(paren(rendered), element.type.unchecked)
    masked = _is_masked(mask, element, value)
    return formula("CASE WHEN {masked} THEN {made} ELSE {v} END", masked=masked, v=value, made=made)


def _is_masked(mask: Mask, element: Column, value: exp.Expression) -> exp.Expression:
    """Whether an element is one that the mask changes: neither NULL nor an empty text that stays."""
    if mask.keeps_empty and element.type.kind is TypeClass.TEXT:
        return formula("coalesce({t} <> '', false)", t=text(value))
    return formula("{v} IS NOT NULL", v=value)


def _chance(original: exp.Expression, column: Column, rule: Array, context: Context) -> exp.Expression:
    """All elements have to come out as they were, so that of the least likely one at most; an array of none does."""
    element = _element(column)
    mask = context.masks[rule.of.mask]
    if element is None or mask.chance is None:
        return share(1)
    value = column_expression(_ELEMENT)
    return formula(
        "SELECT coalesce(min({chance}) FILTER (WHERE {masked}), 1) FROM unnest({v}) WITH ORDINALITY AS"
        ' "masker items" ("masker item", "masker place")',
        chance=mask.chance(value.copy(), element, rule.of, _inner(element, rule, context)),
        masked=_is_masked(mask, element, value),
        v=original,
    )


def _problem(column: Column, rule: Array, context: Context) -> Obstacle | None:
    element = _element(column)
    if element is None:
        return Obstacle(f"{column.type.sql} is no array")
    mask = context.masks[rule.of.mask]
    if not mask.card.accepts(element.type):
        return Obstacle(
            f"of: the mask {rule.of.mask} serves {mask.card.serves}, and the elements are {element.type.sql}",
            f"for these there are {', '.join(_for_elements(element, context)) or 'none; use fixed or null'}",
        )
    found = mask.problem(element, rule.of, _inner(element, rule, context))
    return None if found is None else replace(found, found=f"of: {found.found}")


def _for_elements(element: Column, context: Context) -> list[str]:
    return [name for name, mask in context.masks.items() if name not in _REFUSED and mask.card.accepts(element.type)]


def _accepts(kind: ColumnType) -> bool:
    return kind.kind is TypeClass.ARRAY


ARRAY = Mask(
    rule=Array,
    card=Card(
        serves="arrays",
        accepts=_accepts,
        uniqueness=Uniqueness.UNKNOWN,
        distinct="as the elements' mask makes them",
        example="{eec8,11ff} for {rock,jazz}",
        cost=3.3,
        shows="how many elements it has",
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
    keeps_empty=False,
)
