"""What a locale has to say: every entry is needed, so that none is silently another country's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self, cast

from masker.masks.locales.pools import Pool, by_frequency, of_names, of_places, uniform
from masker.masks.locales.words import place_list, word_list
from masker.masks.locales.work import Work
from masker.masks.numbers import Numbers
from masker.masks.sql.bindings import Words

Script = Literal["latin", "kanji", "katakana", "hiragana", "half_width", "romaji"]
Part = Literal["full", "region", "city", "town", "street", "building", "city_code"]

#: Bytes that one family name has at most on average; two have more.
_OF_ONE_NAME = 11

#: The one part of a place that has a mask of its own.
POSTAL_CODE = "postal_code"


@dataclass(frozen=True, slots=True)
class Begins:
    """The original begins with *mark*, and has more than so many *characters*."""

    mark: str
    characters: int = 0


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
class Service:
    """Numbers of no place that say what they are for by what they *begin* with: *drawn* many of them from *first* on,
    in formats of ``to_char``."""

    begins: str
    first: int
    drawn: int
    hyphenated: str
    plain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phones:
    """Numbers that ring nowhere: *drawn* many of them from *first* on, put into a style. *hyphenated* and *plain* are
    tried in their order, by whether the original has a hyphen. *reserved* are LIKE patterns of all that can come
    out. *in_parts* is how one is written that stands in several columns, empty where nobody does that.

    *areas* is, by region, what a number of ten digits there begins with, hyphens included, and *services* are those of
    no region; both are empty where numbers do not tell."""

    first: int
    drawn: int
    hyphenated: tuple[Style, ...]
    plain: tuple[Style, ...]
    reserved: tuple[str, ...]
    in_parts: str = ""
    areas: tuple[tuple[str, str], ...] = ()
    services: tuple[Service, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalCodes:
    """Codes of *digits*, written in format *short*, or *long* (of *long_characters*) where the original has a hyphen.
    Codes of letters, of as many characters, have no *short* form but their own."""

    digits: int
    short: str | None
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
class Place:
    """What a real place is called, in *form*: its columns in braces, and what stands between them. All that is of one
    place has one number."""

    form: str


Piece = str | Word | Entry | Drawn | Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Of what an address and its parts are put together; nothing where a country has no such part. *scripts* are what
    they are written in, the usual one first."""

    scripts: tuple[Script, ...]
    full: tuple[Piece, ...]
    region: tuple[Piece, ...]
    city: tuple[Piece, ...]
    town: tuple[Piece, ...]
    street: tuple[Piece, ...]
    building: tuple[Piece, ...]
    city_code: tuple[Piece, ...]

    def part(self, name: Part) -> tuple[Piece, ...]:
        """The pieces of one part."""
        pieces: tuple[Piece, ...] = getattr(self, name)
        return pieces

    @classmethod
    def behind_street(
        cls, street: tuple[Piece, ...], town: str, building: tuple[Piece, ...], script: Script = "latin"
    ) -> Self:
        """Where an address is a *street* and, behind a comma, the form of a *town* with its code."""
        return cls(
            scripts=(script,),
            full=(*street, ", ", Place(town)),
            region=(Place("{region}"),),
            city=(Place("{city}"),),
            town=(),
            street=street,
            building=building,
            city_code=(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale:
    """How people, telephones, places and work of one country are written. *scripts* are those of names, the usual one
    first; *accents*: letters of its language are not all ASCII, but most are; *wide*: letters, digits and marks as wide
    as kanji are written, too; *two_families*: people bear two family names, and a column may hold one or both."""

    name: str
    scripts: tuple[Script, ...]
    family_first: bool
    accents: bool
    phones: Phones
    postal_codes: PostalCodes
    places: Places
    work: Work
    wide: bool = False
    two_families: bool = False

    def words(self, name: str) -> Words:
        """One of the frozen lists that *places* name."""
        return word_list(self.name, name)

    def names(self, stem: str, script: Script, *, numbers: Numbers | None = None, by_value: bool = False) -> Pool:
        """The ``family`` or ``given`` names in *script*: as frequent as *numbers* say, as among people where there are
        none. Values draw each as often as any other, since they repeat by themselves."""
        every = word_list(self.name, f"{stem}_{script}")
        if numbers is not None and not (stem == "family" and self.are_both(numbers)):
            return of_names(self.name, stem, script, numbers, len(every.entries) if by_value else 0)
        return uniform(every) if by_value else by_frequency(self.name, stem, script)

    def are_both(self, numbers: Numbers) -> bool:
        """Whether *numbers* are of a column that holds both family names, as its width tells: they say how often the
        two meet, and not how frequent one is."""
        return self.two_families and numbers.width > _OF_ONE_NAME

    def written(self, place: Place, script: Script | None = None, *, numbers: Numbers | None = None) -> Pool:
        """Places as *place* has them, in the country's usual script or another; each as often as any other, or as
        *numbers* say."""
        other = None if script == self.places.scripts[0] else script
        if numbers is None or not numbers.of:
            return uniform(place_list(self.name, place.form, other))
        return of_places(self.name, place.form, other, numbers, self.steering(numbers.of))

    def has(self, part: str) -> bool:
        """Whether places have *part*, which may be their postal code."""
        return part == POSTAL_CODE or bool(self.places.part(cast("Part", part)))

    def steering(self, part: str) -> str:
        """The form whose values are those of a *part* of places."""
        if part == POSTAL_CODE:
            return "{postal}"
        (place,) = (piece for piece in self.places.part(cast("Part", part)) if isinstance(piece, Place))
        return place.form
