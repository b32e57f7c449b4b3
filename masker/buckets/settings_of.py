"""What a bucket says of itself, asked before anything is written to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from masker.buckets.errors import StorageFault
from masker.buckets.objects import Location, is_access_point
from masker.buckets.settings import Access
from masker.errors import StorageError
from masker.notes import Note

Call = Callable[..., Any]

#: What storages say of a bucket without tags.
_UNSET = frozenset({"NoSuchTagSet", "NoSuchTagSetError"})

#: What is not known where it may not be asked for.
_ASKED_FOR = {
    "get_bucket_policy": "whom its policy lets in",
    "get_bucket_acl": "whom its own ACL lets in",
    "get_public_access_block": "its public-access block",
    "get_bucket_ownership_controls": "whether it takes ACLs",
    "get_bucket_versioning": "whether it keeps versions",
    "get_bucket_encryption": "its encryption",
}


@dataclass(frozen=True, slots=True)
class SettingsOf:
    """Reads of one bucket's settings. What is not set, or not known to this storage, reads as None."""

    call: Call
    location: Location
    notes: list[Note]
    access: Access = field(default_factory=Access)

    def read(self, operation: str, permission: str, *, must: bool = False) -> Any:
        """The answer; with *must*, a denied read is an error that names *permission*, else a note."""
        if is_access_point(self.location.bucket):
            return None
        try:
            return self.call(operation, Bucket=self.location.bucket)
        except StorageFault as fault:
            if fault.code in {"NoSuchBucket", "404"} and fault.status == 404:
                raise fault.to_error(str(self.location)) from None
            if fault.is_credentials or (
                fault.is_denied and fault.code not in {"AccessDenied", "AllAccessDisabled", "403", "Forbidden"}
            ):
                raise fault.to_error(str(self.location)) from None
            if fault.is_denied:
                if must:
                    raise StorageError(
                        f"{self.location}: {permission} is missing, so it cannot be known whether the bucket is"
                        " protected",
                        hint=f"allow {permission} on the bucket",
                    ) from None
                what = _ASKED_FOR.get(operation, "this")
                self.notes.append(
                    Note(subject=str(self.location), text=f"{permission} is missing, so {what} was not looked at")
                )
                return None
            # What has to be known is known to be unset only by the answer that says so.
            if fault.is_unsupported or fault.code in _UNSET or (400 <= fault.status < 500 and not must):
                return None
            raise fault.to_error(str(self.location)) from None


def read_block(asking: SettingsOf) -> dict[str, bool]:
    """The public-access block of the bucket, empty where there is none."""
    answer = asking.read("get_public_access_block", "s3:GetBucketPublicAccessBlock") or {}
    return dict(answer.get("PublicAccessBlockConfiguration", {}))
