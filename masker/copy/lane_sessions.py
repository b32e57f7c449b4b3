"""The sessions of one lane: on the source inside the run's snapshot; on the target as masker writes there, or as the
application computes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg

from masker.copy.shared import Shared
from masker.postgres.backend import Backend
from masker.postgres.connect import connect
from masker.postgres.errors import ServerFault, server_errors
from masker.postgres.own_settings import OwnSettings
from masker.postgres.pump import SideFault
from masker.sides import Side
from masker.verify.witness import proof_seed


class LaneSessions:
    """Both sessions, each opened when it is asked for, and anew where it was lost."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._source: psycopg.Connection | None = None
        self._target: psycopg.Connection | None = None
        self._settings: OwnSettings | None = None
        self._backend: Backend | None = None

    def release_source(self) -> None:
        """Close the source's session, if there is one."""
        if self._source is not None:
            self._shared.reading_pids.discard(self._source.info.backend_pid if not self._source.closed else 0)
            self._source.close()
            self._source = None

    def interrupt(self) -> None:
        """Have both servers cancel what they do for the lane."""
        for conn in (self._source, self._target):
            if conn is not None and not conn.closed:
                with contextlib.suppress(psycopg.Error):
                    conn.cancel_safe(timeout=2.0)

    def close(self) -> None:
        self.release_source()
        self._close_target()

    def _close_target(self) -> None:
        if self._target is not None:
            self._target.close()
            self._target = self._settings = None

    def reading(self) -> psycopg.Connection:
        """The source's session, inside the run's snapshot."""
        if self._source is None or self._source.closed:
            conn = connect(
                self._shared.source,
                settings={"client_encoding": self._shared.client_encoding, **self._shared.bindings},
            )
            try:
                with server_errors(Side.SOURCE, "a lane joined the snapshot"):
                    self._shared.hold.join(conn, self._shared.snapshot)
            except BaseException:
                conn.close()
                raise
            self._source = conn
            self._shared.reading_pids.add(conn.info.backend_pid)
        return self._source

    def _at_target(self) -> tuple[psycopg.Connection, OwnSettings]:
        if self._target is None or self._settings is None or self._target.closed:
            settings = {
                "maintenance_work_mem": self._shared.maintenance_memory,
                "client_encoding": self._shared.client_encoding,
                "check_function_bodies": "off",
            }
            if self._shared.where.shares:
                # Lanes are the parallelism: workers of single index builds would only contend with them.
                settings["max_parallel_maintenance_workers"] = "0"
            self._close_target()
            self._target = connect(self._shared.target, settings={**settings, **proof_seed(self._shared.bindings)})
            with server_errors(Side.TARGET, "the session was set up"):
                if self._backend is not None:
                    self._backend.outlive(self._target)
                self._backend = Backend(self._target)
                self._settings = OwnSettings(self._target)
        return self._target, self._settings

    def writing(self) -> psycopg.Connection:
        """The target's session under masker's own settings. Raises psycopg.Error where an open one is lost."""
        conn, settings = self._at_target()
        settings.take()
        return conn

    def computing(self, *, besides: frozenset[str] = frozenset()) -> psycopg.Connection:
        """The target's session as the application's would be: what is computed in it is what the preview's own sessions
        would compute.

        Settings *besides* are those by which masker's rows are written. Raises psycopg.Error where an open one is lost.
        """
        conn, settings = self._at_target()
        settings.give(besides=besides)
        return conn


@contextlib.contextmanager
def target_faults() -> Iterator[None]:
    """Inside, errors of the server are the target's."""
    try:
        yield
    except psycopg.Error as error:
        raise SideFault(Side.TARGET, ServerFault.from_error(error)) from None
