"""The preview's Redis emptied, whose caches and jobs are of the former preview; never production's."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import Field

from masker.hooks.errors import HookFailed, HookRefused
from masker.hooks.event import Event
from masker.hooks.presets.preset import Preset, value_of
from masker.model import FromEnvironment

_TIMEOUT_S = 10.0

_Several = Annotated[tuple[str | FromEnvironment, ...], Field(strict=False, min_length=1)]


class Redis(Preset):
    """``FLUSHDB ASYNC``. Production's has to be named: two servers are told apart by their ``run_id``, two groups of
    servers that replicate each other by their ``master_replid``. Nodes of a cluster have nothing in common that they
    tell, so none of a cluster is flushed."""

    stages = ("before", "restored", "published")

    url: str | FromEnvironment = Field(description="The preview's: redis://:password@host:6379/0, or rediss://.")
    production: str | FromEnvironment | _Several = Field(
        description="Production's, or a list of all that it has; they are asked for who they are alone."
    )
    verify: bool = Field(default=True, description="Whether certificates are looked at; Heroku's are self-signed.")

    def send(self, event: Event) -> None:
        del event
        of_production: set[str] = set()
        for each in self.production if isinstance(self.production, tuple) else (self.production,):
            with _session(value_of(each), "production's", verify=self.verify) as theirs:
                of_production |= theirs.ids()
        with _session(value_of(self.url), "the preview's", verify=self.verify) as ours:
            # One server may hold databases of both by their number; it is as near as that, and refused as well.
            if ours.ids() & of_production:
                raise HookRefused(
                    "hook redis: the preview's server is production's (run_id or master_replid is the same); nothing"
                    " was flushed",
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

    def ids(self) -> set[str]:
        """Of the server, and of the group of servers it replicates with. Raises HookRefused where it does not say them,
        or is of a cluster."""
        if self._info("cluster").get("cluster_enabled", "0") != "0":
            raise HookRefused(
                f"hook redis: {self._whose} server is a node of a cluster, which cannot be told from one of another"
                " cluster; nothing was flushed",
                hint="flush it by a command of your own",
            )
        server, replication = self._info("server"), self._info("replication")
        for name, found in (("run_id", server), ("master_replid", replication)):
            if not found.get(name, "").strip("0"):
                raise HookRefused(
                    f"hook redis: {self._whose} server does not say its {name}, so that it cannot be told from the"
                    " other; nothing was flushed",
                    hint="allow INFO to the user",
                )
        said = {server["run_id"], replication["master_replid"], replication.get("master_replid2", "")}
        return {each for each in said if each.strip("0")}

    def _info(self, section: str) -> dict[str, str]:
        lines = (line.partition(":") for line in self.ask("INFO", section).decode("utf-8", "replace").splitlines())
        return {name: value.strip() for name, _, value in lines}


@contextmanager
def _session(url: str, whose: str, *, verify: bool) -> Iterator[_Session]:
    try:
        parts = urlsplit(url)
        port = parts.port or 6379
    except ValueError:
        raise HookFailed(f"hook redis: {whose} URL cannot be read", hint="redis://:password@host:6379/0") from None
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
        raise HookFailed(f"hook redis: {whose} URL is none of Redis", hint="redis://:password@host:6379/0")
    try:
        with socket.create_connection((parts.hostname, port), _TIMEOUT_S) as plain:
            stream = _secured(plain, parts.hostname, verify=verify) if parts.scheme == "rediss" else plain
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


def _secured(plain: socket.socket, host: str, *, verify: bool) -> socket.socket:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=host)
