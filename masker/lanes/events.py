"""What happens to steps, told to a listener. The core prints nothing; progress bars, log lines and JSON are
listeners."""

from __future__ import annotations

from dataclasses import dataclass

from masker.lanes.step import Step


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
    """A connection was lost; the step begins anew. What :class:`Moved` said of it so far is void: *rows* and
    *bytes*."""

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
class Verifying:
    """The checks begin."""


#: What every run tells.
LaneEvent = StepStarted | Moved | StepRetried | StepFinished | Verifying
