"""``job``: what people work as."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.genders import Gender, by_gender, gender_problem
from masker.masks.locales import LOCALES
from masker.masks.locales.pools import Pool, of_list, uniform
from masker.masks.mask import Card, Context, Draws, Mask, Obstacle, Uniqueness, is_text, needs_nothing
from masker.masks.pick import draw, drawn
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import call, text

#: What the identity's number that picks one is called.
PART = "job"


class Job(MaskRule):
    """A job in the locale's words."""

    mask: Literal["job"] = "job"
    gender: Gender = Field(
        default=None,
        description=(
            "the column of the row that says of what gender somebody is, as `sex`, or with its words"
            " `{column: sex, male: [1], female: [2]}`: in German, French and Spanish the title is that of a man or of a"
            " woman"
        ),
        json_schema_extra={"type": ["string", "object"]},
    )


def _render(original: exp.Expression, column: Column, rule: Job, context: Context) -> exp.Expression:
    """One of the locale's list, in the form for who does it."""
    del original, column
    number, everybody = context.identity.number(PART, context.bindings), _pool(context)
    made = draw(everybody, number, context)
    if rule.gender is None or not context.locale.work.titles:
        return made
    men, women = (draw(pool, number.copy(), context) for pool in _of_both(everybody, context))
    return by_gender(rule.gender, men, women, made, context)


def _chance(original: exp.Expression, column: Column, rule: Job, context: Context) -> exp.Expression:
    pools = [_pool(context)]
    if rule.gender is not None and context.locale.work.titles:
        pools += _of_both(pools[0], context)
    chances = [drawn(text(original.copy()), pool, context, column.type.length) for pool in pools]
    return chances[0] if len(chances) == 1 else call("greatest", *chances)


def _pool(context: Context) -> Pool:
    numbers, jobs = context.numbers(PART), context.locale.work.jobs
    return of_list(jobs, numbers) if numbers is not None else uniform(jobs)


@cache
def _titles(locale: str) -> tuple[dict[str, str], dict[str, str]]:
    """What a man and what a woman is called of whom the list says only what they do."""
    work = LOCALES[locale].work
    both = list(zip(work.jobs.entries, work.titles, strict=True))
    return {job: man for job, (man, _) in both}, {job: woman for job, (_, woman) in both}


def _of_both(everybody: Pool, context: Context) -> list[Pool]:
    """The same jobs as *everybody*'s in the same order, of men and of women."""
    men, women = _titles(context.locale.name)
    return [everybody.map(men.__getitem__, "of men"), everybody.map(women.__getitem__, "of women")]


def _problem(column: Column, rule: Job, context: Context) -> Obstacle | None:
    return gender_problem(column, rule.gender, context)


def _draws(rule: Job) -> Draws:
    del rule
    return Draws(PART)


JOB = Mask(
    rule=Job,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="as many as the originals and as frequent, up to those of the locale's list, 90 or more",
        example="Engineer, 設計士",
        cost=0.2,
        fills=needs_nothing,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
    draws=_draws,
)
