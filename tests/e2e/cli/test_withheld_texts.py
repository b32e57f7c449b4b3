"""What the application's own functions raise is in no output of any command, whatever they call it."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.executable import run
from tests.servers import Server, database_of

#: Row 2900 fails: beyond those that masks are tried on.
ROWS = (
    "CREATE TABLE notes (id integer PRIMARY KEY, word text, body text); INSERT INTO notes SELECT i, 'w' || i, 'canary '"
    " || i FROM generate_series(1, 3000) i;"
)
RAISING = """
CREATE FUNCTION refused(body text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
  IF body LIKE '%!' THEN RAISE EXCEPTION E'a row: %\\nand again: %', body, body USING ERRCODE = '{state}', TABLE = body,
  CONSTRAINT = body, HINT = body; END IF;
  RAISE WARNING '%', body; RAISE NOTICE '%', body; RETURN true;
END $$;
"""
PLACES = {
    "check": "ALTER TABLE notes ADD CHECK (refused(body));",
    "index": "CREATE INDEX ON notes (refused(body));",
    "view": "CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM notes WHERE refused(body);",
    "domain": "CREATE DOMAIN polite AS text CHECK (refused(VALUE)); ALTER TABLE notes ALTER body TYPE polite;",
}
RULES = """\
version: 1
tables:
  notes:
    columns:
      word: keep
      body: {sql: "EXPRESSION"}
"""

#: A message of another kind: a cast, an expression, a constraint, one after another.
PLAIN = {
    "cast": ("", "(body || id)::int::text"),
    "number": ("", "(1 / (2900 - id))::text || body"),
    "date": ("", "CASE WHEN id = 2900 THEN body::date::text ELSE body END"),
    "json": ("", "CASE WHEN id = 2900 THEN body::json::text ELSE body END"),
    "pattern": ("", "regexp_replace('x', CASE WHEN id = 2900 THEN '(' || body ELSE 'x' END, 'y')"),
    "unique": ("CREATE UNIQUE INDEX ON notes (body);", "CASE WHEN id >= 2900 THEN left(body, 8) ELSE body END"),
    "length": ("ALTER TABLE notes ADD CHECK (length(body) < 60);", "repeat(body, 1 + id / 2900 * 20)"),
    "null": ("ALTER TABLE notes ALTER body SET NOT NULL;", "nullif(body, 'can' || 'ary 2900')"),
}


def command(way: str, source: str, target: str, rules: Path) -> list[str | Path]:
    confirmed: list[str | Path] = ["--target", target, "--rules", rules, "--confirm", database_of(target)]
    if way.startswith("mask"):
        return ["mask", *confirmed]
    return [
        "copy",
        "--source",
        source,
        *confirmed,
        *({"json": ["--json"], "direct": ["--publish", "direct"]}.get(way, [])),
    ]


def fail(server: Server, folder: Path, schema: str, way: str, expression: str) -> None:
    url = server.create_database()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute((ROWS + schema + "ANALYZE").encode())
    target = url if way.startswith("mask") else server.create_database()
    path = folder / "rules.yml"
    rules = RULES.replace("EXPRESSION", expression)
    path.write_text(
        rules.replace("  notes:\n", "  notes:\n    strategy: batches\n") if way == "mask batches" else rules
    )
    # The harness searches the output for the canary.
    done = run(*command(way, url, target, path))
    assert done.code in {3, 5, 6, 8}, done.err


@pytest.mark.parametrize(
    ("place", "state"),
    [*zip(PLACES, ["check_violation", "undefined_table", "disk_full", "connection_failure"], strict=True)],
)
@pytest.mark.parametrize("way", ["json", "direct", "mask", "mask batches"])
def test_a_raised_message_reaches_nobody(server: Server, tmp_path: Path, way: str, place: str, state: str) -> None:
    fail(
        server,
        tmp_path,
        RAISING.format(state=state) + PLACES[place],
        way,
        "CASE WHEN id = 2900 THEN body || '!' ELSE body END",
    )


@pytest.mark.parametrize("case", PLAIN)
@pytest.mark.parametrize("way", ["swap", "mask"])
def test_an_error_of_a_row_quotes_it_nowhere(server: Server, tmp_path: Path, way: str, case: str) -> None:
    schema, expression = PLAIN[case]
    fail(server, tmp_path, schema, way, expression)
