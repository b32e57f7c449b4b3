"""``masker shape``: a preview whose rows are spread as production's passes, one that was spoilt is found out, with the
mask that did it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.e2e.pairs import Pair
from tests.executable import Done, run
from tests.servers import Server

#: Codes come as often as they do; every third note is missing; tags are few.
SCRIPT = """
CREATE TABLE people (id bigint PRIMARY KEY, code text NOT NULL, note text, city text, secret text NOT NULL,
settled boolean NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, person_id bigint NOT NULL REFERENCES people, code text NOT NULL,
cents integer NOT NULL);
CREATE TABLE visits (id bigint PRIMARY KEY, page text NOT NULL);
INSERT INTO people SELECT i, 'canary-code-' || lpad((i % 4000)::text, 8, '0'), CASE WHEN i % 3 > 0 THEN 'canary-note-'
|| md5(i::text) END,
  'canary-' || (i % 500), 'canary-' || i, i % 2 = 0 FROM generate_series(1, 20000) i;
INSERT INTO orders SELECT i, 1 + i % 20000, 'canary-code-' || lpad((i % 4000)::text, 8, '0'), i FROM generate_series(1,
40000) i;
INSERT INTO visits SELECT i, 'canary' FROM generate_series(1, 3000) i;
CREATE INDEX index_people_on_code ON people (code);
CREATE INDEX index_orders_on_code ON orders (code);
CREATE INDEX index_orders_on_person_id ON orders (person_id);
"""
RULES = """
    tables:
      people:
        columns:
          {code: {mask: token, by: value, scope: code}, note: {mask: token}, city: {mask: token, by: value},
           secret: {mask: fixed, value: "gone-gone-go"}}
      orders: {columns: {code: {mask: token, by: value, scope: code}}}
      visits: {rows: id < 100, columns: {page: keep}}
"""
QUERIES = """-- What the application asks, most of all.
SELECT * FROM people WHERE code = $1 ORDER BY id LIMIT 20;
SELECT p.id, sum(o.cents) FROM people p JOIN orders o ON o.person_id = p.id WHERE p.code = $1 AND p.settled = 'true'
GROUP BY p.id;
UPDATE orders SET cents = $2 WHERE code = $1;
SELECT count(*) FROM visits WHERE page = $1;
"""


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    path = tmp_path / "queries.sql"
    path.write_text(QUERIES)
    return path


@pytest.fixture
def pair(production: Server, preview: Server, tmp_path: Path) -> Pair:
    made = Pair.made(production, preview, tmp_path, SCRIPT, RULES)
    analyze(made.source)
    made.copy().expect(0)
    return made


def analyze(url: str, table: str = "") -> None:
    """In a transaction of its own: the server counts what was written since by transactions that have ended."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f"ANALYZE {table}".encode())


def shape(pair: Pair, *more: str | Path) -> Done:
    return run("shape", "--source", pair.source, "--target", pair.target, "--rules", pair.rules, *more)


def written(server: Server, database: str) -> list[tuple[object, ...]]:
    """How often tables were analyzed by hand, and what was written to them."""
    with server.connect(database) as conn:
        return conn.execute(
            "SELECT relname, analyze_count, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables ORDER BY 1"
        ).fetchall()


def test_a_preview_that_was_spoilt_is_found_out_with_its_mask(pair: Pair, queries: Path) -> None:
    pair.decide(RULES.replace("code: {mask: token, by: value, scope: code}, note", "code: token, note"))
    pair.plan().expect(
        0,
        r"shape: one value for all in people\.secret",
        r"people\.code: 20,000 values for 4,\d+: .*write `by: value`",
    )
    pair.decide(RULES)
    before = written(pair.production, pair.source)
    shape(pair, "--queries", queries, "--fail-under", "100").expect(
        0,
        r"plans\s+3 of 3 .*columns\s+\d+ of \d+ .*sizes\s+\d+ of \d+ ",
        r"people\.secret: the mask fixed makes one value of all",
        r"visits: `rows:` carries some of its rows",
        r"queries\.sql:\d+: SELECT count\(\*\) FROM visits WHERE page = \$1: it reads visits",
        "is 100 % like production .*, 100 % expected",
    )
    shape(pair).expect(0, "plans: none was compared: give the application's queries by --queries FILE, or --top N")
    verified = pair.verify("--shape", "--queries", str(queries), "--all").expect(0)
    assert "pass   shape: plans, 3 of 3" in verified.out
    run("verify", "--target", pair.target, "--gate", "--unchanged").expect(0)

    # What a mask of few values does to a column of many, and one by row to values that repeat.
    pair.rows_written("UPDATE people SET code = 'x' || id % 3, note = CASE WHEN id % 2 > 0 THEN repeat(note, 3) END")
    pair.rows_written("UPDATE orders SET code = 'y' || id")
    pair.rows_written("VACUUM FULL people")
    shape(pair, "--queries", queries, "--fail-under", "95").expect(
        8,
        r"people\.code: distinct values: 4,\d+ on production, 3 here mask token \(\S*rules.yml:\d+:\d+\): it keeps"
        r" values apart; rows have changed",
        r"people\.code: most common frequencies",
        r"people\.note: null share: 33\.\d% on production",
        r"people\.note: average width: \d+ on production, \d+ here mask token .*their `locale`; else rows have changed",
        r"orders\.code: distinct values: 4,\d+ on production, 40,000 here",
        r"plan .*queries\.sql:2: SELECT \* FROM people WHERE code = \$1 ORDER BY id LIMIT \? production"
        r" .*index_people_on_code.* preview .*people_pkey.* people\.code: mask token",
        r"✗ \w+ is \d+(\.\d)? % like production .*95 % expected",
    )
    document = shape(pair, "--queries", queries, "--fail-under", "95", "--json").expect(8).json()
    assert (document["kind"], document["fit"], document["expected"]) == ("shape", False, 95)
    assert {m["measure"] for m in document["measures"]} == {
        "plan",
        "null share",
        "distinct values",
        "average width",
        "most common frequencies",
        "pages",
        "index pages",
    }
    assert document["figure"] == min(share["percent"] for share in document["shares"])
    events = shape(pair, "--log-format", "logfmt", "--fail-under", "95").expect(8).events()
    assert {e["subject"] for e in events if e["at"] == "check"} >= {"people.code", "orders.code", "orders"}
    assert events[-1]["figure"] == str(float(events[-1]["figure"]))
    shape(pair).expect(0, "like production")
    pair.verify("--shape", "--queries", str(queries)).expect(
        8, r"fail shape: columns, .* 95 % expected: orders\.code \(distinct values\)"
    )

    assert written(pair.production, pair.source) == before, "production was analyzed, or written"


def test_what_cannot_be_compared_is_refused_or_told(pair: Pair, queries: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.sql"
    wrong.write_text("SELECT 1;\nCREATE TABLE x ();\n\nSELECT FROM WHERE;\n")
    shape(pair, "--queries", wrong).expect(
        2,
        r"wrong.sql: cannot|wrong\.sql:2:1 .*it has no plan, expected SELECT",
        r"wrong\.sql:4:1 .*cannot be read as SQL",
    )
    shape(pair, "--queries", tmp_path / "none.sql").expect(2, "cannot be read")
    shape(pair, "--queries", queries, "--top", "3").expect(2, "--queries and --top")
    shape(pair, "--top", "3").expect(5, "pg_stat_statements is not in this database")
    pair.verify("--shape", "--gate").expect(2)
    pair.verify("--top", "3").expect(2, "--top: it goes with --shape")

    # Values of one row on either side: an original on production, the mask's on the preview.
    (tmp_path / "values.sql").write_text(
        "-- $1 = (SELECT code FROM people WHERE id = 7)\nSELECT * FROM people WHERE code = $1;\n"
        "-- $1 = (SELECT code FROM people WHERE id = -7)\nSELECT * FROM people WHERE code = $1;"
    )
    shape(pair, "--queries", tmp_path / "values.sql").expect(
        0, "plans +1 of 2", "not-run .*: plan: the source has no row that a value of it is to be taken from"
    )

    # What planning runs is bounded on production, and writes nothing.
    with psycopg.connect(pair.source, autocommit=True) as conn:
        conn.execute(
            "CREATE FUNCTION slow() RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(9); RETURN"
            " 1; END $$"
        )
        conn.execute(
            "CREATE FUNCTION writes() RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN DELETE FROM visits; RETURN"
            " 1; END $$"
        )
    (tmp_path / "slow.sql").write_text(
        "SELECT * FROM people WHERE id = slow(); SELECT * FROM people WHERE id = writes()"
    )
    shape(pair, "--queries", tmp_path / "slow.sql", "--source-timeout", "1", "--fail-under", "1").expect(
        8, r"\(SQLSTATE 57014\)", "plans +0 of 2"
    )
    assert pair.rows("SELECT count(*) FROM visits", pair.source) == [(3000,)]

    # Swapped, and a database that no run has filled.
    run("shape", "--source", pair.target, "--target", pair.source, "--rules", pair.rules).expect(
        9, "carries no marker of its own", "swapped"
    )
    run("shape", "--source", pair.source, "--target", pair.source, "--rules", pair.rules).expect(9, "the same database")

    # One statement at a time, whatever stands in the text; and what the preview lacks is not run, which is no success.
    unplanned = tmp_path / "unplanned.sql"
    unplanned.write_text("SELECT nothing FROM people WHERE code = $1; SELECT id FROM people WHERE code = $1")
    shape(pair, "--queries", unplanned, "--fail-under", "50").expect(
        0, r"not-run .*: plan: the source makes no plan of it: .*\(SQLSTATE 42703\)", "plans +1 of 2"
    )
    pair.rows_written("DROP TABLE visits, orders; ALTER TABLE people RENAME COLUMN city TO town")
    shape(pair, "--fail-under", "100").expect(
        8,
        r"not-run people\.city: statistics: the preview has no statistics of it",
        "not-run orders: pages: it is not there on the preview any more",
    )


def test_the_tables_of_a_source_that_was_never_analyzed_are_not_run(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    script = """
    CREATE TABLE people (id bigint PRIMARY KEY, code text NOT NULL) WITH (autovacuum_enabled = off);
    INSERT INTO people SELECT i, 'canary' || i FROM generate_series(1, 20000) i;
    CREATE TABLE words (id bigint PRIMARY KEY, word text NOT NULL);
    INSERT INTO words VALUES (1, 'canary');
    CREATE TABLE stale (id bigint PRIMARY KEY, word text NOT NULL) WITH (autovacuum_enabled = off);
    INSERT INTO stale SELECT i, 'canary' || i FROM generate_series(1, 10000) i;
    """
    rules = """
    tables:
      people: {columns: {code: token}}
      words: {columns: {word: token}}
      stale: {columns: {word: token}}
    """
    pair = Pair.made(production, preview, tmp_path, script, rules)
    analyze(pair.source, "stale")
    with psycopg.connect(pair.source) as conn:
        conn.execute("UPDATE stale SET word = 'canary' || id")
    pair.copy().expect(0)
    shape(pair, "--fail-under", "90").expect(
        8,
        r"not-run people\.code: statistics: the source has no statistics .*masker never does",
        r"words\.word: production has no statistics of so small a table",
        r"stale: its statistics on the source are stale: 10,000 rows",
        r"stale_pkey: index pages: .* no mask makes it smaller",
    )


@pytest.fixture(scope="module")
def counting() -> Iterator[Server]:
    """A server before EXPLAIN made generic plans by itself, that counts what it is asked."""
    server = Server.start("counting", 15, {"shared_preload_libraries": "pg_stat_statements"})
    yield server
    server.stop()


def test_queries_of_pg_stat_statements_are_compared_before_postgresql_16(counting: Server, tmp_path: Path) -> None:
    pair = Pair.made(counting, counting, tmp_path, SCRIPT, RULES)
    analyze(pair.source)
    pair.copy().expect(0)
    with psycopg.connect(pair.source, autocommit=True) as conn:
        conn.execute("CREATE EXTENSION pg_stat_statements")
        conn.execute("SELECT pg_stat_statements_reset()")
        for _ in range(20):
            conn.execute("SELECT * FROM people WHERE code = 'canary-code-7' ORDER BY id LIMIT 20")
            conn.execute("SELECT count(*) FROM orders WHERE code = 'canary' AND cents > 5")
            conn.execute("SELECT interval '1 day', id FROM people WHERE id = 3")
        conn.execute("BEGIN")
        conn.execute("COMMIT")
    shape(pair, "--top", "2", "--fail-under", "100").expect(0, r"plans\s+2 of 2 ")
    shape(pair, "--top", "30", "--fail-under", "100").expect(
        0, r"pg_stat_statements: \d+ of its texts were passed over", r"30 were wanted"
    )
    with psycopg.connect(pair.source, autocommit=True) as conn:
        conn.execute("UPDATE orders SET cents = cents WHERE id = 5")
        conn.execute("CREATE ROLE reader LOGIN IN ROLE pg_read_all_data")
        conn.execute("SET ROLE reader")
        conn.execute("SELECT id FROM orders WHERE person_id = 3")
        conn.execute("RESET ROLE")
        reader = counting.embedded.url(conn.info.dbname, user="reader")
        conn.execute(f"ALTER ROLE reader PASSWORD '{counting.embedded.password}'".encode())
    as_reader: list[str | Path] = [
        "shape",
        "--source",
        reader,
        "--target",
        pair.target,
        "--rules",
        pair.rules,
        "--top",
        "30",
    ]
    run(*as_reader).expect(0, r"plans\s+1 of 1 ", "the role may not see them; GRANT pg_read_all_stats")
    with psycopg.connect(pair.source, autocommit=True) as conn:
        conn.execute("GRANT pg_read_all_stats TO reader")
    run(*as_reader).expect(0, r"\d of its texts were passed over: the role may not plan them, which for UPDATE")
    with psycopg.connect(pair.target, autocommit=True) as conn:
        conn.execute("UPDATE people SET code = 'x'")
    shape(pair, "--top", "2", "--fail-under", "95").expect(
        8, r"plan query -?\d+: SELECT \* FROM people WHERE code = \$1 ORDER BY id LIMIT \$2"
    )
    with psycopg.connect(pair.source, autocommit=True) as conn:
        conn.execute("SELECT pg_stat_statements_reset()")
    shape(pair, "--top", "2").expect(0, "not-run pg_stat_statements: plan: it has no query", r"plans\s+0 of 1 ")
