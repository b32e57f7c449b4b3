"""What goes wrong during a run: schema changes on production, lost connections, a full disk. The live preview stays as
it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from masker.demo.installation import server_account
from tests.executable import eventually
from tests.servers import PRODUCTION_MAJOR, Server, database_of
from tests.shop import Shop, fill_live, one


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        pytest.param(
            "TRUNCATE plans", "plans: it was truncated, rewritten, or dropped and created anew", id="TRUNCATE"
        ),
        pytest.param(
            "ALTER TABLE plans ALTER price TYPE bigint",
            "plans: it was truncated, rewritten, or dropped",
            id="ALTER TYPE",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "DROP TABLE plans; CREATE TABLE plans (id integer, title text, price integer)",
            "plans: it was truncated, rewritten, or dropped",
            id="DROP + CREATE",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "DROP TABLE plans", "plans: it was altered, renamed or dropped", id="DROP", marks=pytest.mark.slow
        ),
        pytest.param(
            "ALTER TABLE plans RENAME TO tariffs",
            "plans: it was altered, renamed or dropped",
            id="RENAME",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "ALTER TABLE plans RENAME TO tariffs; CREATE VIEW plans AS SELECT * FROM tariffs",
            "plans: it was altered, renamed or dropped",
            id="RENAME with a view",
        ),
        pytest.param("ALTER TABLE plans ADD note text", "plans: its column note was added", id="ADD COLUMN"),
        pytest.param(
            "ALTER TABLE plans ADD note text DEFAULT 'none'",
            "plans: its column note was added",
            id="ADD COLUMN DEFAULT",
            marks=pytest.mark.slow,
        ),
        pytest.param("ALTER TABLE plans DROP price", "plans: it was altered, renamed or dropped", id="DROP COLUMN"),
        pytest.param(
            "ALTER TABLE plans RENAME price TO cost",
            "plans: it was altered, renamed or dropped",
            id="RENAME COLUMN",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "ALTER TABLE plans RENAME id TO passing; ALTER TABLE plans RENAME price TO id; ALTER TABLE plans RENAME"
            " passing TO price",
            "plans: its column id is another one under the same name",
            id="names of columns exchanged",
        ),
        pytest.param(
            "ALTER TABLE plans DROP price; ALTER TABLE plans ADD price integer NOT NULL DEFAULT 7",
            "plans: its column price is another one under the same name",
            id="DROP + ADD COLUMN",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_production_changes_during_the_copy(shop: Shop, statements: str, words: str) -> None:
    with shop.untouched(), shop.stalled() as (started, holder):
        holder.execute(statements.encode())
        holder.commit()
        started.wait().expect(
            4, words, "while it was being copied", "run again when no migration is running", "the shadow .* is dropped"
        )


def test_rows_that_change_during_the_copy_do_not_show(shop: Shop) -> None:
    with shop.stalled() as (started, holder):
        holder.execute(
            "DELETE FROM plans WHERE id = 1; UPDATE plans SET title = 'new'; INSERT INTO plans VALUES (9, 'newer', 1)"
        )
        holder.commit()
        started.wait().expect(0, "published")
    shop.expect_masked()


def terminate(server: Server, where: str, *values: object) -> int:
    """End masker's sessions for which *where* holds; their number."""
    with server.connect() as conn:
        query = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'masker%%' AND"
            f" {where}"
        )
        return int(str(one(conn, query, *values)))


def test_a_source_session_that_is_cut_is_begun_anew(shop: Shop) -> None:
    with shop.stalled() as (started, holder):
        assert terminate(shop.production, "pid = ANY(%s)", shop.waiting()) == 1
        holder.rollback()
        started.wait().expect(0, "plans.*: source: the connection was lost, begun anew", "published")
    shop.expect_masked()


def test_a_source_session_that_is_cut_again_and_again(shop: Shop) -> None:
    with shop.untouched(), shop.stalled() as (started, _):
        for _attempt in range(5):  # with other tables at once, then alone
            eventually(lambda: bool(shop.waiting()) or started.process.poll() is not None)
            terminate(shop.production, "pid = ANY(%s)", shop.waiting())
        started.wait().expect(
            5,
            "source: the connection was lost while plans was copied",
            f"{shop.database} is as it was; the shadow .* is dropped",
        )


def test_a_target_session_that_is_cut_is_begun_anew(shop: Shop) -> None:
    with shop.stalled() as (started, holder):
        assert terminate(shop.preview, "datname LIKE %s", f"{shop.database}__masker_%") == 1
        holder.rollback()
        started.wait().expect(0, "plans.*: target: the connection was lost, begun anew", "published")
    shop.expect_masked()


def test_all_target_sessions_cut(shop: Shop) -> None:
    """The session that holds the run's lock among them: another run could have begun, so this one must not publish."""
    with shop.untouched(), shop.stalled() as (started, holder):
        assert terminate(shop.preview, "backend_type = 'client backend'") >= 2
        holder.rollback()
        started.wait().expect(
            6, "target: the connection was lost", f"{shop.database} is as it was; the shadow .* is dropped"
        )


def test_the_target_server_restarts(shop: Shop) -> None:
    with shop.untouched(), shop.stalled() as (started, holder):
        shop.preview.restart()
        holder.rollback()
        started.wait().expect(
            6, "target: the connection was lost", f"{shop.database} is as it was; the shadow .* is dropped"
        )


def cut_while_copying(shop: Shop, server: Server, database: str) -> str:
    """Run a copy of a table that takes half a second, end the session that is at it on *server*, and return what was
    said."""
    with psycopg.connect(shop.source, autocommit=True) as conn:
        conn.execute("INSERT INTO visits (page, seconds) SELECT '/canary/' || i, 1 FROM generate_series(1, 200000) i")
        conn.execute("ANALYZE visits")
    with server.connect() as conn, shop.start_copy("--workers", "1") as started:
        query = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_progress_copy WHERE datname LIKE %s AND"
            " tuples_processed > 10000"
        )
        eventually(lambda: one(conn, query, database + "%") == 1)
        return started.wait().expect(0, "published").err


@pytest.mark.timing
def test_a_source_session_that_is_cut_in_the_middle_of_a_table(shop: Shop) -> None:
    assert "copy visits: source: the connection was lost, begun anew" in cut_while_copying(
        shop, shop.production, database_of(shop.source)
    )
    shop.verify().expect(0)


@pytest.mark.timing
def test_a_target_session_that_is_cut_in_the_middle_of_a_table(shop: Shop) -> None:
    assert "copy visits: target: the connection was lost, begun anew" in cut_while_copying(
        shop, shop.preview, shop.database + "__masker_"
    )
    shop.verify().expect(0)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 14 MB. Only root may mount one."""
    account = server_account()
    folder = Path(tempfile.mkdtemp(prefix="masker-disk-"))
    mount, umount = (shutil.which(program) or "/nonexistent" for program in ("mount", "umount"))
    mounted = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=14m", "masker", str(folder)], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip("no file system can be mounted here (root may)")
    if account.user is not None and account.group is not None:
        os.chown(folder, account.user, account.group)
    yield folder
    subprocess.run([umount, "-l", str(folder)], check=True)
    folder.rmdir()


def test_the_targets_disk_is_full(shop: Shop, small_disk: Path) -> None:
    """New databases are made on a small disk; write-ahead log and the live preview are on another."""
    server = Server.start("small", PRODUCTION_MAJOR, {"max_wal_size": "64MB", "min_wal_size": "32MB"})
    try:
        target = server.create_database(name="preview")
        fill_live(target)
        with server.connect() as conn:
            conn.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(sql.Literal(str(small_disk))))
            conn.execute("ALTER DATABASE template0 SET TABLESPACE small")
        with psycopg.connect(shop.source, autocommit=True) as conn:
            conn.execute(
                "INSERT INTO visits (page, seconds) SELECT repeat('/canary', 20), 1 FROM generate_series(1, 40000)"
            )
            conn.execute("ANALYZE visits")
        filled = Shop(production=shop.production, preview=server, source=shop.source, target=target, rules=shop.rules)
        with filled.untouched():
            filled.copy("--workers", "1").expect(
                6,
                "target: the disk is full",
                "while visits was copied",
                "free space on the server",
                "the shadow .* is dropped",
            )
    finally:
        server.stop()
