"""How many locks one transaction of a run may take: those of all sessions share one table of the server, and whoever
finds it full fails."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from masker.catalog.types import Table
from masker.names import TableName

#: Locks of a table with rows that is rewritten, besides those of its indexes: itself, what it stores out of line, the
#: new file of each.
_OF_ROWS = 7

#: The share of a server's locks that one transaction may take, and the share that all lanes may take beside it.
_MOST, _OTHERS = 2 / 3, 1 / 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Locks:
    """*slots* are those of the server, None for as many as it takes. *short* are the tables for which they did not
    suffice when the run began that is gone on with: how a table is masked must not change while it is half masked. None
    for a new run."""

    slots: int | None = None
    short: frozenset[TableName] | None = None

    def suffice(self, wanted: int) -> bool:
        """Whether one transaction may take *wanted* of them."""
        return self.slots is None or wanted <= self.slots * _MOST

    def are_short(self, tables: Collection[Table], masked: Collection[str]) -> bool:
        """Whether *tables* are to be masked one after the other."""
        if self.short is not None:
            return any(t.name in self.short for t in tables)
        return not self.suffice(wanted(tables, masked))

    def are_exceeded_by(self, wanted: int) -> bool:
        """Whether the server cannot offer *wanted* of them even to a transaction that is alone."""
        return self.slots is not None and wanted > self.slots

    def are_shared(self, wanted: int, lanes: int) -> bool:
        """Whether as many transactions as there are *lanes* may take *wanted* each at once."""
        return self.slots is None or wanted * lanes <= self.slots * _OTHERS

    def why(self, tables: Collection[Table], masked: Collection[str]) -> str:
        """What is said of tables that are not masked in one transaction."""
        found = wanted(tables, masked)
        if self.suffice(found):
            return (
                f"the {len(tables):,} tables of its tree took more locks in one transaction than the server offered"
                " when the run began"
            )
        return f"the {len(tables):,} tables of its tree {self.told(found)}"

    def told(self, wanted: int) -> str:
        """What is said of a transaction that takes *wanted*."""
        return f"would take about {wanted:,} locks in one transaction, of {self.slots or 0:,} that the server offers"

    def remedy(self, wanted: int) -> str:
        """What gives room for a transaction that takes *wanted*."""
        times = math.ceil(wanted / ((self.slots or 1) * _MOST))
        return f"set the server's max_locks_per_transaction to {times} times what it is, and restart it"


def wanted(tables: Iterable[Table], masked: Collection[str]) -> int:
    """About how many locks a rewrite of *tables* takes whose columns *masked* are made anew."""
    return sum(
        (_OF_ROWS if t.has_storage else 1)
        + len(t.indexes)
        + sum(not {*i.columns, *i.expression_columns}.isdisjoint(masked) for i in t.indexes)
        for t in tables
    )
