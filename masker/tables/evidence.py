"""What the two sides of a copy said of one table: counts and sums, no values. See :mod:`masker.tables.witness` for what
was asked."""

from __future__ import annotations

import base64
import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

#: Sums are kept modulo this.
MODULUS = 2**64


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Of some rows: how many there are, the sum of their identities, and of each column the sum of its digests, both
    modulo 2**64."""

    rows: int
    identity: int
    columns: tuple[int, ...]

    def of_same_rows(self, other: Sums) -> bool:
        """Whether both are over the same rows, whatever these hold."""
        return (self.rows, self.identity) == (other.rows, other.identity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """Of one masked column: originals that tell something, and those of them that the mask leaves as they are."""

    compared: int
    same: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one side said: *rows* and *identity* are of all rows, *buckets* of those that were proved.

    *sieve* is what rows had to pass to be proved, None if all were. *unchanged* is by number of masked column; only the
    source has it.
    """

    rows: int
    identity: int
    sieve: int | None
    buckets: Mapping[int, Sums]
    unchanged: Mapping[int, Unchanged] = field(default_factory=dict)

    @property
    def proved(self) -> int:
        """How many rows were proved."""
        return sum(sums.rows for sums in self.buckets.values())

    def of_proved(self) -> Evidence:
        """The same as if the rows that were proved were all there are."""
        identity = sum(sums.identity for sums in self.buckets.values()) % MODULUS
        return replace(self, rows=self.proved, identity=identity, sieve=None)

    def folded(self) -> Evidence:
        """The same with all buckets in one."""
        if not self.buckets:
            return self
        each = self.buckets.values()
        columns = tuple(sum(column) % MODULUS for column in zip(*(sums.columns for sums in each), strict=True))
        whole = Sums(rows=self.proved, identity=sum(sums.identity for sums in each) % MODULUS, columns=columns)
        return replace(self, buckets={0: whole})

    def document(self) -> dict[str, Any]:
        """As plain values, sums packed."""
        width = len(next(iter(self.buckets.values())).columns) if self.buckets else 0
        each = struct.Struct(f"<BQQ{width}Q")
        sums = b"".join(each.pack(number, s.rows, s.identity, *s.columns) for number, s in sorted(self.buckets.items()))
        unchanged = [[at, found.compared, found.same] for at, found in sorted(self.unchanged.items())]
        return {
            "rows": self.rows,
            "identity": str(self.identity),
            "sieve": self.sieve,
            "width": width,
            "sums": base64.b64encode(sums).decode(),
            "unchanged": unchanged,
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Evidence:
        """From :meth:`document`."""
        each = struct.Struct(f"<BQQ{document['width']}Q")
        buckets = {
            number: Sums(rows=rows, identity=identity, columns=tuple(columns))
            for number, rows, identity, *columns in each.iter_unpack(base64.b64decode(document["sums"]))
        }
        return cls(
            rows=document["rows"],
            identity=int(document["identity"]),
            sieve=document["sieve"],
            buckets=buckets,
            unchanged={at: Unchanged(compared=compared, same=same) for at, compared, same in document["unchanged"]},
        )


def together(said: Iterable[Evidence], sieve: int | None) -> Evidence:
    """Of all rows what was *said* of parts of them; *sieve* is that of the whole."""
    rows = identity = 0
    buckets: dict[int, Sums] = {}
    compared: dict[int, int] = defaultdict(int)
    same: dict[int, int] = defaultdict(int)
    for part in said:
        rows, identity = rows + part.rows, (identity + part.identity) % MODULUS
        for number, sums in part.buckets.items():
            before = buckets.get(number)
            buckets[number] = sums if before is None else _sum(before, sums)
        for at, found in part.unchanged.items():
            compared[at] += found.compared
            same[at] += found.same
    unchanged = {at: Unchanged(compared=compared[at], same=same[at]) for at in compared}
    return Evidence(rows=rows, identity=identity, sieve=sieve, buckets=buckets, unchanged=unchanged)


def _sum(one: Sums, other: Sums) -> Sums:
    columns = tuple((a + b) % MODULUS for a, b in zip(one.columns, other.columns, strict=True))
    return Sums(rows=one.rows + other.rows, identity=(one.identity + other.identity) % MODULUS, columns=columns)
