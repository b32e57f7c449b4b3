"""What to write instead of a mask that loses a column's shape, from the masks' cards."""

from __future__ import annotations

from collections.abc import Callable

from masker.catalog.types import ColumnType
from masker.masks.every import MASKS
from masker.masks.mask import Mask, Uniqueness
from masker.shape.scope import MaskedShape

#: Masks for whatever a column means, the others make values of one kind.
_ANY_MEANING = ("token", "lorem")

_CHANGED = "rows have changed since the preview was filled: fill it anew"

#: Masks whose values are made by what the rule itself says.
_OWN_WORDS = {"sql": "its expression decides that", "json": "what the rule says of its leaves decides that"}


def about_distinct(masked: MaskedShape, *, more: bool) -> str:
    """The preview has *more* distinct values than production, or fewer."""
    if more:
        return _said(masked, *_by_value(masked, "values repeat on production, and each row gets one of its own here"))
    apart = _alternatives(masked, lambda mask: mask.card.uniqueness is Uniqueness.KEPT)
    card = masked.mask.card
    if card.uniqueness is Uniqueness.KEPT:
        if masked.decision.rule.by is not None and not masked.decision.rule.is_by_value:
            return _said(
                masked,
                f"it is made by {', '.join(masked.decision.rule.by)}, which repeats",
                "leave `by` out, or write `by: value`",
            )
        return _said(masked, "it keeps values apart", _CHANGED)
    return _said(
        masked, f"it makes {card.distinct}", f"write {apart}, which keep{_s(apart)} values apart" if apart else ""
    )


def about_frequencies(masked: MaskedShape, *, more: bool) -> str:
    """The most common value is *more* common than on production, or less."""
    if more:
        return about_distinct(masked, more=False)
    return _said(masked, *_by_value(masked, "it draws anew for each row, however often production's value comes"))


def about_width(masked: MaskedShape) -> str:
    """Values are longer or shorter than on production."""
    if masked.mask.card.keeps_width:
        instead = f"where originals are in another script, give it their `locale`; else {_CHANGED}"
        return _said(masked, "it makes as many characters, not as many bytes", instead)
    wide = _alternatives(masked, lambda mask: mask.card.keeps_width)
    return _said(
        masked,
        "it makes values of its own length",
        f"write {wide}, which keep{_s(wide)} the original's" if wide else "",
    )


def about_nulls(masked: MaskedShape) -> str:
    """The share of NULLs is another."""
    if masked.mask.keeps_null:
        return _said(masked, "it keeps NULL where it is", _CHANGED)
    return _said(masked, "it makes values of NULLs", "limit it by `where:`, or choose a mask that keeps NULL")


def about_size(masked: MaskedShape) -> str:
    """The table or an index is larger or smaller for this column."""
    if masked.is_compared:
        return about_width(masked)
    wide = _alternatives(masked, lambda mask: mask.card.keeps_width)
    filled = (
        f"write {wide}, which keep{_s(wide)} the original's length" if wide else _filled(masked.decision.column.type)
    )
    return _said(masked, "it makes one value of all", filled)


def _filled(kind: ColumnType) -> str:
    return (
        "write json with a mask for each leaf"
        if MASKS["json"].card.accepts(kind)
        else "write a mask that makes a value for each row"
    )


def _by_value(masked: MaskedShape, why: str) -> tuple[str, str]:
    if masked.mask.name in _OWN_WORDS:
        return why, ""
    if not masked.decision.rule.is_by_value:
        return why, "write `by: value`, with a `scope` where other columns hold the same values"
    return "equal values stay equal", _CHANGED


def _alternatives(masked: MaskedShape, fits: Callable[[Mask], bool]) -> str:
    kind = masked.decision.column.type
    masks = [MASKS[name] for name in _ANY_MEANING if name != masked.mask.name]
    names = [mask.name for mask in masks if mask.card.accepts(kind) and fits(mask)]
    return " or ".join(names)


def _s(names: str) -> str:
    return "" if " or " in names else "s"


def _said(masked: MaskedShape, why: str, instead: str) -> str:
    name = masked.mask.name
    why = _OWN_WORDS.get(name, why)
    return f"mask {name} ({masked.decision.position}): {why}" + (
        f"; {instead}" if instead and name not in _OWN_WORDS else ""
    )
