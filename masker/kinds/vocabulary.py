"""What words at the end of a name say: English, German, French, Spanish, and Japanese in Latin letters and its own."""

from __future__ import annotations

from collections.abc import Mapping

from masker.kinds.harmless import HARMLESS
from masker.kinds.kind import Kind
from masker.kinds.texts import TEXTS
from masker.kinds.words import comma_separated, listed, romaji, singular, split
from masker.kinds.words_of_numbers import NUMBERS
from masker.kinds.words_of_people import PEOPLE
from masker.kinds.words_of_places import PLACES
from masker.kinds.words_of_secrets import SECRETS
from masker.kinds.words_of_traces import TRACES
from masker.kinds.words_of_traits import TRAITS

#: By idea; the first that knows a phrase decides.
_IDEAS = (SECRETS, NUMBERS, PEOPLE, PLACES, TRACES, TRAITS, TEXTS, HARMLESS)


def _phrases() -> tuple[Mapping[tuple[str, ...], Kind], Mapping[tuple[str, ...], Kind]]:
    plain: dict[tuple[str, ...], Kind] = {}
    sounds: dict[tuple[str, ...], Kind] = {}
    for kind, written in (said for idea in _IDEAS for said in idea.items()):
        for phrase in comma_separated(written):
            words = tuple(singular(word) for word in split("_".join(phrase.split())))
            plain.setdefault(words, kind)
            sounds.setdefault(tuple(map(romaji, words)), kind)
    return plain, sounds


PHRASES, SOUNDS = _phrases()

#: Words in one phrase, at most.
LONGEST = max(map(len, PHRASES))

#: What follows the thing that a column holds without changing it.
MODIFIERS = listed(
    """
    en ja jp fr de es it nl pt zh ko ro us uk raw normalized normalised canonical original encrypted old new
    prev previous text string plain value downcase downcased lower lowercase unaccented sanitized formatted
    local primary secondary main sub alt alternative alternate str current last final temp tmp legacy backup
    json jsonb override custom only html md markdown cached cached cache attribute bytes blob entry given multi public
    official internal unconfirmed
    confirmed pending optional preferred default translation translated work home private office daytime
    evening day night searchable search sortable latin ascii kanji digit ymd bidx ciphertext hint
    """
)
