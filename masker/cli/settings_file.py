"""``masker.yml``: what it may hold, made from the groups of flags, and its reading with the place of every problem."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, create_model

from masker.cli.flags.buckets import AccessFlags, BucketFlags, InventoryFlags, PairFlags
from masker.cli.flags.copying import CopyFlags, DumpFlags, InPlaceFlags, RefreshFlags, RoomFlags, WorkFlags
from masker.cli.flags.databases import DatabaseFlags, KeyFlags, RuleFlags
from masker.cli.flags.group import Declared, Flags, Variable, declared
from masker.cli.flags.scope import ScopeFlags
from masker.cli.flags.syncing import BatchFlags, ProofFlags, ScaleFlags, StateFlags
from masker.errors import MaskerError, Problem, UsageError
from masker.model import FromEnvironment, Model
from masker.ruleset.document import Document, read_document

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

#: The groups that a file may say, in the order in which its keys are told.
GROUPS: tuple[type[Flags], ...] = (
    DatabaseFlags, RuleFlags, KeyFlags, WorkFlags, CopyFlags, RoomFlags, DumpFlags, InPlaceFlags, RefreshFlags, StateFlags, ScaleFlags, ProofFlags, BatchFlags,
    PairFlags, BucketFlags, InventoryFlags, AccessFlags, ScopeFlags,
)  # fmt: skip

#: What sections are about.
_SECTIONS = {
    "source": "Production, and how it is read.",
    "target": "The preview's database, and how it is filled.",
    "key": "Where the masking key is, for equal results from run to run; by default a fresh key, forgotten afterwards.",
    "in_place": "How `masker mask` and `masker refresh --in-place` work.",
    "refresh": "How `masker refresh` begins.",
    "sync": "How `masker sync` and the buckets' half of `masker refresh` work.",
    "buckets[]": "The pairs of buckets.",
    "buckets[].source": "Production's bucket, by its URL alone or with how it is reached.",
    "buckets[].target": "The preview's bucket, by its URL alone or with how it is reached.",
    "buckets[].scope": "Which objects the preview may have, by its database; `active_storage` alone for its `kind`.",
}

#: Sections that one of their keys may stand for, which is then needed.
_SHORT = {"buckets[].source": "url", "buckets[].target": "url", "buckets[].scope": "kind"}
_NEEDED = frozenset({"buckets[].source", "buckets[].target", *(f"{section}.{key}" for section, key in _SHORT.items())})

#: Sections that hold just one of their keys.
_EITHER = frozenset({"key"})

Tree = dict[str, "Declared | Tree"]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the file that holds fields of groups: the whole of it, or one of its pairs of buckets. Paths start from *folder*."""

    model: Any
    folder: Path
    prefix: str = ""

    def said(self, group: type[Flags]) -> dict[str, Any]:
        """What stands here of the fields of *group*."""
        found = {each.name: self._value(each) for each in declared(group) if each.setting is not None and each.setting.path.startswith(self.prefix)}
        return {name: value for name, value in found.items() if value is not None}

    def _value(self, each: Declared) -> Any:
        assert each.setting is not None  # noqa: S101 - narrowed by the caller
        value = self.model
        for part in each.setting.path.removeprefix(self.prefix).split("."):
            value = getattr(value, _attribute(part), None)
        if value is None:
            return None
        if isinstance(value, FromEnvironment):
            return Variable(value.env)
        if each.setting.negated:
            return not value
        if each.type == list[Path]:
            return [self.folder / path for path in value]
        return self.folder / value if Path in _members(each.type) else value

    @property
    def pairs(self) -> tuple[Section, ...]:
        """The pairs of buckets."""
        return tuple(Section(pair, self.folder, "buckets[].") for pair in self.model.buckets or ())


def read_settings_file(path: Path) -> Section:
    """The settings file at *path*. Raises UsageError with every problem and its place."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read ({(error.strerror or 'no reason given').lower()})", hint="-c names a settings file, usually masker.yml"
        ) from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8", hint="save it as UTF-8") from None
    document = read_document(text, str(path))
    problems = list(document.problems)
    if not problems:
        try:
            return Section(settings_model().model_validate(document.value), path.parent)
        except ValidationError as error:
            problems = [_complaint(e, document) for e in error.errors()]
    problems = list(dict.fromkeys(problems))
    raise UsageError(f"{path}: {len(problems)} problem{'s' if len(problems) != 1 else ''}", hint="\n".join(map(str, problems)), problems=problems)


def settings_schema() -> str:
    """The JSON Schema of masker.yml, for completion and checks in editors."""
    schema = _plain(settings_model().model_json_schema())
    for path, key in _SHORT.items():
        node = schema["$defs"][_model_name(path.rpartition(".")[0])]["properties"]
        name = path.rpartition(".")[2]
        node[name] = {"description": node[name]["description"], "anyOf": [schema["$defs"][_model_name(path)]["properties"][key], _reference(path)]}
    for path in _EITHER:
        schema["$defs"][_model_name(path)] |= {"minProperties": 1, "maxProperties": 1}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "masker.yml"}
    return json.dumps({**head, **schema}, ensure_ascii=False, indent=2) + "\n"


def setting_rows() -> Iterator[tuple[str, str, str, str]]:
    """Every key with what it takes, its default and what it means: (path, type, default, meaning)."""
    yield "version", "`1`", "needed", "The version of this form."
    yield from _rows(_tree(), "")


def settings() -> Iterator[Declared]:
    """Every field that the file may say, the first of those that are at the same place."""
    seen: set[str] = set()
    for each in (each for group in GROUPS for each in declared(group)):
        if each.setting is not None and each.setting.path not in seen:
            seen.add(each.setting.path)
            yield each


def meaning(each: Declared) -> str:
    """What a setting says: its own words, or the help of its option without what only the command line is told."""
    assert each.setting is not None  # noqa: S101 - of settings only
    said = each.setting.means or str(getattr(each.option, "help", None) or "")
    return re.sub(r"\s*\\\[default: (.*?)\]", r" By default \1.", said)


@cache
def settings_model() -> type[Model]:
    """The file as a model."""
    return _model("", _tree(), version=(Literal[1], Field(description="The version of this form.")))


def _tree() -> Tree:
    tree: Tree = {}
    for each in settings():
        assert each.setting is not None  # noqa: S101 - of settings only
        *sections, key = each.setting.path.split(".")
        node = tree
        for section in sections:
            inner = node.setdefault(section, {})
            assert isinstance(inner, dict)  # noqa: S101 - a section is no setting
            node = inner
        node[key] = each
    return tree


def _model(path: str, tree: Tree, **first: Any) -> type[Model]:
    members: dict[str, Any] = first
    for name, child in tree.items():
        inner = f"{path}.{name}" if path else name
        kind: Any
        told: dict[str, Any] = {}
        if isinstance(child, Declared):
            kind, description = _file_type(child), meaning(child)
            told = {"default": default} if (default := _default(child)) not in (None, []) else {}
        else:
            kind, description = _section(inner, child), _SECTIONS[inner]
        key = name.removesuffix("[]")
        members[_attribute(key)] = (
            (kind, Field(alias=key, description=description))
            if inner in _NEEDED
            else (kind | None, Field(alias=key, default=None, description=description, json_schema_extra=told))
        )
    return create_model(_model_name(path), __base__=Model, **members)


def _attribute(key: str) -> str:
    """The model's name for *key*: some are taken by what every model has."""
    return f"{key}_" if hasattr(Model, key) else key


def _section(path: str, tree: Tree) -> Any:
    model: Any = _model(path, tree)
    if path.endswith("[]"):
        return list[model]
    if (key := _SHORT.get(path)) is not None:
        return Annotated[model, BeforeValidator(lambda value: value if isinstance(value, Mapping) else {key: value})]
    return Annotated[model, AfterValidator(_just_one)] if path in _EITHER else model


def _just_one(model: Model) -> Model:
    if len(model.model_fields_set) != 1:
        raise ValueError(f"expected one of {' and '.join(type(model).model_fields)}")
    return model


def _file_type(each: Declared) -> Any:
    assert each.setting is not None  # noqa: S101 - of settings only
    kind: Any = each.setting.takes or _as_written(each.type)
    kind = Annotated[kind, Field(ge=getattr(each.option, "min", None), le=getattr(each.option, "max", None), pattern=each.setting.pattern)]
    return Annotated[kind, AfterValidator(_reader(each.setting.read))] if each.setting.read is not None else kind


def _as_written(kind: Any) -> Any:
    """A field's type as YAML has it: nothing is said by leaving it out, paths are texts."""
    if kind == list[Path]:
        return list[str]
    written = {Path: str, Variable: FromEnvironment}
    return Union[tuple(written.get(member, member) for member in _members(kind) if member is not NoneType)]  # noqa: UP007 - computed


def _reader(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """*read*, its complaints as pydantic wants them: without the flag that they would be about."""

    def reading(value: Any) -> Any:
        try:
            return read(value)
        except MaskerError as error:
            found = Problem.of(error.message).found
            # A hint may speak of the flag, which is not what is written here.
            raise ValueError(f"{found}; {error.hint}" if error.hint and "--" not in error.hint else found) from None
        except typer.BadParameter as error:
            raise ValueError(error.message) from None

    return reading


def _complaint(error: ErrorDetails, document: Document) -> Problem:
    path = tuple(part for part in error["loc"] if part not in {"str", "int", "FromEnvironment"})
    subject, position = ".".join(str(part) for part in path), document.key_position(path)
    match error["type"]:
        case "extra_forbidden":
            return Problem(subject, "there is no such setting", position=position)
        case "missing":
            return Problem(subject, "missing", position=position)
        case "model_type" | "model_attributes_type":
            return Problem(subject, "expected a section, keys with values", position=position)
        case "value_error":
            return Problem(subject, str(error["ctx"]["error"]), position=position)
    return Problem(subject, f"{error['msg'][:1].lower()}{error['msg'][1:]}", position=position)


def _model_name(path: str) -> str:
    return "".join(part.removesuffix("[]").title().replace("_", "") for part in path.split(".")) or "Settings"


def _reference(path: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{_model_name(path)}"}


def _plain(node: Any) -> Any:
    """A schema without the titles that pydantic makes up, and without null for what may be left out."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _plain(value) for key, value in node.items() if not (key == "title" and isinstance(value, str)) and not (key == "default" and value is None)}
    if {"type": "null"} in kept.get("anyOf", ()):
        members = [member for member in kept.pop("anyOf") if member != {"type": "null"}]
        kept |= members[0] if len(members) == 1 else {"anyOf": members}
    return kept


def _rows(tree: Tree, prefix: str) -> Iterator[tuple[str, str, str, str]]:
    for name, child in tree.items():
        path = f"{prefix}{name}"
        if isinstance(child, Declared):
            default = _default(child)
            shown = "" if default in (None, []) else f"`{str(default).lower() if isinstance(default, bool) else default}`"
            yield path, _kind(child), "needed" if path in _NEEDED else shown, meaning(child)
            continue
        kinds = ["section"] if not name.endswith("[]") else ["list of sections"]
        if (key := _SHORT.get(path)) is not None and isinstance(short := child[key], Declared):
            kinds.insert(0, _kind(short))
        yield path, ", ".join(kinds), "needed" if path in _NEEDED else "", _SECTIONS[path]
        yield from _rows(child, f"{path}.")


def _kind(each: Declared) -> str:
    assert each.setting is not None  # noqa: S101 - of settings only
    return ", ".join(dict.fromkeys(_words(each.setting.takes or _as_written(each.type))))


def _words(kind: Any) -> Iterator[str]:
    for member in _members(kind):
        origin = get_origin(member)
        if origin is Literal:
            yield from (f"`{choice}`" for choice in get_args(member))
        elif origin is list:
            yield f"list of {', '.join(_words(get_args(member)[0]))}"
        elif origin is dict:
            yield f"map to {', '.join(_words(get_args(member)[1]))}"
        else:
            yield {str: "text", int: "number", float: "number", bool: "`true`, `false`", FromEnvironment: "`{env: …}`"}[member]


def _default(each: Declared) -> Any:
    """What holds where nothing is said, as YAML has it."""
    assert each.setting is not None  # noqa: S101 - of settings only
    default = not each.default if each.setting.negated else each.default
    return str(default) if isinstance(default, Path) else default


def _members(kind: Any) -> list[Any]:
    return [inner for each in get_args(kind) for inner in _members(each)] if get_origin(kind) in (Union, UnionType) else [kind]
