"""A hot standby of a test's server."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from masker.demo.installation import server_account
from tests.servers import Server


@contextmanager
def standby_of(primary: Server, options: str = "") -> Iterator[Callable[[str], str]]:
    """A hot standby of *primary*; called with a database, it answers with the URL there once all has been replayed.
    *options* are ``-c name=value``."""
    embedded, account = primary.embedded, server_account()
    # of a socket in a folder of its own: nobody else has it
    data, port = embedded.socket_folder / "standby", embedded.port + 1
    made = account.run(embedded.bin_dir / "pg_basebackup", "-D", data, "-d", primary.url(), "-c", "fast", "-R")
    assert made.returncode == 0, made.stderr
    control = (embedded.bin_dir / "pg_ctl", "-D", data, "-s", "-w")
    try:
        started = account.run(*control, "start", "-l", data / "log", "-o", f"-p {port} -c listen_addresses= {options}")
        assert started.returncode == 0, (data / "log").read_text()

        def there(database: str) -> str:
            return embedded.socket_url(database).replace(f"port={embedded.port}", f"port={port}")

        def url(database: str) -> str:
            # The database may be newer than the standby.
            with primary.connect() as conn, psycopg.connect(there("postgres"), autocommit=True) as replaying:
                # What nobody waits for may stay unwritten for long: a checkpoint writes all that is there.
                conn.execute("CHECKPOINT")
                wanted = conn.execute("SELECT pg_current_wal_flush_lsn()").fetchone()
                _wait(lambda: replaying.execute("SELECT pg_last_wal_replay_lsn() >= %s", wanted).fetchone() == (True,))
            return there(database)

        yield url
    finally:
        account.run(*control, "stop", "-m", "immediate")
        shutil.rmtree(data, ignore_errors=True)


def _wait(holds: Callable[[], bool], within_s: float = 20) -> None:
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)
