"""Digests: equal for equal values on every server, another one for every other value, whatever the type."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from masker.catalog.read import read_catalog
from masker.catalog.types import Catalog
from masker.names import TableName
from masker.postgres.connect import connect, parse_url
from masker.sides import Side
from masker.tables.digest import seed_setting, value_digest
from masker.tables.plan import TablePlan
from masker.tables.witness import SEED_SETTING, Witness, witness
from tests.postgres import zoo
from tests.servers import Server, ServersByMajor

_SETTINGS = {SEED_SETTING: "-7046029254386353131"}

_TYPES = """
CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE pair AS (a integer, b text);
CREATE TYPE nested AS (one pair, many mood[]);
CREATE DOMAIN short AS varchar(10);
CREATE DOMAIN words AS text[];
CREATE DOMAIN day AS date;
CREATE DOMAIN amount AS numeric(12, 2);
CREATE FUNCTION says_nothing(mood) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ''::text $$;
CREATE CAST (mood AS text) WITH FUNCTION says_nothing(mood);
"""

#: Values no two of which may be taken for each other, by type. All of a line are different, and so is NULL.
_DIFFERENT: dict[str, tuple[str, ...]] = {
    "smallint": ("0", "1", "-1", "32767"),
    "integer": ("0", "1", "-1", "-2147483648"),
    "bigint": (
        "0",
        "1",
        "-1",
        "4294967296",
        "4294967297",
        "8589934593",
        "-4294967296",
        "9223372036854775807",
        "-9223372036854775808",
    ),
    "numeric": ("0", "0.0", "1", "-1", "1.0", "1.00", "10", "100", "NaN", "0.1"),
    "real": ("0", "-0", "1.1", "1.1000001", "NaN", "Infinity", "-Infinity"),
    "double precision": ("0", "-0", "0.1", "0.30000000000000004", "0.3", "NaN", "Infinity", "-Infinity"),
    "money": ("1.00", "-1.00", "100.00", "0.01"),
    "boolean": ("true", "false"),
    "text": ("", " ", "a", "A", "a ", "\u00e9", "e\u0301", "<NULL>"),
    "varchar(5)": ("", "a", "a ", " a"),
    "char(5)": ("", "a", " a"),
    "bpchar": ("", "a", "a ", "a  "),
    '"char"': ("a", "b", ""),
    "name": ("a", "b"),
    "citext": ("a", "A", "a "),
    "short": ("", "a", "b"),
    "uuid": (
        "00000000-0000-0000-0000-000000000000",
        "00000000-0000-0000-0000-000000000001",
        "10000000-0000-0000-0000-000000000000",
    ),
    "date": ("2000-01-01", "2000-01-02", "2000-01-01 BC", "5874897-12-31", "infinity", "-infinity"),
    "day": ("2000-01-01", "2000-01-02"),
    "timestamp": ("2000-01-01", "2000-01-01 00:00:00.000001", "2000-01-01 BC", "294276-12-31", "infinity", "-infinity"),
    "timestamptz": (
        "2000-01-01",
        "2000-01-01 00:00:00.000001",
        "2000-01-01 BC",
        "294276-12-31",
        "infinity",
        "-infinity",
    ),
    "time": ("00:00", "24:00", "12:00:00.000001"),
    "timetz": ("12:00+00", "13:00+01", "12:00+01"),
    "interval": ("1 day", "24 hours", "1 month", "30 days", "-1 day", "1 mon -1 day", "00:00:00.000001"),
    "inet": ("10.0.0.1", "10.0.0.1/24", "10.0.0.2", "::1"),
    "cidr": ("10.0.0.0/8", "10.0.0.0/9", "::/0"),
    "macaddr": ("08:00:2b:01:02:03", "08:00:2b:01:02:04"),
    "json": ("{}", "{ }", '{"a":1}', '{"a": 1}', "null", '{"a":1,"a":2}'),
    "jsonb": ("{}", "[]", "null", '{"a": 1}', '{"a": 1.0}', '{"a": "1"}', "[[1], 2]", "[1, [2]]"),
    "xml": ("<a/>", "<b/>", "<a></a>"),
    "bytea": ("", "\\x00", "\\x0000", "a", "\\xff"),
    "bit(3)": ("000", "001"),
    "varbit": ("", "0", "00", "1"),
    "mood": ("sad", "happy"),
    "pair": ("(,)", "(1,)", '(,"")', '(1,"a b")'),
    "nested": ("(,)", '("(1,a)",{sad})', '("(1,a)",{happy})'),
    "hstore": ("", "a=>1", "a=>NULL", 'a=>"NULL"'),
    "ltree": ("", "a", "a.b"),
    "int4range": ("empty", "[1,2)", "[1,3)", "[1,)"),
    "numrange": ("[1,2)", "[1,2]", "[1.0,2)"),
    "tstzrange": ("empty", "[2000-01-01,)", "[2000-01-01,infinity)"),
    "integer[]": ("{}", "{1}", "{{1}}", "{NULL}", "[2:2]={1}"),
    "text[]": ("{}", "{a}", "{NULL}", '{"NULL"}', '{"a,b"}', "{a,b}"),
    "mood[]": ("{}", "{sad}", "{happy}"),
    "pair[]": ("{}", '{"(1,a)"}', '{"(1,b)"}'),
    "words": ("{}", "{a}"),
    "amount": ("1", "-1", "1.01"),
    "point": ("(0,0)", "(-0,0)", "(0,1)"),
    "box": ("(1,1),(0,0)", "(2,2),(0,0)"),
    "tsvector": ("", "a", "a:1", "b"),
    "tsquery": ("", "a", "a & b"),
    "pg_lsn": ("0/0", "0/1"),
    "oid": ("1", "2"),
    "regtype": ("integer", "text"),
}


def _columns(conn: psycopg.Connection, table: str) -> Witness:
    found = read_catalog(conn).tables[TableName("public", table)]
    return witness(found, TablePlan(table=found, action="copy"))


def _session(url: str, settings: dict[str, str] | None = None) -> psycopg.Connection:
    return connect(parse_url(url, Side.TARGET), settings={**_SETTINGS, **(settings or {})})


Digests = dict[str, list[int | None]]


@pytest.fixture(scope="module")
def digests_by_version(running_servers: ServersByMajor) -> Iterator[dict[int, Digests]]:
    """By major version and type, the digests of all values and, last, of NULL. Servers built without XML lack that
    type."""
    yield {major: _digests(running_servers[major]) for major in (15, 17, 18)}
    running_servers.give_back()


def _digests(server: Server) -> Digests:
    url = server.create_database()
    with server.connect(url) as conn:
        known = zoo.features(conn)
        types = [name for name in _DIFFERENT if name != "xml" or "xml" in known]
        conn.execute(_TYPES.encode())
        defined = ", ".join(f"c{at} {name}" for at, name in enumerate(types))
        conn.execute(f"CREATE TABLE everything (n integer, {defined})".encode())
        for at, name in enumerate(types):
            for n, value in enumerate([*_DIFFERENT[name], None]):
                conn.execute(f"INSERT INTO everything (n, c{at}) VALUES (%s, %s)".encode(), [at * 100 + n, value])
    with _session(url) as conn:
        columns = {c.name: c for c in _columns(conn, "everything").columns}
        found: Digests = {}
        for at, name in enumerate(types):
            digest = value_digest(f"c{at}", columns[f"c{at}"].type, seed_setting(SEED_SETTING))
            rows = conn.execute(
                f"SELECT {digest} FROM public.everything WHERE n / 100 = {at} ORDER BY n".encode()
            ).fetchall()
            found[name] = [row[0] for row in rows]
    return found


@pytest.mark.parametrize("name", _DIFFERENT)
def test_no_two_values_of_a_type_share_a_digest_and_null_has_none(
    digests_by_version: dict[int, Digests], name: str
) -> None:
    *digests, null = digests_by_version[15][name]

    assert None not in digests
    assert len(set(digests)) == len(_DIFFERENT[name])
    assert null is None


@pytest.mark.parametrize("name", _DIFFERENT)
def test_digests_are_the_same_on_every_version(digests_by_version: dict[int, Digests], name: str) -> None:
    for digests in digests_by_version.values():
        assert digests.get(name, digests_by_version[15][name]) == digests_by_version[15][name]


@pytest.mark.parametrize(("source_major", "target_major"), [(15, 17), (17, 18), (18, 15)])
def test_equal_tables_have_equal_sums_on_two_versions(
    servers_by_major: ServersByMajor, tmp_path: Path, source_major: int, target_major: int
) -> None:
    source, target = servers_by_major[source_major], servers_by_major[target_major]
    origin, preview = source.create_database(), target.create_database()
    with source.connect(origin) as conn, target.connect() as other:
        zoo.build(conn, zoo.features(conn) & zoo.features(other))
    zoo.copied(origin, preview, tmp_path)

    with _session(origin) as before, _session(preview) as after:
        catalog = read_catalog(before)
        compared = [name for name, table in catalog.tables.items() if table.has_storage and table.extension is None]
        assert len(compared) > 40
        for name in compared:
            assert _sums(before, catalog, name) == _sums(after, catalog, name), name


def test_texts_of_two_encodings_are_compared_by_their_characters(servers_by_major: ServersByMajor) -> None:
    server = servers_by_major[15]
    urls = [server.create_database(), server.create_database()]
    with server.connect() as conn:
        name = urls[1].rpartition("/")[2]
        conn.execute(f"DROP DATABASE {name}".encode())
        conn.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'".encode())
    for url in urls:
        with server.connect(url) as conn:
            conn.execute("CREATE TABLE words (id text PRIMARY KEY, t text, a text[])")
            conn.execute("INSERT INTO words VALUES ('schön', 'æther', '{é}')")
    found = []
    for url in urls:
        with _session(url) as conn:
            table = read_catalog(conn).tables[TableName("public", "words")]
            query = witness(table, TablePlan(table=table, action="copy"), in_utf8=True).proof_sql(
                source=False, picked=False
            )
            found.append(conn.execute(query.encode()).fetchall())

    assert found[0] == found[1]


def _sums(conn: psycopg.Connection, catalog: Catalog, name: TableName) -> list[tuple[object, ...]]:
    table = catalog.tables[name]
    of = witness(table, TablePlan(table=table, action="copy"))
    return sorted(conn.execute(of.proof_sql(source=False, picked=False).encode()).fetchall())
