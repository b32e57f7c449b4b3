"""A snapshot that is lost, by a restart of production or a follower that goes on without us: everything begins anew, a
few times."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.executable import Started
from tests.servers import database_of
from tests.shop import RULES, Shop, one
from tests.standby import standby_of

pytestmark = pytest.mark.timing

#: So slow that something comes in between: each row takes a text of some fifty kilobytes.
_SLOW = RULES.replace("page: keep", 'page: {sql: "left(page, 1) || length(repeat(page, 600))"}')

_LOST = "the snapshot is lost, so everything begins anew"


def end_sessions(shop: Shop) -> int:
    """End masker's sessions on production; their number."""
    with shop.production.connect() as conn:
        query = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'masker%%' AND"
            " datname = %s"
        )
        return int(str(one(conn, query, database_of(shop.source))))


def test_all_sessions_on_production_are_cut(shop: Shop) -> None:
    with shop.stalled("--json") as (started, holder):
        assert end_sessions(shop) >= 2
        holder.rollback()
        done = started.wait().expect(0, rf"source: .*: {_LOST} \(attempt 2 of 3\)", "published")
    assert len(done.json()["begun_anew"]) == 1
    shop.expect_masked()
    assert shop.shadows() == set()
    shop.verify().expect(0)


def test_production_restarts(shop: Shop) -> None:
    with shop.stalled() as (started, _):
        shop.production.restart()
        started.wait(120).expect(0, rf"{_LOST} \(attempt 2 of 3\)", "published")
    shop.expect_masked()


def test_production_restarts_while_the_target_itself_is_filled(shop: Shop) -> None:
    with shop.stalled("--publish", "direct") as (started, _):
        shop.production.restart()
        started.wait(120).expect(0, f"{_LOST}", "published")
    shop.expect_masked()
    shop.verify().expect(0)


def test_a_snapshot_that_is_lost_again_and_again(shop: Shop) -> None:
    with shop.untouched(), shop.stalled() as (started, _):
        while started.process.poll() is None:
            if shop.waiting():
                end_sessions(shop)
            time.sleep(0.02)
        started.wait().expect(
            5,
            r"attempt 2 of 3",
            r"attempt 3 of 3",
            "masker: source: ",
            "somebody ended the session",
            f"{shop.database} is as it was; the shadow .* is dropped",
        )


def test_a_run_that_is_interrupted_does_not_begin_anew(shop: Shop) -> None:
    with shop.untouched(), shop.stalled() as (started, holder):
        started.interrupt(signal.SIGTERM)
        end_sessions(shop)
        holder.rollback()
        done = started.wait().expect(130, f"{shop.database} is as it was")
    assert _LOST not in done.err


def test_interrupted_while_production_is_away(shop: Shop) -> None:
    with (
        shop.untouched(),
        shop.stalled("--source", shop.production.embedded.socket_url(database_of(shop.source))) as (started, holder),
    ):
        holder.rollback()
        with gone(shop):
            started.wait_for(_LOST)
            started.interrupt()
            started.wait(20).expect(130, "interrupted", f"{shop.database} is as it was; the shadow .* is dropped")


@contextmanager
def gone(shop: Shop) -> Iterator[None]:
    """Production lets nobody in."""
    with shop.production.connect() as conn:
        conn.execute(f"ALTER DATABASE {database_of(shop.source)} ALLOW_CONNECTIONS false".encode())
        end_sessions(shop)
        try:
            yield
        finally:
            conn.execute(f"ALTER DATABASE {database_of(shop.source)} ALLOW_CONNECTIONS true".encode())


def test_a_migration_came_in_between(shop: Shop) -> None:
    """What begins anew would be another copy than was planned."""
    with shop.untouched(), shop.stalled() as (started, holder):
        holder.execute("ALTER TABLE plans ADD note text")
        holder.commit()
        end_sessions(shop)
        done = started.wait().expect(4, "plans: its column note was added", f"{shop.database} is as it was")
    assert "attempt 3" not in done.err


@contextmanager
def conflicts(shop: Shop) -> Iterator[threading.Event]:
    """Rows die and are cleaned up on the primary as long as the event is not set."""
    over = threading.Event()

    def work() -> None:
        with psycopg.connect(shop.source, autocommit=True) as conn:
            while not over.wait(0.2):
                conn.execute("UPDATE orders SET total = total + 1 WHERE id < 50")
                conn.execute("VACUUM orders")

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield over
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("passes", [True, False])
@pytest.mark.timing
def test_a_follower_goes_on_without_us(shop: Shop, *, passes: bool) -> None:
    shop.rules.write_text(_SLOW)
    with standby_of(
        shop.production,
        "-c max_standby_streaming_delay=50ms -c hot_standby_feedback=off -c max_standby_archive_delay=50ms",
    ) as standby:
        follower = standby(database_of(shop.source))
        with conflicts(shop) as over, shop.start_copy("--source", follower, "--workers", "1") as started:
            _wait_for(started, "attempt 2 of 3")
            if passes:
                over.set()
                started.wait(120).expect(0, _LOST, "published")
            else:
                started.wait(120).expect(
                    5,
                    "attempt 3 of 3",
                    "set hot_standby_feedback = on there, raise max_standby_streaming_delay, or give the primary",
                )
    assert shop.shadows() == set()


def _wait_for(started: Started, text: str) -> None:
    started.wait_for(text, 60)
    assert started.process.poll() is None, started.wait()
