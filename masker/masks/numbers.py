"""How often the values of a masked column repeat where they come from, in numbers; never a value.

What is *measured* becomes what a list is drawn by: the most common values fill as many of :data:`SLOTS` as they are
frequent, the rest of the slots stands for a tail of so many others. The tail is larger than the number of values to be
met in it, since draws meet some twice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Equal parts that a draw by frequency is made of. A value that is rarer than half of one of them is drawn as often as
#: all others as rare.
SLOTS = 4096

#: A tail is at most so many times what is to be met in it: nineteen of twenty draws then meet something new.
_MOST_ROOM = 10

#: What draws through quantiles go by, in place of a list.
QUANTILES = "quantiles"

#: What one number may pick from.
_MOST_TAIL = 2**30


@dataclass(frozen=True, slots=True, order=True)
class Drawn:
    """What draws from one list: the *part* of an identity's result (``family``, ``given``, ``place``) in a *scope* and
    *locale*.

    Identities that are values draw apart from others, as their numbers do.
    """

    scope: str
    part: str
    locale: str
    by_value: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is known of a column: how many of its *values* are neither NULL nor empty, how many of them are *distinct*,
    the shares of the most *common* of them, the largest first, and how many bytes one has on average. All numbers are
    estimates; a *width* of 0 is not known."""

    values: float
    distinct: float
    common: tuple[float, ...] = ()
    quantiles: tuple[str, ...] = ()
    width: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What steers a draw: the slots of each of the most *common* values, how many others make up the *tail*, and how
    many *distinct* values were counted. *of* is the part of a place whose values were, empty for names; *places* is how
    many places they belong to by a part that tells them further apart, 0 where there is none. *width* is how many bytes
    one has on average, 0 where nobody knows. *quantiles* are those of a column of numbers or dates, as texts of two
    digits, or none where there are too few values."""

    common: tuple[int, ...] = ()
    tail: int = 0
    distinct: int = 0
    of: str = ""
    places: int = 0
    width: int = 0
    quantiles: tuple[str, ...] = ()


Shapes = Mapping[Drawn, Numbers]


def by_frequency(found: Measured, of: str = "") -> Numbers:
    """What steers draws of identities that do not repeat by themselves.

    >>> by_frequency(Measured(values=1000, distinct=2, common=(0.75, 0.25)))
    Numbers(common=(3072, 1024), tail=0, distinct=2, of='', places=0, width=0, quantiles=())
    >>> by_frequency(Measured(values=1000, distinct=1000))
    Numbers(common=(), tail=10000, distinct=1000, of='', places=0, width=0, quantiles=())
    """
    distinct = max(1, round(found.distinct))
    shares = [share for share in found.common[:distinct] if share * SLOTS >= 0.5]
    whole = sum(shares)
    if whole > 0 and (len(shares) == distinct or whole > 1):
        # There is nothing else, so that these fill everything.
        shares = [share / whole for share in shares]
    slots = _slots(shares)
    others = distinct - len(slots)
    left = SLOTS - sum(slots)
    if others <= 0 or left <= 0:
        return Numbers(common=_filled(slots), distinct=distinct, of=of, width=round(found.width))
    tail = _room(others, max(found.values * left / SLOTS, others))
    return Numbers(common=slots, tail=tail, distinct=distinct, of=of, width=round(found.width))


def by_value(found: Measured, of: str = "") -> Numbers:
    """What steers draws of values, which repeat by themselves: each as often as any other."""
    distinct = max(1, round(found.distinct))
    return Numbers(tail=min(_MOST_TAIL, _MOST_ROOM * distinct), distinct=distinct, of=of, width=round(found.width))


def _slots(shares: Sequence[float]) -> tuple[int, ...]:
    """Slots by shares, each rounded with what was left over of those before it, and none of them without any."""
    slots, told, whole = [], 0, 0.0
    for share in shares:
        whole += share * SLOTS
        given = min(max(1, round(whole) - told), SLOTS - told)
        if given <= 0:
            break
        slots.append(given)
        told += given
    return tuple(slots)


def _filled(slots: tuple[int, ...]) -> tuple[int, ...]:
    """*slots* that take up all there are; the most common one has what is left."""
    first, *others = slots or (SLOTS,)
    return (first + SLOTS - first - sum(others), *others)


def _room(others: int, draws: float) -> int:
    """How many values there have to be for *draws* to meet so many *others* of them.

    >>> _room(950, 950), _room(100, 100_000), _room(1000, 1500)
    (9500, 100, 1716)
    """
    least, most = float(others), float(_MOST_ROOM * others)
    if _met(most, draws) <= others:
        return min(_MOST_TAIL, round(most))
    for _ in range(60):
        middle = (least + most) / 2
        least, most = (middle, most) if _met(middle, draws) < others else (least, middle)
    return min(_MOST_TAIL, round(most))


def _met(room: float, draws: float) -> float:
    return room * -math.expm1(-draws / room)
