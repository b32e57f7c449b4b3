"""The hot requests through awscrt: signing, TLS, pooling and waiting in C, a fifth of a millisecond of CPU each or
less.

Listings, copies, ACLs and deletes by the batch; everything else goes the way of boto3. Retries are ours here too, so
that throttling narrows the window instead of hiding in a client.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from awscrt.auth import AwsCredentials, AwsCredentialsProvider, AwsSigningConfig
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

from masker.buckets.client.boto import BotoBackend, storage_faults
from masker.buckets.client.clients import Address, address_of, authorities_of, present_credentials
from masker.buckets.client.requests import Copy, Delete, GetAcl, ListPage, PutAcl, PutObject, Request, side_of
from masker.buckets.client.traffic import Answer, Landed
from masker.buckets.client.xml import bare_etag, read_acl, read_copy, read_deleted, read_error, read_page, write_delete
from masker.buckets.errors import StorageFault
from masker.buckets.objects import copy_source
from masker.errors import Interrupted
from masker.sides import Side

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
_CODES = {
    "AWS_ERROR_S3_INTERNAL_ERROR": "InternalError",
    "AWS_ERROR_S3_SLOW_DOWN": "SlowDown",
    "AWS_ERROR_S3_REQUEST_TIMEOUT": "RequestTimeout",
    "AWS_ERROR_S3_REQUEST_TIME_TOO_SKEWED": "RequestTimeTooSkewed",
}

Read = Callable[[bytes], Answer]


class CrtBackend:
    """Requests of both sides, each with its own credentials.

    What the runtime cannot be told (other signatures than those of regions, proxies that it reads otherwise), and what
    a storage wants to be asked elsewhere, goes the way of boto3.
    """

    def __init__(
        self,
        source: S3Client,
        target: S3Client,
        *,
        in_flight: int = 256,
        threads: int = 16,
        requester_pays: bool = False,
    ) -> None:
        self.most_in_flight = in_flight
        self._boto = BotoBackend(source, target, threads=min(threads, in_flight))
        loops = EventLoopGroup(_LOOPS)
        bootstrap = ClientBootstrap(loops, DefaultHostResolver(loops))
        self._source = _CrtSide(source, bootstrap, in_flight, requester_pays=requester_pays)
        self._target = (
            self._source if target is source else _CrtSide(target, bootstrap, in_flight, requester_pays=requester_pays)
        )

    def send(self, request: Request, landed: Landed) -> None:
        """Hand *request* to the side whose credentials it needs."""
        side = self._source if side_of(request) is Side.SOURCE else self._target
        call = _call(request)
        address = side.address(request.bucket) if call else None
        if call is None or address is None:
            self._boto.send(request, landed)
            return

        def answered(answer: Answer | StorageFault) -> None:
            if isinstance(answer, StorageFault) and (answer.is_elsewhere or answer.is_of_clock):
                # By boto3 for the answer's own words too, of which the runtime keeps the clocks to itself.
                self._boto.send(request, landed)
            else:
                landed(answer)

        side.send(call, address, answered)

    def close(self) -> None:
        """Wait until nothing is under way."""
        self._boto.close()
        self._source.close()
        self._target.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """A request as HTTP has it. *read* makes its answer of a good body, or *read_headers* of the headers. A *body* of
    None is none."""

    operation: str
    method: str
    key: str = ""
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    read: Read | None = None
    read_headers: Callable[[list[tuple[str, str]]], Answer] | None = None


def _call(request: Request) -> _Call | None:
    """None for what only boto3 sends."""
    match request:
        case ListPage():
            after = {"start-after": request.prefix + request.after} if request.after is not None else {}
            query = urlencode(
                {
                    "list-type": "2",
                    "encoding-type": "url",
                    "max-keys": request.limit,
                    "prefix": request.prefix,
                    **after,
                },
                quote_via=quote,
            )
            return _Call(
                operation="ListObjectsV2", method="GET", query=query, read=lambda body: read_page(body, request.prefix)
            )
        case GetAcl():
            return _Call(operation="GetObjectAcl", method="GET", key=request.key, query="acl", read=read_acl)
        case PutAcl():
            return _Call(
                operation="PutObjectAcl",
                method="PUT",
                key=request.key,
                query="acl",
                headers=(("x-amz-acl", request.acl),),
                body=b"",
            )
        case Copy():
            return _Call(
                operation="CopyObject",
                method="PUT",
                key=request.key,
                headers=tuple(_copy_headers(request)),
                read=read_copy,
            )
        case PutObject():
            headers = (("Content-Type", request.content_type), *((("x-amz-acl", request.acl),) if request.acl else ()))
            return _Call(
                operation="PutObject",
                method="PUT",
                key=request.key,
                headers=headers,
                body=request.body,
                read_headers=_etag,
            )
        case Delete() if len(request.objects) > 1:
            return _Call(
                operation="DeleteObjects",
                method="POST",
                query="delete",
                body=write_delete(request.objects),
                read=read_deleted,
            )
        case _:
            return None


def _copy_headers(request: Copy) -> list[tuple[str, str]]:
    original = request.original
    headers = [
        ("x-amz-copy-source", quote(copy_source(original.bucket, original.key), safe="/-_.~")),
        ("x-amz-copy-source-if-match", f'"{original.etag}"'),
    ]
    if request.acl:
        headers.append(("x-amz-acl", request.acl))
    if request.storage_class:
        headers.append(("x-amz-storage-class", request.storage_class))
    return headers


def _etag(headers: list[tuple[str, str]]) -> str:
    for name, value in headers:
        if name.lower() == "etag":
            return bare_etag(value)
    raise StorageFault.unreadable("the answer has no ETag")


class _CrtSide:
    """One client of the runtime, made from what a boto3 client knows: addresses, credentials as they are renewed,
    authorities."""

    def __init__(self, client: S3Client, bootstrap: ClientBootstrap, in_flight: int, *, requester_pays: bool) -> None:
        meta: Any = client.meta
        self._boto = client
        self._addresses: dict[str, Address | None] = {}
        self._always = [("x-amz-request-payer", "requester")] if requester_pays else []
        self._ask_credentials = present_credentials(client)
        self._credentials: Any = None
        self._provider = (
            AwsCredentialsProvider.new_delegate(self._present)
            if self._ask_credentials
            else AwsCredentialsProvider.new_anonymous()
        )
        self._signing: dict[str, AwsSigningConfig] = {}
        is_tls = urlsplit(meta.endpoint_url).scheme == "https"
        self._client: CrtClient | None = CrtClient(
            bootstrap=bootstrap,
            region=meta.region_name,
            tls_mode=S3RequestTlsMode.ENABLED if is_tls else S3RequestTlsMode.DISABLED,
            signing_config=self._signed_for(meta.region_name),
            tls_connection_options=_trust(client) if is_tls else None,
            throughput_target_gbps=_THROUGHPUT_GBPS,
            max_active_connections_override=in_flight,
            retry_config=S3RetryConfig(retry_mode=S3RetryMode.NONE),
            connect_timeout_ms=_CONNECT_MS,
        )
        self._shutdown = self._client.shutdown_event

    def address(self, bucket: str) -> Address | None:
        """Where *bucket* is asked; None where it can be only by boto3."""
        if bucket not in self._addresses:
            self._addresses[bucket] = address_of(self._boto, bucket)
        return self._addresses[bucket]

    def _present(self) -> AwsCredentials:
        """The credentials that the last request was begun with: to renew them here, in a call from C, could not fail in
        an orderly way."""
        return AwsCredentials(self._credentials.access_key, self._credentials.secret_key, self._credentials.token)

    def _renew(self) -> StorageFault | None:
        """See that there are credentials that hold. A fault is given back, not raised: its traceback would keep the
        client from being closed."""
        try:
            with storage_faults():
                self._credentials = self._ask_credentials() if self._ask_credentials else None
        except StorageFault as fault:
            return fault
        return None

    def _signed_for(self, region: str) -> AwsSigningConfig:
        if region not in self._signing:
            self._signing[region] = create_default_s3_signing_config(region=region, credential_provider=self._provider)
        return self._signing[region]

    def send(self, call: _Call, address: Address, landed: Landed) -> None:
        """Send *call*; everything but a good answer becomes a StorageFault."""
        if not call.key and call.operation not in _OF_BUCKETS:
            landed(StorageFault.nameless())
            return
        if lost := self._renew():
            landed(lost)
            return
        client = self._client
        if client is None:
            return
        path = f"{address.path}/{quote(call.key, safe='/-_.~')}" if call.key else address.path or "/"
        stream = None
        sent = HttpHeaders(
            [("Host", address.host), ("Content-Length", str(len(call.body or b""))), *call.headers, *self._always]
        )
        if call.body is not None:
            sent.add("Content-MD5", base64.b64encode(hashlib.md5(call.body, usedforsecurity=False).digest()).decode())
            stream = InputStream(_Bytes(call.body))
        chunks: list[bytes] = []
        answered: list[tuple[str, str]] = []

        def on_headers(status_code: int, headers: list[tuple[str, str]], **rest: object) -> None:
            del status_code, rest
            answered[:] = headers

        def on_body(chunk: bytes, **rest: object) -> None:
            del rest
            chunks.append(chunk)

        def on_done(
            error: Exception | None = None,
            error_body: bytes | None = None,
            error_headers: list[tuple[str, str]] | None = None,
            status_code: int | None = None,
            **rest: object,
        ) -> None:
            del rest
            try:
                if error is not None:
                    landed(_fault(error, status_code or 0, error_body or b"".join(chunks), error_headers or []))
                elif call.read_headers:
                    landed(call.read_headers(answered))
                else:
                    landed(call.read(b"".join(chunks)) if call.read else None)
            except StorageFault as fault:
                landed(fault)
            except Exception as defect:  # noqa: BLE001 - it must reach the thread that waits, whatever it is
                landed(StorageFault("Client", f"{type(defect).__name__}: {defect}"))

        try:
            client.make_request(
                type=S3RequestType.DEFAULT,
                operation_name=call.operation,
                signing_config=self._signed_for(address.region),
                request=HttpRequest(call.method, f"{path}?{call.query}" if call.query else path, sent, stream),
                on_headers=on_headers if call.read_headers else None,
                on_body=on_body,
                on_done=on_done,
            )
        except Interrupted:
            raise
        except Exception as error:  # noqa: BLE001 - the runtime raises plain exceptions of many kinds
            landed(StorageFault("Client", str(error)))

    def close(self) -> None:
        self._client = None
        self._shutdown.wait(_CLOSE_S)


def _fault(error: Exception, status: int, body: bytes, headers: list[tuple[str, str]]) -> StorageFault:
    """What the runtime says of a request that failed, which is not always with the status of the answer."""
    name = str(getattr(error, "name", ""))
    if b"<Error>" in body or status >= 300:
        return read_error(
            status if status >= 300 else 0,
            body,
            {name.lower(): value for name, value in headers}.get("x-amz-bucket-region"),
        )
    if name.startswith("AWS_AUTH"):
        return StorageFault("NoCredentials", name)
    if name in _CODES:
        return StorageFault(_CODES[name], "")
    return StorageFault.unreadable(name) if status else StorageFault.connection(name or str(error))


def _trust(client: S3Client) -> TlsConnectionOptions | None:
    """The certificate authorities that *client* trusts, so that both trust the same."""
    bundle = authorities_of(client)
    if bundle is None:
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
