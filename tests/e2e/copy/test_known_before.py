"""What keeps a copy from ending well is known before a row moves: everything at once, with what to do, and the preview
as it was."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.pairs import Pair
from tests.servers import Server, ServersByMajor, database_of

#: What only the server can say, when it makes the schema: a trigger that the table has outgrown, a view over functions
#: that need a search_path.
_UNMAKEABLE = """
CREATE TABLE namespaces (id serial PRIMARY KEY, email text, parts text[], version int DEFAULT 0);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.version := OLD.version + 1; RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON namespaces FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION touch();
ALTER TABLE namespaces ADD COLUMN depth integer GENERATED ALWAYS AS (cardinality(parts)) STORED;
INSERT INTO namespaces (email, parts) SELECT 'canary' || n || '@corp.test', ARRAY['a', 'b'] FROM generate_series(1,
200) n;
CREATE FUNCTION counted() RETURNS bigint LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT count(*) FROM namespaces);
END $$;
CREATE MATERIALIZED VIEW totals AS SELECT public.counted() AS n WITH NO DATA;
ALTER FUNCTION counted() SET search_path = public; REFRESH MATERIALIZED VIEW totals; ALTER FUNCTION counted() RESET ALL;
CREATE UNIQUE INDEX ON totals (n);
CREATE MATERIALIZED VIEW share AS SELECT 1 / count(*) AS of_all FROM namespaces;
"""

_EMAILS = "undecided: keep\ntables:\n  namespaces: {columns: {email: email}}\n"


def test_the_schema_is_made_on_empty_tables_before_a_row_is_read(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    """Where a query fails only for want of rows it is not blamed: ``share`` divides by their number."""
    pair = Pair.made(production, preview, tmp_path, _UNMAKEABLE, _EMAILS)
    name = database_of(pair.target)
    pair.rows_written("CREATE TABLE before (n int); INSERT INTO before VALUES (1); SELECT lo_from_bytea(0, 'kept')")
    for publish, aftermath in (
        ("swap", f"{name} is as it was; the shadow .* is dropped"),
        ("direct", f"{name} is as it was$"),
    ):
        done = pair.copy("--publish", publish).expect(
            4,
            "cannot be given 2 objects of the source's schema; no row was read",
            r"trigger public.namespaces touch the target does not make it: .* \(SQLSTATE 42P17\) the source could not"
            r" make it again either",
            r'materialized view totals the target does not make it: relation "namespaces" does not exist .* ALTER'
            r" FUNCTION … SET search_path",
            aftermath,
        )
        assert "copied" not in done.err
        assert pair.rows(
            "SELECT n, (SELECT count(*) FROM pg_largeobject_metadata), to_regnamespace('masker') IS NULL FROM before"
        ) == [(1, 1, True)]
    for statement in ("DROP TRIGGER touch ON namespaces", "ALTER FUNCTION counted() SET search_path = public"):
        with production.connect(pair.source) as conn:
            conn.execute(statement.encode())
    pair.copy("--publish", "direct").expect(0)
    assert pair.rows("SELECT n, to_regclass('public.before') IS NULL FROM totals") == [(200, True)]


#: Definitions whose functions look for others by the search_path: of SQL, which the planner reads, and of PL/pgSQL,
#: which only runs.
_PATHLESS = """
CREATE EXTENSION cube; CREATE EXTENSION earthdistance; CREATE EXTENSION unaccent;
CREATE TABLE places (id serial PRIMARY KEY, name text, lat float8, lng float8);
CREATE INDEX places_earth ON places USING gist (ll_to_earth(lat, lng));
CREATE FUNCTION slugify(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT
AS $$ BEGIN RETURN lower(unaccent(value)); END $$;
CREATE TABLE posts (id serial PRIMARY KEY, title text NOT NULL, slug text GENERATED ALWAYS AS (slugify(title)) STORED);
CREATE FUNCTION f_unaccent(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT unaccent('unaccent', $1) $$;
CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL, note text);
CREATE INDEX people_name ON people (lower(f_unaccent(name))) WHERE id > 0;
CREATE FUNCTION squash(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN replace($1, ' ', ''); END $$;
CREATE FUNCTION is_code(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN length(squash($1)) > 1;
END $$;
CREATE DOMAIN code AS text CHECK (is_code(VALUE));
CREATE TABLE codes (id serial PRIMARY KEY, code text CHECK (is_code(code)), other code, small text);
CREATE FUNCTION of_people() RETURNS SETOF people LANGUAGE sql STABLE AS $$ SELECT * FROM people $$;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM of_people();
CREATE FUNCTION quarter(date) RETURNS int LANGUAGE plpgsql IMMUTABLE
AS $$ BEGIN RETURN is_code('ab')::int + extract(quarter FROM $1); END $$;
CREATE TABLE sales (at date, id int) PARTITION BY LIST (quarter(at)); CREATE TABLE sales_2 PARTITION OF sales FOR
VALUES IN (3);
CREATE FUNCTION sound(text) RETURNS text LANGUAGE plpgsql IMMUTABLE SET search_path = public
AS $$ BEGIN RETURN squash($1); END $$;
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
    (
        'places index "places_earth" calls public.ll_to_earth.* on the source: .* belongs to the extension'
        " earthdistance.* from a function of your own"
    ),
    (
        'posts column "slug" calls public.slugify.* on the source: ALTER FUNCTION public.slugify.text. SET search_path'
        " = public"
    ),
    'people index "people_name" calls public.f_unaccent',
    'codes check constraint "codes_code_check" calls public.is_code',
    'codes column "other" calls public.is_code',
)

_REMEDIES = """
DROP INDEX places_earth;
CREATE FUNCTION spot(float8, float8) RETURNS earth LANGUAGE sql IMMUTABLE SET search_path = public AS $$
SELECT ll_to_earth($1, $2) $$;
CREATE INDEX places_earth ON places USING gist (spot(lat, lng));
ALTER FUNCTION slugify(text) SET search_path = public; ALTER FUNCTION f_unaccent(text) SET search_path = public;
ALTER FUNCTION is_code(text) SET search_path = public; ALTER FUNCTION of_people() SET search_path = public;
ALTER FUNCTION quarter(date) SET search_path = public;
"""


def test_functions_that_need_a_search_path_are_told_by_name_and_blame_no_mask(
    servers_by_major: ServersByMajor, tmp_path: Path
) -> None:
    """By whatever looks: the plan, the copy, the check of the rules, masking in place; and what is advised is what
    helps."""
    server = servers_by_major[15]
    pair = Pair.made(server, server, tmp_path, _PATHLESS, _NEXT_TO_THEM)
    everything = (
        *_TOLD,
        "counted the query of the materialized view calls public.of_people",
        "sales partition key calls public.quarter",
    )
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


#: What PostgreSQL 15 does not know.
_OF_18 = """
CREATE TABLE v (id uuid PRIMARY KEY DEFAULT uuidv7(), a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL, c text,
CONSTRAINT soft CHECK (a > 0) NOT ENFORCED);
CREATE TABLE stays (room int4range, during daterange, PRIMARY KEY (room, during WITHOUT OVERLAPS));
CREATE TABLE late (a int, b int, z int GENERATED ALWAYS AS (a + b) VIRTUAL);
ALTER TABLE late ADD CONSTRAINT a_there NOT NULL a NOT VALID;
CREATE ROLE only_there NOLOGIN;
CREATE POLICY own ON v TO only_there USING (true);
"""


def test_what_an_older_version_does_not_know_is_told_with_everything_else_that_is_wrong(
    servers_by_major: ServersByMajor, tmp_path: Path
) -> None:
    """Rules, roles, connections, words of the newer version: one round, and by the plan, which makes nothing."""
    newer, older = servers_by_major[18], servers_by_major[15]
    owner = older.create_owner()
    pair = Pair(
        production=newer,
        preview=older,
        source=newer.create_database(),
        target=older.create_database(owner=owner),
        rules=tmp_path / "rules.yml",
    )
    pair.decide("undecided: keep\ntables: {nowhere: {columns: {a: lorem}}}\n")
    with newer.connect(pair.source) as conn:
        conn.execute(_OF_18)
    with older.connect() as conn:
        conn.execute(f'ALTER ROLE "{owner}" CONNECTION LIMIT 3'.encode())
    said = (
        "v.b it is a virtual generated column, and the target is PostgreSQL 15",
        r"late.z it is a virtual",
        r"function uuidv7\(\) it is used by default value for column id of table public.v",
        (
            "PostgreSQL 15, the target, does not know how it is written on 18: .* in `CONSTRAINT soft|check constraint"
            " public.v soft PostgreSQL 15"
        ),
        "constraint public.stays stays_pkey PostgreSQL 15",
        "a_there",
        "role only_there it is not on the target, and on the source it is named by policy own",
        (
            f"connections? (are|is) free of the 3 the role {owner} may have, and the run takes 4 more .* ALTER ROLE"
            f" {owner} CONNECTION LIMIT 6"
        ),
    )
    try:
        pair.plan().expect(3, "problems, nothing was started", *said, "nowhere: there is no such table")
        pair.decide("undecided: keep\n")
        pair.copy().expect(4, "problems, nothing was started", *said)
        assert older.databases() >= {database_of(pair.target)}
        assert not [name for name in older.databases() if "masker" in name]
    finally:
        with newer.connect(pair.source) as conn:
            conn.execute("DROP TABLE v; DROP ROLE only_there")


def test_roles_that_the_target_lacks_are_told_with_what_names_them(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    """Those of owners and grants only where owners and grants are copied; one that is there, but may not be acted for,
    too."""
    there, owner = preview.create_owner("acting"), preview.create_owner()
    production.create_owner("acting"), production.create_owner("reading")
    pair = Pair.made(production, preview, tmp_path, "CREATE TABLE t (id int PRIMARY KEY)", "undecided: keep\n")
    with production.connect(pair.source) as conn:
        conn.execute(
            "ALTER TABLE t OWNER TO acting; CREATE TABLE u (n int); GRANT SELECT ON t, u TO reading; ALTER DEFAULT"
            " PRIVILEGES FOR ROLE acting GRANT SELECT ON TABLES TO reading"
        )
    with preview.connect() as conn:
        conn.execute(f'ALTER DATABASE {database_of(pair.target)} OWNER TO "{owner}"'.encode())
    ours = ("--target", preview.url(database_of(pair.target), user=owner))
    pair.plan(*ours).expect(0)
    pair.plan(*ours, "--owners").expect(
        4,
        f"role acting on the source it owns .*table public.t.*, and the target's role {owner} may not act for it GRANT"
        f" acting TO {owner} on the target, or leave out --owners",
    )
    pair.plan(*ours, "--owners", "--grants").expect(
        4,
        "role reading it is not on the target, and on the source it has privileges on .* and . more CREATE ROLE reading"
        " on the target .*, or leave out --grants",
        f"role {there}",
    )


def test_an_extension_that_the_target_keeps_in_another_schema_is_told_before_anything_is_emptied(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    pair = Pair.made(
        production,
        preview,
        tmp_path,
        "CREATE EXTENSION citext; CREATE EXTENSION pg_trgm; CREATE TABLE users (id int PRIMARY KEY, email citext)",
        "undecided: keep\n",
    )
    pair.rows_written(
        "CREATE SCHEMA heroku_ext; CREATE EXTENSION citext SCHEMA heroku_ext; CREATE EXTENSION pg_trgm SCHEMA"
        " heroku_ext; CREATE TABLE before (n int)"
    )
    for done in (pair.plan("--publish", "direct"), pair.copy("--publish", "direct")):
        done.expect(
            4,
            "extension citext it is in schema public on the source and in heroku_ext on the target, and needed by"
            " column email of table public.users",
            "ALTER EXTENSION citext SET SCHEMA heroku_ext",
            "extension pg_trgm .* where functions may look for it",
        )
    assert pair.rows("SELECT to_regclass('public.before') IS NOT NULL") == [(True,)]
    with production.connect(pair.source) as conn:
        conn.execute(
            "CREATE SCHEMA heroku_ext; ALTER EXTENSION citext SET SCHEMA heroku_ext; ALTER EXTENSION pg_trgm SET SCHEMA"
            " heroku_ext"
        )
    pair.copy("--publish", "direct").expect(0)


def test_connections_that_will_not_do_are_told_on_both_sides(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    reader, writer = production.create_owner(), preview.create_owner()
    pair = Pair.made(production, preview, tmp_path, "CREATE TABLE t (id int PRIMARY KEY)", "undecided: keep\n")
    with production.connect() as conn:
        conn.execute(f'GRANT pg_read_all_data TO "{reader}"; ALTER ROLE "{reader}" CONNECTION LIMIT 5'.encode())
    name = database_of(pair.target)
    with preview.connect() as conn:
        conn.execute(f'ALTER DATABASE {name} OWNER TO "{writer}"; ALTER DATABASE {name} CONNECTION LIMIT 3'.encode())
    both = (
        "--source",
        production.url(database_of(pair.source), user=reader),
        "--target",
        preview.url(name, user=writer),
        "--publish",
        "direct",
    )
    pair.plan(*both).expect(
        5,
        f"source 3 connections are free of the 5 the role {reader} may have, and the run takes 5 more"
        " --source-connections 2; or end other sessions, or ALTER ROLE",
        f"target 2 connections are free of the 3 the database {name} may have, and the run takes 4 more --workers 2",
    )
    pair.copy(*both, "--source-connections", "2").expect(6, f"the 3 the database {name} may have")
    pair.copy(*both, "--workers", "2").expect(0)


#: More than a transaction of the small server may lock: a chain of keys, a tree of partitions, and among them what
#: cannot be made.
_LARGE = """
CREATE FUNCTION bad() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
DO $$ BEGIN
  FOR n IN 1..60 LOOP
    EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, up int %s, body text)', n, CASE WHEN n > 1
    THEN format('REFERENCES t%s', n - 1) ELSE '' END);
    EXECUTE format('CREATE INDEX ON t%s (lower(body))', n);
  END LOOP;
  CREATE TABLE parted (id int, at int, body text, PRIMARY KEY (id, at)) PARTITION BY LIST (at);
  FOR n IN 1..30 LOOP EXECUTE format('CREATE TABLE a_part_%s PARTITION OF parted FOR VALUES IN (%s)', n, n); END LOOP;
  CREATE INDEX ON parted (lower(body));
END $$;
CREATE TRIGGER bad BEFORE UPDATE ON t40 FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION bad();
INSERT INTO t1 VALUES (1, NULL, 'canary'); INSERT INTO parted VALUES (1, 1, 'canary');
"""


def test_a_schema_of_more_locks_than_a_server_has_is_tried_in_pieces(production: Server, tmp_path: Path) -> None:
    """Where one transaction has to hold all of it, before a target is emptied, it is said that it was not tried."""
    small = Server.start("small", 17, settings={"max_locks_per_transaction": "10", "max_connections": "20"})
    try:
        pair = Pair(
            production=production,
            preview=small,
            source=production.create_database(),
            target=small.create_database(),
            rules=tmp_path / "rules.yml",
        )
        pair.decide("undecided: keep\n")
        with production.connect(pair.source) as conn:
            conn.execute(_LARGE)
        pair.copy().expect(0)
        with production.connect(pair.source) as conn:
            conn.execute("ALTER TABLE t40 ADD COLUMN size int GENERATED ALWAYS AS (length(body)) STORED")
            conn.execute(
                "CREATE TABLE points (id int, at int, to_id int, to_at int, CONSTRAINT to_parted FOREIGN KEY (to_id,"
                " to_at) REFERENCES parted)"
            )
            conn.execute(
                "DO $$ BEGIN FOR n IN 31..130 LOOP EXECUTE format('CREATE TABLE a_part_%s PARTITION OF parted FOR"
                " VALUES IN (%s)', n, n); COMMIT; END LOOP; END $$"
            )
        settings = tmp_path / "masker.yml"
        settings.write_text(f"version: 1\ntarget: {{url: '{pair.target}', free_space: 100kB}}\n")
        pair.plan("-c", str(settings)).expect(
            6,
            "the foreign key to_parted of points locks about 3.. tables and indexes at once, and the server has 200"
            " locks for all",
            "set max_locks_per_transaction to 30 or more",
            "100 kB are free by its settings",
        )
        with production.connect(pair.source) as conn:
            conn.execute(
                "DROP TABLE points; DROP TABLE parted; CREATE TABLE parted (n int); INSERT INTO parted VALUES (1)"
            )
        told = "cannot be given 1 object of the source's schema; no row was read trigger public.t40 bad"
        pair.copy().expect(4, told, "is as it was; the shadow")
        with production.connect(pair.source) as conn:
            conn.execute("DROP TRIGGER bad ON t40")
        pair.copy("--publish", "direct").expect(
            0, "could not be tried before .* is emptied: the server has too few locks for one transaction"
        )
        assert pair.rows("SELECT count(*) FROM parted") == [(1,)]
    finally:
        small.stop()


def test_the_plan_tries_the_schema_in_a_scratch_database_where_it_is_asked_to(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    pair = Pair.made(production, preview, tmp_path, _UNMAKEABLE, _EMAILS)
    before = preview.databases()
    pair.plan().expect(0)
    pair.plan("--try").expect(
        4,
        "cannot be given 2 objects of the source's schema; no row was read trigger public.namespaces touch",
        "materialized view totals",
    )
    with production.connect(pair.source) as conn:
        conn.execute("DROP TRIGGER touch ON namespaces; DROP MATERIALIZED VIEW totals")
    pair.plan("--try").expect(0, "namespaces")
    plain = preview.create_owner(may_create_databases=False)
    pair.plan("--try", "--target", preview.url(database_of(pair.target), user=plain)).expect(
        2, f"the role {plain} may not create databases, which --try needs"
    )
    assert preview.databases() == before


def test_rows_that_need_not_keep_a_check_have_to_when_they_are_updated(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    """In batches, which the plan says; a rewrite leaves them alone."""
    script = """
    CREATE TABLE phones (id int PRIMARY KEY, zip text, email text);
    INSERT INTO phones SELECT n, 'canary', 'canary' || n || '@corp.test' FROM generate_series(1, 50) n;
    ALTER TABLE phones ADD CONSTRAINT zip_form CHECK (zip ~ '^[0-9]+$') NOT VALID,
    ADD CONSTRAINT own_domain CHECK (email LIKE '%@corp.test') NOT VALID;
    """
    batches = "undecided: keep\ntables:\n  phones: {strategy: batches, columns: {email: email}}\n"
    pair = Pair.made(production, preview, tmp_path, script, batches)
    for done in (pair.plan_mask(), pair.mask()):
        done.expect(
            3,
            "masked values of email break the check constraint own_domain, which is NOT VALID: what is updated in"
            " batches has to keep it",
            "phones rows break the check constraint zip_form",
        )
    pair.decide(batches.replace("strategy: batches, ", ""))
    pair.mask().expect(0)
