"""A run's document as rows: its findings, columns and tables. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def findings_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the checks found: ``check``, ``subject``, ``outcome``, ``detail``."""
    checks = (document.get("result") or {}).get("checks") or document.get("checks") or {}
    return [dict(one) for one in checks.get("findings", ())]


def columns_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every column with its decision, table by table."""
    return [
        {
            "schema": table["schema"],
            "table": table["name"],
            "shown": table["shown"],
            **{k: ", ".join(v) if isinstance(v, list) else v for k, v in column.items()},
        }
        for table in document["plan"]["tables"]
        for column in table["columns"]
    ]


def tables_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every table with what it came to, the largest first."""
    return [dict(table) for table in document.get("tables", ())]
