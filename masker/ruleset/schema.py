"""The JSON Schema of rule files, for completion and checks in editors, made from the models and their short forms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

from pydantic.json_schema import models_json_schema

from masker.masks.every import MASK_RULES
from masker.masks.rule import ABOUT_ROWS, MaskRule
from masker.ruleset.model import MATCHING, RuleFileModel

Node = dict[str, Any]

#: Rules that are of one mask; a list of them is told of by itself.
_MASKS = {name: rule for name, rule in MASK_RULES.items() if name != "cases"}

#: What a path of a document, and a mask of a list, does nothing with, and so other masks.
_NOT_OF_LEAVES = ABOUT_ROWS
_NOT_OF_LISTED = ("where", "unless", "unique", "reason")
_NOTHING_WITH = {
    "keep": ("where", "unless", "null", "share", "unique"),
    "null": ("null", "share", "unique"),
    "sql": ("null",),
}

#: Masks by condition as a list, the last of which has none.
_LIST: Node = {
    "type": "array",
    "description": "masks by condition: each row has that of the first condition it meets, or else the last",
    "items": {
        "anyOf": [
            {"$ref": "#/$defs/When"},
            {
                "type": "object",
                "properties": {"else": {"$ref": "#/$defs/Plain"}},
                "required": ["else"],
                "additionalProperties": False,
            },
        ]
    },
    "contains": {"required": ["else"]},
    "minItems": 2,
}


def json_schema(rule_sets: Sequence[str]) -> str:
    """The schema as text. *rule_sets* are the names ``include`` may hold."""
    # Models name masks and do not hold their rules, so that these stand beside them.
    rules: list[tuple[type[MaskRule], Literal["validation"]]] = [(rule, "validation") for rule in MASK_RULES.values()]
    defs: dict[str, Node] = models_json_schema([*rules, (RuleFileModel, "validation")])[1]["$defs"]
    schema = {"$defs": defs, **defs.pop("RuleFileModel")}
    for node in (schema, *defs.values()):
        if "description" in node:
            node["description"] = " ".join(node["description"].split())
    entry = defs.pop("DefaultModel")["properties"]
    keep = defs["Keep"]["properties"]
    # Said once: every mask has these, in both of its forms.
    shared = {key: _text_or_list(entry[key]) for key in MATCHING} | {
        key: keep[key] for key in MaskRule.model_fields if key != "mask"
    }
    shared["by"] = _text_or_list(shared["by"])
    optional, when = defs.pop("Leaf")["properties"]["optional"], defs.pop("Case")["properties"]["when"]
    defs["Cases"] = _cases(defs["Cases"])
    defs["DefaultCases"] = _default(defs["Cases"])
    for name, rule in _MASKS.items():
        defs[rule.__name__] = _less(_mask(defs[rule.__name__], name), _NOTHING_WITH.get(name, ()))
        defs[f"Default{rule.__name__}"] = _default(defs[rule.__name__])
        defs[f"Leaf{rule.__name__}"] = _less(defs[rule.__name__], _NOT_OF_LEAVES, optional=optional)
        defs[f"When{rule.__name__}"] = _less(defs[rule.__name__], _NOT_OF_LISTED, needs="when", when=when)
        defs[f"Plain{rule.__name__}"] = _less(defs[rule.__name__], _NOT_OF_LISTED)
    defs |= shared
    defs["Plain"] = _any_of("Plain")
    defs["When"] = {
        "anyOf": [{"$ref": f"#/$defs/When{rule.__name__}"} for name, rule in _MASKS.items() if name != "json"]
    }
    defs["Rule"] = {"anyOf": [*_any_of("")["anyOf"], {"$ref": "#/$defs/Cases"}, _LIST]}
    defs["Leaf"] = _any_of("Leaf")
    del defs["WhenJson"], defs["PlainJson"]
    defs["DefaultRule"] = {"anyOf": [{"$ref": f"#/$defs/Default{rule.__name__}"} for rule in MASK_RULES.values()]}
    schema = _with_short_forms(schema)
    properties = schema["properties"]
    properties["defaults"]["items"] = {"$ref": "#/$defs/DefaultRule"}
    properties["include"] = _text_or_list(
        properties["include"], {"anyOf": [{"enum": list(rule_sets)}, {"pattern": r"\.ya?ml$"}]}
    )
    properties["undecided"] = {**properties["undecided"], "enum": ["error", "keep", "null", None]}
    properties["undecided"].pop("type", None)
    of_references = schema["$defs"]["ReferenceModel"]["properties"]
    of_references["other"] = {**of_references["other"], "enum": ["error", "keep", "null", None]}
    of_references["other"].pop("type", None)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "masker rule file"}
    return (
        json.dumps(
            {**head, **{key: value for key, value in schema.items() if key != "title"}}, ensure_ascii=False, indent=2
        )
        + "\n"
    )


def _mask(node: Node, name: str) -> Node:
    """A mask's long form. Only ``sql`` may leave its name out."""
    properties: Node = {"mask": {"const": name} if name != "null" else {"enum": ["null", None]}}
    for key, value in node["properties"].items():
        if key != "mask":
            properties[key] = _shared(key) if key in MaskRule.model_fields else value
    required = [*(["mask"] if name != "sql" else []), *(key for key in node.get("required", ()) if key != "mask")]
    if name == "json":
        # The parser waits with that until it can say how many leaves there are.
        required.append("other")
        properties["other"] = {"enum": ["keep", "mask", "drop"], "description": properties["other"]["description"]}
    return {
        **{key: value for key, value in node.items() if key != "title"},
        "properties": properties,
        "required": required,
    }


def _default(node: Node) -> Node:
    matching = {key: _shared(key) for key in MATCHING}
    return {**node, "properties": {**matching, **node["properties"]}, "required": ["columns", *node["required"]]}


def _cases(node: Node) -> Node:
    own = {key: node["properties"][key]["description"] for key in ("cases", "else")}
    properties = {
        "mask": {"const": "cases"},
        "cases": {"type": "array", "items": {"$ref": "#/$defs/When"}, "minItems": 1, "description": own["cases"]},
        "else": {"$ref": "#/$defs/Plain", "description": own["else"]},
        "reason": _shared("reason"),
    }
    return {
        **{key: value for key, value in node.items() if key != "title"},
        "properties": properties,
        "required": ["mask", "cases", "else"],
    }


def _less(node: Node, unused: Sequence[str], *, needs: str | None = None, **more: Node) -> Node:
    """*node* for a place where a mask does nothing with *unused* keys, with *more* properties, of which it *needs*
    one."""
    properties = {key: value for key, value in node["properties"].items() if key not in unused}
    return {**node, "properties": {**properties, **more}, "required": [*node["required"], *([needs] if needs else [])]}


def _shared(key: str) -> Node:
    return {"$ref": f"#/$defs/{key}"}


def _any_of(kind: str) -> Node:
    """Any rule of a column or of a leaf: a bare name, null, or a mapping."""
    short = [
        {"const": name, "description": rule.summary()} for name, rule in _MASKS.items() if not _needs_arguments(rule)
    ]
    return {
        "anyOf": [
            *short,
            {"type": "null", "description": "the mask null"},
            *(
                {"$ref": f"#/$defs/{kind}{rule.__name__}"}
                for name, rule in _MASKS.items()
                if kind != "Plain" or name != "json"
            ),
        ]
    }


def _needs_arguments(rule: type[MaskRule]) -> bool:
    return any(field.is_required() for field in rule.model_fields.values())


def _text_or_list(node: Node, item: Node | None = None) -> Node:
    item = {"type": "string", **(item or {"minLength": 1})}
    kept = {key: value for key, value in node.items() if key == "description"}
    return {**kept, "anyOf": [item, {"type": "array", "items": item, "minItems": 1}]}


def _with_short_forms(node: Any) -> Any:
    """*node* with every union of masks replaced by a reference to all forms of a rule."""
    if isinstance(node, list):
        return [_with_short_forms(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("discriminator", {}).get("propertyName") == "mask":
        return {"$ref": "#/$defs/Rule"}
    return {
        key: _with_short_forms(value) for key, value in node.items() if not (key == "title" and isinstance(value, str))
    }
