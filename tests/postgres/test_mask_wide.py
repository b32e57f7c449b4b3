"""What is written as wide as kanji gets masks that are, and Japanese numbers say what they are for and where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from masker.masks.locales.ja_phones import AREAS
from masker.masks.locales.words import rows_of
from tests.postgres.masking import Masking

#: Area codes of four digits that end in 0 or 1, and services: shorter codes in front of them cannot have such a digit
#: behind. Source: the Ministry's list.
LONGER = (
    "0191 0220 0240 0241 0250 0260 0261 0270 0280 0291 0460 0470 0480 0531 0550 0551 0561 0581 0721 0740 0761 0770 0771"
    " 0790 0791 0820 0880 0920 0930 0940 0950 0980 0120 0570 0800 0990 0180"
)

#: An original, and what a mask of it looks like: d a digit, w a wide one, a and A an area code.
_PHONES = {
    "080-1234-5678": "090-0ddd-dddd",
    "03-1234-5678": "A",
    "0451234567": "a",
    "0120-444-113": "0120-90[2-4]-ddd",
    "0120444113": "012090[2-4]ddd",
    "0800-123-4567": "0800-6[1-3]d-dddd",
    "+81-3-1234-5678": r"\+81-90-0ddd-dddd",
    "０８０－１２３４－５６７８": "０９０－０www－wwww",
    "０８０１２３４５６７８": "０９００wwwwwww",
    "０８０‐１２３４‐５６７８": "０９０‐０www‐wwww",
    "０８０ー１２３４ー５６７８": "０９０ー０www－wwww".replace("－", "ー"),
    "（０８０）１２３４－５６７８": "（０９０）０www－wwww",
    "０８０（１２３４）５６７８": "０９０（０www）wwww",
    "０８０　１２３４　５６７８": "０９０　０www　wwww",
    "080－1234－5678": "090－0ddd－dddd",
    "０１２０－４４４－１１３": "０１２０－９０[２-４]－www",
    "＋８１－８０－１２３４－５６７８": "＋８１－９０－０www－wwww",
    "０８０－１２３４－５６７８（山田）": "０９０－０www－wwww",
    "山０８０田１２３４郎５６７８": "０９０－０www－wwww",
}


@pytest.fixture(scope="module")
def masking(production_server: Any) -> Iterator[Masking]:
    with Masking(production_server.create_database()) as session:
        yield session


_OTHERS = (
    ("０４５－１２３－４５６７", "１００－０００１", "東京都千代田区丸の内１－２－３", "山田　太郎"),
    ("（０４５）１２３－４５６７", "〒１００－０００１", "東京都千代田区丸の内1-2-3", "山田 太郎"),
    ("x", "１０００００１", "東京都千代田区丸の内一丁目", "山田太郎"),
    ("x", "〒100-0001", "x", "ヤマダ　タロウ"),
    ("x", "１００　０００１", "x", "x"),
    ("x", "山１００－０００１", "x", "x"),
)

#: What masks of their codes and addresses look like.
_CODES = ("www－wwww", "〒www－wwww", "wwwwwww", "〒ddd-dddd", "www　wwww", "wwwwwww")
_RULES: dict[str, Any] = {
    "tel": {"mask": "phone", "scope": "home"},
    "zip": {"mask": "postal_code", "scope": "home"},
    "home": {"mask": "address", "scope": "home"},
    "region": {"mask": "address", "part": "region", "scope": "home"},
    "name": "full_name",
    "roman": {"mask": "full_name", "script": "romaji"},
    "given": {"mask": "first_name", "script": "romaji"},
}


def _narrow(text: str) -> str:
    return text.translate({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "})


def _pattern(shape: str) -> str:
    return shape.replace("d", "[0-9]").replace("w", "[０-９]")


def test_texts_as_wide_as_kanji_get_masks_that_are_and_numbers_are_of_their_place(masking: Masking) -> None:
    masking.run(
        "CREATE TABLE people (id serial PRIMARY KEY, tel text, zip text, home text, name text, region text DEFAULT 'x',"
        " roman text DEFAULT 'ＹＡＭＡＤＡ　Ｔａｒｏ', given text DEFAULT 'Taro')"
    )
    originals = [*((phone, "x", "x", "x") for phone in _PHONES), *_OTHERS]
    with masking.conn.cursor() as cursor:
        cursor.executemany("INSERT INTO public.people (tel, zip, home, name) VALUES (%s, %s, %s, %s)", originals)
    made = masking.rows("people", _RULES)
    assert made == masking.in_place("people", _RULES)
    areas = dict(AREAS)
    for before, row in zip(originals, made, strict=True):
        shape, area = _PHONES.get(before[0], ""), areas[row["region"]]
        if shape in {"A", "a", ""}:
            digits = _narrow(re.sub(r"[^0-9０-９]", "", row["tel"]))
            assert digits.startswith(area.replace("-", "")), row
            assert len(digits) == 10
        else:
            assert re.fullmatch(_pattern(shape), row["tel"]), (shape, row["tel"])
        assert _narrow(row["home"]).startswith(row["region"])
    own = {before[0]: row["tel"] for before, row in zip(originals, made, strict=True)}
    assert re.fullmatch("0[0-9]+-[01][0-9]+-[0-9]{4}", own["03-1234-5678"])
    assert re.fullmatch("０[０-９]+－[０１][０-９]+－[０-９]{4}", own["０４５－１２３－４５６７"])
    assert re.fullmatch("（０[０-９]+）[０１][０-９]+－[０-９]{4}", own["（０４５）１２３－４５６７"])
    others = made[len(_PHONES) :]
    for shape, row in zip(_CODES, others, strict=True):
        assert re.fullmatch(_pattern(shape), row["zip"]), (shape, row["zip"])
    assert re.search("[０-９]－[０-９]+$", others[0]["home"])
    assert all(re.search("[0-9]-[0-9]+$", row["home"]) for row in others[1:])
    assert [re.sub(r"[^ 　]", "", row["name"]) for row in others[:4]] == ["　", " ", " ", "　"]
    assert all(re.fullmatch("[Ａ-Ｚ][ａ-ｚ]+　[Ａ-Ｚ][ａ-ｚ]+", row["roman"]) for row in made)
    assert all(row["given"].isascii() for row in made)
    statement, bindings = masking.statement("people", _RULES)
    masking.set(bindings)
    masking.run(f"CREATE TABLE made AS {statement}")
    for name, rule in _RULES.items():
        chance = masking.chance("people", name, rule, bindings)
        masking.set(bindings)
        least, most = masking.conn.execute(
            f"SELECT (SELECT min({chance}) FROM public.made), (SELECT max({chance}) FROM public.people)".encode()
        ).fetchone() or (0, 1)
        assert least > 0, f"{name}: it makes what it says it cannot"
        assert most < 0.001, f"{name}: what it never made may be an original"


def test_no_number_of_an_area_begins_as_that_of_a_longer_one() -> None:
    areas = dict(AREAS)
    assert set(areas) == set(rows_of("ja_JP", "place").columns["region"])
    codes = {begins.partition("-")[0] for begins in areas.values()}
    for region, begins in AREAS:
        code, _, digit = begins.partition("-")
        assert digit in {"0", "1"}, f"{region}: an exchange may begin so"
        assert f"{code}{digit}" not in codes
        assert f"{code}{digit}" not in LONGER, f"{region}: it is an area of its own"
