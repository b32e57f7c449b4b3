"""The settings a database and its role give to every session, which decide what definitions of the schema compute.

masker's own sessions are set so that what it reads and writes does not depend on them. What the schema computes (indexes, generated columns,
materialized views) has to come out as it would for the application: there the session is given back what it would have had.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg

#: Settings masker sets that a function, a cast or a name may depend on.
_COMPUTING = (
    "search_path", "datestyle", "intervalstyle", "timezone", "extra_float_digits", "bytea_output", "xmloption", "row_security", "standard_conforming_strings",
)  # fmt: skip

#: A name that is not found is an error and no other value.
_ONLY_NAMES = frozenset({"search_path", "row_security"})

#: Values that come to the same.
_ALIKE: Mapping[tuple[str, str], str] = {
    **{("timezone", name): "UTC" for name in ("Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "GMT", "UCT", "Universal", "Zulu")},
    **{("extra_float_digits", digits): "3" for digits in ("1", "2")},
}


@contextmanager
def own_settings(conn: psycopg.Connection) -> Iterator[None]:
    """Inside, *conn*'s session has the settings of its database and role in place of masker's."""
    before = _values(conn, "setting")
    _set(conn, _values(conn, "reset_val"))
    try:
        yield
    finally:
        if not conn.closed and conn.info.transaction_status is not psycopg.pq.TransactionStatus.INERROR:
            _set(conn, before)


def differing(conn: psycopg.Connection) -> tuple[str, ...]:
    """Settings of the database or role that are not masker's and may let definitions compute other values."""
    mine, own = _values(conn, "setting"), _values(conn, "reset_val")
    return tuple(
        name for name in _COMPUTING if name in own and name not in _ONLY_NAMES and _alike(name, own[name]) != _alike(name, mine[name])
    )


def _alike(name: str, value: str) -> str:
    return _ALIKE.get((name, value), value)


def _values(conn: psycopg.Connection, which: str) -> Mapping[str, str]:
    found = conn.execute("SELECT lower(name), setting, reset_val FROM pg_settings WHERE lower(name) = ANY(%s)", [list(_COMPUTING)]).fetchall()
    return {name: (setting if which == "setting" else reset) or "" for name, setting, reset in found}


def _set(conn: psycopg.Connection, values: Mapping[str, str]) -> None:
    conn.execute("SELECT set_config(name, value, false) FROM unnest(%s::text[], %s::text[]) AS s(name, value)", [list(values), list(values.values())])
