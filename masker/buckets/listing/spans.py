"""Spans of keys, and where a long one is best cut. S3 lists in one direction only, so cuts are found by probes.
Pure."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

#: Positions or characters probed at once.
_VOLLEY = 16

_SURROGATES = range(0xD800, 0xE000)
_LAST_ASCII = 0x7E
_LAST = 0x10FFFF


@dataclass(frozen=True, slots=True)
class Span:
    """The keys after *after* up to and including *until*; None is the bucket's own end."""

    after: str | None
    until: str | None

    def __contains__(self, key: str) -> bool:
        return (self.after is None or key > self.after) and (self.until is None or key <= self.until)


EVERYTHING = Span(None, None)

#: Yields keys to probe; is sent, for each, the first key of the bucket after it (None: there is none); returns the
#: cuts.
Probing = Generator[list[str], list[str | None], list[str]]


def find_cuts(last: str, until: str | None) -> Probing:
    """Keys between *last*, the last one seen, and *until* that cut what is left into stretches that all hold something.

    Finds the first position at which later keys leave the path of *last*, then the characters they go on with there. No
    cuts if all that is left goes on below *last*'s own path.
    """
    position = yield from _branching(last, until)
    if position is None:
        return []
    stem = last[:position]
    characters = yield from _characters(stem, last[position], until)
    bounds = [stem + character for character in characters]
    firsts = yield bounds
    cuts: list[str] = []
    previous = ""
    for bound, first in zip(bounds, firsts, strict=True):
        if first is None or not _within(first, until):
            break
        if cuts and previous > bound:
            cuts[-1] = bound  # nothing lies between the two
        else:
            cuts.append(bound)
        previous = first
    return cuts


def _branching(last: str, until: str | None) -> Generator[list[str], list[str | None], int | None]:
    """The smallest position of *last* at which keys go on with a later character. If one does, so do all after it."""
    low, high = 0, len(last)  # the answer is in low..high; high says there is none
    while low < high:
        step = max(1, (high - low) // _VOLLEY)
        positions = list(range(low, high, step))
        firsts = yield [last[:i] + _following(last[i]) for i in positions]
        hits = [i for i, first in zip(positions, firsts, strict=True) if first is not None and _within(first, until)]
        if hits:
            at = positions.index(hits[0])
            low, high = (positions[at - 1] + 1 if at else hits[0]), hits[0]
            if low >= high:
                return high
        else:
            low = positions[-1] + 1
    return high if high < len(last) else None


def _characters(stem: str, character: str, until: str | None) -> Generator[list[str], list[str | None], list[str]]:
    """Characters after *character* that keys may go on with behind *stem*, evenly spread, up to the last one in use."""
    beyond = yield [stem + chr(_LAST_ASCII)]
    is_ascii = beyond[0] is None or not _within(beyond[0], until) or not beyond[0].startswith(stem)
    low, high = ord(character), _LAST_ASCII if is_ascii else _LAST
    # The last character in use: keys go on after stem + c for every c below it.
    while high - low > _VOLLEY:
        step = (high - low) // _VOLLEY
        probes = [c for c in range(low + step, high, step) if c not in _SURROGATES]
        firsts = yield [stem + chr(c) for c in probes]
        alive = [c for c, first in zip(probes, firsts, strict=True) if first is not None and _within(first, until)]
        if not alive:
            high = probes[0]
        else:
            low_of_end = alive[-1]
            following = [c for c in probes if c > low_of_end]
            high = following[0] if following else high
            break
    spread = max(1, (high - low) // _VOLLEY)
    return [chr(c) for c in range(low + 1, high + 1, spread) if c not in _SURROGATES]


def _following(character: str) -> str:
    code = ord(character) + 1
    return chr(0xE000 if code in _SURROGATES else min(code, _LAST))


def _within(key: str, until: str | None) -> bool:
    return until is None or key <= until


def split(span: Span, last: str, cuts: Sequence[str]) -> list[Span]:
    """What is left of *span* after *last*, cut."""
    bounds = [last, *cuts]
    return [Span(after, until) for after, until in zip(bounds, [*cuts, span.until], strict=True)]
