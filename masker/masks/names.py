"""What the masks of names share. One number of the identity picks from aligned lists, so that all scripts of a name agree."""

from __future__ import annotations

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.locales import LOCALES
from masker.masks.locales.locale import Script
from masker.masks.mask import Context, Obstacle
from masker.masks.pick import pick
from masker.masks.rule import MaskRule
from masker.masks.sql.bindings import Words


class Name(MaskRule):
    """Base of the rules of names."""

    script: Script | None = Field(default=None, description="how a Japanese name is written; default kanji")


def script_of(rule: Name, context: Context) -> Script:
    """The script that *rule* asks for, or the locale's usual one."""
    return rule.script or context.locale.scripts[0]


def words_of(part: str, rule: Name, context: Context) -> Words:
    """The list of ``family`` or ``given`` names that *rule* picks from."""
    return context.locale.words(f"{part}_{script_of(rule, context)}")


def name_of(part: str, rule: Name, context: Context) -> exp.Expression:
    """The identity's ``family`` or ``given`` name."""
    return pick(words_of(part, rule, context), context.identity.number(part, context.bindings), context)


def script_problem(column: Column, rule: Name, context: Context) -> Obstacle | None:
    """A script that the locale's names are not written in."""
    del column
    locale = context.locale
    if rule.script is None or rule.script in locale.scripts:
        return None
    other = next(name for name, found in LOCALES.items() if rule.script in found.scripts)
    return Obstacle(
        f"script {rule.script}: names of {locale.name} are written in {', '.join(locale.scripts)}",
        f"leave the script out, or give the rule `locale: {other}`",
    )
