"""``address``: an address, or one part of it."""

from __future__ import annotations

import math
from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.locales.locale import Code, Drawn, Entry, Part, Piece, Word
from masker.masks.mask import Card, Context, Mask, Uniqueness, is_text
from masker.masks.pick import between, pick, picked, shares
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import call, concat, literal, share, text

#: Characters that every address has more of than of its first piece, and how often numbers begin with the commonest digit, 1.
_LONGEST = 40
_FIRST_DIGIT = 0.12


class Address(MaskRule):
    """An address, whole or one part of it."""

    mask: Literal["address"] = "address"
    part: Part = "full"


def _render(original: exp.Expression, column: Column, rule: Address, context: Context) -> exp.Expression:
    """An address of the locale, or the part of it that the rule names; parts of one scope belong to one address."""
    del original, column
    first, *others = (_piece(piece, context) for piece in context.locale.places.part(rule.part))
    return concat(first, *others) if others else literal(first)


def _piece(piece: Piece, context: Context) -> exp.Expression | str:
    def number(part: str) -> exp.Expression:
        return context.identity.number(part, context.bindings)

    match piece:
        case str():
            return piece
        case Word(name):
            return pick(context.locale.words(name), number(name), context)
        case Entry(part, words):
            return pick(words, number(part), context)
        case Drawn(part, least, most):
            return text(between(number(part), least, most))
        case Code():
            codes = context.locale.postal_codes
            return call("to_char", between(number("postal code"), codes.least, codes.most), literal(codes.short))


def _chance(original: exp.Expression, column: Column, rule: Address, context: Context) -> exp.Expression:
    """What is of one list is looked up; what is put together of several is met as seldom as it has forms."""
    pieces = context.locale.places.part(rule.part)
    first = pieces[0]
    if len(pieces) == 1 and isinstance(first, Word):
        return picked(original, context.locale.words(first.name), column, context)
    limit = column.type.length
    if limit is not None and limit < _LONGEST:
        # So little of it is left that its first list, or the first digits of a number, may be all there is.
        if isinstance(first, Word):
            return share(max(of for _, of in shares(context.locale.words(first.name), limit).entries))
        return share(_FIRST_DIGIT / 10 ** (min(limit, 3) - 1))
    return share(1 / math.prod(_forms(piece, context) for piece in pieces))


def _forms(piece: Piece, context: Context) -> int:
    match piece:
        case Word(name):
            return len(context.locale.words(name).entries)
        case Entry(_, words):
            return len(words.entries)
        case Drawn(_, least, most):
            return most - least + 1
        case str() | Code():
            return 1


def _tells(rule: Address, kind: TypeClass) -> str:
    del kind
    return "place" if rule.part in {"full", "street"} else ""


ADDRESS = Mask(
    rule=Address,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="as many as the locale's lists make at most; of a region or city as many as the list has",
        example="福井県横浜市瀬谷区吾妻橋2-11-13",
        cost=0.25,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
)
