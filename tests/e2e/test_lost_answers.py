"""Connections that end after the server has done something and before masker hears of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import psycopg
import pytest

from tests.proxy import Answer, Proxy
from tests.servers import Server
from tests.shop import Shop

#: So many rows that the table is cut into parts.
_LOGS = 75_000


def first(tag: str, query: str = "") -> Callable[[Answer], bool]:
    """The first answer that begins with *tag* to a statement in which *query* stands."""
    seen = False

    def cuts(answer: Answer) -> bool:
        nonlocal seen
        hit = not seen and answer.tag.startswith(tag) and query in answer.query
        seen = seen or hit
        return hit

    return cuts


@pytest.fixture(scope="module")
def large_source(production_server: Server, shop_template: str) -> Iterator[str]:
    """The shop's source with a table without a key that is read in parts. It is only read."""
    with production_server.forgetting():
        url = production_server.create_database(shop_template)
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("CREATE TABLE logs (n integer NOT NULL, line text NOT NULL)")
            conn.execute("ALTER TABLE logs ALTER line SET STORAGE PLAIN")
            conn.execute("INSERT INTO logs SELECT i, repeat('canary line', 170) FROM generate_series(1, %s) i", [_LOGS])
            conn.execute("VACUUM ANALYZE logs")
        yield url


@pytest.fixture
def large(shop: Shop, large_source: str) -> Shop:
    shop.rules.write_text(shop.rules.read_text() + "  logs:\n    columns:\n      line: keep\n")
    return replace(shop, source=large_source)


def logs(shop: Shop) -> object:
    """Rows of the large table on the target, and how many of them differ."""
    with shop.preview.connect(shop.target) as conn:
        return conn.execute("SELECT count(*), count(DISTINCT n) FROM logs").fetchone()


@pytest.mark.parametrize(
    ("tag", "query", "publish"),
    [("INSERT", "masker.part", "swap"), ("COPY", '"logs"', "swap"), ("UPDATE", "masker.part", "swap"), ("COMMIT", "masker.part", "swap"), ("COMMIT", "masker.part", "direct")],
)  # fmt: skip
def test_a_part_whose_answer_is_lost_is_there_once(large: Shop, tag: str, query: str, publish: str) -> None:
    with Proxy.before(large.preview, first(tag, query)) as proxy:
        done = large.copy("--target", proxy.url(large.target), "--workers", "2", "--publish", publish)
    done.expect(0, "published")
    assert proxy.cut
    assert logs(large) == (_LOGS, _LOGS)
    large.expect_masked()
    large.verify().expect(0)
