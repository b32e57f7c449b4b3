"""What a hook is told of: a moment of a run, in plain values and names only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Stage = Literal["before", "restored", "published", "failed"]

STAGES: tuple[Stage, ...] = ("before", "restored", "published", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """*command* is masker's (``refresh``), *target* what the preview is called. *result* is what ``--json`` would say
    so far, *error* why the run has failed and *left* what it has left behind. *url* is that of the database that
    *stage* is about, a secret."""

    stage: Stage
    run: str
    command: str
    target: str
    url: str = field(default="", repr=False)
    result: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    left: str | None = None
    exit_code: int = 0

    @property
    def status(self) -> Literal["running", "ok", "failed"]:
        match self.stage:
            case "published":
                # A preview may be published and not be proved: --verify none.
                return "failed" if self.exit_code else "ok"
            case "failed":
                return "failed"
            case _:
                return "running"

    @property
    def figures(self) -> Figures:
        """What the run came to, as far as the result says."""
        filled = self.result.get("copy") or self.result.get("mask") or self.result
        checks = filled.get("checks") or {}
        synced = (self.result.get("sync") or {}).get("pairs") or ()
        seconds = self.result.get("seconds")
        total = seconds.get("total") if isinstance(seconds, Mapping) else seconds
        return Figures(
            rows=int(filled.get("rows") or 0),
            columns=int(filled.get("masked_columns") or 0),
            checks=int(checks.get("passed") or 0),
            seconds=float(total or 0.0),
            buckets=len(synced),
        )

    def document(self) -> dict[str, Any]:
        """For stdin of commands and for webhooks."""
        return {
            "kind": "hook",
            "stage": self.stage,
            "status": self.status,
            "run": self.run,
            "command": self.command,
            "target": self.target,
            "exit_code": self.exit_code,
            "error": self.error,
            "left": self.left,
            "result": dict(self.result),
        }

    def variables(self) -> dict[str, str]:
        """For the environment of commands. ``DATABASE_URL`` is the database that the stage is about."""
        told = {
            "MASKER_STAGE": self.stage,
            "MASKER_STATUS": self.status,
            "MASKER_RUN": self.run,
            "MASKER_COMMAND": self.command,
            "MASKER_TARGET_NAME": self.target,
            "MASKER_EXIT_CODE": str(self.exit_code),
        }
        return {**told, "DATABASE_URL": self.url} if self.url else told


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Rows copied or masked, columns masked, checks passed, seconds, buckets synced."""

    rows: int
    columns: int
    checks: int
    seconds: float
    buckets: int
