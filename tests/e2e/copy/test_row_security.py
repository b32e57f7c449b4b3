"""Tables whose owner is under row security, too: a plain owner copies and proves them before that is so, and tells
afterwards what can be told without seeing their rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg

from masker.findings import Outcome
from masker.verify.sequences import check_owned
from tests.e2e.pairs import Pair
from tests.servers import Server, database_of

_TENANTS = """
CREATE TABLE tenants (id bigserial PRIMARY KEY, name text NOT NULL, home integer NOT NULL);
CREATE TABLE halls (id bigint PRIMARY KEY, name text NOT NULL);
INSERT INTO tenants (name, home) SELECT 'canary ' || i, i % 3 FROM generate_series(1, 90) AS i;
INSERT INTO halls SELECT i, 'canary hall ' || i FROM generate_series(1, 90) AS i;
CREATE POLICY at_home ON tenants USING (home = 1); CREATE POLICY one ON halls USING (id = 1);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE halls ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ANALYZE;
"""

_RULES = """
tables:
  tenants: {columns: {name: lorem}}
  halls: {columns: {name: lorem}}
"""


def test_a_plain_owner_copies_rows_that_are_hidden_from_it_afterwards(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    made = Pair.made(production, preview, tmp_path, _TENANTS, _RULES)
    owner = preview.create_owner()
    pair = replace(made, target=preview.create_database(owner=owner))
    pair.copy().expect(0, "published", "0 failed, 0 not run")
    with preview.connect(database_of(pair.target)) as conn:
        assert conn.execute("SELECT count(*) FROM tenants").fetchone() == (90,)
    with (
        psycopg.connect(pair.source, autocommit=True) as source,
        psycopg.connect(pair.target, autocommit=True) as target,
    ):
        assert target.execute("SELECT count(*) FROM tenants").fetchone() == (30,)
        target.execute("SET row_security = off")
        assert [finding.outcome for finding in check_owned(source, target)] == [Outcome.PASSED]
        target.execute("SELECT setval('tenants_id_seq', 90, false)")
        assert [finding.outcome for finding in check_owned(source, target)] == [Outcome.FAILED]
