"""Constraints that hold for new rows only: what they let stand is copied and masked as it is."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.pairs import Pair
from tests.servers import ServersByMajor

_SCRIPT = """
CREATE TABLE people (id int PRIMARY KEY, email text, name text, phone text);
INSERT INTO people VALUES (1, NULL, 'canary', 'x'), (2, 'canary@corp.test', 'canary', NULL);
ALTER TABLE people ADD CONSTRAINT later NOT NULL email NOT VALID, ADD CONSTRAINT also_later NOT NULL phone NOT VALID;
"""


def test_nulls_that_a_not_null_not_valid_lets_stand_are_no_problem(
    servers_by_major: ServersByMajor, tmp_path: Path
) -> None:
    server = servers_by_major[18]
    pair = Pair.made(
        server, server, tmp_path, _SCRIPT, "tables: {people: {columns: {email: email, name: last_name, phone: keep}}}\n"
    )
    pair.plan().expect(0)
    pair.copy().expect(0)
    pair.mask().expect(0)
    for database in (pair.target, pair.restored):
        rows = pair.rows(
            "SELECT id, email IS NULL, email LIKE '%@example.com', name <> 'canary', phone FROM people ORDER BY id",
            database,
        )
        assert rows == [(1, True, None, True, "x"), (2, False, True, True, None)]
        assert pair.rows("SELECT count(*) FROM pg_constraint WHERE contype = 'n' AND NOT convalidated", database) == [
            (2,)
        ]


def test_such_a_column_is_not_set_to_null_for_no_new_row_may_be(
    servers_by_major: ServersByMajor, tmp_path: Path
) -> None:
    server = servers_by_major[18]
    pair = Pair.made(
        server, server, tmp_path, _SCRIPT, "tables: {people: {columns: {email: null, name: keep}}}\nundecided: null\n"
    )
    pair.plan().expect(
        3,
        r"rules.yml:2:29 people.email: the column is NOT NULL",
        "people.phone: undecided: null sets it to NULL, but it is NOT NULL",
    )


def test_a_key_that_is_set_aside_on_a_partition_alone_is_kept_by_the_preview(
    servers_by_major: ServersByMajor, tmp_path: Path
) -> None:
    """The dump says so by names of triggers that the target lacks; of a key of a plain table it says nothing."""
    server = servers_by_major[18]
    script = """CREATE TABLE places (id int PRIMARY KEY); INSERT INTO places VALUES (1);
        CREATE TABLE visits (id int, place int REFERENCES places) PARTITION BY RANGE (id);
        CREATE TABLE visits_1 PARTITION OF visits DEFAULT; INSERT INTO visits VALUES (1, 1);
        ALTER TABLE visits_1 DISABLE TRIGGER ALL"""
    pair = Pair.made(server, server, tmp_path, script, "undecided: keep\n")
    pair.plan().expect(0, r"trigger public\.visits_1 RI_ConstraintTrigger_c_\d+: left out: a foreign key's own")
    pair.copy().expect(0)
    enabled = "SELECT DISTINCT tgenabled::text FROM pg_trigger WHERE tgrelid = 'visits_1'::regclass"
    assert pair.rows(enabled, pair.source) == [("D",)]
    assert pair.rows(enabled, pair.target) == [("O",)]
