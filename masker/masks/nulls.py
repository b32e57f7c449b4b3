"""NULL under a mask: where it was it stays or gets a value, and a share of rows may get it anew."""

from __future__ import annotations

from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.keep import Keep
from masker.masks.mask import Context, Mask, Obstacle
from masker.masks.null import null_problem
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import case, cast, literal, modulo

#: A share is drawn in such steps.
_STEPS = 1_000_000


def with_nulls(value: exp.Expression, target: Column, rule: MaskRule, context: Context) -> exp.Expression:
    """*value*, of the type of *target*, or NULL for the share of rows that *rule* names."""
    if rule.share is None:
        return value
    drawn = modulo(context.identity.number("share", context.bindings), _STEPS)
    is_null = exp.LT(this=drawn, expression=literal(round(rule.share * _STEPS)))
    return case((is_null, cast(exp.Null(), target.type.unchecked)), default=value)


def nothing_problem(target: Column, rule: MaskRule, mask: Mask, context: Context) -> Obstacle | None:
    """Why NULL cannot be masked, or made, as *rule* says."""
    if rule.null == "mask" and not isinstance(rule, Keep):
        if context.identity.by_value:
            return Obstacle(
                "null: mask, and NULL has no value to go by", "name columns of the row with `by`, or leave null out"
            )
        if not mask.card.fills(rule):
            return Obstacle(
                f"null: mask, and the mask {mask.name} makes what it makes of the original",
                "use a mask that needs none, such as fixed, email or full_name",
            )
    if rule.share is not None and (reason := null_problem(target, context)):
        return Obstacle(f"share: {reason.found}", "leave share out")
    return None
