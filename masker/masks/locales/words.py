"""Word lists frozen from Faker, by locale. :mod:`masker.masks.locales.freeze` makes them; nothing else imports Faker."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from masker.masks.sql.bindings import Words


@cache
def word_list(locale: str, name: str) -> Words:
    """The list *name* of *locale*, such as ``family_katakana``. Lists of one stem are aligned: equal places hold the same name."""
    return Words(f"{locale}.{name}", tuple(_lists(locale)[name]))


@cache
def passage(locale: str) -> str:
    """A few thousand characters of filler text."""
    return str(_lists(locale)["lorem"][0])


@cache
def _lists(locale: str) -> dict[str, list[str]]:
    content = json.loads(files(__package__).joinpath(f"{locale}.json").read_text(encoding="utf-8"))
    return {name: list(entries) for name, entries in content["lists"].items()}
