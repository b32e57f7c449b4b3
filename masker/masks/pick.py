"""Entries of word lists: one by a number, and how likely each is."""

from __future__ import annotations

from collections import Counter

from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.locales.words import SLOTS, Pool
from masker.masks.mask import Context
from masker.masks.sql.bindings import Shares, Words
from masker.masks.sql.expressions import call, cast, integer, literal, modulo, quotient, share, text


def pick(words: Words, number: exp.Expression, context: Context) -> exp.Expression:
    """One entry of *words* by *number*. A jsonb array is indexed in constant time; a text array would be walked."""
    return call("jsonb_array_element_text", context.bindings.words(words), integer(modulo(number, len(words.entries))))


def draw(names: Pool, number: exp.Expression, context: Context) -> exp.Expression:
    """One of *names* by *number*, as often as it is frequent; where values alone draw, each as often as any other,
    since they repeat by themselves."""
    if context.identity.draws_alike:
        return pick(names.every, number, context)
    # Past the slots of the common ones jsonb has nothing.
    common = call("jsonb_array_element_text", context.bindings.words(names.common), integer(modulo(number, SLOTS)))
    return call("coalesce", common, pick(names.rare, quotient(number.copy(), SLOTS), context))


def drawn_shares(names: Pool, context: Context, longest: int | None = None) -> Shares:
    """How often each of *names* is drawn, cut to as many characters as a column holds."""
    if context.identity.draws_alike:
        return shares(names.every, longest)
    common, rare = names.common.entries, names.rare.entries
    found: dict[str, float] = {}
    for words, each in ((common, 1 / SLOTS), (rare, (1 - len(common) / SLOTS) / len(rare))):
        for word in words:
            found[word[:longest]] = found.get(word[:longest], 0) + each
    suffix = f" cut to {longest}" if longest is not None else ""
    return Shares(f"{names.common.name}{suffix}", tuple(found.items()))


def drawn(original: exp.Expression, names: Pool, column: Column, context: Context) -> exp.Expression:
    """The chance of a value that is one of *names*."""
    return share_of(text(original), drawn_shares(names, context, column.type.length), context)


def shares(words: Words, longest: int | None = None) -> Shares:
    """How often each of *words* is picked, cut to as many characters as a column holds."""
    cut = [word[:longest] for word in words.entries]
    suffix = f" cut to {longest}" if longest is not None else ""
    return Shares(f"{words.name}{suffix}", tuple((word, count / len(cut)) for word, count in Counter(cut).items()))


def picked(original: exp.Expression, words: Words, column: Column, context: Context) -> exp.Expression:
    """The chance of a value that is one of *words*."""
    return share_of(text(original), shares(words, column.type.length), context)


def share_of(word: exp.Expression, known: Shares, context: Context) -> exp.Expression:
    """The share of *word* among *known*, 0 for any other."""
    found = call("jsonb_object_field_text", context.bindings.shares(known), word)
    return call("coalesce", cast(found, "double precision"), share(0))


def between(number: exp.Expression, least: int, most: int) -> exp.Expression:
    """*number* put between two others, both included."""
    return exp.Paren(this=exp.Add(this=literal(least), expression=modulo(number, most - least + 1)))
