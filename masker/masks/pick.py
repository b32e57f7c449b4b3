"""Entries of word lists: one by a number, and how likely each is."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.locales.pools import Pool, step_in
from masker.masks.mask import Context
from masker.masks.numbers import SLOTS
from masker.masks.sql.bindings import Shares, Words
from masker.masks.sql.expressions import call, case, cast, concat, integer, literal, modulo, quotient, share, text


def pick(words: Words, number: exp.Expression, context: Context) -> exp.Expression:
    """One entry of *words* by *number*. A jsonb array is indexed in constant time; a text array would be walked."""
    return call("jsonb_array_element_text", context.bindings.words(words), integer(modulo(number, len(words.entries))))


def draw(pool: Pool, number: exp.Expression, context: Context) -> exp.Expression:
    """One word of *pool* by *number*, as often as it is frequent."""
    if not pool.common.entries:
        return _rare(pool, modulo(number, pool.tail), context)
    # Past the slots of the common ones jsonb has nothing.
    common = call("jsonb_array_element_text", context.bindings.words(pool.common), integer(modulo(number, SLOTS)))
    if not pool.tail:
        return common
    return call("coalesce", common, _rare(pool, modulo(quotient(number.copy(), SLOTS), pool.tail), context))


def _rare(pool: Pool, at: exp.Expression, context: Context) -> exp.Expression:
    """The word of the tail that stands *at* some place in it: past the list those that are put together."""
    if not pool.rare.entries:
        raise ValueError(f"{pool.common.name}: a tail begins with words of the list")
    listed = call("jsonb_array_element_text", context.bindings.words(pool.rare), integer(at))
    more = pool.more
    if more is None:
        return listed
    # Each pair has a place of its own, but neighbours have nothing in common.
    spread = exp.Paren(this=exp.Mul(this=at.copy(), expression=literal(step_in(more.capacity))))
    parts: list[exp.Expression | str] = []
    taken = 1
    for words in (more.firsts, more.middles, more.between, more.seconds, more.end):
        if isinstance(words, str):
            parts += [words] if words else []
        elif words is not None:
            at_part = quotient(modulo(spread.copy(), more.capacity), taken) if taken > 1 else spread
            parts.append(_entry(words, modulo(at_part, len(words.entries)), context))
            taken *= len(words.entries)
    return call("coalesce", listed, concat(*parts))


def _entry(words: Words, at: exp.Expression, context: Context) -> exp.Expression:
    return call("jsonb_array_element_text", context.bindings.words(words), integer(at))


@lru_cache(maxsize=64)
def drawn_shares(pool: Pool, longest: int | None = None) -> Shares:
    """How often each word of a list of *pool* is drawn, cut to as many characters as a column holds. Asked for once
    for every length that a name may have, so it is kept."""
    found: dict[str, float] = {}
    for words, each in ((pool.common.entries, 1 / SLOTS), (pool.rare.entries, _of_tail(pool))):
        for word, times in Counter(words).items():
            found[word[:longest]] = found.get(word[:longest], 0) + times * each
    suffix = f" cut to {longest}" if longest is not None else ""
    # A judgement by chance needs no more digits than these, and they are carried to the server.
    return Shares(f"{pool.common.name}{suffix}", tuple((word, float(f"{of:.3e}")) for word, of in found.items()))


def _of_tail(pool: Pool) -> float:
    """How often each word of the tail is drawn."""
    return (1 - len(pool.common.entries) / SLOTS) / pool.tail if pool.tail else 0.0


def drawn(word: exp.Expression, pool: Pool, context: Context, longest: int | None = None) -> exp.Expression:
    """The share of *word* among those of *pool*, cut to as many characters as a column holds; 0 for any other."""
    known, more = drawn_shares(pool, longest), pool.more
    if more is None:
        return share_of(word, known, context)
    if longest is not None and longest < pool.longest:
        # What is left of it may be left of as many others as there are second parts.
        return share_of(word, known, context, share(_of_tail(pool) * len(more.seconds.entries)))
    put_together = share(_of_tail(pool))
    if more.between:
        has_both = exp.GT(this=call("strpos", text(word.copy()), more.between), expression=literal(1))
        return share_of(word, known, context, case((has_both, put_together), default=share(0)))
    return share_of(word, known, context, put_together)


def shares(words: Words, longest: int | None = None) -> Shares:
    """How often each of *words* is picked, cut to as many characters as a column holds."""
    cut = [word[:longest] for word in words.entries]
    suffix = f" cut to {longest}" if longest is not None else ""
    return Shares(f"{words.name}{suffix}", tuple((word, count / len(cut)) for word, count in Counter(cut).items()))


def picked(original: exp.Expression, words: Words, column: Column, context: Context) -> exp.Expression:
    """The chance of a value that is one of *words*."""
    return share_of(text(original), shares(words, column.type.length), context)


def share_of(
    word: exp.Expression, known: Shares, context: Context, other: exp.Expression | None = None
) -> exp.Expression:
    """The share of *word* among *known*, *other* for any other, or 0."""
    found = call("jsonb_object_field_text", context.bindings.shares(known), word)
    return call("coalesce", cast(found, "double precision"), other if other is not None else share(0))


def between(number: exp.Expression, least: int, most: int) -> exp.Expression:
    """*number* put between two others, both included."""
    return exp.Paren(this=exp.Add(this=literal(least), expression=modulo(number, most - least + 1)))
