"""``postal_code``."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.address import PLACE
from masker.masks.locales.locale import POSTAL_CODE as CODE
from masker.masks.locales.locale import Place
from masker.masks.locales.pools import Pool
from masker.masks.mask import Card, Context, Draws, Mask, Obstacle, Uniqueness, is_text, needs_nothing
from masker.masks.parts import InParts, number_of, parts_problem, piece_of, pieces_of
from masker.masks.pick import draw, drawn
from masker.masks.sql.expressions import call, case, integer, literal, text
from masker.masks.sql.wide import as_wide, digits_of, in_groups, is_narrow

_CODE = Place("{postal}")

#: How many digits the groups of a Japanese code have.
_GROUPS = ("{3}", "{4}")


def _codes(context: Context) -> Pool:
    return context.locale.written(_CODE, numbers=context.numbers(PLACE))


class PostalCode(InParts):
    """The postal code of a real place, hyphen kept or not."""

    mask: Literal["postal_code"] = "postal_code"


def _render(original: exp.Expression, column: Column, rule: PostalCode, context: Context) -> exp.Expression:
    """The code of the place that ``address`` names, long where the original has a hyphen and the column room."""
    codes = context.locale.postal_codes
    code = draw(_codes(context), context.identity.number(PLACE, context.bindings), context)
    if codes.short is None:
        return code
    long = call("to_char", integer(code), codes.long)
    wide = context.locale.wide
    if rule.parts is not None:
        piece = piece_of(long, column, rule)
        return _as_wide(piece, original) if wide else piece
    has_hyphen = exp.GT(this=call("strpos", text(original.copy()), "-"), expression=literal(0))
    has_no_room = column.type.length is not None and column.type.length < codes.long_characters
    written = (
        literal(codes.short) if has_no_room else case((has_hyphen, literal(codes.long)), default=literal(codes.short))
    )
    narrow = call("to_char", integer(code.copy()), written)
    if not wide:
        return narrow
    followed = call("coalesce", in_groups(long, _GROUPS, text(original)), as_wide(narrow.copy(), text(original)))
    return case((is_narrow(text(original)), narrow), default=followed)


def _as_wide(piece: exp.Expression, original: exp.Expression) -> exp.Expression:
    return case((is_narrow(text(original)), piece), default=as_wide(piece.copy(), text(original)))


def _chance(original: exp.Expression, column: Column, rule: PostalCode, context: Context) -> exp.Expression:
    """Looked up by its digits; what follows those of the place is the same for all."""
    wide = context.locale.wide
    if rule.parts is not None:
        piece = digits_of(text(original)) if wide else text(original)
        return drawn(piece, _pieces(column, rule, context), context, column.type.length)
    digits = digits_of(text(original)) if wide else call("replace", text(original), "-", "")
    digits = call("left", digits, context.locale.postal_codes.digits)
    return drawn(digits, _codes(context), context)


def _pieces(column: Column, rule: PostalCode, context: Context) -> Pool:
    """The piece of every code that *column* holds."""
    first, second = pieces_of(context.locale.postal_codes.long)
    if number_of(column, rule) == 1:
        return _codes(context).map(lambda code: code[: len(first)], "first piece")
    # What stands there besides digits of the code is the same for all.
    return _codes(context).map(lambda code: code[len(first) :] or second, "second piece")


def _problem(column: Column, rule: PostalCode, context: Context) -> Obstacle | None:
    return parts_problem(column, rule, context, context.locale.postal_codes.long)


def _draws(rule: PostalCode) -> Draws | None:
    """Of a piece nobody can tell how many codes there are."""
    return Draws(PLACE, CODE) if rule.parts is None else None


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
    problem=_problem,
    draws=_draws,
)
