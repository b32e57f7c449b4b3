"""``--publish schema``: new schemas beside the live ones in one database, for an owner who may create no other."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.executable import Done, Started, eventually, start
from tests.proxy import Cut, Proxy, nth
from tests.shop import Shop, fill_live, one

#: What a schema may have that names itself, in every way.
_MORE = """
CREATE SCHEMA heroku_ext; CREATE EXTENSION citext SCHEMA heroku_ext;
CREATE FUNCTION normal(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.prefix() || t; END $$;
CREATE FUNCTION prefix() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'new ' $$;
CREATE FUNCTION how_many() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM public.users $$;
CREATE FUNCTION has_plan(n integer) RETURNS boolean LANGUAGE plpgsql AS
  $$ BEGIN RETURN EXISTS (SELECT FROM public.plans WHERE id = n); END $$;
CREATE DOMAIN word AS text CHECK (public.normal(VALUE) LIKE 'new %');
CREATE DOMAIN code AS text;
CREATE FUNCTION is_code(c code) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT length(c::text) < 9 $$;
ALTER DOMAIN code ADD CONSTRAINT short CHECK (is_code(VALUE));
CREATE FUNCTION label(u users) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT u.email || ', ' || u.role $$;
CREATE INDEX users_label ON users (label(users));
CREATE UNIQUE INDEX users_once ON users (label(users), id) WHERE label(users) <> '';
CREATE TABLE tags (id integer PRIMARY KEY, name heroku_ext.citext NOT NULL UNIQUE, kind word DEFAULT public.prefix(),
  slug text GENERATED ALWAYS AS (normal(name::text)) STORED, plan integer CHECK (has_plan(plan)));
CREATE INDEX tags_normal ON tags (normal(slug));
CREATE TABLE points (id bigint NOT NULL, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE points_2024 PARTITION OF points FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE SCHEMA app;
CREATE TABLE app.notes (id serial PRIMARY KEY, tag integer REFERENCES public.tags, state order_state NOT NULL);
CREATE VIEW app.tagged AS SELECT n.id, t.slug, public.how_many() AS users FROM app.notes n
  JOIN public.tags t ON t.id = n.tag;
CREATE MATERIALIZED VIEW totals AS SELECT state, count(*) AS n, public.how_many() AS users FROM orders GROUP BY state;
CREATE UNIQUE INDEX totals_state ON totals (state);
CREATE CAST (varchar AS order_state) WITH INOUT AS ASSIGNMENT;
COMMENT ON TABLE tags IS 'what it is about'; COMMENT ON SCHEMA app IS 'the application''s';
INSERT INTO tags (id, name, plan) SELECT i, 'tag ' || i, i FROM generate_series(1, 5) i;
INSERT INTO points SELECT i, '2024-02-01' FROM generate_series(1, 50) i;
INSERT INTO app.notes (tag, state) SELECT 1 + i % 5, 'paid' FROM generate_series(1, 20) i;
REFRESH MATERIALIZED VIEW totals; ANALYZE;
"""

_MORE_RULES = """\
  tags: {columns: {name: keep, kind: keep}}
"""

#: The live preview has things of the same names, which mean something else.
_LIVE = """
CREATE SCHEMA heroku_ext; CREATE EXTENSION citext SCHEMA heroku_ext;
CREATE TYPE order_state AS ENUM ('stale');
CREATE FUNCTION prefix() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'old ' $$;
CREATE TABLE users (id integer PRIMARY KEY, state order_state DEFAULT 'stale');
CREATE TABLE plans (id integer PRIMARY KEY, label text DEFAULT public.prefix());
CREATE FUNCTION label(p plans) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT p.label $$;
CREATE INDEX plans_label ON plans (label(plans));
ALTER TABLE users ADD plan integer REFERENCES plans;
ALTER TABLE plans ADD owner integer REFERENCES users;
INSERT INTO users (id) VALUES (1);
CREATE SCHEMA stats CREATE VIEW seen AS SELECT count(*) AS n FROM public.users;
"""

_LEFT = "SELECT array(SELECT nspname::text FROM pg_namespace WHERE nspname ~ '^masker_' ORDER BY 1)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned(Shop):
    """A shop whose live preview is the one database of a role that may create no other."""

    def arguments(self, command: str, *more: str | Path) -> list[str | Path]:
        publish = ["--publish", "schema"] if command in {"copy", "plan copy"} and "--publish" not in more else []
        return Shop.arguments(self, command, *publish, *more)

    def begun(self) -> Started:
        return start(*self.arguments("copy", "--log-format", "json"))

    def _has_begun(self) -> bool:
        return self.left() != []

    def left(self) -> object:
        with self.preview.connect(self.target) as conn:
            return one(conn, _LEFT)

    @contextmanager
    def untouched(self) -> Iterator[None]:
        before = self.live_state()
        yield
        assert self.live_state() == before
        assert self.left() == []


@pytest.fixture
def owned(shop: Shop) -> Owned:
    owner = shop.preview.create_owner(may_create_databases=False)
    target = shop.preview.create_database(owner=owner)
    fill_live(target)
    return Owned(production=shop.production, preview=shop.preview, source=shop.source, target=target, rules=shop.rules)


def execute(url: str, statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(statements.encode())


def expect_published(shop: Owned, done: Done) -> None:
    """The new preview, whole, and nothing of a run beside it."""
    done.expect(0, f"{shop.database} published")
    shop.expect_masked()
    assert shop.left() == []
    shop.verify("--gate").expect(0)
    shop.verify().expect(0, "0 failed, 0 not run")


def test_everything_means_the_new_schemas(owned: Owned) -> None:
    """And nothing the old ones: types, functions by the text of others, defaults, what was granted on the schema."""
    execute(owned.source, _MORE)
    owned.rules.write_text(owned.rules.read_text() + _MORE_RULES)
    reader = owned.preview.create_owner()
    execute(owned.target, _LIVE)
    with psycopg.connect(owned.target, autocommit=True) as conn:
        name = sql.Identifier(reader)
        conn.execute(
            sql.SQL("GRANT USAGE ON SCHEMA public TO {}; REVOKE CREATE ON SCHEMA public FROM PUBLIC").format(name)
        )
        conn.execute(sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {}").format(name))
        before = _of_schema(conn)
    owned.plan().expect(0, "new schemas beside the live ones")
    with closing(psycopg.connect(owned.target, autocommit=True)) as application:
        application.execute("SELECT NULL::order_state", prepare=True)
        expect_published(owned, owned.copy())
        with pytest.raises(psycopg.OperationalError):
            application.execute("SELECT NULL::order_state", prepare=True)

    with psycopg.connect(owned.target, autocommit=True) as conn:
        assert _of_schema(conn) == before
        assert one(conn, "SELECT how_many()") == one(conn, "SELECT max(users) FROM totals") == 200
        assert one(conn, "SELECT array_agg(DISTINCT slug) FROM tags WHERE id = 1") == ["new tag 1"]
        assert one(conn, "SELECT enum_range(NULL::order_state)::text") == "{cart,paid,sent}"
        assert one(conn, "SELECT count(*) FROM app.tagged WHERE slug LIKE 'new %' AND users = 200") == 20
        assert one(conn, "SELECT to_regnamespace('stats') IS NULL AND to_regclass('settled') IS NULL") is True
        assert one(conn, "SELECT nextval('users_id_seq')") == 201
        assert one(conn, "SELECT obj_description('app'::regnamespace)") == "the application's"
        with pytest.raises(psycopg.errors.CheckViolation):
            conn.execute("INSERT INTO tags (id, name, plan) VALUES (99, 'x', 99)")
    with owned.preview.connect(owned.target) as conn:
        assert one(conn, "SELECT has_table_privilege(%s, 'users', 'SELECT')", reader) is True
    # Over one of its own, with things of all these kinds to be dropped.
    expect_published(owned, owned.copy())


def test_a_delta_that_cannot_be_one_is_published_so(owned: Owned, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_KEY", "a key for tests that is long enough, really")
    delta = ("--publish", "delta", "--key-env", "SHOP_KEY")
    owned.plan(*delta).expect(0, "new schemas beside the live ones", "everything will be copied")
    expect_published(owned, owned.copy(*delta).expect(0, "everything is copied"))
    execute(owned.source, "UPDATE plans SET price = 1 + price WHERE id = 1")
    owned.copy(*delta).expect(0, "bringing what has changed")


def _of_schema(conn: psycopg.Connection) -> object:
    return conn.execute(
        "SELECT nspowner::regrole::text, array(SELECT unnest(nspacl)::text ORDER BY 1), obj_description(oid), (SELECT"
        " array_agg(defaclacl::text) FROM pg_default_acl WHERE defaclnamespace = n.oid) FROM pg_namespace n WHERE"
        " nspname = 'public'"
    ).fetchone()


@pytest.mark.timing
def test_killed_at_many_moments(owned: Owned) -> None:
    """One dead run after the other: each leaves the preview as it was, and the next one drops what it has left."""
    before = owned.live_state()
    for moment in (
        '"at": "start"',
        '"table": "visits"',
        '"step": "index index_visits_on_page"',
        '"step": "validate orders fk_orders_user"',
        '"at": "verify"',
    ):
        with owned.begun() as started:
            started.wait_for(moment)
            done = started.kill()
        assert done.code == -signal.SIGKILL, moment
        assert owned.live_state() == before, moment
    expect_published(owned, owned.copy().expect(0, "dropped schema masker_next_1, left by a run that died"))


@pytest.mark.timing
def test_killed_while_the_former_preview_is_dropped(owned: Owned) -> None:
    """What stood there before the first run was proven by nobody, so the gate stays shut until it is gone. The next one
    is a verified preview."""
    _kill_in_the_drop(owned, "settled", is_first=True)
    owned.verify("--gate").expect(8, "has not ended well")
    done = owned.copy()
    done.expect(0, "dropped schema masker_old_1, left by a run that died")
    expect_published(owned, done)
    _kill_in_the_drop(owned, "visits")
    owned.verify().expect(0)


def _kill_in_the_drop(owned: Owned, table: str, *, is_first: bool = False) -> None:
    with closing(owned.preview.connect(owned.target)) as holder:
        holder.execute("BEGIN")
        holder.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(sql.Identifier(table)))
        with owned.begun() as started:
            eventually(lambda: _waits(owned) or started.process.poll() is not None)
            if is_first:
                owned.copy().expect(9, "another masker run is filling it")
            started.kill()
        holder.rollback()
    owned.expect_masked()


def _waits(shop: Shop) -> bool:
    with shop.preview.connect(shop.target) as conn:
        return (
            one(
                conn,
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DROP%%' AND"
                " datname = current_database())",
            )
            is True
        )


def test_interrupted(owned: Owned) -> None:
    with owned.untouched(), owned.begun() as started:
        started.wait_for('"table": "visits"')
        started.interrupt(signal.SIGTERM)
        done = started.wait(20)
        done.expect(130, f"{owned.database} is as it was; what was loaded beside it is dropped")


def test_what_comes_to_depend_on_the_former_preview_keeps_it(owned: Owned) -> None:
    """It would go on showing that one."""
    with owned.untouched(), owned.stalled("--publish", "schema") as (started, holder):
        with owned.preview.connect(owned.target) as conn:
            conn.execute("CREATE SCHEMA _heroku")
            conn.execute("CREATE VIEW _heroku.watched AS SELECT count(*) FROM settled")
        holder.rollback()
        started.wait().expect(
            6,
            f"{owned.database} could not be replaced: view _heroku.watched has come to depend on table"
            " masker_old_1.settled of the former preview",
            f"{owned.database} is as it was; what was loaded beside it is dropped",
        )


def test_answers_that_are_lost(owned: Owned) -> None:
    """One run after the other. What was loaded, published or dropped without an answer is looked up; anything else ends
    the run, and nothing has become of the live preview."""
    before = owned.live_state()
    for tag in ("CREATE INDEX", "ALTER TABLE"):
        _copy_losing(owned, nth(tag, "", 1)).expect(
            6, "target: the connection was lost", f"{owned.database} is as it was; what was loaded beside it is dropped"
        )
        assert owned.live_state() == before
    for tag, query in (("COMMIT", "masker.run (state"), ("DROP TABLE", "DROP table IF EXISTS")):
        _copy_losing(owned, nth(tag, query, 1)).expect(0, "published")
    expect_published(owned, _copy_losing(owned, nth("COMMIT", "UPDATE masker_next_0.part", 1)))


def _copy_losing(owned: Owned, cut: Cut) -> Done:
    with Proxy.before(owned.preview, cut) as proxy:
        done = owned.copy("--target", proxy.url(owned.target))
    assert proxy.cut
    return done


def test_what_keeps_schemas_from_being_replaced_is_told_beforehand(owned: Owned) -> None:
    """All of it at once, by the plan as by the copy, with nothing touched."""
    other = owned.preview.create_owner()
    execute(owned.source, "SELECT lo_create(0); CREATE EXTENSION hstore")
    owned.rules.write_text(owned.rules.read_text() + "large_objects: keep\n")
    with owned.preview.connect(owned.target) as conn:
        for statement in (
            "CREATE SCHEMA heroku_ext",
            "CREATE VIEW heroku_ext.watched AS SELECT count(*) FROM public.settled",
            "CREATE EXTENSION pg_trgm SCHEMA public",
            "CREATE EXTENSION pg_stat_statements SCHEMA public",
            "CREATE TABLE public.theirs (id integer)",
            "CREATE PUBLICATION told FOR TABLE public.settled",
            "SELECT lo_create(0)",
            "CREATE SCHEMA theirs",
        ):
            conn.execute(statement.encode())
        conn.execute(sql.SQL("ALTER SCHEMA theirs OWNER TO {}").format(sql.Identifier(other)))
    told = (
        "--keep-old the former preview would stay",
        "nothing was touched",
        "large objects the source has 1",
        "extension hstore the source has it and the target does not yet",
        "extension pg_trgm it lives in schema public, which is replaced, and the role",
        "schema theirs it is owner",
        "it does not own public.theirs",
        "target it has 1 large objects, publication told",
        "view heroku_ext.watched it depends on table",
    )
    with owned.untouched():
        owned.plan().expect(9, *told[1:])
        owned.copy("--keep-old").expect(9, *told)


def test_hooks_that_look_at_the_database_are_refused(owned: Owned, tmp_path: Path) -> None:
    config = tmp_path / "masker.yml"
    config.write_text("version: 1\nhooks: {restored: ['true']}\n")
    with owned.untouched():
        owned.copy("-c", config).expect(2, "hooks or migrations are to see the database")
