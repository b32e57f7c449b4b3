"""A group of flags: each field is an option of commands, a setting of masker.yml, or both.

``over`` is the one rule by which they come together: what a flag says, else the environment, else the file, else the
default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache
from typing import Annotated, Any, Self, get_args, get_origin, get_type_hints

from typer.models import ParameterInfo


@dataclass(frozen=True, slots=True)
class Variable:
    """A value that stands in the environment under *env*: it is looked up when it is needed, and stands in no file."""

    env: str


@dataclass(frozen=True, slots=True)
class Setting:
    """Where masker.yml holds a field: ``source.connections``, ``buckets[].acl``.

    *means* is what it says there, by default the option's help. *takes* is its type in the file where that is another
    one, *read* turns that into the field's value and raises ValueError or an error of masker's for what is none.
    *pattern* is of texts. With *may_be_path* it is a path where it is no URL, with *negated* the file says the opposite
    of the flag. *model* gives what it takes where that is a model, which takes libraries that ``--help`` does not want
    to wait for.
    """

    path: str
    means: str | None = None
    takes: Any = None
    read: Callable[[Any], Any] | None = None
    pattern: str | None = None
    may_be_path: bool = False
    negated: bool = False
    model: Callable[[], Any] | None = None

    @property
    def taken(self) -> Any:
        """The type in the file, None where it is the field's own."""
        return self.model() if self.model is not None else self.takes


@dataclass(frozen=True, slots=True)
class Without:
    """Fields of a group that a command does not offer as options, all if none is named: environment and file say them
    alone."""

    fields: frozenset[str]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "fields", frozenset(names))

    def __contains__(self, name: str) -> bool:
        return not self.fields or name in self.fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """Base of all groups. *said* names the fields that the command line or the environment says."""

    said: frozenset[str] = field(default=frozenset(), repr=False)

    def over(self, file: Mapping[str, Any]) -> Self:
        """Flags and environment over what *file* says of the same fields."""
        return replace(self, **{name: value for name, value in file.items() if name not in self.said})


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One field of a group: its *type*, how it is an option or an argument, where masker.yml holds it, what it is by
    default."""

    name: str
    type: Any
    option: ParameterInfo | None
    setting: Setting | None
    default: Any

    @property
    def flag(self) -> str | None:
        """``--give-way``, None if it is no option; of two that say the opposite, the first."""
        # An option in an annotation has its first name where others have their default.
        names = (getattr(self.option, "default", None), *(getattr(self.option, "param_decls", None) or ()))
        return next((name.partition("/")[0] for name in names if isinstance(name, str) and name.startswith("--")), None)

    @property
    def variable(self) -> str | None:
        """The environment variable that says it, too."""
        named = self.option.envvar if self.option is not None else None
        return named if isinstance(named, str) else None


def declared(group: type[Flags]) -> tuple[Declared, ...]:
    """The fields of *group* in order."""
    of: Any = group  # a class is hashable, whatever its instances are
    return _all_declared(of)


@cache
def _all_declared(group: Any) -> tuple[Declared, ...]:
    hints = get_type_hints(group, include_extras=True)
    return tuple(
        _declared(
            each.name, hints[each.name], each.default if each.default_factory is MISSING else each.default_factory()
        )
        for each in fields(group)
        if each.name != "said"
    )


def _declared(name: str, hint: Any, default: Any) -> Declared:
    kind, *marks = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    option = next((mark for mark in marks if isinstance(mark, ParameterInfo)), None)
    setting = next((mark for mark in marks if isinstance(mark, Setting)), None)
    return Declared(name=name, type=kind, option=option, setting=setting, default=default)
