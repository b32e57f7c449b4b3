"""Both sides asked: the same rows are proved on both, enough of them, whatever the planner's estimates; every change is
seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from masker.catalog.read import read_catalog
from masker.errors import Position
from masker.names import TableName
from masker.postgres.connect import connect, parse_url
from masker.sides import Side
from masker.tables.evidence import Evidence
from masker.tables.plan import MaskedColumn, TablePlan
from masker.tables.witness import SAMPLE_ROWS, SEED_SETTING, Witness, estimated_rows, witness
from masker.verify.again import compare_rows, merge
from masker.verify.proofs import compare_evidence
from masker.verify.witness import ask_rows, draw, prove, same_sample, stream_rows
from tests.servers import Server

ROWS = 60_000

_SOURCE = f"""
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text, note text, kind integer);
INSERT INTO users SELECT i, 'u' || i || '@shop.test', 'name ' || i % 50, CASE WHEN i % 3 > 0 THEN 'note ' || i END,
i % 4 FROM generate_series(1, {ROWS}) AS i;
CREATE TABLE bare (a integer, b text);
INSERT INTO bare SELECT i % 100, 'b' || i % 1000 FROM generate_series(1, 5000) AS i;
"""

_EMAIL = "CASE WHEN email <> '' THEN 'm' || id || '@example.com' ELSE email END"


def _masked(name: str, sql: str, *, mask: str = "email", sink: str | None = None) -> MaskedColumn:
    return MaskedColumn(
        name=name,
        mask=mask,
        by=(),
        identity=("id",),
        scope=None,
        position=Position("rules.yml", 1, 1),
        sql=sql,
        is_constant=False,
        may_repeat=False,
        keeps_null=True,
        sink=sink,
    )


class Sides:
    """A source and a target and what is asked of both."""

    def __init__(self, source: psycopg.Connection, target: psycopg.Connection) -> None:
        self.source, self.target = source, target

    def asked(
        self, name: str, *masked: MaskedColumn, predicate: str | None = None, where: str | None = None
    ) -> Witness:
        table = read_catalog(self.source).tables[TableName("public", name)]
        return witness(table, TablePlan(table=table, action="mask", masked=masked, predicate=predicate, where=where))

    def evidence(
        self, asked: Witness, *, is_sample: bool = True, rows: float = ROWS, pages: int = 10_000
    ) -> tuple[Evidence, Evidence]:
        source = prove(
            self.source, asked, draw(self.source, asked, is_sample=is_sample, rows=rows, pages=pages), source=True
        )
        return source, prove(self.target, asked, same_sample(self.target, asked, sieve=source.sieve), source=False)

    def bad(self, asked: Witness, *, is_sample: bool = False) -> list[str]:
        return [
            f"{f.check} {f.subject}"
            for f in compare_evidence(asked, *self.evidence(asked, is_sample=is_sample))
            if not f.is_good
        ]

    def spoil(self, statement: str) -> None:
        self.target.execute("SET search_path = public")
        self.target.execute(statement.encode())
        self.target.execute("SET search_path = ''")


@contextmanager
def _session(url: str) -> Iterator[psycopg.Connection]:
    conn = connect(parse_url(url, Side.TARGET), settings={SEED_SETTING: "123456789"})
    try:
        yield conn
    finally:
        conn.close()


@pytest.fixture(scope="module")
def template(production_server: Server) -> Iterator[str]:
    with production_server.forgetting():
        url = production_server.create_database(name="witness_template")
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(_SOURCE.encode())
        yield url


@pytest.fixture
def sides(production: Server, template: str) -> Iterator[Sides]:
    with (
        _session(production.create_database(template)) as source,
        _session(production.create_database(template)) as target,
    ):
        yield Sides(source, target)


@pytest.mark.parametrize("estimate", [1, 1000, ROWS, 10_000_000, 3e9])
def test_a_sample_has_rows_enough_whatever_the_estimate(sides: Sides, estimate: float) -> None:
    source, target = sides.evidence(sides.asked("users"), rows=estimate)

    assert (source.rows, target.rows) == (ROWS, ROWS)
    assert SAMPLE_ROWS <= source.proved <= ROWS
    assert source == target


def test_a_sample_of_a_small_table_is_all_of_it(sides: Sides) -> None:
    source, target = sides.evidence(sides.asked("users", predicate="id <= 9000"), rows=1_000_000)

    assert source.proved == 9000
    assert target.rows == ROWS


def test_a_table_without_a_key_is_proved_whole(sides: Sides) -> None:
    source, target = sides.evidence(sides.asked("bare"))

    assert source == target
    assert source.proved == 5000


def test_equal_sides_are_equal_masked_or_not(sides: Sides) -> None:
    email = _masked("email", f"CASE WHEN kind = 0 THEN email ELSE {_EMAIL} END", sink="@example.com")
    sides.spoil("UPDATE users SET email = 'm' || id || '@example.com' WHERE kind <> 0")
    asked = sides.asked("users", email, where="kind <> 0")

    assert sides.bad(asked) == []


SPOILT = {
    "masked value": ("UPDATE users SET email = 'u7@shop.test' WHERE id = 7", ["proof users.email"]),
    "kept value": ("UPDATE users SET note = 'other' WHERE id = 7", ["proof users.note"]),
    "value to NULL": ("UPDATE users SET note = NULL WHERE id = 7", ["proof users.note"]),
    "NULL to value": ("UPDATE users SET note = 'x' WHERE id = 3", ["proof users.note"]),
    "NULL moved": ("UPDATE users SET note = CASE id WHEN 3 THEN 'note 4' END WHERE id IN (3, 4)", ["proof users.note"]),
    "values exchanged": ("UPDATE users SET note = 'note ' || 9 - id WHERE id IN (4, 5)", ["proof users.note"]),
    "two columns exchanged": (
        "UPDATE users SET note = name, name = note WHERE id = 7",
        ["proof users.name", "proof users.note"],
    ),
    "row lost": ("DELETE FROM users WHERE id = 7", ["rows users", "identity users"]),
    "row added": ("INSERT INTO users VALUES (99999)", ["rows users", "identity users"]),
    "row exchanged": ("UPDATE users SET id = 99999 WHERE id = 7", ["identity users"]),
}


@pytest.mark.parametrize("case", SPOILT)
def test_every_change_is_seen(sides: Sides, case: str) -> None:
    statement, expected = SPOILT[case]
    sides.spoil("UPDATE users SET email = 'm' || id || '@example.com'")
    asked = sides.asked("users", _masked("email", _EMAIL))
    assert sides.bad(asked) == []

    sides.spoil(statement)

    assert sides.bad(asked) == expected


def test_rows_outside_the_sample_are_lost_to_no_sample(sides: Sides) -> None:
    asked = sides.asked("users")
    sides.spoil(
        "DELETE FROM users WHERE id = 40000; INSERT INTO users SELECT 70000, email, name, note, kind FROM users WHERE"
        " id = 1"
    )

    assert sides.bad(asked, is_sample=True) == ["identity users"]


def test_one_row_twice_and_another_missing_without_a_key(sides: Sides) -> None:
    sides.spoil("UPDATE bare SET b = 'b1' WHERE ctid = (SELECT ctid FROM bare WHERE a = 2 AND b = 'b2' LIMIT 1)")

    assert sides.bad(sides.asked("bare")) == ["identity bare", "proof bare.b"]


def test_values_exchanged_between_rows_without_a_key(sides: Sides) -> None:
    sides.spoil(
        "UPDATE bare SET b = CASE b WHEN 'b1' THEN 'b2' ELSE 'b1' END WHERE ctid IN ((SELECT ctid FROM bare WHERE b ="
        " 'b1' LIMIT 1), (SELECT ctid FROM bare WHERE b = 'b2' LIMIT 1))"
    )

    assert sides.bad(sides.asked("bare")) == ["identity bare"]


def test_rows_with_a_masked_key_are_known_by_what_it_becomes(sides: Sides) -> None:
    sides.spoil("UPDATE users SET id = id + 1000000, email = 'm' || id || '@example.com'")
    asked = sides.asked("users", _masked("id", "(id + 1000000)::bigint", mask="sql"), _masked("email", _EMAIL))

    assert sides.bad(asked) == []
    assert sides.bad(asked, is_sample=True) == []
    sides.spoil("UPDATE users SET id = 5 WHERE id = 1000005")
    assert sides.bad(asked) == ["identity users"]


def test_originals_that_the_mask_leaves_are_counted_where_they_tell_something(sides: Sides) -> None:
    with sides.source.transaction():
        sides.source.execute(
            "UPDATE public.users SET email = CASE WHEN id <= 10 THEN '' WHEN id <= 33 THEN NULL ELSE email END"
        )
    leaves = _masked("email", "CASE WHEN id % 1000 = 0 THEN email ELSE 'm' END")
    source, _ = sides.evidence(sides.asked("users", leaves, where="kind <> 1"), is_sample=False)

    masked = ROWS - ROWS // 4
    assert source.unchanged[1].compared == masked - sum(1 for i in range(1, 34) if i % 4 != 1)
    assert source.unchanged[1].same == ROWS // 1000


def test_rows_are_compared_one_by_one_and_in_order(sides: Sides) -> None:
    asked = sides.asked("users")
    sides.spoil("UPDATE users SET note = 'other' WHERE id = 12345; DELETE FROM users WHERE id = 54321")
    with sides.source.transaction(), sides.target.transaction():
        found = merge(stream_rows(sides.source, asked, source=True), stream_rows(sides.target, asked, source=False))
    assert (found.compared, found.lost, found.differing) == (ROWS, 1, 1)
    suspects = [
        ask_rows(conn, asked, source=source, picks="h = ANY ($1::bigint[])", numbers=found.identities)
        for conn, source in ((sides.source, True), (sides.target, False))
    ]
    again = compare_rows(suspects[0], suspects[1], range(5))
    assert (again.compared, again.differing) == (1, {3: 1})


def test_the_estimate_of_a_table_never_looked_at_goes_by_its_size(sides: Sides) -> None:
    table = read_catalog(sides.source).tables[TableName("public", "users")]

    assert ROWS / 5 < estimated_rows(table) < ROWS * 5


def test_rows_of_a_table_of_very_many_masked_columns_are_compared_one_by_one(sides: Sides) -> None:
    """With digests of its originals beside what must arrive, a SELECT list would be too long."""
    names = [f"c{n}" for n in range(560)]
    with sides.source.transaction(force_rollback=True):
        sides.source.execute(
            f"CREATE TABLE public.wide (id int PRIMARY KEY, {', '.join(f'{n} text' for n in names)})".encode()
        )
        sides.source.execute("INSERT INTO public.wide (id, c0, c559) VALUES (1, 'a', 'b')")
        table = read_catalog(sides.source).tables[TableName("public", "wide")]
        plan = TablePlan(table=table, action="copy", masked=tuple(_masked(n, "'x'::text") for n in names))
        asked = witness(table, plan)
        assert len(list(stream_rows(sides.source, asked, source=True))) == 1
        assert len(ask_rows(sides.source, asked, source=True, picks="true")) == 1
