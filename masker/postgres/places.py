"""Places of rows as the server sends and takes them, in binary: of millions of them the texts cost more than finding
them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

from masker.tables.places import NUMBER_BITS, Place

_TID, _TIDS = 27, 1010

#: Dimensions, whether there are NULLs, the elements' type, how many, and the first one's number.
_HEAD = struct.Struct(">iiIii")

#: Bytes of an entry, its block, its number there.
_ENTRY = struct.Struct(">iIH")
_ENTRY_BYTES = 6


@dataclass(frozen=True, slots=True)
class _Places:
    of: Sequence[Place]


class _PlacesDumper(Dumper):
    format = Format.BINARY
    oid = _TIDS

    def dump(self, obj: _Places) -> Buffer:
        pack, lower = _ENTRY.pack, 2**NUMBER_BITS - 1
        entries = [pack(_ENTRY_BYTES, place >> NUMBER_BITS, place & lower) for place in obj.of]
        return _HEAD.pack(1, 0, _TID, len(entries), 1) + b"".join(entries)


def ask_places(
    conn: psycopg.Connection, query: str, numbers: Sequence[int] = (), among: Sequence[Place] | None = None
) -> list[Place]:
    """The places that *query* selects as its only column, whose parameters are *numbers*, or the places *among* which
    it looks, a ``tid[]``. Raises psycopg.Error."""
    cursor = psycopg.RawCursor(conn)
    cursor.adapters.register_dumper(_Places, _PlacesDumper)
    parameters = [*numbers, *([_Places(among)] if among is not None else [])]
    asked = sql.SQL("SELECT array_agg(at) FROM ({}) AS r (at)").format(sql.SQL(query))
    cursor.execute(asked, parameters or None, binary=True)
    found = cursor.pgresult.get_value(0, 0) if cursor.pgresult is not None else None
    if found is None:
        return []
    entries = _ENTRY.iter_unpack(memoryview(found)[_HEAD.size :])
    return [block << NUMBER_BITS | number for _, block, number in entries]
