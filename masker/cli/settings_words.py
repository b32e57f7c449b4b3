"""What is said of a settings file that the model does not take: what stands there, what was expected, and which key was
perhaps meant. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

from masker.cli.flags.group import Declared
from masker.cli.settings_model import settings, tree_of_settings

#: Kinds of complaints in which the library names a type of its own.
_EXPECTED = {
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "a section, keys with values",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "list_type": "a list",
    "model_attributes_type": "a section, keys with values",
    "model_type": "a section, keys with values",
    "string_type": "text",
}


def expected(kind: str) -> str | None:
    """What should stand where the library complains of *kind*; None where its own words say it."""
    return _EXPECTED.get(kind)


def meant(path: Sequence[str | int]) -> str | None:
    """What may have been meant by the key at *path*, which is none."""
    *above, wrong = path
    if isinstance(wrong, int):
        return None
    close = difflib.get_close_matches(wrong, _keys(above), n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    places = [each.setting.path for each in settings() if each.setting and each.setting.path.split(".")[-1] == wrong]
    return f"it stands in {places[0].rpartition('.')[0]}" if len(places) == 1 and "." in places[0] else None


def _keys(path: Sequence[str | int]) -> list[str]:
    """The keys that the section at *path* takes."""
    node: Any = tree_of_settings()
    parts = iter(path)
    for part in parts:
        if isinstance(part, int):
            continue
        found = next((name for name in _spellings(part) if name in node), None)
        if found is None or isinstance(node[found], Declared):
            return []
        node = node[found]
        if found.endswith("{}"):
            next(parts, None)
    return [name.removesuffix("[]").removesuffix("{}") for name in node]


def _spellings(name: str) -> Iterator[str]:
    yield from (name, f"{name}[]", f"{name}{{}}")
