"""The decorator that gives a command the fields of its groups as options, and hands it one value of each group."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from inspect import Parameter, Signature, signature
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import typer

from masker.cli.flags.databases import DatabaseFlags
from masker.cli.flags.group import Declared, Flags, Variable, Without, declared
from masker.cli.flags.output import OutputFlags, answer_as

T = TypeVar("T")

_CONTEXT = "context"


def taking(command: Callable[..., T]) -> Callable[..., T]:
    """*command* as the command line calls it: with an option for each field of the groups that it is annotated with.

    What the command line leaves open is said by the environment, by the settings file that a group's field ``config``
    names, or is the default.
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, tuple[type[Flags], Without | None]] = {}
    parameters = [Parameter(_CONTEXT, Parameter.KEYWORD_ONLY, annotation=typer.Context)]
    for parameter in signature(command).parameters.values():
        group, without = _group(hints[parameter.name])
        if group is None:
            parameters.append(parameter.replace(kind=Parameter.KEYWORD_ONLY, annotation=hints[parameter.name]))
            continue
        groups[parameter.name] = group, without
        parameters += [_parameter(parameter.name, each) for each in _offered(group, without)]

    @functools.wraps(command)
    def taken(**values: Any) -> T:
        context: typer.Context = values.pop(_CONTEXT)
        flags = {name: _said(name, group, without, context, values) for name, (group, without) in groups.items()}
        for each in flags.values():
            if isinstance(each, OutputFlags):
                answer_as(each)
        config = next((each.config for each in flags.values() if isinstance(each, DatabaseFlags)), None)
        if config is not None:
            # Reading YAML takes libraries that --help does not want to wait for.
            from masker.cli.settings_file import read_settings_file

            file = read_settings_file(config)
            flags = {name: each.over(file.said(type(each))) for name, each in flags.items()}
        return command(**flags, **values)

    taken.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    taken.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return taken


def groups_of(command: Callable[..., Any]) -> dict[str, tuple[type[Flags], Without | None]]:
    """The groups that *command* was annotated with, by parameter, as :func:`taking` was given it."""
    hints = get_type_hints(getattr(command, "__wrapped__", command), include_extras=True)
    found = {name: _group(hint) for name, hint in hints.items()}
    return {name: (group, without) for name, (group, without) in found.items() if group is not None}


def _group(hint: Any) -> tuple[type[Flags] | None, Without | None]:
    kind, *marks = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    if not (isinstance(kind, type) and issubclass(kind, Flags)):
        return None, None
    return kind, next((mark for mark in marks if isinstance(mark, Without)), None)


def _offered(group: type[Flags], without: Without | None) -> list[Declared]:
    return [
        each
        for each in declared(group)
        if each.option is not None and not (without is not None and each.name in without)
    ]


def _parameter(name: str, each: Declared) -> Parameter:
    # Only files refer to the environment.
    annotation: Any = Annotated[_without_variable(each.type), each.option]
    return Parameter(f"{name}_{each.name}", Parameter.KEYWORD_ONLY, default=each.default, annotation=annotation)


def _without_variable(kind: Any) -> Any:
    if get_origin(kind) in (Union, UnionType):
        return Union[tuple(member for member in get_args(kind) if member is not Variable)]  # noqa: UP007 - computed
    return kind


def _said(
    name: str, group: type[Flags], without: Without | None, context: typer.Context, values: dict[str, Any]
) -> Flags:
    """The group with what the command line and the environment say."""
    said: dict[str, Any] = {}
    for each in _offered(group, without):
        parameter = f"{name}_{each.name}"
        value = values.pop(parameter)
        source = context.get_parameter_source(parameter)
        if isinstance(value, list | tuple):
            value = [one for one in value if one != ""]
        # What a shell made of an empty variable says nothing.
        if source is not None and source.name in {"COMMANDLINE", "ENVIRONMENT"} and value not in (None, "", []):
            said[each.name] = value
        elif each.name == "config":
            said[each.name] = value  # found by itself
    said |= _environment(group, said, os.environ)
    return group(**said, said=frozenset(said))


def _environment(group: type[Flags], said: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """What variables say of fields that the command does not offer as options."""
    named = {
        each.name: environment.get(each.variable) for each in declared(group) if each.variable and each.name not in said
    }
    return {name: value for name, value in named.items() if value}
