"""pg_dump on a source that keeps it waiting."""

from __future__ import annotations

import time

import psycopg

from masker.postgres.connect import parse_url
from masker.postgres.dump import dumping, find_pg_dump
from masker.sides import Side
from tests.servers import Server

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ended early' AND wait_event_type = 'Lock'"


def test_a_pg_dump_that_is_ended_leaves_no_session_waiting_for_a_lock(production: Server) -> None:
    url = production.create_database()
    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE TABLE held (id int)")
        holder.execute("LOCK TABLE held IN ACCESS EXCLUSIVE MODE")
        dump = find_pg_dump(conn.info.server_version // 10000)
        with dumping(
            dump,
            parse_url(url, Side.SOURCE),
            snapshot=None,
            encoding="UTF8",
            exclude_schemas=(),
            application_name="ended early",
        ):
            assert _becomes(conn, 1)
        assert _becomes(conn, 0), "it was cancelled, and does not wait for its timeout of a minute"


def _becomes(conn: psycopg.Connection, waiting: int) -> bool:
    end = time.monotonic() + 10
    while conn.execute(_WAITING).fetchone() != (waiting,):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
