"""What an answer to a batch of deletions says of each key that it was asked for. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from masker.buckets.client.requests import Deleted
from masker.buckets.diff import Change
from masker.buckets.errors import StorageFault


@dataclass(frozen=True, slots=True)
class Account:
    """*gone* counts what is deleted, *faults* say by key why not. *unanswered* is what the answer is silent about, or
    of two minds, and *others* are whole keys that it calls deleted and that nobody asked for."""

    gone: int
    faults: dict[str, StorageFault]
    unanswered: list[Change]
    others: list[str]


def account_for(asked: Sequence[Change], prefix: str, answer: Deleted) -> Account:
    """Hold *answer*, whose keys are whole, against what was *asked*, keys relative to *prefix*. The order of *asked* is
    kept."""
    failed = {key: StorageFault(code, "") for key, code in answer.failed}
    faults: dict[str, StorageFault] = {}
    unanswered = []
    for change in asked:
        key = prefix + change.key
        fault = failed.get(key)
        if (fault is None) != (key in answer.gone) or (fault is not None and fault.is_missing):
            unanswered.append(change)
        elif fault is not None:
            faults[change.key] = fault
    others = answer.gone - {prefix + change.key for change in asked}
    return Account(len(asked) - len(faults) - len(unanswered), faults, unanswered, sorted(others))
