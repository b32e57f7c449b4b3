"""Connections that end after the server has done something and before masker hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from tests.proxy import Answer, Cut, Proxy, nth
from tests.servers import Server
from tests.shop import Shop

#: So many rows that the table is cut into parts.
_LOGS = 75_000


def first(tag: str, query: str = "") -> Cut:
    return nth(tag, query, 1)


def each(*cuts: Cut) -> Cut:
    """All that any of them cuts. Every answer is shown to all of them, since they count."""
    return lambda answer: True in {cut(answer) for cut in cuts}


def first_of_the_run(tag: str) -> Cut:
    """The first such answer after the marker was written: before that the schema is only tried."""
    marked: list[Answer] = []

    def cuts(answer: Answer) -> bool:
        if "masker.run (state" in answer.query and answer.tag.startswith("COMMIT"):
            marked.append(answer)
        return bool(marked) and answer.tag.startswith(tag)

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
    ("answers", "publish"),
    [
        ([("INSERT", "masker.part"), ("UPDATE", "masker.part")], "swap"),
        ([("COPY", '"logs"'), ("COMMIT", "UPDATE masker.part")], "swap"),
        ([("COMMIT", "UPDATE masker.part")], "direct"),
    ],
)
def test_a_part_whose_answer_is_lost_is_there_once(large: Shop, answers: list[tuple[str, str]], publish: str) -> None:
    """A part may be begun three times, so that two answers may be lost in one run, whichever parts they are of."""
    with Proxy.before(large.preview, each(*(first(*answer) for answer in answers))) as proxy:
        done = large.copy("--target", proxy.url(large.target), "--workers", "2", "--publish", publish)
    done.expect(0, "published")
    assert len(proxy.cut) == len(answers)
    assert logs(large) == (_LOGS, _LOGS)
    large.expect_masked()
    large.verify().expect(0)


def test_what_was_done_without_an_answer_is_looked_up(shop: Shop) -> None:
    """The marker, the renames, the end of the former preview: each is seen to have come about, so the run has ended
    well."""
    cuts = each(nth("COMMIT", "masker.run (state", 2), first("COMMIT", "RENAME TO"), first("DROP DATABASE"))
    with Proxy.before(shop.preview, cuts) as proxy:
        shop.copy("--target", proxy.url(shop.target)).expect(0, "published")
    assert len(proxy.cut) == 3
    shop.expect_masked()
    assert shop.shadows() == set()
    shop.verify("--gate").expect(0)


def test_a_marker_of_direct_that_was_written_without_an_answer(shop: Shop) -> None:
    with Proxy.before(shop.preview, nth("COMMIT", "masker.run (state", 2)) as proxy:
        shop.copy("--target", proxy.url(shop.target), "--publish", "direct").expect(0, "published")
    assert proxy.cut
    shop.verify("--gate").expect(0)


@pytest.mark.parametrize(
    "tag",
    [
        "CREATE DATABASE",
        pytest.param("CREATE TABLE", marks=pytest.mark.slow),
        "CREATE INDEX",
        pytest.param("ALTER TABLE", marks=pytest.mark.slow),
        "ANALYZE",
        pytest.param("CREATE TRIGGER", marks=pytest.mark.slow),
        "ALTER DATABASE",
        "DROP TABLE",
    ],
)
def test_any_other_answer_that_is_lost_ends_the_run(shop: Shop, tag: str) -> None:
    """Nothing has become of the live preview, and that is said."""
    with shop.untouched(), Proxy.before(shop.preview, first(tag)) as proxy:
        shop.copy("--target", proxy.url(shop.target)).expect(
            6, "target: the connection was lost", f"{shop.database} is as it was; the shadow .* is dropped"
        )
    assert proxy.cut


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("DROP TABLE", "is incomplete and marked so"),
        ("CREATE INDEX", "is incomplete and marked so"),
        ("CREATE SCHEMA", "is as it was"),
    ],
)
def test_any_other_answer_that_is_lost_ends_a_run_that_fills_the_target_itself(shop: Shop, tag: str, said: str) -> None:
    with Proxy.before(shop.preview, first(tag) if said.endswith("was") else first_of_the_run(tag)) as proxy:
        shop.copy("--target", proxy.url(shop.target), "--publish", "direct").expect(
            6, "target: the connection was lost", f"{shop.database} {said}"
        )
    assert proxy.cut
    assert shop.verify("--gate").code == 8
