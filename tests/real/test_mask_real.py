"""Rails applications masked in place: the values of a copy in flight, and none of the originals in the server's
files."""

from __future__ import annotations

from pathlib import Path

import pytest

from masker.copy.run import copy
from masker.in_place.run import mask
from masker.settings import InPlaceOptions, Settings
from tests.postgres import lodge, zoo
from tests.real.applications import SCHEMAS, fill_with_canaries, load
from tests.servers import Server, database_of

ROWS = 1_000
KEY = b"a key for tests that is long enough, really"

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("name", SCHEMAS)
def test_masked_in_place_as_in_flight(name: str, production: Server, preview: Server) -> None:
    source = production.create_database()
    with production.connect(source) as conn:
        application = load(conn, name)
        filled = fill_with_canaries(conn, application, ROWS)
        conn.execute("ANALYZE")
    canaries = {canary.encode() for made in filled.canaries.values() for canary in made}
    flown, stayed = preview.create_database(), production.create_database(source)
    copied = copy(_settings(application.rules, flown, source), lambda _event: None)
    before = lodge.dump(stayed)

    result = mask(_settings(application.rules, stayed), InPlaceOptions(), lambda _event: None)

    assert copied.findings.are_good
    assert result.findings.are_good
    lodge.require_equal(before, lodge.dump(stayed))
    with preview.connect(flown) as one, production.connect(stayed) as other:
        expected, found = zoo.rows(one), zoo.rows(other)
    assert sorted(found) == sorted(expected)
    assert [table for table in expected if found[table] != expected[table]] == []
    with production.connect() as conn:
        conn.execute(f'DROP DATABASE "{database_of(source)}" WITH (FORCE)'.encode())
    production.restart()  # a checkpoint leaves pages of unlogged tables in memory, a shutdown writes them
    assert production.find_in_files(canaries) == set()


def _settings(rules: Path, target: str, source: str = "") -> Settings:
    return Settings(source=source, target=target, rules=(rules,), confirm=database_of(target), workers=2, key=KEY)
