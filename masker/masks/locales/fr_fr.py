"""France. Source of the telephone numbers: ARCEP keeps 01 99 00 and 06 39 98 for fiction, each with four digits
more."""

from __future__ import annotations

from masker.masks.locales.locale import Begins, Drawn, Locale, Longer, Phones, Places, PostalCodes, Style, Word
from masker.masks.locales.work_european import FR_WORK

_STREET = (Drawn("house", 1, 120), " ", Word("street"))

FR_FR = Locale(
    name="fr_FR",
    scripts=("latin", "romaji"),
    family_first=False,
    accents=True,
    phones=Phones(
        first=0,
        drawn=10_000,
        hyphenated=(
            Style('FM"+33-6-39-98-"00"-"00', Begins("+")),
            Style('FM"06-39-98-"00"-"00', Begins("06")),
            Style('FM"06-39-98-"00"-"00', Begins("07")),
            Style('FM"01-99-00-"00"-"00'),
        ),
        plain=(
            Style('FM"+33 6 39 98 "00" "00', Begins("+33 ")),
            Style('FM"+3363998"0000', Begins("+")),
            Style('FM"06 39 98 "00" "00', Begins("06 ")),
            Style('FM"06 39 98 "00" "00', Begins("07 ")),
            Style('FM"063998"0000', Begins("06")),
            Style('FM"063998"0000', Begins("07")),
            Style('FM"01 99 00 "00" "00', Longer(10)),
            Style('FM"019900"0000'),
        ),
        reserved=(
            "+33-6-39-98-%",
            "06-39-98-%",
            "01-99-00-%",
            "+33 6 39 98 %",
            "+3363998%",
            "06 39 98 %",
            "063998%",
            "01 99 00 %",
            "019900%",
        ),
    ),
    postal_codes=PostalCodes(digits=5, short="FM00000", long="FM00000", long_characters=5),
    places=Places.behind_street(_STREET, "{postal} {city}", (Word("building"), " ", Drawn("door", 1, 60))),
    work=FR_WORK,
)
