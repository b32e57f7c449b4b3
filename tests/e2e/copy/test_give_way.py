"""A migration on production is not held up: behind a waiting ALTER TABLE every query on the table waits as well."""

from __future__ import annotations

import pytest

from tests.executable import eventually
from tests.servers import database_of
from tests.shop import RULES, Shop, one

#: So slow that a migration comes in between: each row takes a text of half a megabyte.
_SLOW = RULES.replace("page: keep", 'page: {sql: "left(page, 1) || length(repeat(page, 5000))"}')


@pytest.mark.timing
def test_a_copy_gives_way_to_a_migration(shop: Shop) -> None:
    shop.rules.write_text(_SLOW)
    give_way = ("--workers", "1", "--give-way", "0.5")
    with shop.production.connect(shop.source) as conn, shop.untouched(), shop.start_copy(*give_way) as started:
        reading = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND state = 'active' AND query LIKE 'COPY"
            " (SELECT%%visits%%'"
        )
        eventually(lambda: one(conn, reading, database_of(shop.source)) == 1, 60)
        conn.execute("ALTER TABLE visits ADD note text")
        started.wait().expect(
            5,
            "source: a session has waited 1 s to change visits while it was read, so the copy gave way",
            "--give-way",
            "is as it was",
        )


def test_a_table_that_was_read_is_free(shop: Shop) -> None:
    """The lock of a table ends with its reading, although the snapshot goes on."""
    with shop.stalled() as (started, holder), shop.production.connect(shop.source) as conn:
        conn.execute("SET lock_timeout = '2s'")
        conn.execute("CREATE RULE none AS ON DELETE TO visits DO NOTHING; DROP RULE none ON visits")
        holder.rollback()
        started.wait().expect(0, "published")
