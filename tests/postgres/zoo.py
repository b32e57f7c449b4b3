"""The zoo: a database with one of everything, and what compares two databases without asking masker."""

from __future__ import annotations

import difflib
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from masker.copy.run import CopyResult, copy
from masker.copy.verify import verify_preview
from masker.demo.installation import find_postgres
from masker.findings import FailedChecks, Finding
from masker.settings import Publish, Settings
from tests.servers import database_of

_SECTION = re.compile(r"^--% needs (.*)\n", re.MULTILINE)

#: Settings under which equal values print alike on every version.
_PLAIN = (
    "SET search_path = ''; SET extra_float_digits = 3; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET"
    " bytea_output = 'hex'; SET timezone = 'UTC'"
)

#: What a dump says of itself rather than of the database, and what belongs to a session.
_NOISE = re.compile(r"^(?:-- Dumped .*|\\(?:un)?restrict .*|SET .*|-- PostgreSQL database dump.*)\n", re.MULTILINE)

#: Left out of every copy on purpose.
_LEFT_OUT = re.compile(r"^--\n-- Name: USER MAPPING .*\n--\n+CREATE USER MAPPING [^;]*;\n", re.MULTILINE)

_ADDED_IN_BULK = 64  # pages, at most

_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'masker')
AND (c.relkind = 'r' OR c.relispopulated)
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
    return tuple(
        Section(frozenset(needs.split()), script) for needs, script in zip(pieces[::2], pieces[1::2], strict=True)
    )


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
    query = (
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN"
        " ('r', 'm', 'p') AND n.nspname !~ '^pg_'"
    )
    for schema, name in _strings(conn, query):
        if name != "partly_far":  # a part of it lives on a server that is not there
            conn.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(schema, name)))


def copied(origin: str, preview: str, folder: Path, publish: Publish = "swap") -> CopyResult:
    """A copy of *origin* to *preview* that masks nothing. Fails the test with every finding that is not good."""
    try:
        return copy(_settings(origin, preview, folder, publish), lambda _event: None)
    except FailedChecks as failure:
        pytest.fail("\n".join(str(finding) for finding in failure.findings.bad))


def verified(origin: str, preview: str, folder: Path) -> Sequence[Finding]:
    """What a later verification finds wrong with a copy."""
    return verify_preview(_settings(origin, preview, folder, "swap")).bad


def _settings(origin: str, preview: str, folder: Path, publish: Publish) -> Settings:
    rules = folder / "rules.yml"
    rules.write_text("version: 1\nundecided: keep\nlarge_objects: keep\n")
    return Settings(
        source=origin, target=preview, rules=(rules,), confirm=database_of(preview), workers=4, publish=publish
    )


def require_equal_contents(before: psycopg.Connection, after: psycopg.Connection) -> None:
    """Fail with the first table whose rows differ, or the sequences or large objects that do."""
    expected, found = rows(before), rows(after)
    assert sorted(found) == sorted(expected)
    for table, lines in expected.items():
        assert found[table] == lines, table
    assert sequence_values(after) == sequence_values(before)
    assert large_objects(after) == large_objects(before)


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
        value = conn.execute(
            sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(schema, name))
        ).fetchone()
        assert value is not None
        found[f"{schema}.{name}"] = (int(value[0]), bool(value[1]))
    return found


def large_objects(conn: psycopg.Connection) -> dict[int, str]:
    """A digest of every large object, by oid."""
    answer = conn.execute(
        "SELECT oid::int8, encode(sha256(lo_get(oid)), 'hex') FROM pg_largeobject_metadata"
    ).fetchall()
    return {int(oid): str(digest) for oid, digest in answer}


def statistics(conn: psycopg.Connection) -> set[tuple[str, ...]]:
    """What the planner has statistics of: columns and indexes' expressions with those of whole families apart, and
    statistics objects."""
    version = conn.info.server_version
    inherited = "d.stxdinherit" if version >= 150000 else "false"
    query = f"""
        SELECT schemaname, tablename, attname, inherited::text FROM pg_stats WHERE schemaname NOT IN ('pg_catalog',
        'information_schema', 'masker')
        UNION ALL
        SELECT 'statistics object', e.stxname, {inherited}::text,
               concat_ws(' ', d.stxdndistinct IS NOT NULL, d.stxddependencies IS NOT NULL, d.stxdmcv IS NOT NULL)
        FROM pg_statistic_ext e JOIN pg_statistic_ext_data d ON d.stxoid = e.oid"""
    return {tuple(row) for row in conn.execute(query.encode()).fetchall()}


def not_all_visible(conn: psycopg.Connection) -> list[tuple[str, str]]:
    """Tables an index-only scan of which would have to look into the table itself. Servers from 16 on add empty pages
    in bulk, unmapped."""
    query = f"""SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'masker'
                  AND (c.relallvisible < c.relpages - {_ADDED_IN_BULK} OR c.relallvisible = 0) AND c.relpages > 0"""
    return _strings(conn, query)


def schema_script(url: str) -> str:
    """What the newest pg_dump at hand writes of the schema, sorted, without what differs by version, time or
    session."""
    done = subprocess.run(
        [
            *_program("pg_dump"),
            "--schema-only",
            "--no-owner",
            "--no-privileges",
            "--exclude-schema=masker",
            "--dbname",
            url,
        ],
        capture_output=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    assert done.returncode == 0, done.stderr.decode()
    script = re.sub(r"\n{2,}", "\n", _LEFT_OUT.sub("", _NOISE.sub("", done.stdout.decode())))
    return "".join(sorted(script.split("--\n-- Name: ")))


def restore_schema(url: str, into: str) -> None:
    """The schema of *url* restored into the empty database *into* by pg_dump and psql: what a copy should come to
    there."""
    dumped = subprocess.run(
        [*_program("pg_dump"), "--schema-only", "--no-owner", "--no-privileges", "--dbname", url],
        capture_output=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    assert dumped.returncode == 0, dumped.stderr.decode()
    done = subprocess.run([*_program("psql"), "-X", "-q", "--dbname", into], input=dumped.stdout, capture_output=True)
    errors = [
        line for line in done.stderr.decode().splitlines() if "ERROR" in line and "transaction_timeout" not in line
    ]
    assert not errors, errors


def require_equal_scripts(expected: str, found: str) -> None:
    """Fail with the lines in which two scripts differ."""
    lines = list(difflib.unified_diff(expected.splitlines(), found.splitlines(), "expected", "found", lineterm="", n=3))
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


def _program(name: str) -> Iterator[str]:
    newest = max(find_postgres())
    yield str(find_postgres()[newest] / name)


def _strings(conn: psycopg.Connection, query: str) -> list[tuple[str, str]]:
    return [(str(one), str(other)) for one, other in conn.execute(query.encode()).fetchall()]
