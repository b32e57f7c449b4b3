"""The one way from a rule to the expression that goes into a statement, and what stands against it."""

from __future__ import annotations

from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.ends import around, middle, original_of
from masker.masks.every import MASKS
from masker.masks.keep import KEEP, Keep
from masker.masks.mask import Context, Obstacle, Uniqueness
from masker.masks.null import Null
from masker.masks.nulls import nothing_problem, with_nulls
from masker.masks.once import once
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import cast, column, literal, paren, text


def problem(target: Column, rule: MaskRule, context: Context) -> Obstacle | None:
    """Why *rule* cannot be used on *target*, None if it can."""
    mask = MASKS[rule.mask]
    card = mask.card
    if not card.accepts(target.type):
        fitting = [name for name, other in MASKS.items() if other.card.accepts(target.type) and name != KEEP.name]
        return Obstacle(
            f"{target.type.sql}: the mask {mask.name} serves {card.serves}",
            card.way_out or f"for this type there are {', '.join(fitting)}, or keep",
        )
    if isinstance(rule, Null):
        return mask.problem(target, rule, context)
    if reason := nothing_problem(target, rule, mask, context):
        return reason
    parts = (*filter(None, [target.type.element]), *target.type.attributes)
    if any(part.runs_functions for part in parts) and not isinstance(rule, Keep):
        return Obstacle(
            f"{target.type.sql}: a domain in it is checked by a function of the schema, which would run where the"
            " masks' seeds are",
            "use null, or keep",
        )
    rests = "a unique index rests on it" if context.has_unique_index else "unique: true"
    if rule.unique and card.uniqueness is Uniqueness.UNKNOWN:
        return Obstacle(
            f"unique: true, and nobody knows whether the mask {mask.name} keeps values apart",
            "use email or token, which do",
        )
    if rule.unique and context.identity.by_value and not context.has_unique_index:
        return Obstacle(
            "unique: true, and two rows of one value get one value again: no unique index says that there are none",
            "let it go by the row's key: leave `by` out, or name columns that tell rows apart",
        )
    if context.is_unique and card.uniqueness is Uniqueness.LOST:
        return Obstacle(
            f"{rests}, and the mask {mask.name} may give two rows one value",
            "use email or token, which keep values apart",
        )
    identity = context.identity
    if (
        context.is_unique
        and card.uniqueness in {Uniqueness.KEPT, Uniqueness.LIMITED}
        and not isinstance(rule, Keep)
        and not (identity.by_value or identity.tells_rows_apart)
    ):
        by = ", ".join(c.name for c in identity.columns)
        return Obstacle(f"{rests}, and by: {by} does not tell rows apart", "leave `by` out, or use `by: value`")
    _, shape = middle(column(target.name), target, rule)
    if shape.type.length is not None and shape.type.length <= 0:
        return Obstacle(f"keep: nothing would be left to mask in {target.type.sql}", "keep fewer characters")
    return mask.problem(shape, rule, context)


def masked(target: Column, rule: MaskRule, context: Context) -> exp.Expression:
    """The select item of *target* under *rule*, of exactly the column's type, or of that below a domain that functions
    check.

    NULL stays NULL and an empty text empty, unless the mask says otherwise; what would be longer than varchar(n) is cut
    by characters. Call :func:`problem` first.
    """
    original = column(target.name)
    mask = MASKS[rule.mask]
    if isinstance(rule, Keep):
        return original
    inner, shape = middle(original_of(target), target, rule)
    made = once(lambda inside: mask.render(inner, shape, rule, inside), context)
    value = around(original_of(target), rule, made)
    kind = target.type
    if isinstance(rule, Null):
        return value
    if context.fits is not None:
        value = cast(paren(value), f"character varying({context.fits})")
    if kind.is_domain and kind.length is not None:
        # A cast to varchar(n) cuts by characters, one to a domain over it refuses.
        value = cast(paren(value), kind.base)
    fitted = with_nulls(cast(paren(value), kind.unchecked), target, rule, context)
    is_kept = mask.keeps_null and rule.null != "mask"
    if mask.keeps_empty and kind.kind is TypeClass.TEXT:
        if not is_kept:
            is_empty = exp.EQ(this=text(original.copy()), expression=literal(""))
            return exp.Case(ifs=[exp.If(this=is_empty, true=original)], default=fitted)
        # True for NULL neither, so that one comparison spares both.
        has_text = exp.NEQ(this=text(original.copy()), expression=literal(""))
        return exp.Case(ifs=[exp.If(this=has_text, true=fitted)], default=original)
    if is_kept and target.is_nullable:
        return exp.Case(
            ifs=[exp.If(this=exp.Is(this=original.copy(), expression=exp.Not(this=exp.Null())), true=fitted)],
            default=original,
        )
    return fitted
