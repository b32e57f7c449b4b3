"""What is refused before anything is written: confirmation, one and the same database, privileges, what the target
cannot have."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.servers import Server, ServersByMajor, database_of
from tests.shop import Shop, fill_live, fill_shop, one


def test_confirmation_is_missing(planned: Shop) -> None:
    planned.copy("--confirm", "").expect(
        9, '--confirm is missing, the target database is "live_template"', "--confirm live_template"
    )


def test_confirmation_names_another_database(planned: Shop) -> None:
    planned.copy("--confirm", "production").expect(
        9, '--confirm says "production", the target database is "live_template"'
    )


def test_source_and_target_are_the_same(planned: Shop) -> None:
    database = database_of(planned.source)
    planned.copy("--target", planned.source, "--confirm", database).expect(
        9, "source and target are the same database", "give the preview's URL as --target"
    )


@pytest.mark.parametrize("publish", ["swap", "direct"])
def test_source_and_target_are_the_same_by_other_names(planned: Shop, publish: str) -> None:
    database = database_of(planned.source)
    other = planned.production.embedded.socket_url(database)
    planned.copy("--target", other, "--confirm", database, "--publish", publish).expect(
        9, "source and target are the same database"
    )


def test_source_and_target_are_the_same_and_neither_says_so(planned: Shop, production: Server) -> None:
    """Roles that may not read the system identifier: a lock taken on one side is seen from the other."""
    reader, writer = production.create_owner(), production.create_owner()
    with production.connect(planned.source) as conn:
        conn.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
        conn.execute(sql.SQL("GRANT pg_read_all_data TO {}").format(sql.Identifier(reader)))
    database = database_of(planned.source)
    source, target = production.url(database, user=reader), production.url(database, user=writer)
    try:
        planned.copy("--source", source, "--target", target, "--confirm", database).expect(
            9, "source and target are the same database", "a lock taken on one is seen from the other"
        )
    finally:
        with production.connect(planned.source) as conn:
            conn.execute("GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC")


def test_two_databases_of_one_server_are_not_the_same(shop: Shop) -> None:
    target = shop.production.create_database()
    fill_live(target)
    shop.copy("--target", target, "--confirm", database_of(target)).expect(0, "published")


@pytest.fixture
def reader(shop: Shop) -> str:
    """A role of the source that may connect and nothing else."""
    return shop.production.create_owner(may_create_databases=False)


def grant(shop: Shop, statement: str, role: str) -> None:
    with shop.production.connect(shop.source) as conn:
        conn.execute(sql.SQL(statement).format(sql.Identifier(role)))


def source_as(shop: Shop, role: str) -> str:
    return shop.production.url(database_of(shop.source), user=role)


def test_all_tables_that_may_not_be_read_are_told_at_once(shop: Shop, reader: str) -> None:
    grant(shop, "GRANT SELECT ON plans, users_id_seq TO {}", reader)
    with shop.untouched():
        shop.copy("--source", source_as(shop, reader)).expect(
            5,
            f"source: the role {reader} may not read 5 of its tables and sequences: ",
            "users",
            "orders",
            "visits",
            r"orders_id_seq \(sequence\), visits_id_seq \(sequence\)",
            "GRANT pg_read_all_data",
        )


def test_sequences_that_may_not_be_read(shop: Shop, reader: str) -> None:
    grant(shop, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}", reader)
    with shop.untouched():
        shop.copy("--source", source_as(shop, reader)).expect(
            5, "may not read 3 of its tables and sequences", r"users_id_seq \(sequence\)"
        )


def test_row_security_that_would_hide_rows(shop: Shop, reader: str) -> None:
    grant(shop, "GRANT pg_read_all_data TO {}", reader)
    with shop.production.connect(shop.source) as conn:
        conn.execute("ALTER TABLE orders ENABLE ROW LEVEL SECURITY")
        conn.execute("CREATE POLICY cheap ON orders USING (total < 10)")
    with shop.untouched():
        shop.copy("--source", source_as(shop, reader)).expect(
            5, f"row security would hide rows of 1 table from the role {reader}: orders", "BYPASSRLS"
        )


def test_a_role_that_may_only_read_is_enough(shop: Shop, reader: str) -> None:
    grant(shop, "GRANT pg_read_all_data TO {}", reader)
    shop.copy("--source", source_as(shop, reader)).expect(0, "published")
    shop.expect_masked()


def test_a_role_without_the_right_to_create_databases(shop: Shop) -> None:
    owner = shop.preview.create_owner(may_create_databases=False)
    with shop.preview.connect() as conn:
        conn.execute(
            sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(shop.database), sql.Identifier(owner))
        )
    with shop.untouched():
        shop.copy("--target", shop.preview.url(shop.database, user=owner)).expect(
            2, f"the role {owner} may not create databases", "CREATEDB, or use --publish schema or --publish direct"
        )


def test_a_role_that_does_not_own_the_target(shop: Shop) -> None:
    other = shop.preview.create_owner()
    target = shop.preview.url(shop.database, user=other)
    with shop.untouched():
        shop.copy("--target", target).expect(2, f"the role {other} does not own {shop.database}", "connect as postgres")
        shop.copy("--target", target, "--publish", "direct").expect(
            9, f"the role {other} does not own the database", "connect as its owner"
        )


@pytest.fixture
def older_to_newer(production: Server, servers_by_major: ServersByMajor, rules: Path) -> Shop:
    """PostgreSQL 17 to 18, whose wheel brings fewer extensions."""
    newer = servers_by_major[18]
    shop = Shop(
        production=production,
        preview=newer,
        source=production.create_database(),
        target=newer.create_database(),
        rules=rules,
    )
    fill_live(shop.target)
    return shop


def test_an_extension_the_target_does_not_offer(older_to_newer: Shop) -> None:
    shop = older_to_newer
    with psycopg.connect(shop.source, autocommit=True) as conn:
        conn.execute("CREATE EXTENSION pgcrypto")
        conn.execute("CREATE EXTENSION citext")
        conn.execute("CREATE TABLE plans (id integer PRIMARY KEY, title citext DEFAULT gen_random_bytes(4)::text)")
    shop.rules.write_text("version: 1\ntables:\n  plans: {columns: {title: keep}}\n")
    with shop.preview.connect() as conn:
        if one(conn, "SELECT count(*) FROM pg_available_extensions WHERE name = 'pgcrypto'"):
            pytest.skip("the target's server has pgcrypto")
    with shop.untouched():
        shop.copy().expect(
            4,
            "the server does not offer",
            r"pgcrypto: needed by default value for column title of table (public\.)?plans",
            "install it on the target's server",
        )


def test_a_copy_to_a_newer_version(older_to_newer: Shop) -> None:
    fill_shop(older_to_newer.source)
    older_to_newer.copy().expect(0, "published")
    older_to_newer.expect_masked()
    older_to_newer.verify().expect(0)
