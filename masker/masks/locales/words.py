"""Frozen word lists and texts, and names and places frozen from the packages NOTICE names, by locale.
:mod:`masker.masks.locales.freeze` makes them.

Names and places are rows, ``LOCALE.family.tsv``, ``LOCALE.given.tsv`` and ``LOCALE.place.tsv``: all that is of one row
agrees.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from masker.masks.locales.kana import half_width, hiragana
from masker.masks.sql.bindings import Words

#: What is kept as rows.
STEMS = ("family", "given", "place")

#: Scripts that are made of the katakana.
_OF_KATAKANA: Mapping[str, Callable[[str], str]] = {
    "hiragana": hiragana,
    "half_width": half_width,
    "katakana": lambda kana: kana,
}


@dataclass(frozen=True, slots=True)
class Rows:
    """The columns of a table of tuples, and the text of each column by row."""

    columns: dict[str, tuple[str, ...]]

    def column(self, name: str) -> tuple[str, ...]:
        """A column as it stands, or made of its katakana."""
        if name in self.columns:
            return self.columns[name]
        return tuple(map(in_script(name), self.columns["katakana"]))


def in_script(script: str) -> Callable[[str], str]:
    """What makes *script* of katakana."""
    return _OF_KATAKANA[script]


@cache
def word_list(locale: str, name: str) -> Words:
    """The list *name* of *locale*: one of our own, or a column of names such as ``family_katakana``. Columns of one
    stem are aligned."""
    stem, _, column = name.partition("_")
    entries = rows_of(locale, stem).column(column) if stem in STEMS else tuple(_lists(locale)[name])
    return Words(f"{locale}.{name}", entries)


@cache
def place_list(locale: str, form: str, script: str | None = None) -> Words:
    """Every place, written in *form*: its ``{columns}`` and what stands between them, their kana in *script* if there
    is one."""
    columns = dict(rows_of(locale, "place").columns)
    if script is not None:
        made = in_script(script)
        columns |= {
            name.removesuffix("_kana"): tuple(map(made, kana))
            for name, kana in columns.items()
            if name.endswith("_kana")
        }
    written = tuple(form.format(**dict(zip(columns, row, strict=True))) for row in zip(*columns.values(), strict=True))
    return Words(f"{locale}.place {form} {script or ''}".rstrip(), written)


@cache
def rows_of(locale: str, stem: str) -> Rows:
    """The table of all names or places of *stem*."""
    header, *lines = files(__package__).joinpath(f"{locale}.{stem}.tsv").read_text(encoding="utf-8").splitlines()
    columns = zip(*(line.split("\t") for line in lines), strict=True)
    return Rows(dict(zip(header.split("\t"), columns, strict=True)))


def frozen_lines(name: str) -> list[str]:
    """The lines of one of the frozen texts."""
    return files(__package__).joinpath(f"{name}.txt").read_text(encoding="utf-8").splitlines()


@cache
def _lists(locale: str) -> dict[str, list[str]]:
    content = json.loads(files(__package__).joinpath(f"{locale}.json").read_text(encoding="utf-8"))
    return {name: list(entries) for name, entries in content["lists"].items()}
