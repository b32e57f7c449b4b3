"""What the live preview may have that keeps it from being replaced, and what is said when that shows too late."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from masker.demo.installation import server_account
from tests.e2e.pairs import Pair
from tests.executable import eventually
from tests.servers import PRODUCTION_MAJOR, Server, ServersByMajor, database_of
from tests.shop import Shop, fill_live, one

_SUBSCRIBE = "CREATE SUBSCRIPTION news CONNECTION 'host=127.0.0.1 port=1 dbname=x' PUBLICATION p WITH (connect = false)"
_UNSUBSCRIBE = "ALTER SUBSCRIPTION news DISABLE; ALTER SUBSCRIPTION news SET (slot_name = NONE); DROP SUBSCRIPTION news"


@pytest.fixture(scope="module")
def durable_server() -> Iterator[Server]:
    """A server that keeps what was committed and takes its time with what was not waited for."""
    server = Server.start(
        "durable",
        PRODUCTION_MAJOR,
        {"max_prepared_transactions": "5", "fsync": "on", "wal_writer_delay": "10s", "wal_level": "logical"},
    )
    yield server
    server.stop()


@pytest.fixture
def durable(shop: Shop, durable_server: Server) -> Iterator[Shop]:
    with durable_server.forgetting():
        target = durable_server.create_database()
        fill_live(target)
        made = Shop(
            production=shop.production, preview=durable_server, source=shop.source, target=target, rules=shop.rules
        )
        yield made
        with durable_server.connect() as conn:
            for name in made.shadows():
                conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def execute(shop: Shop, statements: str, database: str | None = None) -> None:
    with shop.preview.connect(database or shop.target) as conn:
        for statement in statements.split("; "):
            conn.execute(statement.encode())


def set_template(shop: Shop, database: str, *, to: bool) -> None:
    with shop.preview.connect() as conn:
        conn.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE {}").format(sql.Identifier(database), sql.Literal(to)))


def test_a_template_is_replaced_by_a_template(shop: Shop) -> None:
    """It loses the mark only to be dropped."""
    set_template(shop, shop.database, to=True)
    try:
        shop.plan().expect(0)
        shop.copy().expect(0, "published")
        with shop.preview.connect() as conn:
            assert conn.execute(
                "SELECT datistemplate FROM pg_database WHERE datname = %s", [shop.database]
            ).fetchone() == (True,)
        assert not shop.shadows()
    finally:
        set_template(shop, shop.database, to=False)


def test_a_subscription_is_told_before_anything_is_loaded(shop: Shop) -> None:
    execute(shop, _SUBSCRIBE)
    try:
        with shop.untouched():
            for done in (shop.plan(), shop.copy()):
                done.expect(9, 'it cannot be replaced while it has the subscription "news"', 'DROP SUBSCRIPTION "news"')
    finally:
        execute(shop, _UNSUBSCRIBE)
    shop.copy().expect(0, "published")


@pytest.mark.parametrize("publish", ["swap", "direct"])
def test_a_prepared_transaction_is_told_before_anything_is_loaded(durable: Shop, publish: str) -> None:
    execute(durable, "BEGIN; CREATE TABLE held (n integer); PREPARE TRANSACTION 'held'")
    before = durable.live_state()
    durable.copy("--publish", publish).expect(
        9, "while it has 1 prepared transaction", "ROLLBACK PREPARED what pg_prepared_xacts lists"
    )
    assert durable.live_state() == before
    execute(durable, "ROLLBACK PREPARED 'held'")
    durable.copy("--publish", publish).expect(0, "published")


def test_a_prepared_transaction_that_comes_later(durable: Shop) -> None:
    with durable.untouched(), durable.stalled() as (started, holder):
        execute(durable, "BEGIN; CREATE TABLE held (n integer); PREPARE TRANSACTION 'held'")
        holder.rollback()
        started.wait(90).expect(
            6,
            f"{durable.database} could not be replaced: it has 1 prepared transaction",
            "ROLLBACK PREPARED",
            f"{durable.database} is as it was; the shadow .* is dropped",
        )
        execute(durable, "ROLLBACK PREPARED 'held'")


def test_a_former_preview_that_cannot_be_dropped(shop: Shop) -> None:
    """It has come to hold a subscription while the run was under way. The new preview stands, and no later run is kept
    from its work."""
    with shop.stalled() as (started, holder):
        execute(shop, _SUBSCRIBE)
        holder.rollback()
        done = started.wait().expect(
            6,
            f"{shop.database} is published; the former preview, {shop.database}__masker_old_",
            'could not be dropped: it has the subscription "news"',
            'DROP SUBSCRIPTION "news"',
            f"{shop.database} is the new preview",
        )
    assert "as it was" not in done.err
    shop.expect_masked()
    shop.verify("--gate").expect(0)
    (old,) = shop.shadows()
    shop.copy().expect(
        0, f'{old}, left by an earlier run, could not be dropped: it has the subscription "news"', "published"
    )
    assert shop.shadows() == {old}
    execute(shop, _UNSUBSCRIBE, old)
    shop.copy().expect(0, f"dropped {old}")
    assert shop.shadows() == set()


def test_a_live_preview_that_becomes_another_database(shop: Shop) -> None:
    with shop.stalled() as (started, holder):
        with shop.preview.connect() as conn:
            conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(shop.database)))
            conn.execute(sql.SQL("CREATE DATABASE {} TEMPLATE live_template").format(sql.Identifier(shop.database)))
        before = shop.live_state()
        holder.rollback()
        started.wait().expect(
            6,
            "is not the database any more that it was when the run began",
            f"{shop.database} is another database than it was .* the shadow .* is dropped",
        )
    assert shop.live_state() == before


def test_the_new_preview_sorts_as_the_former_one_did(servers_by_major: ServersByMajor, tmp_path: Path) -> None:
    """By ICU, where the server has it: of those at hand 15 does, which knows no rules for it yet."""
    server = servers_by_major[15]
    pair = Pair.made(
        server, server, tmp_path, "CREATE TABLE t (word text PRIMARY KEY); INSERT INTO t VALUES ('a'), ('B'), ('Z')", ""
    )
    pair.decide("undecided: keep\n")
    name = sql.Identifier(database_of(pair.target))
    with server.connect() as conn:
        conn.execute(sql.SQL("DROP DATABASE {}").format(name))
        options = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-u-kf-upper'"
        conn.execute(sql.SQL("CREATE DATABASE {} " + options).format(name))
    pair.copy().expect(0, "published")
    assert pair.rows("SELECT array_agg(word ORDER BY word) FROM t") == [(["a", "B", "Z"],)]
    assert pair.rows("SELECT datlocprovider, daticulocale FROM pg_database WHERE datname = current_database()") == [
        ("i", "en-u-kf-upper")
    ]


def test_the_new_preview_lies_where_the_former_one_did(shop: Shop) -> None:
    owner, name = shop.preview.create_owner(), sql.Identifier(shop.database)
    folder, account = shop.preview.embedded.folder / "elsewhere", server_account()
    folder.mkdir()
    if account.user is not None and account.group is not None:
        os.chown(folder, account.user, account.group)
    where = "SELECT spcname FROM pg_database d JOIN pg_tablespace t ON t.oid = dattablespace WHERE datname = %s"
    with shop.preview.connect() as conn:
        conn.execute(sql.SQL("CREATE TABLESPACE elsewhere LOCATION {}").format(sql.Literal(str(folder))))
        try:
            conn.execute(sql.SQL("ALTER DATABASE {} SET TABLESPACE elsewhere").format(name))
            shop.copy().expect(0, "published")
            assert one(conn, where, shop.database) == "elsewhere"
            conn.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, sql.Identifier(owner)))
            target = shop.preview.url(shop.database, user=owner)
            shop.plan("--target", target).expect(
                0, "lies in elsewhere, where the role may not create a database: the new one will lie in pg_default"
            )
            shop.copy("--target", target).expect(0, "published")
            assert one(conn, where, shop.database) == "pg_default"
        finally:
            conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
            conn.execute("DROP TABLESPACE elsewhere")


def test_replication_slots_that_go_with_the_former_preview_are_told(durable: Shop) -> None:
    with durable.preview.connect(durable.target) as conn:
        conn.execute("SELECT pg_create_logical_replication_slot('listener', 'test_decoding')")
    durable.plan().expect(0, "replication slots: of the former preview, dropped with it: listener")
    durable.copy().expect(0, "published")
    with durable.preview.connect() as conn:
        assert one(conn, "SELECT count(*) FROM pg_replication_slots") == 0


@pytest.mark.parametrize("how", [("--keep-old",), ("--publish", "direct")])
def test_what_was_published_survives_a_crash(durable: Shop, how: tuple[str, ...]) -> None:
    durable.copy(*how).expect(0, "published")
    crash(durable.preview)
    durable.expect_masked()
    durable.verify("--gate").expect(0)


def crash(server: Server) -> None:
    """End a server without a word to its log, and start it again."""
    embedded, account = server.embedded, server_account()
    control = (embedded.bin_dir / "pg_ctl", "-D", embedded.data_dir, "-s", "-w")
    for step in (("stop", "-m", "immediate"), ("start", "-l", str(embedded.log_file), "-o", f"-p {embedded.port}")):
        done = account.run(*control, *step)
        assert done.returncode == 0, done.stderr


@pytest.mark.timing
def test_a_target_that_is_gone_when_it_is_verified_is_its_own_failure(shop: Shop) -> None:
    """Checks that a dead server did not answer say nothing of the copy."""
    with psycopg.connect(shop.source, autocommit=True) as conn:
        # It is verified row by row against its index, which gives the time to end the sessions that do so.
        conn.execute(
            "CREATE FUNCTION slowly(text) RETURNS text LANGUAGE plpgsql IMMUTABLE"
            " AS 'BEGIN PERFORM pg_sleep(0.2); RETURN $1; END'"
        )
        conn.execute("CREATE INDEX ON plans (slowly(title))")
    with shop.untouched(), shop.start_copy("--log-format", "json") as started:
        started.wait_for('"at": "verify"')
        with shop.preview.connect() as conn:
            eventually(
                lambda: (
                    one(
                        conn,
                        "SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity"
                        " WHERE query ~ 'slowly' AND application_name LIKE 'masker%%' AND datname LIKE %s",
                        f"{shop.database}__masker_%",
                    )
                    is True
                )
            )
        started.wait().expect(
            6,
            '(target: |"text": ")the connection was lost',
            f"{shop.database} is as it was; the shadow .* is dropped",
        )
