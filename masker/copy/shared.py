"""What all lanes of a copy have in common, and what they count."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from masker.copy.events import Listener
from masker.copy.server.where import Where
from masker.copy.throttle import Brake
from masker.lanes.step import RefreshMaterializedView
from masker.names import TableName
from masker.postgres.connect import Endpoint
from masker.postgres.hold import Hold
from masker.postgres.pump import Pumped
from masker.tables.blame import Blame
from masker.tables.evidence import Evidence
from masker.tables.shown import Answers


@dataclass(slots=True)
class Counters:
    """What a run counted: rows by table, what both sides said of each, by step how many rows have what they refer to,
    digests of large objects, what sequences were set to.

    Written by many lanes, read when they have ended. None is what no step came to.
    """

    rows: dict[TableName, int] = field(default_factory=dict)
    source_said: dict[TableName, Evidence] = field(default_factory=dict)
    target_said: dict[TableName, Evidence] = field(default_factory=dict)
    answers: dict[TableName, Answers] = field(default_factory=dict)
    joins: dict[str, int] = field(default_factory=dict)
    large_objects: dict[str, str] | None = None
    sequences: dict[TableName, tuple[int, bool]] | None = None
    bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def moved(self, table: TableName, result: Pumped) -> None:
        with self._lock:
            self.rows[table] = self.rows.get(table, 0) + result.stored
            self.bytes += result.bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all lanes of a run have in common. *bindings* are the values of the settings masks read, *reading_pids* the
    source's backends, *postponed* materialized views to be filled after others, where the plan has a step for that;
    *where* is where names of the schema stand on the target."""

    source: Endpoint
    target: Endpoint
    snapshot: str
    hold: Hold
    bindings: Mapping[str, str] = field(repr=False)
    maintenance_memory: str
    client_encoding: str
    listener: Listener
    counters: Counters
    stop: threading.Event
    brake: Brake
    read_sequences: Callable[[list[TableName]], Mapping[TableName, tuple[int, bool]]]
    blame: Blame
    source_major: int
    reading_pids: set[int]
    where: Where = field(default_factory=Where)
    may_postpone: bool = False
    postponed: list[RefreshMaterializedView] = field(default_factory=list)
