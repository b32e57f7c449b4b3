"""The United States. Source of the telephone numbers: NANPA keeps 555-0100 to 555-0199 for fiction."""

from __future__ import annotations

from masker.masks.locales.locale import Begins, Drawn, Locale, Phones, Places, PostalCodes, Style, Word
from masker.masks.locales.work import EN_WORK

_AREA_CODES = 800  # 200 to 999
_LINES = 100  # of each

_STREET = (Drawn("block", 100, 9999), " ", Word("street"))

EN_US = Locale(
    name="en_US",
    scripts=("romaji",),
    family_first=False,
    accents=True,
    phones=Phones(
        first=20_000,
        drawn=_AREA_CODES * _LINES,
        hyphenated=(
            Style('FM"+1-"000"-555-01"00', Begins("+")),
            Style('FM"("000") 555-01"00', Begins("(")),
            Style('FM000"-555-01"00'),
        ),
        plain=(
            Style('FM"+1"000"55501"00', Begins("+")),
            Style('FM"("000") 555-01"00', Begins("(")),
            Style('FM000"55501"00'),
        ),
        reserved=("%555-01%", "%55501%"),
        in_parts='FM000"-555-01"00',
    ),
    postal_codes=PostalCodes(digits=5, short="FM00000", long='FM00000"-0001"', long_characters=10),
    places=Places.behind_street(
        _STREET, "{city}, {region} {postal}", (Word("building"), " ", Drawn("door", 1, 999)), "romaji"
    ),
    work=EN_WORK,
)
