"""A proxy of our own in front of the storage: it counts every request, and answers some of them as a bad day would."""

from __future__ import annotations

import http.client
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True)
class Seen:
    """One request as it passed. *operation* by its name in the API, *number* counts all requests from 1, *headers* by
    lower-case name."""

    operation: str
    bucket: str
    key: str
    query: dict[str, list[str]]
    number: int
    headers: dict[str, str] = field(default_factory=dict)
    host: str = ""


@dataclass
class Reply:
    """What the proxy answers itself. Without a *status* the storage answers, *change* is made to its body and
    *extra_passed* headers are added, after *delay* seconds; it is not told the headers *unheeded*. With *lost* the
    storage does what it was asked to, and its answer is another: one of ours with a *status*, else none."""

    status: int = 0
    body: bytes = b""
    delay: float = 0.0
    reset: bool = False
    lost: bool = False
    change: Callable[[bytes], bytes] | None = None
    cut: int | None = None
    extra: dict[str, str] = field(default_factory=dict)
    extra_passed: dict[str, str] = field(default_factory=dict)
    unheeded: frozenset[str] = frozenset()


def error(status: int, code: str) -> Reply:
    """An error of S3."""
    return Reply(
        status=status,
        body=(
            f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>by the proxy</Message></Error>'
        ).encode(),
    )


def uploads_dated(seen: Seen) -> Reply | None:
    """Listings of uploads with the present time: moto has them all begun in 2010."""
    if not seen.operation.startswith("GET bucket") or "uploads" not in seen.query:
        return None
    now = f"<Initiated>{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000Z}</Initiated>".encode()
    return Reply(change=lambda body: re.sub(rb"<Initiated>[^<]*</Initiated>", now, body))


Fault = Callable[[Seen], Reply | None]


class Proxy:
    """Listens on a port of its own; :attr:`fault` decides about each request."""

    def __init__(self, upstream: str, handler: type[Handler] | None = None) -> None:
        self.upstream = urlsplit(upstream)
        self.fault: Fault = _no_fault
        self.seen: list[Seen] = []
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), handler or Handler)
        self._server.proxy = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def forget(self) -> None:
        """Count anew, and be no longer at fault."""
        with self.lock:
            self.seen.clear()
            self.fault = _no_fault

    @property
    def counts(self) -> Counter[str]:
        with self.lock:
            return Counter(seen.operation for seen in self.seen)

    def numbers(self, operation: str) -> list[int]:
        """When requests of *operation* came, as their numbers."""
        with self.lock:
            return [seen.number for seen in self.seen if seen.operation == operation]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _no_fault(seen: Seen) -> Reply | None:
    del seen
    return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    proxy: Proxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is nothing to report."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    upstream: http.client.HTTPConnection | None = None
    asked_host = ""

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def finish(self) -> None:
        if self.upstream is not None:
            self.upstream.close()
        super().finish()

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        proxy = self.server.proxy
        with proxy.lock:
            seen = _seen(self.command, self.path, dict(self.headers.items()), len(proxy.seen) + 1)
            seen = replace(seen, host=self.asked_host or seen.headers.get("host", ""))
            proxy.seen.append(seen)
        reply = proxy.fault(seen) or Reply()
        if reply.delay:
            time.sleep(reply.delay)
        if reply.reset:
            self._hang_up()
            return
        if reply.status and not reply.lost:
            self._answer(reply.status, {"Content-Type": "application/xml", **reply.extra}, reply.body, reply.cut)
            return
        if self.upstream is None:
            self.upstream = http.client.HTTPConnection(str(proxy.upstream.hostname), proxy.upstream.port, timeout=60)
        told = {name: value for name, value in self.headers.items() if name.lower() not in reply.unheeded}
        self.upstream.request(self.command, self.path, body=body or None, headers=told)
        answer = self.upstream.getresponse()
        content = answer.read()
        if reply.lost and reply.status:
            self._answer(reply.status, {"Content-Type": "application/xml"}, reply.body, None)
            return
        if reply.lost:
            self._hang_up()
            return
        headers = {
            k: v
            for k, v in answer.getheaders()
            if k.lower() not in {"connection", "transfer-encoding", "content-length", "date", "server"}
        }
        if self.command == "HEAD":
            headers["Content-Length"] = answer.getheader("Content-Length") or "0"
        headers |= reply.extra_passed
        self._answer(answer.status, headers, reply.change(content) if reply.change else content, reply.cut)

    def _hang_up(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _answer(self, status: int, headers: dict[str, str], body: bytes, cut: int | None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(body if cut is None else body[:cut])
        if cut is not None:
            self.close_connection = True

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass  # noqa: N815 - the names that the standard library calls

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Nothing to say."""


def _seen(method: str, path: str, headers: dict[str, str], number: int) -> Seen:
    parts = urlsplit(path)
    query = parse_qs(parts.query, keep_blank_values=True)
    bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
    copies = any(name.lower() == "x-amz-copy-source" for name in headers)
    lower = {name.lower(): unquote(value) for name, value in headers.items()}
    return Seen(_operation(method, key, query, copies=copies), bucket, key, query, number, lower)


def _operation(method: str, key: str, query: dict[str, list[str]], *, copies: bool) -> str:
    if not key:
        if "list-type" in query:
            return "List"
        return "DeleteObjects" if "delete" in query else f"{method} bucket {'&'.join(sorted(query))}"
    if "acl" in query:
        return "GetAcl" if method == "GET" else "PutAcl"
    if "tagging" in query:
        return "GetTags"
    if "uploadId" in query:
        return {"PUT": "CopyPart", "POST": "Complete", "DELETE": "Abort"}.get(method, method)
    if "uploads" in query:
        return "CreateUpload"
    return "Copy" if copies else {"PUT": "Put", "GET": "Get", "HEAD": "Head", "DELETE": "Delete"}[method]
