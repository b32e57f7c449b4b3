"""Numbers of where values come from become what lists are drawn by."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from masker.masks.locales import LOCALES
from masker.masks.locales.kana import half_width, hiragana, romaji
from masker.masks.locales.locale import Place
from masker.masks.numbers import SLOTS, Measured, Numbers, by_frequency, by_value

#: Identities whose draws are counted.
_DRAWS = 100_000


def _measured(weights: list[float], rows: int) -> tuple[Measured, Counter[int]]:
    """What statistics say of *rows* values that are as frequent as *weights*, and the values."""
    values = Counter(random.Random(5).choices(range(len(weights)), weights, k=rows))
    common = tuple(count / rows for _, count in values.most_common(100) if count / rows * SLOTS > 1)
    return Measured(values=rows, distinct=len(values), common=common), values


def _drawn(numbers: Numbers) -> Counter[int]:
    """What as many identities draw: the place in the list of each. As the masks do it: slots first, then the tail."""
    chance, found = random.Random(9), Counter[int]()
    slots = [at for at, times in enumerate(numbers.common) for _ in range(times)]
    for _ in range(_DRAWS):
        slot = chance.randrange(SLOTS)
        found[slots[slot] if slot < len(slots) else len(numbers.common) + chance.randrange(numbers.tail)] += 1
    return found


@pytest.mark.parametrize(
    "weights",
    [
        [1 / (n + 1) for n in range(20_000)],
        [1 / (n + 1) ** 1.4 for n in range(50_000)],
        [1.0] * 1000,
        [1.0] * 90_000,
        [100.0, 50.0] + [1.0] * 47,
        [3.0, 1.0],
        [1.0],
    ],
    ids=["zipf", "steep", "uniform", "nearly unique", "regions", "two", "one"],
)
def test_draws_are_as_many_and_as_frequent_as_the_values(weights: list[float]) -> None:
    measured, values = _measured(weights, _DRAWS)
    drawn = _drawn(by_frequency(measured))
    assert 0.5 <= len(drawn) / len(values) <= 2
    assert abs(len(drawn) - len(values)) / len(values) < 0.2
    for (_, one), (_, other) in zip(values.most_common(5), drawn.most_common(5), strict=False):
        assert other == pytest.approx(one, rel=0.25, abs=40)
    assert (
        sum(abs(a - b) for a, b in zip(*(sorted(c.values())[::-1][:100] for c in (values, drawn)), strict=False))
        < 0.1 * _DRAWS
    )


def test_slots_are_never_more_than_there_are() -> None:
    chance = random.Random(3)
    for _ in range(500):
        shares = sorted((chance.random() ** 4 for _ in range(chance.randrange(200))), reverse=True)
        whole = sum(shares) * chance.uniform(0.5, 3) or 1.0
        distinct = chance.randrange(1, 10_000)
        found = by_frequency(
            Measured(values=chance.uniform(1, 1e7), distinct=distinct, common=tuple(s / whole for s in shares))
        )
        assert all(slots > 0 for slots in found.common)
        assert (sum(found.common) == SLOTS) == (found.tail == 0)
        assert sum(found.common) <= SLOTS
        assert found.tail <= 10 * distinct


def test_values_draw_each_as_often_as_any_other() -> None:
    assert by_value(Measured(values=100, distinct=10, common=(0.5,))) == Numbers(tail=100, distinct=10)


@pytest.mark.parametrize("stem", ["family", "given"])
def test_a_name_that_is_put_together_is_one_name_in_every_script(stem: str) -> None:
    japan = LOCALES["ja_JP"]
    numbers = by_frequency(Measured(values=1e7, distinct=300_000))
    found = {script: japan.names(stem, script, numbers=numbers).more for script in japan.scripts}
    kana = found["katakana"]
    assert kana is not None
    assert kana.middles is not None
    chance = random.Random(2)
    for _ in range(2000):
        at = [chance.randrange(len(words.entries)) for words in (kana.firsts, kana.middles, kana.seconds)]

        def written(script: str, places: tuple[int, ...] = tuple(at)) -> str:
            pairs = found[script]  # type: ignore[index]
            assert pairs is not None
            assert pairs.middles is not None
            return "".join(
                words.entries[n] for words, n in zip((pairs.firsts, pairs.middles, pairs.seconds), places, strict=True)
            )

        assert written("hiragana") == hiragana(written("katakana"))
        assert written("half_width") == half_width(written("katakana"))
        assert written("romaji") == romaji(written("katakana"))
        assert len(written("kanji")) in {2, 3}


@pytest.mark.parametrize("locale", LOCALES)
def test_a_million_family_names_are_no_limit_and_in_europe_a_hundred_thousand(locale: str) -> None:
    numbers = by_frequency(Measured(values=1e7, distinct=1_000_000))
    least = 1_000_000 if locale in {"en_US", "ja_JP"} else 150_000
    assert LOCALES[locale].names("family", LOCALES[locale].scripts[0], numbers=numbers).distinct >= least


@pytest.mark.parametrize(("of", "form"), [("city", "{city}"), ("region", "{region}"), ("postal_code", "{postal}")])
@pytest.mark.parametrize("locale", LOCALES)
def test_places_are_as_frequent_as_the_part_that_was_counted(locale: str, of: str, form: str) -> None:
    distinct = min(40, len(set(LOCALES[locale].written(Place(form)).rare.entries)))
    numbers = by_frequency(Measured(values=1e5, distinct=distinct, common=(0.5, 0.1)), of)
    place = LOCALES[locale].written(Place(form), numbers=numbers)
    counts = Counter(place.common.entries)
    assert [count for _, count in counts.most_common(2)] == [2048, 410]
    assert len({*place.common.entries, *place.rare.entries}) == distinct
    assert len(set(Counter(place.rare.entries).values())) == 1, "of the tail each as often as any other"
    whole = LOCALES[locale].written(Place("{region} {city} {postal}"), numbers=numbers)
    assert len(whole.common.entries) == len(place.common.entries), "all that is of one place stands in one slot"
    assert len(whole.rare.entries) == len(place.rare.entries)


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("locale", LOCALES)
def test_a_city_has_as_many_postal_codes_as_where_it_was_counted(locale: str, times: int) -> None:
    cities = 30
    numbers = by_frequency(Measured(values=1e5, distinct=cities, common=(0.5, 0.1)), "city")
    numbers = replace(numbers, places=times * cities)
    codes, names = (LOCALES[locale].written(Place(form), numbers=numbers) for form in ("{postal}", "{city}"))
    assert len({*names.common.entries, *names.rare.entries}) == cities
    assert cities <= len({*codes.common.entries, *codes.rare.entries}) <= 1.2 * times * cities
    if times == 1:
        assert [count for _, count in Counter(codes.common.entries).most_common(2)] == [2048, 410]


def test_names_that_are_common_sound_apart() -> None:
    numbers = by_frequency(Measured(values=1e5, distinct=60, common=(0.02,) * 40))
    written, sounds = (LOCALES["ja_JP"].names("given", script, numbers=numbers) for script in ("kanji", "katakana"))
    for pool in (written, sounds):
        assert len(set(pool.common.entries)) == 40
        assert max(Counter(pool.common.entries).values()) <= 83
