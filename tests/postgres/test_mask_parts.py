"""One value in several columns: each holds its piece of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from unicodedata import normalize

import pytest

from masker.masks.locales.ja_phones import AREAS
from masker.tables.agreement import agreement
from tests.postgres.masking import Masking

ROWS = 300

_TELEPHONE = {"mask": "phone", "parts": ["tel1", "tel2", "tel3"]}
_CODE = {"mask": "postal_code", "parts": ["zip1", "zip2"], "scope": "home"}
_ALL: dict[str, Any] = {
    **dict.fromkeys(("tel1", "tel2", "tel3"), _TELEPHONE),
    **dict.fromkeys(("zip1", "zip2"), _CODE),
    "zip": {"mask": "postal_code", "scope": "home"},
}


@pytest.fixture(scope="module")
def masking(production_server: Any) -> Iterator[Masking]:
    with Masking(production_server.create_database()) as session:
        session.run(
            "CREATE TABLE people (id int PRIMARY KEY, tel1 varchar(5), tel2 varchar(4), tel3 char(4), zip1 varchar(5),"
            " zip2 varchar(4), zip text, code text UNIQUE)",
            "INSERT INTO people SELECT n, (ARRAY['090', '03', '045', '0463', '0120', '０４５'])[1 + n % 6],"
            " (ARRAY['1234', '3581', '123', '22', '444', '１２３'])[1 + n % 6], (ARRAY['4567', '4567', '4567', '4567',"
            " '113', '４５６７'])[1 + n % 6], '100', '0001', '100-0001', n::text"
            f" FROM generate_series(1, {ROWS}) n",
        )
        yield session


@pytest.mark.parametrize("locale", ["ja_JP", "en_US"])
def test_pieces_are_those_of_one_number_and_one_place(masking: Masking, locale: str) -> None:
    masking.locale = locale
    originals, rows = masking.rows("people", dict.fromkeys(_ALL, "keep")), masking.rows("people", _ALL)
    assert rows == masking.rows("people", _ALL)
    assert len({(row["tel1"], row["tel2"], row["tel3"]) for row in rows}) > 0.9 * ROWS
    for before, row in zip(originals, rows, strict=True):
        assert f"{row['zip1']}-{row['zip2']}" == row["zip"]
        for name in ("tel1", "tel2", "tel3"):
            assert len(row[name]) <= len(before[name])
        if locale == "ja_JP":
            pieces = [row[name].rstrip() for name in ("tel1", "tel2", "tel3")]
            assert all(piece.isascii() == before["tel1"].isascii() for piece in pieces)
            assert [len(piece) for piece in pieces] == [len(before[name].rstrip()) for name in ("tel1", "tel2", "tel3")]
            number = normalize("NFKC", "-".join(pieces))
            match before["tel1"]:
                case "090":
                    assert re.fullmatch(r"090-0\d{3}-\d{4}", number)
                case "0120":
                    assert re.fullmatch(r"0120-90[2-4]-\d{3}", number)
                case _:
                    assert number.startswith(tuple(begins for _, begins in AREAS)), number
        elif len(before["tel1"]) > 2 and before["tel3"].strip() == "4567":
            assert re.fullmatch(r"[2-9]\d\d", row["tel1"])
            assert "555".startswith(row["tel2"])
            assert re.fullmatch(r"01\d\d", row["tel3"])
    decision, catalog = masking.decision("people", _ALL)
    agreed = agreement([decision], catalog)
    assert not agreed.problems
    assert not agreed.groups(), "pieces of one value are no equal values"
    statement, bindings = masking.statement("people", _ALL)
    masking.set(bindings)
    masking.run(f"CREATE TABLE made AS {statement}")
    for name in (each for each in _ALL if each != "zip"):
        chance = masking.chance("people", name, _ALL[name], bindings)
        masking.set(bindings)
        least = masking.conn.execute(f"SELECT min({chance}) FROM public.made".encode()).fetchone()
        assert least is not None
        assert least[0] > 0, f"{name}: it makes what it says it cannot"
    masking.run("DROP TABLE made")


def test_parts_that_are_none_are_refused(masking: Masking) -> None:
    for locale, rule, column, told in (
        ("ja_JP", {"parts": ["tel1", "tel9"]}, "tel1", "parts: there is no column tel9"),
        ("ja_JP", {"parts": ["tel1", "tel2"]}, "tel3", "parts: tel1, tel2 are not the columns of one value, of which"),
        ("ja_JP", {"parts": ["tel1", "tel2"]}, "tel1", "parts: 2 of a value of ja_JP: it is written in 3 there"),
        ("de_DE", {"parts": ["tel1", "tel2"]}, "tel1", "parts: 2 of a value of de_DE: it is written in one there"),
        ("ja_JP", {"parts": ["tel1", "tel2", "code"]}, "code", "parts: a unique index rests on it"),
        ("ja_JP", {**_TELEPHONE, "by": "value"}, "tel1", "parts: it goes by its value"),
    ):
        masking.locale = locale
        (found,) = masking.problems("people", {column: {"mask": "phone", **rule}})
        assert told in found
