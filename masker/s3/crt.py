"""The hot requests through awscrt: signing, TLS, pooling and waiting in C, a fifth of a millisecond of CPU each or less.

Listings, copies, ACLs and deletes by the batch; everything else goes the way of boto3. Retries are ours here too, so that throttling
narrows the window instead of hiding in a client.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from awscrt.auth import AwsCredentials, AwsCredentialsProvider
from awscrt.http import HttpHeaders, HttpRequest
from awscrt.io import (
    ClientBootstrap,
    ClientTlsContext,
    DefaultHostResolver,
    EventLoopGroup,
    InputStream,
    TlsConnectionOptions,
    TlsContextOptions,
)
from awscrt.s3 import S3Client as CrtClient
from awscrt.s3 import S3RequestTlsMode, S3RequestType, S3RetryConfig, S3RetryMode, create_default_s3_signing_config

from masker.s3.boto import BotoBackend, is_amazon
from masker.s3.documents import read_acl, read_copy, read_deleted, read_error, read_page, write_delete
from masker.s3.errors import StorageFault
from masker.s3.requests import Copy, Delete, GetAcl, ListPage, PutAcl, PutObject, Request, Side, side_of
from masker.s3.traffic import Answer, Landed

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

#: Decides how many connections the client opens at most; a lower figure leaves most of the window waiting.
_THROUGHPUT_GBPS = 100.0

_CONNECT_MS = 10_000
_CLOSE_S = 10.0

#: Threads that wait for the network. A second one gains nothing: what they call back needs the interpreter's lock.
_LOOPS = 1

#: Operations on a bucket; without a key every other one would come out as one of them.
_OF_BUCKETS = frozenset({"ListObjectsV2", "DeleteObjects"})

#: Answers that the runtime keeps to itself, telling only what it takes them for.
_CODES = {"AWS_ERROR_S3_INTERNAL_ERROR": "InternalError", "AWS_ERROR_S3_SLOW_DOWN": "SlowDown", "AWS_ERROR_S3_REQUEST_TIMEOUT": "RequestTimeout"}

Read = Callable[[bytes], Answer]


class CrtBackend:
    """Requests of both sides, each with its own credentials."""

    def __init__(self, source: S3Client, target: S3Client, *, in_flight: int = 256, threads: int = 16) -> None:
        self.most_in_flight = in_flight
        self._boto = BotoBackend(source, target, threads=min(threads, in_flight))
        loops = EventLoopGroup(_LOOPS)
        bootstrap = ClientBootstrap(loops, DefaultHostResolver(loops))
        self._source = _CrtSide(source, bootstrap, in_flight)
        self._target = self._source if target is source else _CrtSide(target, bootstrap, in_flight)

    def send(self, request: Request, landed: Landed) -> None:
        """Hand *request* to the side whose credentials it needs."""
        side = self._source if side_of(request) is Side.SOURCE else self._target
        match request:
            case ListPage():
                after = {"start-after": request.prefix + request.after} if request.after is not None else {}
                query = urlencode({"list-type": "2", "encoding-type": "url", "max-keys": request.limit, "prefix": request.prefix, **after}, quote_via=quote)
                side.send("ListObjectsV2", "GET", request.bucket, "", query, [], lambda body: read_page(body, request.prefix), landed)
            case GetAcl():
                side.send("GetObjectAcl", "GET", request.bucket, request.key, "acl", [], read_acl, landed)
            case PutAcl():
                side.send("PutObjectAcl", "PUT", request.bucket, request.key, "acl", [("x-amz-acl", request.acl)], _nothing, landed)
            case Copy():
                side.send("CopyObject", "PUT", request.bucket, request.key, "", _copy_headers(request), read_copy, landed)
            case PutObject():
                acl = [("x-amz-acl", request.acl)] if request.acl else []
                headers = [("Content-Type", request.content_type), *acl]
                side.send("PutObject", "PUT", request.bucket, request.key, "", headers, _nothing, landed, request.body, read_headers=_etag)
            case Delete() if len(request.objects) > 1:
                body = write_delete(request.objects)
                side.send("DeleteObjects", "POST", request.bucket, "", "delete", [], read_deleted, landed, body)
            case _:
                self._boto.send(request, landed)

    def close(self) -> None:
        """Wait until nothing is under way."""
        self._boto.close()
        self._source.close()
        self._target.close()


def _copy_headers(request: Copy) -> list[tuple[str, str]]:
    original = request.original
    headers = [
        ("x-amz-copy-source", quote(f"{original.bucket}/{original.key}", safe="/-_.~")),
        ("x-amz-copy-source-if-match", f'"{original.etag}"'),
    ]
    if request.acl:
        headers.append(("x-amz-acl", request.acl))
    if request.storage_class:
        headers.append(("x-amz-storage-class", request.storage_class))
    return headers


def _nothing(body: bytes) -> None:
    del body


def _etag(headers: list[tuple[str, str]]) -> str:
    for name, value in headers:
        if name.lower() == "etag":
            return value.strip('"')
    raise StorageFault.unreadable("the answer has no ETag")


class _CrtSide:
    """One client of the runtime, made from what a boto3 client knows: endpoint, region, credentials as they are renewed."""

    def __init__(self, client: S3Client, bootstrap: ClientBootstrap, in_flight: int) -> None:
        meta: Any = client.meta
        self._endpoint = urlsplit(meta.endpoint_url)
        self._base = self._endpoint.path.rstrip("/")  # some storages live below a path
        self._is_path_style = not is_amazon(client)
        credentials: Any = client._request_signer._credentials  # type: ignore[attr-defined]  # boto3 has no other way to ask for them

        def present() -> AwsCredentials:
            frozen = credentials.get_frozen_credentials()
            return AwsCredentials(frozen.access_key, frozen.secret_key, frozen.token)

        provider = AwsCredentialsProvider.new_delegate(present) if credentials else AwsCredentialsProvider.new_anonymous()
        self._client: CrtClient | None = CrtClient(
            bootstrap=bootstrap, region=meta.region_name, tls_mode=S3RequestTlsMode.ENABLED if self._endpoint.scheme == "https" else S3RequestTlsMode.DISABLED,
            signing_config=create_default_s3_signing_config(region=meta.region_name, credential_provider=provider),
            tls_connection_options=_trust(client), throughput_target_gbps=_THROUGHPUT_GBPS, max_active_connections_override=in_flight,
            retry_config=S3RetryConfig(retry_mode=S3RetryMode.NONE), connect_timeout_ms=_CONNECT_MS,
        )  # fmt: skip
        self._shutdown = self._client.shutdown_event

    def send(
        self, operation: str, method: str, bucket: str, key: str, query: str, headers: list[tuple[str, str]], read: Read, landed: Landed, body: bytes = b"",
        *, read_headers: Callable[[list[tuple[str, str]]], Answer] | None = None,
    ) -> None:  # fmt: skip
        """One request; *read* makes its answer of a good body, or *read_headers* of the headers; everything else becomes a StorageFault."""
        client = self._client
        if client is None:
            return
        if not key and operation not in _OF_BUCKETS:
            landed(StorageFault.nameless())
            return
        host = self._endpoint.netloc
        path = "/" + quote(key, safe="/-_.~")
        if self._is_path_style or "." in bucket:
            path = f"/{bucket}{path if key else ''}"
        else:
            host = f"{bucket}.{host}"
        path = self._base + path
        stream = None
        sent = HttpHeaders([("Host", host), ("Content-Length", str(len(body))), *headers])
        if body:
            sent.add("Content-MD5", base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode())
            stream = InputStream(_Bytes(body))
        chunks: list[bytes] = []
        answered: list[tuple[str, str]] = []

        def on_headers(status_code: int, headers: list[tuple[str, str]], **rest: object) -> None:
            del status_code, rest
            answered[:] = headers

        def on_body(chunk: bytes, **rest: object) -> None:
            del rest
            chunks.append(chunk)

        def on_done(error: Exception | None = None, error_body: bytes | None = None, status_code: int | None = None, **rest: object) -> None:
            del rest
            try:
                if error is None:
                    landed(read_headers(answered) if read_headers else read(b"".join(chunks)))
                else:
                    landed(_fault(error, status_code or 0, error_body or b"".join(chunks)))
            except StorageFault as fault:
                landed(fault)
            except Exception as defect:  # noqa: BLE001 - it must reach the thread that waits, whatever it is
                landed(StorageFault("Client", f"{type(defect).__name__}: {defect}"))

        try:
            client.make_request(
                type=S3RequestType.DEFAULT, operation_name=operation, request=HttpRequest(method, f"{path}?{query}" if query else path, sent, stream),
                on_headers=on_headers if read_headers else None, on_body=on_body, on_done=on_done,
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001 - the runtime raises plain exceptions of many kinds
            landed(StorageFault("Client", str(error)))

    def close(self) -> None:
        self._client = None
        self._shutdown.wait(_CLOSE_S)


def _fault(error: Exception, status: int, body: bytes) -> StorageFault:
    """What the runtime says of a request that failed, which is not always with the status of the answer."""
    name = str(getattr(error, "name", ""))
    if b"<Error>" in body or status >= 300:
        return read_error(status if status >= 300 else 0, body)
    if name.startswith("AWS_AUTH"):
        return StorageFault("NoCredentials", name)
    if name in _CODES:
        return StorageFault(_CODES[name], "")
    return StorageFault.unreadable(name) if status else StorageFault.connection(name or str(error))


def _trust(client: S3Client) -> TlsConnectionOptions | None:
    """The certificate authorities that *client* has been told to trust (AWS_CA_BUNDLE, ``ca_bundle``), None for the system's."""
    own: Any = client
    bundle = own._endpoint.http_session._verify  # boto3 has no other way to ask for it
    if not isinstance(bundle, str):
        return None
    options = TlsContextOptions()
    options.override_default_trust_store_from_path(None, bundle)
    return ClientTlsContext(options).new_connection_options()


class _Bytes:
    """A body the runtime may read again."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def read(self, count: int = -1) -> bytes:
        end = len(self._content) if count < 0 else self._at + count
        chunk = self._content[self._at : end]
        self._at += len(chunk)
        return chunk

    def readinto(self, view: memoryview) -> int:
        chunk = self.read(len(view))
        view[: len(chunk)] = chunk
        return len(chunk)

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, len(self._content))[whence]
        return self._at
