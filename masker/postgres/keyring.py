"""Which seeds a session that masks in place holds, and for how long: those of the table it is at, until it is done with
it."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping

import psycopg

from masker.postgres.connect import apply_settings
from masker.sides import Side


@contextlib.contextmanager
def holding(conn: psycopg.Connection, values: Mapping[str, str], names: Collection[str]) -> Iterator[None]:
    """Inside, *conn*'s session has the settings *names* of *values*; afterwards masker's own are empty and the server's
    as before. Enter and leave it outside transactions."""
    before = _before(conn, names)
    apply_settings(conn, {name: values[name] for name in names})
    try:
        yield
    finally:
        if not conn.closed:
            # What failed meanwhile is worth more than that the session, which then ends, could not be emptied.
            with contextlib.suppress(psycopg.Error):
                apply_settings(conn, before)


def in_turn(
    conn: psycopg.Connection, values: Mapping[str, str], names: Collection[str], side: Side
) -> contextlib.AbstractContextManager[None]:
    """The same on a target, whose session holds what one table at a time needs. A source's holds all of *values* while
    its rules are tried."""
    return holding(conn, values, names) if side is Side.TARGET else contextlib.nullcontext()


def _before(conn: psycopg.Connection, names: Collection[str]) -> Mapping[str, str]:
    theirs = [name for name in names if not name.startswith("masker.")]
    found = (
        conn.execute("SELECT name, current_setting(name) FROM unnest(%s::text[]) AS n(name)", [theirs]).fetchall()
        if theirs
        else ()
    )
    return {**dict.fromkeys(names, ""), **dict(found)}
