"""The bucket that holds dumps: one of their own, which nobody else may read."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from masker.buckets.client.clients import open_bucket_client
from masker.buckets.client.control import controlled, insistently
from masker.buckets.errors import StorageFault
from masker.buckets.objects import Location
from masker.buckets.policies import is_open
from masker.buckets.settings import Access
from masker.dumps.manifest import NAME
from masker.errors import Refused, UsageError

_DATA = "data.dump"
_MANIFEST = "manifest.json"

_EVERYBODY = (
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
)

#: What storages say of a bucket that has no policy.
_NO_POLICY = frozenset({"NoSuchBucketPolicy", "NoSuchPolicy"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """Where dumps are, and the buckets that hold something else: production's and the preview's own."""

    location: Location
    access: Access
    taken: Sequence[Location] = ()


class Store:
    """The dumps below one prefix. Each is two objects, the manifest written last: a dump without one is none.

    Raises StorageError where the storage fails.
    """

    def __init__(self, settings: StoreSettings) -> None:
        self.location = settings.location
        for other in settings.taken:
            if other.bucket == settings.location.bucket:
                raise Refused(
                    f"{settings.location}: its bucket is one of a pair, {other}, which applications show",
                    hint="dumps get a private bucket of their own",
                )
        self._client = open_bucket_client(settings.access, settings.location.bucket, connections=10)
        self._call = controlled(self._client, str(settings.location))

    def require_private(self) -> None:
        """Raise Refused where others may read the bucket, or where that cannot be seen."""
        bucket = self.location.bucket
        try:
            acl = self._call("get_bucket_acl", Bucket=bucket)
        except StorageFault as fault:
            raise self._unseen(fault, "s3:GetBucketAcl") from None
        if any(grant.get("Grantee", {}).get("URI") in _EVERYBODY for grant in acl.get("Grants", ())):
            raise self._public("its ACL lets everybody in")
        try:
            policy = self._call("get_bucket_policy", Bucket=bucket)["Policy"]
        except StorageFault as fault:
            if fault.code in _NO_POLICY:
                return
            raise self._unseen(fault, "s3:GetBucketPolicy") from None
        try:
            is_public = is_open(policy)
        except (ValueError, TypeError):
            raise self._public("its policy cannot be read, so that it is taken for open") from None
        if is_public:
            raise self._public("its policy lets everybody read, if only on a condition")

    def _public(self, why: str) -> Refused:
        return Refused(f"{self.location}: {why}", hint="dumps get a private bucket of their own")

    def _unseen(self, fault: StorageFault, permission: str) -> Exception:
        if fault.status == 404 or fault.is_credentials or not (fault.is_denied or fault.is_unsupported):
            return fault.to_error(str(self.location))
        return Refused(
            f"{self.location}: whether it is private cannot be seen ({fault.code})", hint=f"allow {permission} on it"
        )

    def names(self) -> list[str]:
        """The dumps that are whole, the newest first."""
        found: dict[str, set[str]] = {}
        for name, part in self._parts():
            found.setdefault(name, set()).add(part)
        return sorted((name for name, parts in found.items() if parts >= {_DATA, _MANIFEST}), reverse=True)

    def unfinished(self) -> list[str]:
        """What dumps that were not ended have left."""
        whole = set(self.names())
        return sorted({name for name, _ in self._parts()} - whole)

    def _parts(self) -> Iterator[tuple[str, str]]:
        """Objects below the prefix that are called as a dump's."""
        token: dict[str, Any] = {}
        while True:
            with_prefix = {"Bucket": self.location.bucket, "Prefix": self.location.prefix, **token}
            try:
                page = self._call("list_objects_v2", **with_prefix)
            except StorageFault as fault:
                raise fault.to_error(str(self.location)) from None
            for entry in page.get("Contents", ()):
                name, _, part = entry["Key"].removeprefix(self.location.prefix).partition("/")
                if NAME.fullmatch(name) and part in {_DATA, _MANIFEST}:
                    yield name, part
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def resolve(self, name: str | None) -> str:
        """The dump called *name*, the newest if that is None. Raises UsageError where there is none."""
        names = self.names()
        if name is None and names:
            return names[0]
        if name is None or name not in names:
            raise UsageError(
                f"{self.location}: there is no dump {name or 'in it'}", hint="`masker dump list` tells which there are"
            )
        return name

    def put(self, name: str, data: Path, manifest: dict[str, Any]) -> None:
        """Store a dump, its manifest last."""

        def send(key: str, open_body: Callable[[], BinaryIO]) -> None:
            with open_body() as body:
                self._client.upload_fileobj(body, self.location.bucket, key)

        text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        try:
            insistently(lambda: send(self._key(name, _DATA), lambda: data.open("rb")))
            insistently(lambda: send(self._key(name, _MANIFEST), lambda: io.BytesIO(text)))
        except StorageFault as fault:
            raise fault.to_error(str(self.location)) from None

    def manifest(self, name: str) -> Any:
        """What the manifest of *name* says, None where it is no JSON."""

        def read() -> bytes:
            answer = self._client.get_object(Bucket=self.location.bucket, Key=self._key(name, _MANIFEST))
            return answer["Body"].read()

        try:
            body = insistently(read)
        except StorageFault as fault:
            raise fault.to_error(str(self.location)) from None
        try:
            return json.loads(body)
        except ValueError:
            return None

    def fetch(self, name: str, path: Path) -> None:
        """Write the data of *name* to *path*."""

        def receive() -> None:
            with path.open("wb") as file:
                self._client.download_fileobj(self.location.bucket, self._key(name, _DATA), file)

        try:
            insistently(receive)
        except StorageFault as fault:
            raise fault.to_error(str(self.location)) from None

    def delete(self, name: str) -> None:
        """Delete a dump, its manifest first."""
        try:
            for part in (_MANIFEST, _DATA):
                self._call("delete_object", Bucket=self.location.bucket, Key=self._key(name, part))
        except StorageFault as fault:
            raise fault.to_error(str(self.location)) from None

    def _key(self, name: str, part: str) -> str:
        return f"{self.location.prefix}{name}/{part}"
