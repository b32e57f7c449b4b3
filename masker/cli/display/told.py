"""What is told of one event, in the forms that writers want: a sentence, named fields, and what bars do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from masker.cli.log import Level

#: How a sentence is marked beside bars.
Mark = Literal["plain", "done", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A bar appears; without a *total* it only shows that something is going on."""

    bar: str
    title: str
    total: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A bar goes on *by* so much, or *to* so much *of* a total, with a *note* beside it."""

    bar: str
    by: float = 0
    to: float | None = None
    of: float | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A bar goes away; None is all of them."""

    bar: str | None = None


Shape = Begun | Moved | Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """*text* is what a person reads where there are no bars, and beside them where it has a *mark*. A *passing* one is
    told now and then.

    *at* names the line of the log, *named* its fields. What is None is not told there.
    """

    text: str | None = None
    mark: Mark | None = None
    passing: bool = False
    at: str | None = None
    level: Level = "info"
    run: str | None = None
    named: Mapping[str, Any] = field(default_factory=dict)
    shapes: tuple[Shape, ...] = ()

    def line(self) -> str | None:
        """The sentence."""
        return self.text

    def fields(self) -> dict[str, Any] | None:
        """The log's line, None if there is none."""
        return {"at": self.at, "level": self.level, "run": self.run, **self.named} if self.at is not None else None
