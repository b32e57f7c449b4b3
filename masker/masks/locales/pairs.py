"""Names beyond those of a list, put together of parts: where production has more of them than the list.

A Japanese name is one that begins like some and ends like others, with the reading that each of its characters has
there, and where those are not enough, one of three characters; elsewhere it is two names with a hyphen, or with a blank
where names of two words are usual.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from masker.masks.sql.bindings import Words

#: Names that begin or end so at least, for what is made so to look like a name.
_LEAST = 3

#: No syllable begins with one of these.
_WITHIN = "ャュョァィゥェォーッン"

#: What would be read otherwise beside what follows it, or what comes before.
NO_END, _NO_BEGINNING = "ンッウー", "アイウエオン"

#: Names of a list that are put together with others, and what stands between them.
MOST_HYPHENATED, HYPHEN = 3000, "-"

Component = tuple[str, str]  # kanji, katakana


@dataclass(frozen=True, slots=True)
class Pairs:
    """*count* names of parts: one of *firsts*, one of *middles* if there are any, *between*, one of *seconds*, *end*. A
    middle may be empty."""

    firsts: Words
    seconds: Words
    between: str
    count: int = 0
    end: str = ""
    middles: Words | None = None

    @property
    def capacity(self) -> int:
        """How many there may be."""
        return (
            len(self.firsts.entries)
            * len(self.seconds.entries)
            * (len(self.middles.entries) if self.middles is not None else 1)
        )

    def of(self, count: int) -> Pairs:
        """So many of them, of parts as few as are enough; all there may be at most."""
        if self.middles is None:
            return replace(self, count=min(count, self.capacity))
        needed = -(-count // (len(self.firsts.entries) * len(self.seconds.entries)))
        middles = Words(self.middles.name, self.middles.entries[:needed]) if needed > 1 else None
        found = replace(self, middles=middles)
        return replace(found, count=min(count, found.capacity))

    @property
    def longest(self) -> int:
        """Characters of the longest."""
        return max(self.lengths)

    @property
    def lengths(self) -> set[int]:
        """Every length that one has."""
        firsts, seconds = ({len(word) for word in words.entries} for words in (self.firsts, self.seconds))
        middles = {len(word) for word in self.middles.entries} if self.middles is not None else {0}
        return {a + b + len(self.between) + c + len(self.end) for a in firsts for b in middles for c in seconds}

    def map(self, of: Callable[[str], str], name: str, end: str) -> Pairs:
        """The same of other words, each made of one of these, with an *end*."""
        first, second, *middle = (
            Words(f"{words.name} {name}", tuple(map(of, words.entries)))
            for words in (self.firsts, self.seconds, self.middles)
            if words is not None
        )
        return replace(self, firsts=first, seconds=second, middles=next(iter(middle), None), end=end)


def components(names: Iterable[Component]) -> tuple[Sequence[Component], Sequence[Component]]:
    """How *names* of two characters begin and how they end, the most usual first. A name is taken apart where most
    others are, too."""
    both = [(kanji, kana) for kanji, kana in names if len(kanji) == 2]
    begins, ends = Counter[Component](), Counter[Component]()
    for kanji, kana in both:
        for at in _cuts(kana):
            begins[kanji[0], kana[:at]] += 1
            ends[kanji[1], kana[at:]] += 1
    firsts, seconds = Counter[Component](), Counter[Component]()
    for kanji, kana in both:
        cuts = _cuts(kana)
        if cuts:
            at = max(cuts, key=lambda cut: begins[kanji[0], kana[:cut]] * ends[kanji[1], kana[cut:]])
            firsts[kanji[0], kana[:at]] += 1
            seconds[kanji[1], kana[at:]] += 1
    return (
        _written_apart(part for part, count in firsts.most_common() if count >= _LEAST and part[1][-1] not in NO_END),
        _written_apart(
            part
            for part, count in seconds.most_common()
            if count >= _LEAST and part[1][0] not in _NO_BEGINNING and part[1][-1] != "ッ"
        ),
    )


def _written_apart(parts: Iterable[Component]) -> list[Component]:
    """Each character once, in its most usual reading, so that names of other parts are other names."""
    found: dict[str, Component] = {}
    for part in parts:
        found.setdefault(part[0], part)
    return list(found.values())


def _cuts(kana: str) -> list[int]:
    return [at for at in range(1, len(kana)) if kana[at] not in _WITHIN]
