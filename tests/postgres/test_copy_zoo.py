"""Every kind of object and every kind of value arrives, from each version at each other, judged without masker."""

from __future__ import annotations

from pathlib import Path

import pytest

from masker.run.copy import CopyResult, FailedChecks, copy
from masker.settings import Settings
from masker.verify.schema import describe
from tests.postgres import zoo
from tests.servers import Server, ServersByMajor, database_of

_KEEP_ALL = "version: 1\nundecided: keep\nlarge_objects: keep\n"


@pytest.mark.parametrize(("source_major", "target_major"), [(15, 15), (15, 17), (17, 18), (18, 17), (18, 18)])
def test_the_zoo_arrives_whole(servers_by_major: ServersByMajor, tmp_path: Path, source_major: int, target_major: int) -> None:
    source, target = servers_by_major[source_major], servers_by_major[target_major]
    with source.connect() as one, target.connect() as other:
        known = zoo.features(one) & zoo.features(other)
    origin, preview, reference = source.create_database(), target.create_database(), target.create_database()
    with source.connect(origin) as conn:
        zoo.build(conn, known)
    zoo.restore_schema(origin, reference)

    result = _copied(origin, preview, tmp_path)

    assert result.findings.are_good
    assert [n.subject for n in result.plan.notes if n.subject.startswith("index")] == ["index zoo.given_up"]
    zoo.require_equal(zoo.schema_script(reference), zoo.schema_script(preview))
    if source_major == target_major:
        zoo.require_equal(zoo.schema_script(origin), zoo.schema_script(preview))
    with source.connect(origin) as before, target.connect(preview) as after:
        _require_equal(zoo.rows(before), zoo.rows(after))
        assert zoo.sequence_values(after) == zoo.sequence_values(before)
        assert zoo.large_objects(after) == zoo.large_objects(before)
        if source_major == target_major:
            described = describe(before, same_major=True)
            del described["index", "zoo.given_up"]  # invalid, so left out
            assert describe(after, same_major=True) == described


def _copied(origin: str, preview: str, folder: Path) -> CopyResult:
    rules = folder / "rules.yml"
    rules.write_text(_KEEP_ALL)
    settings = Settings(source=origin, target=preview, rules=(rules,), confirm=database_of(preview), workers=4)
    try:
        return copy(settings, lambda _event: None)
    except FailedChecks as failure:
        pytest.fail("\n".join(str(f) for f in failure.findings.bad))


def _require_equal(before: dict[tuple[str, str], list[bytes]], after: dict[tuple[str, str], list[bytes]]) -> None:
    assert sorted(after) == sorted(before)
    for table, rows in before.items():
        assert after[table] == rows, table
