"""The JSON Schema says the same as the parser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from masker.ruleset.document import read_document
from masker.ruleset.files import shipped_rule_sets
from masker.ruleset.parse import parse_rules
from masker.ruleset.schema import json_schema
from tests.unit.ruleset.test_parse import COLUMNS, FILES, FULL

SCHEMA = json.loads(json_schema(tuple(shipped_rule_sets())))

#: What the schema leaves to the parser: which paths are paths, which arguments exclude each other, how often a key
#: stands in a mapping.
BEYOND_A_SCHEMA = re.compile(
    r"is no path|takes either|written twice|weeks|stands before the end|every mask of the list"
)

TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "null": type(None),
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}


def fits(value: Any, node: dict[str, Any]) -> bool:
    """Whether *value* fits *node*, for the keywords that the schema uses."""
    if "$ref" in node:
        return fits(value, SCHEMA["$defs"][node["$ref"].rpartition("/")[2]])
    if "anyOf" in node and not any(fits(value, one) for one in node["anyOf"]):
        return False
    if "const" in node and (type(value) is not type(node["const"]) or value != node["const"]):
        return False
    if "enum" in node and value not in node["enum"]:
        return False
    kinds = node.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(
        isinstance(value, TYPES[k]) and not (isinstance(value, bool) and k in {"integer", "number"}) for k in kinds
    ):
        return False
    match value:
        case dict():
            more, own = node.get("additionalProperties", True), node.get("properties", {})
            return bool(
                all(key in value for key in node.get("required", ()))
                and len(value) >= node.get("minProperties", 0)
                and all(
                    fits(item, own[key]) if key in own else (fits(item, more) if isinstance(more, dict) else more)
                    for key, item in value.items()
                )
            )
        case list():
            contained = "contains" not in node or any(fits(item, node["contains"]) for item in value)
            return (
                contained
                and len(value) >= node.get("minItems", 0)
                and all(fits(item, node.get("items", {})) for item in value)
            )
        case str():
            return (
                node.get("minLength", 0) <= len(value) <= node.get("maxLength", 10**6)
                and re.search(node.get("pattern", ""), value) is not None
            )
        case int() | float():
            return bool(
                node.get("minimum", value) <= value <= node.get("maximum", value)
                and node.get("exclusiveMinimum", value - 1) < value
            )
        case _:
            return True


def test_the_committed_copy_is_fresh() -> None:
    committed = Path(__file__).parents[3] / "rules" / "masker.schema.json"
    assert committed.read_text(encoding="utf-8") == json_schema(tuple(shipped_rule_sets())), (
        "masker rules schema > rules/masker.schema.json"
    )


@pytest.mark.parametrize("text", [FULL, *(entry.read_text(encoding="utf-8") for entry in shipped_rule_sets().values())])
def test_what_is_right_fits(text: str) -> None:
    document = read_document(text, "a.yml")
    assert parse_rules(document, []) is not None
    assert fits(document.value, SCHEMA)


@pytest.mark.parametrize(
    ("share", "is_right"), [("10%", True), (0.1, True), ("often", False), (0, False), (1.5, False)]
)
def test_shares_are_written_as_percentages_or_numbers(share: str | float, is_right: bool) -> None:
    columns = {"email": {"mask": "email", "share": share}}
    assert fits({"version": 1, "tables": {"users": {"columns": columns}}}, SCHEMA) == is_right
    assert fits({"version": 1, "subset": {"users": {"share": share}}}, SCHEMA) == is_right


WRONG = [
    *(
        f"version: 1\ntables:\n  u:\n    columns:\n      {line}\n"
        for line, found, _ in COLUMNS
        if not BEYOND_A_SCHEMA.search(line + found)
    ),
    *(text for text, found, _ in FILES if not BEYOND_A_SCHEMA.search(found)),
]


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_does_not(text: str) -> None:
    assert not fits(read_document(text, "a.yml").value, SCHEMA)


def test_editors_are_told_what_each_mask_does() -> None:
    assert {"const": "email", "description": "An address at a reserved domain, unique for every identity."} in SCHEMA[
        "$defs"
    ]["Rule"]["anyOf"]
