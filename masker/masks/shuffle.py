"""``shuffle``: the value of another row."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from sqlglot import exp

from masker.catalog.types import Column, ColumnType
from masker.masks.choice import is_simple
from masker.masks.drawn import by_other_rows, chance_of, draw_one
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness
from masker.masks.rule import MaskRule


class Shuffle(MaskRule):
    """The value of another row, each as often as on production; of 10,000 rows at most where more values differ, drawn
    once a run. The preview shows production's own values."""

    mask: Literal["shuffle"] = "shuffle"
    shows_originals: Annotated[Literal[True], BeforeValidator(lambda v: True if v == "yes" else v)] = Field(
        description="`yes`: whoever reads the preview may see these values, only not whose they are",
        json_schema_extra={"enum": ["yes", True]},
    )


def _render(original: exp.Expression, column: Column, rule: Shuffle, context: Context) -> exp.Expression:
    del original, rule
    return draw_one(column, context, "shuffle")


def _chance(original: exp.Expression, column: Column, rule: Shuffle, context: Context) -> exp.Expression:
    del rule
    return chance_of(original, column, context)


def _problem(column: Column, rule: Any, context: Context) -> Obstacle | None:
    del rule
    return by_other_rows(column, context)


def _accepts(kind: ColumnType) -> bool:
    return is_simple(kind)


SHUFFLE = Mask(
    rule=Shuffle,
    card=Card(
        serves="all types but arrays and composites",
        accepts=_accepts,
        uniqueness=Uniqueness.LOST,
        distinct="as many as before, 10,000 at most",
        example="52,000 for 31,000",
        cost=0.3,
        among_originals=True,
        of_other_rows=True,
        of_original=True,
        shows="production's own values, of other rows",
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
