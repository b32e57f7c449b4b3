"""Partitions that are half detached: a DETACH PARTITION … CONCURRENTLY was begun and not ended."""

from __future__ import annotations

import psycopg

from masker.names import TableName

#: The first server that detaches partitions without locking their parent.
_DETACHES_CONCURRENTLY = 140000

_FOUND = """
SELECT pn.nspname, p.relname, n.nspname, c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhdetachpending
ORDER BY 1, 2, 3, 4
"""


def half_detached(conn: psycopg.Connection) -> list[tuple[TableName, TableName]]:
    """Each such partition after its parent, in *conn*'s database. Raises psycopg.Error."""
    if conn.info.server_version < _DETACHES_CONCURRENTLY:
        return []
    return [(TableName(*row[:2]), TableName(*row[2:])) for row in conn.execute(_FOUND).fetchall()]


def finalize(parent: TableName, partition: TableName) -> str:
    """The statement that ends it."""
    return f"ALTER TABLE {parent.sql} DETACH PARTITION {partition.sql} FINALIZE"
