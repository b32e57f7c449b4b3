"""What production itself breaks or cannot give, told as production's own, before a row is read."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.e2e.pairs import Pair
from tests.servers import Server, database_of

_BROKEN = """
CREATE TABLE statuses (id bigint PRIMARY KEY, body text);
CREATE TABLE media (id bigint PRIMARY KEY, status_id bigint, CONSTRAINT media_status FOREIGN KEY (status_id)
REFERENCES statuses ON DELETE SET NULL);
CREATE TABLE users (id bigint PRIMARY KEY, login text, age int CONSTRAINT of_age CHECK (age >= 18),
place text NOT NULL);
CREATE UNIQUE INDEX users_login ON users (login);
INSERT INTO statuses SELECT n, 'canary ' || n FROM generate_series(1, 50) n;
INSERT INTO media SELECT n, n FROM generate_series(1, 50) n;
INSERT INTO users SELECT n, 'canary' || n, 20, 'canary' FROM generate_series(1, 50) n;
ALTER TABLE media DISABLE TRIGGER ALL; INSERT INTO media VALUES (1000, 777); ALTER TABLE media ENABLE TRIGGER ALL;
UPDATE pg_index SET indisready = false WHERE indexrelid = 'users_login'::regclass;
INSERT INTO users VALUES (500, 'canary7', 20, 'canary');
UPDATE pg_index SET indisready = true WHERE indexrelid = 'users_login'::regclass;
ALTER TABLE users DROP CONSTRAINT of_age; INSERT INTO users VALUES (501, 'young', 3, 'canary'), (502, 'younger', 2,
'canary');
ALTER TABLE users ADD CONSTRAINT of_age CHECK (age >= 18) NOT VALID; UPDATE pg_constraint SET convalidated = true
WHERE conname = 'of_age';
ALTER TABLE users ALTER place DROP NOT NULL; UPDATE users SET place = NULL WHERE id = 3;
UPDATE pg_attribute SET attnotnull = true WHERE attrelid = 'users'::regclass AND attname = 'place';
"""


def test_rows_that_productions_own_constraints_forbid_are_counted_before_anything_is_read(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    pair = Pair.made(production, preview, tmp_path, _BROKEN, "undecided: keep")
    told = (
        "4 problems of its own, nothing was started",
        "media on the source itself 1 row references no row of statuses by the foreign key media_status",
        "users on the source itself 2 rows break the check constraint of_age",
        "users on the source itself 1 row has no value in place, which is NOT NULL",
        "users on the source itself 1 value stands in more than one row under the unique index users_login",
    )
    pair.check().expect(5, *told)
    pair.copy().expect(5, *told)

    # Whoever leaves the rows out may go on; with a rule that is wrong, all is told in one round.
    pair.decide("""
        undecided: keep
        tables:
          users: {rows: "id < 500 and id <> 3"}
          media: {columns: {nothing: keep}}
    """)
    pair.plan().expect(
        3, "media.nothing: there is no such column", "on the source itself 1 row references no row of statuses"
    )
    pair.decide("""
        undecided: keep
        tables:
          users: {rows: "id < 500 and id <> 3"}
          media: {rows: "id < 1000"}
    """)
    pair.copy().expect(0, "published")


def test_a_materialized_view_over_another_server_stays_without_rows(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    remote = production.create_database()
    with psycopg.connect(remote, autocommit=True) as conn:
        conn.execute(
            "CREATE TABLE users (id int, email text); INSERT INTO users SELECT n, 'canary' || n FROM generate_series(1,"
            " 9) n"
        )
    where = psycopg.conninfo.conninfo_to_dict(remote)
    script = f"""
        CREATE EXTENSION postgres_fdw;
        CREATE SERVER legacy FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '{where["port"]}',
        dbname '{database_of(remote)}');
        CREATE USER MAPPING FOR PUBLIC SERVER legacy OPTIONS (user 'postgres', password '{where["password"]}');
        CREATE FOREIGN TABLE legacy_users (id integer, email text) SERVER legacy OPTIONS (table_name 'users');
        CREATE TABLE own (id int PRIMARY KEY, v text); INSERT INTO own VALUES (1, 'canary');
        CREATE MATERIALIZED VIEW cached AS SELECT id, email FROM legacy_users; CREATE UNIQUE INDEX ON cached (id);
        CREATE MATERIALIZED VIEW above AS SELECT count(*) AS n FROM cached;
        CREATE MATERIALIZED VIEW plain AS SELECT count(*) AS n FROM own;
    """
    pair = Pair.made(production, preview, tmp_path, script, "undecided: keep")
    pair.plan().expect(
        0,
        "rows of materialized view public.cached: left out, since it reads legacy_users from another server",
        "rows of materialized view public.above",
    )
    pair.copy().expect(0, "published", "0 failed")
    assert pair.rows("SELECT relname, relispopulated FROM pg_class WHERE relkind = 'm' ORDER BY 1") == [
        ("above", False),
        ("cached", False),
        ("plain", True),
    ]
    pair.verify().expect(0)
    # One that lost its rows otherwise is a finding.
    pair.rows_written("REFRESH MATERIALIZED VIEW plain WITH NO DATA")
    pair.verify().expect(8, "rows of materialized view public.plain: missing on the target")


_HALF = """
CREATE TABLE metrics (id int, at int, note text) PARTITION BY RANGE (at);
CREATE TABLE metrics_old PARTITION OF metrics FOR VALUES FROM (0) TO (10);
CREATE TABLE metrics_new PARTITION OF metrics FOR VALUES FROM (10) TO (20);
INSERT INTO metrics SELECT n, n, 'canary' FROM generate_series(1, 19) n;
"""


def test_a_partition_that_is_half_detached_would_come_back_and_is_told(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    pair = Pair.made(production, preview, tmp_path, _HALF, "undecided: keep\n")
    with production.connect(pair.source) as reader, production.connect(pair.source) as detaching:
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM metrics")
        detaching.execute("SET statement_timeout = '500ms'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            detaching.execute("ALTER TABLE metrics DETACH PARTITION metrics_old CONCURRENTLY")
    for done in (pair.plan(), pair.copy()):
        done.expect(
            5, "metrics_old a DETACH PARTITION … CONCURRENTLY from metrics was begun on the source and not ended"
        )
    with production.connect(pair.source) as conn:
        conn.execute("ALTER TABLE public.metrics DETACH PARTITION public.metrics_old FINALIZE")
    pair.copy().expect(0)
    assert pair.rows("SELECT (SELECT count(*) FROM metrics), (SELECT count(*) FROM metrics_old)") == [(10, 9)]
