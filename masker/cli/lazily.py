"""Commands that are imported when they are asked for. A run needs one of them: what the others import, and some hundred
options made of their flags, would be most of what a short one costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command stands: the *module* below ``masker.cli``, the *name* of its function, or of the app of a group
    of commands. *epilog* is None for the module's own EXAMPLES."""

    module: str
    name: str
    hidden: bool = False
    epilog: str | None = None


class Commands(Mapping[str, Any]):
    """Commands by what is typed for them, in the order in which ``--help`` tells them; made when they are looked at."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        self._places = places

    def __getitem__(self, name: str) -> Any:
        return _made(name, self._places[name])

    def get(self, name: str, default: Any = None) -> Any:
        # What an import raises is not that there is no such command.
        return self[name] if name in self._places else default

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class LazyGroup(TyperGroup):
    """A group of the commands at its *places*."""

    places: ClassVar[Mapping[str, Place]] = {}

    def __init__(self, **given: Any) -> None:
        super().__init__(**{**given, "commands": Commands(self.places)})

    def list_commands(self, ctx: Any) -> list[str]:
        del ctx
        return list(self.places)


def all_made(app: typer.Typer) -> None:
    """Make every command below *app*, each with what it imports."""
    left = [get_group(app)]
    for group in left:
        left += [command for command in group.commands.values() if isinstance(command, TyperGroup)]


@cache
def _made(name: str, place: Place) -> Any:
    module = import_module(f"masker.cli.{place.module}")
    found = getattr(module, place.name)
    if isinstance(found, typer.Typer):
        group = get_group(found)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False, rich_markup_mode="rich")
    epilog = place.epilog if place.epilog is not None else getattr(module, "EXAMPLES", None)
    alone.command(name, epilog=epilog, hidden=place.hidden)(found)
    return get_command(alone)
