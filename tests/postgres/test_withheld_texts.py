"""Whatever a server says, no row's value is passed on; what it says of objects, settings and itself is."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg
import pytest
from psycopg import pq, sql

from masker.errors import MaskerError
from masker.postgres.connect import connect, parse_url
from masker.postgres.errors import ServerFault
from masker.sides import Side
from tests.servers import MAJORS, Server, ServersByMajor, database_of

#: Classes whose texts the server itself fills with names: a function may raise with any of them.
CLASSES = [
    "08006",
    "0A000",
    "22P02",
    "23502",
    "23503",
    "23505",
    "23514",
    "23P01",
    "25006",
    "25P02",
    "28000",
    "2BP01",
    "3D000",
    "3F000",
    "40001",
    "40P01",
    "42501",
    "42601",
    "42703",
    "42704",
    "42883",
    "42P01",
    "42P07",
    "53100",
    "53200",
    "53300",
    "54000",
    "54001",
    "55000",
    "55006",
    "55P03",
    "57014",
    "57P01",
    "58030",
    "58P01",
    "P0001",
    "XX000",
    "M0001",
]

SCHEMA = """
CREATE TABLE secrets (id integer PRIMARY KEY, word text NOT NULL);
INSERT INTO secrets VALUES (1, 'canary@example.org');
CREATE FUNCTION raised(word text, state text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION E'%\\nsecond line %', word, word USING ERRCODE = state, HINT = word, DETAIL = word, SCHEMA = word,
  TABLE = word, COLUMN = word, CONSTRAINT = word, DATATYPE = word;
END $$;
CREATE FUNCTION executed(command text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN EXECUTE command; RETURN true;
END $$;
CREATE FUNCTION noticed(word text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING '%', word;
RAISE NOTICE '%', word; RETURN true; END $$;
CREATE FUNCTION inlined(word text) RETURNS regclass LANGUAGE sql AS $$ SELECT word::regclass $$;
CREATE EXTENSION hstore;
"""

#: Statements whose error quotes the row, though its class speaks of names.
QUOTING = [
    "SELECT word::regclass FROM secrets",
    "SELECT word::regtype FROM secrets",
    "SELECT word::regrole FROM secrets",
    "SELECT word::regnamespace FROM secrets",
    "SELECT word::regprocedure FROM secrets",
    "SELECT word::regconfig FROM secrets",
    "SELECT inlined(word) FROM secrets",
    "SELECT ('''' || word)::tsquery FROM secrets",
    "SELECT to_tsquery(word || ' ' || word) FROM secrets",
    "SELECT word::jsonpath FROM secrets",
    "SELECT word::hstore FROM secrets",
    "SELECT word::integer FROM secrets",
    "SELECT date_trunc(word, now()) FROM secrets",
    "SELECT date_part(word, now()) FROM secrets",
    "SELECT date_part(word, current_date) FROM secrets",
    "SELECT now() AT TIME ZONE word FROM secrets",
    "SELECT current_setting(word) FROM secrets",
    "SELECT set_config(word, 'x', true) FROM secrets",
    "SELECT query_to_xml('SELECT ' || quote_ident(word), true, true, '') FROM secrets",
    "SELECT executed('SELECT ' || quote_ident(word)) FROM secrets",
    "SELECT executed('SELECT 1 FROM ' || quote_ident(word)) FROM secrets",
    "SELECT executed('CREATE TABLE secrets () -- ' || word) FROM secrets",
    "SELECT executed('DROP DATABASE ' || quote_ident(word)) FROM secrets",
    "SELECT executed('ALTER TABLE secrets DROP COLUMN ' || quote_ident(word)) FROM secrets",
    (
        "SELECT executed('CREATE TABLE ' || quote_ident(word) || ' (); CREATE TABLE ' || quote_ident(word) || ' ()')"
        " FROM secrets"
    ),
    "SELECT nextval(word) FROM secrets",
    "SELECT pg_database_size(word) FROM secrets",
    "SELECT pg_tablespace_size(word) FROM secrets",
    "SELECT has_table_privilege(word, 'SELECT') FROM secrets",
    "SELECT has_column_privilege('secrets', word, 'SELECT') FROM secrets",
    "SELECT has_database_privilege(word, 'CONNECT') FROM secrets",
    "SELECT pg_read_file(word) FROM secrets",
    "SELECT pg_ls_dir(word) FROM secrets",
    "SELECT encode('x', word) FROM secrets",
    "SELECT convert_to('x', word) FROM secrets",
    "SELECT word COLLATE \"C\" ~ ('(' || word) FROM secrets",
    "SELECT to_char(1, '9') || 1 / (length(word) - length(word)) FROM secrets",
    "SELECT (json_populate_record(NULL::secrets, json_build_object('id', word))).id FROM secrets",
    "INSERT INTO secrets SELECT id, word FROM secrets",
    "INSERT INTO secrets SELECT 2, NULL FROM secrets",
    "CREATE TABLE numbers AS SELECT word::numeric FROM secrets",
    "ALTER TABLE secrets ALTER word TYPE integer USING word::integer",
    "DO $$ BEGIN RAISE 'canary' USING ERRCODE = 'undefined_table'; END $$",
    "DO $$ BEGIN ASSERT false, 'canary'; END $$",
    "COPY secrets FROM PROGRAM 'echo canary; echo canary'",
]

#: Statements whose error names objects, and what has to be read of it.
NAMING = [
    ("SELECT surname FROM secrets", 'column "surname" does not exist'),
    ("SELECT 1 FROM missing", 'relation "missing" does not exist'),
    ("SELECT word - 1 FROM secrets", "operator does not exist: text - integer"),
    ("SELECT nowhere(word) FROM secrets", "function nowhere(text) does not exist"),
    ("CREATE TABLE secrets ()", 'relation "secrets" already exists'),
    ("CREATE TABLE other (place geometry)", 'type "geometry" does not exist'),
    ("CREATE EXTENSION nothing_like_it", "nothing_like_it"),
    ("ALTER TABLE secrets DROP COLUMN surname", 'column "surname" of relation "secrets" does not exist'),
    (
        "INSERT INTO secrets SELECT id, word FROM secrets",
        'duplicate key value violates unique constraint "secrets_pkey"',
    ),
    ("INSERT INTO secrets SELECT 2, NULL FROM secrets", 'null value in column "word" violates not-null constraint'),
    ("SET statement_timeout = 50; SELECT pg_sleep(5)", "canceling statement due to statement timeout"),
    (
        "SET statement_timeout = 50; SELECT executed('SELECT pg_sleep(5)')",
        "canceling statement due to statement timeout",
    ),
    ("BEGIN READ ONLY; DELETE FROM secrets", "cannot execute DELETE in a read-only transaction"),
    ("SET max_connections = 5", 'parameter "max_connections" cannot be changed without restarting the server'),
    ("SELECT pg_advisory_lock(1, 2, 3)", "function pg_advisory_lock(integer, integer, integer) does not exist"),
    (
        (
            "CREATE TABLE wide AS SELECT string_agg(md5(i::text), '') AS t FROM generate_series(1, 200) i; CREATE INDEX"
            " wide_t ON wide (t)"
        ),
        'for index "wide_t"',
    ),
]


@pytest.fixture(params=MAJORS)
def url(request: pytest.FixtureRequest, servers_by_major: ServersByMajor) -> str:
    return servers_by_major[request.param].create_database()


@pytest.fixture
def conn(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as made:
        made.execute(SCHEMA)
        yield made


def told(conn: psycopg.Connection, statement: str) -> str:
    """All that masker says of the error, by either interface."""
    with pytest.raises(psycopg.Error) as raised:
        conn.execute(statement.encode())
    conn.execute("ROLLBACK; RESET statement_timeout")
    result = raised.value.pgresult
    assert result is not None
    assert result.status == pq.ExecStatus.FATAL_ERROR
    both = {
        "\n".join(fault.to_error(Side.TARGET, "it was tried").lines())
        for fault in (ServerFault.from_error(raised.value), ServerFault.from_result(result))
    }
    (said,) = both
    return said


def test_a_raised_message_is_withheld_whatever_its_state(conn: psycopg.Connection) -> None:
    for state in CLASSES:
        said = told(conn, f"SELECT raised(word, '{state}') FROM secrets")
        assert "canary" not in said, said
        assert "second line" not in said, said


@pytest.mark.parametrize("domain", [False, True], ids=["table", "domain"])
def test_a_raised_message_is_withheld_where_a_constraint_calls_it(conn: psycopg.Connection, *, domain: bool) -> None:
    for state in ("23514", "42P01", "57014"):
        if domain:
            statement = f"CREATE DOMAIN d AS text CHECK (raised(VALUE, '{state}')); SELECT word::d FROM secrets"
        else:
            statement = (
                f"CREATE TABLE checked (word text CHECK (raised(word, '{state}'))); INSERT INTO checked SELECT word"
                " FROM secrets"
            )
        said = told(conn, statement)
        assert "canary" not in said, said


def test_values_that_became_names_are_withheld(conn: psycopg.Connection) -> None:
    for statement in QUOTING:
        said = told(conn, statement)
        assert "canary" not in said, f"{statement}\n{said}"
        assert "SQLSTATE" in said, said


@pytest.mark.parametrize(("statement", "words"), NAMING)
def test_texts_about_names_are_kept(conn: psycopg.Connection, statement: str, words: str) -> None:
    assert words in told(conn, statement)


def test_texts_about_names_are_kept_in_copy(conn: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation) as raised, conn.cursor().copy("COPY secrets FROM STDIN") as copy:
        copy.write("1\tcanary\n1\tcanary\n")
    (said,) = ServerFault.from_error(raised.value).to_error(Side.TARGET, "it was filled").lines()
    assert (
        said == 'target: duplicate key value violates unique constraint "secrets_pkey" (table public.secrets constraint'
        " secrets_pkey, SQLSTATE 23505), while it was filled"
    )


def test_warnings_and_notices_are_not_told(
    conn: psycopg.Connection, url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with connect(parse_url(url, Side.SOURCE)) as session:
        session.execute("SELECT public.noticed(word) FROM public.secrets")
        session.pgconn.exec_(b"SELECT public.noticed(word) FROM public.secrets")
    said = capfd.readouterr()
    assert "canary" not in said.out + said.err


def test_a_database_in_use_is_told(servers_by_major: ServersByMajor) -> None:
    """A server says so when it has waited for five seconds; all versions do at the same time."""
    servers = [servers_by_major[major] for major in MAJORS]
    names = [database_of(server.create_database()) for server in servers]
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        for server, name in zip(servers, names, strict=True):
            stack.enter_context(server.connect(name))
        others = [stack.enter_context(server.connect()) for server in servers]
        texts = pool.map(told, others, [f'DROP DATABASE "{name}"' for name in names])
        for name, text in zip(names, texts, strict=True):
            assert f'database "{name}" is being accessed by other users' in text


def test_a_role_without_rights_is_told(server: Server) -> None:
    owner = server.create_owner()
    url = server.create_database()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE TABLE secrets (word text)")
    with psycopg.connect(server.url(database_of(url), user=owner), autocommit=True) as conn:
        assert "permission denied for table secrets" in told(conn, "SELECT word FROM secrets")
        assert "must be owner of table secrets" in told(conn, "ALTER TABLE secrets ADD x integer")


@pytest.mark.parametrize("major", [17, 18])
def test_what_a_login_trigger_raises_is_withheld(servers_by_major: ServersByMajor, major: int) -> None:
    server = servers_by_major[major]
    url = server.create_database(owner=server.create_owner())
    with server.connect(url) as conn:
        conn.execute(
            "CREATE FUNCTION gate() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'canary' USING ERRCODE ="
            " 'invalid_catalog_name'; END $$"
        )
        conn.execute("CREATE EVENT TRIGGER gate ON login EXECUTE FUNCTION gate()")
        try:
            with pytest.raises(MaskerError) as raised:
                connect(parse_url(url, Side.SOURCE))
        finally:
            conn.execute("DROP EVENT TRIGGER gate")
    said = "\n".join(raised.value.lines())
    assert "cannot connect" in said
    assert "canary" not in said
    assert "withheld" in said


def test_what_is_missing_in_a_name_of_the_connection_is_told(server: Server) -> None:
    owner = server.create_owner()
    with server.connect() as conn:
        conn.execute(sql.SQL("ALTER ROLE {} CONNECTION LIMIT 0").format(sql.Identifier(owner)))
    with pytest.raises(MaskerError, match="its connections are used up"):
        connect(parse_url(server.url(user=owner), Side.SOURCE))
