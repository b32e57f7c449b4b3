"""The settings a database and its role give to every session, which decide what definitions of the schema compute.

masker's own sessions are set so that what it reads and writes does not depend on them. What the schema computes
(indexes, generated columns, materialized views) has to come out as it would for the application: there the session is
given back what it would have had.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

import psycopg

from masker.postgres.connect import READING_SETTINGS

#: Settings under which definitions are written down whole and read again by any: dates, numbers and names with nothing
#: left out.
LOSSLESS = frozenset(
    {"search_path", "datestyle", "intervalstyle", "timezone", "extra_float_digits", "bytea_output", "row_security"}
)

#: A name that is not found is an error and no other value.
_ONLY_NAMES = frozenset({"search_path", "row_security"})

#: Values that come to the same.
_ALIKE: Mapping[tuple[str, str], str] = {
    **{
        ("timezone", name): "UTC"
        for name in ("Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "GMT", "UCT", "Universal", "Zulu")
    },
    **{("extra_float_digits", digits): "3" for digits in ("1", "2")},
    **{("lc_monetary", name): "C" for name in ("POSIX", "C.UTF-8", "C.utf8")},
}


class OwnSettings:
    """What *conn*'s session has of its database and role where masker has set something else, to change between the
    two."""

    def __init__(self, conn: psycopg.Connection) -> None:
        self._conn = conn
        self._masker, self._own = _values(conn)
        self._given: Mapping[str, str] = {}

    def give(self, *, besides: Collection[str] = ()) -> None:
        """Let the session have its own, but for the settings *besides*, which stay masker's."""
        self._change({name: value for name, value in self._own.items() if name not in besides})

    def take(self) -> None:
        """Let it have masker's again."""
        self._change({})

    def _change(self, wanted: Mapping[str, str]) -> None:
        if wanted == self._given:
            return
        changed = {
            name: wanted.get(name, self._masker[name])
            for name in {*wanted, *self._given}
            if wanted.get(name) != self._given.get(name)
        }
        _set(self._conn, changed)
        self._given = wanted


@contextmanager
def own_settings(conn: psycopg.Connection, *, besides: Collection[str] = ()) -> Iterator[None]:
    """Inside, *conn*'s session has the settings of its database and role in place of masker's, but for those
    *besides*."""
    settings = OwnSettings(conn)
    settings.give(besides=besides)
    try:
        yield
    finally:
        if not conn.closed and conn.info.transaction_status is not psycopg.pq.TransactionStatus.INERROR:
            settings.take()


#: Whether anything could go by how money is written.
_HAS_MONEY = """
SELECT EXISTS (SELECT FROM pg_attribute WHERE atttypid IN ('money'::regtype, 'money[]'::regtype)) OR EXISTS (SELECT
FROM pg_proc WHERE oid >= 16384 AND prosrc ~* 'money')
"""


def differing(conn: psycopg.Connection) -> tuple[str, ...]:
    """Settings of the database or role that are not masker's and may let definitions compute other values."""
    mine, own = _values(conn)
    found = [
        name
        for name in READING_SETTINGS
        if name in own and name not in _ONLY_NAMES and alike(name, own[name]) != alike(name, mine[name])
    ]
    if "lc_monetary" in found and conn.execute(_HAS_MONEY).fetchone() == (False,):
        found.remove("lc_monetary")
    return tuple(found)


def alike(name: str, value: str) -> str:
    """*value* of the setting *name*, one for all that come to the same."""
    return _ALIKE.get((name, value), value)


def _values(conn: psycopg.Connection) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """By name what the session has, and what it would have had."""
    found = conn.execute(
        "SELECT lower(name), setting, reset_val FROM pg_settings WHERE lower(name) = ANY(%s)", [list(READING_SETTINGS)]
    ).fetchall()
    told = [(_text(name), _text(setting or ""), _text(reset or "")) for name, setting, reset in found]
    return {name: setting for name, setting, _ in told}, {name: reset for name, _, reset in told}


def _text(value: str | bytes) -> str:
    """Sessions without an encoding read bytes."""
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def _set(conn: psycopg.Connection, values: Mapping[str, str]) -> None:
    conn.execute(
        "SELECT set_config(name, value, false) FROM unnest(%s::text[], %s::text[]) AS s(name, value)",
        [list(values), list(values.values())],
    )
