"""``postal_code``."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.address import PLACE
from masker.masks.locales.locale import POSTAL_CODE as CODE
from masker.masks.locales.locale import Place
from masker.masks.locales.pools import Pool
from masker.masks.mask import Card, Context, Draws, Mask, Uniqueness, is_text, needs_nothing
from masker.masks.pick import draw, drawn
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import call, case, integer, literal, text

_CODE = Place("{postal}")


def _codes(context: Context) -> Pool:
    return context.locale.written(_CODE, numbers=context.numbers(PLACE))


class PostalCode(MaskRule):
    """The postal code of a real place, hyphen kept or not."""

    mask: Literal["postal_code"] = "postal_code"


def _render(original: exp.Expression, column: Column, rule: PostalCode, context: Context) -> exp.Expression:
    """The code of the place that ``address`` names, long where the original has a hyphen and the column room."""
    del rule
    codes = context.locale.postal_codes
    code = draw(_codes(context), context.identity.number(PLACE, context.bindings), context)
    if codes.short is None:
        return code
    has_hyphen = exp.GT(this=call("strpos", text(original.copy()), "-"), expression=literal(0))
    has_no_room = column.type.length is not None and column.type.length < codes.long_characters
    written = (
        literal(codes.short) if has_no_room else case((has_hyphen, literal(codes.long)), default=literal(codes.short))
    )
    return call("to_char", integer(code), written)


def _chance(original: exp.Expression, column: Column, rule: PostalCode, context: Context) -> exp.Expression:
    """Looked up by its digits; what follows those of the place is the same for all."""
    del column, rule
    digits = call("left", call("replace", text(original), "-", ""), context.locale.postal_codes.digits)
    return drawn(digits, _codes(context), context)


def _draws(rule: PostalCode) -> Draws:
    del rule
    return Draws(PLACE, CODE)


POSTAL_CODE = Mask(
    rule=PostalCode,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="as many as the originals and as frequent, up to about 5,000",
        example="655-0038, 75475",
        cost=0.3,
        fills=needs_nothing,
        keeps_width=True,
    ),
    render=_render,
    chance=_chance,
    draws=_draws,
)
