"""Masking in place whose connections end between a commit and its answer, and what a dead run still ends while the next
one begins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.in_place.test_mask import BY_VALUE, KEY, InPlace
from tests.executable import eventually
from tests.proxy import Proxy, nth
from tests.servers import Server
from tests.shop import one

_KEY = ("--key-env", "MASKER_TEST_KEY")


@pytest.fixture
def place(production: Server, shop_template: str, tmp_path: Path) -> InPlace:
    rules = tmp_path / "rules.yml"
    rules.write_text(BY_VALUE)
    return InPlace(server=production, target=production.create_database(shop_template), rules=rules)


@pytest.fixture(scope="module")
def undisturbed(
    production_server: Server, shop_template: str, tmp_path_factory: pytest.TempPathFactory
) -> list[object]:
    """What one run makes of the shop."""
    rules = tmp_path_factory.mktemp("rules") / "rules.yml"
    rules.write_text(BY_VALUE)
    with production_server.forgetting():
        place = InPlace(server=production_server, target=production_server.create_database(shop_template), rules=rules)
        place.mask(*_KEY, env=KEY).expect(0)
        return place.state()


@pytest.mark.parametrize(
    ("query", "number", "strategy"),
    [
        ("INSERT INTO masker.suspended", 1, "batches"),
        ("SET state = 'done'", 2, "batches"),
        ("DELETE FROM masker.batch", 1, "batches"),
        ("IN ACCESS EXCLUSIVE MODE", 1, "rewrite"),
    ],
)
def test_a_step_that_was_committed_without_an_answer_is_not_done_again(
    place: InPlace, undisturbed: list[object], query: str, number: int, strategy: str
) -> None:
    place.rules.write_text(BY_VALUE.replace("strategy: batches", f"strategy: {strategy}"))
    with Proxy.before(place.server, nth("COMMIT", query, number)) as proxy:
        through = replace(place, target=proxy.url(place.target))
        through.mask(*_KEY, "--workers", "2", env=KEY).expect(
            6, "target: the connection was lost", "is not masked whole and marked so", "the same command goes on"
        )
    assert proxy.cut
    place.gate().expect(8)
    place.mask(*_KEY, env=KEY).expect(0, "steps done before")
    assert place.state() == undisturbed
    place.gate().expect(0)


def test_a_marker_that_was_written_without_an_answer_is_looked_up(place: InPlace, undisturbed: list[object]) -> None:
    with Proxy.before(place.server, nth("COMMIT", "INSERT INTO masker.run", 2)) as proxy:
        replace(place, target=proxy.url(place.target)).mask(*_KEY, env=KEY).expect(0, "the gate of .* is open")
    assert proxy.cut
    assert place.state() == undisturbed
    place.gate().expect(0)


def test_the_first_marker_is_written_without_an_answer(place: InPlace, undisturbed: list[object]) -> None:
    with Proxy.before(place.server, nth("COMMIT", "masker.run (state", 1)) as proxy:
        replace(place, target=proxy.url(place.target)).mask(*_KEY, env=KEY).expect(
            6, "is not masked whole and marked so"
        )
    assert proxy.cut
    place.mask(*_KEY, env=KEY).expect(0)
    assert place.state() == undisturbed


@pytest.mark.timing
def test_what_a_dead_run_ends_while_the_next_one_is_planned_is_seen(place: InPlace) -> None:
    """The next run waits for a visitor to go; meanwhile a step is said to be done that was not when it looked first."""
    with Proxy.before(place.server, nth("COMMIT", "masker.run (state", 1)) as proxy:
        replace(place, target=proxy.url(place.target)).mask(*_KEY, env=KEY).expect(6)
    with place.visited() as visitor, place.start(*_KEY, "--wait", "60", env=KEY) as started:
        locked = (
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM"
            " pg_database WHERE datname = current_database())"
        )
        eventually(lambda: one(visitor, locked) == 1 or started.process.poll() is not None, 60)
        record = '{"rows": 5, "findings": [], "counts": [["public", "plans", 5]]}'
        visitor.execute("INSERT INTO masker.progress (step, record) VALUES ('nothing of this plan', %s)", [record])
        visitor.close()
        started.wait_for("1 steps done before", 60)
        started.kill()
