"""One table of a plan, as a person reads it and as plain values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from masker.figures import amount, size
from masker.names import TableName
from masker.tables.plan import TablePlan


def action(plan: TablePlan) -> str:
    """What happens to a table, in two words: ``mask, 4 parts``."""
    parts = f", {plan.parts} parts" if plan.parts > 1 else ""
    limited = ", no rows" if plan.taken is not None and not plan.taken.rows else ", some rows" if plan.predicate else ""
    as_text = ", as text" if plan.format == "text" and plan.action in {"copy", "mask"} else ""
    return f"{plan.action}{limited}{parts}{as_text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a plan's table: a table, or all that are left out. *fate* is what becomes of its rows, *brief* why,
    or which columns are masked; *columns* says what becomes of each, if that is asked for.
    """

    name: str
    rows: str
    size: str
    action: str
    fate: Literal["changed", "as it is", "none"]
    brief: str
    columns: tuple[tuple[str, str], ...] = ()


def brief(plan: TablePlan) -> str:
    """The masked columns of a table, or why it is treated as it is: ``4 of 7: email, name, phone, notes``."""
    if plan.masked:
        total = len(plan.masked) + len(plan.kept) + len(plan.free)
        masked = f"{len(plan.masked)} of {total}: {', '.join(column.name for column in plan.masked)}"
        return f"{masked}; {plan.taken.reasons}" if plan.taken is not None else masked
    if plan.taken is not None:
        return plan.taken.reasons
    return plan.reason or _condition("rows", plan.predicate_written, plan.predicate_reads)


def columns(plan: TablePlan) -> tuple[tuple[str, str], ...]:
    """What becomes of each masked column, which are kept, and of which rows: ``("name", "full_name @person by
    user_id")``."""
    found = [(column.name, column.fate) for column in plan.masked]
    if plan.kept and plan.masked:
        reasons = {name: keeping.reason for name, keeping in plan.keeping.items()}
        kept = [f"{name} ({one_line(reason)})" if (reason := reasons.get(name)) else name for name in plan.kept]
        found.append(("kept", ", ".join(kept)))
    found += [
        (word, _condition(word, written, reads).removeprefix(f"{word} "))
        for word, written, reads in (
            ("rows", plan.predicate_written, plan.predicate_reads),
            ("where", plan.where_written, plan.where_reads),
        )
        if written and (plan.masked or plan.reason)
    ]
    return tuple(found)


def _condition(word: str, written: str | None, originals: tuple[str, ...]) -> str:
    """``where not staff (by originals of email)``."""
    return (
        f"{word} {one_line(written)}" + (f" (by originals of {', '.join(originals)})" if originals else "")
        if written
        else ""
    )


def counted(table: TablePlan) -> str:
    """How many rows a table has, ``?`` where nobody has looked."""
    if table.taken is not None:
        return (
            f"{table.taken.rows:,} of {amount(table.table.rows)}" if table.table.rows >= 0 else f"{table.taken.rows:,}"
        )
    return amount(table.table.rows) if table.table.rows >= 0 else "?"


def left_out(tables: Sequence[TablePlan], what: str) -> list[Row]:
    """A line for *tables* that are not told one by one."""
    if not tables:
        return []
    rows, count = sum(max(0, table.table.rows) for table in tables), sum(table.table.bytes for table in tables)
    return [
        Row(
            name=f"… {len(tables)} more",
            rows=amount(rows),
            size=size(count),
            action=what,
            fate="as it is",
            brief="as they are (--all)",
        )
    ]


def shown_words(shown: Sequence[object]) -> str:
    """What a result says of columns that show originals: `` (1 shows originals)``."""
    return f" ({len(shown)} show{'s' if len(shown) == 1 else ''} originals)" if shown else ""


def one_line(written: str) -> str:
    """SQL as it was written, on one line."""
    return re.sub(r"\s*\n\s*", " ", written.strip())


def table_document(plan: TablePlan) -> dict[str, Any]:
    """One table of a plan as plain values."""
    name: TableName = plan.table.name
    return {
        "schema": name.schema,
        "name": name.name,
        "action": plan.action,
        "reason": plan.reason,
        "rows": int(plan.rows),
        "bytes": plan.bytes,
        "parts": plan.parts,
        "format": plan.format,
        "subset": (
            {
                "of_rows": int(plan.table.rows),
                "of_bytes": plan.table.bytes,
                "why": [{"reason": reason, "rows": count} for reason, count in plan.taken.why],
            }
            if plan.taken is not None
            else None
        ),
        "rows_where": plan.predicate_written,
        "mask_where": plan.where_written,
        "rows_by_originals_of": list(plan.predicate_reads),
        "mask_by_originals_of": list(plan.where_reads),
        "masked": [
            {
                "column": m.name,
                "mask": m.mask,
                "by": list(m.identity),
                "scope": m.scope,
                "rule": str(m.position),
                "expression": m.sql,
                "reads_own_original": m.reads_own,
                "shows_originals": list(m.shows),
                "null": m.null or "keep",
                "null_share": m.share,
                "unique": m.is_unique,
                "reason": m.reason,
                "conditions": [f"{word} {one_line(text)}" for word, text in m.conditions],
                "conditions_by_originals_of": list(m.goes_by),
            }
            for m in plan.masked
        ],
        "kept": list(plan.kept),
        "kept_because": {name: keeping.reason for name, keeping in plan.keeping.items() if keeping.reason},
        "no_rule_needed": list(plan.free),
    }
