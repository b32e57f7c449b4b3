"""What masker.yml may hold, as a model: made from the groups of flags."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic import AfterValidator, BeforeValidator, Field, create_model

from masker.cli.flags.application import ApplicationFlags
from masker.cli.flags.branch import LeaseFlags
from masker.cli.flags.buckets import AccessFlags, BucketFlags, InventoryFlags, PairFlags, SinceFlags
from masker.cli.flags.copying import CopyFlags, DumpFlags, InPlaceFlags, RefreshFlags, RoomFlags, WorkFlags
from masker.cli.flags.databases import DatabaseFlags, KeyFlags, RuleFlags
from masker.cli.flags.doctor import DoctorFlags
from masker.cli.flags.dumps import RetentionFlags, StoreFlags
from masker.cli.flags.group import Declared, Flags, Variable, declared
from masker.cli.flags.hooks import HookFlags
from masker.cli.flags.report import ReportFlags
from masker.cli.flags.scope import ScopeFlags
from masker.cli.flags.shape import ShapeFlags
from masker.cli.flags.syncing import BatchFlags, ProofFlags, ScaleFlags, StateFlags
from masker.errors import MaskerError, Problem
from masker.model import FromEnvironment, Model

#: The groups that a file may say, in the order in which its keys are told.
GROUPS: tuple[type[Flags], ...] = (
    DatabaseFlags, RuleFlags, KeyFlags, WorkFlags, CopyFlags, RoomFlags, DumpFlags, InPlaceFlags, RefreshFlags,
    ShapeFlags, StateFlags, ScaleFlags, ProofFlags, BatchFlags, PairFlags, BucketFlags, InventoryFlags, SinceFlags,
    AccessFlags, ScopeFlags, ReportFlags, ApplicationFlags, HookFlags, DoctorFlags, LeaseFlags, StoreFlags,
    RetentionFlags,
)  # fmt: skip

#: What sections are about.
SECTIONS = {
    "source": "Production, and how it is read.",
    "target": "The preview's database, and how it is filled.",
    "key": "Where the masking key is, for equal results from run to run; by default a fresh key, forgotten afterwards.",
    "signing": "Whether what the rules decide has to be signed, and by whom: `masker rules sign`.",
    "in_place": "How `masker mask` and `masker refresh --in-place` work.",
    "refresh": "How `masker refresh` begins.",
    "shape": "How `masker shape` and `masker verify --shape` compare.",
    "branches": "How `masker branch` makes branches.",
    "dumps": "Where `masker dump` keeps dumps, and how many.",
    "sync": "How `masker sync` and the buckets' half of `masker refresh` work.",
    "doctor": "What `masker doctor` looks for.",
    "hooks": "What is done around a run, see docs/reference/hooks.md.",
    "databases{}": "Further databases by name, each with its own source, target and rules: `masker refresh`"
    " publishes none of them before all are proved.",
    "databases{}.source": "Production's.",
    "databases{}.target": "The preview's.",
    "databases{}.signing": "Whether what its rules decide has to be signed; it has to where the first database's has.",
    "buckets[]": "The pairs of buckets.",
    "buckets[].source": "Production's bucket, by its URL alone or with how it is reached.",
    "buckets[].target": "The preview's bucket, by its URL alone or with how it is reached.",
    "buckets[].scope": "Which objects the preview may have, by its database; `active_storage` alone for its `kind`.",
}

#: Sections that one of their keys may stand for, which is then needed.
SHORT = {"buckets[].source": "url", "buckets[].target": "url", "buckets[].scope": "kind"}
NEEDED = frozenset({"buckets[].source", "buckets[].target", *(f"{section}.{key}" for section, key in SHORT.items())})

#: Sections that hold just one of their keys.
EITHER = frozenset({"key"})

#: Further databases by name, which are said as the first one is.
FURTHER = "databases{}"

Tree = dict[str, "Declared | Tree"]


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
    return _model("", tree_of_settings(), version=(Literal[1], Field(description="The version of this form.")))


def tree_of_settings() -> Tree:
    """Every field by its place: sections in sections."""
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
    tree[FURTHER] = {key: tree[key] for key in ("source", "target", "rules", "schema")}
    return tree


def _model(path: str, tree: Tree, **first: Any) -> type[Model]:
    members: dict[str, Any] = first
    for name, child in tree.items():
        inner = f"{path}.{name}" if path else name
        kind: Any
        told: dict[str, Any] = {}
        if isinstance(child, Declared):
            kind, description = _file_type(child), meaning(child)
            told = {"default": default} if (default := default_of(child)) not in (None, []) else {}
        else:
            kind, description = _section(inner, child), SECTIONS[inner]
        key = name.removesuffix("[]").removesuffix("{}")
        members[attribute(key)] = (
            (kind, Field(alias=key, description=description))
            if inner in NEEDED
            else (kind | None, Field(alias=key, default=None, description=description, json_schema_extra=told))
        )
    return create_model(model_name(path), __base__=Model, **members)


def attribute(key: str) -> str:
    """The model's name for *key*: some are taken by what every model has."""
    return f"{key}_" if hasattr(Model, key) else key


def _section(path: str, tree: Tree) -> Any:
    model: Any = _model(path, tree)
    if path.endswith("[]"):
        return list[model]
    if path.endswith("{}"):
        return dict[str, model]
    if (key := SHORT.get(path)) is not None:
        return Annotated[model, BeforeValidator(lambda value: value if isinstance(value, Mapping) else {key: value})]
    return Annotated[model, AfterValidator(_just_one)] if path in EITHER else model


def _just_one(model: Model) -> Model:
    if len(model.model_fields_set) != 1:
        raise ValueError(f"expected one of {' and '.join(type(model).model_fields)}")
    return model


def _file_type(each: Declared) -> Any:
    assert each.setting is not None  # noqa: S101 - of settings only
    kind: Any = each.setting.taken or as_written(each.type)
    kind = Annotated[
        kind,
        Field(ge=getattr(each.option, "min", None), le=getattr(each.option, "max", None), pattern=each.setting.pattern),
    ]
    return Annotated[kind, AfterValidator(_reader(each.setting.read))] if each.setting.read is not None else kind


def as_written(kind: Any) -> Any:
    """A field's type as YAML has it: nothing is said by leaving it out, paths are texts."""
    if kind == list[Path]:
        return list[str]
    written = {Path: str, Variable: FromEnvironment}
    return Union[tuple(written.get(member, member) for member in members_of(kind) if member is not NoneType)]  # noqa: UP007 - computed


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


def default_of(each: Declared) -> Any:
    """What holds where nothing is said, as YAML has it."""
    assert each.setting is not None  # noqa: S101 - of settings only
    default = not each.default if each.setting.negated else each.default
    return str(default) if isinstance(default, Path) else default


def model_name(path: str) -> str:
    """The name of a section's model."""
    parts = (part.removesuffix("[]").removesuffix("{}") for part in path.split("."))
    return "".join(part.title().replace("_", "") for part in parts) or "Settings"


def members_of(kind: Any) -> list[Any]:
    """The members of a union, or the one type."""
    return (
        [inner for each in get_args(kind) for inner in members_of(each)]
        if get_origin(kind) in (Union, UnionType)
        else [kind]
    )
