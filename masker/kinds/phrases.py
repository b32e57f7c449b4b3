"""The thing that a name ends in: its head, what stands before it, and how sure that is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from masker.kinds.kind import Kind
from masker.kinds.vocabulary import LONGEST, MODIFIERS, PHRASES, SOUNDS
from masker.kinds.words import listed, romaji, singular, split

#: Heads that mean nothing without what stands before them or the table they are in.
OPEN_HEADS = listed(
    """
    name id uuid guid key hash digest data value number no num code nr bangou bango banngou 番号
    """
)

_JAPANESE = re.compile(r"[぀-ヿ㐀-鿿]")

_SCRIPTS = {
    "kana": "katakana", "katakana": "katakana", "furigana": "katakana", "yomigana": "katakana", "hurigana": "katakana",
    "hiragana": "hiragana", "yomi": "katakana", "カナ": "katakana", "フリガナ": "katakana", "ふりがな": "hiragana",
    "romaji": "romaji", "roman": "romaji",
}  # fmt: skip

#: Kinds that are written in a script of their own.
_WRITTEN = frozenset(
    {Kind.GIVEN_NAME, Kind.FAMILY_NAME, Kind.FULL_NAME, Kind.REGION, Kind.CITY, Kind.TOWN, Kind.STREET, Kind.ADDRESS,
     Kind.BUILDING, Kind.COMPANY}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """The *phrase* that says what a name is of, the words *before* it, the kind it means by itself (None: it depends),
    the *script* that is named, and whether words after it *obscure* it."""

    phrase: tuple[str, ...]
    before: tuple[str, ...]
    kind: Kind | None
    script: str | None = None
    obscured: bool = False

    @property
    def words(self) -> str:
        return " ".join(self.phrase)


@lru_cache(maxsize=20_000)
def head_of(name: str) -> Head | None:
    """The head of *name*; None if no word of it is known.

    >>> head_of('unsubscribe_email_token').kind, head_of('email_language').kind, head_of('zip_code_2').kind
    (<Kind.TOKEN: 'token'>, <Kind.CODE: 'internal code'>, <Kind.POSTAL_CODE: 'postal code'>)
    >>> head_of('last_name_kana').script, head_of('shimei_kana').kind
    ('katakana', <Kind.FULL_NAME: 'person name'>)
    """
    words = tuple(singular(word) for word in split(name))
    script = next((_SCRIPTS[word] for word in reversed(words) if word in _SCRIPTS), None)
    if script is not None and len(words) > 1:
        bare = tuple(word for word in words if word not in _SCRIPTS)
        found = _ending(bare) if bare else None
        if found is not None and not found.obscured:
            return Head(found.phrase, found.before, found.kind, script)
    found = _before_preposition(words) or _ending(words)
    if found is not None and not found.obscured and found.kind in _WRITTEN and script is not None:
        return Head(found.phrase, found.before, found.kind, script)
    return found


#: What stands behind these says more of the thing before them: `title_by_phone`, `number_of_seats`.
_PREPOSITIONS = frozenset({"of", "by", "to", "for", "with", "without", "per", "via", "when", "in", "on", "during"})

#: What is done with such a word behind: `sign_in_ip`.
_DOING = frozenset({"sign", "check", "log", "opt", "plug", "drop", "walk", "clock", "trade", "buy", "move", "add"})


def _before_preposition(words: tuple[str, ...]) -> Head | None:
    """The head of a name in the midst of which a preposition stands; None where that is part of something known
    (`date of birth`, `reply to address`), or of what was done (`signed_by_name`)."""
    for at in range(1, len(words) - 1):
        if (
            words[at] not in _PREPOSITIONS
            or words[at - 1].endswith("ed")
            or words[at - 1] in _DOING
            or _spans(words, at)
        ):
            continue
        whole = words[at + 1 :] + words[:at] if words[at] == "of" else words[:at]
        found = _ending(whole)
        if found is not None and not found.obscured and found.kind is not Kind.FREE_TEXT:
            return found
    return None


def _spans(words: tuple[str, ...], at: int) -> bool:
    """Whether the word at *at* is part of a phrase that is known."""
    return any(
        _kind(words[begin:end]) is not None
        for begin in range(max(0, at - LONGEST), at + 1)
        for end in range(max(at, begin + 1) + 1, min(len(words), begin + LONGEST) + 1)
    )


def _ending(words: tuple[str, ...]) -> Head | None:
    end, obscured = len(words), False
    if words[-2:-1] == ("multi",) and len(words) > 2:
        # Where something is, not what it is: `digest_multi_region`.
        end -= 2
    while end:
        for length in range(min(LONGEST, end), 0, -1):
            phrase = words[end - length : end]
            known = _kind(phrase)
            is_open = length == 1 and phrase[0] in OPEN_HEADS
            if known is None and not is_open:
                continue
            if length == 1 and phrase[0] in MODIFIERS and end > 1 and _ending(words[: end - 1]) is not None:
                continue
            return Head(phrase, words[: end - length], None if is_open else known, obscured=obscured)
        word = words[end - 1]
        if not (word.isdigit() or word in MODIFIERS or len(word) == 1):
            obscured = True
        end -= 1
    return None


def _kind(phrase: tuple[str, ...]) -> Kind | None:
    if len(phrase) == 1 and _JAPANESE.search(phrase[0]):
        return next((found for at in range(len(phrase[0])) if (found := PHRASES.get((phrase[0][at:],)))), None)
    return PHRASES.get(phrase) or (
        SOUNDS.get(tuple(map(romaji, phrase))) if all(len(word) > 2 for word in phrase) else None
    )
