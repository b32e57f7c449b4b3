"""A draft as data, for whoever measures or shows it."""

from __future__ import annotations

from typing import Any

from masker.draft.model import Draft
from masker.draft.text import asks


def draft_data(draft: Draft) -> dict[str, Any]:
    """Every table with what becomes of its rows, and every column of every table with its kind and its rule."""
    return {
        "tables": [
            {"table": _name(table), "rows": table.rows, "reasons": [table.empty] if table.empty else []}
            for table in draft.tables
        ],
        "columns": [
            {
                "table": _name(table),
                "column": name,
                "kind": str(column.kind),
                "confidence": column.verdict.confidence,
                "mask": column.mask,
                "rule": column.rule,
                "look": asks(column) if not table.empty else "",
                "reasons": [f"{s.witness}: {s.reason}" for s in column.verdict.sayings],
            }
            for table in draft.tables
            for name, column in table.columns.items()
        ],
    }


def _name(table: Any) -> str:
    return f"{table.table.name.schema}.{table.table.name.name}"
