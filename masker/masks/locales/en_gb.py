"""The United Kingdom. Source of the telephone numbers: Ofcom keeps 07700 900, 020 7946 0 and 01632 960 for drama, each
with three digits more."""

from __future__ import annotations

from masker.masks.locales.locale import Begins, Drawn, Locale, Longer, Phones, Places, PostalCodes, Style, Word
from masker.masks.locales.work_european import GB_WORK

_STREET = (Drawn("house", 1, 160), " ", Word("street"))

EN_GB = Locale(
    name="en_GB",
    scripts=("romaji",),
    family_first=False,
    accents=True,
    phones=Phones(
        first=0,
        drawn=1000,
        hyphenated=(Style('FM"+44-7700-900"000', Begins("+")), Style('FM"07700-900"000')),
        plain=(
            Style('FM"+44 7700 900"000', Begins("+44 ")),
            Style('FM"+447700900"000', Begins("+")),
            Style('FM"020 7946 0"000', Begins("02")),
            Style('FM"01632 960"000', Begins("01")),
            Style('FM"07700 900"000', Longer(11)),
            Style('FM"07700900"000'),
        ),
        reserved=(
            "+44-7700-900%",
            "07700-900%",
            "+44 7700 900%",
            "+447700900%",
            "020 7946 0%",
            "01632 960%",
            "07700 900%",
            "07700900%",
        ),
    ),
    postal_codes=PostalCodes(digits=8, short=None, long="", long_characters=8),
    places=Places.behind_street(_STREET, "{city}, {postal}", (Word("building"), " ", Drawn("door", 1, 60)), "romaji"),
    work=GB_WORK,
)
