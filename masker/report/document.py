"""A run as one document: what was asked, what was decided, what it came to. Pure; ``version`` 1.

It holds names, figures and the words of rules, never a row's value, no password and no key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from masker.catalog.types import Server
from masker.errors import MaskerError
from masker.masks.every import MASKS
from masker.names import TableName
from masker.notes import Note
from masker.tables.plan import TablePlan
from masker.verify.evidence import columns


class Plan(Protocol):
    """What plans of copies and of masking in place have in common."""

    @property
    def tables(self) -> tuple[TablePlan, ...]: ...

    @property
    def notes(self) -> tuple[Note, ...]: ...

    @property
    def target_database(self) -> str: ...


def plan_part(plan: Plan) -> dict[str, Any]:
    """What the plan says of tables, columns and masks."""
    tables = [_table(table) for table in sorted(plan.tables, key=lambda each: each.table.name)]
    return {
        "tables": tables,
        "masks": _cards(column["mask"] for table in tables for column in table["columns"]),
        "notes": [{"subject": note.subject, "text": note.text} for note in plan.notes],
    }


def _table(plan: TablePlan) -> dict[str, Any]:
    return {
        "schema": plan.table.name.schema,
        "name": plan.table.name.name,
        "shown": str(plan.table.name),
        "action": plan.action,
        "reason": plan.reason,
        "rows_estimated": int(plan.table.rows),
        "bytes": plan.table.bytes,
        "parts": plan.parts,
        "rows_where": plan.predicate_written,
        "subset": plan.taken.reasons if plan.taken is not None else None,
        "mask_where": plan.where_written,
        "columns": columns(plan),
    }


def _cards(used: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The cards of the masks *used*: also of those of several masks by condition."""
    names = {name for each in used for name in each.replace(",", " ").split() if name in MASKS}
    return {
        name: {
            "summary": MASKS[name].summary,
            "example": MASKS[name].card.example,
            "distinct": MASKS[name].card.distinct,
            "unique": MASKS[name].card.uniqueness.value,
            "shows": MASKS[name].card.shows,
            "may_keep": MASKS[name].card.may_keep,
            "is_reversible": MASKS[name].card.is_reversible,
            "is_constant": MASKS[name].card.is_constant,
            "keeps_order": MASKS[name].card.keeps_order,
            "keeps_width": MASKS[name].card.keeps_width,
            "cost": MASKS[name].card.cost,
        }
        for name in sorted(names)
    }


def server_part(server: Server, place: str) -> dict[str, Any]:
    """One side: its database, where that is, its version."""
    return {"database": server.database, "place": place, "version": server.version_text}


def tables_part(
    plan: Plan,
    rows: Mapping[TableName, int],
    source_rows: Mapping[TableName, int],
    moved: Mapping[str, Mapping[str, float]],
) -> list[dict[str, Any]]:
    """What became of each table: rows on the source, ``before``, as it has counted them under the run's snapshot, or
    None where it has not; rows ``after``; bytes and seconds of lanes that moving them took."""
    found = []
    for table in plan.tables:
        name = table.table.name
        figures = moved.get(str(name), {})
        found.append(
            {
                "schema": name.schema,
                "name": name.name,
                "shown": str(name),
                "action": table.action,
                "before": source_rows.get(name),
                "after": rows.get(name, 0 if table.action == "empty" else None),
                "size": table.table.bytes,
                "bytes": int(figures.get("bytes", 0)),
                "seconds": figures.get("seconds"),
            }
        )
    return sorted(found, key=lambda each: (-each["size"], each["shown"]))


def error_part(error: MaskerError) -> dict[str, Any]:
    """Why a run has ended before its time."""
    return {
        "kind": type(error).__name__,
        "message": error.message,
        "hint": error.hint,
        "aftermath": error.aftermath,
        "problems": [{"subject": p.subject, "found": p.found, "hint": p.hint} for p in error.problems or ()],
    }
