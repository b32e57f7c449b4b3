"""What a preset is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from masker.errors import Problem
from masker.hooks.event import Event, Stage
from masker.model import FromEnvironment, Model


class Preset(Model):
    """Base of all presets. *stages* are those in which it may stand; one that *changes* something for the time of the
    run puts it back."""

    stages: ClassVar[tuple[Stage, ...]] = ("before", "restored", "published", "failed")
    changes: ClassVar[bool] = False

    def send(self, event: Event) -> None:
        """Do what there is to do. Raises HookFailed or HookRefused."""
        raise NotImplementedError

    def change(self, event: Event) -> Mapping[str, Any] | None:
        """What is about to be changed for the time of the run, as plain values by which :meth:`put_back` puts it back;
        None where nothing is. It is written down before :meth:`send`."""
        del event
        return None

    def put_back(self, change: Mapping[str, Any]) -> None:
        """Put back what *change* says. It may be put back already."""
        del change

    def missing(self, environment: Mapping[str, str] = os.environ) -> Iterator[Problem]:
        """What the environment lacks of what the preset needs."""
        for name, value in self:
            for each in value if isinstance(value, tuple) else (value,):
                if isinstance(each, FromEnvironment) and not environment.get(each.env):
                    yield Problem(
                        f"{type(self).__name__.lower()}.{name}", f"the environment variable {each.env} is not set"
                    )


def value_of(said: str | FromEnvironment | None) -> str:
    """What *said* stands for, now."""
    if isinstance(said, FromEnvironment):
        return os.environ.get(said.env, "").strip()
    return said or ""
