"""A real pgbouncer in front of a test's server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from masker.demo.installation import ENVIRONMENT, server_account
from masker.demo.server import ADMIN, EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

_START_S = 10


class Pooler:
    """A running pgbouncer on a port of its own; databases and users are the server's."""

    def __init__(self, port: int, password: str) -> None:
        self.port = port
        self.password = password

    def url(self, database: str) -> str:
        return f"postgres://{ADMIN}:{self.password}@127.0.0.1:{self.port}/{database}"

    @classmethod
    @contextmanager
    def start(cls, server: EmbeddedServer, mode: Literal["session", "transaction"]) -> Iterator[Pooler]:
        """Skips the test where pgbouncer is not installed; in CI it has to be."""
        program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
                "pgbouncer is not installed (Debian package pgbouncer)"
            )
        account = server_account()
        with tempfile.TemporaryDirectory(prefix="masker-pooler-") as name, socket.socket() as probe:
            folder = Path(name)
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
            probe.close()
            (folder / "users").write_text(f'"{ADMIN}" "{server.password}"\n')
            (folder / "pgbouncer.ini").write_text(
                f"[databases]\n* = host=127.0.0.1 port={server.port}\n"
                f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\npool_mode = {mode}\n"
                f"auth_type = scram-sha-256\nauth_file = {folder / 'users'}\n"
                "ignore_startup_parameters = extra_float_digits,options\nserver_reset_query = DISCARD ALL\nlogfile =\n"
            )
            for path in (folder, *folder.iterdir()):
                if account.user is not None and account.group is not None:
                    os.chown(path, account.user, account.group)
            process = subprocess.Popen(
                [program, str(folder / "pgbouncer.ini")],
                user=account.user,
                group=account.group,
                extra_groups=None if account.user is None else [],
                cwd="/",
                env=ENVIRONMENT,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                _wait_for(port, process)
                yield cls(port, server.password)
            finally:
                process.terminate()
                process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"pgbouncer does not listen (exit code {process.poll()})")
