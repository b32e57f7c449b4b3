"""``last_name``: a family name."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.mask import Card, Context, Mask, Uniqueness, is_text
from masker.masks.names import Name, name_of, script_problem, words_of
from masker.masks.pick import picked


class LastName(Name):
    """A family name."""

    mask: Literal["last_name"] = "last_name"


def _render(original: exp.Expression, column: Column, rule: LastName, context: Context) -> exp.Expression:
    del original, column
    return name_of("family", rule, context)


def _chance(original: exp.Expression, column: Column, rule: LastName, context: Context) -> exp.Expression:
    return picked(original, words_of("family", rule, context), column, context)


def _tells(rule: LastName, kind: TypeClass) -> str:
    del rule, kind
    return "family"


LAST_NAME = Mask(
    rule=LastName,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="as many as the locale's list has at most",
        example="藤井, フジイ, Fujii",
        cost=0.1,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=script_problem,
)
