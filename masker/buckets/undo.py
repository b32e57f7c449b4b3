"""The deletions of a sync taken back, where the bucket keeps versions.

What a run meant to delete is written down before the first deletion; what became of each key the bucket itself says. So
a run that was killed, or whose deletions were sent twice because an answer was lost, is undone like any other, and
"back" is said of what is back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from masker.buckets.below import find_own, require_free_below, sealed_below
from masker.buckets.client.boto import BotoBackend
from masker.buckets.client.clients import open_client
from masker.buckets.client.control import controlled
from masker.buckets.client.requests import Delete, Deleted, ListVersions, Version
from masker.buckets.client.traffic import Job, Traffic
from masker.buckets.errors import StorageFault
from masker.buckets.files.state import Deletions, locked_target, read_deletions
from masker.buckets.hold import held
from masker.buckets.listing.skim import Asking, find_versions
from masker.buckets.lock import TargetLock
from masker.buckets.objects import shown_key
from masker.buckets.settings import Access
from masker.buckets.since.seal import break_seals, seal_key
from masker.confirmation import ToConfirm, require_confirmed
from masker.errors import StorageError
from masker.figures import counted

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_THREADS = 16
_SHOWN_FAILURES = 20

#: Keys looked up and uncovered together.
_AT_ONCE = 1000

_DELETE_BATCH = 1000

#: Times a key is looked at again before it is given up: each takes off all markers that are known to lie above a
#: version.
_MOST_LOOKS = 50

#: Why a key is not brought back.
_NO_VERSION = "no version of it is left"
_ANOTHER = "what its marker hides is not what the run deleted: it was written again since, and deleted by somebody else"


@dataclass(slots=True)
class Undone:
    """*restored* objects are back. *standing* had not been deleted, or were back already; *rewritten* were written
    again since and keep that content. *failed* are keys with the reason."""

    run: str
    bucket: str
    restored: int = 0
    standing: int = 0
    rewritten: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """The result as plain values."""
        return {
            "kind": "undo",
            "run": self.run,
            "bucket": self.bucket,
            "restored": self.restored,
            "standing": self.standing,
            "rewritten": self.rewritten,
            "failed": [{"key": key, "why": why} for key, why in self.failed],
        }


def undo(run: str, *, state: Path, access: Access, confirm: tuple[str, ...]) -> Undone:
    """Bring back what *run* deleted. Where *access* does not say otherwise, the target is reached as the run did.

    An object that was written again since keeps its new content. Raises StorageError where some are not.
    """
    deletions = read_deletions(state, run)
    said = {each.name: value for each in fields(access) if (value := getattr(access, each.name)) is not None}
    access = replace(deletions.access, **said)
    bucket = deletions.target.bucket
    require_confirmed(
        confirm, [ToConfirm(kind="bucket", name=bucket)], "what the run deleted there will be brought back"
    )
    undone = Undone(run, bucket)
    client = open_client(access, connections=_THREADS)
    backend = BotoBackend(client, client, threads=_THREADS)
    try:
        with (
            locked_target(state, deletions.target),
            held(client, deletions.target, run, state, access=access, keeps_versions=True) as lock,
        ):
            traffic = Traffic(backend, on_tick=lock.check)
            _unseal(client, deletions, traffic, lock)
            traffic.run(_jobs(deletions, undone))
    finally:
        backend.close()
    if undone.failed:
        lines = [f"{shown_key(key)}: {why}" for key, why in undone.failed[:_SHOWN_FAILURES]]
        if (more := len(undone.failed) - len(lines)) > 0:
            lines.append(f"… and {more:,} more")
        if any(why.startswith(("AccessDenied", "403")) for _, why in undone.failed):
            lines.append(
                "allow s3:ListBucketVersions and s3:DeleteObjectVersion; with MFA delete only the account's root"
                " takes delete markers off, with its device"
            )
        if deletions.versioning != "on":
            lines.append(
                f"when the run deleted, the bucket kept no versions ({deletions.versioning}): what was deleted then is"
                " gone"
            )
        error = StorageError(
            f"s3://{bucket}: {counted(len(undone.failed), 'deletion')} could not be taken back,"
            f" {undone.restored:,} taken back",
            hint="\n".join(lines),
        )
        error.document = undone.document()
        raise error
    return undone


def _unseal(client: S3Client, deletions: Deletions, traffic: Traffic, lock: TargetLock) -> None:
    """Break the seals on all that is brought back, and see that no other run writes to a folder of it."""
    target = deletions.target

    def keys() -> Iterator[str]:
        return (change.key for change in deletions.changes())

    try:
        own = find_own(traffic, target, keys())
        require_free_below(lock, target, own)
        break_seals(controlled(client, str(target)), target, sealed_below(target, own, keys()), keeps_versions=True)
    except StorageFault as fault:
        raise fault.to_error(f"{target}: its seal {seal_key(target)} could not be removed") from None


def _jobs(deletions: Deletions, undone: Undone) -> Iterator[Job]:
    target, changes = deletions.target, deletions.changes()
    while batch := {target.prefix + change.key: change.target_etag for change in islice(changes, _AT_ONCE)}:
        yield _Restoring(target.bucket, undone).job(batch)


@dataclass(slots=True)
class _Restoring:
    """Keys uncovered together, their ETags as the run found them. *touched* are those off which a marker was taken."""

    bucket: str
    undone: Undone
    touched: set[str] = field(default_factory=set)

    def job(self, etags: Mapping[str, str]) -> Job:
        """Take the delete markers off all keys together; where the storage fails, one by one."""
        try:
            yield from self._uncovered(etags)
        except StorageFault as fault:
            if fault.is_credentials:
                raise fault.to_error(f"s3://{self.bucket}") from None
            if len(etags) == 1:
                self.undone.failed += [(key, str(fault)) for key in etags]
                return
            for key, etag in etags.items():
                yield from self.job({key: etag})

    def _uncovered(self, etags: Mapping[str, str]) -> Asking:
        """Look, take off markers, and look again until nothing is left to do. Counts once that is so; raises
        StorageFault before."""
        counted = Undone(self.undone.run, self.bucket)
        open_keys = list(etags)
        for _ in range(_MOST_LOOKS):
            found = yield from self._look(open_keys)
            markers: list[tuple[str, str | None]] = []
            left = []
            for key in open_keys:
                versions = found.get(key, ())
                # the newest: they come in that order
                whole = next((version for version in versions if not version.is_marker), None)
                latest = next((version for version in versions if version.is_latest), None)
                if whole is None or latest is None:
                    counted.failed.append((key, _NO_VERSION))
                elif not latest.is_marker:
                    is_same = latest.etag == etags[key]
                    counted.restored += is_same and key in self.touched
                    counted.standing += is_same and key not in self.touched
                    counted.rewritten += not is_same
                elif whole.etag != etags[key]:
                    counted.failed.append((key, _ANOTHER))
                else:
                    left.append(key)
                    # Of one second it is not known which lies above which, but that the latest does.
                    markers += [
                        (key, v.id)
                        for v in versions
                        if v.is_marker and (v.is_latest or v.modified_at > whole.modified_at)
                    ]
            if not left:
                break
            self.touched.update(left)
            refused = yield from self._delete(markers)
            counted.failed += refused.items()
            open_keys = [key for key in left if key not in refused]
        else:
            counted.failed += [(key, "new delete markers keep coming on it") for key in open_keys]
        self.undone.restored += counted.restored
        self.undone.standing += counted.standing
        self.undone.rewritten += counted.rewritten
        self.undone.failed += counted.failed

    def _look(self, keys: list[str]) -> Asking:
        if len(keys) > 1:
            return (yield from find_versions(self.bucket, keys))
        versions: list[tuple[Version, ...]] = yield [ListVersions(self.bucket, key) for key in keys]
        return dict(zip(keys, versions, strict=True))

    def _delete(self, markers: list[tuple[str, str | None]]) -> Asking:
        """Remove *markers*; the keys of which one stays for a reason that will not pass, with the reason."""
        refused: dict[str, str] = {}
        for first in range(0, len(markers), _DELETE_BATCH):
            batch = markers[first : first + _DELETE_BATCH]
            try:
                answer: Deleted = yield Delete(self.bucket, tuple(batch))
            except StorageFault as fault:
                if len(batch) == 1 or not (fault.is_unsupported or fault.status == 400):
                    raise
                for marker in batch:
                    yield Delete(self.bucket, (marker,))
                continue
            refused |= {key: code for key, code in answer.failed if not StorageFault(code, "").is_transient}
        return refused
