"""What is said of a settings file that the model does not take: what stands there, what was expected, and which key was
perhaps meant. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

from masker.cli.settings_model import EITHER, NEEDED, SHORT, settings, tree_of_settings

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


def may_be_empty(path: Sequence[str | int]) -> bool:
    """Whether nothing at *path* means what no such key means: a section whose keys are all left out."""
    found, where = _at(path)
    is_section = isinstance(found, dict) and where.rpartition(".")[2] in _spellings(str(path[-1]))
    return is_section and where not in NEEDED | EITHER and where not in SHORT


def _keys(path: Sequence[str | int]) -> list[str]:
    """The keys that the section at *path* takes."""
    node, _ = _at(path)
    return [name.removesuffix("[]").removesuffix("{}") for name in node] if isinstance(node, dict) else []


def _at(path: Sequence[str | int]) -> tuple[Any, str]:
    """What is declared at *path*, None if nothing is, and its place as :func:`tree_of_settings` spells it."""
    node: Any = tree_of_settings()
    where: list[str] = []
    parts = iter(path)
    for part in parts:
        if isinstance(part, int):
            continue
        found = next((name for name in _spellings(part) if name in node), None) if isinstance(node, dict) else None
        if found is None:
            return None, ""
        node = node[found]
        where.append(found)
        if found.endswith("{}"):
            next(parts, None)
    return node, ".".join(where)


def _spellings(name: str) -> Iterator[str]:
    yield from (name, f"{name}[]", f"{name}{{}}")
