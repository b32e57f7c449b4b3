"""What keeps a copy from ending well is known before a row moves: everything at once, with what to do, and the preview as it was."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.pairs import Pair
from tests.servers import Server, ServersByMajor, database_of

#: What only the server can say, when it makes the schema: a trigger that the table has outgrown, a view over functions that need a search_path.
_UNMAKEABLE = """
CREATE TABLE namespaces (id serial PRIMARY KEY, email text, parts text[], version int DEFAULT 0);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.version := OLD.version + 1; RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON namespaces FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION touch();
ALTER TABLE namespaces ADD COLUMN depth integer GENERATED ALWAYS AS (cardinality(parts)) STORED;
INSERT INTO namespaces (email, parts) SELECT 'canary' || n || '@corp.test', ARRAY['a', 'b'] FROM generate_series(1, 200) n;
CREATE FUNCTION counted() RETURNS bigint LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT count(*) FROM namespaces); END $$;
CREATE MATERIALIZED VIEW totals AS SELECT public.counted() AS n WITH NO DATA;
ALTER FUNCTION counted() SET search_path = public; REFRESH MATERIALIZED VIEW totals; ALTER FUNCTION counted() RESET ALL;
CREATE UNIQUE INDEX ON totals (n);
CREATE MATERIALIZED VIEW share AS SELECT 1 / count(*) AS of_all FROM namespaces;
"""

_EMAILS = "undecided: keep\ntables:\n  namespaces: {columns: {email: email}}\n"


def test_the_schema_is_made_on_empty_tables_before_a_row_is_read(production: Server, preview: Server, tmp_path: Path) -> None:
    """Where a query fails only for want of rows it is not blamed: ``share`` divides by their number."""
    pair = Pair.made(production, preview, tmp_path, _UNMAKEABLE, _EMAILS)
    pair.rows_written("CREATE TABLE before (n int)")
    done = pair.copy("--log-format", "logfmt").expect(
        4, "cannot be given 2 objects of the source's schema; no row was read",
        r'trigger public.namespaces touch the target does not make it: .* \(SQLSTATE 42P17\) the source could not make it again either',
        r'materialized view totals the target does not make it: relation "namespaces" does not exist .* ALTER FUNCTION … SET search_path',
        f"{database_of(pair.target)} is as it was; the shadow .* is dropped",
    )  # fmt: skip
    assert "at=copied" not in done.err
    assert pair.rows("SELECT to_regclass('public.before') IS NOT NULL") == [(True,)]
    for statement in ("DROP TRIGGER touch ON namespaces", "ALTER FUNCTION counted() SET search_path = public"):
        with production.connect(pair.source) as conn:
            conn.execute(statement.encode())
    pair.copy().expect(0, "published")
    assert pair.rows("SELECT n FROM totals") == [(200,)]


#: Definitions whose functions look for others by the search_path: of SQL, which the planner reads, and of PL/pgSQL, which only runs.
_PATHLESS = """
CREATE EXTENSION cube; CREATE EXTENSION earthdistance; CREATE EXTENSION unaccent;
CREATE TABLE places (id serial PRIMARY KEY, name text, lat float8, lng float8);
CREATE INDEX places_earth ON places USING gist (ll_to_earth(lat, lng));
CREATE FUNCTION slugify(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$ BEGIN RETURN lower(unaccent(value)); END $$;
CREATE TABLE posts (id serial PRIMARY KEY, title text NOT NULL, slug text GENERATED ALWAYS AS (slugify(title)) STORED);
CREATE FUNCTION f_unaccent(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT unaccent('unaccent', $1) $$;
CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL, note text);
CREATE INDEX people_name ON people (lower(f_unaccent(name))) WHERE id > 0;
CREATE FUNCTION squash(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN replace($1, ' ', ''); END $$;
CREATE FUNCTION is_code(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN length(squash($1)) > 1; END $$;
CREATE DOMAIN code AS text CHECK (is_code(VALUE));
CREATE TABLE codes (id serial PRIMARY KEY, code text CHECK (is_code(code)), other code, small text);
CREATE FUNCTION of_people() RETURNS SETOF people LANGUAGE sql STABLE AS $$ SELECT * FROM people $$;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM of_people();
CREATE FUNCTION quarter(date) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN is_code('ab')::int + extract(quarter FROM $1); END $$;
CREATE TABLE sales (at date, id int) PARTITION BY LIST (quarter(at)); CREATE TABLE sales_2 PARTITION OF sales FOR VALUES IN (3);
CREATE FUNCTION sound(text) RETURNS text LANGUAGE plpgsql IMMUTABLE SET search_path = public AS $$ BEGIN RETURN squash($1); END $$;
CREATE TABLE fine (id int PRIMARY KEY, body text, of text GENERATED ALWAYS AS (sound(body)) STORED);
INSERT INTO places (name, lat, lng) SELECT 'canary' || n, 35 + n % 10, 139 FROM generate_series(1, 50) n;
INSERT INTO posts (title) SELECT 'Canary é ' || n FROM generate_series(1, 50) n;
INSERT INTO people (name, note) SELECT 'Canary ' || n, 'canary' FROM generate_series(1, 50) n;
INSERT INTO codes (code, other, small) SELECT 'canary ' || n, 'canary', 'canary' FROM generate_series(1, 50) n;
INSERT INTO sales SELECT '2026-05-01', n FROM generate_series(1, 50) n;
INSERT INTO fine (id, body) SELECT n, 'canary' FROM generate_series(1, 50) n;
"""

_NEXT_TO_THEM = """
undecided: keep
tables:
  places: {columns: {name: lorem}}
  people: {columns: {note: lorem}}
  codes: {columns: {small: lorem}}
  posts: {columns: {title: lorem}}
"""

_TOLD = (
    'places index "places_earth" calls public.ll_to_earth.* on the source: .* belongs to the extension earthdistance.* from a function of your own',
    'posts column "slug" calls public.slugify.* on the source: ALTER FUNCTION public.slugify.text. SET search_path = public',
    'people index "people_name" calls public.f_unaccent', 'codes check constraint "codes_code_check" calls public.is_code', 'codes column "other" calls public.is_code',
)  # fmt: skip

_REMEDIES = """
DROP INDEX places_earth;
CREATE FUNCTION spot(float8, float8) RETURNS earth LANGUAGE sql IMMUTABLE SET search_path = public AS $$ SELECT ll_to_earth($1, $2) $$;
CREATE INDEX places_earth ON places USING gist (spot(lat, lng));
ALTER FUNCTION slugify(text) SET search_path = public; ALTER FUNCTION f_unaccent(text) SET search_path = public;
ALTER FUNCTION is_code(text) SET search_path = public; ALTER FUNCTION of_people() SET search_path = public; ALTER FUNCTION quarter(date) SET search_path = public;
"""


def test_functions_that_need_a_search_path_are_told_by_name_and_blame_no_mask(servers_by_major: ServersByMajor, tmp_path: Path) -> None:
    """By whatever looks: the plan, the copy, the check of the rules, masking in place; and what is advised is what helps."""
    server = servers_by_major[15]
    pair = Pair.made(server, server, tmp_path, _PATHLESS, _NEXT_TO_THEM)
    everything = (*_TOLD, "counted the query of the materialized view calls public.of_people", "sales partition key calls public.quarter")
    for done in (pair.plan(), pair.copy(), pair.check()):
        done.expect(4, "cannot be given 7 objects of the source's schema; no row was read", *everything)
        assert "compute its mask" not in done.err
        assert "fine" not in done.err
    for done in (pair.plan_mask(), pair.mask()):
        done.expect(4, "of 5 objects of its schema nothing can be made anew; nothing was changed", *_TOLD)
    for url in (pair.source, pair.restored):
        with server.connect(url) as conn:
            conn.execute(_REMEDIES)
    pair.copy().expect(0, "published")
    pair.mask().expect(0)
    assert pair.rows("SELECT n FROM counted") == [(50,)]
