"""Branches of a verified preview open the gate, carry what stands beside the preview, and are the only databases that
drop and prune ever touch."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.executable import Done, run
from tests.shop import USERS, Shop, one

_HERE = " WHERE datname = current_database()"

KEY = "0123456789abcdef0123456789abcdef"


def branch(shop: Shop, *arguments: str | Path, key: str | None = KEY) -> Done:
    history = str(shop.rules.parent / "runs")
    env = {"MASKER_TARGET": shop.target, "MASKER_HISTORY": history, **({"BRANCH_KEY": key} if key else {})}
    keyed = ["--key-env", "BRANCH_KEY"] if key and arguments[0] in {"create", "pristine", "renew"} else []
    return run("branch", *arguments, *keyed, env=env)


def url_of(shop: Shop, name: str) -> str:
    return shop.target.replace(f"/{shop.database}", f"/{name}")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text(KEY)
    return path


def test_branches_open_the_gate_and_nothing_else_is_ever_dropped(shop: Shop, key_file: Path) -> None:
    named = {name: f"{shop.database}_{name}" for name in ("one", "two", "copied", "renamed", "old")}
    draft = f"{shop.database}_gone__masker_branch_abcdefgh"  # what a run that was killed leaves
    branch(shop, "create", named["one"]).expect(9, "carries no marker", "verified preview")
    with shop.preview.connect() as conn:
        name = sql.Identifier(shop.database)
        conn.execute("DROP ROLE IF EXISTS branch_reader")
        conn.execute("CREATE ROLE branch_reader LOGIN")
        conn.execute(sql.SQL("ALTER DATABASE {} SET work_mem TO '5MB'").format(name))
        conn.execute(sql.SQL("COMMENT ON DATABASE {} IS 'the preview'").format(name))
        conn.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        conn.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO branch_reader").format(name))
    try:
        shop.copy("--key-file", key_file).expect(0)
        branch(shop, "create", named["one"], key=None).expect(9, "its marker is sealed")
        branch(shop, "create", named["one"], key="f" * 32).expect(9, "sealed with another key")
        branch(shop, "create", shop.database).expect(2, "the preview itself")
        made = branch(shop, "create", named["one"], "--ttl", "3d", "--json").expect(0).json()
        assert (made["of"], made["how"], made["template"]) == (shop.database, "through the log", shop.database)
        branch(shop, "create", named["one"]).expect(9, "there is a database of that name")
        branch(shop, "create", named["two"]).expect(0, "without end")

        for each in ("one", "two"):
            of = url_of(shop, named[each])
            run("verify", "--gate", "--target", of, "--key-file", key_file).expect(0)
            run("verify", "--target", of, "--key-file", key_file, "--no-source").expect(0, "0 failed, 0 not run")
            with psycopg.connect(of) as conn:
                assert one(conn, "SELECT count(*) FROM users") == USERS
                assert one(conn, "SHOW work_mem") == "5MB"
                assert (
                    one(conn, "SELECT shobj_description(oid, 'pg_database') FROM pg_database" + _HERE) == "the preview"
                )
                for role, may in (("branch_reader", True), ("pg_monitor", False)):
                    query = "SELECT has_database_privilege(%s, oid, 'CONNECT') FROM pg_database" + _HERE
                    assert one(conn, query, role) is may

        with shop.preview.connect() as conn:
            for new, of in ((named["copied"], named["one"]), (named["old"], named["two"]), (draft, named["two"])):
                conn.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*map(sql.Identifier, (new, of))))
            conn.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (named["two"], named["renamed"])))
            )
            for left, comment in ((draft, "masker: a branch that is being made"), (named["old"], "kept")):
                conn.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(left), comment))
        # A copy of a branch, a branch that was renamed, the preview, a database without a marker, and none at all.
        for name_of in (named["copied"], named["renamed"], shop.database, "postgres"):
            branch(shop, "drop", name_of).expect(9, "does not say that it is a branch")
        branch(shop, "drop", f"{shop.database}_none").expect(6, "there is no database")
        branch(shop, "prune").expect(0, f"{draft} is dropped")
        branch(shop, "prune").expect(0, "no lease has ended")

        expire(shop, named["one"])
        branch(shop, "list").expect(0, f"{named['one']} .* over")
        assert branch(shop, "prune", "--json").expect(0).json()["dropped"] == [named["one"]]
        there = shop.preview.databases()
        assert {shop.database, named["copied"], named["renamed"], named["old"]} <= there
        assert named["one"] not in there
    finally:
        with shop.preview.connect() as conn:
            for name_of in (*named.values(), draft):
                conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name_of)))
            conn.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM branch_reader").format(sql.Identifier(shop.database)))
            conn.execute("DROP ROLE branch_reader")


def expire(shop: Shop, name: str) -> None:
    """Let the lease of a branch have ended; pruning needs no key, so the seal is not looked at."""
    with shop.preview.connect(url_of(shop, name)) as conn:
        conn.execute(
            "UPDATE masker.run SET record = jsonb_set(record, '{branch,expires_at}', to_jsonb(now() - interval '1 h'))"
        )


def test_a_pristine_copy_serves_while_people_use_the_preview(shop: Shop) -> None:
    name, pristine = f"{shop.database}_pr", f"{shop.database}__masker_untouched"
    shop.copy().expect(0)
    try:
        with psycopg.connect(shop.target, application_name="puma") as visitor:
            branch(shop, "create", name, key=None).expect(6, "sessions .*puma.* are connected", "branch pristine")
            assert not any("__masker_branch_" in each for each in shop.preview.databases())
            branch(shop, "pristine", "--terminate", key=None).expect(0, pristine)
            assert visitor.closed or visitor.pgconn.socket  # ended by the server, which the driver has not seen yet
        with psycopg.connect(shop.target, autocommit=True) as visitor:
            visitor.execute("DELETE FROM visits")
            made = branch(shop, "create", name, "--json", key=None).expect(0).json()
            assert made["template"] == pristine
        with psycopg.connect(url_of(shop, name)) as conn:
            assert one(conn, "SELECT count(*) > 0 FROM visits") is True
        run("verify", "--gate", "--target", url_of(shop, name)).expect(0)
        branch(shop, "renew", name, "--ttl", "1w", key=None).expect(0, "until")
        run("verify", "--gate", "--target", url_of(shop, name)).expect(0)

        # Another run has filled the preview: the copy of what it was is of no use, and its sweep leaves it alone.
        shop.copy().expect(0)
        assert pristine in shop.preview.databases()
        branch(shop, "prune", key=None).expect(0, f"{pristine} is dropped")
        branch(shop, "prune", key=None).expect(0, "no lease has ended")
        assert {name, shop.database} <= shop.preview.databases()
        noted = run("runs", "--history", shop.rules.parent / "runs", "--json").expect(0).json()["runs"]
        assert [(each["of"], each["status"], each["subject"]) for each in reversed(noted)] == [
            ("branch create", "failed", name),
            ("branch pristine", "done", pristine),
            ("branch create", "done", name),
            ("branch renew", "done", name),
            ("branch prune", "done", ""),
        ]
    finally:
        with shop.preview.connect() as conn:
            for each in (name, pristine):
                conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(each)))
