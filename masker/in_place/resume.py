"""What a run that was killed has left, and whether it may be gone on with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from masker.in_place.server.journal import StepRecord, half_done, read_steps
from masker.lanes.step import StepId
from masker.names import TableName
from masker.postgres.errors import server_errors
from masker.postgres.marker import Marker
from masker.sides import Side
from masker.verify.gate import strangeness


@dataclass(frozen=True, kw_only=True)
class Resumed:
    """What a run that was killed has left: its name, the steps it did, and what it found."""

    run: str
    record: Mapping[str, Any]
    steps: Mapping[StepId, StepRecord]
    half_done: tuple[str, ...]


def left_behind(conn: psycopg.Connection, marker: Marker | None) -> Resumed | None:
    """A run that began on this very database and has not ended."""
    if marker is None or marker.state != "masking":
        return None
    with server_errors(Side.TARGET, "the marker was compared with its tables"):
        if strangeness(conn, marker) is not None:
            return None
        steps = read_steps(conn)
        has_begun = any(record.counts for record in steps.values())
        return (
            Resumed(run=marker.run, record=marker.record, steps=steps, half_done=tuple(half_done(conn)))
            if has_begun
            else None
        )


def touched(resumed: Resumed) -> frozenset[TableName]:
    """Tables some of whose rows are not what they were."""
    return frozenset(name for record in resumed.steps.values() for name, _ in record.counts)


def torn_scopes(scopes: Mapping[str, frozenset[TableName]], resumed: Resumed) -> list[str]:
    """Those of *scopes* of which some tables are masked and some are not: with another key they would not agree."""
    done = touched(resumed)
    return sorted(scope for scope, tables in scopes.items() if tables & done and tables - done)
