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


def average(words: Sequence[T], slots: Sequence[int], others: int, rest: int, size: Callable[[T], int]) -> float:
    """Bytes of *words* on average, each counted as often as it is drawn: one for each of *slots*, and behind them
    *others* that share the *rest*.

    >>> average(["cc", "aaaa", "b"], (3, 1), 0, 0, len), average(["cc", "aaaa", "b"], (2,), 2, 2, len)
    (2.5, 2.25)
    """
    told: float = sum(times * size(word) for word, times in zip(words, slots, strict=False))
    whole: float = sum(slots[: len(words)])
    tail = words[len(slots) :][:others]
    if tail:
        told += rest * sum(map(size, tail)) / len(tail)
        whole += rest
    return told / whole if whole else 0.0
