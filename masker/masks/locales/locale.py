"""What a locale has to say: every entry is needed, so that none is silently another country's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from masker.masks.locales.words import word_list
from masker.masks.sql.bindings import Words

Script = Literal["kanji", "katakana", "hiragana", "romaji"]
Part = Literal["full", "region", "city", "street", "building"]


@dataclass(frozen=True, slots=True)
class Begins:
    """The original begins with *mark*."""

    mark: str


@dataclass(frozen=True, slots=True)
class Longer:
    """The original has more than so many *characters*."""

    characters: int


@dataclass(frozen=True, slots=True)
class Style:
    """A format of ``to_char`` for numbers that are written so; the one for all others has no condition."""

    format: str
    when: Begins | Longer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Phones:
    """Numbers that ring nowhere: *drawn* many of them from *first* on, put into a style. *hyphenated* and *plain* are tried in their order, by
    whether the original has a hyphen. *reserved* are LIKE patterns of all that can come out."""

    first: int
    drawn: int
    hyphenated: tuple[Style, ...]
    plain: tuple[Style, ...]
    reserved: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalCodes:
    """Codes *least* to *most*, written in format *short*, or *long* (of *long_characters*) where the original has a hyphen."""

    least: int
    most: int
    short: str
    long: str
    long_characters: int


@dataclass(frozen=True, slots=True)
class Word:
    """An entry of the locale's list of that *name*."""

    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One of *words*, picked by the number of *part*."""

    part: str
    words: Words


@dataclass(frozen=True, slots=True)
class Drawn:
    """A number from *least* to *most*, that of *part*."""

    part: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Code:
    """The postal code."""


Piece = str | Word | Entry | Drawn | Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Of what an address and its parts are put together."""

    full: tuple[Piece, ...]
    region: tuple[Piece, ...]
    city: tuple[Piece, ...]
    street: tuple[Piece, ...]
    building: tuple[Piece, ...]

    def part(self, name: Part) -> tuple[Piece, ...]:
        """The pieces of one part."""
        pieces: tuple[Piece, ...] = getattr(self, name)
        return pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale:
    """How people, telephones and places of one country are written. *scripts* are those of names, the usual one first."""

    name: str
    scripts: tuple[Script, ...]
    family_first: bool
    phones: Phones
    postal_codes: PostalCodes
    places: Places

    def words(self, name: str) -> Words:
        """One of the frozen lists: ``family_SCRIPT`` and ``given_SCRIPT`` for each script, the romaji of given names, and what *places* names."""
        return word_list(self.name, name)
