"""Rows that production's own constraints forbid, carried where the rules say so, and no more of them than production
has."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest

from tests.e2e.pairs import Pair
from tests.servers import Server, ServersByMajor

_BROKEN = """
CREATE SCHEMA other;
CREATE TABLE statuses (id bigint PRIMARY KEY, body text);
CREATE TABLE media (id bigint PRIMARY KEY, status_id bigint, CONSTRAINT media_status FOREIGN KEY (status_id)
REFERENCES statuses ON DELETE SET NULL);
CREATE TABLE users (id bigint CONSTRAINT users_key PRIMARY KEY, login text, age int CONSTRAINT of_age CHECK (age >= 18),
email text, CONSTRAINT "Known" CHECK (length(login) > 2));
CREATE UNIQUE INDEX users_login ON users (login);
COMMENT ON CONSTRAINT of_age ON users IS 'since 2020'; COMMENT ON CONSTRAINT users_key ON users IS 'the key';
COMMENT ON CONSTRAINT "Known" ON users IS 'long enough';
CREATE TABLE other."Events" (id int, day int, CONSTRAINT positive CHECK (day > 0)) PARTITION BY RANGE (day);
CREATE TABLE other.early PARTITION OF other."Events" FOR VALUES FROM (-100) TO (10);
CREATE TABLE other.late PARTITION OF other."Events" FOR VALUES FROM (10) TO (100);
CREATE UNIQUE INDEX events_day ON other."Events" (id, day);
INSERT INTO other."Events" SELECT n, n FROM generate_series(1, 40) n;
INSERT INTO statuses SELECT n, 'canary ' || n FROM generate_series(1, 50) n;
INSERT INTO media SELECT n, n FROM generate_series(1, 50) n;
INSERT INTO users SELECT n, 'canary' || n, 20, 'canary' || n || '@corp.test' FROM generate_series(1, 50) n;
ALTER TABLE media DISABLE TRIGGER ALL; INSERT INTO media VALUES (1000, 777); ALTER TABLE media ENABLE TRIGGER ALL;
UPDATE pg_index SET indisready = false WHERE indexrelid IN ('users_login'::regclass, 'users_key'::regclass,
'other.late_id_day_idx'::regclass);
INSERT INTO users VALUES (500, 'canary7', 20, 'canary'), (50, 'fifty', 20, 'canary'); INSERT INTO other.late VALUES (30,
30);
UPDATE pg_index SET indisready = true WHERE NOT indisready;
ALTER TABLE users DROP CONSTRAINT of_age; INSERT INTO users VALUES (501, 'young', 3, 'canary'), (502, 'younger', 2,
'canary');
ALTER TABLE users ADD CONSTRAINT of_age CHECK (age >= 18) NOT VALID;
COMMENT ON CONSTRAINT of_age ON users IS 'since 2020';
ALTER TABLE other."Events" DROP CONSTRAINT positive; INSERT INTO other.early VALUES (-1, -1);
ALTER TABLE other."Events" ADD CONSTRAINT positive CHECK (day > 0) NOT VALID;
UPDATE pg_constraint SET convalidated = true WHERE conname IN ('of_age', 'positive');
"""

_RULES = """
tables: {users: {columns: {email: email}}}
undecided: keep
"""

_ALL = _RULES + "tolerate: {foreign_keys: not_valid, checks: not_valid, unique: not_unique}\n"

_CARRIED = {
    ("foreign key", "public", "media", "media_status", 1),
    ("check", "public", "users", "of_age", 2),
    ("unique index", "public", "users", "users_key", 1),
    ("unique index", "public", "users", "users_login", 1),
    ("check", "other", "Events", "positive", 0),
    ("check", "other", "early", "positive", 1),
    ("check", "other", "late", "positive", 0),
    ("unique index", "other", "Events", "events_day", 0),
    ("unique index", "other", "early", "early_id_day_idx", 0),
    ("unique index", "other", "late", "late_id_day_idx", 1),
}

_TOLD = (
    "foreign key media_status of media: carried as NOT VALID, since 1 row breaks it on the source",
    "check of_age of users: carried as NOT VALID, since 2 rows break it on the source",
    (
        "unique index users_key of users: carried as a plain index; there is no primary key, since 1 row breaks it on"
        " the source"
    ),
)


def test_what_production_breaks_itself_is_carried_where_the_rules_tolerate_it(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    pair = Pair.made(production, preview, tmp_path, _BROKEN, _RULES)
    pair.copy().expect(
        5,
        "carry them as they are with `tolerate: {foreign_keys: not_valid}`",
        "{checks: not_valid}",
        "{unique: not_unique}",
    )
    # What is not tolerated is refused still.
    pair.decide(_RULES + "tolerate: {foreign_keys: not_valid, unique: not_unique}\n")
    pair.plan().expect(5, "users on the source itself 2 rows break the check constraint of_age")

    pair.decide(_ALL)
    pair.check().expect(0)
    pair.plan().expect(0, *_TOLD)
    done = pair.copy("--json").expect(0)
    document = json.loads(done.out)
    assert {
        (one["kind"], one["schema"], one["table"], one["name"], one["rows"]) for one in document["tolerated"]
    } == _CARRIED
    kept = pair.rows(
        "SELECT kind, schema, relation, name, broken::int FROM masker.run, jsonb_array_elements(record -> 'tolerated')"
        " e, LATERAL (SELECT e ->> 0, e ->> 1, e ->> 2, e ->> 3, e ->> 4) AS c (kind, schema, relation, name, broken)"
    )
    assert set(kept) == _CARRIED
    # The rows are there, new ones that break it are refused, and what is not broken holds as ever.
    assert pair.rows("SELECT count(*) FROM media WHERE status_id = 777") == [(1,)]
    assert pair.rows(
        "SELECT conname, convalidated FROM pg_constraint WHERE contype IN ('f', 'c') AND conrelid::regclass::text IN"
        " ('users', 'media', 'other.early') ORDER BY 1"
    ) == [
        ("Known", True),
        ("media_status", False),
        ("of_age", False),
        ("positive", False),
    ]
    assert pair.rows(
        "SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conrelid = 'users'::regclass ORDER BY"
        " conname"
    ) == [("long enough",), ("since 2020",)]
    with pytest.raises(psycopg.errors.CheckViolation):
        pair.rows_written("INSERT INTO users VALUES (900, 'nobody', 4)")
    listed = "pass tolerated: check of_age of users: carried as NOT VALID: 2 rows break it, and 2 on the source"
    pair.verify().expect(0, listed)

    # More than production has is a finding, with its source and without.
    pair.rows_written("INSERT INTO users SELECT 50, 'fifty-' || n, 20 FROM generate_series(1, 2) n")
    pair.verify().expect(8, "unique index users_key of users", "3 rows break it, and 1 on the source")


def test_rows_left_out_that_break_more_than_production_does_end_the_run(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    pair = Pair.made(
        production,
        preview,
        tmp_path,
        _BROKEN,
        _ALL.replace("tables: {", 'tables: {statuses: {rows: "id <> 3"}, media: {rows: "id <> 4"}, '),
    )
    pair.copy().expect(8, "foreign key media_status of media", "2 rows break it, and 1 on the source")
    # Rows that are left out are not counted, and what then nobody breaks is as on production.
    pair.decide(_ALL.replace("tables: {", 'tables: {media: {rows: "id < 1000"}, '))
    pair.copy().expect(0, "published")
    assert pair.rows("SELECT convalidated FROM pg_constraint WHERE conname = 'media_status'") == [(True,)]


_SINCE_15 = """
CREATE TABLE once (id int, v text); CREATE UNIQUE INDEX once_v ON once (v) NULLS NOT DISTINCT; INSERT INTO once
VALUES (1, 'canary'), (2, NULL);
UPDATE pg_index SET indisready = false WHERE indexrelid = 'once_v'::regclass; INSERT INTO once VALUES (3, NULL);
UPDATE pg_index SET indisready = true WHERE indexrelid = 'once_v'::regclass;
CREATE TABLE zones (id int PRIMARY KEY); CREATE TABLE places (id int, zone int,
CONSTRAINT places_zone FOREIGN KEY (zone) REFERENCES zones) PARTITION BY RANGE (id);
CREATE TABLE places_1 PARTITION OF places FOR VALUES FROM (0) TO (100); INSERT INTO zones VALUES (1); INSERT INTO places
VALUES (1, 1);
ALTER TABLE places_1 DISABLE TRIGGER ALL; INSERT INTO places_1 VALUES (2, 77); ALTER TABLE places_1 ENABLE TRIGGER ALL;
"""


def test_foreign_keys_of_partitioned_tables_are_carried_since_18(
    servers_by_major: ServersByMajor, production: Server, preview: Server, tmp_path: Path
) -> None:
    pair = Pair.made(
        servers_by_major[18],
        servers_by_major[18],
        tmp_path,
        _SINCE_15,
        _ALL.splitlines()[2] + "\n" + _ALL.splitlines()[3],
    )
    pair.copy("--publish", "direct").expect(
        0,
        "tolerated: foreign key places_zone of places, carried as NOT VALID, 1 row breaks it",
        "tolerated: unique index once_v of once, carried as a plain index",
    )
    pair.verify().expect(0, "foreign key places_zone of places", "unique index once_v of once")
    pair.plan_mask().expect(0, "tolerate: is for copies")
    before = Pair.made(production, preview, tmp_path, _SINCE_15, pair.rules.read_text().removeprefix("version: 1\n"))
    before.plan().expect(
        5,
        "places 1 row breaks the foreign key places_zone on the source itself, which cannot be carried: a foreign key"
        " of a partitioned table cannot be NOT VALID before PostgreSQL 18",
    )
