"""The deletions of a sync taken back, where the bucket keeps versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from masker.confirmation import ToConfirm, require_confirmed
from masker.errors import StorageError
from masker.s3.boto import BotoBackend, open_client
from masker.s3.errors import StorageFault
from masker.s3.objects import shown_key
from masker.s3.requests import Delete, Deleted
from masker.s3.settings import Access
from masker.s3.state import read_markers
from masker.s3.traffic import Job, Traffic

_BATCH = 1000
_THREADS = 8
_SHOWN_FAILURES = 20


@dataclass(slots=True)
class Undone:
    """*restored* objects are back; *failed* are keys with the storage's code."""

    run: str
    bucket: str
    restored: int
    failed: list[tuple[str, str]]


def undo(run: str, *, state: Path, access: Access, confirm: tuple[str, ...]) -> Undone:
    """Remove the delete markers that *run* made. An object that was written again since keeps its new content."""
    bucket, markers = read_markers(state, run)
    require_confirmed(confirm, [ToConfirm(kind="bucket", name=bucket)], "what the run deleted there will be brought back")
    undone = Undone(run, bucket, 0, [])
    client = open_client(access, connections=_THREADS)
    backend = BotoBackend(client, client, threads=_THREADS)
    try:
        Traffic(backend).run(_batches(bucket, markers, undone))
    finally:
        backend.close()
    if undone.failed:
        lines = [f"{shown_key(key)}: {code}" for key, code in undone.failed[:_SHOWN_FAILURES]]
        raise StorageError(f"s3://{bucket}: {len(undone.failed):,} deletions could not be taken back, {undone.restored:,} were", hint="\n".join(lines))
    return undone


def _batches(bucket: str, markers: Iterable[tuple[str, str]], undone: Undone) -> Iterator[Job]:
    rest = iter(markers)
    while batch := tuple(islice(rest, _BATCH)):
        yield _batch(bucket, batch, undone)


def _batch(bucket: str, batch: tuple[tuple[str, str], ...], undone: Undone) -> Job:
    try:
        answer: Deleted = yield Delete(bucket, batch)
    except StorageFault as fault:
        undone.failed.extend((key, fault.code) for key, _ in batch)
        return
    undone.failed.extend(answer.failed)
    undone.restored += len(batch) - len(answer.failed)
