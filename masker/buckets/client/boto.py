"""Requests sent through boto3, on threads: the reference for every other backend, and the control plane."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email.header import Header
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, ParamValidationError
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.parsers import ResponseParserError

from masker.buckets.client.credentials import lost_credentials
from masker.buckets.client.interruptions import interruptible
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
    ListPage,
    ListVersions,
    Original,
    PutAcl,
    PutEmpty,
    PutObject,
    Request,
    Version,
    VersionsPage,
    side_of,
)
from masker.buckets.client.traffic import Answer, Landed
from masker.buckets.client.xml import bare_etag, below, decoded
from masker.buckets.errors import StorageFault
from masker.buckets.objects import Entry, Page, acl_of
from masker.sides import Side

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

#: Headers that belong to an object and that a copy by parts has to be given.
_CONTENT_HEADERS = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "WebsiteRedirectLocation",
)


@contextmanager
def storage_faults() -> Iterator[None]:
    """Turn what botocore raises inside into a StorageFault, or into the interruption that it came of."""
    try:
        with interruptible():
            yield
    except ClientError as error:
        response: Any = error.response
        status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        region = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region")
        # An error inside an answer that began well; botocore leaves its status at 200.
        fault = StorageFault.from_answer(
            0 if status == 200 else status, {"Region": region, **response.get("Error", {})}
        )
        raise lost_credentials(error) or fault from None
    except ResponseParserError:
        raise StorageFault.unreadable("the answer is not what S3 says") from None
    except (BotoConnectionError, HTTPClientError) as error:
        raise StorageFault.connection(str(error)) from None
    except ParamValidationError:
        # Its text quotes what was to be sent, metadata of objects among it.
        raise StorageFault("Client", "what belongs to the object cannot be sent as it is") from None
    except BotoCoreError as error:
        raise lost_credentials(error) or StorageFault("Client", str(error)) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        if (lost := lost_credentials(error)) is None:
            raise
        raise lost from None


class BotoBackend:
    """Requests on *threads* threads. More than a few dozen gain nothing: boto3 is bound by the interpreter, not by
    waiting."""

    def __init__(self, source: S3Client, target: S3Client, *, threads: int = 32) -> None:
        self.most_in_flight = threads
        self._clients = {Side.SOURCE: source, Side.TARGET: target}
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="masker-s3")
        self._closed = threading.Event()

    def send(self, request: Request, landed: Landed) -> None:
        """Send *request* on a thread of the pool."""
        self._pool.submit(self._answer, request, landed)

    def close(self) -> None:
        """Send nothing more; wait for what is under way."""
        self._closed.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _answer(self, request: Request, landed: Landed) -> None:
        if self._closed.is_set():
            return
        try:
            with storage_faults():
                answer = ask(self._clients[side_of(request)], request)
        except StorageFault as fault:
            landed(fault)
        except KeyError as error:
            landed(StorageFault.unreadable(f"the answer has no {error}"))
        except Exception as error:  # noqa: BLE001 - it must reach the thread that waits, whatever it is
            landed(StorageFault("Client", f"{type(error).__name__}: {error}"))
        else:
            landed(answer)


def ask(client: S3Client, request: Request) -> Answer:
    """Send one request and wait for its answer. Raises what botocore raises."""
    if getattr(request, "key", "a bucket") == "":
        raise StorageFault.nameless()
    s3: Any = client
    handler: Callable[[Any, Any], Answer] = _HANDLERS[type(request)]
    return handler(s3, request)


def _list_page(s3: Any, request: ListPage) -> Page:
    after = {"StartAfter": request.prefix + request.after} if request.after is not None else {}
    answer = s3.list_objects_v2(
        Bucket=request.bucket, Prefix=request.prefix, MaxKeys=request.limit, **_ENCODED, **after
    )
    contents = answer.get("Contents", ())
    if answer.get("KeyCount", len(contents)) != len(contents):
        raise StorageFault.unreadable("a page of the listing is cut short")
    keys = below([_decoded(answer, o["Key"]) for o in contents], request.prefix)
    entries = [
        Entry(key, o["Size"], o["ETag"].strip('"'), o.get("StorageClass", "STANDARD"))
        for key, o in zip(keys, contents, strict=True)
    ]
    return Page(entries, not (answer["IsTruncated"] or (entries and answer.get("NextContinuationToken"))))


#: Keys are asked for as of URLs, and decoded here: botocore would make other keys of those that are not UTF-8.
_ENCODED = {"EncodingType": "url"}


def _decoded(answer: Any, key: str) -> str:
    return decoded(key) if answer.get("EncodingType") == "url" else key


def _get_acl(s3: Any, request: GetAcl) -> Answer:
    return acl_of(s3.get_object_acl(Bucket=request.bucket, Key=request.key)["Grants"])


def _put_acl(s3: Any, request: PutAcl) -> None:
    s3.put_object_acl(Bucket=request.bucket, Key=request.key, ACL=request.acl, ContentMD5=content_md5(b""))


def _origin(original: Original) -> dict[str, Any]:
    return {"CopySource": {"Bucket": original.bucket, "Key": original.key}, "CopySourceIfMatch": f'"{original.etag}"'}


def _copy(s3: Any, request: Copy) -> str:
    answer = s3.copy_object(
        Bucket=request.bucket, Key=request.key, **_origin(request.original), **_acl_and_class(request)
    )
    return bare_etag(answer["CopyObjectResult"]["ETag"])


def _acl_and_class(request: Copy | CreateUpload) -> dict[str, Any]:
    extra: dict[str, Any] = {"ACL": request.acl} if request.acl else {}
    return extra | ({"StorageClass": request.storage_class} if request.storage_class else {})


def _get_head(s3: Any, request: GetHead) -> Head:
    part = {"PartNumber": request.part} if request.part else {}
    answer = s3.head_object(Bucket=request.bucket, Key=request.key, **part)
    return Head(
        size=int(answer["ContentLength"]),
        etag=answer["ETag"].strip('"'),
        storage_class=answer.get("StorageClass", "STANDARD"),
        metadata=answer.get("Metadata", {}),
        headers={name: answer[name] for name in _CONTENT_HEADERS if name in answer},
        is_restored='ongoing-request="false"' in answer.get("Restore", ""),
        is_restoring='ongoing-request="true"' in answer.get("Restore", ""),
    )


def _get_tags(s3: Any, request: GetTags) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in s3.get_object_tagging(Bucket=request.bucket, Key=request.key)["TagSet"]}


def _create_upload(s3: Any, request: CreateUpload) -> str:
    tags = {"Tagging": urlencode(request.tags)} if request.tags else {}
    answer = s3.create_multipart_upload(
        Bucket=request.bucket,
        Key=request.key,
        Metadata=_as_ascii(request.head.metadata),
        **request.head.headers,
        **tags,
        **_acl_and_class(request),
    )
    return str(answer["UploadId"])


def _as_ascii(metadata: Mapping[str, str]) -> dict[str, str]:
    """*metadata* as headers carry it: what is beyond ASCII in the form of RFC 2047, as S3 itself answers it.

    Stores that send UTF-8 as it is have it read as ISO 8859-1 by HTTP libraries.
    """
    return {
        name: value if value.isascii() else Header(_meant(value), "utf-8", maxlinelen=10_000).encode()
        for name, value in metadata.items()
    }


def _meant(value: str) -> str:
    try:
        return value.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        return value


def _copy_part(s3: Any, request: CopyPart) -> str:
    answer = s3.upload_part_copy(
        Bucket=request.bucket,
        Key=request.key,
        UploadId=request.upload,
        PartNumber=request.number,
        **_origin(request.original),
        CopySourceRange=f"bytes={request.first}-{request.last}",
    )
    return bare_etag(answer["CopyPartResult"]["ETag"])


def _complete_upload(s3: Any, request: CompleteUpload) -> str:
    parts = [{"PartNumber": number, "ETag": f'"{etag}"'} for number, etag in enumerate(request.parts, 1)]
    answer = s3.complete_multipart_upload(
        Bucket=request.bucket, Key=request.key, UploadId=request.upload, MultipartUpload={"Parts": parts}
    )
    return bare_etag(answer["ETag"])


def _abort_upload(s3: Any, request: AbortUpload) -> None:
    s3.abort_multipart_upload(Bucket=request.bucket, Key=request.key, UploadId=request.upload)


def _put_empty(s3: Any, request: PutEmpty) -> str | None:
    answer = s3.put_object(
        Bucket=request.bucket,
        Key=request.key,
        Body=b"",
        ContentMD5=content_md5(b""),
        **({"ACL": request.acl} if request.acl else {}),
    )
    version: str | None = answer.get("VersionId")
    return version


def _put_object(s3: Any, request: PutObject) -> str:
    answer = s3.put_object(
        Bucket=request.bucket,
        Key=request.key,
        Body=request.body,
        ContentMD5=content_md5(request.body),
        ContentType=request.content_type,
        **({"ACL": request.acl} if request.acl else {}),
    )
    return bare_etag(answer["ETag"])


def content_md5(body: bytes) -> str:
    """Content-MD5, which a bucket with Object Lock wants of everything that is put into it."""
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def _delete(s3: Any, request: Delete) -> Deleted:
    if len(request.objects) == 1:
        # Not as a document of XML, in which some control characters cannot stand.
        ((key, version),) = request.objects
        s3.delete_object(Bucket=request.bucket, Key=key, **({"VersionId": version} if version else {}))
        return Deleted(frozenset({key}))
    objects = [{"Key": key, **({"VersionId": version} if version else {})} for key, version in request.objects]
    answer = s3.delete_objects(Bucket=request.bucket, Delete={"Objects": objects, "Quiet": False})
    return Deleted(
        frozenset(d["Key"] for d in answer.get("Deleted", ())),
        tuple((e["Key"], e.get("Code", "")) for e in answer.get("Errors", ())),
    )


def _list_versions(s3: Any, request: ListVersions) -> tuple[Version, ...]:
    found: list[Version] = []
    marks: dict[str, str] = {}
    while True:
        answer = s3.list_object_versions(Bucket=request.bucket, Prefix=request.key, **_ENCODED, **marks)
        found += [version for key, version in _versions(answer) if key == request.key]
        # Keys come in order, and the shortest of those that begin alike is the first.
        if not answer.get("IsTruncated") or _decoded(answer, answer["NextKeyMarker"]) != request.key:
            return tuple(found)
        before, marks = marks, {"KeyMarker": request.key, "VersionIdMarker": answer["NextVersionIdMarker"]}
        if marks == before:
            raise StorageFault.unreadable("a listing of versions goes on where it was")


def _versions_page(s3: Any, request: VersionsPage) -> tuple[dict[str, tuple[Version, ...]], str | None]:
    after = {"KeyMarker": request.after} if request.after is not None else {}
    answer = s3.list_object_versions(Bucket=request.bucket, MaxKeys=request.limit, **_ENCODED, **after)
    found: dict[str, tuple[Version, ...]] = {}
    for key, version in _versions(answer):
        found[key] = (*found.get(key, ()), version)
    return found, _decoded(answer, answer["NextKeyMarker"]) if answer["IsTruncated"] else None


def _versions(answer: Any) -> Iterator[tuple[str, Version]]:
    """What a page of versions holds, versions first: the order between those and the markers is lost."""
    for kind, is_marker in (("Versions", False), ("DeleteMarkers", True)):
        for item in answer.get(kind, ()):
            yield (
                _decoded(answer, item["Key"]),
                Version(
                    item["VersionId"],
                    is_marker,
                    item["IsLatest"],
                    item.get("ETag", "").strip('"'),
                    item["LastModified"].timestamp(),
                ),
            )


_HANDLERS: dict[type[Any], Callable[[Any, Any], Answer]] = {
    ListPage: _list_page,
    GetAcl: _get_acl,
    PutAcl: _put_acl,
    Copy: _copy,
    GetHead: _get_head,
    GetTags: _get_tags,
    CreateUpload: _create_upload,
    CopyPart: _copy_part,
    CompleteUpload: _complete_upload,
    AbortUpload: _abort_upload,
    PutEmpty: _put_empty,
    PutObject: _put_object,
    Delete: _delete,
    ListVersions: _list_versions,
    VersionsPage: _versions_page,
}
