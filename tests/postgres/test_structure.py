"""A finished target spoilt in one way after the other, beside its rows: each is named by what looks at the target
alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from masker.findings import Finding, Outcome
from masker.names import TableName
from masker.postgres.connect import connect, parse_url
from masker.postgres.marker import write_marker
from masker.sides import Side
from masker.verify.described import keep_everything, unlike_kept
from masker.verify.structure import about_target
from masker.verify.unchanged import check_unchanged
from tests.servers import PRODUCTION_MAJOR, Server

Marked = tuple[psycopg.Connection, dict[str, Any]]


@pytest.fixture(scope="module")
def template(preview_server: Server) -> Iterator[str]:
    with preview_server.forgetting():
        url = preview_server.create_database()
        with preview_server.connect(url) as conn:
            script = Path(__file__).with_name("rich.sql").read_text()
            before, vacuum, _ = script.partition("VACUUM ANALYZE;")
            conn.execute(before.encode())
            conn.execute(vacuum.encode())
        yield url


@pytest.fixture(scope="module")
def marked(preview_server: Server, template: str) -> Iterator[Marked]:
    """A finished target and the record of its marker. Tests spoil it in transactions that never commit."""
    with connect(parse_url(preview_server.create_database(template), Side.TARGET)) as conn:
        yield conn, _mark(conn, {TableName("public", "users"): 1000})


@pytest.fixture
def own(preview_server: Server, template: str) -> Iterator[Marked]:
    """Another one, for one test."""
    with preview_server.forgetting(), connect(parse_url(preview_server.create_database(template), Side.TARGET)) as conn:
        yield conn, _mark(conn, {})


def _mark(conn: psycopg.Connection, rows: dict[TableName, int]) -> dict[str, Any]:
    write_marker(conn, "loading", {"run": "r"})
    masked = [
        ["public", "users", ["email", "first_name", "tags"]],
        ["public", "events_1", ["payload"]],
        ["public", "events_2", ["payload"]],
    ]
    record = {
        "run": "r",
        "rows": [[n.schema, n.name, count] for n, count in rows.items()],
        "masked": masked if rows else [],
    }
    record.update(keep_everything(conn, rows))
    write_marker(conn, "verified", record)
    return record


def test_what_the_run_left_passes(marked: Marked) -> None:
    conn, record = marked
    found = list(about_target(conn, record))
    assert [f for f in found if not f.is_good] == []
    assert {f.check for f in found} == {"described", "computed", "constraints", "foreign keys", "statistics"}
    assert [f for f in check_unchanged(conn, record) if not f.is_good] == []


#: How a target is spoilt, and what is said of it: the check and the beginning of its subject.
SPOILINGS = {
    "index not ready": (
        "UPDATE pg_index SET indisready = false WHERE indexrelid = 'users_lower_email'::regclass",
        "described: index public.users_lower_email",
    ),
    "index not live": (
        "UPDATE pg_index SET indislive = false WHERE indexrelid = 'users_lower_email'::regclass",
        "described: index public.users_lower_email",
    ),
    "index invalid": (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_lower_email'::regclass",
        "described: index public.users_lower_email",
    ),
    "index dropped": ("DROP INDEX users_lower_email", "described: index public.users_lower_email: is gone"),
    "triggers of a foreign key": (
        "ALTER TABLE orders DISABLE TRIGGER ALL",
        "constraints: public.orders.to_user: its triggers are disabled",
    ),
    "triggers of the referenced side": (
        "ALTER TABLE roles DISABLE TRIGGER ALL",
        "constraints: public.users.users_role_id_fkey",
    ),
    "foreign key not validated": (
        "UPDATE pg_constraint SET convalidated = false WHERE conname = 'to_user'",
        "described: constraint public.orders.to_user",
    ),
    "orphan": (
        "SET LOCAL session_replication_role = replica; UPDATE orders SET user_id = 99999 WHERE id = 5",
        "foreign keys: to_user of orders: 1 rows reference no row of users",
    ),
    "orphan of a partition": (
        "SET LOCAL session_replication_role = replica; UPDATE events SET user_id = 99999 WHERE id = 600",
        "foreign keys: events_user of events: 1 rows",
    ),
    "orphan of several columns": (
        "SET LOCAL session_replication_role = replica; UPDATE in_pairs SET b = 'none' WHERE a = 7",
        "foreign keys: to_pair of in_pairs: 2 rows",
    ),
    "half a key where all or none has to be": (
        "SET LOCAL session_replication_role = replica; UPDATE in_pairs SET a = NULL WHERE a = 7",
        "foreign keys: to_pair of in_pairs: 2 rows",
    ),
    "parent gone": (
        "SET LOCAL session_replication_role = replica; DELETE FROM users WHERE id = 6",
        "foreign keys: to_user of orders: 2 rows",
    ),
    "free sequence": ("SELECT setval('free', 500)", "described: value of sequence free"),
    "sequence of a column": ("SELECT setval('users_id_seq', 1)", "described: value of sequence users_id_seq"),
    "sequence owned by none": ("ALTER SEQUENCE users_id_seq OWNED BY NONE", "described: sequence public.users_id_seq"),
    "materialized view stale": (
        (
            "UPDATE orders SET total = total + 1 WHERE id < 100; REFRESH MATERIALIZED VIEW totals; UPDATE orders SET"
            " total = total - 1 WHERE id < 100"
        ),
        "described: content of materialized view totals",
    ),
    "materialized view of stable functions stale": (
        "UPDATE orders SET at = at + interval '9 days'; REFRESH MATERIALIZED VIEW by_day",
        "described: content of materialized view by_day",
    ),
    "materialized view emptied": (
        "REFRESH MATERIALIZED VIEW totals WITH NO DATA",
        "described: rows of materialized view public.totals",
    ),
    "materialized view filled": (
        "REFRESH MATERIALIZED VIEW later",
        "described: rows of materialized view public.later",
    ),
    "large object changed": (
        "SELECT lo_put(900001, 0, 'somebody')",
        "described: large object 900001: is not what the run left",
    ),
    "large object changed far in": ("SELECT lo_put(900002, 1200000, 'x')", "described: large object 900002"),
    "large object longer": ("SELECT lo_put(900002, 1400000, 'x')", "described: large object 900002"),
    "large object added": ("SELECT lo_from_bytea(900003, 'somebody')", "described: large object 900003: was not there"),
    "empty large object added": ("SELECT lo_create(900003)", "described: large object 900003: was not there"),
    "large object gone": ("SELECT lo_unlink(900001)", "described: large object 900001: is gone"),
    "comment on a large object": ("COMMENT ON LARGE OBJECT 900002 IS 'somebody'", "described: large object 900002"),
    "statistics gone": (
        "DELETE FROM pg_statistic WHERE starelid = 'users'::regclass",
        "statistics: users: the planner knows nothing of email, first_name, id",
    ),
    "statistics of one column gone": (
        "DELETE FROM pg_statistic WHERE starelid = 'users'::regclass AND staattnum = 3",
        "statistics: users: the planner knows nothing of first_name",
    ),
    "statistics of an expression gone": (
        "DELETE FROM pg_statistic WHERE starelid = 'users_lower_email'::regclass",
        "statistics: users: the planner knows nothing of index users_lower_email",
    ),
    "statistics of several columns gone": (
        "DELETE FROM pg_statistic_ext_data",
        "statistics: users: the planner knows nothing of statistics users_names",
    ),
    "statistics of a partitioned table gone": (
        "DELETE FROM pg_statistic WHERE starelid = 'events'::regclass",
        "statistics: events: the planner knows nothing of id, payload, user_id",
    ),
    "never analyzed": (
        "UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relname = 'users'",
        "statistics: users: the planner takes it for empty",
    ),
    "taken for small": (
        "UPDATE pg_class SET reltuples = 7000 WHERE relname = 'users'",
        "statistics: users: the planner takes it for 7,000 rows, it had 1,000",
    ),
    "values of before in the statistics": (
        (
            "UPDATE users SET email = 'user' || id || '@real.jp'; ANALYZE users; UPDATE users SET email = 'u' || id ||"
            " '@example.com'"
        ),
        "statistics: values of users: email",
    ),
    "frequent values of before": (
        "UPDATE users SET first_name = 'Taro'; ANALYZE users; UPDATE users SET first_name = 'First' || id % 90",
        "statistics: values of users: first_name: 1 values",
    ),
    "values of an expression": (
        (
            "UPDATE users SET email = 'user' || id || '@real.jp'; ANALYZE users; UPDATE users SET email = 'u' || id ||"
            " '@example.com'"
        ),
        "statistics: values of users: index users_lower_email",
    ),
    "values of several columns": (
        "UPDATE users SET first_name = 'Taro'; ANALYZE users; UPDATE users SET first_name = 'First' || id % 90",
        "statistics: values of users: statistics users_names",
    ),
    "elements of before": (
        "UPDATE users SET tags = ARRAY['Taro', 'x']; ANALYZE users; UPDATE users SET tags = ARRAY['t' || id % 5]",
        "statistics: values of users: tags",
    ),
    "values of a partitioned table": (
        "UPDATE events SET payload = 'Taro'; ANALYZE events; UPDATE events SET payload = 'payload ' || id",
        "statistics: values of events: payload",
    ),
    "comment on the schema": ("COMMENT ON SCHEMA public IS 'somebody'", "described: comment schema public"),
    "comment on a policy": (
        "COMMENT ON POLICY mine ON orders IS 'somebody'",
        "described: comment policy mine on table public.orders",
    ),
    "comment on a rule": (
        "COMMENT ON RULE kept ON roles IS 'somebody'",
        "described: comment rule kept on table public.roles",
    ),
    "comment on an index": (
        "COMMENT ON INDEX users_lower_email IS 'somebody'",
        "described: comment index public.users_lower_email",
    ),
    "comment on a column": (
        "COMMENT ON COLUMN users.email IS 'somebody'",
        "described: comment column email of table public.users",
    ),
    "comment on a column of a view": (
        "COMMENT ON COLUMN adults.email IS 'somebody'",
        "described: comment column email of view public.adults",
    ),
    "comment on an extension": ("COMMENT ON EXTENSION hstore IS 'somebody'", "described: comment extension hstore"),
    "comment on a publication": ("COMMENT ON PUBLICATION few IS 'somebody'", "described: comment publication few"),
    "comment on a statistics object": (
        "COMMENT ON STATISTICS users_names IS 'somebody'",
        "described: comment statistics object public.users_names",
    ),
    "comment on a domain's constraint": (
        "COMMENT ON CONSTRAINT digits ON DOMAIN zip IS 'somebody'",
        "described: comment constraint digits: was not there",
    ),
    "comment on a constraint": (
        "COMMENT ON CONSTRAINT to_user ON orders IS 'somebody'",
        "described: comment constraint to_user on table public.orders",
    ),
    "comment on a trigger": (
        "COMMENT ON TRIGGER touch ON users IS 'somebody'",
        "described: comment trigger touch on table public.users",
    ),
    "comment on a type": ("COMMENT ON TYPE mood IS 'somebody'", "described: comment type public.mood"),
    "comment on a sequence": ("COMMENT ON SEQUENCE free IS 'somebody'", "described: comment sequence public.free"),
    "comment on a cast": (
        "CREATE CAST (mood AS integer) WITH INOUT; COMMENT ON CAST (mood AS integer) IS 'somebody'",
        "described: comment cast from public.mood to integer",
    ),
    "comment on an operator family": (
        "CREATE OPERATOR FAMILY f USING btree; COMMENT ON OPERATOR FAMILY f USING btree IS 'somebody'",
        "described: comment operator family public.f",
    ),
    "comment on the database": ("COMMENT ON DATABASE {database} IS 'somebody'", "described: database comment"),
    "comment lost": ("COMMENT ON TABLE users IS NULL", "described: comment table public.users: is gone"),
    "function may be executed by nobody": (
        "REVOKE EXECUTE ON FUNCTION fullname FROM PUBLIC",
        "described: privileges function public.fullname(a text, b text)",
    ),
    "function of another cost": (
        "ALTER FUNCTION fullname COST 77",
        "described: function public.fullname(a text, b text)",
    ),
    "function of another default": (
        (
            "CREATE OR REPLACE FUNCTION fullname(a text, b text DEFAULT 'x') RETURNS text LANGUAGE sql IMMUTABLE AS $$"
            " SELECT a || ' ' || b $$"
        ),
        "described: function public.fullname(a text, b text)",
    ),
    "aggregate of another function": (
        "DROP AGGREGATE longest(text); CREATE AGGREGATE longest(text) (SFUNC = text_smaller, STYPE = text)",
        "described: function public.longest(text)",
    ),
    "owner": (
        "CREATE ROLE somebody_else; ALTER TABLE users OWNER TO somebody_else",
        "described: owner relation public.users",
    ),
    "owner of a function": (
        "CREATE ROLE somebody_else; ALTER FUNCTION touch OWNER TO somebody_else",
        "described: owner function public.touch()",
    ),
    "everybody may read a table": ("GRANT SELECT ON users TO PUBLIC", "described: privileges relation public.users"),
    "everybody may read a column": (
        "GRANT SELECT (email) ON users TO PUBLIC",
        "described: privileges column public.users.email: was not there",
    ),
    "everybody may create in the schema": (
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "described: privileges schema public",
    ),
    "everybody may move a sequence": (
        "GRANT USAGE ON SEQUENCE free TO PUBLIC",
        "described: privileges sequence public.free",
    ),
    "everybody may use an extension's function": (
        "REVOKE EXECUTE ON FUNCTION akeys(hstore) FROM PUBLIC",
        "described: privileges function public.akeys",
    ),
    "default privileges": (
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
        "described: default privileges of postgres tables: was not there",
    ),
    "setting of the database": (
        "ALTER DATABASE {database} SET work_mem = '1MB'",
        "described: database setting work_mem: was not there",
    ),
    "setting of a role in the database": (
        "ALTER ROLE postgres IN DATABASE {database} SET work_mem = '1MB'",
        "described: database setting work_mem of role postgres",
    ),
    "grants on the database": ("REVOKE CONNECT ON DATABASE {database} FROM PUBLIC", "described: database privileges"),
    "connection limit": ("ALTER DATABASE {database} CONNECTION LIMIT 3", "described: database connection limit"),
    "policy for others": (
        "CREATE ROLE somebody_else; ALTER POLICY mine ON orders TO somebody_else",
        "described: policy public.orders.mine",
    ),
    "policy dropped": ("DROP POLICY mine ON orders", "described: policy public.orders.mine: is gone"),
    "row security disabled": ("ALTER TABLE orders DISABLE ROW LEVEL SECURITY", "described: relation public.orders"),
    "rule rewritten": (
        "CREATE OR REPLACE RULE kept AS ON DELETE TO roles DO INSTEAD UPDATE roles SET name = 'gone' WHERE id = OLD.id",
        "described: rule public.roles.kept",
    ),
    "published to others": (
        "ALTER PUBLICATION few ADD TABLE users",
        "described: published table few public.users: was not there",
    ),
    "published in part": (
        "ALTER PUBLICATION few SET TABLE roles WHERE (id > 1)",
        "described: published table few public.roles",
    ),
    "user mapping with a password": (
        (
            "CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw; CREATE USER MAPPING"
            " FOR PUBLIC SERVER far OPTIONS (password 'x')"
        ),
        "described: user mapping of public SERVER far",
    ),
    "server": (
        "CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw",
        "described: server far",
    ),
    "empty schema": ("CREATE SCHEMA leaked", "described: schema leaked: was not there"),
    "table": ("CREATE TABLE leaked AS SELECT * FROM users", "described: relation public.leaked: was not there"),
    "compression of a column": (
        "ALTER TABLE users ALTER email SET COMPRESSION pglz",
        "described: column public.users.email",
    ),
    "target of an expression": (
        "ALTER INDEX users_lower_email ALTER COLUMN 1 SET STATISTICS 7",
        "described: index public.users_lower_email",
    ),
    "domain's constraint": (
        "ALTER DOMAIN zip DROP CONSTRAINT digits",
        "described: domain constraint public.zip.digits: is gone",
    ),
    "what the run wrote down": (
        "DELETE FROM masker.described WHERE kind = 'index'",
        "described: what the run left: what the run wrote down of it was altered since",
    ),
}


@pytest.mark.parametrize("case", SPOILINGS)
def test_a_spoilt_target_says_what_is_wrong(marked: Marked, case: str) -> None:
    statement, words = SPOILINGS[case]
    conn, record = marked
    with conn.transaction(force_rollback=True):
        _spoil(conn, statement)
        found = list(about_target(conn, record))
    # Neither is undone with the transaction.
    conn.execute("SELECT setval('public.free', 100, false), setval('public.users_id_seq', 1000)")
    said = [line for line in _said(found) if not line.startswith("described: pages of ")]
    assert [f for f in found if f.outcome is Outcome.NOT_RUN] == []
    assert any(line.startswith(words) for line in said), said
    assert not any(value in line for line in said for value in ("somebody'", "real.jp", "Taro"))


def test_dead_rows_show_in_the_size_of_a_file(own: Marked) -> None:
    conn, record = own
    conn.execute("UPDATE public.users SET first_name = 'Taro'")
    conn.execute("UPDATE public.users SET first_name = 'First' || id % 90")
    (said,) = _said(unlike_kept(conn, record["described"]))
    assert said.startswith("described: pages of public.users: its file has grown from ")


def test_slots_and_subscriptions_are_told_of() -> None:
    server = Server.start("logical", PRODUCTION_MAJOR, {"wal_level": "logical"})
    try:
        with connect(parse_url(server.create_database(), Side.TARGET)) as conn:
            record = _mark(conn, {})
            conn.execute("SELECT pg_create_logical_replication_slot('leak', 'pgoutput')")
            conn.execute(
                "CREATE SUBSCRIPTION leaking CONNECTION 'dbname=nowhere' PUBLICATION few WITH (connect = false)"
            )
            assert _said(unlike_kept(conn, record["described"])) == [
                "described: replication slot leak: was not there when the run ended",
                "described: subscription leaking: was not there when the run ended",
            ]
    finally:
        server.stop()


WRITINGS = {
    "row added": ("INSERT INTO pairs VALUES (77, 'x')", ["pairs: 1 rows were written since the run"]),
    "row changed": (
        "UPDATE pairs SET b = 'x' WHERE a = 50",
        ["pairs: 1 rows were written since the run; 1 of those it left are gone or were changed"],
    ),
    "row gone": ("DELETE FROM orders WHERE id = 7", ["orders: 1 of those it left are gone or were changed"]),
    "table filled anew": (
        "CREATE TEMP TABLE b AS TABLE pairs; TRUNCATE pairs CASCADE; INSERT INTO pairs SELECT * FROM b",
        [
            "in_pairs: 101 of those it left are gone or were changed",
            "pairs: 50 rows were written since the run; 50 of those it left are gone or were changed",
        ],
    ),
    "view refreshed": (
        "REFRESH MATERIALIZED VIEW by_day",
        ["by_day: 84 rows were written since the run; 84 of those it left are gone or were changed"],
    ),
    "vacuumed": ("VACUUM (FREEZE) users; VACUUM FULL orders; ANALYZE; CLUSTER pairs USING pairs_pkey", []),
    "written and undone": ("BEGIN; UPDATE pairs SET b = 'x'; ROLLBACK", []),
}


@pytest.mark.parametrize("case", WRITINGS)
def test_what_was_written_since_the_marker_is_counted(own: Marked, case: str) -> None:
    statements, expected = WRITINGS[case]
    conn, record = own
    conn.execute("SET search_path = public; SET session_replication_role = replica")
    for statement in statements.split("; "):
        conn.execute(statement.encode())
    conn.execute("SET search_path = ''")
    said = [
        line.partition(":")[2].strip()
        for line in _said(check_unchanged(conn, record))
        if line.startswith("unchanged: ")
    ]
    assert said == expected


def test_sequences_and_objects_count_as_written(own: Marked) -> None:
    conn, record = own
    conn.execute("SELECT nextval('public.free')")
    conn.execute("CREATE TABLE public.leaked AS SELECT 1 AS n")
    said = _said(check_unchanged(conn, record))
    assert "described: value of sequence free: is not what the run left" in said
    assert "described: relation public.leaked: was not there when the run ended" in said
    assert "unchanged: leaked: 1 rows were written since the run" in said


def test_transactions_that_ran_when_the_marker_was_written_are_no_part_of_it(preview_server: Server) -> None:
    with preview_server.forgetting():
        url = preview_server.create_database()
        with (
            preview_server.connect(url) as conn,
            psycopg.connect(url) as late,
            connect(parse_url(url, Side.TARGET)) as mine,
        ):
            conn.execute("CREATE TABLE t (n integer); INSERT INTO t VALUES (1)")
            late.execute("INSERT INTO t VALUES (2)")
            record = _mark(mine, {})
            assert _said(check_unchanged(mine, record)) == []
            late.commit()
            assert _said(check_unchanged(mine, record)) == ["unchanged: t: 1 rows were written since the run"]


def test_a_marker_of_before_says_so(own: Marked) -> None:
    conn, record = own
    old = {key: value for key, value in record.items() if key not in {"described", "snapshot"}}
    assert {f.outcome for f in check_unchanged(conn, old)} == {Outcome.NOT_RUN}
    assert Outcome.NOT_RUN in {f.outcome for f in about_target(conn, old)}


def test_what_the_server_does_not_answer_is_not_run(own: Marked, preview_server: Server) -> None:
    conn, record = own
    reader = preview_server.create_owner()
    conn.execute(f"GRANT USAGE ON SCHEMA masker TO {reader}".encode())
    conn.execute(f"GRANT SELECT ON masker.described TO {reader}".encode())
    with connect(parse_url(preview_server.url(conn.info.dbname, user=reader), Side.TARGET)) as reading:
        found = list(about_target(reading, record))
        assert {f.check for f in found if f.outcome is Outcome.NOT_RUN} == {
            "described",
            "computed",
            "constraints",
            "foreign keys",
            "statistics",
        }
        written = list(check_unchanged(reading, record))
        assert {f.subject for f in written if f.outcome is Outcome.NOT_RUN} >= {"users", "orders"}
    conn.execute(f"DROP OWNED BY {reader}".encode())


def _said(found: Iterable[Finding]) -> list[str]:
    return [str(f).partition("   ")[2] for f in found if not f.is_good]


def _spoil(conn: psycopg.Connection, statement: str) -> None:
    conn.execute("SET LOCAL search_path = public; SET LOCAL allow_system_table_mods = on")
    conn.execute(statement.replace("{database}", conn.info.dbname).encode())
    conn.execute("SET LOCAL search_path = ''; SET LOCAL session_replication_role = origin")
