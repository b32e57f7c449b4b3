"""What happens during a copy, told to a listener."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from masker.copy.steps import CopyPlan
from masker.lanes.events import LaneEvent


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan stands; the run begins. *run* is its identifier, *into* the database that is filled."""

    plan: CopyPlan
    run: str
    into: str


@dataclass(frozen=True, slots=True)
class BegunAnew:
    """The snapshot was lost, for *reason*; everything begins anew, as attempt number *attempt* of at most
    *attempts*."""

    reason: str
    attempt: int
    attempts: int


@dataclass(frozen=True, slots=True)
class SourceReleased:
    """The last row was read and production's snapshot let go."""

    elapsed_s: float
    connections: int


@dataclass(frozen=True, slots=True)
class Published:
    """The filled database took the live one's name."""

    database: str
    kept_old: str | None


@dataclass(frozen=True, slots=True)
class Swept:
    """Something a dead run had left was removed."""

    name: str


@dataclass(frozen=True, slots=True)
class NotSwept:
    """Something a dead run had left could not be removed, and *why*; the run goes on without that."""

    name: str
    why: str
    remedy: str


@dataclass(frozen=True, slots=True)
class NotTried:
    """What is tried before anything is touched, and could not be this time; the run goes on without that."""

    text: str


@dataclass(frozen=True, slots=True)
class Throttled:
    """Reading waits, for *reason*."""

    reason: str


@dataclass(frozen=True, slots=True)
class WentOn:
    """Reading goes on after *waited_s* seconds."""

    waited_s: float


CopyEvent = (
    Planned | BegunAnew | SourceReleased | Published | Swept | NotSwept | NotTried | Throttled | WentOn | LaneEvent
)
Listener = Callable[[CopyEvent], None]
