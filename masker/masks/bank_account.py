"""``bank_account``: numbers of accounts."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.mask import Card, Context, Mask, Uniqueness, is_text
from masker.masks.rule import MaskRule
from masker.masks.sql.digits import decimal, in_form, narrow, only_digits
from masker.masks.sql.expressions import call, literal, share, text
from masker.masks.sql.formula import formula, let


class BankAccount(MaskRule):
    """As many digits as the original has, in its form, drawn by whom it belongs to; a text without any becomes
    seven."""

    mask: Literal["bank_account"] = "bank_account"


def _render(original: exp.Expression, column: Column, rule: BankAccount, context: Context) -> exp.Expression:
    """Digits of a digest in the places of the original's."""
    del column, rule
    digest = call(
        "encode", call("sha256", call("int8send", context.identity.number("account", context.bindings))), "hex"
    )
    plain = formula('"masker plain"')
    made = let(
        "CASE WHEN $digits = '' THEN {usual} ELSE {formed} END",
        {"digits": only_digits(plain)},
        usual=decimal(digest, literal(7)),
        formed=in_form(text(original), plain, decimal(digest, formula('length("masker digits")'))),
    )
    return let("{made}", {"plain": narrow(text(original))}, made=made)


def _chance(original: exp.Expression, column: Column, rule: BankAccount, context: Context) -> exp.Expression:
    """Digits come up to two times in sixteen each."""
    del column, rule, context
    digits = call("length", only_digits(narrow(text(original))))
    return formula(
        "CASE WHEN {n} = 0 THEN {none} ELSE power({two}, least({n}, 64)) END",
        n=digits,
        none=share(0),
        two=share(2 / 16),
    )


def _tells(rule: BankAccount, kind: TypeClass) -> str:
    del rule, kind
    return "number"


BANK_ACCOUNT = Mask(
    rule=BankAccount,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="as many as there are numbers of the length at most; one may be somebody's",
        example="66281 for 12345",
        cost=9.0,
        keeps_width=True,
        shows="what is no digit",
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
)
