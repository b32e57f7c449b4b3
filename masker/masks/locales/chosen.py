"""Which values of a list are drawn, where each stands for several things, as cities do for postal codes: those that
stand for as many as there are where they come from, and are about as wide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from masker.masks.locales.aimed import aimed, average

#: How far an average width may be off before values are passed over for it that stand for more things.
_NEAR = 0.15

#: How often a price of a byte is looked for that is low enough.
_ROUNDS = 6

T = TypeVar("T")


def level(rooms: Sequence[int], wanted: int) -> int:
    """How many things each value may stand for, which has *rooms* for so many, for all together to come to *wanted*: as
    many as there is room for if they do not, or if nobody knows how many are wanted (0).

    >>> level([10, 3, 1, 1], 9), level([10, 3, 1, 1], 4), level([10, 3, 1, 1], 100), level([10, 3], 0)
    (4, 1, 10, 10)
    """
    least, most = 1, max(rooms, default=1)
    while wanted and least < most:
        middle = (least + most) // 2
        if sum(min(room, middle) for room in rooms) < wanted:
            least = middle + 1
        else:
            most = middle
    return most


def chosen(
    values: Sequence[T],
    slots: Sequence[int],
    others: int,
    rest: int,
    width: int,
    size: Callable[[T], int],
    worth: Callable[[T], int],
) -> list[T]:
    """Of *values* one for each of *slots*, and behind them *others* that share the *rest* of the slots: those of the
    most *worth* that have about *width* bytes together, each counted as often as it is drawn. The first ones where
    *width* is 0.

    >>> chosen(["a", "bbb", "cc", "dddd"], (3, 1), 0, 0, 1, len, len)
    ['a', 'cc']
    >>> chosen(["a", "bbb", "cc", "dddd"], (), 2, 4, 3, len, lambda word: 1)
    ['bbb', 'cc']
    """
    count = len(slots) + others
    if not width or not count:
        return list(values[:count])
    sizes, worths = [size(value) for value in values], [worth(value) for value in values]

    def bought(price: float) -> list[T]:
        """The best where a byte more or less than what is wanted costs *price*."""
        ranks = sorted(range(len(values)), key=lambda at: price * abs(sizes[at] - width) - worths[at])
        return aimed([values[at] for at in sorted(ranks[:count])], slots, others, rest, width, size)

    def is_near(found: Sequence[T]) -> bool:
        return abs(average(found, slots, others, rest, size) - width) <= _NEAR * width

    best = bought(0)
    if is_near(best):
        return best
    least, most = 0.0, float(max(worths))
    best = bought(most)
    if not is_near(best):
        # Most of those that come nearest are on one side of it.
        return aimed(values, slots, others, rest, width, size)[:count]
    for _ in range(_ROUNDS):
        price = (least + most) / 2
        if is_near(found := bought(price)):
            most, best = price, found
        else:
            least = price
    return best
