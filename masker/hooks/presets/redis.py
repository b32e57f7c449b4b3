"""The preview's Redis emptied, whose caches and jobs are of the former preview; never production's."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import Field

from masker.hooks.errors import HookFailed, HookRefused
from masker.hooks.event import Event
from masker.hooks.presets.preset import Preset, value_of
from masker.model import FromEnvironment

_TIMEOUT_S = 10.0


class Redis(Preset):
    """``FLUSHDB ASYNC``. Production's has to be named: two servers are told apart by their ``run_id``."""

    stages = ("before", "restored", "published")

    url: str | FromEnvironment = Field(description="The preview's: redis://:password@host:6379/0, or rediss://.")
    production: str | FromEnvironment = Field(description="Production's, which is asked for its run_id alone.")

    def send(self, event: Event) -> None:
        del event
        url, production = value_of(self.url), value_of(self.production)
        with _session(production, "production's") as theirs:
            of_production = theirs.run_id()
        with _session(url, "the preview's") as ours:
            of_preview = ours.run_id()
            # One server may hold databases of both by their number; it is as near as that, and refused as well.
            if of_preview == of_production:
                raise HookRefused(
                    "hook redis: the preview's server is production's (its run_id is the same); nothing was flushed",
                    hint="give the preview a Redis of its own",
                )
            ours.ask("FLUSHDB", "ASYNC")


class _Session:
    def __init__(self, stream: Any, whose: str) -> None:
        self._stream = stream
        self._whose = whose

    def ask(self, *words: str) -> bytes:
        """The answer to a command. Raises HookFailed where it is an error; what it says is not told."""
        parts = [f"*{len(words)}\r\n".encode()]
        for word in words:
            said = word.encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(said), said))
        self._stream.write(b"".join(parts))
        self._stream.flush()
        line: bytes = self._stream.readline()
        if line[:1] == b"+":
            return line[1:].strip()
        if line[:1] == b"$" and int(line[1:]) >= 0:
            text: bytes = self._stream.read(int(line[1:]))
            self._stream.readline()
            return text
        raise HookFailed(
            f"hook redis: {self._whose} server refused {words[0]}", hint="look at its URL and the rights of its user"
        )

    def run_id(self) -> str:
        for line in self.ask("INFO", "server").decode("utf-8", "replace").splitlines():
            name, _, value = line.partition(":")
            if name == "run_id" and value.strip():
                return value.strip()
        raise HookRefused(
            f"hook redis: {self._whose} server does not say its run_id, so that it cannot be told from the"
            f" other; nothing"
            " was flushed",
            hint="allow INFO to the user",
        )


@contextmanager
def _session(url: str, whose: str) -> Iterator[_Session]:
    parts = urlsplit(url)
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
        raise HookFailed(f"hook redis: {whose} URL is none of Redis", hint="redis://:password@host:6379/0")
    try:
        with socket.create_connection((parts.hostname, parts.port or 6379), _TIMEOUT_S) as plain:
            stream = _secured(plain, parts.hostname) if parts.scheme == "rediss" else plain
            with stream, stream.makefile("rwb") as file:
                session = _Session(file, whose)
                if parts.password is not None:
                    user = (unquote(parts.username),) if parts.username else ()
                    session.ask("AUTH", *user, unquote(parts.password))
                if (number := parts.path.strip("/")) not in {"", "0"}:
                    session.ask("SELECT", number)
                yield session
    except (OSError, ValueError) as error:
        raise HookFailed(
            f"hook redis: {whose} server was not reached ({type(error).__name__})", hint="look at its URL"
        ) from None


def _secured(plain: socket.socket, host: str) -> socket.socket:
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
