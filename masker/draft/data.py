"""A draft as data, for whoever measures or shows it."""

from __future__ import annotations

from typing import Any

from masker.draft.model import ColumnDraft, Draft, TableDraft
from masker.draft.text import asks
from masker.names import TableName


def draft_data(draft: Draft) -> dict[str, Any]:
    """Every table with what becomes of its rows, and every column of every table with its kind and its rule. Why
    somebody should look at it is the last of its reasons."""
    tables = [(name, table) for table in draft.tables for name in (table.table.name, *table.heirs)]
    return {
        "tables": [
            {"table": _written(name), "rows": table.rows, "reasons": [table.empty] if table.empty else []}
            for name, table in tables
        ],
        "columns": [
            {
                "table": _written(name),
                "column": column.column.name,
                "kind": str(column.kind),
                "confidence": column.verdict.confidence,
                "mask": column.mask,
                "rule": column.rule,
                "reasons": _reasons(table, column),
            }
            for name, table in tables
            for column in table.columns.values()
        ],
    }


def _reasons(table: TableDraft, column: ColumnDraft) -> list[str]:
    said = [f"{saying.witness}: {saying.reason}" for saying in column.verdict.sayings]
    why = "" if table.empty else asks(column)
    return [*said, *([f"look: {why}"] if why else [])]


def _written(name: TableName) -> str:
    return f"{name.schema}.{name.name}"
