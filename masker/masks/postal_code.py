"""``postal_code``."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.mask import Card, Context, Mask, Uniqueness, is_text
from masker.masks.pick import between
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import call, case, literal, share, text


class PostalCode(MaskRule):
    """A postal code of the locale's form, hyphen kept or not."""

    mask: Literal["postal_code"] = "postal_code"


def _render(original: exp.Expression, column: Column, rule: PostalCode, context: Context) -> exp.Expression:
    """A code of the locale, long where the original has a hyphen and the column room."""
    del rule
    codes = context.locale.postal_codes
    number = context.identity.number("postal code", context.bindings)
    has_hyphen = exp.GT(this=call("strpos", text(original.copy()), "-"), expression=literal(0))
    has_no_room = column.type.length is not None and column.type.length < codes.long_characters
    written = literal(codes.short) if has_no_room else case((has_hyphen, literal(codes.long)), default=literal(codes.short))
    return call("to_char", between(number, codes.least, codes.most), written)


def _chance(original: exp.Expression, column: Column, rule: PostalCode, context: Context) -> exp.Expression:
    del original, column, rule
    codes = context.locale.postal_codes
    return share(1 / (codes.most - codes.least + 1))


POSTAL_CODE = Mask(
    rule=PostalCode,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="as many as the locale has codes at most",
        example="099-1696, 57847",
        cost=0.35,
        keeps_width=True,
    ),
    render=_render,
    chance=_chance,
)
