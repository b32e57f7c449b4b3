"""Object storage that only answers, after a set latency: what is measured against it is the client alone.

``python -m benchmarks.s3stub --keys N --latency-ms L`` prints its port. Bucket ``full`` lists N random keys as Active
Storage makes them, ``half`` every second of them, a bucket whose name begins with ``empty`` none; copies, ACLs and
deletes succeed and change nothing. ``versioned`` lists all of them too, and keeps versions: by those, what ``half``
lacks has been deleted, until its delete markers are removed. A bucket whose name begins with ``kept`` lists all of them
to begin with, and keeps what is put, copied and deleted. ``/-/counts`` says what was asked.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import random
import re
import string
import sys
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from typing import cast
from urllib.parse import parse_qs, unquote, urlsplit

_LETTERS = string.ascii_lowercase + string.digits
_XML = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_ETAG = "d41d8cd98f00b204e9800998ecf8427e"
_TIME = "2026-01-02T03:04:05.000Z"
_LATER = "2026-01-02T03:05:05.000Z"
#: What of a query makes another operation of a request.
_NAMES = frozenset(
    {
        "list-type",
        "versions",
        "delete",
        "versioning",
        "tagging",
        "policy",
        "acl",
        "encryption",
        "ownershipControls",
        "publicAccessBlock",
    }
)

_COPY = (
    _XML
    + (
        f"<CopyObjectResult><LastModified>{_TIME}</LastModified><ETag>&quot;{_ETAG}&quot;</ETag></CopyObjectResult>"
    ).encode()
)
_ACL = (
    _XML + b"<AccessControlPolicy><Owner><ID>o</ID></Owner><AccessControlList><Grant><Grantee"
    b" xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:type='Group'>"
    b"<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"
)
_LOCATION = _XML + b"<LocationConstraint></LocationConstraint>"
#: After every key that begins as it does without.
_LAST = "\U0010ffff"
_KEY = re.compile(rb"<Key>[^<]*</Key>")
_MARKER = re.compile(rb"<Key>([^<]*)</Key><VersionId>m</VersionId>")
_VERSIONED = _XML + b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
_UNTAGGED = _XML + b"<Error><Code>NoSuchTagSet</Code><Message>not set</Message></Error>"
_NOT_SET = _XML + b"<Error><Code>NoSuchConfiguration</Code><Message>not set</Message></Error>"


def _deleted(content: bytes) -> bytes:
    """All that a request for deletions names, deleted."""
    return (
        _XML
        + b"<DeleteResult>"
        + b"".join(b"<Deleted>" + key + b"</Deleted>" for key in _KEY.findall(content))
        + b"</DeleteResult>"
    )


def make_keys(count: int) -> list[str]:
    """Sorted keys of 28 characters."""
    rng = random.Random(1)
    return sorted("".join(rng.choices(_LETTERS, k=28)) for _ in range(count))


class Stub:
    """The answers."""

    def __init__(self, keys: list[str]) -> None:
        self._keys = keys
        self._half = keys[::2]
        self._deleted = set(keys[1::2])
        self._kept: dict[str, list[str]] = {}
        self.counts: Counter[str] = Counter()

    def answer(self, method: str, target: str, headers: dict[bytes, bytes], content: bytes) -> tuple[int, bytes]:
        parts = urlsplit(target)
        query = parse_qs(parts.query, keep_blank_values=True)
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        if bucket == "-":
            return 200, json.dumps(self.counts).encode()
        names = "&".join(name for name in sorted(query) if name in _NAMES)
        self.counts[f"{method} {'object' if key else 'bucket'} {names}".strip()] += 1
        if bucket.startswith("kept"):
            self._keep(method, bucket, key, query, content)
        if method == "GET" and not key and bucket == "versioned" and query.keys() & {"versions", "versioning"}:
            return 200, self._versions(query) if "versions" in query else _VERSIONED
        if method == "POST" and bucket == "versioned":
            self._deleted -= {found.decode() for found in _MARKER.findall(content)}
        if method == "GET" and not key:
            if query.keys() & {
                "tagging",
                "ownershipControls",
                "publicAccessBlock",
                "encryption",
                "versioning",
                "policy",
            }:
                return 404, _UNTAGGED if "tagging" in query else _NOT_SET
            return 200, _LOCATION if "location" in query else self._page(bucket, query)
        if method == "GET":
            return 200, _ACL if "acl" in query else b""
        if method == "HEAD" and key != key.lower():
            return 404, b""  # no key has capitals: the canary looks whether A and a are told apart
        if b"x-amz-copy-source" in headers:
            return 200, _COPY
        return (200, _deleted(content)) if method == "POST" else (204, b"") if method == "DELETE" else (200, b"")

    def _keep(self, method: str, bucket: str, key: str, query: dict[str, list[str]], content: bytes) -> None:
        """Have the keys of *bucket* be those that it holds from now on."""
        if method == "GET" or query.keys() & {"acl", "tagging"}:
            return
        keys = self._kept.setdefault(bucket, list(self._keys))
        for each in [key] if key else [found[5:-6].decode() for found in _KEY.findall(content)]:
            at = bisect_left(keys, each)
            is_there = at < len(keys) and keys[at] == each
            if method == "PUT" and not is_there:
                insort(keys, each)
            elif method in {"DELETE", "POST"} and is_there:
                del keys[at]

    def _page(self, bucket: str, query: dict[str, list[str]]) -> bytes:
        prefix = query.get("prefix", [""])[0]
        keys = (
            [] if bucket.startswith("empty") else self._half if bucket == "half" else self._kept.get(bucket, self._keys)
        )
        begin, end = (bisect_left(keys, prefix), bisect_left(keys, prefix + _LAST)) if prefix else (0, len(keys))
        limit = int(query.get("max-keys", ["1000"])[0])
        token = query.get("continuation-token", [""])[0]
        after = base64.b64decode(token).decode() if token else query.get("start-after", query.get("marker", [""]))[0]
        first = max(begin, bisect_right(keys, after)) if after else begin
        page = keys[first : min(first + limit, end)]
        is_more = first + limit < end
        body = "".join(
            [
                f"<Contents><Key>{key}</Key><LastModified>{_TIME}</LastModified><ETag>&quot;{_ETAG}&quot;</ETag><Size>100</Size><StorageClass>STANDARD</StorageClass></Contents>"
                for key in page
            ]
        )
        token = base64.b64encode(page[-1].encode()).decode() if page and is_more else ""
        following = (
            f"<NextContinuationToken>{token}</NextContinuationToken><NextMarker>{page[-1]}</NextMarker>"
            if token
            else ""
        )
        return (
            _XML
            + (
                "<ListBucketResult"
                f" xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><Name>{bucket}</Name><Prefix>{prefix}</Prefix>"
                f"<KeyCount>{len(page)}</KeyCount><MaxKeys>{limit}</MaxKeys>"
                f"<IsTruncated>{'true' if is_more else 'false'}</IsTruncated>{following}{body}</ListBucketResult>"
            ).encode()
        )

    def _versions(self, query: dict[str, list[str]]) -> bytes:
        limit, after, prefix = (
            int(query.get("max-keys", ["1000"])[0]),
            query.get("key-marker", [""])[0],
            query.get("prefix", [""])[0],
        )
        first = bisect_right(self._keys, after) if after else bisect_left(self._keys, prefix)
        entries: list[str] = []
        last = ""
        for key in self._keys[first : first + limit]:
            if not key.startswith(prefix):
                break
            is_deleted = key in self._deleted
            found = (
                [
                    f"<DeleteMarker><Key>{key}</Key><VersionId>m</VersionId><IsLatest>true</IsLatest><LastModified>{_LATER}</LastModified></DeleteMarker>"
                ]
                if is_deleted
                else []
            )
            found.append(
                f"<Version><Key>{key}</Key><VersionId>v</VersionId>"
                f"<IsLatest>{'false' if is_deleted else 'true'}</IsLatest><LastModified>{_TIME}</LastModified>"
                f"<ETag>&quot;{_ETAG}&quot;</ETag><Size>100</Size><StorageClass>STANDARD</StorageClass></Version>"
            )
            if len(entries) + len(found) > limit:
                break
            entries += found
            last = key
        is_more = bool(last) and last != self._keys[-1] and not prefix
        following = (
            f"<NextKeyMarker>{last}</NextKeyMarker><NextVersionIdMarker>v</NextVersionIdMarker>" if is_more else ""
        )
        return (
            _XML
            + (
                f"<ListVersionsResult><IsTruncated>{'true' if is_more else 'false'}</IsTruncated>"
                f"{following}{''.join(entries)}</ListVersionsResult>"
            ).encode()
        )


class _Connection(asyncio.Protocol):
    def __init__(self, stub: Stub, latency_s: float) -> None:
        self._stub = stub
        self._latency_s = latency_s
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            first, *lines = self._buffer[:end].split(b"\r\n")
            headers = {
                name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)
            }
            length = int(headers.get(b"content-length", b"0"))
            if headers.get(b"expect") == b"100-continue" and self._transport:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if len(self._buffer) < end + 4 + length:
                return
            content, self._buffer = self._buffer[end + 4 : end + 4 + length], self._buffer[end + 4 + length :]
            method, target, _ = first.decode().split(" ")
            status, body = self._stub.answer(method, target, headers, content)
            extra = f'ETag: "{_ETAG}"\r\n' if method in {"PUT", "HEAD"} else ""
            sizes = f"{extra}Content-Length: {len(body)}"
            head = f"HTTP/1.1 {status} X\r\nContent-Type: application/xml\r\n{sizes}\r\n\r\n".encode()
            asyncio.get_running_loop().call_later(
                self._latency_s, self._write, head if method == "HEAD" else head + body
            )

    def _write(self, answer: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answer)


async def _serve(keys: int, latency_s: float) -> None:
    stub = Stub(make_keys(keys))
    server = await asyncio.get_running_loop().create_server(
        lambda: _Connection(stub, latency_s), "127.0.0.1", 0, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main(arguments: list[str]) -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.s3stub", description=__doc__)
    parser.add_argument("--keys", type=int, default=50_000)
    parser.add_argument("--latency-ms", type=float, default=20)
    options = parser.parse_args(arguments)
    asyncio.run(_serve(options.keys, options.latency_ms / 1000))


if __name__ == "__main__":
    main(sys.argv[1:])
