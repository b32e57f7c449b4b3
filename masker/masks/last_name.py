"""``last_name``: a family name."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.families import ONE_FAMILY, families, families_drawn, second_family
from masker.masks.locales.pools import Pool
from masker.masks.mask import Context, Obstacle
from masker.masks.names import Name, OneName, names_of
from masker.masks.pick import drawn
from masker.masks.sql.expressions import text
from masker.masks.sql.formula import formula


class LastName(Name):
    """A family name; in Spain both of them where the original is of two words."""

    mask: Literal["last_name"] = "last_name"
    surname: Literal["first", "second"] | None = Field(
        default=None,
        description=(
            "which of two Spanish family names a column holds that has but one; default: the first, and both where the"
            " original is of two words"
        ),
    )


class _Family(OneName):
    """A family name, or the two that people of some countries bear."""

    def render(self, original: exp.Expression, column: Column, rule: Name, context: Context) -> exp.Expression:
        surname = _surname(rule)
        if not context.locale.two_families or surname == "first":
            return super().render(original, column, rule, context)
        names = names_of(self.part, rule, context)
        if surname == "second":
            return second_family(names, context)
        # Of what is not there the first is enough. Most are told by their having no blank, without a pattern.
        has_one = formula("coalesce(strpos({v}, ' '), 0) = 0 OR {v} ~ {form}", v=text(original), form=f"^{ONE_FAMILY}$")
        return families(names, has_one, context)

    def chance(self, original: exp.Expression, column: Column, rule: Name, context: Context) -> exp.Expression:
        if not context.locale.two_families:
            return super().chance(original, column, rule, context)
        names = names_of(self.part, rule, context)
        return (families_drawn if _surname(rule) is None else _one_drawn)(original, names, context, column.type.length)

    def problem(self, column: Column, rule: Name, context: Context) -> Obstacle | None:
        if _surname(rule) is not None and not context.locale.two_families:
            return Obstacle(
                f"surname {_surname(rule)}: people of {context.locale.name} bear one family name",
                "leave it out, or give the rule `locale: es_ES`",
            )
        return super().problem(column, rule, context)


def _surname(rule: Name) -> str | None:
    return rule.surname if isinstance(rule, LastName) else None


def _one_drawn(word: exp.Expression, names: Pool, context: Context, longest: int | None) -> exp.Expression:
    return drawn(text(word), names, context, longest)


LAST_NAME = _Family("family").mask(LastName, "小寺, コデラ, Kodera")
