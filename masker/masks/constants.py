"""Masks that make the same of every row: keep, null, fixed."""

from __future__ import annotations

from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.arguments import Fixed, Keep, Null
from masker.masks.expressions import cast, literal
from masker.masks.registry import Context, Mask, Uniqueness, any_type


def keep(original: exp.Expression, column: Column, rule: Keep, context: Context) -> exp.Expression:
    """The value as it is."""
    del column, rule, context
    return original


def null(original: exp.Expression, column: Column, rule: Null, context: Context) -> exp.Expression:
    """NULL."""
    del original, rule, context
    return cast(exp.Null(), column.type.sql)


def fixed(original: exp.Expression, column: Column, rule: Fixed, context: Context) -> exp.Expression:
    """The rule's value, read by the column's type."""
    del original, column, context
    return literal(_text(rule))


def _text(rule: Fixed) -> str:
    return str(rule.value).lower() if isinstance(rule.value, bool) else str(rule.value)


def _fixed_problem(column: Column, rule: Fixed, context: Context) -> str | None:
    del context
    text, kind = _text(rule), column.type
    if kind.kind is TypeClass.ENUM and text not in kind.labels:
        return f'"{text}" is no label of {kind.sql}\nthere are {", ".join(kind.labels)}'
    if kind.length is not None and len(text) > kind.length:
        return f"the fixed value has {len(text)} characters, {kind.sql} holds {kind.length}"
    return None


KEEP = Mask(
    name="keep",
    rule=Keep,
    serves="every type",
    uniqueness=Uniqueness.KEPT,
    accepts=any_type,
    render=keep,
    keeps_empty=False,
    example="as it is",
)
NULL = Mask(
    name="null",
    rule=Null,
    serves="every type that may be NULL",
    uniqueness=Uniqueness.UNKNOWN,
    accepts=any_type,
    render=null,
    keeps_null=False,
    keeps_empty=False,
    example="NULL",
)
FIXED = Mask(
    name="fixed", rule=Fixed, serves="every type", uniqueness=Uniqueness.LOST, accepts=any_type, render=fixed, problem=_fixed_problem, keeps_empty=False,
    example="the value given",
)  # fmt: skip
