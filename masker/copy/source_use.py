"""Production while a run reads it: its snapshot is let go of as soon as the last row was read, and before that if
somebody there waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from masker.catalog.read import read_catalog, read_sequence_values
from masker.copy.events import Listener, SourceReleased
from masker.copy.prepare import Prepared, require_unchanged
from masker.copy.server.where import Where
from masker.copy.shared import Counters, Shared
from masker.copy.throttle import Brake
from masker.errors import SourceError
from masker.names import TableName
from masker.postgres.connect import Endpoint, connect
from masker.postgres.errors import server_errors
from masker.postgres.load import Load
from masker.postgres.lock_queue import LockQueue
from masker.sides import Side
from masker.tables.blame import Blame


class SourceUse:
    """What the lanes of a run that *ready* has planned have in common, writing to *target*. *read_s* are the seconds
    for which production was read, once it is let go of."""

    def __init__(
        self,
        ready: Prepared,
        target: Endpoint,
        listener: Listener,
        counters: Counters,
        *,
        connections: int,
        may_postpone: bool = False,
        where: Where | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self._ready = ready
        self._listener = listener
        self._connections = connections
        self._released = threading.Event()
        self.read_s = 0.0
        self.stop = stop or threading.Event()
        pids: set[int] = set()
        limits = ready.settings.throttle
        load = Load(ready.source, limits, lambda: (*ready.hold.pids, *tuple(pids)))
        self.brake = Brake(limits, load, listener, self.stop)
        self.shared = Shared(
            source=ready.source,
            target=target,
            snapshot=ready.snapshot,
            hold=ready.hold,
            bindings=ready.bindings,
            maintenance_memory=ready.settings.maintenance_memory,
            client_encoding=ready.client_encoding,
            listener=listener,
            counters=counters,
            stop=self.stop,
            brake=self.brake,
            read_sequences=self._read_sequences,
            blame=Blame(ready.plan.tables, in_place=False),
            source_major=ready.catalog.server.major,
            reading_pids=pids,
            may_postpone=may_postpone,
            where=where or Where(),
        )
        self._queue = LockQueue(ready.keeper, lambda: tuple(self.shared.reading_pids), time.monotonic)

    def let_go(self) -> None:
        """The last row was read. Raises SourceChanged if the source's tables are not what the plan took them for."""
        ready = self._ready
        self.read_s = time.monotonic() - ready.started
        self._released.set()
        self.brake.close()
        ready.hold.let_go()
        with server_errors(Side.SOURCE, "its snapshot was let go of"):
            ready.keeper.execute("COMMIT")
            now = read_catalog(ready.keeper)
        require_unchanged(ready.catalog, now)
        self._listener(SourceReleased(self.read_s, self._connections))

    def give_way(self) -> None:
        """End the run rather than hold up production: behind a waiting ALTER TABLE every other query on the table waits
        as well. Raises SourceError."""
        if self._released.is_set():
            return
        with server_errors(Side.SOURCE, "the snapshot was held"):
            waiting = self._queue.longest()
        if waiting is not None and waiting[0] > self._ready.settings.give_way_s:
            raise SourceError(
                f"source: a session has waited {waiting[0]:.0f} s to change {waiting[1]} while it was read, so the copy"
                " gave way",
                hint="run again when the migration is through; --give-way SECONDS sets how long it may wait",
            )

    def _read_sequences(self, names: list[TableName]) -> Mapping[TableName, tuple[int, bool]]:
        with server_errors(Side.SOURCE, "sequences were read"), connect(self._ready.source) as conn:
            return read_sequence_values(conn, names)
