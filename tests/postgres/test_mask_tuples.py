"""One identity is one person at one real place, in whatever columns, scripts and tables it stands; names come as often
as among people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from masker.masks.locales import LOCALES
from masker.masks.locales.kana import half_width, hiragana, romaji
from masker.masks.locales.pools import by_frequency as pool
from masker.masks.locales.words import place_list, word_list
from masker.masks.numbers import SLOTS
from masker.masks.sql.bindings import derive
from tests.postgres.masking import Masking

ROWS = 40_000

_PERSON = {"scope": "person"}
_HOME = {"scope": "home"}


@pytest.fixture(scope="module")
def masking(production_server: Any) -> Iterator[Masking]:
    with Masking(production_server.create_database()) as session:
        session.run(
            "CREATE TABLE people (id int PRIMARY KEY, family text, given text, family_kana text, given_hira text,"
            " family_narrow text, family_roman text, whole text, mail text)",
            f"INSERT INTO people SELECT n, 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x' FROM generate_series(1, {ROWS}) n",
            "CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL, recipient text)",
            "INSERT INTO orders SELECT n, n % 500 + 1, 'x' FROM generate_series(1, 1000) n",
            "CREATE TABLE homes (id int PRIMARY KEY, zip text, plain text, region text, city text, town text, code"
            " text, street text, kana text, city_kana text, whole text)",
            "INSERT INTO homes SELECT n, '1-2', '12', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x' FROM generate_series(1,"
            " 2000) n",
        )
        yield session


def test_a_japanese_is_one_person_in_every_script_and_table(masking: Masking) -> None:
    masking.locale = "ja_JP"
    rules = {
        "family": {"mask": "last_name"},
        "given": {"mask": "first_name"},
        "family_kana": {"mask": "last_name", "script": "katakana"},
        "given_hira": {"mask": "first_name", "script": "hiragana"},
        "family_narrow": {"mask": "last_name", "script": "half_width"},
        "family_roman": {"mask": "last_name", "script": "romaji"},
        "whole": {"mask": "full_name"},
        "mail": {"mask": "email"},
    }
    rows = masking.rows("people", {name: rule | _PERSON for name, rule in rules.items()})
    families = set(
        zip(word_list("ja_JP", "family_kanji").entries, word_list("ja_JP", "family_katakana").entries, strict=True)
    )
    given = set(
        zip(*(word_list("ja_JP", f"given_{script}").entries for script in ("kanji", "hiragana", "romaji")), strict=True)
    )
    for row in rows:
        assert (row["family"], row["family_kana"]) in families
        assert (row["given"], row["given_hira"], row["mail"].partition(".")[0].capitalize()) in given
        assert row["family_narrow"] == half_width(row["family_kana"])
        assert row["family_roman"] == romaji(row["family_kana"])
        assert row["whole"] == f"{row['family']} {row['given']}"
    assert hiragana(rows[0]["family_kana"]) != rows[0]["family_kana"]
    named = {row["id"]: row["whole"] for row in rows}
    for order in masking.rows("orders", {"recipient": {"mask": "full_name", "by": "user_id"} | _PERSON}):
        assert order["recipient"] == named[order["user_id"]]


@pytest.mark.parametrize(
    ("locale", "stem", "mask"),
    [("ja_JP", "family", "last_name"), ("ja_JP", "given", "first_name"), ("en_US", "family", "last_name")],
)
def test_names_come_as_often_as_among_people(masking: Masking, locale: str, stem: str, mask: str) -> None:
    masking.locale = locale
    names = pool(locale, stem, "kanji" if locale == "ja_JP" else "romaji")
    found = Counter(row["family"] for row in masking.rows("people", {"family": mask}))
    shares = Counter(names.common.entries)
    for name, slots in shares.most_common(20):
        expected = ROWS * slots / SLOTS
        assert abs(found[name] - expected) < 5 * expected**0.5, name
    rare = sum(count for name, count in found.items() if name not in shares)
    assert rare == pytest.approx(ROWS * (1 - len(names.common.entries) / SLOTS), rel=0.05)
    assert len(found) > 0.8 * names.distinct


def test_values_draw_all_names_alike(masking: Masking) -> None:
    """They repeat by themselves: a name drawn by frequency as well would repeat twice over."""
    masking.locale = "ja_JP"
    masking.run(
        "CREATE TABLE IF NOT EXISTS codes (id int PRIMARY KEY, code text)",
        f"INSERT INTO codes SELECT n, n::text FROM generate_series(1, {ROWS}) n",
    )
    found = Counter(masking.column("codes.code", {"mask": "last_name", "by": "value"}))
    assert max(found.values()) < 30
    assert len(found) > 5900


def test_a_japanese_lives_at_one_real_place(masking: Masking) -> None:
    masking.locale = "ja_JP"
    rules: dict[str, dict[str, str]] = {
        "zip": {"mask": "postal_code"},
        "plain": {"mask": "postal_code"},
        "region": {"part": "region"},
        "city": {"part": "city"},
        "town": {"part": "town"},
        "code": {"part": "city_code"},
        "street": {"part": "street"},
        "kana": {"part": "street", "script": "katakana"},
        "city_kana": {"part": "city", "script": "half_width"},
        "whole": {},
    }
    rows = masking.rows("homes", {name: {"mask": "address"} | rule | _HOME for name, rule in rules.items()})
    form = "{postal} {region} {city} {town} {jis}"
    places = dict(
        zip(
            place_list("ja_JP", form).entries,
            place_list("ja_JP", "{city} {town}{chome}", "katakana").entries,
            strict=True,
        )
    )
    for row in rows:
        assert row["zip"].replace("-", "") == row["plain"]
        city, street = places[f"{row['plain']} {row['region']} {row['city']} {row['town']} {row['code']}"].split(" ")
        assert row["city_kana"] == half_width(city)
        assert row["kana"].startswith(street)
        assert row["street"].startswith(row["town"])
        assert row["kana"].removeprefix(street) == re.search(r"\d+-\d+$", row["street"])[0]  # type: ignore[index]
        assert row["whole"] == f"{row['region']}{row['city']}{row['street']}"
    assert len({row["plain"] for row in rows}) > 1500
    # Most people live where most people live.
    assert Counter(row["region"] for row in rows).most_common(1)[0][0] == "東京都"


def test_an_american_lives_at_one_real_place(masking: Masking) -> None:
    masking.locale = "en_US"
    rules: dict[str, dict[str, str]] = {
        "plain": {"mask": "postal_code"},
        "region": {"part": "region"},
        "city": {"part": "city"},
        "street": {"part": "street"},
        "whole": {},
    }
    places = set(place_list("en_US", "{city}, {region} {postal}").entries)
    for row in masking.rows("homes", {name: {"mask": "address"} | rule | _HOME for name, rule in rules.items()}):
        place = f"{row['city']}, {row['region']} {row['plain']}"
        assert place in places
        assert row["whole"] == f"{row['street']}, {place}"


@pytest.mark.parametrize(
    ("locale", "form", "phone"),
    [
        ("de_DE", "{postal} {city}", r"030[ -]?23125-?\d{3}"),
        ("fr_FR", "{postal} {city}", r"01 99 00 \d\d \d\d"),
        ("en_GB", "{city}, {postal}", r"020 7946 0\d{3}"),
    ],
)
def test_a_european_is_one_person_at_one_real_place(masking: Masking, locale: str, form: str, phone: str) -> None:
    masking.locale = locale
    latin = LOCALES[locale].scripts[0]
    rules = {
        "given": {"mask": "first_name"},
        "family": {"mask": "last_name", "script": "romaji"},
        "whole": {"mask": "full_name"},
        "mail": {"mask": "email"},
    }
    given = dict(
        zip(word_list(locale, f"given_{latin}").entries, word_list(locale, "given_romaji").entries, strict=True)
    )
    family = dict(
        zip(word_list(locale, f"family_{latin}").entries, word_list(locale, "family_romaji").entries, strict=True)
    )
    for row in masking.rows("people", {name: rule | _PERSON for name, rule in rules.items()})[:2000]:
        first, last = row["whole"].split(" ")
        assert (row["given"], row["family"]) == (first, family[last])
        assert re.fullmatch(rf"{given[first].lower()}\.\d+@example\.com", row["mail"])
    parts: dict[str, dict[str, str]] = {
        "plain": {"mask": "postal_code"},
        "region": {"part": "region"},
        "city": {"part": "city"},
        "street": {"part": "street"},
        "whole": {},
    }
    places = set(place_list(locale, "{postal} {city} {region}").entries)
    for row in masking.rows("homes", {name: {"mask": "address"} | rule | _HOME for name, rule in parts.items()}):
        assert f"{row['plain']} {row['city']} {row['region']}" in places
        assert row["whole"] == f"{row['street']}, {form.format(postal=row['plain'], city=row['city'])}"
    masking.run(
        "CREATE TABLE IF NOT EXISTS lines (id int PRIMARY KEY, tel text)",
        "TRUNCATE lines",
        "INSERT INTO lines SELECT n, '02 34 56 78 90' FROM generate_series(1, 50) n",
    )
    assert all(re.fullmatch(phone, tel) for tel in masking.column("lines.tel", "phone"))


def test_what_a_country_s_addresses_have_not_is_a_problem(masking: Masking) -> None:
    masking.locale = "en_US"
    assert masking.problems("homes", {"town": {"mask": "address", "part": "town"}}) == [
        "homes.town: part town: addresses of en_US have none"
    ]
    assert masking.problems("homes", {"town": {"mask": "address", "part": "city", "script": "katakana"}}) == [
        "homes.town: script katakana: places of en_US are written in romaji"
    ]
    masking.locale = "ja_JP"
    assert masking.problems("homes", {"town": {"mask": "address", "script": "romaji"}}) == [
        "homes.town: script romaji: places of ja_JP are written in kanji, katakana, hiragana, half_width"
    ]


def test_what_a_statement_carries_stays_small(masking: Masking) -> None:
    """Everything a person and an address are made of, in all scripts of a form."""
    masking.locale = "ja_JP"
    rules = {
        "family": "last_name",
        "given": "first_name",
        "family_kana": {"mask": "last_name", "script": "katakana"},
        "whole": {"mask": "full_name"},
        "mail": "email",
    }
    _, bindings = masking.statement("people", rules)
    assert sum(len(value.encode()) for value in derive(masking.key, bindings.used).values()) < 1_000_000
