"""``company``: made-up companies."""

from __future__ import annotations

from functools import cache
from math import prod
from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.locales.pools import Pool, of_companies, step_in
from masker.masks.mask import Card, Context, Draws, Mask, Uniqueness, is_text, needs_nothing
from masker.masks.numbers import SLOTS
from masker.masks.pick import draw, drawn_shares, pick, share_of
from masker.masks.rule import MaskRule
from masker.masks.sql.bindings import Words
from masker.masks.sql.expressions import call, concat, literal, modulo, quotient, share, text, times

#: What the identity's number that picks one is called.
PART = "company"


class Company(MaskRule):
    """A made-up company of the locale's kind."""

    mask: Literal["company"] = "company"


def _render(original: exp.Expression, column: Column, rule: Company, context: Context) -> exp.Expression:
    """One entry of each of the locale's lists, all by one number; where it is known how often companies repeat, so."""
    del original, column, rule
    number, pool = context.identity.number(PART, context.bindings), _pool(context)
    if pool is None:
        return _made(number, context)
    if pool.tail or len(pool.common.entries) == SLOTS:
        return draw(pool, number, context)
    others = _made(_of_tail(number, context), context)
    return call("coalesce", draw(pool, number.copy(), context), others) if pool.common.entries else others


def _of_tail(number: exp.Expression, context: Context) -> exp.Expression:
    """The number that one of the tail is put together by: as many of them as are to be told apart."""
    numbers, capacity = context.numbers(PART), prod(len(words.entries) for words in context.locale.work.companies)
    if numbers is None:
        raise ValueError("company: a tail is drawn where nothing was counted")
    before = len(numbers.common)
    at = modulo(quotient(number.copy(), SLOTS), min(numbers.tail, capacity - before))
    return times(exp.Paren(this=exp.Add(this=at, expression=literal(before))), literal(step_in(capacity)))


def _made(number: exp.Expression, context: Context) -> exp.Expression:
    parts, before = [], 1
    for words in _merged(context.locale.work.companies):
        parts.append(pick(words, quotient(number.copy(), before) if before > 1 else number, context))
        before *= len(words.entries)
    return concat(*parts)


@cache
def _merged(lists: tuple[Words, ...]) -> tuple[Words, ...]:
    """*lists*, neighbours made one where that is short enough: each list takes a look-up of its own."""
    first, *others = lists
    found = [first]
    for words in others:
        if len(found[-1].entries) * len(words.entries) > SLOTS:
            found.append(words)
        else:
            before = found.pop()
            entries = tuple(f"{one}{other}" for other in words.entries for one in before.entries)
            found.append(Words(f"{before.name}, {words.name}", entries))
    return tuple(found)


def _chance(original: exp.Expression, column: Column, rule: Company, context: Context) -> exp.Expression:
    """One of all that can be put together; the commonest form of a company stands in its list more than once."""
    del rule
    made, pool = _share_of_made(context), _pool(context)
    if pool is None:
        return made
    listed = pool.tail or len(pool.common.entries) == SLOTS
    return share_of(text(original), drawn_shares(pool, column.type.length), context, share(0) if listed else made)


def _pool(context: Context) -> Pool | None:
    """Companies as frequent as is known; of more than can be listed only the common ones."""
    numbers = context.numbers(PART)
    return of_companies(context.locale.work.companies, numbers) if numbers is not None else None


def _share_of_made(context: Context) -> exp.Expression:
    return share(
        prod(
            max(map(words.entries.count, words.entries)) / len(words.entries) for words in context.locale.work.companies
        )
    )


def _draws(rule: Company) -> Draws:
    del rule
    return Draws(PART)


def _tells(rule: Company, kind: TypeClass) -> str:
    del rule, kind
    return "any"


COMPANY = Mask(
    rule=Company,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="as many as the originals and as frequent, up to some hundred thousand",
        example="Hawwick Glass LLC, 株式会社双町自動車",
        cost=0.5,
        fills=needs_nothing,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    draws=_draws,
)
