"""``fk_choice``: a key that another row refers to."""

from __future__ import annotations

from typing import Any, Literal

from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.choice import is_simple
from masker.masks.drawn import by_other_rows, chance_of, draw_one
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness
from masker.masks.rule import MaskRule


class FkChoice(MaskRule):
    """The key of another row of the table it refers to, each as often as on production; of 10,000 keys at most, drawn
    once a run."""

    mask: Literal["fk_choice"] = "fk_choice"


def _render(original: exp.Expression, column: Column, rule: FkChoice, context: Context) -> exp.Expression:
    del original, rule
    return draw_one(column, context, "fk_choice")


def _chance(original: exp.Expression, column: Column, rule: FkChoice, context: Context) -> exp.Expression:
    del rule
    return chance_of(original, column, context)


def _problem(column: Column, rule: Any, context: Context) -> Obstacle | None:
    del rule
    return by_other_rows(column, context)


FK_CHOICE = Mask(
    rule=FkChoice,
    card=Card(
        serves="columns that refer to another table",
        accepts=is_simple,
        uniqueness=Uniqueness.LOST,
        distinct="as many as before, but for chance",
        example="88 for 1204",
        cost=0.3,
        among_originals=True,
        of_other_rows=True,
        shows="nothing of its row; which keys are referred to, and how often",
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
