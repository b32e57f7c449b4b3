"""One leaf of a document: the text it says, masked, and a number as a number."""

from __future__ import annotations

import json as encoder
from dataclasses import replace

from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.ends import around, middle
from masker.masks.fixed import Fixed
from masker.masks.keep import Keep
from masker.masks.locales import LOCALES
from masker.masks.mask import Context, Mask
from masker.masks.null import Null
from masker.masks.once import once
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import call, case, cast, equals, literal, paren
from masker.masks.sql.formula import formula, let
from masker.masks.sql.identity import Identity, hides_keys
from masker.masks.sql.judged import ExpressionError
from masker.masks.together import ALONE

TEXT = ColumnType(oid=25, sql="text", base="text", name="text", kind=TypeClass.TEXT)
NUMERIC = ColumnType(oid=1700, sql="numeric", base="numeric", name="numeric", kind=TypeClass.NUMBER)
_BIGINT = ColumnType(oid=20, sql="bigint", base="int8", name="int8", kind=TypeClass.INTEGER)

#: A text that is a number to jsonb, zeros before it left out.
_NUMBER = "^-?[0-9]+([.][0-9]+)?$"


def is_of_numbers(mask: Mask) -> bool:
    """Whether *mask* serves numbers, and no text."""
    return mask.card.accepts(NUMERIC) and not mask.card.accepts(TEXT)


def leaf(path: str, rule: MaskRule | None, value: exp.Expression, context: Context) -> exp.Expression:
    """*value*, a jsonb, under *rule*. What is no scalar is no leaf and becomes null; a number that a mask makes of a
    number stays one."""
    if isinstance(rule, Keep):
        return value
    null = cast(literal("null"), "jsonb")
    if rule is None or isinstance(rule, Null):
        return null
    if isinstance(rule, Fixed):
        return case(
            (equals(call("jsonb_typeof", value), "null"), null),
            default=cast(literal(encoder.dumps(rule.value)), "jsonb"),
        )
    text = _text_of(value)
    inner = leaf_context(path, rule, text, context)
    mask = context.masks[rule.mask]
    try:
        between, shape = middle(text.copy(), leaf_column(path, context), rule)
        if is_of_numbers(mask):
            between, shape = cast(text.copy(), "numeric"), replace(shape, type=NUMERIC)
        made = once(lambda inside: mask.render(between, shape, rule, inside), inner)
        rendered = around(text, rule, made)
    except ExpressionError as error:
        raise type(error)([replace(fault, text=f"${path}: {fault.text}") for fault in error.faults]) from None
    kind = call("jsonb_typeof", value.copy())
    if is_of_numbers(mask):
        return case((equals(kind, "number"), call("to_jsonb", cast(paren(rendered), "numeric"))), default=null)
    together = context.leaves.get(path, ALONE)
    if together.length is not None:
        rendered = cast(paren(rendered), f"character varying({together.length})")
    masked = _in_jsonb(rendered)
    if mask.card.accepts(_BIGINT):
        masked = let(
            "CASE WHEN {kind} = 'number' AND $m ~ {number} THEN to_jsonb(CAST($m AS numeric)) ELSE to_jsonb($m) END",
            {"m": cast(rendered, "text")},
            kind=kind,
            number=_NUMBER,
        )
    is_scalar = exp.In(this=kind, expressions=[literal("string"), literal("number"), literal("boolean")])
    if not mask.keeps_empty:
        return case((is_scalar, masked), default=null)
    is_empty = equals(text.copy(), "")
    return case((is_empty, value.copy()), (is_scalar, masked), default=null)


def _in_jsonb(text: exp.Expression) -> exp.Expression:
    """*text* as a jsonb; entries of lists, which are jsonb already, are taken as they are, in a third of the time."""
    match text:
        case exp.Anonymous(this="jsonb_array_element_text"):
            return call("jsonb_array_element", *(argument.copy() for argument in text.expressions))
        case exp.Anonymous(this="coalesce"):
            return call("coalesce", *map(_in_jsonb, text.expressions))
    return call("to_jsonb", cast(text, "text"))


def leaf_chance(path: str, rule: MaskRule, text: exp.Expression, context: Context) -> exp.Expression | None:
    """How likely the mask makes *text*, what a leaf says; None for masks that make the same of all."""
    mask = context.masks[rule.mask]
    if mask.chance is None:
        return None
    inner, shape = leaf_context(path, rule, text, context), leaf_column(path, context)
    if not is_of_numbers(mask):
        between, shape = middle(text, shape, rule)
        return mask.chance(between, shape, rule, inner)
    # What is no number becomes null.
    number = cast(text.copy(), "numeric")
    return formula(
        "CASE WHEN {t} ~ {number} THEN {chance} ELSE 0 END",
        t=text,
        number=_NUMBER,
        chance=mask.chance(number, replace(shape, type=NUMERIC), rule, inner),
    )


def _text_of(value: exp.Expression) -> exp.Expression:
    """What a leaf says, as text: of a key's value in one step."""
    if isinstance(value, exp.Anonymous) and value.this == "jsonb_object_field":
        return call("jsonb_object_field_text", *(argument.copy() for argument in value.expressions))
    return exp.Paren(this=exp.JSONBExtractScalar(this=value.copy(), expression=literal("{}")))


def leaf_context(path: str, rule: MaskRule, text: exp.Expression, context: Context) -> Context:
    """What the mask of a leaf may know."""
    together = context.leaves.get(path, ALONE)
    identity = together.identity(_identity(path, rule, text, context))
    return replace(
        context,
        identity=identity,
        locale=LOCALES[rule.locale] if rule.locale else context.locale,
        is_unique=False,
        meets_unique=together.unique is not None,
        fits=None,
    )


def leaf_column(path: str, context: Context) -> Column:
    """A leaf as a column, of the length of those it has to agree with."""
    return context.leaves.get(path, ALONE).shape(Column(name=path, number=0, type=TEXT, is_nullable=True))


def _identity(path: str, rule: MaskRule, text: exp.Expression, context: Context) -> Identity:
    identity = context.identity.within(path)
    if rule.scope is not None:
        identity = replace(identity, scope=rule.scope)
    if rule.is_by_value:
        return replace(
            identity,
            columns=(leaf_column(path, context),),
            by_value=True,
            value=text,
            ordinal=None,
            tells_rows_apart=False,
        )
    if rule.by is not None:
        columns = tuple(c for name in rule.by if (c := context.table.column(name)) is not None)
        own = tuple(c for name in context.table.row_key if (c := context.table.column(name)) is not None)
        masked = {c.name for c in context.table.columns} - context.kept_columns
        # Whoever the columns name has one value, in whichever element it stands.
        return replace(
            identity,
            columns=columns,
            by_value=False,
            value=None,
            ordinal=None,
            is_kept=not masked & set(rule.by),
            hides_keys=hides_keys(columns, own, masked),
            fallback=own or identity.columns,
        )
    return identity
