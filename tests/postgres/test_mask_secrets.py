"""Secrets of a run and functions of the schema: in flight they never meet, in place the plan says which do."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from masker.errors import RuleErrors
from masker.masks.bindings import setting_name
from masker.pg.connect import apply_settings
from masker.run.copy import copy
from masker.run.prepare import prepared
from masker.settings import Settings
from tests.servers import Server, database_of

#: Checks that warn of every seed they can read, which the server writes into its log.
_SPIES = """
CREATE TABLE names (name text);
CREATE FUNCTION spy(text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
  FOR found IN SELECT name FROM public.names WHERE coalesce(current_setting(name, true), '') <> '' LOOP RAISE WARNING 'SPIED %', found; END LOOP;
  RETURN true;
END $$;
CREATE DOMAIN mail AS varchar(40) CHECK (spy(VALUE));
CREATE DOMAIN mails AS text[] CHECK (spy(VALUE[1]));
CREATE TYPE pair AS (a mail, b integer);
CREATE TABLE users (id integer PRIMARY KEY, email mail, many mails, gone mail, other text, kept mail, number integer, twin pair, list mail[], CHECK (spy(other)), CHECK (length(other) > 3));
INSERT INTO users SELECT n, 'e' || n || '@corp.test', ARRAY['m' || n], 'g', 'other' || n, 'k' || n, n, '(a,1)', '{l}' FROM generate_series(1, 50) n;
"""
_RULES = """\
version: 1
undecided: keep
tables:
  users: {columns: {email: email, many: {sql: "array_append(many, 'x')"}, gone: null, other: token, number: {sql: "number + 1"}%s}}
"""


def _spied(server: Server) -> int:
    return server.embedded.log_file.read_text(errors="replace").count("SPIED")


def test_in_flight_no_check_runs_where_seeds_can_be_read(production: Server, preview: Server, tmp_path: Path) -> None:
    source, target = production.create_database(), preview.create_database()
    rules = tmp_path / "rules.yml"
    rules.write_text(_RULES % "")
    with production.connect(source) as conn:
        conn.execute(_SPIES)
        settings = Settings(source=source, target=target, rules=(rules,), confirm=database_of(target), workers=2, key=bytes(32))
        with prepared(settings) as ready:
            names = {setting_name(binding) for binding in ready.plan.bindings.values()}
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
        assert conn.execute("SELECT count(*) FROM users WHERE email LIKE '%corp.test' OR gone IS NOT NULL OR many[2] <> 'x' OR kept IS NULL").fetchone() == (0,)
        conn.execute("DROP TABLE names")
        with pytest.raises(psycopg.errors.UndefinedTable):
            conn.execute("INSERT INTO users (id, email) VALUES (99, 'x')")


@pytest.mark.parametrize("column", ["twin: {sql: twin}", "list: {sql: list}"])
def test_in_flight_a_check_that_cannot_be_left_to_the_target_is_refused(production: Server, preview: Server, tmp_path: Path, column: str) -> None:
    source, target = production.create_database(), preview.create_database()
    rules = tmp_path / "rules.yml"
    rules.write_text(_RULES % f", {column}")
    with production.connect(source) as conn:
        conn.execute(_SPIES)
    with pytest.raises(RuleErrors) as refused:
        copy(Settings(source=source, target=target, rules=(rules,), confirm=database_of(target)), lambda _event: None)
    assert ["a domain in it is checked by a function" in p.found for p in refused.value.problems] == [True]
