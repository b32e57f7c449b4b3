"""Every kind of object and every kind of value arrives, from each version at each other, judged without masker."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from masker.verify.schema import describe
from tests.postgres import zoo
from tests.servers import ServersByMajor


@pytest.mark.parametrize(
    ("source_major", "target_major"),
    [
        (15, 15),
        (17, 18),
        (18, 17),
        *(pytest.param(*pair, marks=pytest.mark.slow) for pair in ((15, 17), (18, 18))),
    ],
)
def test_the_zoo_arrives_whole(
    servers_by_major: ServersByMajor, tmp_path: Path, source_major: int, target_major: int
) -> None:
    source, target = servers_by_major[source_major], servers_by_major[target_major]
    origin, preview, reference = source.create_database(), target.create_database(), target.create_database()
    with source.connect(origin) as conn, target.connect() as other:
        zoo.build(conn, zoo.features(conn) & zoo.features(other))
    zoo.restore_schema(origin, reference)

    result = zoo.copied(origin, preview, tmp_path)

    assert {note.subject for note in result.plan.notes} == {
        "index zoo.given_up",
        "index zoo.given_up_too",
        "statistics of zoo.partly_far",
        "target role postgres",
        "user mapping of public SERVER elsewhere",
    }
    assert zoo.verified(origin, preview, tmp_path) == []
    zoo.require_equal_scripts(zoo.schema_script(reference), zoo.schema_script(preview))
    with source.connect(origin) as before, target.connect(preview) as after:
        zoo.require_equal_contents(before, after)
        assert zoo.statistics(before) - zoo.statistics(after) == set()
        assert zoo.not_all_visible(after) == []
        if source_major == target_major:
            described = describe(before, same_major=True)
            for invalid in ("zoo.given_up", "zoo.given_up_too"):
                del described["index", invalid]
            del described["user mapping", "of public SERVER elsewhere"]
            assert describe(after, same_major=True) == described


def test_a_large_table_is_read_in_parts_and_arrives_once(databases: tuple[str, str], tmp_path: Path) -> None:
    origin, preview = databases
    with psycopg.connect(origin, autocommit=True) as conn:
        # One row a page, so that many pages cost little; without a key, with rows alike, with holes, with a column that
        # is gone.
        conn.execute("CREATE TABLE large (gone integer, n integer, t text)")
        conn.execute("ALTER TABLE large DROP COLUMN gone, ALTER COLUMN t SET STORAGE PLAIN")
        conn.execute(
            "INSERT INTO large SELECT n / 2, repeat(chr(97 + n % 26), 4100) FROM generate_series(1, 34000) AS n"
        )
        conn.execute("CREATE INDEX large_n ON large (n)")
        conn.execute("DELETE FROM large WHERE n % 7 = 0")
        conn.execute("CREATE TABLE other AS SELECT n FROM generate_series(1, 1000) AS n")

    result = zoo.copied(origin, preview, tmp_path)

    (plan,) = [t for t in result.plan.tables if t.table.name.name == "large"]
    assert plan.parts > 2
    digest = "SELECT count(*), sum(hashtextextended(n || t, 0)), min(n), max(n) FROM large"
    with psycopg.connect(origin) as before, psycopg.connect(preview) as after:
        assert after.execute(digest).fetchone() == before.execute(digest).fetchone()
        assert result.total_rows == sum(
            row[0] for row in before.execute("SELECT count(*) FROM large UNION ALL SELECT count(*) FROM other")
        )
        visible = after.execute(
            "SELECT relallvisible > 0.98 * relpages FROM pg_class WHERE oid = 'large'::regclass"
        ).fetchone()
        assert visible == (True,)
        explained = after.execute("EXPLAIN SELECT n FROM large WHERE n < 10").fetchall()
        assert any("Index Only Scan" in line for (line,) in explained)
