"""What the masks of names share. One number of the identity picks from aligned lists, so that all scripts of a name
agree."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.genders import gender_problem, gendered, given_drawn, given_name
from masker.masks.locales import LOCALES
from masker.masks.locales.locale import Script
from masker.masks.locales.pools import Pool
from masker.masks.mask import Card, Context, Draws, Mask, Obstacle, Uniqueness, is_text, needs_nothing
from masker.masks.pick import draw, drawn
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import text
from masker.masks.sql.wide import followed, narrow_again


class Name(MaskRule):
    """Base of the rules of names."""

    script: Script | None = Field(default=None, description="how a Japanese name is written; default kanji")


def script_of(rule: Name, context: Context) -> Script:
    """The script that *rule* asks for, or the locale's usual one."""
    return rule.script or context.locale.scripts[0]


def names_of(part: str, rule: Name, context: Context) -> Pool:
    """The ``family`` or ``given`` names that *rule* draws from, of whatever gender."""
    return context.locale.names(
        part, script_of(rule, context), numbers=context.numbers(part), by_value=context.identity.draws_alike
    )


def name_of(part: str, rule: Name, context: Context) -> exp.Expression:
    """The identity's ``family`` or ``given`` name."""
    if part == "given" and (given := gendered(rule)) is not None:
        return given_name(given, script_of(rule, context), context)
    return draw(names_of(part, rule, context), context.identity.number(part, context.bindings), context)


def followed_letters(made: exp.Expression, original: exp.Expression, rule: Name, context: Context) -> exp.Expression:
    """*made* in letters as wide as those of *original*, where a name is written in such."""
    return followed(made, text(original), context.bindings) if _may_be_wide(rule, context) else made


def narrow_letters(original: exp.Expression, rule: Name, context: Context) -> exp.Expression:
    """*original* as it would be in narrow letters."""
    return narrow_again(text(original), context.bindings) if _may_be_wide(rule, context) else original


def _may_be_wide(rule: Name, context: Context) -> bool:
    return context.locale.wide and script_of(rule, context) == "romaji"


@dataclass(frozen=True, slots=True)
class OneName:
    """How a mask of one name is made: *part* is ``family`` or ``given``."""

    part: str

    def render(self, original: exp.Expression, column: Column, rule: Name, context: Context) -> exp.Expression:
        del column
        return followed_letters(name_of(self.part, rule, context), original, rule, context)

    def chance(self, original: exp.Expression, column: Column, rule: Name, context: Context) -> exp.Expression:
        original = narrow_letters(original, rule, context)
        if (given := gendered(rule)) is not None:
            return given_drawn(text(original), given, script_of(rule, context), context, column.type.length)
        return drawn(text(original), names_of(self.part, rule, context), context, column.type.length)

    def problem(self, column: Column, rule: Name, context: Context) -> Obstacle | None:
        return name_problem(column, rule, context)

    def tells(self, rule: Name, kind: TypeClass) -> str:
        del rule, kind
        return self.part

    def draws(self, rule: Name) -> Draws:
        del rule
        return Draws(self.part)

    def mask(self, rule: type[Name], example: str) -> Mask:
        """The mask whose rule is *rule*."""
        return Mask(
            rule=rule,
            card=Card(
                serves="text",
                accepts=is_text,
                uniqueness=Uniqueness.LOST,
                distinct=(
                    "as many as the originals, common ones as frequent; where nothing was measured as among people; by"
                    " value all names alike, and a frequent one shows a frequent original"
                ),
                example=example,
                cost=0.15,
                fills=needs_nothing,
                tells=self.tells,
            ),
            render=self.render,
            chance=self.chance,
            problem=self.problem,
            draws=self.draws,
        )


def name_problem(column: Column, rule: Name, context: Context) -> Obstacle | None:
    """A script that the locale's names are not written in, or a gender that nobody can tell."""
    given = gendered(rule)
    return _script_problem(rule, context) or (
        gender_problem(column, given.gender, context) if given is not None else None
    )


def _script_problem(rule: Name, context: Context) -> Obstacle | None:
    locale = context.locale
    if rule.script is None or rule.script in locale.scripts:
        return None
    other = next(name for name, found in LOCALES.items() if rule.script in found.scripts)
    return Obstacle(
        f"script {rule.script}: names of {locale.name} are written in {', '.join(locale.scripts)}",
        f"leave the script out, or give the rule `locale: {other}`",
    )
