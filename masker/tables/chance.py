"""Whether values that came out as they were did so by chance: a judgement of counts by what the mask tells of
itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: How often a column in order may be called one with originals. A run judges a few dozen columns that draw from lists.
_FALSE_ALARM = 1e-5

#: What is rarer than this is no chance: a copy has fewer rows.
IMPOSSIBLE = 1e-9

#: Up to this many values expected, the binomial distribution is summed up; above, it is near enough to a normal one.
_SUMMED = 500.0
_DEVIATIONS = 4.5

#: Fewer different originals than this, or people they belong to, say nothing about a mask that makes the same of all.
_TELLING = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How the originals of one masked column compare with what its mask makes of them.

    *compared* values are neither NULL nor empty texts; *same* came out as they were, of them *impossible* ones that the
    mask cannot have made. A mask draws once for each identity, so *draws* counts pairs of identity and original, *met*
    those of them that came out as they were, and *expected* how many would by chance. Of *told* values there are so
    many different *results* and *originals*.
    """

    compared: int
    same: int = 0
    impossible: int = 0
    draws: int = 0
    met: int = 0
    expected: float = 0.0
    told: int = 0
    results: int = 0
    originals: int = 0


def most_by_chance(expected: float, draws: int) -> int:
    """The most of *draws* that may be met where *expected* are: more come once in a hundred thousand times.

    >>> most_by_chance(0, 1000), most_by_chance(1e-7, 1000), most_by_chance(100, 1000), most_by_chance(0.06, 3)
    (0, 0, 143, 2)
    """
    if expected > _SUMMED:
        return math.ceil(expected + _DEVIATIONS * math.sqrt(expected) + _DEVIATIONS)
    share = min(1.0, expected / max(draws, 1))
    if share >= 1.0:
        return draws
    term = math.exp(draws * math.log1p(-share))
    left, most = 1 - term, 0
    while left > _FALSE_ALARM and most < draws:
        term *= (draws - most) / (most + 1) * share / (1 - share)
        most += 1
        left -= term
    return most


def originals_left(found: Compared) -> str | None:
    """What is wrong if more values came out as they were than chance explains, else None."""
    if found.impossible:
        return (
            f"{found.impossible:,} of {found.compared:,} values are the source's own, and the mask cannot have made"
            " them"
        )
    if found.met > most_by_chance(found.expected, found.draws):
        return (
            f"{found.same:,} of {found.compared:,} values are the source's own,"
            f" {found.expected / max(found.draws, 1):.2%} are expected by chance"
        )
    return None


def collapsed(found: Compared, *, keeps_apart: bool) -> str | None:
    """What is wrong if the mask makes one value where there were many, or, if it *keeps_apart* whom they belong to,
    fewer than those."""
    # As many different people as there are draws may stand behind the values told of, or as few.
    people = found.draws * found.told // max(found.compared, 1)
    if min(found.originals, people) < _TELLING:
        return None
    if found.results <= 1:
        return f"{found.originals:,} different originals came out as {found.results}"
    if keeps_apart and found.results * 2 < min(found.originals, people):
        return f"{found.originals:,} different originals came out as {found.results:,}, and the mask keeps values apart"
    return None
