"""``scramble``: a letter for each letter and a digit for each digit."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.mask import Card, Context, Mask, Uniqueness, is_text
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import share, text
from masker.masks.sql.formula import formula

#: What stands for characters of other scripts than Latin, by the range of Unicode they are in: where it begins and
#: ends, and of which run of it one is drawn. Kanji come from a run of common ones. Whatever else is no sign is drawn
#: from Latin letters.
_RUNS = (
    (0x3041, 0x3096, 0x3042, 0x308F),
    (0x30A1, 0x30FA, 0x30A2, 0x30EF),
    (0xFF10, 0xFF19, 0xFF10, 0xFF19),
    (0xFF21, 0xFF3A, 0xFF21, 0xFF3A),
    (0xFF41, 0xFF5A, 0xFF41, 0xFF5A),
    (0xFF66, 0xFF9D, 0xFF71, 0xFF9C),
    (0x3400, 0x9FFF, 0x6238, 0x6297),
    (0xF900, 0xFAFF, 0x6238, 0x6297),
)

#: Signs beyond ASCII, which stay: Latin-1, general, of the scripts of East Asia, and as wide as a kanji.
_SIGNS = (
    (0xA0, 0xBF),
    (0x2000, 0x206F),
    (0x3000, 0x3004),
    (0x3008, 0x3020),
    (0x30FB, 0x30FE),
    (0xFF01, 0xFF0F),
    (0xFF1A, 0xFF20),
    (0xFF3B, 0xFF40),
    (0xFF5B, 0xFF65),
)

_CODE = '"masker code"'

_STAYS = " OR ".join(
    [
        f"{_CODE} < 48",
        *(f"{_CODE} BETWEEN {low} AND {high}" for low, high in ((58, 64), (91, 96), (123, 159), *_SIGNS)),
    ]
)

#: What ascii() is a number of is Unicode's only in UTF8: elsewhere it is the encoding's, or an error. A number that is
#: none stands there for every character beyond ASCII.
_CHARACTERS = (
    'FROM (SELECT "masker char", "masker at", CASE WHEN getdatabaseencoding() = \'UTF8\' THEN ascii("masker char") WHEN'
    ' octet_length("masker char") > 1 THEN 1114112 WHEN ascii("masker char") > 127 THEN 1114112 ELSE ascii("masker'
    ' char") END AS "masker code" FROM regexp_split_to_table({v}, \'\') WITH ORDINALITY AS "masker chars" ("masker'
    ' char", "masker at") OFFSET 0) AS "masker coded"'
)


class Scramble(MaskRule):
    """Another letter for each letter, of its case and script, and another digit for each digit; what stands between
    stays. In a database that is not UTF8 a letter of a to z for each character beyond ASCII."""

    mask: Literal["scramble"] = "scramble"
    keep: str = Field(default="", max_length=40, description="letters and digits that stay too")


def _render(original: exp.Expression, column: Column, rule: Scramble, context: Context) -> exp.Expression:
    """Each character drawn by the identity's number and by its place."""
    del column
    drawn = '(hashint8extended("masker at", {number}) & 9223372036854775807)'
    runs = " ".join(
        f"WHEN {_CODE} BETWEEN {low} AND {high} THEN chr(CAST({first} + {drawn} % {last - first + 1} AS integer))"
        for low, high, first, last in ((48, 57, 48, 57), (97, 122, 97, 122), (65, 90, 65, 90), *_RUNS)
    )
    return formula(
        f'SELECT string_agg(CASE WHEN strpos({{keep}}, "masker char") > 0 OR {_STAYS} THEN "masker char" {runs}'
        f" ELSE chr(CAST(97 + {drawn} % 26 AS integer)) END, '' ORDER BY \"masker at\") {_CHARACTERS}",
        v=text(original),
        number=context.identity.shown("scramble", context.bindings),
        keep=rule.keep,
    )


def _chance(original: exp.Expression, column: Column, rule: Scramble, context: Context) -> exp.Expression:
    """One in ten or fewer for each character that does not stay."""
    del column, context
    changing = f'count(*) FILTER (WHERE NOT (strpos({{keep}}, "masker char") > 0 OR {_STAYS}))'
    return formula(
        f"SELECT power({{tenth}}, least({changing}, 64)) {_CHARACTERS}",
        tenth=share(0.1),
        keep=rule.keep,
        v=text(original),
    )


def _tells(rule: Scramble, kind: TypeClass) -> str:
    del rule, kind
    return "any"


SCRAMBLE = Mask(
    rule=Scramble,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="one for each identity, of few characters fewer",
        example="Hya Vczy for New York",
        cost=7.5,
        keeps_width=True,
        shows="which characters are letters, digits, or neither",
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
)
