"""What masking in place needs of the target's disk: a second copy of what is rewritten, with its indexes, until the
first is let go of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from masker.catalog.types import Table
from masker.figures import size
from masker.names import TableName


def copy_bytes(tables: Iterable[Table]) -> int:
    """Bytes of a second copy of *tables* and their indexes, by what they take now."""
    return sum(t.bytes + sum(index.bytes for index in t.indexes) for t in tables)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much of the disk may be used besides: *free_bytes*, None for as much as it takes.

    *crowded* are the tables that had no room for a copy when the run began that is gone on with: how a table is masked
    must not change while it is half masked. None for a new run, which decides by *free_bytes*.
    """

    free_bytes: int | None = None
    crowded: frozenset[TableName] | None = None

    def holds(self, tables: Sequence[Table]) -> bool:
        """Whether there is room for a copy of *tables* now."""
        return self.free_bytes is None or copy_bytes(tables) <= self.free_bytes

    def is_crowded(self, tables: Sequence[Table]) -> bool:
        """Whether *tables* are to be masked without a copy."""
        return not self.holds(tables) if self.crowded is None else any(t.name in self.crowded for t in tables)

    def why(self, tables: Sequence[Table]) -> str:
        """What is said of tables that are crowded, or that there is no room for now."""
        least = size(copy_bytes(tables))
        if self.holds(tables):
            return f"a second copy of it ({least}) did not fit when the run began"
        return f"a second copy of it ({least}) does not fit --free-space {size(self.free_bytes or 0)}"

    def at_once(self, copies: Sequence[int], lanes: int) -> int:
        """How many of *copies* (bytes) can be made at once, whichever they are: *lanes* at most, one at least."""
        largest = sorted(copies, reverse=True)[:lanes]
        if self.free_bytes is None:
            return max(1, len(largest))
        return max(1, sum(sum(largest[: n + 1]) <= self.free_bytes for n in range(len(largest))))

    def vacuum_share(self, table: Table) -> float | None:
        """The share of a table masked in batches after which its dead rows are vacuumed, so that all of it fits; None
        for never.

        An UPDATE leaves a dead copy of every row, and the rewrite that follows makes another.
        """
        whole = copy_bytes([table])
        if self.free_bytes is None or 2 * whole <= self.free_bytes or not whole:
            return None
        left = self.free_bytes - whole if self.holds([table]) else self.free_bytes / 2
        return min(0.5, max(_SMALLEST_SHARE, left / whole))


#: Each VACUUM reads every index of the table: more than fifty cost more than the batches themselves.
_SMALLEST_SHARE = 0.02


def in_turns(copies: Sequence[int], turns: int) -> list[int]:
    """A turn for each of *copies*, so that the turns are about as long; those of one turn follow each other."""
    sums = [0] * turns
    found = [0] * len(copies)
    for place in sorted(range(len(copies)), key=lambda p: -copies[p]):
        found[place] = min(range(turns), key=lambda turn: sums[turn])
        sums[found[place]] += copies[place]
    return found
