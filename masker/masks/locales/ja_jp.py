"""Japan. Source of the numbering plan: Ministry of Internal Affairs and Communications; 0900 is no mobile prefix and 03-1… no exchange."""

from __future__ import annotations

from masker.masks.locales.locale import Begins, Drawn, Entry, Locale, Longer, Phones, Places, PostalCodes, Style, Word
from masker.masks.sql.bindings import Words

#: Chome, block and house.
_BLOCKS = Words(
    "Japanese blocks", tuple(f"{chome}-{block}-{house}" for chome in range(1, 10) for block in range(1, 31) for house in range(1, 21))
)

_STREET = (Word("street"), Entry("block", _BLOCKS))

JA_JP = Locale(
    name="ja_JP",
    scripts=("kanji", "katakana", "hiragana", "romaji"),
    family_first=True,
    phones=Phones(
        first=0,
        drawn=10_000_000,
        hyphenated=(
            Style('FM"+81-90-0"000"-"0000', Begins("+")),
            Style('FM"090-0"000"-"0000', Longer(12)),
            Style('FM"03-1"000"-"0000'),
        ),
        plain=(Style('FM"+81900"0000000', Begins("+")), Style('FM"0900"0000000', Longer(10)), Style('FM"031"0000000')),
        reserved=("03-1%", "031%", "090-0%", "0900%", "+81900%", "+81-90-0%"),
    ),
    postal_codes=PostalCodes(least=10_000, most=9_989_999, short="FM0000000", long='FM000"-"0000', long_characters=8),
    places=Places(
        full=(Word("region"), Word("city"), *_STREET),
        region=(Word("region"),),
        city=(Word("city"),),
        street=_STREET,
        building=(Word("building"), Drawn("door", 101, 999)),
    ),
)
