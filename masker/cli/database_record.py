"""What is written down of one database of a run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from masker import __version__
from masker.report.timeline import Timeline

if TYPE_CHECKING:
    from masker.copy.run import CopyResult
    from masker.in_place.run import MaskResult
    from masker.settings import Settings


class DatabaseRecord:
    """What is written down: of its plan when that stands, of its result when it has one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.timeline = Timeline()
        self.document: dict[str, Any] = {}

    @property
    def run(self) -> str | None:
        """The name of its run, None before its plan stands."""
        return self.document.get("run")

    def hear(self, event: Any) -> None:
        from masker.copy.events import BegunAnew

        if isinstance(event, BegunAnew):
            self.timeline.restart()
        else:
            self.timeline(event)

    def begin(self, plan: Any, run: str, took_s: float = 0.0) -> None:
        from masker.postgres.connect import parse_url
        from masker.report.document import plan_part, server_part
        from masker.sides import Side

        settings = self._settings
        target = parse_url(settings.target, Side.TARGET)
        source = parse_url(settings.source, Side.SOURCE) if settings.source else None
        server = getattr(plan, "source", None)
        self.document |= {
            "run": run,
            "status": "running",
            "masker": __version__,
            "begun_at": (datetime.now(UTC) - timedelta(seconds=took_s)).isoformat(),
            "source": server_part(server, str(source)) if server is not None and source is not None else None,
            "target": {"database": plan.target_database, "place": str(target)},
            "publish": getattr(plan, "publish", "in place"),
            "verify": settings.verify,
            "rules": self._rules(),
            "plan": plan_part(plan),
        }

    def came_to(self, result: CopyResult | MaskResult, document: Mapping[str, Any]) -> None:
        from masker.report.document import plan_part, tables_part
        from masker.verify.evidence import evidence, evidence_digest

        shown = evidence(result.run, result.plan.tables, result.rows, result.findings)
        self.document["rules"] = {**self.document.get("rules", self._rules()), "signed": _plain(result.signed)}
        self.document |= {
            "plan": plan_part(result.plan),
            "result": dict(document),
            "tables": tables_part(result.plan, result.rows, getattr(result, "source_rows", {}), self.timeline.tables()),
            "timeline": self.timeline.bars(),
            "timeline_at": self.timeline.at.isoformat(),
            "evidence": shown,
            "digest": evidence_digest(shown),
            "status": "verified" if result.is_verified else "unverified",
        }

    def ended(self, status: str) -> None:
        """It is over for all of the run; what has no result by now will have none."""
        if self.run is not None:
            self.document.setdefault("timeline", self.timeline.bars())
            self.document.setdefault("timeline_at", self.timeline.at.isoformat())
            if "result" not in self.document:
                self.document["status"] = status

    def _rules(self) -> dict[str, Any]:
        """The rule files as they are now; who has signed them is known at the end."""
        from masker.verify.gate import key_id

        files = [{"path": str(path), "sha256": _digest(path)} for path in self._settings.rules]
        key = key_id(self._settings.key) if self._settings.key is not None else None
        return {"files": files, "key": key, "signed": None}


def _plain(signed: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return dict(signed) if signed is not None else None


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
