"""What a server's statistics say of columns, as numbers: no value of a row is among them."""

from __future__ import annotations

from dataclasses import dataclass

#: Values below which nothing can be said of how they repeat, and the share of values that are as common as to matter.
_FEW, _COMMON = 20, 0.01

#: Distinct values to each value below which they repeat as what belongs to something does, not by chance.
_DISTINCT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnNumbers:
    """Of one column: *null_share* (0 to 1), *width* (bytes, as stored), how many *distinct* values there are by the
    planner's estimate, and the *frequencies* of the most common ones, highest first. *empty_share* is that of the empty
    text among these."""

    null_share: float
    width: int
    distinct: float
    frequencies: tuple[float, ...] = ()
    empty_share: float = 0.0

    def repeats(self, rows: float) -> bool:
        """Whether of *rows* many have one value, or few have one of their own; those that are NULL or empty are none.

        >>> ColumnNumbers(null_share=0, width=8, distinct=400, frequencies=(0.004,)).repeats(4000)
        True
        >>> ColumnNumbers(null_share=0.2, width=8, distinct=1601, frequencies=(0.6,), empty_share=0.6).repeats(8000)
        False
        """
        values = rows * (1 - self.null_share - self.empty_share)
        if values < _FEW:
            return False
        # The empty text is no more than one of them.
        common = [share for share in self.frequencies if share != self.empty_share]
        return self.distinct < _DISTINCT * values or max(common, default=0) * rows > _COMMON * values
