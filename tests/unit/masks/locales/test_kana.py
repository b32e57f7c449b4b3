"""Kana into other scripts."""

from __future__ import annotations

import pytest

from masker.masks.locales.kana import half_width, hiragana, katakana, romaji


@pytest.mark.parametrize(("kana", "written"), [
    ("サトウ", "Sato"), ("オオタ", "Ota"), ("イノウエ", "Inoue"), ("オオウチ", "Ouchi"), ("マツウラ", "Matsuura"),
    ("シンイチ", "Shinichi"), ("ナンバ", "Namba"), ("ホッタ", "Hotta"), ("ハッチョウ", "Hatcho"), ("ユウコ", "Yuko"),
    ("ジュンコ", "Junko"), ("リョウコ", "Ryoko"), ("エイイチ", "Eiichi"), ("イイジマ", "Iijima"),
    ("ヒロオカ", "Hirooka"), ("オオオカ", "Ooka"), ("トオヤマ", "Toyama"),
])  # fmt: skip
def test_romaji_is_as_passports_have_it(kana: str, written: str) -> None:
    assert romaji(kana) == written


def test_kana_go_into_each_other() -> None:
    assert hiragana("ヴィクトリー・ヶ") == "ゔぃくとりー・ゖ"
    assert katakana(hiragana("サトウ")) == "サトウ"
    assert half_width("ガギグパピヴーッャァ・ヶ１－　") == "ｶﾞｷﾞｸﾞﾊﾟﾋﾟｳﾞｰｯｬｧ･ｹ1- "
