"""A seal on a target: a small object that the last run has left in it, and that whatever writes to it by masker breaks
first.

So a record that lies on one machine is held against what has become of the target on any: a run or an undo from
elsewhere, one that was killed, an emptied or another bucket of the same name leave no seal, or another one. It says
nothing of keys, which open objects to whoever knows them where a bucket is open.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence

from masker.buckets.client.boto import content_md5
from masker.buckets.client.control import Call
from masker.buckets.errors import StorageFault
from masker.buckets.lock import above, forget_versions
from masker.buckets.objects import SEAL_NAME, Location, SentAcl


def read_seal(call: Call, target: Location) -> str | None:
    """The ETag of the seal on *target*, None where there is none. Raises StorageFault."""
    key = seal_key(target)
    answer = call("list_objects_v2", Bucket=target.bucket, Prefix=key, MaxKeys=1)
    return next((str(item["ETag"]).strip('"') for item in answer.get("Contents", ()) if item["Key"] == key), None)


def break_seals(call: Call, target: Location, below: Sequence[Location], *, keeps_versions: bool) -> None:
    """Remove the seal on *target*, those on the bucket and the folders it lies in, and those on folders *below*. Raises
    StorageFault where one stays."""
    for location in (target, *above(target), *below):
        if read_seal(call, location) is None:
            continue
        call("delete_object", Bucket=location.bucket, Key=seal_key(location))
        if keeps_versions:
            forget_versions(call, location.bucket, seal_key(location))
        if read_seal(call, location) is not None:
            raise StorageFault("Undeleted", "it is still there after it was deleted")


def put_seal(call: Call, target: Location, run: str, *, acl: SentAcl | None, keeps_versions: bool) -> str:
    """Seal *target* for *run*; the ETag of the seal. Raises StorageFault."""
    key = seal_key(target)
    if keeps_versions:
        forget_versions(call, target.bucket, key)
    body = json.dumps({"masker": "seal", "run": run, "token": secrets.token_hex(16)}).encode()
    sent = {"ACL": acl} if acl else {}
    answer = call(
        "put_object",
        Bucket=target.bucket,
        Key=key,
        Body=body,
        ContentType="application/json",
        ContentMD5=content_md5(body),
        **sent,
    )
    told = str(answer.get("ETag", "")).strip('"')
    listed = read_seal(call, target)
    if not told or listed != told:
        raise StorageFault("Unsealed", "the storage does not list what it has just taken")
    return told


def seal_key(location: Location) -> str:
    """The whole key of the seal on *location*."""
    return location.prefix + SEAL_NAME
