"""How the preview stands: which run made it, when, by which rules, whether its gate is open, and how production's
schema has drifted since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from masker.catalog.read import read_catalog
from masker.catalog.types import Catalog
from masker.companion.doctor.databases import shown_age
from masker.names import TableName
from masker.postgres.connect import connect, parse_url
from masker.postgres.errors import server_errors
from masker.postgres.marker import find_marker
from masker.settings import Settings
from masker.sides import Side
from masker.verify.gate import gate_problem

_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """*problem* is why the gate is shut, None if it is open. *drift* names tables and columns that production has
    since or has no more, None where production was not asked."""

    target: str
    run: str | None
    at: datetime | None
    age: timedelta | None
    rules: str | None
    signed_by: str | None
    problem: str | None
    drift: Sequence[str] | None

    def line(self) -> str:
        """For a person."""
        if self.run is None or self.age is None:
            return f"✗ {self.target}: no run of masker has made it"
        mark = "✓" if self.problem is None else "✗"
        parts = [
            f"run {self.run}, {shown_age(self.age)} old",
            f"rules {self.rules[:12]}" if self.rules else "rules not known",
            f"signed by {self.signed_by}" if self.signed_by else "not signed",
            "gate open" if self.problem is None else f"gate shut: {self.problem}",
        ]
        if self.drift is None:
            parts.append("drift not looked at")
        elif self.drift:
            more = f" and {len(self.drift) - _SHOWN} more" if len(self.drift) > _SHOWN else ""
            parts.append(f"production has drifted: {', '.join(self.drift[:_SHOWN])}{more}")
        else:
            parts.append("production's schema is the same")
        return f"{mark} {self.target}: {' · '.join(parts)}"

    def document(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "kind": "status",
            "target": self.target,
            "run": self.run,
            "at": self.at.isoformat(timespec="seconds") if self.at is not None else None,
            "age_seconds": int(self.age.total_seconds()) if self.age is not None else None,
            "rules": self.rules,
            "signed_by": self.signed_by,
            "gate": "open" if self.problem is None and self.run is not None else "shut",
            "problem": self.problem,
            "drift": list(self.drift) if self.drift is not None else None,
        }


def status(settings: Settings) -> Status:
    """How the target of *settings* stands. Raises TargetError, SourceError where one of them does not answer."""
    target = parse_url(settings.target, Side.TARGET)
    with connect(target) as conn, server_errors(Side.TARGET, "its marker was looked at"):
        marker = find_marker(conn)
        problem = gate_problem(conn, marker, settings.key)
        row = conn.execute("SELECT at, now() - at FROM masker.run").fetchone() if marker is not None else None
    record = marker.record if marker is not None else {}
    kept = record.get("decided")
    drift: Sequence[str] | None = None
    if settings.source and kept is not None:
        with (
            connect(parse_url(settings.source, Side.SOURCE)) as conn,
            server_errors(Side.SOURCE, "its catalog was read"),
        ):
            drift = drifted(kept, read_catalog(conn))
    digests = record.get("digests") or {}
    signed = record.get("signed")
    return Status(
        target=settings.target_name or target.database,
        run=marker.run if marker is not None else None,
        at=row[0] if row else None,
        age=row[1] if row else None,
        rules=str(digests["rules"]) if "rules" in digests else None,
        signed_by=str(signed.get("by")) if isinstance(signed, dict) and signed.get("by") else None,
        problem=problem,
        drift=drift,
    )


def drifted(kept: Sequence[Sequence[Any]], catalog: Catalog) -> list[str]:
    """Tables and columns that *catalog* has and *kept*, what a run had decided, has not, with a +; the other way round
    with a -."""
    before = {TableName(schema, name): set(columns) for schema, name, _, columns in kept}
    now = {name: {column.name for column in table.columns} for name, table in catalog.tables.items()}
    found = [f"+{name}" for name in sorted(now.keys() - before.keys())]
    found += [f"-{name}" for name in sorted(before.keys() - now.keys())]
    for name in sorted(before.keys() & now.keys()):
        found += [f"+{name}.{column}" for column in sorted(now[name] - before[name])]
        found += [f"-{name}.{column}" for column in sorted(before[name] - now[name])]
    return found
