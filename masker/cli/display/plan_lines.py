"""A plan as lines of the process's log: what it comes to, a line a table, a line a note."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from masker.buckets.plan import SyncPlan
from masker.cli.log import Level
from masker.copy.steps import CopyPlan
from masker.in_place.explain import strategy
from masker.in_place.steps import MaskPlan
from masker.notes import Note
from masker.tables.explain import action
from masker.tables.plan import TablePlan

#: What a line is of, how serious it is, and its fields.
Line = tuple[str, Level, dict[str, Any]]


def copy_lines(plan: CopyPlan) -> Iterator[Line]:
    """Of a copy."""
    yield (
        "planned",
        "info",
        {
            "kind": "copy",
            "tables": len(plan.tables),
            "columns": plan.masked_columns,
            "publish": plan.publish,
            "target": plan.target_database,
            "source": plan.source.database,
            "sample#masker.plan.rows": plan.rows,
            "sample#masker.plan.bytes": plan.bytes,
        },
    )
    for table in plan.tables:
        yield _table(table, action(table))
    yield from note_lines(plan.notes)


def mask_lines(plan: MaskPlan, notes: Sequence[Note]) -> Iterator[Line]:
    """Of masking in place."""
    yield (
        "planned",
        "info",
        {
            "kind": "mask",
            "tables": len(plan.places),
            "columns": plan.masked_columns,
            "target": plan.target_database,
            "sample#masker.plan.rows": plan.rows,
            "sample#masker.plan.bytes": plan.bytes,
        },
    )
    for place in plan.places:
        yield _table(place.plan, strategy(place))
    yield from note_lines(notes)


def sync_lines(plan: SyncPlan, stored: str, refused: str | None) -> Iterator[Line]:
    """Of one pair of buckets, beside the line that the comparison has written."""
    yield "stored", "info", {"run": plan.run, "target": str(plan.target), "plan": stored}
    yield from note_lines(plan.notes, run=plan.run)
    if refused:
        yield "refused", "warning", {"run": plan.run, "target": str(plan.target), "text": refused}


def note_lines(notes: Iterable[Note], *, run: str | None = None) -> Iterator[Line]:
    """What is to be known besides."""
    for note in notes:
        yield "note", "warning", {"run": run, "subject": note.subject, "text": note.text}


def _table(table: TablePlan, what: str) -> Line:
    rows = int(table.table.rows) if table.table.rows >= 0 else None
    return (
        "table",
        "info",
        {
            "table": str(table.table.name),
            "action": what,
            "columns": len(table.masked),
            "rows": rows,
            "bytes": table.table.bytes,
        },
    )
