"""What ``masker verify`` proves of rows: by the marker alone, against a source that has moved on, of some rows or of
all."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.executable import Done, run
from tests.servers import database_of
from tests.shop import Shop

# The target alone: no source, no rules, no key.


def _alone(shop: Shop, *more: str) -> Done:
    return run("verify", "--target", shop.target, *more)


def test_a_target_alone_tells_that_it_is_what_the_run_left(verified: Shop) -> None:
    listed = _alone(verified, "--all").expect(
        0,
        r"pass described: [\d,]+ objects are what the run left",
        r"pass rows: users",
        r"pass proof: users: 7 columns of 200 rows",
    )
    assert "source" not in listed.out.replace("--source", "")


ALONE = {
    "row deleted": ("DELETE FROM plans WHERE id = 1", r"fail rows: plans: 4 rows found, 5 expected"),
    "row exchanged": (
        "UPDATE plans SET id = 9 WHERE id = 1",
        r"fail identity: plans: as many rows as expected, and not the same",
    ),
    "masked value changed": (
        "UPDATE users SET email = 'a@example.com' WHERE id = 7",
        r"fail proof: users\.email: it does not hold what it must in 1 of \d+ parts",
    ),
    "NULL moved": (
        "UPDATE orders SET note = CASE id WHEN 3 THEN 'x' END WHERE id IN (3, 4)",
        r"fail proof: orders\.note: it does not hold what it must in [12] of \d+ parts",
    ),
    "table dropped": (
        "DROP TABLE visits",
        (
            r"fail rows: visits: the table, or a column of it, is not what it was .*fail described: .*visits.* is gone"
            r" since the run"
        ),
    ),
    "index dropped": (
        "DROP INDEX index_visits_on_page",
        r"fail described: index public\.index_visits_on_page: is gone since the run",
    ),
    "leftover": ("CREATE TABLE masker.scratch (id integer)", r"fail leftovers: "),
    "table made anew": (
        "CREATE TABLE copied AS TABLE plans; DROP TABLE plans; ALTER TABLE copied RENAME TO plans",
        r"fail marker: .*plans.* made anew",
    ),
}


@pytest.mark.parametrize("case", ALONE)
def test_a_target_alone_tells_what_was_done_to_it(verified: Shop, case: str) -> None:
    statement, words = ALONE[case]
    with psycopg.connect(verified.target, autocommit=True) as conn:
        conn.execute("SET session_replication_role = replica")
        conn.execute(statement.encode())
    _alone(verified).expect(8, words, "not fit to be used")


def test_all_rows_are_no_matter_of_a_target_alone_unless_the_run_proved_them(verified: Shop) -> None:
    _alone(verified, "--verify", "full").expect(
        8, r"not-run proof: visits: the run proved [\d,]+ of its 30,000 rows; for the others give --source"
    )


# Production goes on; the run's key is forgotten.


def test_a_source_that_moved_on_is_no_fault_of_the_preview(shop: Shop) -> None:
    shop.copy().expect(0)
    with psycopg.connect(shop.source, autocommit=True) as conn:
        conn.execute("DELETE FROM orders WHERE id % 5 = 0")
        conn.execute(
            "UPDATE users SET role = 'canary admin', email = 'new-canary-' || id || '@shop.test' WHERE id % 3 = 0"
        )
        conn.execute("INSERT INTO plans VALUES (6, 'canary plan 6', 1)")
        conn.execute("UPDATE visits SET seconds = 1 WHERE id % 7 = 0; DELETE FROM visits WHERE id % 11 = 0")
    shop.verify("--all").expect(
        0,
        "pass source: plans: 5 rows from before the run",
        "pass source: orders: 320 rows",
        "pass source: users: 134 rows",
    )
    shop.verify("--verify", "full", "--all").expect(0, r"pass source: visits: 23,\d+ rows from before the run")


def test_in_full_every_row_that_the_source_still_has_is_compared(shop: Shop) -> None:
    shop.copy().expect(0)
    with (
        psycopg.connect(shop.source, autocommit=True) as conn,
        psycopg.connect(shop.target, autocommit=True) as preview,
    ):
        conn.execute("UPDATE visits SET seconds = 1 WHERE id % 7 = 0")
        preview.execute(
            "UPDATE visits SET seconds = 91 WHERE id IN (SELECT id FROM visits WHERE id % 7 > 0 ORDER BY id DESC"
            " LIMIT 3)"
        )
        preview.execute("DELETE FROM visits WHERE id = 1")
    shop.verify("--verify", "full").expect(
        8,
        r"fail source: visits\.seconds: 3 of 25,\d+ rows do not hold",
        r"fail source: visits: .*: 1 of them are not there",
    )


def test_other_rules_than_the_runs_are_told(verified: Shop) -> None:
    verified.write_rules("note: lorem", "note: keep")
    verified.verify().expect(8, "fail rules: as the run had them: they are others now")


def test_another_source_than_the_runs_is_told(verified: Shop) -> None:
    other = verified.production.create_database(verified.source)
    verified.verify("--source", other).expect(
        8, "not-run source: the rows of all tables: the run has read another database than --source names"
    )


# How much is proved.


def test_a_copy_can_prove_every_row(shop: Shop) -> None:
    document = shop.copy("--verify", "full", "--json").expect(0).json()
    assert "visits: 4 columns of 30,000 rows" in {f["subject"] for f in document["checks"]["findings"]}
    _alone(shop, "--verify", "full").expect(0)
    with psycopg.connect(shop.target, autocommit=True) as conn:
        conn.execute("UPDATE visits SET seconds = seconds + 1 WHERE id = 20001")
    _alone(shop).expect(8, r"fail proof: visits\.seconds: it does not hold what it must in 1 of 64 parts")


def test_a_copy_that_proves_nothing_is_published_and_its_gate_is_shut(shop: Shop) -> None:
    shop.copy("--verify", "none").expect(
        8, r"published .* 1 not run", r"its rows were not proved \(--verify none\): the gate stays shut"
    )
    shop.expect_masked()
    run("verify", "--gate", "--target", shop.target).expect(
        8, r"has published it without proof of its rows \(--verify none\)"
    )
    _alone(shop).expect(8, r"fail marker: .* without proof of its rows")
    assert shop.copy("--verify", "none", "--json").expect(8).json()["fit"] is False


def test_a_settings_file_says_how_much_is_proved(shop: Shop, tmp_path: Path) -> None:
    settings = tmp_path / "masker.yml"
    settings.write_text(
        f"version: 1\nsource: {{url: '{shop.source}'}}\ntarget: {{url: '{shop.target}'}}\nrules: [rules.yml]\nverify:"
        " full\n"
    )
    document = run("copy", "-c", settings, "--confirm", shop.database, "--json").expect(0).json()
    assert "visits: 4 columns of 30,000 rows" in {f["subject"] for f in document["checks"]["findings"]}
    run("verify", "-c", settings, "--no-source").expect(0)


def test_flags_that_say_nothing_of_the_gate_are_refused(verified: Shop) -> None:
    run("verify", "--gate", "--verify", "full", "--target", verified.target).expect(
        2, "--gate looks at the marker alone"
    )


def test_a_source_in_another_time_zone_is_compared_in_its_own(shop: Shop) -> None:
    with psycopg.connect(shop.source, autocommit=True) as conn:
        conn.execute(f"ALTER DATABASE {database_of(shop.source)} SET timezone = 'Asia/Tokyo'".encode())
        conn.execute("CREATE TYPE stay AS (since timestamptz, until timestamptz)")
        conn.execute(
            "ALTER TABLE plans ADD stay stay, ADD offered tstzrange, ADD days tstzmultirange, ADD seen timestamptz[],"
            " ADD at timestamptz DEFAULT '2024-01-01 12:00+03'"
        )
        conn.execute(
            "UPDATE plans SET stay = (at, NULL), offered = tstzrange(at, NULL), days = tstzmultirange(tstzrange(at,"
            " NULL)), seen = ARRAY[at]"
        )
    shop.write_rules(
        "      title: keep\n",
        "      title: {sql: \"to_char(at, 'YYYY-MM-DD HH24')\"}\n      stay: keep\n      days: keep\n",
    )
    shop.copy().expect(0)
    shop.verify().expect(0)
    run("verify", "--target", shop.target).expect(0)
    with psycopg.connect(shop.target, autocommit=True) as conn:
        assert conn.execute("SELECT DISTINCT title FROM plans").fetchall() == [("2024-01-01 18",)]
        conn.execute("UPDATE plans SET stay = (at + interval '1 hour', NULL) WHERE id = 1")
    shop.verify().expect(8, r"fail proof: plans\.stay", r"fail source: plans\.stay: 1 of 5 rows")
