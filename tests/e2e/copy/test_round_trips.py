"""How often production is asked: a round trip to a server in another place takes as long as thousands of rows."""

from __future__ import annotations

from masker.postgres.hold import DUMPING
from tests.proxy import Proxy
from tests.shop import Shop

#: Before the first row moves; and for a table and what proves it.
_BEFORE, _EACH = 25, 3


def test_a_copy_asks_production_little(shop: Shop) -> None:
    trips = []
    for tables in (0, 20):
        with shop.production.connect(shop.source) as conn:
            for n in range(tables):
                conn.execute(f"CREATE TABLE more{n} (id int PRIMARY KEY); INSERT INTO more{n} VALUES (1)".encode())
        with Proxy.before(shop.production) as proxy:
            shop.copy("--source", proxy.url(shop.source), "--workers", "1").expect(0)
        own = [turn for turn in proxy.turns if not turn.program.startswith(DUMPING)]
        sessions = 3  # whose beginnings are no questions: the one that holds the snapshot, its guard, the lane
        before = [turn.copies for turn in own].index(True) - sessions
        assert before <= _BEFORE, "round trips before the first row"
        trips.append(len(own))
    assert trips[1] - trips[0] <= 20 * _EACH
