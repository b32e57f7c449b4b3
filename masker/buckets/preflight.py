"""What may stop a sync, looked for before anything is written: first by reading, then with one canary object."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from masker.buckets.client.requests import Copy, Delete, GetAcl, GetHead, GetTags, Original, PutAcl, PutEmpty, Request
from masker.buckets.client.traffic import Job
from masker.buckets.diff import Change
from masker.buckets.errors import StorageFault
from masker.buckets.listing.skim import Asking, is_listed
from masker.buckets.objects import (
    CANARY_NAME,
    TO_OWNER,
    Location,
    SentAcl,
    is_access_point,
    sent_acl,
    shown_key,
    storage_class_to_write,
)
from masker.buckets.open_buckets import look_at_acls, look_at_policies
from masker.buckets.properties import notes_of_what_stays
from masker.buckets.settings import BucketPair
from masker.buckets.settings_of import Call, SettingsOf, read_block
from masker.errors import MaskerError, Refused, StorageError
from masker.notes import Note
from masker.sides import Side

PROTECTED_TAG = "masker:protected"

Versioning = Literal["on", "suspended", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What both buckets say of themselves. *acl* is the policy in effect, *is_target_open* whether the target's bucket
    policy lets everybody read."""

    acl: str
    versioning: Versioning
    notes: tuple[Note, ...]
    is_target_open: bool = False


def read_facts(pair: BucketPair, ask_source: Call, ask_target: Call) -> Facts:
    """Look at both buckets. Raises Refused for a protected target, StorageError for what cannot work."""
    source, target, policy = pair.source, pair.target, pair.acl
    notes: list[Note] = []
    if is_access_point(target.bucket):
        raise Refused(
            f"{target}: is an access point, through which it cannot be seen whether its bucket is protected",
            hint="name the bucket itself as the target",
        )
    _refuse_protected(target, SettingsOf(ask_target, target, notes))
    on_target = SettingsOf(ask_target, target, notes, pair.target_access)
    acl: str = policy
    versioning = _versioning(on_target)
    is_target_open = look_at_policies(
        SettingsOf(ask_source, source, notes), on_target, policy, keeps_versions=versioning != "off"
    )
    look_at_acls(SettingsOf(ask_source, source, notes), on_target)
    if policy == "mirror":
        acl = _mirrored(source, SettingsOf(ask_source, source, notes))
        if acl == "private":
            notes.append(
                Note(
                    subject=str(source),
                    text="shows nothing to everybody by ACL (ownership or public-access block), so copies are private",
                )
            )
    if acl not in {"none", TO_OWNER}:  # which a bucket without ACLs takes, and no block of public ones minds
        _require_acls(target, on_target, needs_public=acl != "private")
    if versioning == "suspended":
        notes.append(
            Note(
                subject=str(target),
                text=(
                    "keeps versions no more (suspended): deletions are for good, but for objects that were written"
                    " while it did"
                ),
            )
        )
    notes += notes_of_what_stays(source, target, ask_source, ask_target)
    if _uses_kms(on_target):
        notes.append(
            Note(
                subject=str(target),
                text=(
                    "encrypts with KMS, so ETags never agree: what is unchanged is known from the manifest of earlier"
                    " runs"
                ),
            )
        )
    return Facts(acl=acl, versioning=versioning, notes=tuple(notes), is_target_open=is_target_open)


def _refuse_protected(target: Location, asking: SettingsOf) -> None:
    answer = asking.read("get_bucket_tagging", "s3:GetBucketTagging", must=True) or {}
    if any(
        tag["Key"] == PROTECTED_TAG and tag["Value"].lower() not in {"no", "false"} for tag in answer.get("TagSet", ())
    ):
        raise Refused(
            f"{target}: carries the tag {PROTECTED_TAG}",
            hint="it must not be written by a sync; if that is wrong, take the tag away",
        )


def _ownership(asking: SettingsOf) -> str:
    answer = asking.read("get_bucket_ownership_controls", "s3:GetBucketOwnershipControls") or {}
    rules = answer.get("OwnershipControls", {}).get("Rules", ())
    return str(rules[0]["ObjectOwnership"]) if rules else ""


def _mirrored(source: Location, asking: SettingsOf) -> str:
    """``mirror``, or ``private`` where the source's ACLs cannot show anything to everybody."""
    del source
    return (
        "private"
        if _ownership(asking) == "BucketOwnerEnforced" or read_block(asking).get("IgnorePublicAcls")
        else "mirror"
    )


def _require_acls(target: Location, asking: SettingsOf, *, needs_public: bool) -> None:
    bucket = target.bucket
    if _ownership(asking) == "BucketOwnerEnforced":
        raise StorageError(
            f"{target}: its ownership is BucketOwnerEnforced, which takes no ACLs",
            hint=(
                "--acl none if a bucket policy decides who may read, or: "
                + asking.access.aws(
                    *("s3api", "put-bucket-ownership-controls", "--bucket", bucket),
                    *("--ownership-controls", "Rules=[{ObjectOwnership=BucketOwnerPreferred}]"),
                )
            ),
        )
    block = read_block(asking)
    on = [name for name in ("BlockPublicAcls", "IgnorePublicAcls") if block.get(name)]
    if needs_public and on:
        raise StorageError(
            f"{target}: its public-access block ({', '.join(on)}) keeps every object private",
            hint=(
                "--acl none if that is meant, or: "
                + asking.access.aws(
                    *("s3api", "put-public-access-block", "--bucket", bucket, "--public-access-block-configuration"),
                    "BlockPublicAcls=false,IgnorePublicAcls=false,BlockPublicPolicy=true,RestrictPublicBuckets=true",
                )
            ),
        )


def read_versioning(location: Location, ask: Call) -> Versioning:
    """Whether the bucket keeps what is deleted; "off" where it does not say. Raises StorageError."""
    return _versioning(SettingsOf(ask, location, []))


def _versioning(asking: SettingsOf) -> Versioning:
    status = (asking.read("get_bucket_versioning", "s3:GetBucketVersioning") or {}).get("Status")
    return "on" if status == "Enabled" else "suspended" if status == "Suspended" else "off"


def encrypts_with_kms(location: Location, ask: Call) -> bool:
    """Whether new objects are encrypted with KMS by default; no where the bucket does not say. Raises StorageError."""
    return _uses_kms(SettingsOf(ask, location, []))


def _uses_kms(asking: SettingsOf) -> bool:
    answer = asking.read("get_bucket_encryption", "s3:GetEncryptionConfiguration") or {}
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", ())
    return any("kms" in rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm", "") for rule in rules)


class Canary:
    """One object that is written, given the policy's ACL, read back, overwritten by a real copy and removed."""

    def __init__(self, source: Location, target: Location, acl: str, run: str, first: Sequence[Change]) -> None:
        self._source = source
        self._target = target
        self._acl: SentAcl | None = None if acl == "none" else "public-read" if acl == "mirror" else sent_acl(acl)
        self._first = first
        self.key = f"{target.prefix}{CANARY_NAME}{run}"
        self.error: MaskerError | None = None

    def job(self, left: Sequence[str] = ()) -> Job:
        """Ends with *error* set where the sync cannot work; the object has to be removed whatever comes, and with it
        those that runs which were killed have *left*."""
        try:
            yield from self._written()
            yield from self._told_by_case()
            yield from self._copied_one()
        except _Wrong as wrong:
            self.error = StorageError(f"{self._target}: {wrong}", hint=wrong.hint)
        for key in (self.key, *left):
            try:
                yield Delete(self._target.bucket, ((key, None),))
            except StorageFault as fault:
                self.error = self.error or StorageError(
                    f"{self._target}: the canary object {shown_key(key)} could not be deleted: {fault}",
                    hint="allow s3:DeleteObject, or use --no-delete after removing it by hand",
                )

    def _written(self) -> Generator[Request, Any, None]:
        bucket = self._target.bucket
        if self._acl is None or self._acl == TO_OWNER:
            yield from _try(
                PutEmpty(bucket, self.key, self._acl), "s3:PutObject, and s3:PutObjectAcl where an ACL is sent"
            )
            return
        yield from _try(PutEmpty(bucket, self.key, None), "s3:PutObject")
        try:
            yield PutAcl(bucket, self.key, self._acl)
        except StorageFault as fault:
            if fault.code == "AccessControlListNotSupported":
                raise _Wrong(
                    "it takes no ACLs", "--acl none, or change the bucket's ownership to BucketOwnerPreferred"
                ) from None
            if fault.is_credentials:
                raise _Wrong.of(fault) from None
            if fault.is_denied:
                raise _Wrong(
                    f"an object could not be made {self._acl}: {fault}",
                    "allow s3:PutObjectAcl; if it is allowed, the account's public-access block forbids it: lift it, or"
                    " use --acl none",
                ) from None
            hint = "this storage knows no ACLs: --acl none" if fault.is_unsupported else None
            raise _Wrong(f"an object could not be made {self._acl}: {fault}", hint) from None
        seen = yield from _try(GetAcl(Side.TARGET, bucket, self.key), "s3:GetObjectAcl")
        if seen != self._acl:
            raise _Wrong(
                f"it took the ACL {self._acl} and the object stayed {seen}",
                "the account's public-access block ignores ACLs, or this storage does: lift it, or use --acl none",
            )

    def _told_by_case(self) -> Generator[Request, Any, None]:
        """Where A and a are one key, one object would be written over another, and what is listed in another case be
        deleted."""
        other = f"{self._target.prefix}{self.key.removeprefix(self._target.prefix).upper()}"
        try:
            yield GetHead(Side.TARGET, self._target.bucket, other)
        except StorageFault as fault:
            if fault.is_missing:
                return
            if fault.is_credentials:
                raise _Wrong.of(fault) from None
            if fault.is_denied:
                return  # as storages answer of what is not there to whoever may not list
            raise _Wrong(f"whether it tells A from a in keys cannot be seen: {fault}", None) from None
        raise _Wrong(
            "to this storage keys that differ only in upper and lower case are one, so that objects would be written"
            " over and deleted for others",
            "give it folders or a backend that tell A from a, or another storage",
        )

    def _copied_one(self) -> Asking:
        """A copy of one of the first objects: what keeps each of several from being copied is no single object's
        affair."""
        wrong: _Wrong | None = None
        for change in self._first:
            try:
                yield from self._copied(change)
            except _Wrong as error:
                wrong = wrong or error
            else:
                return
        if wrong is not None:
            raise wrong

    def _copied(self, change: Change) -> Asking:
        """One real copy, and where it is denied, which of the permissions it needs is missing."""
        source, key = self._source, self._source.prefix + change.key
        if change.acl == "mirror":
            try:
                yield GetAcl(Side.SOURCE, source.bucket, key)
            except StorageFault as fault:
                if fault.is_denied and not fault.is_archived and not fault.is_credentials:
                    raise _Wrong(
                        f"who may read {source} cannot be seen: {fault}",
                        "allow s3:GetObjectAcl on the source, or use --acl none",
                    ) from None
                if fault.is_credentials:
                    raise _Wrong.of(fault) from None
        original = Original(source.bucket, key, change.source_etag)
        try:
            yield Copy(
                original,
                self._target.bucket,
                self.key,
                TO_OWNER if self._acl == TO_OWNER else "private" if self._acl else None,
                storage_class_to_write(change.storage_class),
            )
        except StorageFault as fault:
            if fault.is_credentials:
                raise _Wrong.of(fault) from None
            if fault.is_archived or not fault.is_denied or (yield from self._has_vanished(key)):
                return  # this one object's affair, which its own copy will tell
            yield from _try(
                GetHead(Side.TARGET, source.bucket, key), "s3:GetObject on the source, for the target's credentials"
            )
            yield from _try(
                GetTags(Side.TARGET, source.bucket, key),
                "s3:GetObjectTagging on the source, for the target's credentials",
            )
            raise _Wrong(
                f"a copy was denied: {fault}",
                "allow s3:PutObject, s3:PutObjectTagging and, with KMS, kms:Decrypt and kms:GenerateDataKey",
            ) from None

    def _has_vanished(self, key: str) -> Asking:
        """Whether the source says so. To credentials that may not list it, its storage denies what is not there."""
        try:
            return not (yield from is_listed(self._source.bucket, key))
        except StorageFault:
            return False


class _Wrong(Exception):
    def __init__(self, text: str, hint: str | None) -> None:
        super().__init__(text)
        self.hint = hint

    @classmethod
    def of(cls, fault: StorageFault) -> _Wrong:
        """A fault that is nobody's permission but the credentials' or the clock's."""
        return cls(str(fault), fault.to_error("").hint)


def _try(request: Request, permission: str) -> Generator[Request, Any, Any]:
    try:
        return (yield request)
    except StorageFault as fault:
        if fault.is_credentials:
            raise _Wrong.of(fault) from None
        raise _Wrong(str(fault), f"allow {permission}" if fault.is_denied else None) from None
