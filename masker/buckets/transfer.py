"""Jobs that change the target: copies, ACL repairs, deletes. Each key fails for itself."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

from masker.buckets.accounts import account_for
from masker.buckets.attachments.placeholders import placeholder_for
from masker.buckets.client.requests import (
    AbortUpload,
    CompleteUpload,
    Copy,
    CopyPart,
    CreateUpload,
    Delete,
    Deleted,
    GetAcl,
    GetHead,
    GetTags,
    Head,
    Original,
    PutAcl,
    PutObject,
    Request,
)
from masker.buckets.client.traffic import Job
from masker.buckets.client.xml import fits_xml
from masker.buckets.diff import STALE, Change, Op
from masker.buckets.done import FAILURES_KEPT, Done, Failure
from masker.buckets.errors import StorageFault
from masker.buckets.files.ledger import Own
from masker.buckets.files.uploads import Unrecorded, Uploads
from masker.buckets.listing.skim import find_present, is_listed
from masker.buckets.objects import Entry, Location, SentAcl, etag_of_parts, sent_acl, storage_class_to_write
from masker.sides import Side

_DELETE_BATCH = 1000
_DELETE_ATTEMPTS = 5

#: Deletions looked up one after the other: many of them at once where they lie close together, else one by one.
_LOOKED_UP_TOGETHER = 1000

_MOST_PARTS = 10_000

#: Bytes of a part, as S3 allows them for all but the last.
_LEAST_PART = 5 * 1024 * 1024
_LARGEST_PART = 5 * 1024 * 1024 * 1024


#: What consoles give the empty objects that stand for folders.
_FOLDER_TYPE = "application/x-directory"

Asking = Generator[Request | list[Any], Any, Any]


class Records(Protocol):
    """Where lasting notes go: copies whose ETags differ."""

    def note(self, own: Own) -> None: ...


@dataclass(slots=True, kw_only=True)
class Transfer:
    """Makes the jobs for one pair and counts what they do. *mirrors* says whether ACLs are to be the source's.

    *open_uploads* are copies by parts not brought to an end, *not_made* keys without their copy or placeholder: the
    original vanished, or is archived.
    """

    source: Location
    target: Location
    mirrors: bool
    records: Records
    multipart_bytes: int
    part_bytes: int
    done: Done = field(default_factory=Done)
    open_uploads: dict[str, AbortUpload] = field(default_factory=dict)
    not_made: set[str] = field(default_factory=set)
    uploads: Uploads = field(default_factory=Unrecorded)

    def copies(self, changes: Iterable[Change]) -> Iterator[Job]:
        """A job for each change that copies, puts a placeholder or repairs."""
        for change in changes:
            match change.op:
                case Op.COPY:
                    yield self._copy(change)
                case Op.PLACEHOLDER:
                    yield self._place(change)
                case _:
                    yield self._set_acl(change)

    def confirmations(self, changes: Iterable[Change], gone: list[Change]) -> Iterator[Job]:
        """Jobs that look up deletions, in key order, on both sides again. *gone* gets those to be made: what the source
        has by now, or somebody has written in the target since it was listed, is kept."""
        rest = iter(changes)
        while batch := list(islice(rest, _LOOKED_UP_TOGETHER)):
            yield self._confirm(batch, gone)

    def _confirm(self, batch: list[Change], gone: list[Change]) -> Job:
        try:
            here = yield from find_present(
                Side.SOURCE, self.source, [change.key for change in batch if change.reason == STALE]
            )
            there = yield from find_present(
                Side.TARGET, self.target, [change.key for change in batch if change.key not in here]
            )
        except StorageFault as fault:
            for change in batch:
                self._failed(change.key, Op.DELETE, fault)
            return
        for change in batch:
            if change.key in here:
                self.done.kept += 1
            elif change.key not in there:
                self.done.gone += 1
            elif there[change.key].etag != change.target_etag:
                self.done.rewritten += 1
            else:
                gone.append(change)

    def deletes(self, changes: Iterable[Change]) -> Iterator[Job]:
        """A job for each batch of at most 1,000 deletions."""
        rest = iter(changes)
        while batch := list(islice(rest, _DELETE_BATCH)):
            alone = [change for change in batch if not fits_xml(change.key)]
            yield self._delete([change for change in batch if fits_xml(change.key)])
            yield from (self._delete([change]) for change in alone)

    def _copy(self, change: Change) -> Job:
        key = self.source.prefix + change.key
        etag, size, storage_class = change.source_etag, change.size, change.storage_class
        may_look_again = True
        while True:
            try:
                acl: SentAcl | None = yield from self._choose_acl(change)
                copy = Copy(
                    Original(self.source.bucket, key, etag),
                    self.target.bucket,
                    self.target.prefix + change.key,
                    acl,
                    storage_class_to_write(storage_class),
                )
                if size > self.multipart_bytes:
                    new = yield from self._by_parts(copy, size, change)
                else:
                    new = yield copy
            except StorageFault as fault:
                if fault.is_changed and may_look_again:
                    # It was written again since the listing: its present state is what a listing would find now.
                    may_look_again = False
                    try:
                        head: Head = yield GetHead(Side.TARGET, self.source.bucket, key)  # as a copy is read
                    except StorageFault as second:
                        yield from self._not_copied(change, second)
                        return
                    etag, size, storage_class = head.etag, head.size, head.storage_class
                    continue
                if not (fault.is_missing and size == 0 and (yield from is_listed(self.source.bucket, key))):
                    yield from self._not_copied(change, fault)
                    return
                # A folder that the storage made itself is listed and cannot be copied: it is as good as any empty
                # object.
                try:
                    new = yield PutObject(self.target.bucket, self.target.prefix + change.key, b"", _FOLDER_TYPE, acl)
                except StorageFault as second:
                    self._failed(change.key, Op.COPY, second)
                    return
            break
        self.done.copied += 1
        self.done.copied_bytes += size
        self.done.made_public += acl == "public-read"
        if new != etag:
            self.records.note(Own(change.key, etag, new))

    def _place(self, change: Change) -> Job:
        """Put the placeholder; where the original has vanished none is wanted."""
        try:
            acl: SentAcl | None = yield from self._choose_acl(change)
            file = placeholder_for(change.content_type)
            new: str = yield PutObject(
                self.target.bucket, self.target.prefix + change.key, file.body, file.content_type, acl
            )
        except StorageFault as fault:
            self.not_made.add(change.key)
            yield from self._not_made(change, Op.PLACEHOLDER, fault)
            return
        self.done.placeholders += 1
        self.done.made_public += acl == "public-read"
        if new != change.source_etag:
            self.records.note(Own(change.key, change.source_etag, new))

    def is_asked(self, change: Change) -> bool:
        """Whether the ACL of *change* has to be asked of the source."""
        return change.acl == "mirror" or (self.mirrors and change.acl == "public-read")

    def _choose_acl(self, change: Change) -> Asking:
        """The ACL to send, None for none; the source's where it is mirrored, for all that a day-old plan or inventory
        would open."""
        if self.is_asked(change):
            return (yield GetAcl(Side.SOURCE, self.source.bucket, self.source.prefix + change.key))
        return sent_acl(change.acl)

    def _by_parts(self, copy: Copy, size: int, change: Change) -> Asking:
        """Copy an object part by part, all in flight at once; the new ETag."""
        original = copy.original
        head, tags = yield from self._belongings(original)
        if head.etag != original.etag:
            raise StorageFault("PreconditionFailed", "the object was written meanwhile", status=412)
        part_bytes = yield from self._choose_part_bytes(original, size)
        self.uploads.begins(copy.key)
        upload: str = yield CreateUpload(copy.bucket, copy.key, copy.acl, copy.storage_class, head, tags)
        self.uploads.has_begun(copy.key, upload)
        abort = AbortUpload(copy.bucket, copy.key, upload)
        self.open_uploads[upload] = abort
        try:
            etags: list[str] = yield [
                CopyPart(original, copy.bucket, copy.key, upload, number, first, min(first + part_bytes, size) - 1)
                for number, first in enumerate(range(0, size, part_bytes), 1)
            ]
            # Parts may take hours, in which the source may have closed what is about to be opened.
            if "public-read" == copy.acl != (yield from self._choose_acl(change)):
                raise StorageFault("PreconditionFailed", "its ACL was changed meanwhile", status=412)
            complete = CompleteUpload(copy.bucket, copy.key, upload, tuple(etags))
            new = yield from self._complete(complete, size, change.target_etag)
        except StorageFault:
            try:
                yield abort
            except StorageFault as fault:
                if fault.code != "NoSuchUpload":
                    raise
            self._upload_ended(upload)
            raise
        self._upload_ended(upload)
        return new

    def _upload_ended(self, upload: str) -> None:
        del self.open_uploads[upload]
        self.uploads.has_ended(upload)

    def _belongings(self, original: Original) -> Asking:
        """What a plain copy would take over by itself: headers and tags, read with the target's credentials as a copy
        is."""
        asked = GetTags(Side.TARGET, original.bucket, original.key)
        try:
            return (yield [GetHead(Side.TARGET, original.bucket, original.key), asked])
        except StorageFault as fault:
            if fault.request != asked or not fault.is_unsupported:
                raise
        # A storage that has no tags.
        head: Head = yield GetHead(Side.TARGET, original.bucket, original.key)
        return head, {}

    def _choose_part_bytes(self, original: Original, size: int) -> Asking:
        """The size of the original's own parts, with which the copy gets the original's ETag; else ours."""
        parts = original.etag.rpartition("-")[2] if "-" in original.etag else ""
        if parts.isdigit():
            try:
                part: Head = yield GetHead(Side.TARGET, original.bucket, original.key, part=1)
            except StorageFault as fault:
                if not (fault.is_unsupported or 400 <= fault.status < 500):
                    raise
            else:
                if _LEAST_PART <= part.size <= _LARGEST_PART and -(-size // part.size) == int(parts):
                    return part.size
        return max(self.part_bytes, -(-size // _MOST_PARTS))

    def _complete(self, complete: CompleteUpload, size: int, before: str) -> Asking:
        try:
            return (yield complete)
        except StorageFault as fault:
            if fault.code != "NoSuchUpload":
                raise
            # An earlier sending of this request may have ended well though its answer was lost. The object that was
            # there before may look just like it.
            head: Head = yield GetHead(Side.TARGET, complete.bucket, complete.key)
            is_like_it = head.size == size and head.etag.endswith(f"-{len(complete.parts)}")
            if is_like_it and (head.etag != before or head.etag == etag_of_parts(complete.parts)):
                return head.etag
            raise

    def _not_copied(self, change: Change, fault: StorageFault) -> Asking:
        self.not_made.add(change.key)
        if fault.is_archived:
            self.done.archived += 1
        else:
            yield from self._not_made(change, Op.COPY, fault)

    def _not_made(self, change: Change, op: Op, fault: StorageFault) -> Asking:
        """Count *change* as vanished if it is the source that says so, else as failed. To credentials that may not list
        a bucket a storage denies what is not there."""
        may_have_vanished = fault.is_missing or (fault.is_denied and not fault.is_credentials)
        try:
            has_vanished = may_have_vanished and not (
                yield from is_listed(self.source.bucket, self.source.prefix + change.key)
            )
        except StorageFault as second:
            fault, has_vanished = second, False
        if has_vanished:
            self.done.vanished += 1
            self.done.outlived += bool(change.target_etag)
            return
        if fault.is_missing:
            fault = StorageFault(
                fault.code,
                "the source lists the object all the same: do the target's endpoint and credentials reach the source"
                " bucket?",
            )
        self._failed(change.key, op, fault)

    def _set_acl(self, change: Change) -> Job:
        try:
            acl: SentAcl = (yield from self._choose_acl(change)) or "private"
        except StorageFault as fault:
            yield from self._not_made(change, Op.ACL, fault)
            return
        try:
            yield PutAcl(self.target.bucket, self.target.prefix + change.key, acl)
        except StorageFault as fault:
            self._failed(change.key, Op.ACL, fault)
        else:
            self.done.acls_set += 1
            self.done.made_public += acl == "public-read"

    def _delete(self, changes: list[Change]) -> Job:
        """Delete *changes* together; those the storage asks to send again are, and those it is silent about while they
        are still there."""
        left = changes
        for attempt in range(1, _DELETE_ATTEMPTS + 1):
            if not left:
                return
            try:
                answer: Deleted = yield Delete(
                    self.target.bucket, tuple((self.target.prefix + change.key, None) for change in left)
                )
                faults = yield from self._not_deleted(left, answer)
            except StorageFault as fault:
                if (fault.is_unsupported or fault.status == 400) and len(left) > 1:
                    yield from self._delete_one_by_one(left)
                    return
                if not fault.is_missing:
                    for change in left:
                        self._failed(change.key, Op.DELETE, fault)
                    return
                faults = yield from self._not_deleted(left, Deleted())
            again = [
                change
                for change in left
                if change.key in faults and faults[change.key].may_pass and attempt < _DELETE_ATTEMPTS
            ]
            for key in faults.keys() - {change.key for change in again}:
                self._failed(key, Op.DELETE, faults[key])
            left = again

    def _not_deleted(self, asked: list[Change], answer: Deleted) -> Generator[Any, Any, dict[str, StorageFault]]:
        """Count what of *asked* is deleted; of what is not, the fault by key. What *answer* does not speak of is looked
        up."""
        account = account_for(asked, self.target.prefix, answer)
        there: dict[str, Entry] = {}
        if account.unanswered:
            there = yield from find_present(Side.TARGET, self.target, [change.key for change in account.unanswered])
        faults = dict(account.faults)
        for change in account.unanswered:
            if change.key not in there:
                continue
            if there[change.key].etag == change.target_etag:
                faults[change.key] = StorageFault.unanswered()
            else:
                self.done.rewritten += 1
        self.done.deleted += account.gone + len(account.unanswered) - len(there)
        # A gateway may answer in a spelling of its own. What is more than that, it has deleted instead of what it was
        # asked to.
        if len(account.others) > len(account.unanswered) - len(there):
            for key in account.others:
                self._failed(
                    key,
                    Op.DELETE,
                    StorageFault("Unasked", "the storage says that it deleted this object, which it was not asked to"),
                )
        return faults

    def _delete_one_by_one(self, changes: list[Change]) -> Asking:
        """For a storage that deletes no batches, as GCS."""
        for change in changes:
            yield from self._delete([change])

    def fail(self, change: Change, fault: StorageFault) -> None:
        """Count *change*, which was given to somebody else to make, as failed."""
        self._failed(change.key, Op(change.op), fault)

    def _failed(self, key: str, op: Op, fault: StorageFault) -> None:
        """Count a key as failed. Raises StorageError where no other key can go better, for want of credentials."""
        self.done.failed += 1
        if len(self.done.failures) < FAILURES_KEPT:
            self.done.failures.append(Failure(key, op, fault))
        if fault.is_credentials:
            raise fault.to_error(f"{self.source} and {self.target}")
