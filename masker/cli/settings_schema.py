"""masker.yml told: its JSON Schema for editors, and its keys for the reference."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from masker.cli.flags.group import Declared
from masker.cli.settings_model import (
    EITHER,
    NEEDED,
    SECTIONS,
    SHORT,
    Tree,
    as_written,
    default_of,
    meaning,
    members_of,
    model_name,
    settings_model,
    tree_of_settings,
)
from masker.model import FromEnvironment

#: Plain types in words.
_PLAIN: dict[Any, str] = {
    str: "text",
    int: "number",
    float: "number",
    bool: "`true`, `false`",
    FromEnvironment: "`{env: …}`",
}


def settings_schema() -> str:
    """The JSON Schema of masker.yml, for completion and checks in editors."""
    schema = _plain(settings_model().model_json_schema())
    for path, key in SHORT.items():
        node = schema["$defs"][model_name(path.rpartition(".")[0])]["properties"]
        name = path.rpartition(".")[2]
        node[name] = {
            "description": node[name]["description"],
            "anyOf": [schema["$defs"][model_name(path)]["properties"][key], _reference(path)],
        }
    for path in EITHER:
        schema["$defs"][model_name(path)] |= {"minProperties": 1, "maxProperties": 1}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "masker.yml"}
    return json.dumps({**head, **schema}, ensure_ascii=False, indent=2) + "\n"


def setting_rows() -> Iterator[tuple[str, str, str, str]]:
    """Every key with what it takes, its default and what it means: (path, type, default, meaning)."""
    yield "version", "`1`", "needed", "The version of this form."
    yield from _rows(tree_of_settings(), "")


def _rows(tree: Tree, prefix: str) -> Iterator[tuple[str, str, str, str]]:
    for name, child in tree.items():
        path = f"{prefix}{name}"
        if isinstance(child, Declared):
            default = default_of(child)
            shown = (
                "" if default in (None, []) else f"`{str(default).lower() if isinstance(default, bool) else default}`"
            )
            yield path, _kind(child), "needed" if path in NEEDED else shown, meaning(child)
            continue
        kinds = [{"[]": "list of sections", "{}": "sections by name"}.get(name[-2:], "section")]
        if (key := SHORT.get(path)) is not None and isinstance(short := child[key], Declared):
            kinds.insert(0, _kind(short))
        yield path, ", ".join(kinds), "needed" if path in NEEDED else "", SECTIONS[path]
        yield from _rows(child, f"{path}.")


def _kind(each: Declared) -> str:
    assert each.setting is not None  # noqa: S101 - of settings only
    return ", ".join(dict.fromkeys(_words(each.setting.taken or as_written(each.type))))


def _words(kind: Any) -> Iterator[str]:
    for member in members_of(kind):
        origin = get_origin(member)
        if origin is Literal:
            yield from (f"`{choice}`" for choice in get_args(member))
        elif origin is list:
            yield f"list of {', '.join(_words(get_args(member)[0]))}"
        elif origin is dict:
            yield f"map to {', '.join(_words(get_args(member)[1]))}"
        else:
            yield _PLAIN.get(member) or "text or a hook"


def _reference(path: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{model_name(path)}"}


def _plain(node: Any) -> Any:
    """A schema without the titles that pydantic makes up, and without null for what may be left out."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: _plain(value)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str)) and not (key == "default" and value is None)
    }
    if {"type": "null"} in kept.get("anyOf", ()):
        members = [member for member in kept.pop("anyOf") if member != {"type": "null"}]
        kept |= members[0] if len(members) == 1 else {"anyOf": members}
    return kept
