"""The zoo between roles that may do less than everything: a plain owner fills, a mere reader or a standby is read."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from masker.errors import SourceError
from masker.postgres.connect import connect, parse_url
from masker.postgres.emptying import empty_database
from masker.sides import Side
from tests.postgres import zoo
from tests.servers import Server, database_of
from tests.standby import standby_of

_SUPERUSERS_ONLY = """
CREATE FUNCTION public.never() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
CREATE EVENT TRIGGER never ON ddl_command_start EXECUTE FUNCTION public.never();
COMMENT ON EVENT TRIGGER never IS 'for production alone';
ALTER EVENT TRIGGER never DISABLE;
CREATE PUBLICATION "By schema" FOR TABLES IN SCHEMA zoo;
CREATE PUBLICATION "All of it" FOR ALL TABLES;
COMMENT ON PUBLICATION "All of it" IS 'all';
"""

#: Whatever can stand in a preview that was filled by other means, outside the schemas that go as a whole.
_OLD = """
CREATE SCHEMA "Old"";";
CREATE TABLE "Old"";".t (id serial);
CREATE TABLE public.old (id integer PRIMARY KEY, parent integer REFERENCES public.old) PARTITION BY LIST (id);
CREATE TABLE public.old_1 PARTITION OF public.old FOR VALUES IN (1);
CREATE VIEW public.old_view AS SELECT * FROM public.old;
CREATE MATERIALIZED VIEW public.old_stored AS SELECT * FROM public.old_view;
CREATE SEQUENCE public.old_sequence;
CREATE TYPE public.old_type AS ENUM ('a');
CREATE DOMAIN public.old_domain AS public.old_type[];
CREATE FUNCTION public.old_function(public.old_domain, VARIADIC integer[]) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION public.old_step(integer, integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE public.old_procedure(INOUT n integer) LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE public.old_aggregate(integer) (SFUNC = public.old_step, STYPE = integer);
CREATE OPERATOR public.@@@@ (FUNCTION = public.old_step, LEFTARG = integer, RIGHTARG = integer);
CREATE COLLATION public.old_collation (provider = libc, locale = 'C');
CREATE TEXT SEARCH DICTIONARY public.old_dictionary (TEMPLATE = pg_catalog.simple);
CREATE TEXT SEARCH CONFIGURATION public.old_search (COPY = pg_catalog.english);
CREATE CONVERSION public.old_conversion FOR 'LATIN1' TO 'UTF8' FROM pg_catalog.iso8859_1_to_utf8;
CREATE TABLE ext.old_among_extensions (id integer);
CREATE PUBLICATION old_publication FOR TABLE public.old;
SELECT lo_from_bytea(900009, 'old'), count(lo_create(0)) FROM generate_series(1, 1500);
"""

_OLD_OF_SUPERUSERS = """
CREATE EXTENSION postgres_fdw;
CREATE SERVER old_server FOREIGN DATA WRAPPER postgres_fdw;
CREATE USER MAPPING FOR PUBLIC SERVER old_server;
CREATE FOREIGN TABLE public.old_far (id integer) SERVER old_server;
CREATE FOREIGN DATA WRAPPER old_wrapper;
CREATE OPERATOR FAMILY public.old_family USING btree;
CREATE ACCESS METHOD old_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE CAST (bytea AS text) WITHOUT FUNCTION;
CREATE FUNCTION public.old_guard() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
CREATE EVENT TRIGGER old_guard ON sql_drop EXECUTE FUNCTION public.old_guard();
"""


@pytest.mark.parametrize("publish", ["swap", "direct"])
def test_a_plain_owner_gets_the_zoo(production: Server, preview: Server, tmp_path: Path, publish: str) -> None:
    origin, known = _zoo(production)
    owner = preview.create_owner(may_create_databases=publish == "swap")
    target, reference = preview.create_database(owner=owner), preview.create_database()
    zoo.restore_schema(origin, reference)
    with production.connect(origin) as conn, preview.connect(reference) as expected:
        conn.execute(_SUPERUSERS_ONLY.encode())
        expected.execute(_SUPERUSERS_ONLY.partition("CREATE EVENT")[0].encode() + b'CREATE PUBLICATION "By schema"')
    if publish == "direct":
        with psycopg.connect(target, autocommit=True) as conn:
            zoo.build(conn, known)
            conn.execute(_OLD.encode())

    result = zoo.copied(origin, target, tmp_path, "swap" if publish == "swap" else "direct")

    assert {note.subject for note in result.plan.notes} == {
        "event trigger never",
        "publication All of it",
        "publication By schema zoo",
    }
    zoo.require_equal_scripts(zoo.schema_script(reference), zoo.schema_script(target))
    with production.connect(origin) as before, preview.connect(target) as after:
        zoo.require_equal_contents(before, after)
        assert after.execute(
            "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()"
        ).fetchone() == (owner,)


def test_an_emptied_database_holds_nothing_but_extensions(production: Server) -> None:
    url, untouched = production.create_database(), production.create_database()
    with production.connect(url) as conn:
        zoo.build(conn, zoo.features(conn))
        conn.execute("DROP EXTENSION postgres_fdw CASCADE")
        conn.execute((_OLD + _OLD_OF_SUPERUSERS).encode())
    with production.connect(untouched) as conn:
        conn.execute(
            "CREATE SCHEMA ext; CREATE EXTENSION citext; CREATE EXTENSION hstore SCHEMA ext; CREATE EXTENSION pg_trgm"
            " SCHEMA ext"
        )
        conn.execute(
            "CREATE EXTENSION btree_gist SCHEMA ext; CREATE EXTENSION ltree; CREATE EXTENSION cube; CREATE EXTENSION"
            " postgres_fdw"
        )

    with connect(parse_url(url, Side.TARGET)) as conn:
        empty_database(conn)

    zoo.require_equal_scripts(zoo.schema_script(untouched), zoo.schema_script(url))
    with production.connect(url) as conn:
        assert zoo.large_objects(conn) == {}


def test_a_reader_is_enough_and_may_be_limited(production: Server, preview: Server, tmp_path: Path) -> None:
    origin, _ = _zoo(production)
    reader, target = production.create_owner(may_create_databases=False), preview.create_database()
    with production.connect(origin) as conn:
        conn.execute("SELECT lo_unlink(oid) FROM pg_largeobject_metadata")
        conn.execute(
            sql.SQL("GRANT pg_read_all_data TO {}; ALTER ROLE {} BYPASSRLS").format(*[sql.Identifier(reader)] * 2)
        )
        conn.execute(sql.SQL("ALTER ROLE {} SET statement_timeout = '50ms'").format(sql.Identifier(reader)))
        conn.execute(
            sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(
                sql.Identifier(database_of(origin))
            )
        )

    zoo.copied(production.url(database_of(origin), user=reader), target, tmp_path)

    with production.connect(origin) as before, preview.connect(target) as after:
        zoo.require_equal_contents(before, after)


def test_what_a_reader_may_not_read_is_told_at_once(production: Server, preview: Server, tmp_path: Path) -> None:
    origin, _ = _zoo(production)
    reader = production.create_owner(may_create_databases=False)
    target, url = preview.create_database(), production.url(database_of(origin), user=reader)
    with production.connect(origin) as conn:
        conn.execute(
            sql.SQL("GRANT USAGE ON SCHEMA zoo TO {}; GRANT SELECT ON ALL TABLES IN SCHEMA zoo TO {}").format(
                *[sql.Identifier(reader)] * 2
            )
        )
        conn.execute(sql.SQL("REVOKE SELECT ON zoo.egg FROM {}").format(sql.Identifier(reader)))
    with pytest.raises(
        SourceError, match=r"may not read \d+ of its tables and sequences: .*zoo\.egg.*zoo\.codes \(sequence\)"
    ):
        zoo.copied(url, target, tmp_path)
    with production.connect(origin) as conn:
        conn.execute(sql.SQL("GRANT pg_read_all_data TO {}").format(sql.Identifier(reader)))
    with pytest.raises(SourceError, match=r"row security would hide rows of 2 tables .*zoo\.empty, zoo\.hen"):
        zoo.copied(url, target, tmp_path)
    with production.connect(origin) as conn:
        conn.execute(sql.SQL("ALTER ROLE {} BYPASSRLS").format(sql.Identifier(reader)))
        conn.execute(sql.SQL("GRANT SELECT ON LARGE OBJECT 900001 TO {}").format(sql.Identifier(reader)))
    with pytest.raises(SourceError, match="may not read 2 of 3 large objects"):
        zoo.copied(url, target, tmp_path)


def test_a_standby_is_read_without_its_unlogged_tables(production: Server, preview: Server, tmp_path: Path) -> None:
    origin, _ = _zoo(production)
    target = preview.create_database()
    with standby_of(production) as standby, production.connect(origin) as primary:
        result = zoo.copied(standby(database_of(origin)), target, tmp_path)

        assert [(str(t.table.name), t.reason) for t in result.plan.tables if t.action == "empty"] == [
            ("zoo.unlogged", "unlogged: a standby does not have its rows")
        ]
        primary.execute("TRUNCATE zoo.unlogged")
        primary.execute("ALTER SEQUENCE zoo.unlogged_id_seq RESTART")
        with preview.connect(target) as after:
            zoo.require_equal_contents(primary, after)


def _zoo(server: Server) -> tuple[str, frozenset[str]]:
    """A zoo of things that take no superuser to make, and what was known of the server."""
    url = server.create_database()
    with server.connect(url) as conn:
        known = zoo.features(conn) - {"superuser"}
        zoo.build(conn, known)
    return url, known
