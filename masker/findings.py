"""What a check reports: counts and names, never values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from masker.errors import Problem, VerifyFailed

#: The check of what production's own rows break and rules let stand.
TOLERATED = "tolerated"


class Outcome(StrEnum):
    PASSED = "pass"
    FAILED = "fail"
    NOT_RUN = "not-run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The outcome of one check on one subject. *detail* says what was found and what was expected; always there unless
    passed."""

    check: str
    subject: str
    outcome: Outcome
    detail: str = ""

    @property
    def is_good(self) -> bool:
        return self.outcome is Outcome.PASSED

    def __str__(self) -> str:
        return f"{self.outcome}   {self.check}: {self.subject}" + (f": {self.detail}" if self.detail else "")


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings of a verification."""

    all: tuple[Finding, ...]

    @property
    def passed(self) -> int:
        return sum(f.outcome is Outcome.PASSED for f in self.all)

    @property
    def failed(self) -> int:
        return sum(f.outcome is Outcome.FAILED for f in self.all)

    @property
    def not_run(self) -> int:
        return sum(f.outcome is Outcome.NOT_RUN for f in self.all)

    @property
    def are_good(self) -> bool:
        """Whether the database is fit to be used: nothing failed, nothing was left out, and something was checked."""
        return bool(self.all) and all(f.is_good for f in self.all)

    @property
    def bad(self) -> Sequence[Finding]:
        return [f for f in self.all if not f.is_good]

    @property
    def told(self) -> Sequence[Finding]:
        """What is told unasked: what is bad, and what rules let stand though production's own rows break it."""
        return [f for f in self.all if not f.is_good or f.check == TOLERATED]

    def document(self) -> dict[str, Any]:
        """How many there are of each outcome, and all of them, as plain values."""
        return {
            "passed": self.passed,
            "failed": self.failed,
            "not_run": self.not_run,
            "findings": [
                {"check": f.check, "subject": f.subject, "outcome": str(f.outcome), "detail": f.detail}
                for f in self.all
            ],
        }

    def __str__(self) -> str:
        return f"{self.passed:,} checks passed, {self.failed:,} failed, {self.not_run:,} not run"


class FailedChecks(VerifyFailed):
    """What was filled or masked is not fit to be used; *findings* say why."""

    def __init__(self, findings: Findings) -> None:
        super().__init__(
            f"verification: {findings}",
            hint="\n".join(str(f) for f in findings.bad[:20]),
            problems=[Problem(f"{f.check} {f.subject}", f.detail) for f in findings.bad],
        )
        self.findings = findings
