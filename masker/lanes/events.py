"""What happens during a run, told to a listener. The core prints nothing; progress bars, log lines and JSON are listeners."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from masker.copy.steps import CopyPlan, Step
from masker.in_place.steps import MaskPlan


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan stands; the run begins. *run* is its identifier, *into* the database that is filled."""

    plan: CopyPlan
    run: str
    into: str


@dataclass(frozen=True, slots=True)
class MaskPlanned:
    """The plan of masking in place stands. *done* of its steps were done by a run that was killed."""

    plan: MaskPlan
    run: str
    done: int


@dataclass(frozen=True, slots=True)
class StepStarted:
    step: Step


@dataclass(frozen=True, slots=True)
class Moved:
    """Rows and bytes that have just passed for a step."""

    step: Step
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class StepRetried:
    """A connection was lost; the step begins anew. What :class:`Moved` said of it so far is void: *rows* and *bytes*."""

    step: Step
    reason: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class StepFinished:
    step: Step
    elapsed_s: float
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class SourceReleased:
    """The last row was read and production's snapshot let go."""

    elapsed_s: float
    connections: int


@dataclass(frozen=True, slots=True)
class BegunAnew:
    """The snapshot was lost, for *reason*; everything begins anew, as attempt number *attempt* of at most *attempts*."""

    reason: str
    attempt: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Verifying:
    """The checks begin."""


@dataclass(frozen=True, slots=True)
class Published:
    """The filled database took the live one's name."""

    database: str
    kept_old: str | None


@dataclass(frozen=True, slots=True)
class GateOpened:
    """A database masked in place carries the marker that says so."""

    database: str


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


Event = Planned | MaskPlanned | StepStarted | Moved | StepRetried | StepFinished | SourceReleased | BegunAnew | Verifying | Published | GateOpened | Swept | NotSwept | NotTried
Listener = Callable[[Event], None]
