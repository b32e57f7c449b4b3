"""The parts of the reference that are made from the program itself, as Markdown. `nox -s cog` writes them into the
pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from masker.cli.main import app
from masker.cli.settings_schema import setting_rows
from masker.masks.every import MASKS
from masker.masks.mask import Card
from masker.masks.rule import MaskRule
from masker.ruleset.facts import (
    Association,
    Encrypted,
    EncryptionFacts,
    Facts,
    ModelFacts,
    Polymorphic,
    Validator,
)
from masker.ruleset.files import shipped_rule_sets
from masker.ruleset.model import DefaultModel, ReferenceModel, RuleFileModel, TableModel, TolerateModel
from masker.ruleset.subset_model import RootModel, SubsetModel

#: Arguments that every mask takes; they are told once.
_COMMON = ("mask", *(name for name in MaskRule.model_fields if name != "mask"))


def commands() -> str:
    """Every command with its usage, arguments and options."""
    return "\n".join(line for path, command in walk() for line in _command(path, command))


def walk() -> Iterator[tuple[str, Any]]:
    """Every command that does something, by what is typed for it."""
    yield from _walk("masker", typer.main.get_command(app))


def mask_table() -> str:
    """All masks, a line each."""
    rows = [
        f"| [`{m.name}`](masks/{m.name}.md) | {text(m.summary.splitlines()[0])} | {m.card.serves} |"
        f" {m.card.uniqueness.value} | `{m.card.example}` |"
        for m in MASKS.values()
    ]
    return "\n".join(["| mask | what it makes | for | keeps UNIQUE | example |", "|---|---|---|---|---|", *rows])


def settings() -> str:
    """Every key of masker.yml with its type, its default and what it means."""
    rows = [
        f"| `{path}` | {text(kind)} | {default} | {text(meaning)} |" for path, kind, default, meaning in setting_rows()
    ]
    return "\n".join(["| key | takes | default | |", "|---|---|---|---|", *rows])


def rule_keys() -> str:
    """Every key of a rule file with what it means, but for the masks."""
    sections = (
        (RuleFileModel, ""),
        (TolerateModel, "tolerate."),
        (TableModel, "tables.NAME."),
        (ReferenceModel, "tables.NAME.references.COLUMN."),
        (SubsetModel, "subset."),
        (RootModel, "subset.roots.NAME."),
        (DefaultModel, "defaults[]."),
    )
    rows = [
        f"| `{prefix}{name}` | {text(field.description or '')} |"
        for model, prefix in sections
        for name, field in model.model_fields.items()
        if name != "rule"
    ]
    return "\n".join(["| key | |", "|---|---|", *rows])


def fact_keys() -> str:
    """Every key of facts.json with what it takes and means."""
    sections: tuple[tuple[type[BaseModel], str], ...] = (
        (Facts, ""),
        (EncryptionFacts, "encryption."),
        (ModelFacts, "models.CLASS."),
        (Association, "models.CLASS.belongs_to.COLUMN."),
        (Polymorphic, "models.CLASS.polymorphic.COLUMN."),
        (Encrypted, "models.CLASS.encrypted.COLUMN."),
        (Validator, "models.CLASS.validators.COLUMN[]."),
    )
    rows = [
        f"| `{prefix}{field.alias or name}` | {text(kind_of(field.annotation))} | {text(field.description or '')} |"
        for model, prefix in sections
        for name, field in model.model_fields.items()
    ]
    return "\n".join(["| key | takes | |", "|---|---|---|", *rows])


def rule_sets() -> str:
    """The names of the shipped rule sets."""
    return ", ".join(f"`{name}`" for name in sorted(shipped_rule_sets()))


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    subcommands = getattr(command, "commands", None)
    if not subcommands:
        yield path, command
        return
    for name, sub in subcommands.items():
        yield from _walk(path if name in {"buckets", "compare"} else f"{path} {name}", sub)


def _command(path: str, command: Any) -> Iterator[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and "--help" not in p.opts]
    yield from (f"## {path}", "")
    yield from (text(command.help or ""), "")
    usage = " ".join([path, *(_metavar(a) if a.required else f"[{_metavar(a)}]" for a in arguments), "[OPTIONS]"])
    yield from ("```", usage, "```", "")
    if arguments:
        yield from ("| argument | |", "|---|---|")
        yield from (f"| `{_metavar(a)}` | {text(getattr(a, 'help', '') or '')} |" for a in arguments)
        yield ""
    if options:
        yield from ("| option | | default |", "|---|---|---|")
        yield from (
            f"| {_flags(o)} | {text((o.help or '').replace(chr(92) + '[', '['))}{_env(o)} | {_default(o.default)} |"
            for o in options
        )
        yield ""


def _flags(option: Any) -> str:
    names = sorted([*option.opts, *option.secondary_opts], key=len)
    value = "" if option.is_flag else f" {_metavar(option)}"
    return ", ".join(f"`{name}{value}`" for name in names)


def _metavar(option: Any) -> str:
    if option.metavar:
        return str(option.metavar).replace("|", "\\|")
    annotation = option.type_descriptor.annotation
    if choices := [str(c) for m in _members(annotation) if get_origin(m) is Literal for c in get_args(m)]:
        return "\\|".join(choices)
    return {"int": "N", "float": "NUMBER", "Path": "PATH"}.get(getattr(annotation, "__name__", ""), "TEXT")


def _env(option: Any) -> str:
    if not option.envvar:
        return ""
    names = [option.envvar] if isinstance(option.envvar, str) else option.envvar
    return f" ({', '.join(f'`{name}`' for name in names)})"


def own_arguments(name: str) -> dict[str, FieldInfo]:
    """The arguments that one mask takes and not every."""
    return {n: f for n, f in _rule_model(name).model_fields.items() if n not in _COMMON}


def default_of(field: FieldInfo) -> str:
    """What an argument is without being said, or that it has to be."""
    return "needed" if field.is_required() else _default(field.get_default(call_default_factory=True))


def may_keep(card: Card) -> str:
    """Whether an original may come out again, in words."""
    if card.reads_row:
        return "as the rule says"
    if card.is_constant:
        return "no" if not card.may_keep else "where it is that very value"
    return "no" if not card.may_keep else "by chance, or on purpose"


def _rule_model(name: str) -> type[MaskRule]:
    def below(model: type[MaskRule]) -> Iterator[type[MaskRule]]:
        for sub in model.__subclasses__():
            yield sub
            yield from below(sub)

    return next(model for model in below(MaskRule) if model.model_fields["mask"].default == name)


def _default(value: Any) -> str:
    if value is None or value is False or value is PydanticUndefined or value in ((), [], {}, ""):
        return ""
    if isinstance(value, BaseModel):
        return ""
    if value is True:
        return "`true`"
    return f"`{getattr(value, 'value', value)}`" if not callable(value) else ""


def _inner(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The model of settings within, if the annotation holds one, and whether it is a list of them."""
    for each in _members(annotation):
        if (
            get_origin(each) is list
            and isinstance(get_args(each)[0], type)
            and issubclass(get_args(each)[0], BaseModel)
        ):
            return get_args(each)[0], True
    models = [
        m for m in _members(annotation) if isinstance(m, type) and issubclass(m, BaseModel) and not _is_reference(m)
    ]
    return (models[0], False) if models else (None, False)


def _is_reference(model: type[BaseModel]) -> bool:
    """Whether it is a value kept elsewhere: ``{env: NAME}``, ``{file: PATH}``."""
    return set(model.model_fields) in ({"env"}, {"file"})


def _members(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [m for a in get_args(annotation) for m in _members(a)]
    return [annotation]


def kind_of(annotation: Any) -> str:
    """What an argument takes, in words."""
    words: list[str] = []
    for each in _members(annotation):
        origin = get_origin(each)
        if each is NoneType:
            continue
        if origin is Literal:
            words += [f"`{choice}`" for choice in get_args(each)]
        elif origin in (list, tuple):
            words.append(f"list of {kind_of(get_args(each)[0])}")
        elif origin is dict:
            words.append(f"map to {kind_of(get_args(each)[1])}")
        elif isinstance(each, type) and issubclass(each, BaseModel):
            words.append(f"`{{{next(iter(each.model_fields))}: …}}`" if _is_reference(each) else "section")
        else:
            words.append(
                {"str": "text", "int": "number", "float": "number", "bool": "`true`, `false`", "object": "mask"}.get(
                    getattr(each, "__name__", ""), "text"
                )
            )
    return ", ".join(dict.fromkeys(words))


def text(said: str) -> str:
    """Help as Markdown of one line: no markup of terminals, no bars that would end a cell."""
    one = " ".join(re.sub(r"\[/?(?:bold|dim|italic)\]", "", said).split())
    return re.sub(r"``([^`]*)``", r"`\1`", one).replace("|", "\\|").replace("<", "&lt;")
