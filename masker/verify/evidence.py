"""What a run can show for itself, as plain values: what was decided of every column, how many rows there are, what the
checks found. A digest of it stands in the marker, so that a report can be held against the preview it speaks of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from masker.findings import Findings
from masker.names import TableName
from masker.tables.plan import TablePlan

#: What becomes of a column, in the words of :class:`~masker.tables.plan.TablePlan` and its action.
MASKED, KEPT, FREE, LEFT_OUT = "masked", "kept", "no rule needed", "not copied"


def columns(plan: TablePlan) -> list[dict[str, Any]]:
    """What becomes of each column of a table, in its own order: ``column``, ``fate``, ``how`` a mask is applied,
    ``mask`` and ``rule`` where one is, ``reason``, ``shows`` the columns whose originals it may show."""
    masked = {column.name: column for column in plan.masked}
    found: list[dict[str, Any]] = []
    for column in plan.table.columns:
        one: dict[str, Any] = {"column": column.name, "type": column.type.sql, "mask": "", "rule": "", "shows": []}
        if plan.action in {"empty", "skip"}:
            one |= {"fate": LEFT_OUT, "how": "", "reason": plan.reason}
        elif (how := masked.get(column.name)) is not None:
            shows = [*dict.fromkeys((*how.shows, *how.accepts))]
            one |= {"fate": MASKED, "how": how.fate, "mask": how.mask, "rule": str(how.position), "shows": shows}
            one["reason"] = how.reason or ""
        elif column.name in plan.kept:
            keeping = plan.keeping.get(column.name)
            one |= {"fate": KEPT, "how": "", "reason": (keeping.reason if keeping else "") or ""}
            one |= {"rule": str(keeping.position), "shows": list(keeping.shows)} if keeping else {}
        else:
            one |= {"fate": FREE, "how": "", "reason": _needs_none(column.generated, plan)}
        found.append(one)
    return found


def _needs_none(generated: str, plan: TablePlan) -> str:
    if generated:
        return "computed by the database from other columns"
    return plan.reason or "its type holds nothing personal"


def evidence(
    run: str, tables: Iterable[TablePlan], rows: Mapping[TableName, int], findings: Findings
) -> dict[str, Any]:
    """All of it, in an order of its own."""
    return {
        "run": run,
        "columns": sorted(
            [plan.table.name.schema, plan.table.name.name, one["column"], one["fate"], one["how"], one["reason"]]
            for plan in tables
            for one in columns(plan)
        ),
        "rows": [[name.schema, name.name, count] for name, count in sorted(rows.items())],
        "findings": sorted([f.check, f.subject, str(f.outcome), f.detail] for f in findings.all),
    }


def evidence_digest(found: Mapping[str, Any]) -> str:
    """SHA-256 of what :func:`evidence` has made, also of what was read from a file."""
    return hashlib.sha256(json.dumps(found, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
