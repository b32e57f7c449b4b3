"""A proxy of our own in front of a server: it cuts a connection after the server has done what was asked and before the
client hears of it, or goes silent while both ends believe to be connected.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from tests.servers import Server

_CHUNK = 65_536
_TICK_S = 0.1

#: Queries of a connection that answers are told with.
_REMEMBERED = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says when a command is done. *number* counts all of them from 1, *query* is what the client asked
    since it began its transaction."""

    tag: str
    query: str
    number: int


@dataclass(frozen=True, slots=True)
class Turn:
    """The server has done what was asked and waits, or (*copies*) begins to send rows. *program* is the client's
    application name."""

    program: str
    copies: bool


#: Whether the connection is to be cut instead of passing an answer on.
Cut = Callable[[Answer], bool]


def never(answer: Answer) -> bool:
    del answer
    return False


def nth(tag: str, query: str, number: int) -> Cut:
    """The *number*-th answer that begins with *tag* in a transaction in which *query* stands."""
    seen: list[Answer] = []

    def cuts(answer: Answer) -> bool:
        if answer.tag.startswith(tag) and query in answer.query:
            seen.append(answer)
            return len(seen) == number
        return False

    return cuts


class Proxy:
    """Listens on a port of its own. *cuts* decides about each answer; it is asked from many threads, one at a time.

    Set :attr:`is_silent`, and nothing passes any more, in either direction, while all connections stay open.
    """

    def __init__(self, port: int, cuts: Cut = never) -> None:
        self.answers: list[Answer] = []
        self.turns: list[Turn] = []
        self.cut: list[Answer] = []
        self.is_silent = threading.Event()
        self._cuts = cuts
        self._port = port
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_TICK_S)
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @classmethod
    @contextmanager
    def before(cls, server: Server, cuts: Cut = never) -> Iterator[Proxy]:
        """A proxy to *server*."""
        proxy = cls(server.embedded.port, cuts)
        try:
            yield proxy
        finally:
            proxy.close()

    def url(self, url: str) -> str:
        """*url* by way of the proxy, in the clear."""
        parts = urlsplit(url)
        userinfo = parts.netloc.rpartition("@")[0]
        return urlunsplit(
            parts._replace(netloc=f"{userinfo}@127.0.0.1:{self.port}", query="sslmode=disable&gssencmode=disable")
        )

    def close(self) -> None:
        self._closed.set()
        self._thread.join()
        self._listener.close()
        for each in self._sockets:
            _abort(each)

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._port), timeout=10)
            except OSError:
                _abort(client)
                continue
            for each in (client, server):
                each.settimeout(_TICK_S)
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets += [client, server]
            _Connection(self, client, server).start()

    def _decide(self, tag: str, query: str) -> bool:
        with self._lock:
            answer = Answer(tag, query, len(self.answers) + 1)
            self.answers.append(answer)
            if not self._cuts(answer):
                return False
            self.cut.append(answer)
            return True


class _Connection:
    """One client's connection and the one to the server behind it."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._asked: list[str] = []
        self._program = ""

    def start(self) -> None:
        for work in (self._to_server, self._to_client):
            threading.Thread(target=self._guarded, args=(work,), daemon=True).start()

    def _guarded(self, work: Callable[[], None]) -> None:
        with contextlib.suppress(OSError):
            work()
        self._drop()

    def _drop(self) -> None:
        _abort(self._client)
        _abort(self._server)

    def _to_server(self) -> None:
        """Pass on what the client says, with an eye on its queries. Its first message has no type, and it may ask for
        other protocols."""
        messages = _Messages(has_startup=True)
        while data := self._read(self._client):
            for kind, body in messages.of(data):
                if not kind and b"application_name" in body:
                    self._program = body.split(b"application_name\0")[1].split(b"\0")[0].decode()
                if kind in {b"Q", b"P"}:
                    query = body.split(b"\0", 2)[0 if kind == b"Q" else 1].decode("utf-8", "replace")
                    self._asked = [query] if query.startswith("BEGIN") else [*self._asked, query][-_REMEMBERED:]
            self._write(self._server, data)

    def _to_client(self) -> None:
        messages = _Messages(has_startup=False)
        while data := self._read(self._server):
            passing = b""
            for kind, body in messages.of(data):
                if kind in {b"Z", b"H"}:
                    self._proxy.turns.append(Turn(self._program, kind == b"H"))
                if kind == b"C" and self._proxy._decide(body.rstrip(b"\0").decode(), "; ".join(self._asked)):
                    self._write(self._client, passing)
                    self._drop()
                    return
                passing += kind + struct.pack("!I", len(body) + 4) + body
            self._write(self._client, passing)

    def _read(self, end: socket.socket) -> bytes:
        while not self._proxy._closed.is_set():
            if self._proxy.is_silent.is_set():
                self._proxy._closed.wait(_TICK_S)
                continue
            with contextlib.suppress(TimeoutError):
                return end.recv(_CHUNK)
        return b""

    def _write(self, end: socket.socket, data: bytes) -> None:
        while data and not self._proxy._closed.is_set():
            if self._proxy.is_silent.is_set():
                self._proxy._closed.wait(_TICK_S)
                continue
            with contextlib.suppress(TimeoutError):
                data = data[end.send(data) :]


class _Messages:
    """Whole messages out of chunks of bytes."""

    def __init__(self, *, has_startup: bool) -> None:
        self._buffer = b""
        self._has_startup = has_startup

    def of(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        self._buffer += data
        while True:
            head = 0 if self._has_startup else 1
            if len(self._buffer) < head + 4:
                return
            end = head + int(struct.unpack("!I", self._buffer[head : head + 4])[0])
            if len(self._buffer) < end:
                return
            kind, body = self._buffer[:head], self._buffer[head + 4 : end]
            self._buffer, self._has_startup = self._buffer[end:], False
            yield kind, body


def _abort(end: socket.socket) -> None:
    """Close with a reset: what was on its way is lost."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RDWR)
    end.close()
