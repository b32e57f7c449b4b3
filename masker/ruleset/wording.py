"""Rules and names as they are written in a rule file."""

from __future__ import annotations

import json
import re
from typing import Any

from masker.masks.arguments import MaskRule
from masker.names import TableName, quote

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_PLAIN_TEXT = re.compile(r"[A-Za-z_$/][A-Za-z0-9_ ./@*+-]*\Z")
_PLAIN_IDENTIFIER = re.compile(r'[^".]+\Z')
_WORDS_WITH_MEANING = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_PART = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')


def rule_text(rule: MaskRule) -> str:
    """*rule* in its short form, on one line."""
    return flow(_short(rule.model_dump(exclude_defaults=True) | {"mask": rule.mask}))


def _short(dumped: dict[str, Any]) -> Any:
    mask = {"mask": dumped["mask"]}
    rest = {key: value for key, value in dumped.items() if key != "mask"}
    if "paths" in rest:
        rest["paths"] = {path: _short(leaf) for path, leaf in rest["paths"].items()}
    if mask["mask"] == "sql":
        return rest
    return mask | rest if rest else mask["mask"]


def flow(value: Any) -> str:
    """*value* as YAML on one line."""
    match value:
        case None:
            return "null"
        case dict():
            return "{" + ", ".join(f"{key_text(key)}: {flow(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(flow(item) for item in value) + "]"
        case str() if value == "null" or (_PLAIN_TEXT.match(value) and value.lower() not in _WORDS_WITH_MEANING and value == value.strip()):
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)


def key_text(name: str) -> str:
    """*name* as a key, quoted where YAML needs it."""
    if _PLAIN_KEY.match(name) and name.lower() not in _WORDS_WITH_MEANING:
        return name
    return name if name.startswith("$") and _PLAIN_TEXT.match(name) else json.dumps(name, ensure_ascii=False)


def table_key(name: TableName) -> str:
    """*name* as a key below ``tables:``, with its schema unless that is public, quoted for SQL where a dot or quote is part of it."""
    parts = [name.name] if name.schema == "public" else [name.schema, name.name]
    return key_text(".".join(part if _PLAIN_IDENTIFIER.match(part) else quote(part) for part in parts))


def name_parts(written: str) -> tuple[str, ...] | None:
    """The parts of a dotted name, quoted ones without their quotes; None if it is no name.

    >>> name_parts('app."odd.name"')
    ('app', 'odd.name')
    """
    parts: list[str] = []
    at = 0
    while match := _PART.match(written, at):
        parts.append(match[1].replace('""', '"') if match[1] else match[2])
        at = match.end()
        if at == len(written):
            return tuple(parts)
        if written[at] != ".":
            return None
        at += 1
    return None
