"""Words in an order in which those that are drawn are as wide as those that they stand for."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from typing import TypeVar

#: So many words are looked at for the first place, as many more for each other: what is common, or has many places,
#: stands in front and is not to be passed over for a byte.
_AHEAD = 24

T = TypeVar("T")


def aimed(
    words: Sequence[T], slots: Sequence[int], others: int, rest: int, width: int, size: Callable[[T], int]
) -> list[T]:
    """*words* so ordered that the first, one for each of *slots*, and behind them *others* that share the *rest* of the
    slots, have about *width* bytes on average, each counted as often as it is drawn. As they are where *width* is 0.

    >>> aimed(["a", "bbbbbb", "cc", "ddd"], (3, 1), 0, 0, 2, len)
    ['cc', 'a', 'bbbbbb', 'ddd']
    >>> aimed(["a", "bbbbbb", "cc", "ddd"], (), 2, 4, 5, len)
    ['bbbbbb', 'ddd', 'a', 'cc']
    """
    if not width:
        return list(words)
    of_size: dict[int, deque[int]] = defaultdict(deque)
    for at, word in enumerate(words):
        of_size[size(word)].append(at)
    taken = list[int]()
    told, whole = 0.0, 0.0
    for at in range(min(len(words), len(slots) + others)):
        weight = slots[at] if at < len(slots) else rest / others
        if not weight:
            break
        # What is told so far and the next one together.
        wanted, reach = (width * (whole + weight) - told) / weight, _AHEAD * (at + 1)
        within = ((abs(each - wanted), found[0], each) for each, found in of_size.items() if found and found[0] < reach)
        _, first, nearest = min(within)
        of_size[nearest].popleft()
        taken.append(first)
        told, whole = told + weight * nearest, whole + weight
    chosen = set(taken)
    return [words[at] for at in (*taken, *(at for at in range(len(words)) if at not in chosen))]
