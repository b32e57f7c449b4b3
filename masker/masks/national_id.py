"""``national_id``: numbers of authorities that were given to nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, is_text
from masker.masks.pick import pick
from masker.masks.rule import MaskRule
from masker.masks.sql.blocks import weighted_blocks
from masker.masks.sql.digits import in_form, narrow, only_digits
from masker.masks.sql.expressions import concat, quotient, share, text
from masker.masks.sql.formula import formula, let

#: Weights of the eleven digits of a My Number in front of its check digit. Source: the ministry's ordinance no. 85 of
#: 2014.
_MY_NUMBER = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)

#: A Spanish number, with a letter in front where it is a foreigner's.
_SPANISH = "^([XYZxyz][ .-]*([0-9][ .-]*){7}|([0-9][ .-]*){8})[A-Za-z]$"

Country = Literal["JP", "US", "GB", "DE", "FR", "ES"]


def _drawn(number: exp.Expression, digits: int) -> exp.Expression:
    return formula(f"lpad(CAST(({{n}} & 9223372036854775807) % {10**digits} AS text), {digits}, '0')", n=number)


def _japan(number: exp.Expression, context: Context) -> exp.Expression:
    """Blocks of which each sums up to 0 modulo 11, so that the right check digit is 0, and any other behind them."""
    blocks = [weighted_blocks(weights, 11) for weights in (_MY_NUMBER[:3], _MY_NUMBER[3:7], _MY_NUMBER[7:])]
    parts, before = [], 1
    for words in blocks:
        parts.append(pick(words, quotient(number.copy(), before), context))
        before *= len(words.entries)
    wrong = formula("CAST(1 + ({n} & 9223372036854775807) % 9 AS text)", n=quotient(number.copy(), before))
    return concat(*parts, wrong)


def _united_states(number: exp.Expression, context: Context) -> exp.Expression:
    """666 in front was never given, nor will be."""
    del context
    return concat("666", _drawn(number, 6))


def _britain(number: exp.Expression, context: Context) -> exp.Expression:
    """QQ is used in examples only."""
    del context
    return formula("'QQ' || {d} || chr(CAST(65 + ({n} >> 40 & 3) AS integer))", d=_drawn(number, 6), n=number)


def _germany(number: exp.Expression, context: Context) -> exp.Expression:
    """A tax number begins with no zero but for tests."""
    del context
    return concat("0", _drawn(number, 10))


def _france(number: exp.Expression, context: Context) -> exp.Expression:
    """A key is 97 at most."""
    del context
    return formula("CAST(1 + ({n} >> 50 & 1) AS text) || {d} || '99'", d=_drawn(number, 12), n=number)


def _spain(number: exp.Expression, context: Context) -> exp.Expression:
    """I, O and U are no check letters."""
    del context
    return formula("{d} || {letter}", d=_drawn(quotient(number, 3), 8), letter=_one_of("IOU", number))


def _one_of(letters: str, number: exp.Expression) -> exp.Expression:
    return formula(
        f"substr({{letters}}, CAST(({{n}} & 9223372036854775807) % {len(letters)} AS integer) + 1, 1)",
        letters=letters,
        n=number,
    )


def _in_spanish_form(original: exp.Expression, made: exp.Expression, number: exp.Expression) -> exp.Expression:
    """*made* with the points and hyphens of the original; of foreigners, whose numbers have a letter in front, with one
    there."""
    plain, digits = formula('"masker plain"'), formula('"masker digits"')
    formed = formula(
        "regexp_replace(regexp_replace({formed}, '[A-Za-z]$', right({made}, 1)), '^[A-Za-z]', {first})",
        formed=in_form(
            text(original), plain, formula('right(left("masker made", 8), length({digits}))', digits=digits)
        ),
        made=formula('"masker made"'),
        first=_one_of("XYZ", quotient(number, 7)),
    )
    chosen = let(
        "CASE WHEN {plain} ~ {form} THEN {formed} ELSE {made} END",
        {"digits": only_digits(plain)},
        plain=plain,
        form=_SPANISH,
        formed=formed,
        made=formula('"masker made"'),
    )
    return let("{chosen}", {"plain": narrow(text(original)), "made": made}, chosen=chosen)


#: How many characters a number has, how it is made, and as LIKE what only numbers look that were given to nobody.
_NUMBERS: Mapping[str, tuple[int, Callable[[exp.Expression, Context], exp.Expression]]] = {
    "JP": (12, _japan),
    "US": (9, _united_states),
    "GB": (9, _britain),
    "DE": (11, _germany),
    "FR": (15, _france),
    "ES": (9, _spain),
}


class NationalId(MaskRule):
    """A number of a person with an authority that was given to nobody: its check digit is wrong, or its beginning never
    used."""

    mask: Literal["national_id"] = "national_id"
    country: Country | None = Field(
        default=None,
        description=(
            "JP My Number, US social security number, GB national insurance number, DE tax number, FR NIR, ES DNI or"
            " NIE; default: the locale's"
        ),
    )


def _country(rule: NationalId, context: Context) -> str:
    return rule.country or context.locale.name.partition("_")[2]


def _render(original: exp.Expression, column: Column, rule: NationalId, context: Context) -> exp.Expression:
    """The number, in the original's form where it has as many digits, else plain."""
    del column
    characters, make = _NUMBERS[_country(rule, context)]
    number = context.identity.shown("national id", context.bindings)
    made = make(number, context)
    if make is _britain:
        return made
    if make is _spain:
        return _in_spanish_form(original, made, number.copy())
    plain = formula('"masker plain"')
    formed = let(
        f"CASE WHEN length({{digits}}) = {characters} THEN {{formed}} ELSE $made END",
        {"made": made},
        digits=only_digits(plain),
        formed=in_form(text(original), plain, formula('"masker made"')),
    )
    return let("{formed}", {"plain": narrow(text(original))}, formed=formed)


def _chance(original: exp.Expression, column: Column, rule: NationalId, context: Context) -> exp.Expression:
    """Nobody's number is wrong; one that is may be met as often as it is drawn."""
    del original, column
    return share({"JP": 1e-8, "US": 1e-6, "GB": 2.5e-7, "DE": 1e-10, "FR": 1e-12, "ES": 1e-8}[_country(rule, context)])


def _problem(column: Column, rule: NationalId, context: Context) -> Obstacle | None:
    country = _country(rule, context)
    if country not in _NUMBERS:
        return Obstacle(
            f"locale {context.locale.name}: there is no number for {country}",
            f"add `country:`, one of {', '.join(_NUMBERS)}",
        )
    needed = _NUMBERS[country][0]
    if column.type.length is not None and column.type.length < needed:
        return Obstacle(
            f"{column.type.sql} is too short for a number of {needed} characters", "use null, digits or token"
        )
    return None


def _tells(rule: NationalId, kind: TypeClass) -> str:
    del rule, kind
    return "number"


NATIONAL_ID = Mask(
    rule=NationalId,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="a million to ten thousand million at most, by country",
        example="324835288908, 666256116",
        cost=3.0,
        keeps_width=True,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
