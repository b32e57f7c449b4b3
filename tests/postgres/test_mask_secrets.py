"""Secrets of a run and functions of the schema: in flight they never meet, in place the plan says which do."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from masker.copy.prepare import prepared
from masker.copy.run import copy
from masker.errors import RuleErrors
from masker.findings import FailedChecks
from masker.in_place.events import MaskPlanned
from masker.in_place.run import mask
from masker.masks.sql.bindings import setting_name
from masker.masks.sql.fields import FIELD
from masker.postgres.connect import apply_settings
from masker.settings import InPlaceOptions, Settings
from tests.postgres.test_mask_edges import Case
from tests.servers import Server, database_of

#: Checks that warn of every seed they can read, which the server writes into its log.
_SPIES = """
CREATE TABLE names (name text);
CREATE FUNCTION spy(text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
  FOR found IN SELECT name FROM public.names WHERE coalesce(current_setting(name, true),
  '') <> '' LOOP RAISE WARNING 'SPIED %', found; END LOOP;
  RETURN true;
END $$;
CREATE DOMAIN mail AS varchar(40) CHECK (spy(VALUE));
CREATE DOMAIN mails AS text[] CHECK (spy(VALUE[1]));
CREATE TYPE pair AS (a mail, b integer);
CREATE TABLE users (id integer PRIMARY KEY, email mail, many mails, gone mail, other text, kept mail, number integer,
twin pair, list mail[], CHECK (spy(other)), CHECK (length(other) > 3));
INSERT INTO users SELECT n, 'e' || n || '@corp.test', ARRAY['m' || n], 'g', 'other' || n, 'k' || n, n, '(a,1)', '{l}'
FROM generate_series(1, 50) n;
"""
_RULES = """\
version: 1
undecided: keep
tables:
  users: {columns: {email: email, many: {sql: "array_append(many, 'x')"}, gone: null, other: token,
                    number: {sql: "number + 1"}%s}}
"""


def _spied(server: Server) -> int:
    return server.embedded.log_file.read_text(errors="replace").count("SPIED")


def test_in_flight_no_check_runs_where_seeds_can_be_read(production: Server, preview: Server, tmp_path: Path) -> None:
    source, target = production.create_database(), preview.create_database()
    rules = tmp_path / "rules.yml"
    rules.write_text(_RULES % "")
    with production.connect(source) as conn:
        conn.execute(_SPIES)
        settings = Settings(
            source=source, target=target, rules=(rules,), confirm=database_of(target), workers=2, key=bytes(32)
        )
        with prepared(settings) as ready:
            names = {setting_name(binding).partition(FIELD)[0] for binding in ready.plan.bindings.values()}
        assert len(names) > 3
        conn.execute("INSERT INTO names SELECT unnest(%s::text[])", [list(names)])
        seen = _spied(production)
        apply_settings(conn, {next(iter(names)): "1"})
        conn.execute("SELECT 'x'::mail")
        assert _spied(production) == seen + 1, "the spy sees nothing"

    before = [_spied(server) for server in (production, preview)]
    assert copy(settings, lambda _event: None).findings.are_good
    assert [_spied(server) for server in (production, preview)] == before
    with preview.connect(target) as conn:
        assert conn.execute(
            "SELECT count(*) FROM users WHERE email LIKE '%corp.test' OR gone IS NOT NULL OR many[2] <> 'x' OR kept IS"
            " NULL"
        ).fetchone() == (0,)
        conn.execute("DROP TABLE names")
        with pytest.raises(psycopg.errors.UndefinedTable):
            conn.execute("INSERT INTO users (id, email) VALUES (99, 'x')")


@pytest.mark.parametrize("column", ["twin: {sql: twin}", "list: {sql: list}"])
def test_in_flight_a_check_that_cannot_be_left_to_the_target_is_refused(
    production: Server, preview: Server, tmp_path: Path, column: str
) -> None:
    source, target = production.create_database(), preview.create_database()
    rules = tmp_path / "rules.yml"
    rules.write_text(_RULES % f", {column}")
    with production.connect(source) as conn:
        conn.execute(_SPIES)
    with pytest.raises(RuleErrors) as refused:
        copy(Settings(source=source, target=target, rules=(rules,), confirm=database_of(target)), lambda _event: None)
    assert ["a domain in it is checked by a function" in p.found for p in refused.value.problems] == [True]


def test_in_place_the_plan_names_the_functions_that_run_beside_seeds_and_whose_they_are(
    server: Server, tmp_path: Path
) -> None:
    script = """
        CREATE FUNCTION spy(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'; CREATE FUNCTION plain(text)
        RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
        CREATE FUNCTION idle(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
        CREATE DOMAIN mail AS text CHECK (spy(VALUE)); CREATE TYPE pair AS (a mail[], b integer);
        CREATE TABLE users (id integer PRIMARY KEY, name text, twin pair); CREATE INDEX ON users (plain(name));
        CREATE TABLE cards (id integer PRIMARY KEY, name text, small text GENERATED ALWAYS AS (plain(name)) STORED);
        CREATE TABLE kept (id integer, name text CHECK (idle(name)))"""
    case = Case(server, tmp_path, script, "  users: {columns: {name: token}}\n  cards: {columns: {name: token}}\n")
    owner = case.values("SELECT current_user")[0]
    (note,) = [note.text for note in case.mask().notes if note.subject == "functions of the schema"]
    assert note.endswith(
        f"beside its seeds: plain(text) of {owner} (cards, users); spy(text) of {owner} (users)".replace(
            "plain(", "public.plain("
        ).replace("spy(", "public.spy(")
    )


@pytest.mark.parametrize("strategy", ["rewrite", "batches"])
def test_in_place_a_session_holds_the_seeds_of_its_table_alone_and_not_for_longer(
    server: Server, tmp_path: Path, strategy: str
) -> None:
    """What the checks of one table could read are names of that table's plan; they are others in every run."""
    script = """
        CREATE TABLE seen (who text, read text);
        CREATE FUNCTION spy(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
          INSERT INTO public.seen SELECT $1, current_query() UNION ALL SELECT $1, name FROM public.names,
          LATERAL (SELECT coalesce(current_setting(split_part(name, '#', 1), true), '') AS value) s
            WHERE CASE WHEN value = '' OR strpos(name, '#') = 0 THEN value <> '' ELSE value::jsonb ? split_part(name,
            '#', 2) END; RETURN true; END $$;
        CREATE TABLE names (name text);
        CREATE TABLE users (id integer PRIMARY KEY, email text); CREATE TABLE orders (id integer PRIMARY KEY,
        code text);
        INSERT INTO users SELECT n, 'e' || n FROM generate_series(1, 30) n; INSERT INTO orders SELECT n, 'c' || n
        FROM generate_series(1, 30) n;
        ALTER TABLE users ADD CHECK (spy('users', email)) NOT VALID; ALTER TABLE orders ADD CHECK (spy('orders',
        code)) NOT VALID;
        CREATE INDEX ON users ((spy_index('users', email))); CREATE INDEX ON orders ((spy_index('orders', code)))
        """.replace(
        "CREATE TABLE names",
        "CREATE FUNCTION spy_index(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT public.spy($1, $2)';"
        " CREATE TABLE names",
        1,
    )
    rules = (
        f"  users: {{strategy: {strategy}, columns: {{email: email}}}}\n  orders: {{strategy: {strategy}, columns:"
        " {code: {mask: token, by: value}}}\n"
    )
    case = Case(server, tmp_path, script, rules)
    stems = set()

    def told(event: object) -> None:
        if isinstance(event, MaskPlanned):
            stems.add(event.plan.stem)
            with psycopg.connect(case.url) as conn:
                conn.execute("TRUNCATE seen; TRUNCATE names")
                conn.execute("INSERT INTO names SELECT unnest(%s::text[])", [list(event.plan.bindings)])
            names.update({str(plan.table.name): plan.settings for plan in event.plan.tables})

    names: dict[str, frozenset[str]] = {}
    settings = Settings(
        source="", target=case.url, rules=(case.rules,), confirm=database_of(case.url), workers=1, key=bytes(32)
    )
    with pytest.raises(FailedChecks) as failed:
        mask(settings, InPlaceOptions(terminate=True), told)
    assert {f.subject.partition(".")[0] for f in failed.value.findings.bad} == {"seen"}, "what the spy wrote is found"
    for table, other in (("users", "orders"), ("orders", "users")):
        read = {
            str(value)
            for value in case.values(
                f"SELECT DISTINCT read FROM seen WHERE who = '{table}' AND read IN (SELECT name FROM names)"
            )
        }
        assert read, "the spy saw nothing"
        assert read <= names[table]
        assert not read & names[other]
        assert not any(
            name.partition(FIELD)[0] in str(text)
            for name in names[table]
            for text in case.values("SELECT read FROM seen WHERE read LIKE '%masker_quietly%'")
        )
    case.execute("TRUNCATE seen")
    with pytest.raises(FailedChecks):
        mask(settings, InPlaceOptions(terminate=True), told)
    assert len(stems) == 2
