"""Which functions of the schema may read rows: what calls them is true or not by what stands in other tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, overload

import psycopg

from masker.queries import queries

_SQL = queries(__name__)

#: Functions of the schema, with their text where that does not show at once that they may read: as those in languages
#: that nobody looks into here, and those in which a query may stand. What is said of their volatility is a promise that
#: many do not keep. Those in C, and extensions', read no table of the application.
_FUNCTIONS = _SQL["functions"]

_WORD = re.compile(r"[\w$]+")


def functions_question(conn: psycopg.Connection) -> str:
    """What *conn* is asked for its functions; :func:`reading_functions` reads the answer."""
    sqlbody = "pg_get_function_sqlbody(p.oid)" if conn.info.server_version >= 140000 else "NULL"
    return _FUNCTIONS.replace("{sqlbody}", sqlbody)


def reading_functions(answer: Sequence[Sequence[Any]]) -> frozenset[int]:
    """The oids of functions that may read rows by themselves or by what they call."""
    found: list[tuple[int, str, str | None]] = [(int(oid), text(name), text(body)) for oid, name, body in answer]
    reading = {oid for oid, _, body in found if body is None}
    names = {name for oid, name, _ in found if oid in reading}
    innocent = {oid: (name, frozenset(_WORD.findall(body))) for oid, name, body in found if body is not None}
    while more := {oid for oid, (_, words) in innocent.items() if not names.isdisjoint(words)}:
        reading |= more
        names |= {innocent.pop(oid)[0] for oid in more}
    return frozenset(reading)


@overload
def text(value: str | bytes) -> str: ...
@overload
def text(value: str | bytes | None) -> str | None: ...
def text(value: str | bytes | None) -> str | None:
    """Sessions without an encoding read bytes."""
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
