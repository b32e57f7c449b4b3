"""Forks of a whole server: what a follower becomes when it is promoted, and what a storage snapshot keeps."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from masker.demo.installation import server_account
from tests.servers import Server

Kind = Literal["snapshot", "promoted"]


@contextmanager
def fork_of(primary: Server, kind: Kind) -> Iterator[Callable[[str], str]]:
    """A fork of *primary*, *promoted* and so on a timeline of its own, or a *snapshot*, started as after a crash;
    called with a database, it answers with the URL there."""
    embedded, account = primary.embedded, server_account()
    # Of a socket in a folder of its own: nobody else has the port.
    data, port = embedded.socket_folder / kind, embedded.port + 2
    follows = ["-R"] if kind == "promoted" else []
    made = account.run(embedded.bin_dir / "pg_basebackup", "-D", data, "-d", primary.url(), "-c", "fast", *follows)
    assert made.returncode == 0, made.stderr
    control = (embedded.bin_dir / "pg_ctl", "-D", data, "-s", "-w")
    try:
        started = account.run(*control, "start", "-l", data / "log", "-o", f"-p {port} -c listen_addresses=")
        assert started.returncode == 0, (data / "log").read_text()
        if kind == "promoted":
            promoted = account.run(*control, "promote")
            assert promoted.returncode == 0, promoted.stderr
        yield lambda database: embedded.socket_url(database).replace(f"port={embedded.port}", f"port={port}")
    finally:
        account.run(*control, "stop", "-m", "immediate")
        shutil.rmtree(data, ignore_errors=True)
