"""A target beside its source: what differs in definitions, and what a run that has just filled it would find wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from masker.catalog.read import read_sequence_values
from masker.copy.run import copy
from masker.copy.steps import CopyPlan, SetSequences
from masker.copy.structure import after_run, against_source
from masker.findings import Finding
from masker.postgres.connect import connect, parse_url
from masker.postgres.large_objects import describe_large_objects
from masker.settings import Settings
from masker.sides import Side
from tests.executable import run
from tests.servers import Server, database_of

_ROLES = """
CREATE ROLE sides_owner; CREATE ROLE sides_app; GRANT sides_owner TO CURRENT_USER;
ALTER TABLE users OWNER TO sides_owner; GRANT SELECT ON users TO sides_app;
GRANT UPDATE (first_name) ON users TO sides_app;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO sides_app; REVOKE EXECUTE ON FUNCTION touch() FROM PUBLIC;
"""


@dataclass(frozen=True, kw_only=True)
class Sides:
    """A source, a copy of it with owners and grants, both open, and the copy's plan."""

    source: psycopg.Connection
    target: psycopg.Connection
    plan: CopyPlan

    def differences(self, *, owners: bool = True, grants: bool = True) -> list[str]:
        return _said(against_source(self.source, self.target, self.plan, owners=owners, grants=grants))

    def found_by_the_run(self, *, has_read: bool = True) -> list[str]:
        names = [n for step in self.plan.steps if isinstance(step, SetSequences) for n in step.sequences]
        return _said(
            after_run(
                self.target,
                self.plan,
                rows={},
                large_objects=describe_large_objects(self.source) if has_read else None,
                sequences=read_sequence_values(self.source, names) if has_read else None,
            )
        )


@pytest.fixture(scope="module")
def sides(preview_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    """Tests spoil the target in transactions that never commit."""
    with preview_server.forgetting():
        source, target = preview_server.create_database(), preview_server.create_database()
        script, vacuum, _ = Path(__file__).with_name("rich.sql").read_text().partition("VACUUM ANALYZE;")
        with preview_server.connect(source) as conn:
            conn.execute((script + _ROLES).encode())
            conn.execute(vacuum.encode())
        rules = tmp_path_factory.mktemp("sides") / "rules.yml"
        rules.write_text("version: 1\nundecided: keep\nlarge_objects: keep\n")
        settings = Settings(
            source=source,
            target=target,
            rules=(rules,),
            confirm=database_of(target),
            with_owners=True,
            with_grants=True,
        )
        plan = copy(settings, lambda _event: None).plan
        with connect(parse_url(source, Side.SOURCE)) as reading, connect(parse_url(target, Side.TARGET)) as writing:
            yield Sides(source=reading, target=writing, plan=plan)
        with preview_server.connect(source) as conn:
            conn.execute("DROP OWNED BY sides_app; REASSIGN OWNED BY sides_owner TO CURRENT_USER")
        with preview_server.connect(target) as conn:
            conn.execute(
                "DROP OWNED BY sides_app; REASSIGN OWNED BY sides_owner TO CURRENT_USER; DROP ROLE sides_owner; DROP"
                " ROLE sides_app"
            )


def test_a_copy_is_as_its_source(sides: Sides) -> None:
    assert sides.differences() == []
    assert sides.found_by_the_run() == []


SPOILINGS = {
    "comment on a policy": (
        "COMMENT ON POLICY mine ON orders IS 'x'",
        "schema: comment policy mine on table public.orders: not on the source",
    ),
    "comment on the schema": (
        "COMMENT ON SCHEMA public IS 'x'",
        "schema: comment schema public: defined otherwise than on the source",
    ),
    "comment on a rule": (
        "COMMENT ON RULE kept ON roles IS 'x'",
        "schema: comment rule kept on table public.roles: not on the source",
    ),
    "comment on a publication": (
        "COMMENT ON PUBLICATION few IS 'x'",
        "schema: comment publication few: not on the source",
    ),
    "comment on a statistics object": (
        "COMMENT ON STATISTICS users_names IS 'x'",
        "schema: comment statistics object public.users_names: not on the source",
    ),
    "index not ready": (
        "UPDATE pg_index SET indisready = false WHERE indexrelid = 'users_lower_email'::regclass",
        "schema: index public.users_lower_email: defined otherwise",
    ),
    "function of another cost": (
        "ALTER FUNCTION fullname COST 7",
        "schema: function public.fullname(a text, b text): defined otherwise",
    ),
    "function of another default": (
        (
            "CREATE OR REPLACE FUNCTION fullname(a text, b text DEFAULT 'x') RETURNS text LANGUAGE sql IMMUTABLE AS $$"
            " SELECT a || ' ' || b $$"
        ),
        "schema: function public.fullname(a text, b text): defined otherwise",
    ),
    "aggregate of another function": (
        "DROP AGGREGATE longest(text); CREATE AGGREGATE longest(text) (SFUNC = text_smaller, STYPE = text)",
        "schema: function public.longest(text): defined otherwise",
    ),
    "labels that run together": (
        (
            "UPDATE pg_enum SET enumlabel = 'ok,happy' WHERE enumlabel = 'ok';"
            " DELETE FROM pg_enum WHERE enumlabel = 'happy'"
        ),
        "schema: type public.mood: defined otherwise",
    ),
    "policy for others": (
        "ALTER POLICY mine ON orders TO sides_app",
        "schema: policy public.orders.mine: defined otherwise",
    ),
    "rule rewritten": (
        "CREATE OR REPLACE RULE kept AS ON DELETE TO roles DO INSTEAD UPDATE roles SET name = 'x' WHERE id = OLD.id",
        "schema: rule public.roles.kept: defined otherwise",
    ),
    "published to others": (
        "ALTER PUBLICATION few ADD TABLE users",
        "schema: published table few public.users: not on the source",
    ),
    "empty schema": ("CREATE SCHEMA leaked", "schema: schema leaked: not on the source"),
    "operator family": (
        "CREATE OPERATOR FAMILY f USING btree",
        "schema: operator family public.f using btree: not on the source",
    ),
    "conversion": (
        "CREATE CONVERSION c FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
        "schema: conversion public.c: not on the source",
    ),
    "server": (
        "CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw",
        "schema: server far: not on the source",
    ),
    "user mapping": (
        (
            "CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw; CREATE USER MAPPING"
            " FOR PUBLIC SERVER far"
        ),
        "schema: user mapping of public SERVER far: not on the source",
    ),
    "sequence owned by none": (
        "ALTER SEQUENCE users_id_seq OWNED BY NONE",
        "schema: sequence public.users_id_seq: defined otherwise",
    ),
    "owner": ("ALTER TABLE users OWNER TO CURRENT_USER", "schema: owner relation public.users: defined otherwise"),
    "grant": ("GRANT SELECT ON orders TO PUBLIC", "schema: privileges relation public.orders: defined otherwise"),
    "grant on a column": (
        "REVOKE UPDATE (first_name) ON users FROM sides_app",
        "schema: privileges column public.users.first_name",
    ),
    "grant on a function": (
        "GRANT EXECUTE ON FUNCTION touch() TO PUBLIC",
        "schema: privileges function public.touch(): defined otherwise",
    ),
    "default privileges": (
        "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM sides_app",
        "schema: default privileges of postgres tables: defined otherwise",
    ),
}


@pytest.mark.parametrize("case", SPOILINGS)
def test_what_is_not_as_on_the_source_is_named(sides: Sides, case: str) -> None:
    statement, words = SPOILINGS[case]
    with sides.target.transaction(force_rollback=True):
        _spoil(sides.target, statement)
        said = sides.differences()
    assert any(line.startswith(words) for line in said), said


def test_owners_and_grants_that_were_not_carried_over_are_not_compared(sides: Sides) -> None:
    with sides.target.transaction(force_rollback=True):
        _spoil(sides.target, "ALTER TABLE users OWNER TO CURRENT_USER; GRANT SELECT ON orders TO PUBLIC")
        assert sides.differences(owners=False, grants=False) == []
        # its sequence goes with it
        assert [line.split()[1] for line in sides.differences(owners=True, grants=False)] == ["owner", "owner"]


DEFECTS = {
    "stale view": (
        "UPDATE orders SET total = total + 1 WHERE id = 7",
        "views: totals: it does not hold what its query says",
    ),
    "view of another order": (
        (
            "UPDATE orders SET total = 1 WHERE id = 7; REFRESH MATERIALIZED VIEW totals; UPDATE orders SET total = 21"
            " WHERE id = 7"
        ),
        "views: totals: it does not hold",
    ),
    "large object missing": ("SELECT lo_unlink(900002)", "large objects: large object 900002: missing on the target"),
    "large object cut": (
        "SELECT lo_truncate(lo_open(900002, 131072), 1048576)",
        "large objects: large object 900002: holds something else",
    ),
    "large object without its comment": (
        "COMMENT ON LARGE OBJECT 900001 IS NULL",
        "large objects: large object 900001: holds something else than on the source, or has another comment",
    ),
    "large object of nobody": ("SELECT lo_create(7)", "large objects: large object 7: not on the source"),
    "free sequence": ("SELECT setval('free', 101)", "sequences: free: it does not stand where it stood on the source"),
    "not analyzed": (
        "DELETE FROM pg_statistic WHERE starelid = 'orders'::regclass",
        "statistics: orders: the planner knows nothing of",
    ),
    "triggers disabled": (
        "ALTER TABLE orders DISABLE TRIGGER ALL",
        "constraints: public.orders.to_user: its triggers are disabled",
    ),
}


@pytest.mark.parametrize("case", DEFECTS)
def test_a_run_finds_what_it_made_wrong(sides: Sides, case: str) -> None:
    statement, words = DEFECTS[case]
    with sides.target.transaction(force_rollback=True):
        _spoil(sides.target, statement)
        said = sides.found_by_the_run()
    sides.target.execute("SELECT setval('public.free', 100, false)")
    assert any(line.startswith(words) for line in said), said


def test_what_a_run_did_not_read_is_not_run(sides: Sides) -> None:
    assert sides.found_by_the_run(has_read=False) == [
        "large objects: all: the run did not come to those of the source",
        "sequences: all: the run did not come to setting them",
    ]


def test_views_whose_queries_may_say_another_thing_are_said_so(sides: Sides) -> None:
    found = {
        f.subject: f.detail
        for f in after_run(sides.target, sides.plan, rows={}, large_objects=None, sequences=None)
        if f.check == "views"
    }
    assert found == {
        "totals": "",
        "by_day": "",
        "prices is filled": "not compared with its query: its query depends on the order of rows",
    }


#: What a host has made in a database that it hands out, as on Heroku.
_HOST = """
CREATE SCHEMA _heroku; CREATE SCHEMA heroku_ext; GRANT USAGE, CREATE ON SCHEMA heroku_ext TO {owner};
REVOKE ALL ON SCHEMA _heroku FROM PUBLIC; COMMENT ON SCHEMA heroku_ext IS 'for extensions';
CREATE FUNCTION _heroku.check_ext() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN END';
CREATE FUNCTION _heroku.host_check() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN END';
CREATE EVENT TRIGGER validate_extension ON ddl_command_end WHEN TAG IN ('CREATE EXTENSION') EXECUTE FUNCTION
_heroku.check_ext();
CREATE EVENT TRIGGER extension_before_drop ON ddl_command_start
WHEN TAG IN ('DROP EXTENSION') EXECUTE FUNCTION _heroku.host_check();
COMMENT ON EVENT TRIGGER validate_extension IS 'the host''s';
CREATE EXTENSION pg_stat_statements SCHEMA heroku_ext;
CREATE TABLE heroku_ext.jobs (id serial, at timestamptz); INSERT INTO heroku_ext.jobs VALUES (1, now());
ALTER EXTENSION pg_stat_statements ADD TABLE heroku_ext.jobs;
ALTER EXTENSION pg_stat_statements ADD SEQUENCE heroku_ext.jobs_id_seq;
"""


@pytest.mark.parametrize("has_them_too", [True, False])
def test_what_the_host_made_is_no_difference(
    production: Server, preview: Server, tmp_path: Path, has_them_too: bool
) -> None:
    owner = preview.create_owner(may_create_databases=False)
    source, target = production.create_database(), preview.create_database(owner=owner)
    rules = tmp_path / "rules.yml"
    rules.write_text("version: 1\nundecided: keep\n")
    with production.connect(source) as conn:
        if has_them_too:
            conn.execute(_HOST.replace("{owner}", "CURRENT_USER").encode())
        conn.execute("CREATE TABLE t (id integer PRIMARY KEY); INSERT INTO t VALUES (1)")
    with preview.connect(target) as conn:
        conn.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(owner)))
        conn.execute(_HOST.replace("{owner}", owner).encode())
    flags = ("--source", source, "--target", target, "--rules", rules)
    run("copy", *flags, "--confirm", database_of(target), "--publish", "direct").expect(0, "0 failed, 0 not run")
    run("verify", *flags).expect(0)
    run("verify", "--gate", "--unchanged", "--target", target).expect(0)
    # As the server's administrator, who may act as the host.
    run("verify", "--source", source, "--target", preview.url(database_of(target)), "--rules", rules).expect(0)
    with preview.connect(target) as conn:
        conn.execute("CREATE EVENT TRIGGER later ON sql_drop EXECUTE FUNCTION _heroku.check_ext()")
    run("verify", *flags).expect(8, "fail described: event trigger later: was not there when the run ended")


def test_event_triggers_of_a_hidden_schema_stay_where_they_are(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    source, target = production.create_database(), preview.create_database()
    rules = tmp_path / "rules.yml"
    rules.write_text("version: 1\nundecided: keep\n")
    with production.connect(source) as conn:
        conn.execute(_HOST.replace("{owner}", "CURRENT_USER").encode())
        conn.execute("CREATE TABLE t (id integer PRIMARY KEY)")
    flags = ("--source", source, "--target", target, "--rules", rules)
    run("plan", "copy", *flags).expect(0, "event trigger validate_extension.*left out: it is the host's own")
    run("copy", *flags, "--confirm", database_of(target)).expect(0)


def _said(found: Iterable[Finding]) -> list[str]:
    return [str(f).partition("   ")[2] for f in found if not f.is_good]


def _spoil(conn: psycopg.Connection, statement: str) -> None:
    conn.execute(
        "SET LOCAL search_path = public; SET LOCAL allow_system_table_mods = on; SET LOCAL session_replication_role ="
        " replica"
    )
    conn.execute(statement.encode())
    conn.execute("SET LOCAL search_path = ''; SET LOCAL session_replication_role = origin")
