"""The targets of a run held: each by the lock that its storage keeps, for as long as the run may write to it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from masker.buckets.below import find_own, require_free_below
from masker.buckets.client.control import controlled
from masker.buckets.compare import Pair
from masker.buckets.errors import StorageFault
from masker.buckets.files.state import place_of
from masker.buckets.lock import EXPIRES_S, Holder, TargetLock, above, lock_key
from masker.buckets.objects import TO_OWNER, Location, SentAcl
from masker.buckets.settings import Access, SyncSettings
from masker.errors import Refused
from masker.notes import Note

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

#: Seconds after which what is asked for a lock's sake is not sent again.
_PATIENCE_S = 10.0


def hold_targets(pairs: Sequence[Pair], settings: SyncSettings, stack: contextlib.ExitStack) -> list[Pair]:
    """*pairs*, those that are written to with a lock on their target that is held until *stack* ends. Raises Refused
    where another run holds one, or an overlapping one."""
    locks: dict[Location, TargetLock] = {}
    return [_held(opened, settings, locks, stack) if opened.may_write else opened for opened in pairs]


def _held(opened: Pair, settings: SyncSettings, locks: dict[Location, TargetLock], stack: contextlib.ExitStack) -> Pair:
    target = opened.plan.target
    if target not in locks:
        locks[target] = stack.enter_context(
            held(
                opened.session.target_client,
                target,
                opened.plan.run.partition("-")[0],
                settings.state,
                access=opened.asked.target_access,
                keeps_versions=opened.facts.versioning != "off",
                is_open=opened.facts.is_target_open,
                acl=TO_OWNER if opened.plan.acl == TO_OWNER else None,
                expires_s=settings.lock_s,
            )
        )
        _refuse_same_bucket(opened, locks[target])
    lock = locks[target]
    opened = replace(opened, own_seen=_own_below(opened))
    require_free_below(lock, target, opened.own_seen)
    stack.enter_context(opened.session.traffic.ticking(lock.check))
    return replace(
        opened,
        lock=lock,
        plan=replace(
            opened.plan, notes=(*opened.plan.notes, *(Note(subject=str(target), text=text) for text in lock.notes))
        ),
    )


def _own_below(opened: Pair) -> frozenset[str]:
    """Locks and seals in folders of the target, asked for where it was not listed."""
    if opened.is_listed:
        return opened.own_seen
    try:
        return find_own(opened.session.traffic, opened.plan.target, opened.written_keys())
    except StorageFault as fault:
        error = fault.to_error(
            f"{opened.plan.target}: whether other runs write to folders of it could not be looked at"
        )
        error.aftermath = "nothing was written"
        raise error from None


@contextlib.contextmanager
def held(
    client: S3Client,
    target: Location,
    run: str,
    state: Path,
    *,
    access: Access,
    keeps_versions: bool,
    is_open: bool = False,
    acl: SentAcl | None = None,
    expires_s: float = EXPIRES_S,
) -> Iterator[TargetLock]:
    """The lock on *target*, which the whole of its bucket must not be under either. The host is not named where
    everybody may read the bucket."""
    own = Holder(
        run=run,
        host="" if is_open else socket.gethostname(),
        place=place_of(state),
        since=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    )
    lock = TargetLock(
        controlled(client, str(target), patience_s=_PATIENCE_S),
        target,
        own,
        access=access,
        keeps_versions=keeps_versions,
        acl=acl,
        expires_s=expires_s,
    )
    try:
        lock.acquire()
        for other in above(target):
            lock.require_free(other)
        yield lock
    finally:
        lock.release()


def _refuse_same_bucket(opened: Pair, lock: TargetLock) -> None:
    """Raise Refused where the lock just made is seen in the source: two names are those of one bucket, or what is
    written to one comes to the other."""
    source, target = opened.plan.source, opened.plan.target
    if not lock.etag or not Location("", source.prefix).overlaps(Location("", target.prefix)):
        return
    call = controlled(opened.session.source_client, str(source), patience_s=_PATIENCE_S)
    try:
        answer = call("list_objects_v2", Bucket=source.bucket, Prefix=lock_key(target), MaxKeys=1)
    except StorageFault:
        return  # the source's credentials may see less than all of the bucket
    if any(
        item["Key"] == lock_key(target) and item["ETag"].strip('"') == lock.etag for item in answer.get("Contents", ())
    ):
        raise Refused(
            f"{target}: what was written to it is in the source {source} as well, so they are one bucket under two"
            " names, or the target is replicated to the source",
            hint="what a sync deletes from the one would be gone from the other: name two buckets",
        )
