"""The list of parts that were loaded: a second attempt waits for the first one's transaction, and then knows."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest

from masker.copy.server.ledger import begin_ledger, claim, settle
from masker.postgres.backend import Backend
from masker.postgres.connect import connect, parse_url
from masker.postgres.marker import write_marker
from masker.sides import Side

Two = tuple[psycopg.Connection, psycopg.Connection]


@pytest.fixture
def two(database: str) -> Iterator[Two]:
    """Two lanes on a target whose default is the strictest kind of transaction, with an empty table ``t (n)``."""
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = serializable',"
            " current_database()); END $$"
        )
    endpoint = parse_url(database, Side.TARGET)
    with closing(connect(endpoint)) as first, closing(connect(endpoint)) as second:
        write_marker(first, "loading", {"run": "r"})
        begin_ledger(first)
        first.execute("CREATE TABLE public.t (n integer)")
        yield first, second


def test_a_part_is_claimed_once(two: Two) -> None:
    assert claim(two[0], "copy t") is None
    two[0].execute("INSERT INTO public.t VALUES (1), (2)")
    settle(two[0], "copy t", 2)
    assert claim(two[1], "copy t") == 2
    assert two[1].info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert claim(two[1], "copy u") is None


@pytest.mark.parametrize("commits", [True, False])
def test_a_second_attempt_waits_for_the_first(two: Two, *, commits: bool) -> None:
    assert claim(two[0], "copy t") is None
    two[0].execute("INSERT INTO public.t VALUES (1), (2)")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(claim, two[1], "copy t")
        while two[0].execute("SELECT NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted)").fetchone() == (True,):
            assert not waiting.done()
        if commits:
            settle(two[0], "copy t", 2)
        else:
            two[0].execute("ROLLBACK")
        assert waiting.result(10) == (2 if commits else None)


def test_what_is_left_of_a_lost_session_is_ended(two: Two) -> None:
    assert claim(two[0], "copy t") is None
    Backend(two[0]).end(two[1])
    assert claim(two[1], "copy t") is None
    with pytest.raises(psycopg.OperationalError):
        two[0].execute("SELECT 1")


def test_a_ledger_that_a_dead_run_has_left_is_empty(two: Two) -> None:
    assert claim(two[0], "copy t") is None
    settle(two[0], "copy t", 2)
    begin_ledger(two[1])
    assert claim(two[1], "copy t") is None
