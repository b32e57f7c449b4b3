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
    """How a check ended. LEFT_OUT: by what the subject is, the check can say nothing of it, as whoever reads the
    findings is told; NOT_RUN: it could, and did not."""

    PASSED = "pass"
    FAILED = "fail"
    NOT_RUN = "not-run"
    LEFT_OUT = "left-out"


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
        return self.outcome in {Outcome.PASSED, Outcome.LEFT_OUT}

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
    def left_out(self) -> int:
        return sum(f.outcome is Outcome.LEFT_OUT for f in self.all)

    @property
    def are_good(self) -> bool:
        """Whether the database is fit to be used: nothing failed, nothing was not run, and something was checked."""
        return self.passed > 0 and not self.bad

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
            "left_out": self.left_out,
            "findings": [
                {"check": f.check, "subject": f.subject, "outcome": str(f.outcome), "detail": f.detail}
                for f in self.all
            ],
        }

    def __str__(self) -> str:
        left_out = f", {self.left_out:,} left out" if self.left_out else ""
        return f"{self.passed:,} checks passed, {self.failed:,} failed, {self.not_run:,} not run{left_out}"


class FailedChecks(VerifyFailed):
    """What was filled or masked is not fit to be used; *findings* say why."""

    def __init__(self, findings: Findings) -> None:
        super().__init__(
            f"verification: {findings}",
            hint="\n".join(str(f) for f in findings.bad[:20]),
            problems=[Problem(f"{f.check} {f.subject}", f.detail) for f in findings.bad],
        )
        self.findings = findings
