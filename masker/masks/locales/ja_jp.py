"""Japan."""

from __future__ import annotations

from masker.masks.locales.ja_phones import AREAS, SERVICES
from masker.masks.locales.locale import Begins, Entry, Locale, Longer, Phones, Place, Places, PostalCodes, Style, Word
from masker.masks.locales.work import JA_WORK
from masker.masks.sql.bindings import Words

#: Block and house; a town of several chome has its own before them.
_BLOCKS = Words("Japanese blocks", tuple(f"{block}-{house}" for block in range(1, 41) for house in range(1, 26)))

_BLOCK = Entry("block", _BLOCKS)

#: Twelve flats to a floor.
_DOORS = Words("Japanese doors", tuple(f"{floor}{door:02}" for floor in range(1, 10) for door in range(1, 13)))

JA_JP = Locale(
    name="ja_JP",
    scripts=("kanji", "katakana", "hiragana", "half_width", "romaji"),
    family_first=True,
    accents=False,
    phones=Phones(
        first=0,
        drawn=10_000_000,
        hyphenated=(
            Style('FM"+81-90-0"000"-"0000', Begins("+")),
            Style('FM"090-0"000"-"0000', Longer(12)),
            Style('FM"03-1"000"-"0000'),
        ),
        plain=(Style('FM"+81900"0000000', Begins("+")), Style('FM"0900"0000000', Longer(10)), Style('FM"031"0000000')),
        reserved=("0900%", "81900%", "031%"),
        in_parts='FM"090-0"000"-"0000',
        areas=AREAS,
        services=SERVICES,
    ),
    postal_codes=PostalCodes(digits=7, short="FM0000000", long='FM000"-"0000', long_characters=8),
    places=Places(
        scripts=("kanji", "katakana", "hiragana", "half_width"),
        full=(Place("{region}{city}{town}{chome}"), _BLOCK),
        region=(Place("{region}"),),
        city=(Place("{city}"),),
        town=(Place("{town}"),),
        street=(Place("{town}{chome}"), _BLOCK),
        building=(Word("building"), Entry("door", _DOORS)),
        city_code=(Place("{jis}"),),
    ),
    work=JA_WORK,
    wide=True,
)
