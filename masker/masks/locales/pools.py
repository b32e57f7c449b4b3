"""Names and places to draw from: as frequent as among people, or as *numbers* of where they come from have it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from math import gcd, prod

from masker.masks.locales.aimed import aimed
from masker.masks.locales.chosen import chosen, level
from masker.masks.locales.kana import romaji
from masker.masks.locales.pairs import HYPHEN, MOST_HYPHENATED, NO_END, Pairs, components
from masker.masks.locales.words import Rows, in_script, place_list, rows_of, word_list
from masker.masks.numbers import SLOTS, Numbers
from masker.masks.sql.bindings import Words

_MILLION = 1_000_000

#: Places that the slots which are left stand for, at most.
_LISTED = 5000

#: What stands beside each other in a list is put together of parts about so far apart.
_STEP = 7919


@dataclass(frozen=True, slots=True)
class Pool:
    """Words to draw from: *common* ones fill as many of :data:`SLOTS` as they are frequent, the rest of the slots
    stands for any of the *rare*, and of *more* that are put together, where there are some."""

    common: Words
    rare: Words
    more: Pairs | None = None

    @property
    def tail(self) -> int:
        """How many words the slots that are left stand for."""
        return len(self.rare.entries) + (self.more.count if self.more is not None else 0)

    @property
    def distinct(self) -> int:
        """How many words there are."""
        return len(set(self.common.entries)) + self.tail

    @property
    def longest(self) -> int:
        """Characters of the longest word."""
        words = max(map(len, (*self.common.entries, *self.rare.entries)), default=0)
        return max(words, self.more.longest) if self.more is not None else words

    @property
    def lengths(self) -> tuple[int, ...]:
        """Every length that a word has, ascending."""
        found = {len(word) for word in (*self.common.entries, *self.rare.entries)}
        return tuple(sorted(found | (self.more.lengths if self.more is not None else set())))

    def map(self, of: Callable[[str], str], name: str, end: str = "") -> Pool:
        """The same with each word *of* a word and an *end*; *name* says what that is."""
        common, rare = (
            Words(f"{words.name} {name}", tuple(f"{of(word)}{end}" for word in words.entries))
            for words in (self.common, self.rare)
        )
        return Pool(common, rare, self.more.map(of, name, end) if self.more is not None else None)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is drawn from a table of tuples: the row of each slot that is one's own, those that the other slots stand
    for, and how many more that are put together."""

    common: tuple[int, ...]
    rare: tuple[int, ...]
    more: int = 0


@cache
def rows_by_frequency(locale: str, stem: str) -> Drawn:
    """The names of *stem* by how frequent they are among people."""
    slots = [int(share or 0) * SLOTS // _MILLION for share in rows_of(locale, stem).columns["share"]]
    common = tuple(at for at, times in enumerate(slots) for _ in range(times))
    return Drawn(common, tuple(at for at, times in enumerate(slots) if not times))


@cache
def by_frequency(locale: str, stem: str, script: str) -> Pool:
    """Names of *stem* in *script* by how frequent they are among people. Every script of a stem has its names in the
    same slots."""
    return named(locale, stem, script, rows_by_frequency(locale, stem))


def named(locale: str, stem: str, script: str, drawn: Drawn, kind: str = "", pairs: Pairs | None = None) -> Pool:
    """The names of the rows *drawn*, and of *pairs* for those that are put together; *kind* tells lists of one stem and
    script apart."""
    words = word_list(locale, f"{stem}_{script}")
    common, rare = (
        Words(f"{words.name} {what}{kind}", tuple(words.entries[at] for at in rows))
        for what, rows in (("common", drawn.common), ("rare", drawn.rare))
    )
    return Pool(common, rare, pairs.of(drawn.more) if pairs is not None and drawn.more else None)


def uniform(words: Words) -> Pool:
    """Each of *words* as often as any other."""
    return Pool(Words(f"{words.name} common", ()), words)


@cache
def of_list(words: Words, numbers: Numbers) -> Pool:
    """Each of *words* once, as frequent as *numbers* say; those that stand there oftener are commoner."""
    times = Counter(words.entries)
    entries = sorted(times, key=lambda word: (-times[word], blake2b(word.encode(), digest_size=8).digest()))
    slots = numbers.common[: len(entries) - 1]
    others, rest = min(numbers.tail, len(entries) - len(slots)), SLOTS - sum(slots)
    entries = aimed(entries, slots, others, rest, numbers.width, lambda word: len(word.encode()))
    common = tuple(word for word, each in zip(entries, slots, strict=False) for _ in range(each))
    tail = max(numbers.tail, 0 if len(common) == SLOTS else 1)
    return Pool(
        Words(f"{words.name} common", common),
        Words(f"{words.name} rare", tuple(entries[len(slots) : len(slots) + tail])),
    )


@cache
def of_companies(lists: tuple[Words, ...], numbers: Numbers) -> Pool:
    """Words put together of one of each of *lists*, as frequent as *numbers* say. A tail of more than can be listed is
    left out."""
    capacity = prod(len(words.entries) for words in lists)
    step = step_in(capacity)
    name = "companies " + " ".join(words.name for words in lists)
    slots = numbers.common[: capacity - 1]
    common = tuple(word for at, each in enumerate(slots) for word in [_together(lists, at * step)] * each)
    listed = range(len(slots), min(len(slots) + numbers.tail, capacity)) if numbers.tail <= _LISTED else range(0)
    rare = tuple(_together(lists, at * step) for at in listed)
    return Pool(Words(f"{name} common", common), Words(f"{name} rare", rare))


def step_in(capacity: int) -> int:
    """A step that meets each of *capacity* numbers once before it meets one again."""
    return next(step for step in range(_STEP, 2 * _STEP) if gcd(step, capacity) == 1)


def _together(lists: tuple[Words, ...], number: int) -> str:
    word = ""
    for words in lists:
        number, at = divmod(number, len(words.entries))
        word += words.entries[at]
    return word


@cache
def of_names(locale: str, stem: str, script: str, numbers: Numbers, least: int = 0) -> Pool:
    """Names of *stem* in *script* as frequent as *numbers* say, from *least* names at least. Every script of a stem has
    its names in the same slots."""
    drawn = rows_as_counted(locale, stem, numbers, least)
    return named(locale, stem, script, drawn, pairs=pairs_of(locale, stem, script) if drawn.more else None)


@cache
def rows_as_counted(locale: str, stem: str, numbers: Numbers, least: int = 0) -> Drawn:
    """The names of *stem* as frequent as *numbers* say, *least* of them at least."""
    order = _by_sound(locale, stem)
    slots = numbers.common[: len(order) - 1]
    common = tuple(at for at, times in zip(order, slots, strict=False) for _ in range(times))
    tail = max(numbers.tail, least, 0 if len(common) == SLOTS else 1)
    rare = order[len(slots) : len(slots) + tail]
    return Drawn(common, rare, tail - len(rare))


@cache
def _by_sound(locale: str, stem: str) -> tuple[int, ...]:
    """Rows of names, those that sound as one before them last: common names are as many where they are written by
    sound."""
    rows = rows_of(locale, stem)
    sounds = rows.columns.get("katakana") or next(iter(rows.columns.values()))
    first = {sound: at for at, sound in reversed(list(enumerate(sounds)))}
    return tuple(sorted(range(len(sounds)), key=lambda at: first[sounds[at]] != at))


@cache
def pairs_of(locale: str, stem: str, script: str, gender: str = "") -> Pairs:
    """What names are put together of, those of a *gender* of such names alone."""
    rows, name = rows_of(locale, stem), f"{locale}.{stem}_{script}{gender and f' {gender}'}"
    if "katakana" not in rows.columns:
        written, words = next(iter(rows.columns.values())), rows.column(script)
        # What is of two words is put together already, in whichever script.
        single = [word for at, word in enumerate(words) if _is_of(rows, at, gender) and " " not in written[at]]
        names = Words(f"{name} pairs", tuple(single[:MOST_HYPHENATED]))
        return Pairs(names, names, " " if any(" " in word for word in words) else HYPHEN)
    firsts, seconds = _components(locale, stem, gender)
    begins = _written([kanji for kanji, _ in firsts], [kana for _, kana in firsts], script)
    ends = _written([kanji for kanji, _ in seconds], [kana for _, kana in seconds], script)
    # What ends with a sound that another would run into ends a name and stands in the middle of none.
    middles = [word for word, (_, kana) in zip(ends, seconds, strict=True) if kana[-1] not in NO_END]
    lower = tuple(word.lower() for word in ends)
    return Pairs(
        Words(f"{name} begins", begins),
        Words(f"{name} ends", lower),
        "",
        middles=Words(f"{name} middles", ("", *map(str.lower, middles))),
    )


@cache
def _components(locale: str, stem: str, gender: str) -> tuple[Sequence[tuple[str, str]], Sequence[tuple[str, str]]]:
    rows = rows_of(locale, stem)
    both = zip(rows.columns["kanji"], rows.columns["katakana"], strict=True)
    return components(name for at, name in enumerate(both) if _is_of(rows, at, gender))


def _is_of(rows: Rows, at: int, gender: str) -> bool:
    return not gender or rows.columns["gender"][at] == gender


def _written(kanji: Sequence[str], kana: Sequence[str], script: str) -> tuple[str, ...]:
    return tuple(kanji) if script == "kanji" else tuple(map(romaji if script == "romaji" else in_script(script), kana))


def of_places(locale: str, form: str, script: str | None, numbers: Numbers, steering: str) -> Pool:
    """Places written in *form*, as frequent as *numbers* say of the *steering* form. All that is of one place has it in
    the same slots."""
    words = place_list(locale, form, script)
    common, rare = _places(locale, steering, numbers)
    return Pool(
        Words(f"{words.name} common", tuple(words.entries[at] for at in common)),
        Words(f"{words.name} rare", tuple(words.entries[at] for at in rare)),
    )


@cache
def _places(locale: str, steering: str, numbers: Numbers) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The place of each slot, and those that the slots that are left stand for. What is told apart by *steering* is one
    value, of several places."""
    found: Mapping[str, list[int]] = defaultdict(list)
    for at, value in enumerate(place_list(locale, steering).entries):
        found[value].append(at)
    # Large ones first, since there are more places to be frequent in them; in no order of the country otherwise.
    values = sorted(
        found.values(), key=lambda places: (-len(places), blake2b(str(places[0]).encode(), digest_size=8).digest())
    )
    slots = numbers.common[: max(1, len(values) - 1)]
    rest = SLOTS - sum(slots)
    others = min(max(numbers.tail, 1 if rest else 0), len(values) - len(slots))
    room = max(1, _LISTED // max(1, others))
    written = place_list(locale, steering).entries
    fine = level([min(len(places), room) for places in values[: len(slots) + others]], numbers.places)
    values = chosen(
        values,
        slots,
        others,
        rest,
        numbers.width,
        size=lambda places: len(written[places[0]].encode()),
        worth=lambda places: min(len(places), fine),
    )
    # As many of all as there are where they come from; what is common has more of them.
    rooms = [*slots, *[room] * others]
    fine = level([min(len(places), most) for places, most in zip(values, rooms, strict=True)], numbers.places)
    values = [places[:fine] for places in values]
    common = tuple(places[n % len(places)] for places, times in zip(values, slots, strict=False) for n in range(times))
    rare = values[len(slots) :]
    # Each value as often as any other, whether of many places or of one.
    each = min(room, max((len(places) for places in rare), default=1))
    return common, tuple(places[n % len(places)] for places in rare for n in range(each))
