"""Germany. Source of the telephone numbers: the Bundesnetzagentur keeps 030 23125-000 to -999 for films; of mobile ones
there are too few."""

from __future__ import annotations

from masker.masks.locales.locale import Begins, Drawn, Locale, Longer, Phones, Places, PostalCodes, Style, Word
from masker.masks.locales.work_european import DE_WORK

_STREET = (Word("street"), " ", Drawn("house", 1, 140))

DE_DE = Locale(
    name="de_DE",
    scripts=("latin", "romaji"),
    family_first=False,
    accents=True,
    phones=Phones(
        first=0,
        drawn=1000,
        hyphenated=(Style('FM"+49-30-23125"000', Begins("+")), Style('FM"030-23125"000')),
        plain=(
            Style('FM"+49 30 23125"000', Begins("+49 ")),
            Style('FM"+493023125"000', Begins("+")),
            Style('FM"030 23125"000', Longer(11)),
            Style('FM"03023125"000'),
        ),
        reserved=("030-23125%", "030 23125%", "03023125%", "+493023125%", "+49 30 23125%", "+49-30-23125%"),
    ),
    postal_codes=PostalCodes(digits=5, short="FM00000", long="FM00000", long_characters=5),
    places=Places.behind_street(_STREET, "{postal} {city}", (Drawn("floor", 1, 6), ". OG, ", Word("building"))),
    work=DE_WORK,
)
