"""Fills a database with the bookshop: a Rails application whose every value is made up, and looks real."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import date
from importlib.resources import files

import psycopg
from psycopg import sql

from masker.demo import words

#: What a section of rows.sql is called, in order: for progress.
_SECTION = re.compile(r"^-- \[([a-z, ]+)\] -+\n", re.MULTILINE)

_WORD_TABLES: tuple[tuple[str, tuple[str, ...], Iterable[Sequence[str]]], ...] = (
    ("families", ("kanji", "kana", "romaji"), words.FAMILY_NAMES),
    ("givens", ("kanji", "kana", "romaji"), words.GIVEN_NAMES),
    ("foreigners", ("last_name", "first_name", "last_name_kana", "first_name_kana"), words.FOREIGN_NAMES),
    ("places", ("postal_code", "prefecture", "city", "town"), words.PLACES),
)
_WORDS: dict[str, tuple[str, ...]] = {
    "building": words.BUILDINGS,
    "subject": words.SUBJECTS,
    "form": words.FORMS,
    "publisher": words.PUBLISHERS,
    "message": words.MESSAGES,
    "browser": words.BROWSERS,
}

_SETTINGS = {
    "client_min_messages": "error",
    "synchronous_commit": "off",
    "work_mem": "128MB",
    "maintenance_work_mem": "256MB",
}

_SEQUENCES = """
    SELECT format('SELECT setval(%L, coalesce((SELECT max(%I) FROM %s), 1))', s.seqrelid::regclass::text, a.attname,
    d.refobjid::regclass::text)
    FROM pg_sequence AS s
    JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid
    AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a'
    JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
"""


def fill(url: str, *, users: int, as_of: date, progress: Callable[[str], None] = lambda _: None) -> int:
    """Create the bookshop in the empty database at *url* and return how many rows it holds.

    Everything is in proportion to *users*, about 20 rows each. The last day of its history is *as_of*; the same
    arguments give the same rows. *progress* hears what is being made. The role needs no more than ownership of the
    database.
    """
    # Closed without a word to the server: an interrupt may find a statement under way, which a rollback could not
    # follow.
    with closing(psycopg.connect(url, autocommit=True)) as conn:
        for name, value in {**_SETTINGS, "demo.users": str(users), "demo.as_of": as_of.isoformat()}.items():
            conn.execute("SELECT set_config(%s, %s, false)", [name, value])
        progress("schema")
        _run(conn, _script("schema.sql"))
        _create_words(conn)
        for name, statements in _sections(_script("rows.sql")):
            progress(name)
            _run(conn, statements)
        for (statement,) in conn.execute(_SEQUENCES).fetchall():
            _run(conn, statement)
        progress("keys and indexes")
        _run(conn, _script("keys.sql"))
        conn.execute("DISCARD TEMPORARY")
        progress("statistics")
        conn.execute("VACUUM (ANALYZE)")
        counted = conn.execute(
            "SELECT sum(greatest(reltuples, 0))::bigint FROM pg_class WHERE relkind = 'r' AND relnamespace ="
            " 'public'::regnamespace"
        )
        row = counted.fetchone()
        return int(row[0]) if row else 0


def _script(name: str) -> str:
    return (files("masker.demo") / name).read_text(encoding="utf-8")


def _sections(script: str) -> Iterable[tuple[str, str]]:
    _, *parts = _SECTION.split(script)
    return zip(parts[::2], parts[1::2], strict=True)


def _run(conn: psycopg.Connection, statements: str) -> None:
    conn.execute(statements.encode())


def _create_words(conn: psycopg.Connection) -> None:
    for table, columns, rows in _WORD_TABLES:
        _load(conn, table, ("i", *columns), [(i, *row) for i, row in enumerate(rows)])
    _load(
        conn,
        "words",
        ("i", "kind", "word"),
        [(i, kind, word) for kind, entries in _WORDS.items() for i, word in enumerate(entries)],
    )


def _load(conn: psycopg.Connection, table: str, columns: tuple[str, ...], rows: list[tuple[int | str, ...]]) -> None:
    types = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(c), sql.SQL("bigint" if c == "i" else "text")) for c in columns
    )
    conn.execute(sql.SQL("CREATE TEMPORARY TABLE {} ({})").format(sql.Identifier(table), types))
    with conn.cursor() as cursor, cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
        for row in rows:
            copy.write_row(row)
    conn.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))
