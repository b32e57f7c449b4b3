"""What the checks of a run came to, from its document. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

#: What a check sees, in a few words.
_CHECKS = {
    "rows": "as many rows as production had under the run's snapshot, or as before",
    "identity": "no row lost, twice, or of others",
    "proof": "each column holds what production and the rules make of it",
    "masked": "no mask left an original",
    "originals": "no kept column shows an original",
    "unique": "nothing stands twice where the rules say so",
    "rules": "what was done is what the rule files say",
    "schema": "every object is production's, or as before",
    "constraints": "constraints are valid",
    "foreign keys": "no row refers to one that is not there",
    "sequences": "sequences stand where production's did",
    "views": "views are filled from masked rows",
    "computed": "computed values and indexes are right",
    "statistics": "the planner knows each table",
    "leftovers": "nothing of the run is left but its marker",
    "residue": "no dead rows or statistics keep originals",
    "rewritten": "rewritten tables have new files",
    "sessions": "nobody else was connected meanwhile",
    "privileges": "privileges are production's",
    "large objects": "each has production's bytes",
    "tolerated": "nothing more is broken than in production",
}


def checks(findings: Sequence[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """Each check, how often it came to what; what is bad first."""
    by_check: dict[str, Counter[str]] = defaultdict(Counter)
    for finding in findings:
        by_check[finding["check"]][finding["outcome"]] += 1
    for check, outcomes in sorted(by_check.items(), key=lambda each: (not _bad(each[1]), each[0])):
        yield {
            "check": check,
            "sees": _CHECKS.get(check, ""),
            "passed": outcomes["pass"],
            "failed": outcomes["fail"],
            "not_run": outcomes["not-run"],
            "left_out": outcomes["left-out"],
        }


def _bad(outcomes: Counter[str]) -> int:
    return outcomes["fail"] + outcomes["not-run"]


def by_weight(findings: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What is bad first, then what could not be looked at."""
    order = {"left-out": 1, "pass": 2}
    return sorted(findings, key=lambda f: (order.get(f["outcome"], 0), f["check"], f["subject"]))
