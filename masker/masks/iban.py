"""``iban``: account numbers of no bank."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, is_text
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import modulo, share, text
from masker.masks.sql.formula import formula, let

#: Digits that are drawn at most; what is in front of them, the bank, is zeros or Xs, four of them at least.
_DRAWN = 11
_BANK = 4


class Iban(MaskRule):
    """An account number of the original's country and form at a bank of zeros, which is none, its check digits right or
    wrong; Belgium's zeros are a bank, there the last two digits, the country's own check, are wrong."""

    mask: Literal["iban"] = "iban"
    check: Literal["right", "wrong"] = Field(
        default="right", description="check digits that applications accept, or refuse"
    )


def _render(original: exp.Expression, column: Column, rule: Iban, context: Context) -> exp.Expression:
    """The country, check digits by ISO 7064 (mod 97-10), as many letters X as the original has in front, zeros, and
    up to eleven digits drawn."""
    del column
    drawn = modulo(context.identity.shown("iban", context.bindings), 10**_DRAWN)
    # Whatever is no IBAN becomes one of Germany's.
    known = formula(
        "CASE WHEN {c} ~ {form} THEN {c} ELSE 'DE' || repeat('0', 20) END",
        c=formula("upper(translate({v}, ' -', ''))", v=text(original)),
        form="^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$",
    )
    letters = formula("length(substring(substr({known}, 5), '^[A-Z]*'))", known=formula('"masker known"'))
    digits = formula(
        "repeat('0', {zeros}) || right(lpad(CAST({drawn} AS text), greatest({size}, {most}), '0'), {size} - {zeros})",
        drawn=drawn,
        zeros=formula('greatest({bank} - "masker letters", 0)', bank=_BANK),
        size=formula('length("masker known") - 4 - "masker letters"'),
        most=_DRAWN,
    )
    digits = formula(
        # Two digits of 1 to 97 check the others.
        "CASE WHEN {known} LIKE 'BE%' THEN left({digits}, -2) || '99' ELSE {digits} END",
        known=formula('"masker known"'),
        digits=digits,
    )
    country = "CAST(ascii({k}) - 55 AS text) || CAST(ascii(substr({k}, 2)) - 55 AS text)"
    left = formula(
        f"CAST(98 - CAST(repeat('33', $l) || $d || {country} || '00' AS numeric) % 97 AS integer)".replace(
            "$l", '"masker letters"'
        ).replace("$d", '"masker digits"'),
        k=formula('"masker known"'),
    )
    if rule.check == "wrong":
        left = formula("{right} % 97 + 2", right=left)
    made = let(
        "left({known}, 2) || lpad(CAST($check AS text), 2, '0') || repeat('X', {letters}) || {digits}",
        {"check": left},
        known=formula('"masker known"'),
        letters=formula('"masker letters"'),
        digits=formula('"masker digits"'),
    )
    made = let("{made}", {"digits": digits}, made=made)
    made = let("{made}", {"letters": letters}, made=made)
    made = let("{made}", {"known": known}, made=made)
    grouped = formula(
        "CASE WHEN strpos({v}, ' ') > 0 THEN rtrim(regexp_replace({made}, '(....)', E'\\\\1 ', 'g')) ELSE {made} END",
        v=text(original),
        made=formula('"masker made"'),
    )
    return let("{grouped}", {"made": made}, grouped=grouped)


def _chance(original: exp.Expression, column: Column, rule: Iban, context: Context) -> exp.Expression:
    """One of 10^11, and none that a bank has given."""
    del original, column, rule, context
    return share(0)


def _problem(column: Column, rule: Iban, context: Context) -> Obstacle | None:
    del rule, context
    if column.type.length is not None and column.type.length < 22:
        return Obstacle(
            f"{column.type.sql} is too short for an account number, which may need 22 characters",
            "use token or bank_account",
        )
    return None


def _tells(rule: Iban, kind: TypeClass) -> str:
    del rule, kind
    return "secret"


IBAN = Mask(
    rule=Iban,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="one for each identity, of 10^11; of Denmark and Finland 10^10, of Norway 10^7, of Belgium 10^6",
        example="DE84 0000 0005 5948 5659 89 for DE89 3704 0044 0532 0130 00",
        cost=9.5,
        keeps_width=True,
        shows="its country",
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
