"""Small servers of our own in the place of services that masker speaks to: what arrived is kept, what is answered is
said by the test."""

from __future__ import annotations

import json
import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A request."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(kw_only=True)
class Web:
    """An HTTP server; *answers* by ``GET /path`` are sent as JSON, an integer as a status, which *refuses* is for all
    others; *places* by path are what it says for Location."""

    url: str = ""
    arrived: list[Arrived] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    refuses: int | None = None

    def said(self, method: str) -> list[tuple[str, Any]]:
        """Paths and bodies of the requests by *method*."""
        return [(each.path, each.json() if each.body else None) for each in self.arrived if each.method == method]


@contextmanager
def web() -> Iterator[Web]:
    """A server as long as the context lasts."""
    it = Web()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            it.arrived.append(
                Arrived(method=self.command, path=self.path, headers=dict(self.headers.items()), body=body)
            )
            said = it.answers.get(f"{self.command} {self.path}", {} if it.refuses is None else it.refuses)
            status = said if isinstance(said, int) else 200
            text = json.dumps(None if isinstance(said, int) else said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            if self.path in it.places:
                self.send_header("Location", it.places[self.path])
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = do_PUT = _answer  # noqa: N815 - names of the library

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        it.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield it
        finally:
            server.shutdown()
            thread.join()


@dataclass(kw_only=True)
class RedisServer:
    """What speaks as much of Redis's protocol as a flush takes."""

    run_id: str | None
    password: str | None = None
    replid: str = ""
    former: str = "0" * 40
    in_cluster: bool = False
    url: str = ""
    commands: list[tuple[str, ...]] = field(default_factory=list)


@contextmanager
def redis(
    run_id: str | None, password: str | None = None, *, tls: ssl.SSLContext | None = None
) -> Iterator[RedisServer]:
    """A server as long as the context lasts."""
    it = RedisServer(run_id=run_id, password=password, replid=f"r{run_id}")

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            allowed = it.password is None
            while line := self.rfile.readline():
                words = []
                for _ in range(int(line[1:])):
                    size = int(self.rfile.readline()[1:])
                    words.append(self.rfile.read(size).decode())
                    self.rfile.readline()
                it.commands.append(tuple(words))
                if words[0] == "AUTH":
                    allowed = words[-1] == it.password
                if not allowed:
                    self.wfile.write(b"-NOAUTH canary\r\n")
                elif words[0] == "INFO":
                    text = {
                        "server": f"# Server\r\nredis_version:7\r\n{f'run_id:{it.run_id}' if it.run_id else ''}\r\n",
                        "replication": f"master_replid:{it.replid}\r\nmaster_replid2:{it.former}\r\n",
                        "cluster": f"cluster_enabled:{it.in_cluster:d}\r\n",
                    }[words[1]].encode()
                    self.wfile.write(b"$%d\r\n%s\r\n" % (len(text), text))
                else:
                    self.wfile.write(b"+OK\r\n")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

        def handle_error(self, request: Any, address: Any) -> None:
            del request, address  # who does not trust it hangs up

    with Server(("127.0.0.1", 0), Handler) as server:
        login = f":{password}@" if password else ""
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        it.url = f"redis{'s' * (tls is not None)}://{login}127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield it
        finally:
            server.shutdown()
            thread.join()
