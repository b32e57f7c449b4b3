"""``job``: what people work as."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.locales.pools import Pool, of_list, uniform
from masker.masks.mask import Card, Context, Draws, Mask, Uniqueness, is_text, needs_nothing
from masker.masks.pick import draw, drawn
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import text

#: What the identity's number that picks one is called.
PART = "job"


class Job(MaskRule):
    """A job in the locale's words."""

    mask: Literal["job"] = "job"


def _render(original: exp.Expression, column: Column, rule: Job, context: Context) -> exp.Expression:
    """One of the locale's list."""
    del original, column, rule
    return draw(_pool(context), context.identity.number(PART, context.bindings), context)


def _chance(original: exp.Expression, column: Column, rule: Job, context: Context) -> exp.Expression:
    del rule
    return drawn(text(original), _pool(context), context, column.type.length)


def _pool(context: Context) -> Pool:
    numbers, jobs = context.numbers(PART), context.locale.work.jobs
    return of_list(jobs, numbers) if numbers is not None else uniform(jobs)


def _draws(rule: Job) -> Draws:
    del rule
    return Draws(PART)


JOB = Mask(
    rule=Job,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="as many as the originals and as frequent, up to those of the locale's list, 120 or more",
        example="Engineer, 設計士",
        cost=0.2,
        fills=needs_nothing,
    ),
    render=_render,
    chance=_chance,
    draws=_draws,
)
