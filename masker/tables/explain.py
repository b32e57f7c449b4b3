"""One table of a plan, as a person reads it and as plain values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from masker.names import TableName
from masker.tables.plan import TablePlan


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
