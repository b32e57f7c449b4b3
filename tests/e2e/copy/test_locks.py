"""Databases of more tables than one transaction may lock, on a server with little room for locks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.executable import eventually, run, start
from tests.servers import PRODUCTION_MAJOR, Server
from tests.shop import one

KEY = {"MASKER_TEST_KEY": "a key for tests that is long enough, really"}

#: Locks for 10 × 25 objects by the server's settings; what it really has is a little more.
FEW = {"max_locks_per_transaction": "10", "max_connections": "25", "max_wal_senders": "0", "max_worker_processes": "0"}

LEAVES, LOGS = 120, 80

SCHEMA = f"""
CREATE TABLE ev (id bigint NOT NULL, k integer NOT NULL, email text, at timestamptz, PRIMARY KEY (id,
k)) PARTITION BY LIST (k);
CREATE INDEX ON ev (at);
SELECT format('CREATE TABLE ev_%s PARTITION OF ev FOR VALUES IN (%s)', s, s) FROM generate_series(0,
{LEAVES - 1}) s \\gexec
CREATE TABLE people (id bigint PRIMARY KEY, email text);
SELECT format('CREATE TABLE log_%s (id bigint PRIMARY KEY, word text, before bigint)', s) FROM generate_series(1,
{LOGS}) s \\gexec
ALTER TABLE log_2 ADD FOREIGN KEY (before) REFERENCES log_1;
INSERT INTO ev SELECT n, n % {LEAVES}, 'canary' || n || '@corp.test', now() FROM generate_series(1, 2000) n;
INSERT INTO people SELECT n, 'canary' || n || '@corp.test' FROM generate_series(1, 2000) n;
INSERT INTO log_1 SELECT n, 'canary' FROM generate_series(1, 5) n;
INSERT INTO log_2 SELECT n, 'canary', n FROM generate_series(1, 5) n;
ANALYZE people; ANALYZE log_1; ANALYZE log_2; ANALYZE ev_7;
"""

RULES = f"""\
version: 1
locale: en_US
tables:
  ev: {{columns: {{email: {{mask: token, by: value, scope: person}}}}}}
  people: {{columns: {{email: {{mask: token, by: value, scope: person}}}}}}
{"".join(f"  log_{n}: {{rows: none}}" + chr(10) for n in range(1, LOGS + 1))}"""


@pytest.fixture(scope="module")
def cramped() -> Iterator[Server]:
    server = Server.start("few locks", PRODUCTION_MAJOR, FEW)
    yield server
    server.stop()


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yml"
    path.write_text(RULES)
    return path


def _filled(server: Server, schema: str = "public") -> str:
    url = server.create_database()
    with server.connect(url) as conn:
        conn.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}; SET search_path = {schema}".encode())
        for statement in SCHEMA.strip().split(";\n"):
            query, _, each = statement.partition("\\gexec")
            made = conn.execute(query.strip().rstrip(";").encode())
            if "\\gexec" in statement:
                for (one_of,) in made.fetchall():
                    conn.execute(one_of)
                for rest in each.strip().split(";\n"):
                    conn.execute(rest.encode())
    return url


def test_a_target_of_more_tables_than_one_transaction_may_lock_is_emptied(cramped: Server, rules: Path) -> None:
    target, source = _filled(cramped, "app"), cramped.create_database()
    with psycopg.connect(target, autocommit=True) as conn, pytest.raises(psycopg.errors.OutOfMemory):
        conn.execute("DROP SCHEMA app CASCADE")
    with cramped.connect(source) as conn:
        conn.execute("CREATE TABLE people (id bigint PRIMARY KEY, email text)")
    rules.write_text("version: 1\ntables: {people: {columns: {email: email}}}\n")
    run(
        "copy",
        "--source",
        source,
        "--target",
        target,
        "--rules",
        rules,
        "--confirm",
        target.rpartition("/")[2],
        "--publish",
        "direct",
    ).expect(0)
    with psycopg.connect(target) as conn:
        assert (
            one(conn, "SELECT string_agg(tablename, ' ') FROM pg_tables WHERE schemaname IN ('public', 'app')")
            == "people"
        )


def test_a_plan_counts_in_samples_that_lock_few_tables_at_a_time(cramped: Server, tmp_path: Path) -> None:
    """What steers masks is measured on tables, with their indexes, that are more than one transaction may lock."""
    source = _filled(cramped)
    rules = tmp_path / "rules.yml"
    rules.write_text(
        "version: 1\nlocale: en_US\nundecided: keep\n"
        "defaults:\n  - {columns: email, mask: email}\n  - {columns: word, mask: email}\n"
        "tables: {ev: {columns: {k: keep, at: keep}}, people: {columns: {id: permute}}}\n"
    )
    tables = ["ev", *(f"log_{number}" for number in range(1, LOGS + 1))]
    with psycopg.connect(source, autocommit=True) as conn:
        for table in tables[1:]:
            for _ in range(5):
                conn.execute(f"CREATE INDEX ON {table} (word)".encode())
    with psycopg.connect(source) as conn, pytest.raises(psycopg.errors.OutOfMemory):
        conn.execute("".join(f"SELECT count(*) FROM {table};" for table in tables).encode())
    flags = (
        "--source",
        source,
        "--target",
        cramped.create_database(),
        "--rules",
        rules,
        "--key-env",
        "MASKER_TEST_KEY",
    )
    run("plan", "copy", *flags, env=KEY).expect(0, "ev_0 .* mask  *1 of 4: email", "log_1 ")


@pytest.mark.timing
def test_more_partitions_than_one_transaction_may_lock_are_masked_one_by_one(cramped: Server, rules: Path) -> None:
    """Killed in between and gone on with on a server that has more room by then, it masks each row once."""
    target = _filled(cramped)
    with psycopg.connect(target) as conn, pytest.raises(psycopg.errors.OutOfMemory):
        conn.execute("ALTER TABLE ev ALTER email TYPE text USING md5(email)")
    flags = ("--target", target, "--rules", rules, "--key-env", "MASKER_TEST_KEY", "--workers", "2")
    run("plan", "mask", *flags, env=KEY).expect(
        0,
        rf"ev_7 .* batches .*the {LEAVES + 1} tables of its tree would take about 1,... locks in one transaction, of"
        r" 250 that the server offers",
        "people .* rewrite",
    )
    confirmed = ("mask", *flags, "--confirm", target.rpartition("/")[2], "--log-format", "logfmt")
    with start(*confirmed, env=KEY) as started:
        with psycopg.connect(target, autocommit=True) as conn:
            eventually(lambda: started.process.poll() is not None or _finished(conn) > 10, timeout=60)
        started.kill()
    with cramped.connect() as conn:
        conn.execute("ALTER SYSTEM SET max_locks_per_transaction = 200")
    cramped.restart()
    run(*confirmed, env=KEY, timeout=180).expect(0)
    with psycopg.connect(target) as conn:
        assert one(conn, "SELECT count(*) FROM people WHERE email LIKE '%canary%'") == 0
        assert one(conn, "SELECT count(*) FROM ev JOIN people USING (id) WHERE ev.email = people.email") == 2000, (
            "masked otherwise than once"
        )
        assert one(conn, "SELECT count(*) FROM log_1") == one(conn, "SELECT count(*) FROM log_2") == 0
    run("verify", "--target", target, "--gate", env=KEY).expect(0)


def _finished(conn: psycopg.Connection) -> int:
    there = one(conn, "SELECT to_regclass('masker.progress') IS NOT NULL")
    row = (
        conn.execute("SELECT count(*) FROM masker.progress WHERE step LIKE 'finish ev%'").fetchone() if there else None
    )
    return int(row[0]) if row else 0
