"""What stands where when a run has ended well: swap and direct, the former preview, what the live database carried."""

from __future__ import annotations

import signal
import threading
from contextlib import closing
from dataclasses import replace

import psycopg
import pytest
from psycopg import sql

from masker.postgres.target import shadow_name
from tests.executable import Done, eventually, run
from tests.servers import database_of
from tests.shop import Shop, one


@pytest.fixture
def plain_owner(shop: Shop) -> Shop:
    """The shop with a live preview of a role that may not create databases, as on Heroku."""
    owner = shop.preview.create_owner(may_create_databases=False)
    target = shop.preview.create_database(owner=owner)
    with psycopg.connect(target, autocommit=True) as conn:
        conn.execute("CREATE TABLE settled (id integer PRIMARY KEY, word text NOT NULL)")
        conn.execute("CREATE SCHEMA reports CREATE TABLE monthly (id integer)")
        conn.execute("CREATE TYPE order_state AS ENUM ('stale')")
    return Shop(production=shop.production, preview=shop.preview, source=shop.source, target=target, rules=shop.rules)


def test_direct_for_an_owner_who_may_not_create_databases_and_again_over_that_run(plain_owner: Shop) -> None:
    plain_owner.copy().expect(2, "may not create databases", "use --publish schema or --publish direct")
    plain_owner.copy("--publish", "direct").expect(0, f"{plain_owner.database} published")
    plain_owner.expect_masked()
    plain_owner.verify().expect(0, "0 failed, 0 not run")
    with plain_owner.preview.connect(plain_owner.target) as conn:
        assert one(conn, "SELECT to_regclass('settled') IS NULL AND to_regnamespace('reports') IS NULL") is True
        assert (
            one(conn, "SELECT count(*) FROM pg_tables WHERE tableowner <> current_user AND schemaname = 'public'") == 4
        )
    plain_owner.copy("--publish", "direct").expect(0, "published")
    plain_owner.expect_masked()
    plain_owner.verify().expect(0)


def test_direct_that_is_killed_is_marked_until_a_run_has_ended_well(shop: Shop) -> None:
    with shop.stalled("--publish", "direct") as (started, holder):
        started.kill()
        holder.rollback()
    shop.verify().expect(
        8,
        "fail marker: the run that filled the target: run [a-z0-9]{8} began to fill it and has not ended well",
        "not fit to be used",
    )
    shop.verify("--json").expect(8)
    shop.copy("--publish", "direct").expect(0)
    shop.verify().expect(0)


def test_direct_that_fails_is_marked(shop: Shop) -> None:
    with shop.stalled("--publish", "direct") as (started, holder):
        holder.execute("TRUNCATE plans")
        holder.commit()
        started.wait().expect(
            4, "plans: it was truncated", f"{shop.database} is incomplete and marked so: `masker verify` exits 8"
        )
    shop.verify().expect(8, "has not ended well")


def test_direct_to_a_database_that_is_not_there(planned: Shop) -> None:
    planned.copy("--target", planned.target + "_new", "--confirm", "live_template_new", "--publish", "direct").expect(
        6, "there is no such database"
    )


def test_a_target_that_does_not_exist_yet_is_created(shop: Shop) -> None:
    name = shop.database + "_new"
    target = shop.preview.url(name)
    try:
        shop.copy("--target", target, "--confirm", name).expect(0, f"{name} published")
        shop.expect_masked(name)
        with shop.preview.connect() as conn:
            assert (
                one(
                    conn,
                    "SELECT datacl IS NULL OR has_database_privilege('public', oid, 'CONNECT') FROM pg_database WHERE"
                    " datname = %s",
                    name,
                )
                is True
            )
    finally:
        with shop.preview.connect() as conn:
            conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def test_the_former_preview_is_kept(shop: Shop) -> None:
    done = shop.copy("--keep-old").expect(0, rf"the former preview is kept as {shop.database}__masker_kept_\w+")
    (kept,) = shop.shadows()
    assert kept in done.out
    with shop.preview.connect(kept) as conn:
        assert one(conn, "SELECT count(*) FROM settled") == 100
    shop.copy().expect(0)
    assert shop.shadows() == {kept}


def test_what_the_live_database_carries_is_carried_over(shop: Shop) -> None:
    name = sql.Identifier(shop.database)
    owner, reader = shop.preview.create_owner(), shop.preview.create_owner()
    with shop.preview.connect() as conn:
        for statement in (
            "REVOKE ALL ON DATABASE {} FROM PUBLIC",
            "GRANT CONNECT ON DATABASE {} TO {reader}",
            "GRANT TEMPORARY ON DATABASE {} TO {reader} WITH GRANT OPTION",
            "ALTER DATABASE {} SET work_mem = '12MB'",
            "ALTER DATABASE {} SET search_path = app, public",
            "ALTER ROLE {reader} IN DATABASE {} SET statement_timeout = '9s'",
            "ALTER DATABASE {} CONNECTION LIMIT 50",
            "COMMENT ON DATABASE {} IS 'the team''s preview'",
            "ALTER DATABASE {} OWNER TO {owner}",
        ):
            conn.execute(sql.SQL(statement).format(name, reader=sql.Identifier(reader), owner=sql.Identifier(owner)))
        before = _carried(conn, shop.database)
        shop.copy().expect(0)
        assert _carried(conn, shop.database) == before
        assert "work_mem=12MB" in str(before)
    assert shop.shadows() == set(), "the former preview is dropped"
    shop.expect_masked()


def _carried(conn: psycopg.Connection, database: str) -> object:
    return conn.execute(
        "SELECT r.rolname, array(SELECT unnest(d.datacl)::text ORDER BY 1), d.datconnlimit, shobj_description(d.oid,"
        " 'pg_database'), array(SELECT s.setrole::regrole::text || ' ' || s.setconfig::text FROM pg_db_role_setting s"
        " WHERE s.setdatabase = d.oid ORDER BY 1), d.datcollate, d.datctype FROM pg_database d JOIN pg_roles r ON r.oid"
        " = d.datdba WHERE d.datname = %s",
        [database],
    ).fetchone()


@pytest.mark.timing
def test_live_sessions_are_ended_and_the_preview_is_there_at_once(shop: Shop) -> None:
    """An application that reconnects as fast as it can sees the old preview, then the new one, and no error but that
    its session was ended."""
    seen: list[str] = []
    stop = threading.Event()

    def application() -> None:
        while not stop.is_set():
            try:
                with psycopg.connect(shop.target, autocommit=True) as conn:
                    while not stop.wait(0.005):
                        found = one(
                            conn, "SELECT CASE WHEN to_regclass('settled') IS NOT NULL THEN 'old' ELSE 'new' END"
                        )
                        seen.append(str(found))
            except psycopg.Error as error:
                seen.append(error.sqlstate or "refused")

    idle = shop.preview.connect(shop.target)
    thread = threading.Thread(target=application)
    thread.start()
    try:
        shop.copy().expect(0, "published")
        eventually(lambda: bool(seen) and seen[-1] == "new", 5)
    finally:
        stop.set()
        thread.join()
    with pytest.raises(psycopg.OperationalError):
        idle.execute("SELECT 1")
    idle.close()
    kinds = list(dict.fromkeys(seen))
    assert kinds[0] == "old"
    assert kinds[-1] == "new"
    assert set(kinds) <= {"old", "new", "57P01", "refused"}, kinds
    assert "old" not in seen[seen.index("new") :]


def test_nobody_else_sees_the_shadow(shop: Shop) -> None:
    visitor = shop.preview.create_owner()
    with shop.stalled() as (started, _):
        (shadow,) = shop.shadows()
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(shop.preview.url(shadow, user=visitor))
        started.interrupt(signal.SIGTERM)
        started.wait(20).expect(130)


def test_an_empty_source(shop: Shop) -> None:
    shop.rules.write_text("version: 1\ntables: {}\n")
    source = shop.production.create_database()
    shop.copy("--source", source).expect(0, "published", "0 rows")
    with shop.preview.connect(shop.target) as conn:
        assert one(conn, "SELECT current_database()") == database_of(shop.target)
        assert one(conn, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


def test_a_publish_is_taken_back_while_the_former_preview_is_kept(shop: Shop) -> None:
    def back(*more: str, confirm: str | None = None) -> Done:
        named = ["--confirm", confirm or shop.database]
        return run("restore-old", *more, *named, env={"MASKER_TARGET": shop.target})

    back().expect(2, "no former preview is kept")
    shop.copy("--keep-old").expect(0)
    masked = shop.preview.connect(shop.target)
    with masked, closing(psycopg.connect(shop.target)):
        run("restore-old", env={"MASKER_TARGET": shop.target}).expect(9, "--confirm")
        (kept,) = shop.shadows()
        back("zzzzzzzz").expect(2, "none of these is meant", kept)
        with shop.preview.connect() as conn:
            conn.execute(sql.SQL("ALTER DATABASE {} SET work_mem TO '7MB'").format(sql.Identifier(shop.database)))
        # Two sessions are on it, which are ended.
        as_source = {"MASKER_TARGET": shop.target, "MASKER_SOURCE": shop.target}
        run("restore-old", "--confirm", shop.database, env=as_source).expect(9, "the same database")
        done = back("--json").expect(0).json()
    assert (done["run"], done["fit"], "no marker" in done["shut"]) == (None, False, True)
    with psycopg.connect(shop.target) as conn:
        assert one(conn, "SELECT count(*) FROM settled") == 100
        assert one(conn, "SHOW work_mem") == "7MB"
    assert shop.shadows() == {done["kept"]}
    shop.expect_masked(done["kept"])

    # And forth again: the run's own marker opens the gate, since the database is the one that it was written for.
    back().expect(0, "its gate is open")
    shop.verify("--gate").expect(0)
    assert len(shop.shadows()) == 1
    with shop.preview.connect() as conn:
        (kept,) = shop.shadows()
        conn.execute(sql.SQL("COMMENT ON DATABASE {} IS 'masker: protected'").format(sql.Identifier(kept)))
    back().expect(9, "protected")


def test_what_runs_have_left_of_previews_whose_long_names_begin_alike_is_told_apart(shop: Shop) -> None:
    stem = "previews_of_the_application_service_of_the_shop"
    orders, customers = (
        replace(shop, target=shop.preview.create_database(name=f"{stem}_{end}")) for end in ("orders", "customers")
    )
    left = shadow_name(orders.database, "aaaaaaaa")
    shop.preview.create_database(name=left)
    customers.copy("--keep-old").expect(0)
    (kept,) = (name for name in shop.preview.databases() if "__masker_kept_" in name)
    assert left in shop.preview.databases()
    run("restore-old", "--confirm", orders.database, env={"MASKER_TARGET": orders.target}).expect(
        2, "no former preview is kept"
    )
    orders.copy().expect(0, left)
    assert left not in shop.preview.databases()
    assert kept in shop.preview.databases()
    customers.expect_masked()
