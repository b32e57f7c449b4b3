"""``card``: numbers that look like those of payment cards."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.mask import Card as MaskCard
from masker.masks.mask import Context, Mask, Obstacle, Uniqueness, is_text
from masker.masks.pick import pick
from masker.masks.rule import MaskRule
from masker.masks.sql.blocks import card_beginnings, luhn_blocks
from masker.masks.sql.digits import in_form, narrow, only_digits
from masker.masks.sql.expressions import concat, share, text
from masker.masks.sql.formula import formula, let

#: How numbers begin that payment services give out for tests.
_ROOTS = (
    "411111",
    "401288",
    "424242",
    "400005",
    "555555",
    "510510",
    "520082",
    "222300",
    "378282",
    "371449",
    "601111",
    "601100",
    "353011",
    "356600",
    "305693",
    "385200",
    "620000",
    "630490",
)

_LENGTHS, _USUAL = range(13, 20), 16


class Card(MaskRule):
    """A number that begins as cards for tests do, as many digits as the original has and in its form, its check digit
    wrong: nobody can be charged. With a right one (`luhn: right`) it may be somebody's."""

    mask: Literal["card"] = "card"
    luhn: Literal["right", "wrong"] = Field(
        default="wrong",
        description="a check digit that applications accept, with which a number may be somebody's, or refuse",
    )


def _render(original: exp.Expression, column: Column, rule: Card, context: Context) -> exp.Expression:
    """A beginning of tests and two blocks of four digits, each of them of a sum that makes the check digit right, or
    the last one not."""
    number = context.identity.number("card", context.bindings)
    second, last = (
        context.identity.number("card, second", context.bindings),
        context.identity.number("card, last", context.bindings),
    )
    tail = concat(
        pick(luhn_blocks(right=True), second, context), pick(luhn_blocks(right=rule.luhn == "right"), last, context)
    )
    digits = formula('length("masker digits")')
    lengths = [n for n in _LENGTHS if n != _USUAL and (column.type.length is None or n <= column.type.length)]
    beginnings = exp.Case(
        this=digits,
        ifs=[
            exp.If(this=exp.Literal.number(n), true=pick(card_beginnings(_ROOTS, n - 8), number.copy(), context))
            for n in lengths
        ],
        default=pick(card_beginnings(_ROOTS, _USUAL - 8), number, context),
    )
    plain = formula('"masker plain"')
    made = let(
        f"CASE WHEN {{n}} BETWEEN {_LENGTHS[0]} AND {_LENGTHS[-1]} THEN {{formed}} ELSE $made END",
        {"made": concat(beginnings, tail)},
        n=digits,
        formed=in_form(text(original), plain, formula('"masker made"')),
    )
    made = let("{made}", {"digits": only_digits(plain)}, made=made)
    return let("{made}", {"plain": narrow(text(original))}, made=made)


def _chance(original: exp.Expression, column: Column, rule: Card, context: Context) -> exp.Expression:
    """One in a million of those that begin as numbers for tests do, and no other."""
    del column, rule, context
    starts = "|".join(root[:4] for root in _ROOTS)
    return formula(
        "CASE WHEN {v} ~ {starts} THEN {few} ELSE {none} END",
        v=only_digits(narrow(text(original))),
        starts=f"^({starts})[0-9]{{9}}",
        few=share(1e-6),
        none=share(0),
    )


def _problem(column: Column, rule: Card, context: Context) -> Obstacle | None:
    del rule, context
    if column.type.length is not None and column.type.length < _USUAL:
        return Obstacle(
            f"{column.type.sql} is too short for a card's number of {_USUAL} digits", "use partial, null or token"
        )
    return None


def _tells(rule: Card, kind: TypeClass) -> str:
    del rule, kind
    return "number"


CARD = Mask(
    rule=Card,
    card=MaskCard(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="some ten million at most",
        example="4111-1105-0059-3843 for 4111-1111-1111-1111",
        cost=7.0,
        keeps_width=True,
        shows="how many digits it has",
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
