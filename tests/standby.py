"""A hot standby of a test's server."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from masker.demo.installation import server_account
from tests.executable import eventually
from tests.servers import Server

#: How many slots of a name are left once those that no standby uses any more are dropped.
_DROPPED = """
SELECT count(*) FILTER (WHERE active), count(pg_drop_replication_slot(slot_name)) FILTER (WHERE NOT active)
FROM pg_replication_slots WHERE slot_name = %s"""


@contextmanager
def standby_of(primary: Server, options: str = "") -> Iterator[Callable[[str], str]]:
    """A hot standby of *primary*; called with a database, it answers with the URL there once all has been replayed.
    *options* are ``-c name=value``."""
    embedded, account = primary.embedded, server_account()
    # of a socket in a folder of its own: nobody else has it
    data, port = embedded.socket_folder / "standby", embedded.port + 1
    # With a slot of its own the primary keeps what the standby has not replayed yet, however busy the machine is: the
    # checkpoint that an answer begins with would remove it.
    slot = f"standby_{uuid.uuid4().hex[:8]}"
    keeping = ("-c", "fast", "-R", "-C", "-S", slot)
    made = account.run(embedded.bin_dir / "pg_basebackup", "-D", data, "-d", primary.url(), *keeping)
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
                until = time.monotonic() + 60
                while replaying.execute("SELECT pg_last_wal_replay_lsn() >= %s", wanted).fetchone() != (True,):
                    assert time.monotonic() < until, (data / "log").read_text()[-4000:]
                    time.sleep(0.05)
            return there(database)

        yield url
    finally:
        account.run(*control, "stop", "-m", "immediate")
        with primary.connect() as conn:
            eventually(lambda: (conn.execute(_DROPPED, [slot]).fetchone() or (1,))[0] == 0)
        shutil.rmtree(data, ignore_errors=True)
