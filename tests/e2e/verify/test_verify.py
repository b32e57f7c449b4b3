"""``masker verify`` on a finished preview, untouched and tampered with."""

from __future__ import annotations

import psycopg
import pytest

from tests.executable import run
from tests.shop import Shop


def test_a_finished_preview_is_fit(shop: Shop) -> None:
    shop.copy().expect(0)
    shop.verify().expect(0, r"\d+ checks passed, 0 failed, 0 not run")
    listed = shop.verify("--all").expect(0)
    for check in (
        "marker",
        "schema",
        "rows",
        "identity",
        "proof",
        "masked",
        "rules",
        "source",
        "sequences",
        "leftovers",
    ):
        assert f"pass   {check}: " in listed.out
    document = shop.verify("--json").expect(0).json()
    assert document["fit"] is True
    assert {finding["outcome"] for finding in document["findings"]} == {"pass"}


TAMPERING = {
    "row deleted": ("DELETE FROM plans WHERE id = 1", r"fail rows: plans: 4 rows found, 5 expected"),
    "row added": ("INSERT INTO plans VALUES (77, 'more', 1)", r"fail rows: plans: 6 rows found, 5 expected"),
    "index dropped": (
        "DROP INDEX index_visits_on_page",
        r"fail schema: index public\.index_visits_on_page: missing on the target",
    ),
    "index invalid": (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'index_visits_on_page'::regclass",
        r"fail schema: index public\.index_visits_on_page: defined otherwise than on the source",
    ),
    "constraint dropped": (
        "ALTER TABLE orders DROP CONSTRAINT fk_orders_user",
        r"fail schema: constraint .*fk_orders_user: missing on the target",
    ),
    "constraint not validated": (
        (
            "ALTER TABLE orders DROP CONSTRAINT note_is_short, ADD CONSTRAINT note_is_short CHECK (length(note) < 60)"
            " NOT VALID"
        ),
        r"fail schema: constraint .*note_is_short: defined otherwise",
    ),
    "trigger disabled": (
        "ALTER TABLE orders DISABLE TRIGGER touch_orders",
        r"fail schema: trigger public\.orders\.touch_orders: defined otherwise",
    ),
    "column added": ("ALTER TABLE plans ADD note text", r"fail schema: column public\.plans\.note: not on the source"),
    "view changed": (
        "CREATE OR REPLACE VIEW paid_orders AS SELECT id, user_id, total FROM orders",
        r"fail schema: view public\.paid_orders: defined otherwise",
    ),
    "collation added": ('CREATE COLLATION plain FROM "C"', r"fail schema: collation public\.plain: not on the source"),
    "cast added": ("CREATE CAST (bigint AS point) WITH INOUT", r"fail schema: cast bigint as point: not on the source"),
    "comment added": (
        "COMMENT ON TRIGGER touch_orders ON orders IS 'x'",
        r"fail schema: comment trigger touch_orders on table .*orders: not on the source",
    ),
    "original restored": (
        "UPDATE users SET email = 'canary-' || id || '@shop.test' WHERE id = 7",
        (
            r"fail masked: users\.email: 1 of 200 .*fail proof: users\.email|fail proof: users\.email: it does not hold"
            r" what it must in 1 of \d+ parts of its rows .*fail masked: users\.email: 1 of 200 "
        ),
    ),
    "all originals restored": (
        "UPDATE orders SET shipping_name = 'Canary Name ' || user_id",
        (
            r"fail masked: orders\.shipping_name: 400 of 400 values are the source's own, and the mask cannot have made"
            r" them"
        ),
    ),
    "sequence set back": (
        "SELECT setval('users_id_seq', 3)",
        r"fail sequences: users_id_seq: it stands before the furthest id of users",
    ),
    "NULL put in": (
        "UPDATE orders SET note = NULL WHERE id = 4",
        r"fail proof: orders\.note: it does not hold what it must in 1 of \d+ parts of its rows",
    ),
    "kept value changed": (
        "UPDATE plans SET price = price + 1 WHERE id = 2",
        (
            r"fail proof: plans\.price: .* fail source: plans\.price: 1 of 5 rows do not hold what the source has, in"
            r" block 0"
        ),
    ),
    "kept value of a large table changed": (
        "UPDATE visits SET seconds = 91",
        r"fail proof: visits\.seconds: .* in 64 of 64 parts of its rows",
    ),
    "rows swapped": (
        "UPDATE plans SET title = 'canary plan ' || 3 - id WHERE id IN (1, 2)",
        r"fail proof: plans\.title: .* in [12] of \d+ parts of its rows",
    ),
    "row exchanged": (
        "UPDATE visits SET id = 40000 WHERE id = 7",
        r"fail identity: visits: as many rows as expected, and not the same",
    ),
    "marker dropped": ("DROP SCHEMA masker CASCADE", r"fail marker: .*the target carries no marker"),
    "leftover": ("CREATE TABLE masker.scratch (id integer)", r"fail leftovers: .*left behind: masker\.scratch"),
}


@pytest.mark.parametrize("case", TAMPERING)
def test_tampering_is_found(verified: Shop, case: str) -> None:
    statement, words = TAMPERING[case]
    with psycopg.connect(verified.target, autocommit=True) as conn:
        conn.execute("SET session_replication_role = replica")
        conn.execute(statement.encode())
    verified.verify().expect(8, words, r"[1-9]\d* failed", "not fit to be used")


def test_every_finding_is_told(verified: Shop) -> None:
    with psycopg.connect(verified.target, autocommit=True) as conn:
        conn.execute(
            "DROP INDEX index_visits_on_page; DELETE FROM plans WHERE id = 1; ALTER TABLE orders DISABLE TRIGGER"
            " touch_orders"
        )
    document = verified.verify("--json").expect(8).json()
    assert document["fit"] is False
    bad = [finding for finding in document["findings"] if finding["outcome"] != "pass"]
    assert {finding["check"] for finding in bad} == {"rows", "identity", "source", "schema"}
    assert len(bad) == 5
    assert all(finding["detail"] for finding in bad)


def test_a_database_that_no_run_has_filled(shop: Shop) -> None:
    shop.verify().expect(8, "the target carries no marker: no run of masker has filled it", "not fit")


def test_a_copy_of_a_preview_is_not_that_preview(verified: Shop) -> None:
    other = verified.preview.create_database(verified.target)
    verified.verify("--target", other).expect(8, "the marker of run [a-z0-9]{8} was copied here from another database")


def test_a_role_that_may_only_read_the_target_verifies_it(verified: Shop) -> None:
    role = verified.preview.create_owner()
    with verified.preview.connect(verified.target) as conn:
        conn.execute(f"GRANT pg_read_all_data TO {role}".encode())
    verified.verify("--target", verified.preview.url(verified.database, user=role)).expect(0)


def test_a_check_that_cannot_run_counts_as_failed(verified: Shop) -> None:
    role = verified.preview.create_owner()
    with verified.preview.connect(verified.target) as conn:
        conn.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}".encode())
        conn.execute(f"GRANT USAGE ON SCHEMA masker TO {role}".encode())
        conn.execute(f"GRANT SELECT ON masker.run TO {role}".encode())
        conn.execute(f"REVOKE SELECT ON orders FROM {role}".encode())
    verified.verify("--target", verified.preview.url(verified.database, user=role)).expect(
        8, "not-run rows: orders: the server could not answer: permission denied for table orders", "not fit"
    )


def test_the_gate_tells_what_was_written_since(verified: Shop) -> None:
    gate = ("--gate", "--target", verified.target)
    run("verify", *gate, "--unchanged").expect(0, "0 failed, 0 not run")
    with psycopg.connect(verified.target, autocommit=True) as conn:
        conn.execute("UPDATE plans SET price = price + 1 WHERE id < 3")
        conn.execute("DELETE FROM visits WHERE id = 1")
        conn.execute("SELECT nextval('users_id_seq')")
        conn.execute("GRANT SELECT ON users TO PUBLIC")
    run("verify", *gate).expect(0)
    run("verify", *gate, "--unchanged").expect(
        8,
        "fail unchanged: plans: 2 rows were written since the run; 2 of those it left are gone or were changed",
        "fail unchanged: visits: 1 of those it left are gone or were changed",
        "fail described: value of sequence users_id_seq: is not what the run left",
        r"fail described: privileges relation public\.users: is not what the run left",
    )


def test_unchanged_goes_with_the_gate(verified: Shop) -> None:
    verified.verify("--unchanged").expect(2, "--unchanged: it goes with --gate")
