"""Large objects, copied one by one in chunks: any role may read its own, no table of theirs can be read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import psycopg
from psycopg import sql

from masker.postgres.errors import server_errors
from masker.postgres.pump import Cancelled
from masker.queries import queries
from masker.sides import Side

_SQL = queries(__name__)

_CHUNK_BYTES = 1_048_576

#: Large objects told apart up to this many; of more, thousands go together.
_MOST_NAMED = 20_000
_TOGETHER = 1000

#: Large objects digested by one statement.
_AT_ONCE = 200


def copy_large_objects(source: psycopg.Connection, target: psycopg.Connection, is_cancelled: Callable[[], bool]) -> int:
    """Create every large object of *source* on *target* under its oid, with its comment. Returns the bytes copied;
    begins anew if called again."""
    total = 0
    with server_errors(Side.SOURCE, "large objects were listed"):
        found = source.execute(
            "SELECT oid::int8, obj_description(oid, 'pg_largeobject') FROM pg_largeobject_metadata ORDER BY oid"
        ).fetchall()
    for oid, comment in found:
        if is_cancelled():
            raise Cancelled
        with target.transaction():
            target.execute("SELECT lo_unlink(oid) FROM pg_largeobject_metadata WHERE oid = %s::oid", [oid])
            target.execute("SELECT lo_create(%s::oid)", [oid])
            offset = 0
            while chunk := _read(source, oid, offset):
                target.execute("SELECT lo_put(%s::oid, %s, %b)", [oid, offset, chunk])
                offset += len(chunk)
            if comment is not None:
                target.execute(
                    sql.SQL("COMMENT ON LARGE OBJECT {} IS {}").format(sql.Literal(oid), sql.Literal(comment))
                )
            total += offset
    return total


def _read(source: psycopg.Connection, oid: int, offset: int) -> bytes:
    with server_errors(Side.SOURCE, "large objects were read"):
        row = source.execute("SELECT lo_get(%s::oid, %s, %s)", [oid, offset, _CHUNK_BYTES], binary=True).fetchone()
    return bytes(row[0]) if row else b""


#: Sizes and digests of some large objects, made on the server a chunk at a time: one may be larger than what a value
#: can be. The function that reads is volatile, which keeps a chunk from being read once for each of its uses.
_DIGESTS = _SQL["digests"]


def describe_large_objects(
    conn: psycopg.Connection, *, is_cancelled: Callable[[], bool] = lambda: False
) -> dict[str, str]:
    """A digest of each large object's content and comment by its oid, or of those of a thousand oids (``1000-1999``)
    where there are many.

    Costs reading all of them on the server.
    """
    encoding = "SQL_ASCII" if conn.info.parameter_status("server_encoding") == "SQL_ASCII" else "UTF8"
    row = conn.execute("SELECT count(*) FROM pg_largeobject_metadata").fetchone()
    width = 1 if row and row[0] <= _MOST_NAMED else _TOGETHER
    digests: dict[str, hashlib._Hash] = {}
    after = 0
    while True:
        if is_cancelled():
            raise Cancelled
        found = conn.execute(
            _DIGESTS, {"after": after, "limit": _AT_ONCE, "chunk": _CHUNK_BYTES, "encoding": encoding}
        ).fetchall()
        for oid, *said in found:
            first = oid // width * width
            name = str(oid) if width == 1 else f"{first}-{first + width - 1}"
            digests.setdefault(name, hashlib.sha256()).update(f"{oid} {said}\n".encode())
        if len(found) < _AT_ONCE:
            return {name: digest.hexdigest() for name, digest in digests.items()}
        after = found[-1][0]
