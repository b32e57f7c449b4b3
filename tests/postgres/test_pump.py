"""The pump between real sessions: everything arrives, faults are the right side's, memory and time are bounded."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest
from psycopg import pq

from masker.postgres.pump import Cancelled, Pumped, SideFault, Wire, pump
from masker.sides import Side
from tests.servers import Server

_MANY = 5_000_000

Ends = tuple[psycopg.Connection, psycopg.Connection]


@pytest.fixture
def ends(database: str) -> Iterator[Ends]:
    """A session to read from and one to write with, on a database that has the empty tables ``t (n)`` and ``wide (n,
    t)``."""
    source, target = psycopg.connect(database, autocommit=True), psycopg.connect(database, autocommit=True)
    # Not in `with`: that would commit, and some tests leave a session in the middle of its COPY.
    with closing(source), closing(target):
        target.execute("SET client_min_messages = error")
        target.execute(
            "CREATE TABLE t (n bigint CONSTRAINT small CHECK (n < 1000000)); CREATE TABLE wide (n bigint, t text)"
        )
        yield source, target


def _pump(
    ends: Ends,
    query: str,
    into: str = "t",
    on_block: Callable[[int, int], None] | None = None,
    stop: threading.Event | None = None,
) -> Pumped:
    is_cancelled = (stop or threading.Event()).is_set
    source, target = Wire(Side.SOURCE, ends[0].pgconn, is_cancelled), Wire(Side.TARGET, ends[1].pgconn, is_cancelled)
    source.start(f"COPY ({query}) TO STDOUT (FORMAT binary)", pq.ExecStatus.COPY_OUT)
    target.start(f"COPY {into} FROM STDIN (FORMAT binary)", pq.ExecStatus.COPY_IN)
    return pump(source, target, on_block or (lambda _rows, _bytes: None))


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT n, 'x' FROM generate_series(1::int8, 0) AS n", 0),
        ("SELECT n, 'x' FROM generate_series(1::int8, 1) AS n", 1),
        ("SELECT n, repeat('x', n::int % 300) FROM generate_series(1::int8, 20000) AS n", 20_000),
        ("SELECT n, repeat('x', 20000000) FROM generate_series(1::int8, 2) AS n", 2),
    ],
)
def test_all_rows_arrive_and_are_told_of(ends: Ends, query: str, rows: int) -> None:
    told = [0, 0]

    def on_block(count: int, size: int) -> None:
        told[0] += count
        told[1] += size

    result = _pump(ends, query, "wide", on_block)
    assert (result.sent, result.stored) == (rows, rows)
    assert told[1] == result.bytes
    assert told[0] == rows + 1  # the end of the binary form is a message of its own
    difference = ends[1].execute(f"SELECT count(*) FROM (SELECT * FROM wide EXCEPT ALL ({query})) AS d").fetchone()
    assert difference == (0,)


def test_a_session_can_be_used_again(ends: Ends) -> None:
    for _ in range(3):
        assert _pump(ends, "SELECT n FROM generate_series(1::int8, 1000) AS n").stored == 1000
    assert _count(ends[1]) == 3000


def test_a_statement_that_does_not_start_is_its_sides_fault(ends: Ends) -> None:
    wire = Wire(Side.TARGET, ends[1].pgconn, lambda: False)
    with pytest.raises(SideFault) as caught:
        wire.start("COPY missing FROM STDIN", pq.ExecStatus.COPY_IN)
    assert (caught.value.side, caught.value.fault.sqlstate) == (Side.TARGET, "42P01")
    assert _count(ends[1]) == 0


def test_a_source_that_fails_leaves_the_target_empty_and_at_work(ends: Ends) -> None:
    with pytest.raises(SideFault) as caught:
        _pump(ends, "SELECT 1000 / (50000 - n) FROM generate_series(1::int8, 100000) AS n")
    assert (caught.value.side, caught.value.fault.sqlstate) == (Side.SOURCE, "22012")
    assert _count(ends[1]) == 0
    assert ends[0].execute("SELECT 1").fetchone() == (1,)


def test_a_target_that_refuses_a_row_is_not_sent_all_the_others(ends: Ends) -> None:
    moved = 0

    def on_block(rows: int, _bytes: int) -> None:
        nonlocal moved
        moved += rows

    with pytest.raises(SideFault) as caught:
        _pump(ends, f"SELECT n + 999000 FROM generate_series(1::int8, {_MANY}) AS n", on_block=on_block)
    fault = caught.value.fault
    assert (caught.value.side, fault.sqlstate, fault.table, fault.constraint) == (Side.TARGET, "23514", "t", "small")
    assert "1000000" not in f"{fault} {fault.text}"
    assert moved < _MANY / 2
    assert _count(ends[1]) == 0


def test_a_target_that_refuses_the_last_row_is_heard(ends: Ends) -> None:
    with pytest.raises(SideFault) as caught:
        _pump(ends, "SELECT 1000000 + n FROM generate_series(0::int8, 1) AS n")
    assert (caught.value.side, caught.value.fault.sqlstate) == (Side.TARGET, "23514")
    assert ends[0].execute("SELECT 1").fetchone() == (1,)
    assert _count(ends[1]) == 0


@pytest.mark.parametrize("lost", [Side.SOURCE, Side.TARGET])
def test_a_lost_connection_is_its_sides_fault(ends: Ends, server: Server, lost: Side) -> None:
    victim = ends[0] if lost is Side.SOURCE else ends[1]
    terminated = False

    def on_block(_rows: int, _bytes: int) -> None:
        nonlocal terminated
        if not terminated:
            terminated = True
            with server.connect() as conn:
                conn.execute("SELECT pg_terminate_backend(%s)", [victim.info.backend_pid])

    with pytest.raises(SideFault) as caught:
        _pump(ends, f"SELECT n % 1000 FROM generate_series(1::int8, {_MANY}) AS n", on_block=on_block)
    assert caught.value.side is lost
    assert caught.value.fault.is_connection
    with server.connect(ends[0].info.dbname) as conn:
        assert _count(conn) == 0


@pytest.mark.parametrize("slow", [Side.SOURCE, Side.TARGET])
@pytest.mark.timing
def test_cancelling_takes_less_than_a_second_whoever_is_waited_for(ends: Ends, slow: Side) -> None:
    stop = threading.Event()
    query = f"SELECT n % 1000 FROM generate_series(1::int8, {_MANY}) AS n"
    if slow is Side.SOURCE:
        query = "SELECT n FROM generate_series(1::int8, 10) AS n, pg_sleep(60)"
    else:
        _delay(ends[1], "pg_sleep(60)")
    cancelled_at = 0.0

    def cancel() -> None:
        nonlocal cancelled_at
        cancelled_at = time.monotonic()
        stop.set()

    timer = threading.Timer(0.5, cancel)
    timer.start()
    with pytest.raises(Cancelled):
        _pump(ends, query, stop=stop)
    assert time.monotonic() - cancelled_at < 1
    timer.join()
    for conn in ends:
        conn.cancel_safe()


def test_other_threads_run_while_it_waits(ends: Ends) -> None:
    _delay(ends[1], "CASE WHEN NEW.n % 10000 = 0 THEN pg_sleep(0.02) END")
    ticks = 0
    over = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not over.wait(0.005):
            ticks += 1

    thread = threading.Thread(target=tick)
    thread.start()
    _pump(ends, "SELECT n FROM generate_series(1::int8, 300000) AS n")
    over.set()
    thread.join()
    assert ticks > 20, "the target alone takes 0.6 s, which is 120 ticks"


_IN_A_PROCESS = """
import resource, sys
import psycopg
from psycopg import pq
from masker.postgres.errors import Side
from masker.postgres.pump import Wire, pump

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

with psycopg.connect(sys.argv[1], autocommit=True) as reading, psycopg.connect(sys.argv[1], autocommit=True) as writing:
    source = Wire(Side.SOURCE, reading.pgconn, lambda: False)
    target = Wire(Side.TARGET, writing.pgconn, lambda: False)
    before = peak()
    length, rows = sys.argv[2:]
    query = f"SELECT n, repeat('x', {length}) FROM generate_series(1::int8, {rows}) AS n"
    source.start(f"COPY ({query}) TO STDOUT", pq.ExecStatus.COPY_OUT)
    target.start("COPY wide FROM STDIN", pq.ExecStatus.COPY_IN)
    result = pump(source, target, lambda rows, size: None)
    print(result.stored, result.bytes // 2**20, peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak memory of a process is given in other units elsewhere")
def test_memory_stays_small_however_slow_the_target(ends: Ends, database: str) -> None:
    _delay(ends[1], "CASE WHEN NEW.n % 20 = 0 THEN pg_sleep(0.001) END", "wide")
    done = subprocess.run(
        [sys.executable, "-c", _IN_A_PROCESS, database, "10000", "20000"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    rows, megabytes, grown = map(int, done.stdout.split())
    assert (rows, megabytes) == (20_000, 190)
    assert grown < 16  # MB


@pytest.mark.skipif(sys.platform != "linux", reason="the peak memory of a process is given in other units elsewhere")
@pytest.mark.usefixtures("ends")
def test_a_huge_row_takes_its_size_three_times_at_most(database: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _IN_A_PROCESS, database, "80000000", "3"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    rows, megabytes, grown = map(int, done.stdout.split())
    assert (rows, megabytes) == (3, 228)
    assert grown < 3 * 77  # MB


def _delay(conn: psycopg.Connection, expression: str, table: str = "t") -> None:
    """Make every row of *table* wait for *expression*."""
    conn.execute(
        f"CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM {expression}; RETURN NEW; END $$;"
        f"CREATE TRIGGER wait BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION wait()"
    )


def _count(conn: psycopg.Connection) -> int:
    row = conn.execute("SELECT count(*) FROM t").fetchone()
    assert row is not None
    return int(row[0])
