"""``first_name``: a given name."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.mask import Card, Context, Mask, Uniqueness, is_text
from masker.masks.names import Name, name_of, script_problem, words_of
from masker.masks.pick import picked


class FirstName(Name):
    """A given name."""

    mask: Literal["first_name"] = "first_name"


def _render(original: exp.Expression, column: Column, rule: FirstName, context: Context) -> exp.Expression:
    del original, column
    return name_of("given", rule, context)


def _chance(original: exp.Expression, column: Column, rule: FirstName, context: Context) -> exp.Expression:
    return picked(original, words_of("given", rule, context), column, context)


def _tells(rule: FirstName, kind: TypeClass) -> str:
    del rule, kind
    return "given"


FIRST_NAME = Mask(
    rule=FirstName,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="as many as the locale's list has at most",
        example="あすか, アスカ, Asuka",
        cost=0.1,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=script_problem,
)
