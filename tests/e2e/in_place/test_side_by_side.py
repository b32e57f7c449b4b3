"""Two lanes that rewrite tables at once: whatever keys tie these together and whoever fails or is killed, every row is
masked once and the schema is what it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.in_place.test_mask import KEY, InPlace
from tests.executable import eventually
from tests.servers import Server, database_of
from tests.shop import one

_ROWS = 200

#: Keys in both directions, of a table to itself, that cascade, over a partitioned table, set to NULL by a mask, and one
#: that compares masked columns. When the test says so, the indexes take half a second each, so that rewrites last, and
#: the check is broken by runs alone.
_CLUB = f"""
CREATE FUNCTION slowly(text) RETURNS text LANGUAGE plpgsql IMMUTABLE
  AS $$ BEGIN PERFORM pg_sleep(0.002) WHERE current_setting('club.slow', true) = 'on'; RETURN $1; END $$;
CREATE TABLE teams (id bigserial PRIMARY KEY, code text NOT NULL UNIQUE, name text, captain_id bigint);
CREATE TABLE people (id bigserial PRIMARY KEY, team_id bigint NOT NULL REFERENCES teams ON DELETE CASCADE,
  boss_id bigint REFERENCES people, email text NOT NULL UNIQUE);
CREATE TABLE badges (id bigserial PRIMARY KEY, word text,
  team_code text NOT NULL CONSTRAINT badge_of REFERENCES teams (code) ON UPDATE CASCADE);
CREATE TABLE games (id bigserial, year integer, person_id bigint REFERENCES people ON DELETE CASCADE, note text,
  PRIMARY KEY (id, year)) PARTITION BY LIST (year);
CREATE TABLE games_1 PARTITION OF games FOR VALUES IN (1);
CREATE TABLE games_2 PARTITION OF games FOR VALUES IN (2);
CREATE TABLE letters (id bigserial PRIMARY KEY, person_id bigint REFERENCES people ON DELETE SET NULL, body text,
  game_id bigint, game_year integer, FOREIGN KEY (game_id, game_year) REFERENCES games ON DELETE CASCADE);
CREATE FUNCTION is_odd(bigint, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
  RETURN $1 = {_ROWS} AND to_regclass('masker.progress') IS NOT NULL AND current_setting('club.odd', true) = 'on';
  END $$;
ALTER TABLE people ADD CONSTRAINT odd CHECK (NOT is_odd(id, email));
CREATE VIEW captains AS SELECT t.name, p.email FROM teams t JOIN people p ON p.id = t.captain_id;
INSERT INTO teams SELECT n, 'canary-code-' || n, 'Canary Team ' || n FROM generate_series(1, {_ROWS}) n;
INSERT INTO people SELECT n, n, 1 + n / 2, 'canary' || n || '@club.test' FROM generate_series(1, {_ROWS}) n;
UPDATE teams SET captain_id = id;
INSERT INTO badges SELECT n, 'canary word ' || n, 'canary-code-' || n FROM generate_series(1, {_ROWS}) n;
INSERT INTO games SELECT n, 1 + n % 2, n, 'canary note ' || n FROM generate_series(1, {_ROWS}) n;
INSERT INTO letters SELECT n, n, 'canary letter ' || n, n, 1 + n % 2 FROM generate_series(1, {_ROWS}) n;
ALTER TABLE teams ADD CONSTRAINT led_by FOREIGN KEY (captain_id) REFERENCES people;
CREATE INDEX slow_teams ON teams (slowly(name));
CREATE INDEX slow_people ON people (slowly(email));
CREATE INDEX slow_games ON games (slowly(note));
CREATE INDEX slow_letters ON letters (slowly(body));
ANALYZE;
"""

_RULES = """\
version: 1
locale: en_US
tables:
  teams:
    columns:
      code: {mask: token, by: value, scope: code}
      name: company
  people:
    columns:
      email: email
  badges:
    columns:
      word: token
      team_code: {mask: token, by: value, scope: code}
  games:
    columns:
      note: lorem
  letters:
    columns:
      person_id: "null"
      body: token
"""

_TABLES = ("teams", "people", "badges", "games", "letters")

_WITH_KEY = ("--key-env", "MASKER_TEST_KEY")

#: Sessions that hold tables of the club at the same moment, looked at from another database: one in it would be a
#: visitor.
_HOLDERS = """
SELECT count(DISTINCT l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE d.datname = %s AND l.locktype = 'relation' AND l.relation > 16384 AND l.mode = 'AccessExclusiveLock' AND l.granted
"""


@pytest.fixture
def club(production: Server, tmp_path: Path) -> InPlace:
    rules = tmp_path / "rules.yml"
    rules.write_text(_RULES)
    made = InPlace(server=production, target=production.create_database(), rules=rules)
    with made.connect() as conn:
        conn.execute(_CLUB.encode())
    return made


def _rows(place: InPlace) -> dict[str, object]:
    """A digest of each table."""
    with place.connect() as conn:
        return {t: one(conn, f"SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM {t} t") for t in _TABLES}


def _schema(place: InPlace) -> object:
    with place.connect() as conn:
        return one(
            conn,
            "SELECT string_agg(d, ';' ORDER BY d) FROM (SELECT conrelid::regclass || conname || convalidated ||"
            " pg_get_constraintdef(oid) AS d FROM pg_constraint WHERE connamespace = 'public'::regnamespace UNION ALL"
            " SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid::regclass::text !~ '^(pg_|masker)') AS x",
        )


def _holders(place: InPlace) -> int:
    with place.server.connect() as conn:
        return int(str(one(conn, _HOLDERS, database_of(place.target))))


@pytest.mark.timing
def test_rewrites_run_beside_each_other_and_one_that_ends_takes_nothing_along(club: InPlace) -> None:
    before, schema = _rows(club), _schema(club)
    whole = replace(club, target=club.server.create_database(club.target))
    whole.mask(*_WITH_KEY, "--workers", "1", env=KEY).expect(0, "0 failed, 0 not run")
    masked = _rows(whole)
    assert not set(masked.values()) & set(before.values())

    def half_way() -> dict[str, bool]:
        """Which tables are masked; the others are what they were."""
        now = _rows(club)
        assert all(now[table] in {before[table], masked[table]} for table in _TABLES)
        return {table: now[table] == masked[table] for table in _TABLES}

    _set(club, "slow", "on")
    with club.start(*_WITH_KEY, "--workers", "2", env=KEY) as started:
        eventually(lambda: _holders(club) > 1 or started.process.poll() is not None, timeout=60)
        done = started.kill()
    assert done.code == -9, f"no two tables were rewritten at once:\n{done.err}"
    assert not all(half_way().values())
    club.gate(*_WITH_KEY, env=KEY).expect(8)

    _set(club, "slow", "off")
    _set(club, "odd", "on")
    club.mask(*_WITH_KEY, "--workers", "2", "--terminate", env=KEY).expect(
        6, "constraint odd", "people was rewritten", "the same command goes on where this one stopped"
    )
    assert not half_way()["people"]

    _set(club, "odd", "off")
    club.mask(*_WITH_KEY, "--workers", "2", env=KEY).expect(0, "0 failed, 0 not run")
    assert all(half_way().values())
    assert _schema(club) == _schema(whole) == schema


def _set(place: InPlace, what: str, to: str) -> None:
    with place.server.connect() as conn:
        conn.execute(f"ALTER DATABASE {database_of(place.target)} SET club.{what} = '{to}'".encode())
