"""What happens while a database is masked in place, told to a listener."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from masker.in_place.steps import MaskPlan
from masker.lanes.events import LaneEvent


@dataclass(frozen=True, slots=True)
class MaskPlanned:
    """The plan of masking in place stands. *done* of its steps were done by a run that was killed."""

    plan: MaskPlan
    run: str
    done: int


@dataclass(frozen=True, slots=True)
class GateOpened:
    """A database masked in place carries the marker that says so."""

    database: str


MaskEvent = MaskPlanned | GateOpened | LaneEvent
Listener = Callable[[MaskEvent], None]
