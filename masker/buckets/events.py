"""What happens during a sync, told to a listener."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from masker.buckets.done import Done
from masker.buckets.objects import Location
from masker.buckets.plan import SyncPlan

Phase = Literal["list", "copy", "delete"]


@dataclass(frozen=True, slots=True)
class Comparing:
    """A pair's listings begin; *run* is its name."""

    source: Location
    target: Location
    run: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Keys listed so far, on both sides together."""

    keys: int
    spans: int


@dataclass(frozen=True, slots=True)
class PairPlanned:
    plan: SyncPlan
    elapsed_s: float
    keys: int


@dataclass(frozen=True, slots=True)
class Transferred:
    """What has been done so far; *in_flight* is how many requests may be under way."""

    plan: SyncPlan
    done: Done
    phase: Phase
    in_flight: int
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class PairFinished:
    plan: SyncPlan
    done: Done
    retries: int
    elapsed_s: float


SyncEvent = Comparing | Compared | PairPlanned | Transferred | PairFinished
SyncListener = Callable[[SyncEvent], None]


def snapshot(done: Done) -> Done:
    """A copy of *done* that does not go on counting."""
    return replace(done, failures=list(done.failures))
