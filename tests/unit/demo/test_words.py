"""The demo's words hold what its tables and its promises ask of them."""

from __future__ import annotations

import re

import pytest

from masker.demo import words

KANA = [
    *(n[1] for n in (*words.FAMILY_NAMES, *words.GIVEN_NAMES)),
    *(kana for n in words.FOREIGN_NAMES for kana in n[2:]),
]


@pytest.mark.parametrize("kana", sorted(set(KANA)))
def test_kana_are_katakana(kana: str) -> None:
    assert re.fullmatch(r"[ァ-ヴー]+", kana)


@pytest.mark.parametrize("names", [words.FAMILY_NAMES, words.GIVEN_NAMES])
def test_names_differ_and_their_romaji_fits_an_address(names: tuple[tuple[str, str, str], ...]) -> None:
    assert len({kanji for kanji, _, _ in names}) == len(names)
    assert all(re.fullmatch(r"[a-z]+", romaji) for _, _, romaji in names)


@pytest.mark.parametrize("place", words.PLACES, ids=lambda p: p[3])
def test_places_fit_their_columns(place: tuple[str, str, str, str]) -> None:
    code, prefecture, city, _ = place
    assert re.fullmatch(r"\d{3}-\d{4}", code)
    assert len(prefecture) <= 10
    assert len(city) <= 60


def test_messages_name_only_what_is_filled_in() -> None:
    assert {name for text in words.MESSAGES for name in re.findall(r"\{(\w+)\}", text)} == {
        "name",
        "phone",
        "email",
        "address",
    }
