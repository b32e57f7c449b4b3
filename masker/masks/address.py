"""``address``: an address, or one part of it."""

from __future__ import annotations

import math
from functools import cache
from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.locales import LOCALES
from masker.masks.locales.locale import Drawn, Entry, Part, Piece, Place, Script, Word
from masker.masks.locales.pools import Pool, uniform
from masker.masks.mask import Card, Context, Draws, Mask, Obstacle, Uniqueness, is_text, needs_nothing
from masker.masks.pick import between, draw, drawn, drawn_shares
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import call, concat, literal, share, text, times
from masker.masks.sql.wide import followed, narrow_again

#: Characters that no address has more of, and how often numbers begin with the commonest digit, 1.
_LONGEST = 64
_FIRST_DIGIT = 0.12

#: What stands before a building.
_BEHIND = " "

#: Whose number says which place somebody lives at, and what whole addresses are measured as.
PLACE, FULL = "place", "address"


class Address(MaskRule):
    """An address of a real place, whole or one part of it."""

    mask: Literal["address"] = "address"
    part: Part = "full"
    script: Script | None = Field(default=None, description="how a Japanese place is written; default kanji")


def _render(original: exp.Expression, column: Column, rule: Address, context: Context) -> exp.Expression:
    """An address of the locale, or the part of it that the rule names; parts of one scope belong to one place."""
    del column
    first, *others = (_piece(piece, rule, context) for piece in _pieces(rule, context))
    made = concat(first, *others) if others else literal(first)
    has_digits = rule.part in {"full", "street", "building", "city_code"}
    return followed(made, text(original), context.bindings) if context.locale.wide and has_digits else made


def _pieces(rule: Address, context: Context) -> tuple[Piece, ...]:
    """What *rule* is put together of. A whole address is told as fully as is nearest to the width of those that it
    stands for: a street alone, with its city, all of it, or with a building."""
    places = context.locale.places
    numbers = context.numbers(FULL) if rule.part == "full" else None
    if numbers is None or not numbers.width:
        return places.part(rule.part)
    forms = _forms_of_full(context.locale.name)
    widths = [sum(_width(piece, rule, context) for piece in form) for form in forms]
    return forms[min(range(len(forms)), key=lambda at: abs(widths[at] - numbers.width))]


@cache
def _forms_of_full(locale: str) -> tuple[tuple[Piece, ...], ...]:
    """Whole addresses of a country, the fullest first."""
    places = LOCALES[locale].places
    with_city = tuple(
        Place("{city}{town}{chome}" if "{town}" in piece.form else "{city}") if isinstance(piece, Place) else piece
        for piece in places.full
    )
    # What is put behind the place, and so behind all.
    with_building = (*places.full, _BEHIND, *places.building) if isinstance(places.full[0], Place) else ()
    return tuple(form for form in (places.full, with_city, places.street, with_building) if form)


def _width(piece: Piece, rule: Address, context: Context) -> float:
    """Bytes of what is drawn for *piece*, on average."""
    match piece:
        case str():
            return len(piece.encode())
        case Drawn(_, least, most):
            return len(str((least + most) // 2))
    pool = _words(piece, rule.model_copy(update={"script": None}), context)
    words = pool.common.entries or pool.rare.entries
    return sum(len(word.encode()) for word in words) / len(words)


def _piece(piece: Piece, rule: Address, context: Context) -> exp.Expression | str:
    def number(part: str) -> exp.Expression:
        return context.identity.number(part, context.bindings)

    match piece:
        case str():
            return piece
        case Drawn(part, least, most):
            return text(between(number(part), least, most))
        case Word(name):
            part = name
        case Entry(part, _):
            pass
        case Place():
            part = PLACE
    return draw(_words(piece, rule, context), number(part), context)


def _words(piece: Word | Entry | Place, rule: Address, context: Context) -> Pool:
    match piece:
        case Word(name):
            return uniform(context.locale.words(name))
        case Entry(_, words):
            return uniform(words)
        case Place():
            return context.locale.written(piece, rule.script, numbers=context.numbers(PLACE))


def _chance(original: exp.Expression, column: Column, rule: Address, context: Context) -> exp.Expression:
    """What is of one list is looked up, and so is the place within an address; what else is put together is met as
    seldom as it has forms."""
    pieces = _pieces(rule, context)
    first = pieces[0]
    if context.locale.wide:
        original = narrow_again(text(original), context.bindings)
    if len(pieces) == 1 and isinstance(first, (Word, Place)):
        return drawn(text(original), _words(first, rule, context), context, column.type.length)
    limit = column.type.length
    if limit is not None and limit < _LONGEST:
        # So little of it is left that its first list, or the first digits of a number, may be all there is.
        if isinstance(first, (Word, Place)):
            return share(max(of for _, of in drawn_shares(_words(first, rule, context), limit).entries))
        return share(_FIRST_DIGIT / 10 ** (min(limit, 3) - 1))
    others = share(1 / math.prod(_forms(piece, rule, context) for piece in pieces if not isinstance(piece, Place)))
    for at, place in enumerate(pieces):
        if not isinstance(place, Place):
            continue
        written = text(original.copy())
        if place is first and _BEHIND in pieces:
            written = call("split_part", written, _BEHIND, 1)
        name = (
            call("regexp_replace", written, "[0-9]+-[0-9]+$", "") if place is first else _behind(pieces[:at], written)
        )
        return times(drawn(name, _words(place, rule, context), context), others)
    return others


def _behind(before: tuple[Piece, ...], written: exp.Expression) -> exp.Expression:
    """What of an address is *written* behind the street and the house, which have as many commas as what is put
    *before* the place."""
    commas = sum(piece == ", " for piece in before)
    if commas > 1:
        return call("regexp_replace", written, f"^([^,]*, ){{{commas}}}", "")
    return call("substr", written, exp.Add(this=call("strpos", written.copy(), ", "), expression=literal(2)))


def _forms(piece: Piece, rule: Address, context: Context) -> int:
    match piece:
        case str():
            return 1
        case Drawn(_, least, most):
            return most - least + 1
        case Word() | Entry() | Place():
            return _words(piece, rule, context).distinct


def _problem(column: Column, rule: Address, context: Context) -> Obstacle | None:
    """A part or a script that addresses of the locale do not have."""
    del column
    locale = context.locale
    if not locale.places.part(rule.part):
        return Obstacle(
            f"part {rule.part}: addresses of {locale.name} have none",
            "use another part, or give the rule `locale: ja_JP`",
        )
    if rule.script is not None and rule.script not in locale.places.scripts:
        return Obstacle(
            f"script {rule.script}: places of {locale.name} are written in {', '.join(locale.places.scripts)}",
            "leave the script out",
        )
    return None


def _draws(rule: Address) -> Draws | None:
    """Of what repeats where people live; of a whole address, which hardly does, the width."""
    if rule.part == "full":
        return Draws(FULL)
    return Draws(PLACE, rule.part) if rule.part in {"region", "city", "town", "city_code"} else None


def _tells(rule: Address, kind: TypeClass) -> str:
    del kind
    return "place" if rule.part in {"full", "street"} else ""


ADDRESS = Mask(
    rule=Address,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct=(
            "as many as its places and house numbers make at most; of a region, city or town as many as the originals"
            " and as frequent, up to those of 5,000 places"
        ),
        example="兵庫県神戸市垂水区星陵台2-17-13",
        cost=0.3,
        fills=needs_nothing,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
    draws=_draws,
)
