"""Freezes word lists from Faker's providers: ``python -m masker.masks.locales.freeze [--check]``.

Lists are deduplicated and keep Faker's order. With ``--check`` nothing is written and the exit code says whether the files are what this
Faker would make; another version of Faker than the one they were frozen from is no difference by itself.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
_LOREM_CHARACTERS = 4000


def frozen(locale: str) -> dict[str, list[str]]:
    """The lists of *locale* as Faker has them now."""
    return _MAKERS[locale]()


def _japanese() -> dict[str, list[str]]:
    import jaconv
    from faker.providers.address.ja_JP import Provider as Address
    from faker.providers.lorem.ja_JP import Provider as Lorem
    from faker.providers.person.ja_JP import Provider as Person

    lists: dict[str, list[str]] = {}
    given = [*Person.first_name_female_pairs, *Person.first_name_male_pairs]
    for stem, triples in (("family", list(Person.last_name_pairs)), ("given", given)):
        aligned = _unique(tuple(t) for t in triples)
        lists[f"{stem}_kanji"] = [kanji for kanji, _, _ in aligned]
        lists[f"{stem}_katakana"] = [kana for _, kana, _ in aligned]
        lists[f"{stem}_hiragana"] = [jaconv.kata2hira(kana) for _, kana, _ in aligned]
        lists[f"{stem}_romaji"] = [romaji for _, _, romaji in aligned]
    lists["region"] = _unique(Address.prefectures)
    lists["city"] = _unique(Address.cities)
    lists["street"] = _unique(Address.towns)
    lists["building"] = _unique(Address.building_names)
    lists["lorem"] = [_lorem(Lorem.word_list, join="", sentence="{}。", seed=1)]
    return lists


def _american() -> dict[str, list[str]]:
    from faker.providers.address.en_US import Provider as Address
    from faker.providers.lorem.en_US import Provider as Lorem
    from faker.providers.person.en_US import Provider as Person

    families = _unique(Person.last_names)
    rng = random.Random(2)  # noqa: S311 - a shuffle that comes out the same every time
    return {
        "family_romaji": families,
        "given_romaji": _unique(Person.first_names),
        "region": _unique(Address.states_abbr),
        "city": _unique(f"{rng.choice(families)}{suffix}" for suffix in Address.city_suffixes for _ in range(24)),
        "street": _unique(f"{rng.choice(families)} {suffix}" for suffix in Address.street_suffixes for _ in range(3)),
        "building": ["Apt.", "Suite"],
        "lorem": [_lorem(Lorem.word_list, join=" ", sentence="{}. ", seed=3)],
    }


def _lorem(words: Iterable[str], *, join: str, sentence: str, seed: int) -> str:
    rng = random.Random(seed)  # noqa: S311 - filler text
    pool = list(words)
    text = ""
    while len(text) < _LOREM_CHARACTERS:
        chosen = join.join(rng.choices(pool, k=rng.randint(5, 12)))
        text += sentence.format(chosen[:1].upper() + chosen[1:])
    return text[:_LOREM_CHARACTERS]


def _unique(entries: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(entries))


_MAKERS = {"en_US": _american, "ja_JP": _japanese}


def main(arguments: list[str]) -> int:
    """Write the lists, or with ``--check`` compare them. Returns the exit code."""
    import faker

    stale = []
    for locale in _MAKERS:
        path = _FOLDER / f"{locale}.json"
        lists = frozen(locale)
        if "--check" in arguments:
            present = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            if present.get("lists") != lists:
                stale.append(f"{path.name} (frozen from Faker {present.get('faker')}, this is {faker.VERSION})")
            continue
        path.write_text(json.dumps({"faker": faker.VERSION, "lists": lists}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if stale:
        sys.stderr.write(f"word lists differ from what Faker has: {', '.join(stale)}; run python -m masker.masks.locales.freeze\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
