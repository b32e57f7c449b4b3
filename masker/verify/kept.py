"""What a marker keeps of a run's proofs: enough to ask the target again years later, without the source, the rules and
the masks' key."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from masker.names import TableName
from masker.tables.evidence import Evidence, Sums
from masker.tables.witness import Level, Witness

#: Numbers that the sums of all tables may come to: beyond, each table's buckets are folded into one.
_MOST_NUMBERS = 100_000

_HEAD = struct.Struct("<BQQ")  # bucket, rows, identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The database a run read. *horizon*: every transaction before it had ended when the run's snapshot was taken."""

    system_identifier: str | None
    database_oid: int
    horizon: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTable:
    """One table's proof. *columns* are those that were witnessed, *key* and *masked* numbers among them."""

    columns: tuple[str, ...]
    key: tuple[int, ...]
    masked: tuple[int, ...]
    said: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptProofs:
    """All of a run's proofs. *settings* are those of the sessions that were asked, the digests' seed among them;
    *emptied* tables must have no rows; *in_utf8* as in :class:`Witness`."""

    level: Level
    settings: Mapping[str, str]
    in_utf8: bool
    tables: Mapping[TableName, KeptTable]
    emptied: tuple[TableName, ...] = ()
    origin: Origin | None = None

    def record(self) -> dict[str, Any]:
        """As plain values, for the marker."""
        numbers = sum(len(t.said.buckets) * (len(t.columns) + 2) for t in self.tables.values())
        tables = [_table(name, t, is_folded=numbers > _MOST_NUMBERS) for name, t in sorted(self.tables.items())]
        found: dict[str, Any] = {
            "level": self.level,
            "settings": dict(self.settings),
            "in_utf8": self.in_utf8,
            "tables": tables,
        }
        found["emptied"] = [[n.schema, n.name] for n in self.emptied]
        if self.origin is not None:
            found["origin"] = [self.origin.system_identifier, self.origin.database_oid, str(self.origin.horizon)]
        return found


def kept_table(witness: Witness, said: Evidence) -> KeptTable:
    """What is kept of one table."""
    return KeptTable(columns=tuple(c.name for c in witness.columns), key=witness.key, masked=witness.masked, said=said)


def read_proofs(record: Mapping[str, Any]) -> KeptProofs | None:
    """The proofs that a marker's *record* keeps, None if it keeps none."""
    kept = record.get("proofs")
    if kept is None:
        return None
    origin = kept.get("origin")
    return KeptProofs(
        level=kept["level"],
        settings=kept["settings"],
        in_utf8=kept["in_utf8"],
        tables={TableName(t["schema"], t["name"]): _read(t) for t in kept["tables"]},
        emptied=tuple(TableName(*name) for name in kept["emptied"]),
        origin=Origin(system_identifier=origin[0], database_oid=origin[1], horizon=int(origin[2])) if origin else None,
    )


def _table(name: TableName, table: KeptTable, *, is_folded: bool) -> dict[str, Any]:
    said = table.said.folded() if is_folded else table.said
    buckets = b"".join(
        _HEAD.pack(n, s.rows, s.identity) + struct.pack(f"<{len(s.columns)}Q", *s.columns)
        for n, s in sorted(said.buckets.items())
    )
    return {
        "schema": name.schema,
        "name": name.name,
        "columns": list(table.columns),
        "key": list(table.key),
        "masked": list(table.masked),
        "rows": said.rows,
        "identity": f"{said.identity:x}",
        "sieve": said.sieve,
        "sums": base64.b64encode(buckets).decode(),
    }


def _read(table: Mapping[str, Any]) -> KeptTable:
    columns: Sequence[str] = table["columns"]
    sums = base64.b64decode(table["sums"])
    each = struct.Struct(f"<{len(columns)}Q")
    buckets = {}
    for at in range(0, len(sums), _HEAD.size + each.size):
        number, rows, identity = _HEAD.unpack_from(sums, at)
        buckets[number] = Sums(rows=rows, identity=identity, columns=each.unpack_from(sums, at + _HEAD.size))
    said = Evidence(rows=table["rows"], identity=int(table["identity"], 16), sieve=table["sieve"], buckets=buckets)
    return KeptTable(columns=tuple(columns), key=tuple(table["key"]), masked=tuple(table["masked"]), said=said)
