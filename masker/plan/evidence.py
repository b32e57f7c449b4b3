"""What the two sides of a copy said of one table: counts and sums, no values. See :mod:`masker.plan.witness` for what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

#: Sums are kept modulo this.
MODULUS = 2**64


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Of some rows: how many there are, the sum of their identities, and of each column the sum of its digests, both modulo 2**64."""

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

    *sieve* is what rows had to pass to be proved, None if all were. *unchanged* is by number of masked column; only the source has it.
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

    def folded(self) -> Evidence:
        """The same with all buckets in one."""
        if not self.buckets:
            return self
        each = self.buckets.values()
        columns = tuple(sum(column) % MODULUS for column in zip(*(sums.columns for sums in each), strict=True))
        whole = Sums(rows=self.proved, identity=sum(sums.identity for sums in each) % MODULUS, columns=columns)
        return replace(self, buckets={0: whole})
