"""Places as they are drawn: as many cities and codes as were counted, and about as wide, without a server."""

from __future__ import annotations

from collections import Counter

import pytest

from masker.masks.locales import LOCALES
from masker.masks.locales.locale import Place
from masker.masks.locales.pools import Pool
from masker.masks.locales.words import place_list
from masker.masks.numbers import SLOTS, Measured, Numbers, by_frequency

#: Bytes of a city's name on average, and of one that is narrow or wide.
_WIDTHS = {
    "ja_JP": (12, 15, 18),
    "en_US": (7, 9, 14),
    "de_DE": (7, 9, 14),
    "fr_FR": (8, 12, 17),
    "en_GB": (8, 10, 14),
    "es_ES": (7, 10, 15),
}


def _numbers(cities: int, codes: int, width: float) -> Numbers:
    """Of cities by Zipf's law, a hundred of which are told one by one."""
    whole = sum(1 / rank for rank in range(1, cities + 1))
    common = tuple(1 / rank / whole for rank in range(1, min(100, cities) + 1))
    numbers = by_frequency(Measured(values=100_000, distinct=cities, common=common, width=width), "city")
    return Numbers(
        common=numbers.common,
        tail=numbers.tail,
        distinct=numbers.distinct,
        of="city",
        places=codes,
        width=numbers.width,
    )


def _average(pool: Pool) -> float:
    common, rare = pool.common.entries, pool.rare.entries
    told = sum(len(word.encode()) for word in common)
    rest = (SLOTS - len(common)) * sum(len(word.encode()) for word in rare) / max(1, len(rare))
    return (told + rest) / SLOTS


@pytest.mark.parametrize("cities", [40, 900])
@pytest.mark.parametrize("locale", LOCALES)
def test_cities_that_are_chosen_by_width_have_the_codes_that_were_counted(locale: str, cities: int) -> None:
    known = Counter(place_list(locale, "{city}").entries)
    reach = sum(count for _, count in known.most_common(cities))
    found = LOCALES[locale]
    for codes in (cities, 2 * cities, 5 * cities):
        for at, width in enumerate(_WIDTHS[locale]):
            numbers = _numbers(cities, codes, width)
            drawn = found.written(Place(found.steering("city")), numbers=numbers)
            made = found.written(Place("{postal}"), numbers=numbers)
            told = (locale, cities, codes, width)
            assert 0.5 <= len({*drawn.common.entries, *drawn.rare.entries}) / cities <= 2, told
            count = len({*made.common.entries, *made.rare.entries})
            # Of what is usual, half of what there is at least; of a width that few names have, of those few.
            assert (0.5 if at == 1 else 0.3) <= count / min(codes, reach) <= 2, (*told, count, reach)
            assert 0.75 <= _average(drawn) / width <= 1.25, (*told, _average(drawn))


def test_cities_whose_width_nobody_knows_are_those_with_the_most_codes() -> None:
    numbers = _numbers(100, 10_000, 0)
    made = LOCALES["en_US"].written(Place("{postal}"), numbers=numbers)
    reach = sum(count for _, count in Counter(place_list("en_US", "{city}").entries).most_common(100))
    assert len({*made.common.entries, *made.rare.entries}) > 0.8 * reach
