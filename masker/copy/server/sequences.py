"""Sequences set to what the source's have come to."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql

from masker.names import TableName

#: Sequences set by one statement, which locks each.
_AT_ONCE = 100

_SET = (
    "SELECT setval(name::regclass, value, is_called) FROM unnest(%s::text[], %s::int8[], %s::bool[]) AS s(name, value,"
    " is_called)"
)


def set_sequences(
    conn: psycopg.Connection, values: Mapping[TableName, tuple[int, bool]], *, restart: bool = False
) -> None:
    """Set each to its value, and whether that was given out. Raises psycopg.Error.

    What ``setval`` does is not taken back with the transaction, unless the sequence begins anew in it: *restart*.
    """
    if restart:
        for name in values:
            conn.execute(sql.SQL("ALTER SEQUENCE {} RESTART").format(sql.Identifier(name.schema, name.name)))
    told = [(name.sql, value, is_called) for name, (value, is_called) in values.items()]
    for at in range(0, len(told), _AT_ONCE):
        conn.execute(_SET, [list(each) for each in zip(*told[at : at + _AT_ONCE], strict=True)])
