"""From what pydantic objects to, to problems a person can act on, each at its place in the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from masker.errors import Problem
from masker.masks.any_mask import mask_of
from masker.masks.ends import Ends
from masker.masks.every import MASK_RULES
from masker.masks.rule import MaskRule
from masker.model import FromEnvironment
from masker.names import shown
from masker.ruleset.document import Document, Path
from masker.ruleset.facts import model_at
from masker.ruleset.model import MATCHING, DefaultModel, ReferenceModel, RuleFileModel, TableModel
from masker.ruleset.subset_model import RootModel, SubsetModel

#: Characters of the user's own text that a message repeats.
_QUOTED = 40

_ABOUT_KEYS = ("extra_forbidden", "missing")

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}

#: Keys of which none is the same as an empty one.
_MAY_BE_LEFT_OUT = {("tables",), ("columns",), ("defaults",)}


def did_you_mean(word: str, known: Iterable[str], *, prefix: str = "") -> str | None:
    """``did you mean …?`` if something *known* is like *word*."""
    by_lower = {k.lower(): k for k in known}
    close = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"did you mean {prefix}{by_lower[close[0]]}?" if close else None


def suggestion(meant: str | None, listed: str) -> str:
    """The near miss, if there is one, and what there is to choose from."""
    return f"{meant} {listed[:1].upper()}{listed[1:]}" if meant else listed


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where an error belongs: the *path* in the document, the *mask* whose arguments are spoken of, and the *model*
    around the last part."""

    path: Path
    mask: str | None
    model: type[BaseModel]


def complaints(errors: Iterable[ErrorDetails], document: Document) -> Iterator[Problem]:
    """A problem for each place in *document* that *errors* speak of."""
    by_path: dict[Path, list[tuple[_Spot, ErrorDetails]]] = {}
    for error in errors:
        about_key = error["type"] in _ABOUT_KEYS
        spot = _spot(error["loc"][:-1] if about_key else error["loc"], document)
        path = (*spot.path, error["loc"][-1]) if about_key else spot.path
        by_path.setdefault(path, []).append((spot, error))
    for path, found in by_path.items():
        # One branch of a union wants text where the other looked into the mapping and said what is wrong inside of it.
        if all(e["type"] in _EXPECTED for _, e in found) and any(
            other[: len(path)] == path and len(other) > len(path) for other in by_path
        ):
            continue
        yield _problem(found[0][0], [error for _, error in found], document)


def _spot(loc: tuple[int | str, ...], document: Document) -> _Spot:
    """Walks *loc*, which names union branches and our own ``rule`` besides keys, down the document."""
    path: Path = ()
    node = document.value
    mask: str | None = None
    model: type[BaseModel] = RuleFileModel
    parts = list(loc)
    while parts:
        part = parts.pop(0)
        match path, part:
            case (("defaults", int()), "rule"):
                model, mask = MaskRule, mask_of({key: value for key, value in node.items() if key not in MATCHING})
                continue
            case _, "else" if isinstance(node, list):
                # The list is short for a mapping that has `else` beside its cases.
                path = (*path, len(node) - 1)
                node = node[-1]
            case _ if not (
                part in node if isinstance(node, dict) else isinstance(node, list) and isinstance(part, int)
            ):
                model = FromEnvironment if part == "FromEnvironment" else model
                continue
            case _:
                pass
        path = (*path, part)
        node = _child(node, part)
        match path:
            case (
                ("tables", _, "columns", _)
                | (*_, "cases" | "else", int())
                | ("tables", _, "columns", _, int())
                | (*_, "else")
            ):
                model, mask = MaskRule, mask_of(node) or mask
            case (*_, "of") if mask == "array":
                mask = mask_of(node)
            case (*_, "keys", _) if mask == "hstore":
                mask = mask_of(node)
            case (*_, "paths", _) if mask == "json":
                mask = mask_of(node)
            case (*_, "keep") if mask is not None and model is MaskRule:
                model = Ends
            case ("tables", _):
                model = TableModel
            case ("tables", _, "references", _):
                model = ReferenceModel
            case ("facts", *inside):
                model = model_at(tuple(inside)) or model
            case ("subset",):
                model = SubsetModel
            case ("subset", "roots", _):
                model = RootModel
            case ("subset", name) if name not in SubsetModel.model_fields:
                model = RootModel
            case ("defaults", _):
                model = DefaultModel
            case _:
                pass
    return _Spot(path, mask, model)


def _child(node: Any, part: int | str) -> Any:
    if isinstance(node, dict):
        return node.get(part)
    return node[part] if isinstance(part, int) and part < len(node) else None


def subject_of(path: Path, document: Document) -> str:
    """What *path* leads to, as a person would call it: ``users.email``, ``defaults *_token``, ``locale``."""
    match path:
        case ("tables", table, "columns", column, *_):
            return f"{table}.{shown(str(column))}"
        case ("tables", table, "columns"):
            return f"{table}: columns"
        case ("tables", table, key, *_):
            return f"{table}: {key}"
        case ("tables", table):
            return str(table)
        case ("defaults", int(at), *_):
            entry = document.value["defaults"][at]
            columns = entry.get("columns") if isinstance(entry, dict) else None
            patterns = columns if isinstance(columns, list) else [columns]
            return f"defaults {', '.join(p for p in patterns if isinstance(p, str)) or at + 1}"
        case (first, *_):
            return str(first)
        case _:
            return document.file


def _problem(spot: _Spot, errors: list[ErrorDetails], document: Document) -> Problem:
    path, first = spot.path, errors[0]
    key = str(first["loc"][-1]) if first["loc"] else ""
    subject, inner = subject_of(path, document), inner_of(path)
    position = document.value_position(path)
    match first["type"]:
        case "extra_forbidden":
            position = document.key_position((*path, key))
            found, hint = _unknown_key(spot, key)
            subject, inner = (subject, inner) if path else (key, "")
        case "missing":
            found, hint = _missing(spot, key)
            subject = subject if path else key
        case "union_tag_invalid" | "union_tag_not_found":
            position = document.values.get((*path, "mask"), position)
            found, hint = _no_mask(first)
        case "literal_error":
            found, hint = _not_one_of(str(path[-1]), first)
        case _:
            found, hint = _wrong(spot, errors, document)
    return Problem(subject, f"{inner}{found}", hint, position)


def inner_of(path: Path) -> str:
    """The argument within a rule that *path* leads to, ready to stand in front of a message."""
    match path:
        case ("tables", _, "columns", _, *rest) | ("defaults", _, *rest) if rest:
            # A list of masks has its `else` in its last element, which has no number for anybody.
            named = [p for at, p in enumerate(rest) if not (isinstance(p, int) and rest[at + 1 : at + 2] == ["else"])]
            words = [
                f"{'mask' if at == 0 or named[at - 1] == 'cases' else 'item'} {p + 1}" if isinstance(p, int) else str(p)
                for at, p in enumerate(named)
                if p not in {"paths", "cases"} or p == rest[-1]
            ]
            return ".".join(words) + ": "
        case ("facts" | "subset", *rest) | ("tables", _, "references", *rest) if rest:
            return ".".join(map(str, rest)) + ": "
        case _:
            return ""


def _arguments(mask: str) -> list[str]:
    """Its own arguments first, those of all masks last."""
    fields = [name for name in MASK_RULES[mask].model_fields if name != "mask"]
    common = MaskRule.model_fields
    return [f for f in fields if f not in common] + [f for f in fields if f in common]


def _unknown_key(spot: _Spot, key: str) -> tuple[str, str | None]:
    if not spot.path:
        known = list(RuleFileModel.model_fields)
        return "there is no such key", did_you_mean(key, known) or f"expected {', '.join(known)}"
    if spot.mask is not None and spot.model is MaskRule:
        known = _arguments(spot.mask)
        if spot.path[-2:-1] == ("paths",):
            known.insert(0, "optional")
        elif spot.path[0] == "defaults":
            known += MATCHING
        meant = did_you_mean(key, known)
        return f"the mask {spot.mask} has no argument {shown(key)}", suggestion(meant, f"it takes {', '.join(known)}")
    known = [
        *(field.alias or f for f, field in spot.model.model_fields.items() if f != "rule"),
        *(["mask"] if spot.model is DefaultModel else []),
    ]
    return f"there is no key {shown(key)} here", did_you_mean(key, known) or f"expected {', '.join(known)}"


def _missing(spot: _Spot, key: str) -> tuple[str, str]:
    if key == "when":
        return "it has no condition", 'write {when: "…", mask: …}, or {else: …} as the last'
    if spot.mask == "cases" and spot.model is MaskRule:
        what = "masks, each with the condition it is used on" if key == "cases" else "a mask of all other rows, `else`"
        return f"several masks by condition need {what}", 'write a list: `- {when: "…", mask: …}`, then `- else: …`'
    if spot.mask is not None and spot.model is MaskRule:
        return f"the mask {spot.mask} needs {key}", f"write {{mask: {spot.mask}, {key}: …}}"
    if key == "version":
        return "missing", "begin the file with `version: 1`"
    return f"{key} is missing", f"add `{key}: …`"


def _no_mask(error: ErrorDetails) -> tuple[str, str]:
    listed = "`masker rules masks` lists them all"
    if error["type"] == "union_tag_not_found":
        return "no mask is named", f"write `email` or {{mask: email, …}}; {listed}"
    tag = _quotable(error["ctx"]["tag"])
    meant = did_you_mean(tag, MASK_RULES)
    return f'there is no mask "{tag}"', f"{meant} {listed}" if meant else listed


def _quotable(given: object) -> str:
    """What was written, on one line and not too long for a message."""
    text = " ".join(str(given).split())
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"


def _not_one_of(key: str, error: ErrorDetails) -> tuple[str, str]:
    given = _quotable(error["input"])
    if key == "version":
        return f"{given} is not known, expected 1", "write `version: 1`, or install the masker that reads this file"
    allowed = [part.strip("' ") for part in error["ctx"]["expected"].replace(" or ", ", ").split(",")]
    what = (
        f'there is no locale "{given}"'
        if key == "locale"
        else f'"{given}" is not known, expected {"one of " if len(allowed) > 1 else ""}{", ".join(allowed)}'
    )
    meant = did_you_mean(given, allowed)
    if key == "locale":
        return what, suggestion(meant, f"there are {', '.join(allowed)}")
    return what, meant or f"write `{key}: {allowed[0]}`"


def _wrong(spot: _Spot, errors: list[ErrorDetails], document: Document) -> tuple[str, str | None]:
    first = errors[0]
    context: Mapping[str, Any] = first.get("ctx", {})
    if first["type"] in _EXPECTED:
        value = document.at(spot.path)
        hint = _form(spot)
        if value is None and (hint is None or spot.path[-1:] in _MAY_BE_LEFT_OUT):
            hint = f"{hint or 'write its value'}, or leave the key out"
        return f"expected {_expected(spot, errors)}, found {_kind(value)}", hint
    match first["type"]:
        case "value_error":
            return str(context["error"]), None
        case "greater_than_equal":
            return f"too small, expected {context['ge']} or more", None
        case "less_than_equal":
            return f"too large, expected {context['le']} or less", None
        case "string_too_short" | "too_short":
            return "empty, expected at least one", "fill it in, or leave the key out"
        case "string_too_long":
            return f"too long, expected {context['max_length']} characters or less", None
        case "string_pattern_mismatch":
            is_host = "domain" in spot.path[-2:]
            return (
                "not of the expected form",
                "a lower-case host name, such as example.com" if is_host else f"expected {context['pattern']}",
            )
        case _:
            return first["msg"][:1].lower() + first["msg"][1:], None


def _expected(spot: _Spot, errors: list[ErrorDetails]) -> str:
    match spot.path[-1:]:
        case ("by",):
            return "a column, a list of columns, or `value`"
        case ("include" | "columns" | "types" | "tables",) if spot.path[0] in {"defaults", "include"}:
            return "a name or a list of names"
        case _ if spot.model is MaskRule and spot.mask is None:
            return "a mask"
        case _:
            pass
    words = dict.fromkeys(
        "{env: NAME}" if e.get("ctx", {}).get("class_name") == "FromEnvironment" else _EXPECTED[e["type"]]
        for e in errors
    )
    return " or ".join(words)


def _form(spot: _Spot) -> str | None:
    match spot.path:
        case ():
            return "begin the file with `version: 1`, then `tables:`"
        case ("tables",):
            return "write each table's name below it, with a colon"
        case ("tables", table):
            return f"write `{table}: {{rows: none}}`, or its `columns:` below it"
        case ("tables", _, "columns"):
            return "write each column's name below it, with its mask"
        case ("tables", _, "columns", column):
            return f"write `{column}: keep` or `{column}: {{mask: token, length: 20}}`"
        case ("tables", _, "columns", _, int()) | (*_, "cases", int()):
            return 'write {when: "…", mask: …}'
        case ("tables", _, "columns", _, *_, "where" | "unless" | "when" as key):
            return f'write the condition as text: `{key}: "id < 1000"`'
        case ("tables", _, "rows" | "where" as key):
            return f'write the condition as text: `{key}: "id < 1000"`'
        case ("subset",) | ("subset", "roots"):
            return "write `users: {share: 5%}` below it"
        case ("defaults",):
            return 'write a list: `- {columns: "*_token", mask: token}`'
        case ("defaults", int()):
            return 'write `{columns: "*_token", mask: token}`'
        case _:
            return None


def _kind(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case float() if not isfinite(value):
            return "infinity, or what is no number"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "a mapping"
