"""Originals that give somebody away wherever they stand: what is sought in texts, and how it is written there. All of
it SQL.

Short and common ones do not: a given name, a town, a date. A name does with both its halves, in either order. What is
sought goes through ``strpos`` in lower case, and only what it finds is looked at more closely: a regular expression
takes a hundred times as long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from masker.catalog.types import ColumnType, TypeClass
from masker.masks.every import MASKS
from masker.masks.rule import MaskRule
from masker.names import quote, quote_literal

#: Characters that a secret, an address of a house, an address of a machine and any other text has to have.
_SECRET, _PLACE, _MACHINE, _TEXT = 9, 8, 7, 20

_EMAIL, _HALF = 6, 2
_DIGITS = 9

#: As much of a long text is sought as this.
_SOUGHT = 200

#: Between the digits of a telephone number.
_SIGNS = " -()+./"

#: As many digits at its end are looked for first.
_ENDING = 4

#: The texts of a row that are searched, in lower case, as what looks at them calls them.
SEARCHED_TEXTS = quote("masker texts")

#: What stands for a spelling that there is none of.
NOTHING = "NULL"

#: Encodings of databases that have no space as wide as a kanji, so that a statement may not have one either.
_WITHOUT_WIDE_SPACE = re.compile(r"LATIN|WIN|ISO_|KOI8|MULE")

_HALVES = re.compile(r"(?:last|family|sur|sei|myoji|first|given|fore|mei)_?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One original: the *column* it is of, its *path* there if it is a leaf, its text as SQL, and what it
    :func:`tells`.

    *sink* ends addresses that were masked before.
    """

    column: str
    text: str
    tells: str
    path: str = ""
    sink: str | None = None

    @property
    def name(self) -> str:
        return f"{self.column} {self.path}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is sought of one row: *first* and *second* as SQL, :data:`NOTHING` where there is nothing to seek.

    *is_name*: they are two halves of a name; else two spellings of one thing. *is_certain*: nothing but the original
    reads so. *of* are the names of the originals, *columns* the columns they are in. A text that has less than it
    *needs* is not looked at: ``@``, or so many characters. *glimpse* is not true only where :data:`SEARCHED_TEXTS` do
    not have it, which it sees in a quarter of the time that the spellings take.
    """

    of: tuple[str, ...]
    columns: frozenset[str]
    first: str
    needs: Literal["@"] | int
    second: str = NOTHING
    is_name: bool = False
    is_certain: bool = False
    glimpse: str = "true"


def tells(rule: MaskRule, kind: ColumnType | None = None) -> str:
    """What originals under *rule* give away: ``email``, ``number``, ``secret``, ``name``, ``family``, ``given``,
    ``place``, ``machine``, ``text``, ``any``, or nothing. *kind* is the column's type, None for a leaf."""
    return MASKS[rule.mask].card.tells(rule, kind.kind if kind is not None else TypeClass.TEXT)


def wide_space(encoding: str) -> str:
    """What Japanese texts put between two names, a plain space in a database of another *encoding*."""
    return " " if _WITHOUT_WIDE_SPACE.match(encoding) else "\u3000"


def sought(told: Sequence[Told], wide: str) -> Iterator[Sought]:
    """What to seek of a row that has the originals *told*; *wide* is :func:`wide_space`."""
    for original in told:
        of, columns = (original.name,), frozenset({original.column})
        match original.tells:
            case "email":
                yield Sought(
                    of=of,
                    columns=columns,
                    first=_email(original),
                    needs="@",
                    is_certain=True,
                    glimpse=_beginning(original.text, _EMAIL),
                )
            case "number":
                yield Sought(
                    of=of,
                    columns=columns,
                    first=_number(original.text),
                    second=_plain_number(original.text),
                    needs=_DIGITS,
                    is_certain=True,
                    glimpse=_ending(original.text),
                )
            case "secret":
                yield Sought(
                    of=of,
                    columns=columns,
                    first=_longer(original.text, _SECRET),
                    needs=_SECRET,
                    is_certain=True,
                    glimpse=_beginning(original.text, _SECRET),
                )
            case "name":
                first, second = _halves(original.text, wide)
                yield Sought(of=of, columns=columns, first=first, second=second, needs=_HALF, is_name=True)
            case "place" | "machine" | "text" as kind:
                text = f"split_part({original.text}, '/', 1)" if kind == "machine" else original.text
                least = {"place": _PLACE, "machine": _MACHINE, "text": _TEXT}[kind]
                yield Sought(
                    of=of,
                    columns=columns,
                    first=_longer(text, least),
                    needs=least,
                    glimpse=_beginning(text, least),
                )
            case "any":
                first = f"coalesce({_email(original)}, {_number(original.text)}, {_longer(original.text, _TEXT)})"
                yield Sought(
                    of=of,
                    columns=columns,
                    first=first,
                    needs=_EMAIL,
                    glimpse=_beginning(original.text, _EMAIL),
                )
            case _:
                pass
    for family, given in _pairs(told):
        yield Sought(
            of=(family.name, given.name),
            columns=frozenset({family.column, given.column}),
            first=f"nullif({_lower(family.text)}, '')",
            second=f"nullif({_lower(given.text)}, '')",
            needs=_HALF,
            is_name=True,
        )


def _pairs(told: Sequence[Told]) -> Iterator[tuple[Told, Told]]:
    """Family and given names that belong together: those whose columns are called alike but for the half they hold,
    else in order."""
    families, givens = ([t for t in told if t.tells == half] for half in ("family", "given"))
    rest = list(givens)
    for family in families:
        alike = [g for g in rest if _HALVES.sub("", g.name) == _HALVES.sub("", family.name)] or (
            rest if len(families) == len(givens) == 1 else []
        )
        if alike:
            given = alike[0]
            rest.remove(given)
            yield family, given


def found_in(text: str, whose: str, what: Sought, wide: str) -> str:
    """SQL: whether *text* has *what* is sought, as a word of its own, in lower case: the columns *whose* with an a
    and a b behind it. *wide* is :func:`wide_space`."""
    first, second = f"{whose}a", f"{whose}b"
    if not what.is_name:
        spellings = [first] if what.second == NOTHING else [first, second]
        return " OR ".join(f"coalesce({_word(text, spelling)}, false)" for spelling in spellings)
    orders = [
        f"{first} || ' ' || {second}",
        f"{second} || ' ' || {first}",
        f"{first} || ', ' || {second}",
        f"{first} || '{wide}' || {second}",
    ]
    # Joined only in scripts without spaces between words.
    joined = (
        f"octet_length({first} || {second}) > char_length({first} || {second}) AND strpos({text}, {first} ||"
        f" {second}) > 0"
    )
    together = " OR ".join([*(_word(text, order) for order in orders), f"({joined})"])
    return f"CASE WHEN strpos({text}, {first}) > 0 AND strpos({text}, {second}) > 0 THEN {together} ELSE false END"


def _word(text: str, word: str) -> str:
    at = f"strpos({text}, {word})"
    before, after = f"substr({text}, {at} - 1, 1)", f"substr({text}, {at} + char_length({word}), 1)"
    return f"CASE WHEN {at} > 0 THEN {before} || ' ' || {after} !~ '[a-z0-9]' ELSE false END"


def _lower(text: str) -> str:
    return f'lower(btrim({text}) COLLATE pg_catalog."C")'


def _beginning(text: str, length: int) -> str:
    """Whether the first characters of what is sought as it stands are there. A space among them may be one that is left
    out."""
    first = f"left({text}, {length})"
    return f"strpos({SEARCHED_TEXTS}, lower({first} COLLATE pg_catalog.\"C\")) > 0 OR strpos({first}, ' ') > 0"


def _ending(text: str) -> str:
    """Whether the last digits of a number are there, which all its spellings have in common; what does not end in so
    many is sought anyway."""
    last = f"right({text}, {_ENDING})"
    return f"strpos({SEARCHED_TEXTS}, {last}) > 0 OR translate({last}, '0123456789', '') <> ''"


def _longer(text: str, least: int) -> str:
    return f"CASE WHEN char_length({text}) >= {least} THEN left({_lower(text)}, {_SOUGHT}) END"


def _email(original: Told) -> str:
    text = original.text
    own = f" AND right(lower({text}), {len(original.sink)}) <> {quote_literal(original.sink)}" if original.sink else ""
    return (
        f"CASE WHEN strpos({text}, '@') > 1 AND strpos(btrim({text}), ' ') = 0 AND char_length({text}) >= {_EMAIL}{own}"
        f" THEN left({_lower(text)}, {_SOUGHT}) END"
    )


def _digits(text: str) -> str:
    return f"translate({text}, '{_SIGNS}', '')"


def _is_number(text: str) -> str:
    return (
        f"char_length({text}) >= {_DIGITS} AND translate({text}, '0123456789{_SIGNS}', '') = '' AND"
        f" char_length({_digits(text)}) >= {_DIGITS}"
    )


def _number(text: str) -> str:
    return f"CASE WHEN {_is_number(text)} THEN {_lower(text)} END"


def _plain_number(text: str) -> str:
    return f"CASE WHEN {_is_number(text)} THEN {_digits(text)} END"


def _halves(text: str, wide: str) -> tuple[str, str]:
    """The first word of a whole name and the rest; where nothing separates them and no script but Latin would, none."""
    spaced = f"replace(btrim({text}), '{wide}', ' ')"
    is_spaced = f"strpos({spaced}, ' ') > 0"
    is_other = f"octet_length({text}) > char_length({text}) AND char_length({text}) > 1"
    word, rest = f"split_part({spaced}, ' ', 1)", f"substr({spaced}, strpos({spaced}, ' ') + 1)"
    first = f"CASE WHEN {is_spaced} THEN {_lower(word)} WHEN {is_other} THEN {_lower(text)} END"
    second = f"CASE WHEN {is_spaced} THEN {_lower(rest)} WHEN {is_other} THEN '' END"
    return first, second
