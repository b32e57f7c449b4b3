"""The zoo: a database with one of everything, and what compares two databases without asking masker."""

from __future__ import annotations

import difflib
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from masker.demo.installation import find_postgres

_SECTION = re.compile(r"^--% needs (.*)\n", re.MULTILINE)

#: Settings under which equal values print alike on every version.
_PLAIN = "SET search_path = ''; SET extra_float_digits = 3; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex'; SET timezone = 'UTC'"

#: What a dump says of itself rather than of the database, and what belongs to a session.
_NOISE = re.compile(r"^(?:-- Dumped .*|\\(?:un)?restrict .*|SET .*|-- PostgreSQL database dump.*)\n", re.MULTILINE)

#: Left out of every copy on purpose.
_LEFT_OUT = re.compile(r"^--\n-- Name: USER MAPPING .*\n--\n+CREATE USER MAPPING [^;]*;\n", re.MULTILINE)

_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'masker') AND (c.relkind = 'r' OR c.relispopulated)
ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of zoo.sql and what a server must have for it."""

    needs: frozenset[str]
    script: str


@cache
def sections() -> tuple[Section, ...]:
    """zoo.sql, cut at its headings."""
    _, *pieces = _SECTION.split(Path(__file__).with_suffix(".sql").read_text())
    return tuple(Section(frozenset(needs.split()), script) for needs, script in zip(pieces[::2], pieces[1::2], strict=True))


def features(conn: psycopg.Connection) -> frozenset[str]:
    """Everything of which zoo.sql may speak and that the server of *conn* has."""
    found = {str(major) for major in range(13, conn.info.server_version // 10000 + 1)}
    if _holds(conn, "SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"):
        found.add("lz4")
    if _holds(conn, "SELECT count(*) > 100 FROM pg_collation WHERE collprovider = 'i'"):
        found.add("icu")
    if _holds(conn, "SELECT xmlparse(CONTENT '<a/>') IS NOT NULL"):
        found.add("xml")
    if _holds(conn, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        found.add("superuser")
    return frozenset(found)


def _holds(conn: psycopg.Connection, question: str) -> bool:
    try:
        row = conn.execute(question.encode()).fetchone()
    except psycopg.errors.FeatureNotSupported:
        return False
    return bool(row and row[0])


def build(conn: psycopg.Connection, known: frozenset[str]) -> None:
    """Make those sections of the zoo that need nothing but *known*, and let the planner look at them."""
    for section in sections():
        if section.needs <= known:
            conn.execute(section.script.encode())
    conn.execute("RESET ALL")
    with_statistics = _strings(conn, _TABLES)
    for schema, name in with_statistics:
        conn.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(schema, name)))


def rows(conn: psycopg.Connection) -> dict[tuple[str, str], list[bytes]]:
    """All rows of all tables and filled materialized views as COPY prints them, sorted."""
    conn.execute(_PLAIN.encode())
    found = {}
    for schema, name in _strings(conn, _TABLES):
        query = sql.SQL("COPY (SELECT * FROM ONLY {}) TO STDOUT").format(sql.Identifier(schema, name))
        with conn.cursor() as cursor, cursor.copy(query) as copy:
            found[schema, name] = sorted(bytes(block) for block in copy)
    return found


def sequence_values(conn: psycopg.Connection) -> dict[str, tuple[int, bool]]:
    """``last_value`` and ``is_called`` of every sequence."""
    query = """SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE relkind = 'S' AND n.nspname <> 'masker' ORDER BY 1, 2"""
    found = {}
    for schema, name in _strings(conn, query):
        value = conn.execute(sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(schema, name))).fetchone()
        assert value is not None
        found[f"{schema}.{name}"] = (int(value[0]), bool(value[1]))
    return found


def large_objects(conn: psycopg.Connection) -> dict[int, str]:
    """A digest of every large object, by oid."""
    answer = conn.execute("SELECT oid::int8, encode(sha256(lo_get(oid)), 'hex') FROM pg_largeobject_metadata").fetchall()
    return {int(oid): str(digest) for oid, digest in answer}


def schema_script(url: str) -> str:
    """What the newest pg_dump at hand writes of the schema, sorted, without what differs by version, time or session."""
    done = subprocess.run(
        [*_program("pg_dump"), "--schema-only", "--no-owner", "--no-privileges", "--exclude-schema=masker", "--dbname", url],
        capture_output=True, env={**os.environ, "LC_ALL": "C"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    script = re.sub(r"\n{2,}", "\n", _LEFT_OUT.sub("", _NOISE.sub("", done.stdout.decode())))
    return "".join(sorted(script.split("--\n-- Name: ")))


def restore_schema(url: str, into: str) -> None:
    """The schema of *url* restored into the empty database *into* by pg_dump and psql: what a copy should come to there."""
    dumped = subprocess.run(
        [*_program("pg_dump"), "--schema-only", "--no-owner", "--no-privileges", "--dbname", url], capture_output=True, env={**os.environ, "LC_ALL": "C"}
    )  # fmt: skip
    assert dumped.returncode == 0, dumped.stderr.decode()
    done = subprocess.run([*_program("psql"), "-X", "-q", "--dbname", into], input=dumped.stdout, capture_output=True)
    errors = [line for line in done.stderr.decode().splitlines() if "ERROR" in line and "transaction_timeout" not in line]
    assert not errors, errors


def require_equal(expected: str, found: str) -> None:
    """Fail with the lines in which two scripts differ."""
    lines = list(difflib.unified_diff(expected.splitlines(), found.splitlines(), "expected", "found", lineterm="", n=3))
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


def _program(name: str) -> Iterator[str]:
    newest = max(find_postgres())
    yield str(find_postgres()[newest] / name)


def _strings(conn: psycopg.Connection, query: str) -> list[tuple[str, str]]:
    return [(str(one), str(other)) for one, other in conn.execute(query.encode()).fetchall()]
