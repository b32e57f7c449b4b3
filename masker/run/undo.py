"""The deletions of a sync taken back, where the bucket keeps versions.

What a run meant to delete is written down before the first deletion; what became of each key the bucket itself says. So a run that was
killed, or whose deletions were sent twice because an answer was lost, is undone like any other, and "back" is said of what is back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from masker.confirmation import ToConfirm, require_confirmed
from masker.errors import StorageError
from masker.s3.boto import BotoBackend, open_client
from masker.s3.errors import StorageFault
from masker.s3.objects import shown_key
from masker.s3.requests import Delete, Deleted, ListVersions, Version
from masker.s3.settings import Access
from masker.s3.state import read_deletions
from masker.s3.traffic import Job, Traffic

_THREADS = 8
_SHOWN_FAILURES = 20

#: Delete markers taken off one key: each sending of a deletion whose answer was lost has left one.
_MOST_MARKERS = 50


@dataclass(slots=True)
class Undone:
    """*restored* objects are back. *standing* had not been deleted, or were written again since. *failed* are keys with the reason."""

    run: str
    bucket: str
    restored: int = 0
    standing: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


def undo(run: str, *, state: Path, access: Access, confirm: tuple[str, ...]) -> Undone:
    """Bring back what *run* deleted. An object that was written again since keeps its new content."""
    bucket, keys = read_deletions(state, run)
    require_confirmed(confirm, [ToConfirm(kind="bucket", name=bucket)], "what the run deleted there will be brought back")
    undone = Undone(run, bucket)
    client = open_client(access, connections=_THREADS)
    backend = BotoBackend(client, client, threads=_THREADS)
    try:
        Traffic(backend).run(_jobs(bucket, keys, undone))
    finally:
        backend.close()
    if undone.failed:
        lines = [f"{shown_key(key)}: {why}" for key, why in undone.failed[:_SHOWN_FAILURES]]
        raise StorageError(
            f"s3://{bucket}: {len(undone.failed):,} deletions could not be taken back, {undone.restored:,} were", hint="\n".join(lines)
        )
    return undone


def _jobs(bucket: str, keys: Iterable[str], undone: Undone) -> Iterator[Job]:
    return (_restore(bucket, key, undone) for key in keys)


def _restore(bucket: str, key: str, undone: Undone) -> Job:
    """Take delete markers off *key* until a version shows."""
    try:
        for removed in range(_MOST_MARKERS):
            versions: tuple[Version, ...] = yield ListVersions(bucket, key)
            latest = next((version for version in versions if version.is_latest), None)
            if latest is None:
                undone.failed.append((key, "no version of it is left"))
                return
            if not latest.is_marker:
                undone.restored += removed > 0
                undone.standing += removed == 0
                return
            if all(version.is_marker for version in versions):
                undone.failed.append((key, "no version of it is left"))
                return
            answer: Deleted = yield Delete(bucket, ((key, latest.id),))
            if answer.failed:
                undone.failed.extend(answer.failed)
                return
        undone.failed.append((key, f"more than {_MOST_MARKERS} delete markers lie on it"))
    except StorageFault as fault:
        undone.failed.append((key, str(fault)))
