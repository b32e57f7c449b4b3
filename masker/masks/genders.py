"""Given names that agree with what the row says of somebody's gender."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Annotated

from pydantic import BeforeValidator, Field
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.locales.genders import of_gender
from masker.masks.locales.locale import Script
from masker.masks.locales.pools import Pool
from masker.masks.mask import Context, Obstacle
from masker.masks.pick import draw, drawn
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import call, case, text
from masker.masks.sql.formula import formula
from masker.masks.sql.judged import Named
from masker.model import Model

#: What stands between words here, and so in none of them.
_BAR = "|"

_TO_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)

_Word = Annotated[str, BeforeValidator(lambda v: str(v).lower() if isinstance(v, (int, str)) else v)]
_Words = Annotated[
    tuple[Annotated[_Word, Field(pattern=r"^[^|]{1,40}$")], ...],
    BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v),
]

_MALE = (
    "m", "male", "man", "boy", "mr", "男", "男性", "男子", "おとこ", "オトコ", "männlich", "mann", "herr", "homme",
    "h", "masculin", "masculino", "hombre", "varón", "varon", "sr", "don",
)  # fmt: skip
_FEMALE = (
    "f", "female", "woman", "girl", "ms", "mrs", "女", "女性", "女子", "おんな", "オンナ", "w", "weiblich", "frau",
    "femme", "féminin", "femenino", "mujer", "hembra", "sra", "doña",
)  # fmt: skip


class OfGender(Model):
    """Which column says of what gender somebody is, and by which words; in any case."""

    column: str = Field(min_length=1, description="a column of the row")
    male: _Words = Field(default=_MALE, min_length=1, description="what it says of men")
    female: _Words = Field(default=_FEMALE, min_length=1, description="what it says of women")


#: As rules have it: a column, or one with its words.
Gender = Annotated[OfGender | None, BeforeValidator(lambda v: {"column": v} if isinstance(v, str) else v)]


class Given(MaskRule):
    """Base of the rules of what has a given name in it."""

    gender: Gender = Field(
        default=None,
        description=(
            "the column of the row that says of what gender somebody is, as `sex`, or with its words"
            " `{column: sex, male: [1], female: [2]}`: the given name is of that gender, of any where it says neither;"
            " all that shares the scope has to go by it"
        ),
        json_schema_extra={"type": ["string", "object"]},
    )


def gendered(rule: MaskRule) -> Given | None:
    """*rule*, if it may go by the row's gender."""
    return rule if isinstance(rule, Given) else None


def _itself(pool: Pool) -> Pool:
    return pool


def given_names(script: Script, context: Context) -> Pool:
    """Everybody's given names in *script*."""
    by_value = context.identity.draws_alike
    return context.locale.names("given", script, numbers=context.numbers("given"), by_value=by_value)


def given_name(rule: Given, script: Script, context: Context, of: Callable[[Pool], Pool] = _itself) -> exp.Expression:
    """The identity's given name in *script*, as *of* makes it of the list."""
    number = context.identity.number("given", context.bindings)
    everybody = draw(of(given_names(script, context)), number, context)
    if rule.gender is None:
        return everybody
    men, women = (draw(of(pool), number.copy(), context) for pool in _of_both(script, context))
    return by_gender(rule.gender, men, women, everybody, context)


def by_gender(
    gender: OfGender, men: exp.Expression, women: exp.Expression, everybody: exp.Expression, context: Context
) -> exp.Expression:
    """What is a man's where the row says that somebody is one, and what is a woman's; else *everybody*'s."""
    said = text(context.stand_in(Named(gender.column, is_original=False)))
    return case((_says(said, gender.male), men), (_says(said, gender.female), women), default=everybody)


def longest_given(rule: Given, script: Script, context: Context) -> int:
    """Characters of the longest given name."""
    return max(pool.longest for pool in _all(rule, script, context))


def given_lengths(rule: Given, script: Script, context: Context) -> tuple[int, ...]:
    """Every length that a given name has, ascending."""
    return tuple(sorted({length for pool in _all(rule, script, context) for length in pool.lengths}))


def given_drawn(
    word: exp.Expression, rule: Given, script: Script, context: Context, longest: int | None = None
) -> exp.Expression:
    """How often *word* is drawn at most, cut to as many characters as a column holds."""
    chances = [drawn(word.copy(), pool, context, longest) for pool in _all(rule, script, context)]
    return chances[0] if len(chances) == 1 else call("greatest", *chances)


def gender_problem(column: Column, gender: OfGender | None, context: Context) -> Obstacle | None:
    """What is wrong with the column that says of what gender somebody is."""
    if gender is None:
        return None
    found = context.table.column(gender.column)
    if found is None:
        return Obstacle(f"gender: there is no column {gender.column}", "name a column of the same table")
    if found.name == column.name:
        return Obstacle(f"gender: {found.name} is the column itself", "name another column")
    if found.type.kind not in {TypeClass.TEXT, TypeClass.ENUM} and gender.male == _MALE:
        return Obstacle(
            f"gender: {found.name} is {found.type.sql}, and nobody knows what it says of whom",
            f"write `gender: {{column: {found.name}, male: [1], female: [2]}}` with its values",
        )
    labels = {label.lower(): label for label in found.type.labels}
    men = [labels[said] for said in ("h", "v") if said in labels]
    if gender.female == _FEMALE and men and "m" in labels and not labels.keys() & {"f", "w"}:
        return Obstacle(
            f"gender: {found.name} says {' or '.join(found.type.labels)}, and M may be a man or, in Spanish, a woman",
            f"write `gender: {{column: {found.name}, male: [{men[0]}], female: [{labels['m']}]}}` with its values",
        )
    return None


def _all(rule: Given, script: Script, context: Context) -> tuple[Pool, ...]:
    everybody = given_names(script, context)
    return (everybody,) if rule.gender is None else (everybody, *_of_both(script, context))


def _of_both(script: Script, context: Context) -> tuple[Pool, Pool]:
    """The names of men, and those of women."""
    locale, numbers, by_value = context.locale.name, context.numbers("given"), context.identity.draws_alike
    return (
        of_gender(locale, script, "m", numbers=numbers, by_value=by_value),
        of_gender(locale, script, "f", numbers=numbers, by_value=by_value),
    )


def _says(said: exp.Expression, words: tuple[str, ...]) -> exp.Expression:
    """Whether one of *words* is *said*, in small letters, in capitals, or with one in front: whatever the collation,
    the server makes those of ASCII small."""
    written = dict.fromkeys(_small(form) for word in words for form in (word, word.capitalize(), word.upper()))
    return formula(
        'strpos({words}, {bar} || lower({said} COLLATE pg_catalog."C") || {bar}) > 0',
        words=f"{_BAR}{_BAR.join(written)}{_BAR}",
        bar=_BAR,
        said=said,
    )


def _small(word: str) -> str:
    """*word* with its letters of ASCII in small."""
    return word.translate(_TO_SMALL)
