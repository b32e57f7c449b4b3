"""What happens during a delta, told to a listener beside what a copy tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from masker.copy.events import CopyEvent
from masker.names import TableName


@dataclass(frozen=True, slots=True)
class DeltaBegun:
    """What has changed since run *since* is brought to *database*."""

    run: str
    since: str
    database: str
    tables: int


@dataclass(frozen=True, slots=True)
class TakenAgain:
    """All rows of a table are written, for the *reason* that is told."""

    table: TableName
    reason: str


@dataclass(frozen=True, slots=True)
class TableChanged:
    """Rows written to a table and deleted from it; others do not see that yet."""

    table: TableName
    written: int
    deleted: int
    bytes: int


@dataclass(frozen=True, slots=True)
class FullInstead:
    """Everything is copied, for *reason*."""

    reason: str


DeltaEvent = CopyEvent | DeltaBegun | TakenAgain | TableChanged | FullInstead
Listener = Callable[[DeltaEvent], None]
