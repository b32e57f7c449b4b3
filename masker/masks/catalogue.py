"""The table of all masks, and the one way from a rule to the expression that goes into a statement."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.arguments import Keep, MaskRule, Null
from masker.masks.constants import FIXED, KEEP, NULL
from masker.masks.contact import EMAIL, PHONE
from masker.masks.dates import DATE_SHIFT
from masker.masks.documents import JSON
from masker.masks.expressions import cast, column, literal, paren, text
from masker.masks.network import IP
from masker.masks.people import FIRST_NAME, FULL_NAME, LAST_NAME
from masker.masks.places import ADDRESS, POSTAL_CODE
from masker.masks.registry import Context, Mask, Uniqueness
from masker.masks.secret import PASSWORD, TOKEN
from masker.masks.sql import SQL
from masker.masks.texts import LOREM

MASKS: Mapping[str, Mask] = {
    mask.name: mask
    for mask in (
        KEEP, NULL, FIXED, EMAIL, FIRST_NAME, LAST_NAME, FULL_NAME, PHONE, POSTAL_CODE, ADDRESS, DATE_SHIFT, IP, TOKEN, PASSWORD, LOREM, JSON, SQL,
    )
}  # fmt: skip


def problem(target: Column, rule: MaskRule, context: Context) -> str | None:
    """Why *rule* cannot be used on *target*, and after a line break what to do instead; None if it can."""
    mask = MASKS[rule.mask]
    if not mask.accepts(target.type):
        fitting = [name for name, other in MASKS.items() if other.accepts(target.type) and name != "keep"]
        return f"{target.type.sql}: the mask {mask.name} serves {mask.serves}\nfor this type there are {', '.join(fitting)}, or keep"
    if isinstance(rule, Null):
        return _null_problem(target, context)
    parts = (*filter(None, [target.type.element]), *target.type.attributes)
    if any(part.runs_functions for part in parts) and not isinstance(rule, Keep):
        return f"{target.type.sql}: a domain in it is checked by a function of the schema, which would run where the masks' seeds are\nuse null, or keep"
    if context.is_unique and mask.uniqueness is Uniqueness.LOST:
        return (
            f"a unique index rests on it, and the mask {mask.name} may give two rows one value\nuse email or token, which keep values apart"
        )
    identity = context.identity
    if (
        context.is_unique
        and mask.uniqueness is Uniqueness.KEPT
        and not isinstance(rule, Keep)
        and not (identity.by_value or identity.tells_rows_apart)
    ):
        by = ", ".join(c.name for c in identity.columns)
        return f"a unique index rests on it, and by: {by} does not tell rows apart\nleave `by` out, or use `by: value`"
    return mask.problem(target, rule, context)


def _null_problem(target: Column, context: Context) -> str | None:
    if not target.takes_null:
        return f"the {f'domain {target.type.sql}' if target.type.domain_not_null else 'column'} is NOT NULL\nuse a mask that makes a value, such as token or fixed"
    indexes = (index for index in context.table.indexes if index.is_unique and target.name in index.columns)
    if any("NULLS NOT DISTINCT" in index.definition for index in indexes):
        return "a unique index counts NULLs as equal\nuse email or token, which keep values apart"
    return None


def masked(target: Column, rule: MaskRule, context: Context) -> exp.Expression:
    """The select item of *target* under *rule*, of exactly the column's type, or of that below a domain that functions check.

    NULL stays NULL and an empty text empty, unless the mask says otherwise; what would be longer than varchar(n) is cut by characters.
    Call :func:`problem` first.
    """
    original = column(target.name)
    mask = MASKS[rule.mask]
    if isinstance(rule, Keep):
        return original
    value = mask.render(original.copy(), target, rule, context)
    kind = target.type
    if isinstance(rule, Null):
        return value
    if context.fits is not None:
        value = cast(paren(value), f"character varying({context.fits})")
    if kind.is_domain and kind.length is not None:
        # A cast to varchar(n) cuts by characters, one to a domain over it refuses.
        value = cast(paren(value), kind.base)
    fitted = cast(paren(value), kind.unchecked)
    if mask.keeps_empty and kind.kind is TypeClass.TEXT:
        # True for NULL neither, so that one comparison spares both.
        has_text = exp.NEQ(this=text(original.copy()), expression=literal(""))
        return exp.Case(ifs=[exp.If(this=has_text, true=fitted)], default=original)
    if mask.keeps_null and target.is_nullable:
        return exp.Case(ifs=[exp.If(this=exp.Is(this=original.copy(), expression=exp.Not(this=exp.Null())), true=fitted)], default=original)
    return fitted
