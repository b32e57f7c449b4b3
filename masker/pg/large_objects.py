"""Large objects, copied one by one in chunks: any role may read its own, no table of theirs can be read."""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from masker.pg.pump import Cancelled

_CHUNK_BYTES = 1_048_576


def copy_large_objects(source: psycopg.Connection, target: psycopg.Connection, is_cancelled: Callable[[], bool]) -> int:
    """Create every large object of *source* on *target* under its oid. Returns the bytes copied; begins anew if called again."""
    total = 0
    oids = [row[0] for row in source.execute("SELECT oid::int8 FROM pg_largeobject_metadata ORDER BY oid").fetchall()]
    for oid in oids:
        if is_cancelled():
            raise Cancelled
        with target.transaction():
            target.execute("SELECT lo_unlink(oid) FROM pg_largeobject_metadata WHERE oid = %s::oid", [oid])
            target.execute("SELECT lo_create(%s::oid)", [oid])
            offset = 0
            while chunk := _read(source, oid, offset):
                target.execute("SELECT lo_put(%s::oid, %s, %s)", [oid, offset, chunk])
                offset += len(chunk)
            total += offset
    return total


def _read(source: psycopg.Connection, oid: int, offset: int) -> bytes:
    row = source.execute("SELECT lo_get(%s::oid, %s, %s)", [oid, offset, _CHUNK_BYTES]).fetchone()
    return bytes(row[0]) if row else b""
