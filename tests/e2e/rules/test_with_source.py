"""What a source adds to rules: whether values of several tables are one another's, how wide they become, which form
they have, and which column of today is one of yesterday's."""

from __future__ import annotations

from pathlib import Path

import psycopg

from masker.draft.values import said_by_values
from masker.kinds.kind import Kind
from masker.postgres.forms import forms_of_statistics
from tests.executable import run
from tests.servers import Server

_SCHEMA = """
CREATE TABLE people (id bigserial PRIMARY KEY, email varchar NOT NULL, town varchar, remarks_of varchar, scan varchar,
  of varchar);
CREATE TABLE purchases (id bigserial PRIMARY KEY, buyer varchar, code varchar);
CREATE TABLE couriers (id bigserial PRIMARY KEY, email varchar NOT NULL);
INSERT INTO people (email, town, remarks_of, scan, of) SELECT 'Canary' || i || '@shop.test', 'Canary' || i % 9,
  'the canary was late again and sang ' || i, 'canary_' || i || '.pdf', 'Canary ' || i || ' GmbH'
  FROM generate_series(1, 200) i;
INSERT INTO purchases (buyer, code) SELECT 'canary' || i || '@shop.test', 'c' || i FROM generate_series(101, 300) i;
INSERT INTO couriers (email) SELECT 'other' || i || '@courier.test' FROM generate_series(1, 50) i;
ANALYZE;
"""

_RULES = """\
version: 1
tables:
  people:
    columns:
      email: email
      town: {mask: fixed, value: x}
      remarks_of: keep
      scan: keep
      of: keep
  purchases:
    columns:
      buyer: email
      code: keep
  couriers:
    columns:
      email: {mask: email, scope: couriers}
"""


def test_what_a_source_adds(production: Server, tmp_path: Path) -> None:
    source = production.create_database()
    with psycopg.connect(source, autocommit=True) as conn:
        conn.execute(_SCHEMA)
        forms = said_by_values(forms_of_statistics(conn))
    kinds = {str(name): [each.kind for each in said] for name, said in forms.items()}
    assert kinds["people.remarks_of"] == [Kind.FREE_TEXT]
    assert kinds["people.scan"] == [Kind.FILE_NAME]
    assert kinds["people.of"] == [Kind.COMPANY]

    rules = tmp_path / "masking.yml"
    rules.write_text(_RULES)
    env = {"MASKER_SOURCE": source}
    checked = run("rules", "check", "--rules", rules, env=env)
    checked.expect(
        0,
        r"note email: .*share no scope.*\(100 of 200 values of purchases.buyer stand in people.email\)",
        "note shape: one value for all in people.town",
    )
    assert "canary" not in (checked.out + checked.err).lower()
    rules.write_text(_RULES.replace("email: email", "email: {mask: email, by: value, scope: email}", 1))
    mended = "buyer: {mask: email, by: value, scope: email}"
    rules.write_text(rules.read_text().replace("buyer: email", mended))
    # No courier's address is a customer's.
    assert "share no scope" not in run("rules", "check", "--rules", rules, env=env).expect(0).out

    told = run("rules", "explain", "people.email", "--rules", rules, env=env).expect(0, "decided by")
    assert "widths: 18.5 bytes before, " in told.out
    assert "200 rows" in told.out
    assert "widths" not in run("rules", "explain", "purchases.code", "--rules", rules, env=env).expect(0).out

    # One is called otherwise since, in its old place; what was kept is not kept under another name.
    with psycopg.connect(source, autocommit=True) as conn:
        conn.execute("ALTER TABLE people RENAME COLUMN email TO mailbox")
        conn.execute("ALTER TABLE people ADD COLUMN phone varchar")
        conn.execute("ALTER TABLE purchases RENAME COLUMN code TO stripe_charge_id")
    done = run("rules", "suggest", "--update", rules, env=env)
    done.expect(0, "people.mailbox: email by its number among the columns; it has its rule", "people.phone: new; ")
    done.expect(0, "purchases.stripe_charge_id: code by its number among the columns, which was kept; decided anew: ")
    (moved,) = [line for line in rules.read_text().splitlines() if line.strip().startswith("mailbox:")]
    assert "mask: email" in moved
    assert "scope: email" in moved
    run("rules", "check", "--rules", rules, env=env).expect(0)
