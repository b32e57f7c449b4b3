"""``job``: what people work as."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.mask import Card, Context, Mask, Uniqueness, is_text
from masker.masks.pick import pick, picked
from masker.masks.rule import MaskRule


class Job(MaskRule):
    """A job in the locale's words."""

    mask: Literal["job"] = "job"


def _render(original: exp.Expression, column: Column, rule: Job, context: Context) -> exp.Expression:
    """One of the locale's list."""
    del original, column, rule
    return pick(context.locale.work.jobs, context.identity.number("job", context.bindings), context)


def _chance(original: exp.Expression, column: Column, rule: Job, context: Context) -> exp.Expression:
    del rule
    return picked(original, context.locale.work.jobs, column, context)


JOB = Mask(
    rule=Job,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="as many as the locale's list has, 120 or more",
        example="Engineer, 設計士",
        cost=0.2,
    ),
    render=_render,
    chance=_chance,
)
