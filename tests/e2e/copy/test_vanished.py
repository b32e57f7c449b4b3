"""Runs that vanish without a word: production lets go of what they hold. And runs that only wait: it does not."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
import pytest

from tests.executable import Started, eventually
from tests.proxy import Proxy
from tests.servers import database_of
from tests.shop import Shop, one

pytestmark = pytest.mark.timing

#: Seconds without a sign of life after which production lets go, instead of sixty.
_LIMIT = 4
_SHORT = {"MASKER_IDLE_LIMIT": str(_LIMIT)}

#: Sessions of a run on production that keep a snapshot or a lock on a table.
_HOLDING = """
SELECT count(*) FROM pg_stat_activity a WHERE datname = %s AND application_name LIKE 'masker%%'
AND (backend_xmin IS NOT NULL
  OR EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'relation' AND l.relation >= 16384))
"""


def holding(shop: Shop) -> int:
    with shop.production.connect() as conn:
        return int(str(one(conn, _HOLDING, database_of(shop.source))))


@pytest.fixture
def wide(shop: Shop) -> Shop:
    """The shop with more rows than the buffers between two servers take."""
    with psycopg.connect(shop.source, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO visits (page, seconds) SELECT '/canary/' || repeat('x', 1000), 1 FROM generate_series(1,"
            " 60000)"
        )
        conn.execute("ANALYZE visits")
    return shop


@contextmanager
def stuck(shop: Shop, *more: str, env: dict[str, str] | None = None) -> Iterator[tuple[Started, list[int]]]:
    """A copy whose target has stopped in the middle of a table, so that its lane no longer reads the source; and the
    processes to let go on."""
    with shop.start_copy("--workers", "3", *more, env={**_SHORT, **(env or {})}) as started:
        pids: list[int] = []
        with shop.preview.connect() as conn:

            def stop() -> bool:
                found = conn.execute(
                    "SELECT pid FROM pg_stat_progress_copy WHERE relid <> 0 AND tuples_processed > 1000 AND datname"
                    " LIKE %s",
                    [shop.database + "%"],
                ).fetchall()
                for (pid,) in found:
                    os.kill(pid, signal.SIGSTOP)
                    pids.append(pid)
                return bool(pids) or started.process.poll() is not None

            eventually(stop)
        try:
            yield started, pids
        finally:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)


def wait_until_blocked(shop: Shop) -> None:
    """Return when production cannot send any more."""
    with shop.production.connect() as conn:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event = 'ClientWrite'"
        eventually(lambda: one(conn, query, database_of(shop.source)) == 1)


def test_a_frozen_run_holds_nothing_for_long(wide: Shop) -> None:
    before = wide.live_state()
    with stuck(wide) as (started, _):
        wait_until_blocked(wide)
        os.kill(started.process.pid, signal.SIGSTOP)
        assert holding(wide) >= 3
        eventually(lambda: holding(wide) == 0, _LIMIT + 3)
        started.kill()
    assert wide.live_state() == before


def test_a_run_that_the_network_has_lost_holds_nothing_for_long(wide: Shop) -> None:
    with Proxy.before(wide.production) as proxy, stuck(wide, "--source", proxy.url(wide.source)) as (started, _):
        wait_until_blocked(wide)
        proxy.is_silent.set()
        assert holding(wide) >= 3
        eventually(lambda: holding(wide) == 0, _LIMIT + 3)
        started.kill()


def test_a_target_that_stalls_for_long_does_not_end_the_run(wide: Shop) -> None:
    with stuck(wide) as (started, pids):
        wait_until_blocked(wide)
        time.sleep(2.5 * _LIMIT)
        assert started.process.poll() is None
        assert holding(wide) >= 1
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        done = started.wait().expect(0, "published")
        assert "anew" not in done.err


def test_a_run_over_a_socket_that_is_frozen(wide: Shop) -> None:
    source = wide.production.embedded.socket_url(database_of(wide.source))
    with stuck(wide, "--source", source) as (started, _):
        wait_until_blocked(wide)
        os.kill(started.process.pid, signal.SIGSTOP)
        eventually(lambda: holding(wide) == 0, _LIMIT + 3)
        started.kill()


def test_a_run_that_is_frozen_with_its_pg_dump(shop: Shop) -> None:
    """Which locks all tables."""
    reading = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'masker pg_dump%%' AND backend_xmin IS NOT"
        " NULL AND datname = %s"
    )
    for _ in range(20):  # until one is caught before its pg_dump has ended
        with shop.start_copy(env=_SHORT) as started, shop.production.connect() as conn:
            eventually(lambda: one(conn, reading, database_of(shop.source)) == 1)
            os.killpg(started.process.pid, signal.SIGSTOP)
            caught = one(conn, reading, database_of(shop.source)) == 1
            if caught:
                assert holding(shop) >= 2
                eventually(lambda: holding(shop) == 0, _LIMIT + 3)
            os.killpg(started.process.pid, signal.SIGKILL)
            started.wait()
        if caught:
            return
        eventually(lambda: shop.sessions() == 0, 5)
    raise AssertionError("pg_dump had always ended")
