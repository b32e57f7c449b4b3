"""Word lists as frozen: lists of one stem aligned, every entry fit to stand in a row."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest

from masker.masks.locales.freeze import frozen, main
from masker.masks.locales.words import passage, word_list

_LOCALES = ("en_US", "ja_JP")

_SCRIPTS = {"katakana": r"[ァ-ヴー]+", "hiragana": r"[ぁ-ゔー]+", "romaji": r"[A-Z][A-Za-z' -]+"}


def _names(locale: str) -> dict[str, list[str]]:
    content = json.loads(files("masker.masks.locales").joinpath(f"{locale}.json").read_text(encoding="utf-8"))
    assert re.fullmatch(r"\d+\.\d+(\.\d+)?", content["faker"])
    lists: dict[str, list[str]] = content["lists"]
    return lists


@pytest.mark.parametrize("locale", _LOCALES)
def test_entries_are_texts_without_blanks_around_them(locale: str) -> None:
    for name, entries in _names(locale).items():
        assert entries, name
        assert all(entry and (entry == entry.strip() or name == "lorem") for entry in entries), name
        assert word_list(locale, name).entries == tuple(entries)


@pytest.mark.parametrize("stem", ["family", "given"])
def test_the_scripts_of_japanese_names_are_aligned(stem: str) -> None:
    lists = {script: word_list("ja_JP", f"{stem}_{script}").entries for script in ("kanji", "katakana", "hiragana", "romaji")}
    assert len({len(entries) for entries in lists.values()}) == 1
    assert len(lists["kanji"]) >= 50
    for script, pattern in _SCRIPTS.items():
        assert all(re.fullmatch(pattern, entry) for entry in lists[script]), script
    for katakana, hiragana in zip(lists["katakana"], lists["hiragana"], strict=True):
        assert "".join(chr(ord(letter) - 0x60) if "ァ" <= letter <= "ヶ" else letter for letter in katakana) == hiragana


def test_known_names_stand_side_by_side() -> None:
    at = word_list("ja_JP", "family_kanji").entries.index("佐藤")
    assert [word_list("ja_JP", f"family_{script}").entries[at] for script in ("katakana", "hiragana", "romaji")] == [
        "サトウ",
        "さとう",
        "Sato",
    ]


def test_english_names_and_addresses_are_written_in_ascii() -> None:
    for name, entries in _names("en_US").items():
        assert all(entry.isascii() for entry in entries), name


def test_romaji_makes_the_local_part_of_an_address() -> None:
    for locale in _LOCALES:
        assert all(re.fullmatch(r"[a-z]+", entry.lower()) for entry in word_list(locale, "given_romaji").entries), locale


@pytest.mark.parametrize("locale", _LOCALES)
def test_the_passage_is_long_and_holds_no_quotes(locale: str) -> None:
    assert len(passage(locale)) >= 3000
    assert not set("'\"\\\0") & set(passage(locale))


def test_the_files_are_what_faker_has(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("jaconv", reason="freezing word lists needs jaconv, of the extra dev")
    assert main(["--check"]) == 0, capsys.readouterr().err
    assert frozen("en_US") == _names("en_US")


def test_a_missing_list_is_an_error() -> None:
    with pytest.raises(KeyError):
        word_list("en_US", "family_kanji")
