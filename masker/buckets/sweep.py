"""Uploads that were left open are ended: a killed run's by the next into the same target, a run's own at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from masker.buckets.client.control import controlled
from masker.buckets.compare import Pair
from masker.buckets.errors import StorageFault


def sweep_uploads(opened: Pair) -> int:
    """End the uploads that the journal of *opened*'s target says are open; how many there were. What cannot be ended
    stays written down."""
    journal = opened.session.state.uploads
    left = journal.left()
    if not left:
        return 0
    target = opened.plan.target
    call = controlled(opened.session.target_client, str(target))
    own = dict(left.open)
    is_all = True
    try:
        own |= {
            upload: key
            for key, upload, initiated in _listed(call, target.bucket, target.prefix)
            if left.is_own(key, upload, initiated)
        }
    except StorageFault as fault:
        # Without the right to list uploads, or on a storage that lists none, those known by their ids are ended all the
        # same.
        is_all = fault.is_denied or fault.is_unsupported or 400 <= fault.status < 500
    ended = 0
    for upload, key in own.items():
        try:
            call("abort_multipart_upload", Bucket=target.bucket, Key=key, UploadId=upload)
            ended += 1
        except StorageFault as fault:
            is_all = is_all and (fault.code == "NoSuchUpload" or fault.is_missing)
    if is_all:
        journal.forget()
    return ended


def finish_uploads(opened: Pair) -> None:
    """At the end of a run that lives: nothing is asked where every upload that was begun was heard of and ended."""
    journal = opened.session.state.uploads
    if journal.left().open or opened.session.traffic.counts.sent.get("CreateUpload", 0) != journal.begun:
        sweep_uploads(opened)
    else:
        journal.forget()


def _listed(call: Callable[..., Any], bucket: str, prefix: str) -> Iterator[tuple[str, str, float]]:
    """Open uploads below *prefix*: key, id, and when each was begun."""
    marks: dict[str, str] = {}
    while True:
        answer = call("list_multipart_uploads", Bucket=bucket, Prefix=prefix, **marks)
        for item in answer.get("Uploads", ()):
            yield item["Key"], item["UploadId"], item["Initiated"].timestamp()
        if not answer.get("IsTruncated"):
            return
        marks = {"KeyMarker": answer["NextKeyMarker"], "UploadIdMarker": answer["NextUploadIdMarker"]}
