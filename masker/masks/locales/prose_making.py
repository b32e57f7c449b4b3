"""Makes the rows of :mod:`masker.masks.locales.prose`; only freezing does.

Words of a kind come by Zipf's law: how often falls as one over the rank.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Literal

from masker.masks.locales.prose import ROW_CHARACTERS, RUN_ON, STARTS, Name

#: What chance puts together and nobody writes.
_JARS = re.compile(r"\b[Aa] [aeiou]|\b(\w+) \1\b")

#: The commonest words of a language are those of grammar, which the patterns hold; the others begin some ranks further
#: down. In English they begin at once, so that texts have no more trigrams than prose; words with hyphens make up for
#: those that are then rare.
_FIRST_RANK, _FIRST_RANK_OF_ENGLISH = 12, 1


def frozen() -> dict[Name, list[str]]:
    """The rows as they are made now."""
    return {
        "opening": _english("opening", STARTS),
        "middle": _english("middle", STARTS + RUN_ON),
        "japanese": _japanese(STARTS + RUN_ON),
    }


def _english(name: Literal["opening", "middle"], count: int) -> list[str]:
    from masker.masks.locales import prose_en as words

    verbs, nouns = [_forms(verb) for verb in words.VERBS.split()], words.NOUNS.split()
    pools = {
        "n": nouns,
        "ns": [_plural(noun) for noun in nouns],
        "v": [verb for verb, _, _ in verbs],
        "past": [past for _, past, _ in verbs],
        "ing": [ing for _, _, ing in verbs],
        "adj": words.ADJECTIVES.split(),
        "adv": words.ADVERBS.split(),
        "prep": words.PREPOSITIONS.split(),
        "conj": words.CONJUNCTIONS.split(),
        "who": words.SUBJECTS.split(),
    }
    patterns = _patterns(words.OPENING)
    if name == "middle":
        singles = _patterns(words.MIDDLE)
        patterns = [f"{one} {other}" for one in singles for other in singles]
    # A blank ends each row but stands not in the file, where editors would take it away.
    return _filled(patterns, pools, ROW_CHARACTERS[name] - 1, count, name, _FIRST_RANK_OF_ENGLISH)


def _japanese(count: int) -> list[str]:
    from masker.masks.locales import prose_ja as words

    verbs = [verb.split(":") for verb in words.VERBS.split()]
    pools = {"n": words.NOUNS.split(), "adj": words.ADJECTIVES.split(), "adv": words.ADVERBS.split()}
    pools |= {form: [verb[at] for verb in verbs] for at, form in enumerate(("v", "past", "te", "polite"))}
    return _filled(_patterns(words.PHRASES), pools, ROW_CHARACTERS["japanese"], count, "japanese")


def _filled(
    patterns: Sequence[str],
    pools: dict[str, list[str]],
    characters: int,
    count: int,
    seed: str,
    first_rank: int = _FIRST_RANK,
) -> list[str]:
    """*count* different phrases of exactly so many *characters*, their commonest words of rank *first_rank*."""
    rng = random.Random(seed)  # noqa: S311 - filler that comes out the same every time
    drawn: dict[str, Callable[[], str]] = {}
    for name, unordered in pools.items():
        pool = list(dict.fromkeys(unordered))
        drawn[name] = _zipf(rng, pool, first_rank)
        drawn[name.capitalize()] = lambda draw=drawn[name]: draw().capitalize()  # type: ignore[misc]
    found: dict[str, None] = {}
    while len(found) < count:
        pieces = [piece.partition("}") for piece in rng.choice(patterns).split("{")]
        first, *others = pieces
        phrase = first[0] + "".join(drawn[name]() + rest for name, _, rest in others)
        if len(phrase) == characters and not _JARS.search(phrase):
            found[phrase] = None
    return list(found)


def _zipf(rng: random.Random, pool: list[str], first_rank: int) -> Callable[[], str]:
    bounds = list(accumulate(1 / (rank + first_rank) for rank in range(len(pool))))
    return lambda: rng.choices(pool, cum_weights=bounds)[0]


def _patterns(written: str) -> list[str]:
    return [pattern for line in written.splitlines() for pattern in line.split("|")]


def _forms(verb: str) -> tuple[str, str, str]:
    base, *irregular = verb.split(":")
    if irregular:
        past, ing = irregular
        return base, past, ing
    if base.endswith("e"):
        return base, f"{base}d", f"{base[:-1]}ing"
    return base, f"{base}ed", f"{base}ing"


def _plural(noun: str) -> str:
    if noun.endswith(("s", "sh", "ch", "x")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    if noun in {"child", "leaf", "shelf", "person"}:
        return {"child": "children", "leaf": "leaves", "shelf": "shelves", "person": "people"}[noun]
    return f"{noun}s"
