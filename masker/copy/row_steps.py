"""The steps of the rows of one table: copies of its parts, and what both sides are asked about them."""

from __future__ import annotations

from collections.abc import Iterator

from masker.catalog.types import Table
from masker.copy.indexes import batch_of
from masker.copy.steps import CopyPart, ProveTable, WitnessTable
from masker.lanes.step import StepId
from masker.names import quote
from masker.tables.plan import TablePlan
from masker.tables.reading import MaskedTable, copied_columns, select
from masker.tables.witness import estimated_rows, witness
from masker.tables.written import written_by


def copies_of(table: Table, plan: TablePlan, read: MaskedTable) -> Iterator[CopyPart]:
    """A copy of each part of *table*, read as *read* says."""
    columns = ", ".join(quote(c.name) for c in copied_columns(table))
    options = f"FORMAT {plan.format}"
    is_bare = not read.masked and read.predicate is None and plan.parts == 1
    for part in range(plan.parts):
        first = table.pages * part // plan.parts if part else None
        # The last range is open: the file may have grown since its size was read.
        end = table.pages * (part + 1) // plan.parts if part < plan.parts - 1 else None
        query = (
            f"COPY {table.name.sql} ({columns}) TO STDOUT ({options})"
            if is_bare
            else f"COPY ({select(table, read, ctid=(first, end))}) TO STDOUT ({options})"
        )
        if not columns:
            query = f"COPY (SELECT FROM ONLY {table.name.sql}) TO STDOUT (FORMAT text)"
        # An extension's table keeps what the extension itself has put into it.
        is_whole = plan.parts == 1 and table.extension is None
        freeze = ", FREEZE" if is_whole else ""
        target = (
            f"COPY {table.name.sql} ({columns}) FROM STDIN ({options}{freeze})"
            if columns
            else f"COPY {table.name.sql} FROM STDIN (FORMAT text{freeze})"
        )
        yield CopyPart(
            id=f"copy {table.name}" + (f" {part + 1}/{plan.parts}" if plan.parts > 1 else ""),
            needs=frozenset({"schema"}),
            weight=max(1, plan.bytes // plan.parts),
            table=table.name,
            part=part + 1,
            parts=plan.parts,
            source_sql=query,
            target_sql=target,
            guard_oid=table.oid,
            is_whole=is_whole,
            rows=max(0, int(plan.rows)) // plan.parts,
            written_by=written_by(copied_columns(table), plan.format),
        )


def proof_of(
    table: Table, plan: TablePlan, done: frozenset[StepId], *, is_sample: bool, in_utf8: bool
) -> tuple[WitnessTable, ProveTable]:
    """Both sides asked about the table's rows. Without a key, or with one that is masked, all that a row holds is
    computed for every row."""
    questions = witness(table, plan, in_utf8=in_utf8)
    rows, pages = estimated_rows(table), table.pages
    if plan.taken is not None:
        # A row lies on one page, so that many of the table's are not looked at.
        rows, pages = float(plan.taken.rows), min(table.pages, plan.taken.rows)
    share = 16 if is_sample and questions.key and not questions.has_masked_key else 2
    asked = WitnessTable(
        id=f"witness {table.name}",
        batch=batch_of(table, "witness"),
        weight=plan.bytes // share,
        table=table.name,
        witness=questions,
        is_sample=is_sample,
        rows=rows,
        pages=pages,
        guard_oid=table.oid,
    )
    proved = ProveTable(
        id=f"prove {table.name}",
        needs=done | {asked.id},
        batch=batch_of(table, "prove"),
        weight=plan.bytes // share,
        table=table.name,
        witness=questions,
        is_sample=is_sample,
        rows=rows,
    )
    return asked, proved
