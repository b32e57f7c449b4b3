"""Sessions on some databases ended for a while, as often as they come."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import psycopg

from masker.postgres.connect import Endpoint
from masker.postgres.target import connect_maintenance


@contextlib.contextmanager
def sessions_ended(endpoint: Endpoint, databases: list[str]) -> Iterator[None]:
    """While inside, sessions on *databases* are ended as they come, from a session of its own: what waits for them to
    be gone goes on meanwhile.

    A shadow has sessions too where a pooler keeps those that the run has left.
    """
    done = threading.Event()
    with connect_maintenance(endpoint) as killer:

        def end_sessions() -> None:
            while not done.is_set() and not killer.closed:
                # One that may not be ended must not spare the others; the rename then says who is left.
                with contextlib.suppress(psycopg.Error):
                    for (pid,) in killer.execute(
                        "SELECT pid FROM pg_stat_activity WHERE datname = ANY(%s)", [databases]
                    ).fetchall():
                        with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
                            killer.execute("SELECT pg_terminate_backend(%s)", [pid])
                done.wait(0.1)

        thread = threading.Thread(target=end_sessions, name="end-sessions", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
