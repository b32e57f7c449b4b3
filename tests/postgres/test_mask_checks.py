"""In place each transaction proves what it has done: defects planted in its statements are found, undone, and named by
column."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from masker.in_place.prepare import PreparedInPlace, prepared_in_place
from masker.in_place.server import testify
from masker.in_place.server.batches import cut, finish, next_batch
from masker.in_place.server.journal import begin_progress
from masker.in_place.server.proofs import ProofFailed, asked_in_place
from masker.in_place.server.rewrite import rewrite
from masker.in_place.steps import CutBatches, FinishBatches, Rewrite, UpdateBatches
from masker.postgres.connect import apply_settings
from masker.settings import InPlaceOptions, Settings
from masker.tables.evidence import together
from masker.tables.witness import SEED_SETTING, Level
from tests.postgres.masking import Masking
from tests.servers import Server

_RULES = """
version: 1
undecided: keep
tables:
  people:
    columns:
      {name: last_name, code: token, secret: {mask: fixed, value: gone}, note: "null",
       doc: {mask: json, paths: {$.email: email}, other: keep}, added: {sql: "upper(reverse(added))"}}
"""

_PEOPLE = """
CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL, code text, secret text, note text, doc jsonb, added text,
kept integer NOT NULL DEFAULT 1, words text[] DEFAULT '{a,b}');
INSERT INTO people SELECT n, 'Taro ' || n, md5(n::text), CASE WHEN n % 2 = 0 THEN 'once' ELSE '' END, CASE
WHEN n % 7 = 0 THEN 'left' END, jsonb_build_object('email', 'e' || n || '@corp.test', 'n', n), 'added' || n
FROM generate_series(1, 1000) AS n;
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


@pytest.fixture
def batched(people: Settings) -> Settings:
    people.rules[0].write_text(
        _RULES.replace("    columns:\n", "    strategy: batches\n    columns:\n"), encoding="utf-8"
    )
    return people


def _holding(ready: PreparedInPlace) -> Iterator[str]:
    apply_settings(ready.conn, {**ready.bindings, SEED_SETTING: "4711"})
    begin_progress(ready.conn)
    for (digest,) in ready.conn.execute(
        "SELECT md5(string_agg(p::text, ',' ORDER BY id)) FROM public.people p"
    ).fetchall():
        yield str(digest)


#: Defects in a SET list or in clauses of ALTER TABLE, with the columns that are to be named.
_DEFECTS: dict[str, tuple[Callable[[str, str], str], set[str]]] = {
    "not masked": (lambda column, mask: column if column == "name" else mask, {"name"}),
    "json not masked": (lambda column, mask: column if column == "doc" else mask, {"doc"}),
    "sql not masked": (lambda column, mask: column if column == "added" else mask, {"added"}),
    "null not set": (lambda column, mask: column if column == "note" else mask, {"note"}),
    "one row not masked": (
        lambda column, mask: f"CASE WHEN id = 777 THEN {column} ELSE {mask} END" if column == "code" else mask,
        {"code"},
    ),
    "30 % not masked": (
        lambda column, mask: f"CASE WHEN id % 10 < 3 THEN {column} ELSE {mask} END" if column == "name" else mask,
        {"name"},
    ),
    "one value for all": (lambda column, mask: "'Sato'" if column == "name" else mask, {"name"}),
    "another column's": (lambda column, mask: "name" if column == "code" else mask, {"code"}),
    "NULL for a value": (
        lambda column, mask: f"CASE WHEN id <> 5 THEN {mask} END" if column == "code" else mask,
        {"code"},
    ),
}


@pytest.mark.parametrize("level", ["sample", "full"])
@pytest.mark.parametrize("defect", _DEFECTS)
def test_a_rewrite_that_does_not_mask_what_it_should_is_undone(people: Settings, defect: str, level: Level) -> None:
    planted, named = _DEFECTS[defect]
    with prepared_in_place(people, InPlaceOptions()) as ready:
        (before,) = _holding(ready)
        step = next(step for step in ready.plan.steps if isinstance(step, Rewrite))
        clauses = [
            f'ALTER COLUMN "{m.name}" TYPE {_type(m.name)} USING {planted(m.name, m.sql)}' for m in step.plans[0].masked
        ]
        with pytest.raises(ProofFailed) as failed:
            rewrite(ready.conn, replace(step, alter=(f"ALTER TABLE public.people {', '.join(clauses)}",)), level)
        assert {f.subject.rpartition(".")[2] for f in failed.value.findings} == named
        assert next(_holding(ready)) == before, "it was not undone"


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE public.people SET kept = 2 WHERE id = 9", "kept"),
        ("UPDATE public.people SET words = '{a,c}' WHERE id = 9", "words"),
        ("DELETE FROM public.people WHERE id = 9", "people"),
        ("UPDATE public.people SET id = 2000 WHERE id = 9", "people"),
        ("INSERT INTO public.people (id, name) VALUES (2000, 'x')", "people"),
        ("SELECT 1", None),
    ],
)
def test_a_rewrite_that_changes_other_rows_or_columns_is_undone(
    people: Settings, statement: str, named: str | None
) -> None:
    with prepared_in_place(people, InPlaceOptions()) as ready:
        (before,) = _holding(ready)
        step = next(step for step in ready.plan.steps if isinstance(step, Rewrite))
        changed = replace(step, create=(*step.create, statement))
        if named is None:
            assert all(f.is_good for f in rewrite(ready.conn, changed, "full").findings)
            return
        with pytest.raises(ProofFailed) as failed:
            rewrite(ready.conn, changed, "full")
        assert named in {f.subject.rpartition(".")[2] for f in failed.value.findings}
        assert next(_holding(ready)) == before


@pytest.mark.parametrize("level", ["sample", "full"])
@pytest.mark.parametrize("defect", _DEFECTS)
def test_a_batch_that_does_not_mask_what_it_should_is_undone(batched: Settings, defect: str, level: Level) -> None:
    planted, named = _DEFECTS[defect]
    with prepared_in_place(batched, InPlaceOptions(batch_rows=1000)) as ready:
        (before,) = _holding(ready)
        cut(ready.conn, next(step for step in ready.plan.steps if isinstance(step, CutBatches)), level)
        step = next(step for step in ready.plan.steps if isinstance(step, UpdateBatches))
        spoilt = replace(step, sets=", ".join(f'"{m.name}" = {planted(m.name, m.sql)}' for m in step.plan.masked))
        with pytest.raises(ProofFailed) as failed:
            next_batch(ready.conn, spoilt)
        assert {f.subject.rpartition(".")[2] for f in failed.value.findings} == named
        assert ready.conn.execute(
            "SELECT md5(string_agg(p::text, ',' ORDER BY id)) FROM public.people p"
        ).fetchone() == (before,)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE public.people SET kept = 2 WHERE id = 9", "kept"),
        ("UPDATE public.people SET name = 'Taro 9' WHERE id = 9", "name"),
        ("DELETE FROM public.people WHERE id = 9", "people"),
        ("INSERT INTO public.people (id, name, secret) VALUES (2000, 'x', 'gone')", "people"),
        ("UPDATE public.people a SET doc = b.doc FROM public.people b WHERE a.id = 3 AND b.id = 4", "doc"),
        ("UPDATE masker.batch SET said = (SELECT said FROM masker.batch WHERE number = 1) WHERE number = 2", "people"),
    ],
)
def test_what_changes_between_batches_is_found_in_the_end(batched: Settings, statement: str, named: str) -> None:
    with prepared_in_place(batched, InPlaceOptions(batch_rows=100)) as ready:
        list(_holding(ready))
        cut(ready.conn, next(step for step in ready.plan.steps if isinstance(step, CutBatches)), "sample")
        step = next(step for step in ready.plan.steps if isinstance(step, UpdateBatches))
        while next_batch(ready.conn, step) is not None:
            pass
        ready.conn.execute(statement.encode())
        with pytest.raises(ProofFailed) as failed:
            finish(ready.conn, next(step for step in ready.plan.steps if isinstance(step, FinishBatches)))
        assert named in {f.subject.rpartition(".")[2] for f in failed.value.findings}


@pytest.mark.parametrize("level", ["sample", "full"])
def test_sums_of_batches_are_those_of_the_whole_table(batched: Settings, level: Level) -> None:
    with prepared_in_place(batched, InPlaceOptions(batch_rows=70)) as ready:
        list(_holding(ready))
        planned = next(step for step in ready.plan.steps if isinstance(step, CutBatches))
        asked = asked_in_place(planned.plan)
        sieve = testify.sieve_of(asked, is_sample=level == "sample", rows=1000)
        whole = testify.expected_of(ready.conn, asked, sieve=sieve, condition="true")
        parts = [
            testify.expected_of(ready.conn, asked, sieve=sieve, condition=f"id > {n} AND id <= {n + 70}")
            for n in range(0, 1000, 70)
        ]
        assert together(parts, sieve) == whole
        assert whole.rows == 1000
        cut(ready.conn, planned, level)
        step = next(step for step in ready.plan.steps if isinstance(step, UpdateBatches))
        while next_batch(ready.conn, step) is not None:
            pass
        ((_, said),) = finish(
            ready.conn, next(step for step in ready.plan.steps if isinstance(step, FinishBatches))
        ).said
        assert said == whole


@pytest.mark.parametrize(("lanes", "sizes"), [(1, [334, 334, 332]), (2, [250] * 4), (3, [334, 334, 332])])
def test_every_lane_gets_as_many_batches(batched: Settings, lanes: int, sizes: list[int]) -> None:
    """None has more than 400 rows, and no lane waits for another's last one."""
    with prepared_in_place(batched, InPlaceOptions(batch_rows=400)) as ready:
        begin_progress(ready.conn)
        planned = next(step for step in ready.plan.steps if isinstance(step, CutBatches))
        cut(ready.conn, replace(planned, lanes=lanes), "none")
        query = """
        SELECT count(p.id) FROM (SELECT number, (lag(upto) OVER w)[1]::int AS after, upto[1]::int AS upto
        FROM masker.batch WINDOW w AS (ORDER BY number)) AS b
        LEFT JOIN public.people AS p ON p.id > coalesce(b.after, 0) AND p.id <= coalesce(b.upto, 1000) GROUP BY number
        ORDER BY number
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


def _type(column: str) -> str:
    return "jsonb" if column == "doc" else "text"
