"""The clients of a pair of buckets, and what sends the hot requests through them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from masker.buckets.client.boto import BotoBackend
from masker.buckets.client.clients import is_amazon, open_bucket_client
from masker.buckets.client.control import controlled
from masker.buckets.client.traffic import Backend
from masker.buckets.errors import StorageFault
from masker.buckets.settings import BucketPair, Client
from masker.buckets.transfer import Transfer
from masker.errors import UsageError
from masker.notes import Note

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_THREADS = 32
_IN_FLIGHT = 256


def open_clients(pair: BucketPair, concurrency: int | None) -> tuple[S3Client, S3Client]:
    """A client for each side, the same one where it may serve both."""
    threads = concurrency or _THREADS
    source = open_bucket_client(pair.source_access, pair.source.bucket, connections=threads)
    # there each bucket has a region of its own
    is_one = pair.source_access == pair.target_access and not is_amazon(source)
    return source, source if is_one else open_bucket_client(pair.target_access, pair.target.bucket, connections=threads)


def elsewhere(pair: BucketPair, source: S3Client, target: S3Client) -> list[Note]:
    """What is to be told where a bucket lies in another region than the one given for it."""
    sides = ((pair.source, pair.source_access.region, source), (pair.target, pair.target_access.region, target))
    return [
        Note(subject=str(location), text=f"lies in {client.meta.region_name}, not in {given}: it is asked there")
        for location, given, client in sides
        if given is not None and client.meta.region_name != given
    ]


def open_backend(
    client: Client, source: S3Client, target: S3Client, concurrency: int | None, *, requester_pays: bool = False
) -> Backend:
    """What sends requests. Raises UsageError where it is not installed."""
    if client == "boto3":
        return BotoBackend(source, target, threads=concurrency or _THREADS)
    try:
        from masker.buckets.client.crt import CrtBackend
    except ImportError:
        raise UsageError("awscrt is not installed", hint="pip install awscrt, or use --client boto3") from None
    return CrtBackend(source, target, in_flight=concurrency or _IN_FLIGHT, requester_pays=requester_pays)


def share_of(client: Client, concurrency: int | None, workers: int) -> int:
    """The requests each of *workers* may have under way."""
    return max(1, (concurrency or (_THREADS if client == "boto3" else _IN_FLIGHT)) // workers)


def abort_uploads(target: S3Client, transfer: Transfer) -> None:
    """Give back the storage of copies by parts that were cut off."""
    call = controlled(target, transfer.target.bucket)
    for abort in transfer.open_uploads.values():
        with contextlib.suppress(StorageFault):
            call("abort_multipart_upload", Bucket=abort.bucket, Key=abort.key, UploadId=abort.upload)
            transfer.uploads.has_ended(abort.upload)
