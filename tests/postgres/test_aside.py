"""New schemas beside live ones: under the live names within a transaction, and dropped with nothing that depends on
them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from masker.copy.server.aside import Aside
from masker.copy.server.beforehand import outside, replaced
from masker.copy.server.dropping import sweep_schemas
from masker.copy.server.next_schemas import make_next
from masker.names import OLD_SCHEMAS, TableName
from masker.postgres.connect import Session, connect, parse_url
from masker.postgres.pump import Cancelled
from masker.sides import Side
from tests.shop import one

_LIVE = """
CREATE EXTENSION citext;
CREATE TABLE settled (id integer PRIMARY KEY, word citext);
CREATE FUNCTION of_row(s settled) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT s.word::text';
CREATE INDEX ON settled (of_row(settled));
CREATE TABLE other (settled integer REFERENCES settled, words text);
ALTER TABLE settled ADD other integer, ADD CONSTRAINT said CHECK (of_row(settled) <> ''),
  ADD CONSTRAINT once EXCLUDE USING btree (of_row(settled) WITH =);
CREATE DOMAIN code AS text;
CREATE FUNCTION is_code(c code) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT length(c::text) < 9';
ALTER DOMAIN code ADD CONSTRAINT short CHECK (is_code(VALUE));
"""

_STANDING = "SELECT array(SELECT c.oid::regclass::text FROM pg_class c WHERE relname IN ('t', 'settled') ORDER BY 1)"
_HOME = "SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'citext'"


@pytest.fixture
def conn(database: str) -> Iterator[Session]:
    with closing(connect(parse_url(database, Side.TARGET))) as made:
        made.execute("SET search_path = public")
        made.execute(_LIVE.encode())
        made.execute("SET search_path = ''")
        yield made


def _aside(conn: Session, stop: threading.Event | None = None) -> Aside:
    what = replaced(conn, ())
    assert (what.schemas, what.extensions) == (("public",), {"citext": "public"})
    made = Aside(what.schemas, what.extensions, frozenset(), stop or threading.Event())
    make_next(conn, made, with_grants=False)
    return made


def test_names_mean_the_new_schemas_within_a_transaction_alone(conn: Session, database: str) -> None:
    aside = _aside(conn)
    with closing(psycopg.connect(database, autocommit=True)) as reader:
        with aside.within(conn):
            conn.execute("CREATE TABLE public.t (c public.citext DEFAULT 'X')")
            assert one(conn, "SELECT to_regclass('public.settled') IS NULL") is True
            assert one(reader, "SELECT to_regclass('public.settled') IS NOT NULL AND to_regclass('public.t') IS NULL")
            assert one(reader, "SELECT 'A'::citext = 'a'") is True
        assert one(conn, _STANDING) == ["masker_next_1.t", "public.settled"]
        assert one(conn, _HOME) == "public"
        assert aside.at(TableName("public", "t")) == TableName("masker_next_1", "t")

        # What goes wrong in it is as if it had not been.
        with pytest.raises(psycopg.errors.UndefinedTable), aside.within(conn):
            conn.execute("DROP TABLE public.t; SELECT FROM public.settled")
        assert one(conn, _STANDING) == ["masker_next_1.t", "public.settled"]

        with conn.transaction():
            aside.enter(conn)
        assert one(reader, "SELECT array(SELECT relname::text FROM pg_class WHERE oid = to_regclass('public.t'))") == [
            "t"
        ]
        assert one(conn, _STANDING) == ["masker_old_1.settled", "public.t"]
        assert one(conn, _HOME) == "public"


def test_no_turn_is_taken_in_a_run_that_is_being_ended(conn: Session) -> None:
    stop = threading.Event()
    aside = _aside(conn, stop)
    stop.set()
    with pytest.raises(Cancelled), aside.within(conn):
        raise AssertionError("it was not to begin")


def test_what_depends_on_a_schema_is_not_dropped_with_it(conn: Session) -> None:
    aside = _aside(conn)
    with conn.transaction():
        aside.enter(conn)
    conn.execute("CREATE SCHEMA app; CREATE VIEW app.seen AS SELECT count(*) FROM masker_old_1.settled")
    assert outside(conn, OLD_SCHEMAS) == [("view app.seen", "table masker_old_1.settled")]
    left = {one.name: one.why for one in sweep_schemas(conn) if one.why}
    assert list(left) == ["masker_old_1"]
    assert "DROP" in left["masker_old_1"]
    assert one(conn, "SELECT to_regclass('app.seen') IS NOT NULL") is True

    # Without it all goes: tables that refer to each other, and functions that an index, a check and an exclusion of
    # their own argument's table call, or the domain of their own argument.
    conn.execute("DROP VIEW app.seen")
    assert [one.name for one in sweep_schemas(conn) if one.why] == []
    assert one(conn, "SELECT array(SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'masker%')") == []
    assert one(conn, _HOME) == "public"


def test_who_holds_all_tables_is_waited_for_once(conn: Session, database: str) -> None:
    """As a backup does; what nobody holds goes."""
    conn.execute("CREATE TABLE public.free (id integer); SET lock_timeout = '1s'")
    aside = _aside(conn)
    with conn.transaction():
        aside.enter(conn)
    with closing(psycopg.connect(database)) as holder:
        holder.execute("LOCK TABLE masker_old_1.settled, masker_old_1.other IN ACCESS SHARE MODE")
        started = time.monotonic()
        (left,) = [one for one in sweep_schemas(conn) if one.why]
        assert 1 <= time.monotonic() - started < 2.5
        assert (left.name, "another session holds it" in left.why) == ("masker_old_1", True)
        assert one(conn, "SELECT to_regclass('masker_old_1.free') IS NULL") is True
        assert one(conn, "SHOW lock_timeout") == "1s"
    assert [one.name for one in sweep_schemas(conn) if one.why] == []
