"""What a comparison came to: what was compared, what was left out, and one figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from masker.findings import Finding, Findings, Outcome
from masker.notes import Note

#: What ``verify --shape`` expects where nothing else is said, in percent.
EXPECTED = 95.0

#: Subjects that a finding of a verification names.
_NAMED = 3


class Part(StrEnum):
    """The three things that a preview is compared in, each with a share of its own."""

    PLANS = "plans"
    COLUMNS = "columns"
    SIZES = "sizes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One comparison. *source* and *target* are what was found on both sides, *detail* is why it is bad, *hint* what to
    write instead."""

    part: Part
    subject: str
    measure: str
    outcome: Outcome
    source: str = ""
    target: str = ""
    detail: str = ""
    hint: str = ""

    @property
    def is_good(self) -> bool:
        return self.outcome is Outcome.PASSED

    def document(self) -> dict[str, Any]:
        """It as plain values."""
        return {
            "part": str(self.part),
            "subject": self.subject,
            "measure": self.measure,
            "outcome": str(self.outcome),
            "source": self.source,
            "target": self.target,
            "detail": self.detail,
            "hint": self.hint,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of *total* comparisons of a part, or of one measure in it, are *good*; what could not be compared is
    none."""

    part: Part
    measure: str
    good: int
    total: int

    @property
    def percent(self) -> float:
        """Rounded down: 100 is all."""
        return math.floor(1000 * self.good / self.total) / 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All comparisons of *target*'s shape with *source*'s. *left_out* are tables, columns and queries that cannot be
    compared, *notes* what else is to be known."""

    source: str
    target: str
    compared: tuple[Compared, ...]
    left_out: tuple[Note, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def shares(self) -> Sequence[Share]:
        """Of each part of which anything was compared."""
        return [_share(part, "", of) for part in Part if (of := [c for c in self.compared if c.part is part])]

    @property
    def measures(self) -> Sequence[Share]:
        """Of each measure, in the order of parts."""
        found: dict[tuple[Part, str], list[Compared]] = {}
        for part in Part:
            for each in self.compared:
                if each.part is part:
                    found.setdefault((part, each.measure), []).append(each)
        return [_share(part, measure, of) for (part, measure), of in found.items()]

    @property
    def figure(self) -> float | None:
        """The lowest share in percent, so that many columns cannot make up for a plan; None if nothing was compared."""
        return min((share.percent for share in self.shares), default=None)

    def reaches(self, least: float) -> bool:
        """Whether the figure is at least that; nothing compared reaches nothing."""
        return self.figure is not None and self.figure >= least

    @property
    def bad(self) -> Sequence[Compared]:
        return [c for c in self.compared if not c.is_good]

    def document(self) -> dict[str, Any]:
        """The whole of it as plain values."""
        return {
            "kind": "shape",
            "source": self.source,
            "target": self.target,
            "figure": self.figure,
            "shares": [
                {"part": str(s.part), "good": s.good, "compared": s.total, "percent": s.percent} for s in self.shares
            ],
            "measures": [
                {"part": str(s.part), "measure": s.measure, "good": s.good, "compared": s.total, "percent": s.percent}
                for s in self.measures
            ],
            "compared": [c.document() for c in self.compared],
            "left_out": [{"subject": n.subject, "text": n.text} for n in self.left_out],
            "notes": [{"subject": n.subject, "text": n.text} for n in self.notes],
        }

    def findings(self, least: float) -> Findings:
        """A finding for each part, as a verification tells them: whether its share is *least* percent or more."""
        if not self.shares:
            return Findings(
                (
                    Finding(
                        check="shape",
                        subject="all tables",
                        outcome=Outcome.NOT_RUN,
                        detail="there was nothing to compare",
                    ),
                )
            )
        return Findings(tuple(self._finding(share, least) for share in self.shares))

    def _finding(self, share: Share, least: float) -> Finding:
        is_good = share.percent >= least
        bad = [f"{c.subject} ({c.measure})" for c in self.bad if c.part is share.part]
        more = f" and {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
        detail = (
            f"{share.percent:g} % like production's, {least:g} % expected: {', '.join(bad[:_NAMED])}{more}; `masker"
            " shape` tells all"
        )
        return Finding(
            check="shape",
            subject=f"{share.part}, {share.good:,} of {share.total:,}",
            outcome=Outcome.PASSED if is_good else Outcome.FAILED,
            detail="" if is_good else detail,
        )


def _share(part: Part, measure: str, of: Sequence[Compared]) -> Share:
    return Share(part=part, measure=measure, good=sum(c.is_good for c in of), total=len(of))
