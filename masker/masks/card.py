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
from masker.masks.sql.checked import checked, kept_beginning
from masker.masks.sql.digits import in_form, narrow, only_digits
from masker.masks.sql.expressions import case, concat, share, text
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
    wrong: nobody can be charged. With a right one (`luhn: right`) it may be somebody's, above all where it begins as
    the original does (`bin: keep`)."""

    mask: Literal["card"] = "card"
    luhn: Literal["right", "wrong"] = Field(
        default="wrong",
        description="a check digit that applications accept, with which a number may be somebody's, or refuse",
    )
    bin: Literal["test", "keep"] = Field(
        default="test",
        description="keep: the first six digits, which tell the bank and the kind of card; it may be a customer's",
    )
    last: Literal[0, 4] = Field(default=0, description="4: the last four digits stay, as receipts show them")


def _render(original: exp.Expression, column: Column, rule: Card, context: Context) -> exp.Expression:
    """A beginning of tests and two blocks of four digits, each of them of a sum that makes the check digit right, or
    the last one not; where something is kept, of the first block the digit that makes it so is computed."""
    number = context.identity.number("card", context.bindings)
    second, last = (
        context.identity.number("card, second", context.bindings),
        context.identity.number("card, last", context.bindings),
    )
    digits = formula('length("masker digits")')
    is_card = formula(f"{{n}} BETWEEN {_LENGTHS[0]} AND {_LENGTHS[-1]}", n=digits)
    lengths = [n for n in _LENGTHS if n != _USUAL and (column.type.length is None or n <= column.type.length)]
    beginnings = exp.Case(
        this=digits,
        ifs=[
            exp.If(this=exp.Literal.number(n), true=pick(card_beginnings(_ROOTS, n - 8), number.copy(), context))
            for n in lengths
        ],
        default=pick(card_beginnings(_ROOTS, _USUAL - 8), number, context),
    )
    is_right = rule.luhn == "right"
    made = concat(
        beginnings, pick(luhn_blocks(right=True), second, context), pick(luhn_blocks(right=is_right), last, context)
    )
    if rule.bin == "keep" or rule.last:
        kept = checked(
            kept_beginning(number.copy()) if rule.bin == "keep" else beginnings.copy(),
            second.copy(),
            formula('right("masker digits", 4)') if rule.last else pick(luhn_blocks(right=True), last.copy(), context),
            right=is_right,
        )
        made = case((is_card, kept), default=made)
    plain = formula('"masker plain"')
    whole = let(
        "CASE WHEN {is_card} THEN {formed} ELSE $made END",
        {"made": made},
        is_card=is_card,
        formed=in_form(text(original), plain, formula('"masker made"')),
    )
    whole = let("{whole}", {"digits": only_digits(plain)}, whole=whole)
    return let("{whole}", {"plain": narrow(text(original))}, whole=whole)


def _chance(original: exp.Expression, column: Column, rule: Card, context: Context) -> exp.Expression:
    """As many as the digits allow that are drawn, of those that begin as numbers for tests do, or any where the
    beginning is kept."""
    del column, context
    starts = "|".join(root[:4] for root in _ROOTS)
    digits = only_digits(narrow(text(original)))
    few = share(1e-4 if rule.last else 1e-6)
    if rule.bin == "keep":
        few = formula("10 ^ -({n} + greatest(length({v}) - 14, 0))", n=3 if rule.last else 6, v=digits)
    return formula(
        "CASE WHEN {v} ~ {starts} THEN {few} ELSE {none} END",
        v=digits,
        starts="^[0-9]{13}" if rule.bin == "keep" else f"^({starts})[0-9]{{9}}",
        few=few,
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
        shows=(
            "how many digits it has; with `bin: keep` its first six, with `last: 4` its last four: then, and with"
            " `luhn: right`, it may be somebody's number"
        ),
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
