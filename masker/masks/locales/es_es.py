"""Spain. Nobody keeps telephone numbers for films there. Those that begin with 79 and 99 ring nowhere: of the national
numbering plan mobile ones begin with 6 and 71 to 74 (78 is being opened, 75 to 79 are kept for later), those of a
province with 81 to 88 and 91 to 98. Source: Guía del Plan Nacional de Numeración, and the register of the CNMC.
"""

from __future__ import annotations

from masker.masks.locales.locale import Begins, Drawn, Locale, Longer, Phones, Places, PostalCodes, Style, Word
from masker.masks.locales.work_european import ES_WORK

_STREET = (Word("street"), ", ", Drawn("house", 1, 120))

ES_ES = Locale(
    name="es_ES",
    scripts=("latin", "romaji"),
    family_first=False,
    two_families=True,
    accents=True,
    phones=Phones(
        first=0,
        drawn=10_000_000,
        hyphenated=(
            Style('FM"+34-99"0"-"00"-"00"-"00', Begins("+34-9")),
            Style('FM"+34-79"0"-"000"-"000', Begins("+")),
            Style('FM"99"0"-"00"-"00"-"00', Begins("9")),
            Style('FM"99"0"-"00"-"00"-"00', Begins("8")),
            Style('FM"79"0"-"000"-"000'),
        ),
        plain=(
            Style('FM"+34 99"0" "00" "00" "00', Begins("+34 9")),
            Style('FM"+34 79"0" "000" "000', Begins("+34 ")),
            Style('FM"+3499"0000000', Begins("+349")),
            Style('FM"+3479"0000000', Begins("+")),
            Style('FM"003499"0000000', Begins("00349")),
            Style('FM"003479"0000000', Begins("00")),
            Style('FM"99"0" "00" "00" "00', Begins("9", 9)),
            Style('FM"99"0" "00" "00" "00', Begins("8", 9)),
            Style('FM"99"0000000', Begins("9")),
            Style('FM"99"0000000', Begins("8")),
            Style('FM"79"0" "000" "000', Longer(9)),
            Style('FM"79"0000000'),
        ),
        reserved=(
            "+34-99%",
            "+34-79%",
            "99%",
            "79%",
            "+34 99%",
            "+34 79%",
            "+3499%",
            "+3479%",
            "003499%",
            "003479%",
        ),
    ),
    postal_codes=PostalCodes(digits=5, short="FM00000", long="FM00000", long_characters=5),
    places=Places.behind_street(_STREET, "{postal} {city}", (Drawn("floor", 1, 8), "º ", Word("building"))),
    work=ES_WORK,
)
