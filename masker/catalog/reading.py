"""Which functions of the schema may read rows: what calls them is true or not by what stands in other tables."""

from __future__ import annotations

import re

import psycopg

from masker.queries import queries

_SQL = queries(__name__)

#: Functions of the schema, with their text where that does not show at once that they may read: as those in languages
#: that nobody looks into here, and those in which a query may stand. What is said of their volatility is a promise that
#: many do not keep. Those in C, and extensions', read no table of the application.
_FUNCTIONS = _SQL["functions"]

_WORD = re.compile(r"[\w$]+")


def reading_functions(conn: psycopg.Connection) -> frozenset[int]:
    """The oids of functions that may read rows by themselves or by what they call. Raises psycopg.Error."""
    sqlbody = "pg_get_function_sqlbody(p.oid)" if conn.info.server_version >= 140000 else "NULL"
    found = [
        (int(oid), _text(name), None if text is None else _text(text))
        for oid, name, text in conn.execute(_FUNCTIONS.replace("{sqlbody}", sqlbody).encode()).fetchall()
    ]
    reading = {oid for oid, _, text in found if text is None}
    names = {name for oid, name, _ in found if oid in reading}
    innocent = {oid: (name, frozenset(_WORD.findall(text))) for oid, name, text in found if text is not None}
    while more := {oid for oid, (_, words) in innocent.items() if not names.isdisjoint(words)}:
        reading |= more
        names |= {innocent.pop(oid)[0] for oid in more}
    return frozenset(reading)


def _text(value: str | bytes) -> str:
    """Sessions without an encoding read bytes."""
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
