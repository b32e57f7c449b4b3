"""A throttled copy moves every row, no faster than it may, and waits where production has too much to do."""

from __future__ import annotations

from contextlib import closing

import psycopg

from tests.servers import database_of
from tests.shop import Shop

_RATE = 2 * 1024 * 1024


def test_a_throttled_copy_moves_every_row_at_no_more_than_its_rate_and_waits_for_others(shop: Shop) -> None:
    done = shop.copy("--throttle", "2MB/s", "--json").expect(0).json()
    assert done["seconds"]["source_read"] >= done["bytes"] / _RATE > 1
    assert done["seconds"]["throttled"] > 0
    shop.expect_masked()

    busy = ("--throttle", "sessions=0")
    with closing(psycopg.connect(shop.source, autocommit=True)) as other:
        other.pgconn.send_query(b"SELECT pg_sleep(60)")
        shop.copy(*busy, "--throttle", "wait=1s").expect(5, "1 session is active, 0 allowed, .*waited for 1 s")
        assert shop.shadows() == set()
        with shop.start_copy(*busy) as started:
            started.wait_for("reading waits for production: 1 session is active, 0 allowed")
            other.cancel_safe(timeout=5)
            started.wait().expect(0, "reading goes on after", "published")
    shop.expect_masked()


def test_what_a_role_may_not_see_is_not_waited_for(shop: Shop) -> None:
    role = shop.production.create_owner(may_create_databases=False)
    with shop.production.connect(shop.source) as conn:
        conn.execute(f"GRANT pg_read_all_data TO {role}")
    url = shop.production.url(database_of(shop.source), user=role)
    with shop.untouched(), psycopg.connect(shop.source):
        refused = shop.copy("--source", url, "--throttle", "sessions=40")
        refused.expect(5, "may not see which sessions of other roles are active", "pg_read_all_stats")
    with shop.production.connect(shop.source) as conn:
        conn.execute(f"GRANT pg_read_all_stats TO {role}")
    limits = ("--throttle", "2MB", "--throttle", "sessions=40", "--throttle", "lag=30s")
    words = r"throttle: rows are read at 2\.0 MB a second at most; reading waits, 600 s at most .* 30 s behind or more"
    shop.plan("--source", url, *limits).expect(0, words)
    shop.plan("--throttle", "often").expect(2, "often is no limit, expected bytes a second")
