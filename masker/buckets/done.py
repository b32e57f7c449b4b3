"""What a sync has done: counts, and the first of the keys that failed."""

from __future__ import annotations

from dataclasses import dataclass, field

from masker.buckets.diff import Op
from masker.buckets.errors import StorageFault


@dataclass(frozen=True, slots=True)
class Failure:
    """One key that could not be done, and the storage's answer."""

    key: str
    op: Op
    fault: StorageFault


@dataclass(slots=True)
class Done:
    """What came to pass. *failures* keeps the first hundred of *failed*; *jobs* are those of Batch Operations.

    *left_to_jobs* are copies whose jobs were not waited for. Of the deletions planned, *kept* are those of objects that
    the source has by now, *rewritten* of those that somebody wrote in the target since, *gone* of those that were not
    there any more. *outlived* counts, of those that *vanished* from the source, older copies that stay in the target
    until the next run. *swept* are uploads that an earlier run had left open.
    """

    copied: int = 0
    copied_bytes: int = 0
    placeholders: int = 0
    rows_updated: int = 0
    acls_set: int = 0
    made_public: int = 0
    deleted: int = 0
    kept: int = 0
    rewritten: int = 0
    gone: int = 0
    vanished: int = 0
    outlived: int = 0
    archived: int = 0
    failed: int = 0
    left_to_jobs: int = 0
    swept: int = 0
    failures: list[Failure] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)


FAILURES_KEPT = 100
