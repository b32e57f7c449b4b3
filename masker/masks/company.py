"""``company``: made-up companies."""

from __future__ import annotations

from math import prod
from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.mask import Card, Context, Mask, Uniqueness, is_text
from masker.masks.pick import pick
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import concat, quotient, share


class Company(MaskRule):
    """A made-up company of the locale's kind."""

    mask: Literal["company"] = "company"


def _render(original: exp.Expression, column: Column, rule: Company, context: Context) -> exp.Expression:
    """One entry of each of the locale's lists, all by one number."""
    del original, column, rule
    number = context.identity.number("company", context.bindings)
    parts, before = [], 1
    for words in context.locale.work.companies:
        parts.append(pick(words, quotient(number.copy(), before) if before > 1 else number, context))
        before *= len(words.entries)
    return concat(*parts)


def _chance(original: exp.Expression, column: Column, rule: Company, context: Context) -> exp.Expression:
    """One of all that can be put together; the commonest form of a company stands in its list more than once."""
    del original, column, rule
    return share(
        prod(
            max(map(words.entries.count, words.entries)) / len(words.entries) for words in context.locale.work.companies
        )
    )


def _tells(rule: Company, kind: TypeClass) -> str:
    del rule, kind
    return "any"


COMPANY = Mask(
    rule=Company,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="some hundred thousand at most",
        example="Hawton Glass Inc., 株式会社松町製作所",
        cost=0.5,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
)
