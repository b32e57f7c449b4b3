"""A run's document as rows: its databases, their findings, columns and tables. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

#: What a run's document says once for all of its databases.
_OF_ALL = ("kind", "version", "of", "run", "masker", "finished_at", "seconds")


def databases_of(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The part of each database that the run has filled, as a document of its own: the first, whose name is empty, then
    further ones by their names in masker.yml."""
    yield "", {key: value for key, value in document.items() if key != "databases"}
    shared = {key: document[key] for key in _OF_ALL if key in document}
    for name, part in document.get("databases", {}).items():
        yield name, {**shared, **part}


def of_all(
    document: Mapping[str, Any], rows: Callable[[Mapping[str, Any]], list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """The *rows* of each database, which they say in ``database``."""
    return [{**row, "database": part["target"]["database"]} for _, part in databases_of(document) for row in rows(part)]


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
