"""A plan as a person reads it, as SQL, and as one JSON document."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, assert_never

from masker.copy.steps import (
    AddCheck,
    AddForeignKey,
    Analyze,
    BuildIndex,
    CopyLargeObjects,
    CopyPart,
    CopyPlan,
    CopyStep,
    CreateSchema,
    DropLedger,
    FinishSchema,
    ProveTable,
    RefreshMaterializedView,
    SeekOriginals,
    SetSequences,
    TablePlan,
    Vacuum,
    ValidateForeignKey,
    WitnessTable,
)
from masker.names import TableName
from masker.tables.tolerated import Carried
from masker.tables.witness import sieve

_UNITS = ("B", "kB", "MB", "GB", "TB")
_SHOWN_UNMASKED = 8


def size(count: float) -> str:
    """Bytes with a unit: ``820 MB``."""
    for unit in _UNITS[:-1]:
        if count < 1024:
            return f"{count:.0f} {unit}" if unit in {"B", "kB"} or count >= 100 else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TB"


def amount(count: float) -> str:
    """A count with a unit: ``1.2 M``."""
    if count < 10_000:
        return f"{int(count):,}"
    return f"{count / 1000:.0f} k" if count < 1_000_000 else f"{count / 1_000_000:.1f} M"


def action(plan: TablePlan) -> str:
    """What happens to a table, in two words: ``mask, 4 parts``."""
    parts = f", {plan.parts} parts" if plan.parts > 1 else ""
    limited = ", some rows" if plan.predicate else ""
    as_text = ", as text" if plan.format == "text" and plan.action in {"copy", "mask"} else ""
    return f"{plan.action}{limited}{parts}{as_text}"


def details(plan: TablePlan) -> str:
    """The masked columns of a table, or why it is treated as it is."""
    if plan.masked:
        total = len(plan.masked) + len(plan.kept) + len(plan.free)
        shown = " · ".join(column.title for column in plan.masked)
        kept = f"   kept: {', '.join(plan.kept)}" if plan.kept else ""
        where = _condition("where", plan.where_written, plan.where_reads)
        return f"{shown}   {len(plan.masked)} of {total}{kept}{_condition('rows', plan.predicate_written, plan.predicate_reads)}{where}"
    return plan.reason or _condition("rows", plan.predicate_written, plan.predicate_reads).lstrip()


def _condition(word: str, written: str | None, originals: tuple[str, ...]) -> str:
    """``where not staff (by originals of email)``, spaces before it."""
    return f"   {word} {one_line(written)}" + (f" (by originals of {', '.join(originals)})" if originals else "") if written else ""


def shown_words(shown: Sequence[object]) -> str:
    """What a result says of columns that show originals: `` (1 shows originals)``."""
    return f" ({len(shown)} show{'s' if len(shown) == 1 else ''} originals)" if shown else ""


def one_line(written: str) -> str:
    """SQL as it was written, on one line."""
    return re.sub(r"\s*\n\s*", " ", written.strip())


def afterwards(plan: CopyPlan) -> str:
    """What follows the rows: ``96 indexes, 41 foreign keys, …``."""
    counts = Counter(type(step).__name__ for step in plan.steps)
    keys = sum(len(s.statements) > 0 and s.name != "keys" for s in plan.steps if isinstance(s, BuildIndex))
    sequences = sum(len(s.sequences) for s in plan.steps if isinstance(s, SetSequences))
    words = [
        (keys, "index", "indexes"),
        (counts["AddForeignKey"], "foreign key", "foreign keys"),
        (sequences, "sequence", "sequences"),
        (counts["RefreshMaterializedView"], "materialized view", "materialized views"),
    ]
    return ", ".join([f"{n} {one if n == 1 else many}" for n, one, many in words if n] + ["statistics"])


def explain(plan: CopyPlan, *, show_all: bool) -> list[tuple[str, str, str, str, str]]:
    """Rows of the plan's table: name, rows, size, action, details. Tables copied whole are cut to the largest unless *show_all*."""
    rows = []
    hidden: list[TablePlan] = []
    shown = 0
    for table in plan.tables:
        if table.action == "copy" and not table.predicate and not show_all:
            shown += 1
            if shown > _SHOWN_UNMASKED:
                hidden.append(table)
                continue
        count = amount(table.table.rows) if table.table.rows >= 0 else "?"
        rows.append((str(table.table.name), count, size(table.table.bytes), action(table), details(table)))
    if hidden:
        rows.append(
            (
                f"… {len(hidden)} more",
                amount(sum(max(0, t.table.rows) for t in hidden)),
                size(sum(t.table.bytes for t in hidden)),
                "copy",
                "as they are (--all)",
            )
        )
    return rows


def statements(plan: CopyPlan) -> Iterator[str]:
    """Every statement under the heading of its step, in an order in which they could run."""
    for step in plan.steps:
        yield f"-- {step.id}"
        yield from _statements(step)
        yield ""


def _statements(step: CopyStep) -> Iterator[str]:
    match step:
        case CreateSchema(entries=entries) | FinishSchema(entries=entries):
            for entry in entries:
                yield f"-- target: {entry}"
                yield entry.sql.rstrip()
        case CopyPart():
            yield f"-- source\n{step.source_sql};"
            yield f"-- target\n{step.target_sql};"
        case WitnessTable() | ProveTable():
            is_source = isinstance(step, WitnessTable)
            picked = sieve(step.rows) if step.is_sample else None
            for query in step.witness.questions(source=is_source, sieve=picked):
                yield f"-- {'source' if is_source else 'target'}\n{query};"
        case SeekOriginals(asked=asked):
            for query in asked.examples():
                yield f"-- source\n{query};"
        case CopyLargeObjects(count=count):
            yield f"-- {count} large objects by lo_get and lo_put"
        case BuildIndex(statements=many) | RefreshMaterializedView(statements=many) | AddCheck(statements=many):
            yield from (f"{statement};" for statement in many)
        case AddForeignKey(sql=sql) | ValidateForeignKey(sql=sql) | Vacuum(sql=sql) | Analyze(sql=sql) | DropLedger(sql=sql):
            yield f"{sql};"
        case SetSequences(sequences=names):
            yield from (f"SELECT setval('{name.sql}', …, true);" for name in names)
        case _:
            assert_never(step)


def as_document(plan: CopyPlan) -> dict[str, Any]:
    """The plan as plain values, stable from release to release; no keys, no row values."""
    return {
        "kind": "copy",
        "source": {
            "database": plan.source.database,
            "version": plan.source.version_text,
            "tables": len(plan.tables),
            "bytes": plan.bytes,
            "rows": plan.rows,
        },
        "target": {"database": plan.target_database, "version": plan.target_version, "publish": plan.publish},
        "tables": [table_document(table) for table in plan.tables],
        "notes": [{"subject": note.subject, "text": note.text} for note in plan.notes],
        "tolerated": [tolerated_document(one) for one in plan.tolerated],
        "steps": [
            {
                "id": step.id,
                "kind": type(step).__name__,
                "needs": sorted(step.needs),
                "statements": [s for s in _statements(step) if not s.startswith("-- target: ")],
            }
            for step in plan.steps
        ],
    }


def tolerated_document(one: Carried) -> dict[str, Any]:
    """Something that production's own rows break, as plain values."""
    return {"kind": one.kind, "schema": one.table.schema, "table": one.table.name, "name": one.name, "rows": one.broken, "carried_as": one.becomes}


def table_document(plan: TablePlan) -> dict[str, Any]:
    """One table of a plan as plain values."""
    name: TableName = plan.table.name
    return {
        "schema": name.schema,
        "name": name.name,
        "action": plan.action,
        "reason": plan.reason,
        "rows": int(plan.table.rows),
        "bytes": plan.table.bytes,
        "parts": plan.parts,
        "format": plan.format,
        "rows_where": plan.predicate_written,
        "mask_where": plan.where_written,
        "rows_by_originals_of": list(plan.predicate_reads),
        "mask_by_originals_of": list(plan.where_reads),
        "masked": [
            {"column": m.name, "mask": m.mask, "by": list(m.identity), "scope": m.scope, "rule": str(m.position), "expression": m.sql, "reads_own_original": m.reads_own, "shows_originals": list(m.shows)}
            for m in plan.masked
        ],
        "kept": list(plan.kept),
        "no_rule_needed": list(plan.free),
    }
