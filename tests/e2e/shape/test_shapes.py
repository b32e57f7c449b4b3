"""A preview's names and places repeat as production's do, in flight and in place alike, and a person keeps a name from
run to run."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg

from tests.e2e.pairs import Pair
from tests.executable import run
from tests.servers import Server

ROWS = 20_000

_KEYS = {"ONE": "a key for tests that is long enough, really"}

_CANARY = "Zzyzxcanary"

_SCRIPT = f"""
CREATE TABLE members (id int PRIMARY KEY, family text, kana text, city text, zip text, email text);
INSERT INTO members
SELECT n, '{_CANARY}' || (CASE WHEN n % 5 = 0 THEN 1 ELSE (n * 7919) % 8000 END), 'x', CASE WHEN n % 4 = 0
THEN '{_CANARY}' ELSE '{_CANARY} ' || n % 150 END, (n % 700)::text, 'x'
FROM generate_series(1, {ROWS}) n;
CREATE TABLE orders (id int PRIMARY KEY, member_id int NOT NULL REFERENCES members, recipient text);
INSERT INTO orders SELECT n, n % 500 + 1, '{_CANARY}' || n FROM generate_series(1, 2000) n;
CREATE TABLE fresh (id int PRIMARY KEY, agent text) WITH (autovacuum_enabled = off);
INSERT INTO fresh SELECT n, '{_CANARY}' || n % 10 FROM generate_series(1, 500) n;
ANALYZE members; ANALYZE orders;
"""

_RULES = """
locale: ja_JP
tables:
  members:
    columns:
      family: {mask: last_name, scope: person}
      kana: {mask: last_name, script: katakana, scope: person}
      city: {mask: address, part: city, scope: home}
      zip: {mask: postal_code, scope: home}
      email: {mask: email, scope: person}
  orders:
    columns:
      recipient: {mask: last_name, by: member_id, scope: person}
  fresh:
    columns:
      agent: user_agent
"""


def _rows(url: str, query: str) -> list[Any]:
    with psycopg.connect(url) as conn:
        return conn.execute(query.encode()).fetchall()


def _people(url: str) -> list[Any]:
    return _rows(url, "SELECT id, family, kana, city, zip, email FROM members ORDER BY id")


def _numbers(pair: Pair) -> Path:
    return pair.rules.with_suffix(".shape.json")


def test_a_preview_repeats_as_production_does_and_a_person_keeps_a_name(
    preview_server: Server, production_server: Server, tmp_path: Path
) -> None:
    pair = Pair.made(production_server, preview_server, tmp_path, _SCRIPT, _RULES)
    said = pair.copy("--key-env", "ONE", env=_KEYS).expect(0)
    people = _people(pair.target)
    families, cities = (Counter(row[at] for row in people) for at in (1, 3))
    assert 0.5 <= len(families) / 8000 <= 2
    assert abs(families.most_common(1)[0][1] - ROWS / 5) < ROWS / 50
    assert 0.5 <= len(cities) / 151 <= 2
    assert abs(cities.most_common(1)[0][1] - ROWS / 4) < ROWS / 50
    assert len({row[0] for row in _rows(pair.target, "SELECT agent FROM fresh")}) <= 10, (
        "of what was never analyzed a sample was counted"
    )
    named = {row[0]: row[1] for row in people}
    assert all(named[member] == name for member, name in _rows(pair.target, "SELECT member_id, recipient FROM orders"))

    # Numbers stand beside the rules and in the marker, and no value does; neither does one in what the run has said.
    written = _numbers(pair).read_text()
    ((record, agents),) = _rows(
        pair.target, "SELECT record::text, (SELECT count(*) FROM masker.described) FROM masker.run"
    )
    assert agents
    assert json.loads(record)["shape"] == json.loads(written)["draws"]
    planned = pair.plan("--sql")
    assert _CANARY not in "".join((written, record, said.out, said.err, planned.expect(0).out))

    # Statistics drift, and names stay: by the file, and where that was not kept, by the marker.
    with psycopg.connect(pair.source, autocommit=True) as conn:
        conn.execute("DELETE FROM orders WHERE member_id > 100")
        conn.execute("DELETE FROM members WHERE id > 15000 AND id % 5 = 0")
        conn.execute("ANALYZE members")
    left = {row[0] for row in _people(pair.source)}
    kept = [row for row in people if row[0] in left]
    pair.copy("--key-env", "ONE", env=_KEYS).expect(0)
    assert _people(pair.target) == kept
    _numbers(pair).unlink()
    pair.copy("--key-env", "ONE", env=_KEYS).expect(0)
    assert _people(pair.target) == kept
    assert _numbers(pair).read_text() == written, "frozen again as it was"
    pair.verify().expect(0)

    # In place it is one expression: the same numbers give the same names.
    pair.mask("--key-env", "ONE", env=_KEYS).expect(0)
    assert _people(pair.restored) == people

    # Measured anew they are what production has become, and other names come of them.
    run("shape", "freeze", "--source", pair.source, "--rules", pair.rules).expect(
        0, "the numbers of 3 lists", "fresh.agent: the table was never analyzed"
    )
    assert _numbers(pair).read_text() != written

    # Numbers are part of the rules: who verifies against others, frozen for runs with the same key, is told.
    _numbers(pair).write_text(written.replace('"distinct": ', '"distinct": 1', 1))
    pair.verify("--key-env", "ONE", env=_KEYS).expect(8, "they are others now")
    pair.verify().expect(0)
    _numbers(pair).write_text(written.replace('"common": [', '"common": [4097, ', 1))
    pair.plan().expect(3, "less than or equal to 4096")


def test_in_place_its_own_numbers_steer_and_stay_with_the_run(
    preview_server: Server, production_server: Server, tmp_path: Path
) -> None:
    pair = Pair.made(production_server, preview_server, tmp_path, _SCRIPT, _RULES)
    pair.mask().expect(0)
    families = Counter(row[1] for row in _people(pair.restored))
    assert 0.5 <= len(families) / 8000 <= 2
    assert abs(families.most_common(1)[0][1] - ROWS / 5) < ROWS / 50
    assert not _numbers(pair).exists(), "without a key each run draws anew"
    ((record,),) = _rows(pair.restored, "SELECT record::text FROM masker.run")
    assert json.loads(record)["shape"]
    assert _CANARY not in record
