"""Every kind of object and every kind of value arrives, from each version at each other, judged without masker."""

from __future__ import annotations

from pathlib import Path

import pytest

from masker.verify.schema import describe
from tests.postgres import zoo
from tests.servers import ServersByMajor

@pytest.mark.parametrize(("source_major", "target_major"), [(15, 15), (15, 17), (17, 18), (18, 17), (18, 18)])
def test_the_zoo_arrives_whole(servers_by_major: ServersByMajor, tmp_path: Path, source_major: int, target_major: int) -> None:
    source, target = servers_by_major[source_major], servers_by_major[target_major]
    origin, preview, reference = source.create_database(), target.create_database(), target.create_database()
    with source.connect(origin) as conn, target.connect() as other:
        zoo.build(conn, zoo.features(conn) & zoo.features(other))
    zoo.restore_schema(origin, reference)

    result = zoo.copied(origin, preview, tmp_path)

    assert {note.subject for note in result.plan.notes} == {
        "index zoo.given_up", "statistics of zoo.partly_far", "user mapping of public SERVER elsewhere"
    }  # fmt: skip
    zoo.require_equal_scripts(zoo.schema_script(reference), zoo.schema_script(preview))
    with source.connect(origin) as before, target.connect(preview) as after:
        zoo.require_equal_contents(before, after)
        assert zoo.statistics(before) - zoo.statistics(after) == set()
        assert zoo.not_all_visible(after) == []
        if source_major == target_major:
            described = describe(before, same_major=True)
            del described["index", "zoo.given_up"]  # invalid, so left out
            assert describe(after, same_major=True) == described
