"""Rules and names as they are written in a rule file."""

from __future__ import annotations

import json
import re
from typing import Any

from masker.masks.cases import Cases
from masker.masks.ends import Ends
from masker.masks.json_rule import Leaf
from masker.masks.rule import MaskRule
from masker.model import FromEnvironment
from masker.names import TableName, quote

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*\Z")
_PLAIN_TEXT = re.compile(r"[A-Za-z_$/][A-Za-z0-9_ ./@*+-]*\Z")
_PLAIN_IDENTIFIER = re.compile(r'[^".]+\Z')
_WORDS_WITH_MEANING = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_PART = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')


def rule_text(rule: MaskRule) -> str:
    """*rule* in its short form, on one line."""
    return flow(_short(rule))


def _short(value: Any) -> Any:
    """*value* as it would be written: what a rule does not say by itself is left out."""
    match value:
        case Cases():
            masks = [_mapping(_short(each.rule), when=each.when) for each in value.cases]
            return [*masks, {"else": _short(value.otherwise)}]
        case MaskRule():
            said = {name: _short(own) for name, own in _said(value).items() if name != "mask"}
            named = {} if value.mask == "sql" else {"mask": value.mask}
            return named | said if said else value.mask
        case Leaf(optional=True):
            return {**_mapping(_short(value.rule)), "optional": True}
        case Leaf():
            return _short(value.rule)
        case Ends():
            return {name: kept for name, kept in value.model_dump().items() if kept}
        case FromEnvironment():
            return {"env": value.env}
        case dict():
            return {key: _short(item) for key, item in value.items()}
        case _:
            return value


def _mapping(short: Any, **first: Any) -> dict[str, Any]:
    return {**first, **(short if isinstance(short, dict) else {"mask": short})}


def _said(rule: MaskRule) -> dict[str, Any]:
    fields = type(rule).model_fields
    return {name: value for name, field in fields.items() if (value := getattr(rule, name)) != field.default}


def flow(value: Any) -> str:
    """*value* as YAML on one line."""
    match value:
        case None:
            return "null"
        case dict():
            return "{" + ", ".join(f"{key_text(key)}: {flow(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(flow(item) for item in value) + "]"
        case str() if value == "null" or (
            _PLAIN_TEXT.match(value) and value.lower() not in _WORDS_WITH_MEANING and value == value.strip()
        ):
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)


def key_text(name: str) -> str:
    """*name* as a key, quoted where YAML needs it."""
    if _PLAIN_KEY.match(name) and name.lower() not in _WORDS_WITH_MEANING:
        return name
    return name if name.startswith("$") and _PLAIN_TEXT.match(name) else json.dumps(name, ensure_ascii=False)


def table_key(name: TableName) -> str:
    """*name* as a key below ``tables:``, with its schema unless that is public, quoted for SQL where a dot or quote is
    part of it."""
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
