"""What is counted around masking in place: a table that was not masked is found out, and batches are cut evenly."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from masker.pg.batches import cut
from masker.pg.progress import begin_progress
from masker.pg.rewrite import Before
from masker.plan.mask_steps import CutBatches, Rewrite
from masker.run.mask import prepared_in_place
from masker.settings import InPlaceOptions, Settings
from masker.verify.checks import prepare_samples
from masker.verify.findings import Outcome
from tests.postgres.masking import Masking
from tests.servers import Server

_RULES = """
version: 1
tables:
  people:
    columns: {name: last_name, code: token, secret: {mask: fixed, value: gone}, note: "null"}
"""

_PEOPLE = """
CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL, code text, secret text, note text);
INSERT INTO people SELECT n, 'Taro ' || n, md5(n::text), CASE WHEN n % 2 = 0 THEN 'once' ELSE '' END, CASE WHEN n = 7 THEN 'left' END FROM generate_series(1, 1000) AS n;
ANALYZE people;
"""


@pytest.fixture
def people(server: Server, tmp_path: Path) -> Settings:
    url = server.create_database()
    with server.connect(url) as conn:
        conn.execute(_PEOPLE)
    rules = tmp_path / "rules.yml"
    rules.write_text(_RULES, encoding="utf-8")
    return Settings(source="", target=url, rules=(rules,), workers=2)


def _compared(conn: psycopg.Connection, before: Before) -> dict[tuple[str, str], str]:
    return {
        (f.check, f.subject.rpartition(".")[2]): f.detail for f in before.compare(conn, is_rewritten=False) if f.outcome is Outcome.FAILED
    }


def test_what_was_not_masked_or_lost_is_found(people: Settings) -> None:
    with prepared_in_place(people, InPlaceOptions()) as ready:
        prepare_samples(ready.conn, "salt")
        (plan,) = next(step.plans for step in ready.plan.steps if isinstance(step, Rewrite))
        before = Before.of(ready.conn, plan)
        assert set(_compared(ready.conn, before)) == {("masked", "name"), ("masked", "code"), ("masked", "note")}
        ready.conn.execute("UPDATE public.people SET secret = 'twice', code = NULL WHERE id = 4")
        ready.conn.execute("DELETE FROM public.people WHERE id = 5")
        found = _compared(ready.conn, before)
    assert found["masked", "secret"] == "more than 1 value found where the mask makes 1"
    assert found["masked", "note"] == "more than 0 values found where the mask makes none"
    assert found["nulls", "code"] == "1 NULLs found, 0 before"
    assert found["rows", "people"] == "999 rows found, 1,000 before"


@pytest.mark.parametrize(("lanes", "sizes"), [(1, [334, 334, 332]), (2, [250] * 4), (3, [334, 334, 332])])
def test_every_lane_gets_as_many_batches(people: Settings, lanes: int, sizes: list[int]) -> None:
    """None has more than 400 rows, and no lane waits for another's last one."""
    people.rules[0].write_text(_RULES.replace("columns:", "strategy: batches\n    columns:"), encoding="utf-8")
    with prepared_in_place(people, InPlaceOptions(batch_rows=400)) as ready:
        prepare_samples(ready.conn, "salt")
        begin_progress(ready.conn)
        planned = next(step for step in ready.plan.steps if isinstance(step, CutBatches))
        step = CutBatches(
            id=planned.id,
            plan=planned.plan,
            key=planned.key,
            rows=planned.rows,
            lanes=lanes,
            suspend=planned.suspend,
            restore=planned.restore,
        )
        cut(ready.conn, step)
        query = """
        SELECT count(p.id) FROM (SELECT number, (lag(upto) OVER w)[1]::int AS after, upto[1]::int AS upto FROM masker.batch WINDOW w AS (ORDER BY number)) AS b
        LEFT JOIN public.people AS p ON p.id > coalesce(b.after, 0) AND p.id <= coalesce(b.upto, 1000) GROUP BY number ORDER BY number
        """
        found = [count for (count,) in ready.conn.execute(query).fetchall()]
    assert [count for count in found if count] == sizes


def test_an_address_is_the_same_in_inet_and_in_text(database: str) -> None:
    with Masking(database) as masking:
        masking.run(
            "CREATE TABLE hosts (id int PRIMARY KEY, host inet, written text)",
            "INSERT INTO hosts SELECT n, '10.0.0.1', '10.0.0.1' FROM generate_series(1, 2000) AS n",
        )
        rule = {"mask": "ip", "scope": "address"}
        rows = masking.rows("hosts", {"host": rule, "written": rule})
    assert [str(row["host"]) for row in rows] == [row["written"] for row in rows]
    assert len({row["written"].rpartition(".")[0] for row in rows}) == 3
    assert {int(row["written"].rpartition(".")[2]) for row in rows} >= {1, 254}
