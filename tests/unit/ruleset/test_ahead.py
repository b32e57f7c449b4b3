"""Rules that are ahead of the database: what the application's schema has waits for its migration, what it has not is
refused as ever."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from masker.errors import Problem, RuleErrors
from masker.ruleset.ahead import ApplicationSchema, parse_schema
from masker.ruleset.parse import read_rules
from masker.ruleset.resolve import resolve
from tests.catalogs import catalog, table
from tests.unit.ruleset.files import rule_set

_RUBY = """\
# This file is auto-generated from the current state of the database.
ActiveRecord::Schema[8.0].define(version: 2026_11_26_101500) do
  create_schema "audit"
  enable_extension "pg_catalog.plpgsql"
  create_enum "state", ["on", "off"]

  create_table "users", force: :cascade do |t|
    t.string "email", default: "", null: false, comment: "t.string \\"told\\""
    t.string "middle_name"
    t.virtual "full_name", type: :string, as: "email", stored: true
    t.column "mood", "mood"
    t.index ["email"], name: "index_users_on_email", unique: true
    t.check_constraint "length(email) > 3", name: "long"
    t.unique_constraint ["middle_name"], name: "once"
  end

  create_table "coupons", primary_key: "code", id: :string, force: :cascade do |t|
    t.decimal "worth", precision: 10
  end

  create_table "audit.events", primary_key: ["at", "who"], force: :cascade do |t|
    t.datetime "at", null: false
    t.string "who", null: false
  end

  create_table :joined, id: false do |t|
    t.bigint :user_id
  end

  add_foreign_key "joined", "users"
end
"""

_SQL = """\
\\restrict AvTueJ3Rf
SET client_encoding = 'UTF8';
CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $$ SELECT 'CREATE TABLE told (x int)' $$;
CREATE TABLE public.users (id bigint NOT NULL, email character varying DEFAULT ''::character varying, middle_name text,
full_name text GENERATED ALWAYS AS (email) STORED, CONSTRAINT long CHECK (length(email) > 3));
CREATE TABLE public."odd.name" ("Odd" int);
CREATE TABLE audit.events (at timestamp, who text) PARTITION BY RANGE (at);
CREATE TABLE audit.child (more int) INHERITS (audit.events);
ALTER TABLE ONLY public.users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE public.users ADD COLUMN late text;
INSERT INTO "schema_migrations" (version) VALUES ('20261126101500');
\\unrestrict AvTueJ3Rf
"""


def _read(text: str, file: str) -> ApplicationSchema:
    found = parse_schema(text, file)
    assert isinstance(found, ApplicationSchema), found
    return found


def _columns(schema: ApplicationSchema) -> dict[str, set[str]]:
    return {
        f"{name.schema}.{name.name}": {column.name for column in table.columns}
        for name, table in schema.catalog.tables.items()
        if name.name not in {"schema_migrations", "ar_internal_metadata"}
    }


def test_what_rails_writes_as_ruby() -> None:
    assert _columns(_read(_RUBY, "db/schema.rb")) == {
        "public.users": {"id", "email", "middle_name", "full_name", "mood"},
        "public.coupons": {"code", "worth"},
        "audit.events": {"at", "who"},
        "public.joined": {"user_id"},
    }


def test_what_pg_dump_writes() -> None:
    assert _columns(_read(_SQL, "db/structure.sql")) == {
        "public.users": {"id", "email", "middle_name", "full_name", "late"},
        "public.odd.name": {"Odd"},
        "audit.events": {"at", "who"},
        "audit.child": {"at", "who", "more"},
    }


def test_what_is_no_schema_is_refused_with_its_place(tmp_path: Path) -> None:
    assert str(parse_schema("\\connect é\n\nCREATE TABLE a (x int);\nCREATE TABLE nothing x;", "s.sql")).startswith(
        "s.sql:4:22   schema: PostgreSQL's grammar does not read it"
    )
    for text, name in (("", "schema.rb"), ("SELECT 1;", "structure.sql"), (_SQL, "schema.rb")):
        found = parse_schema(text, name)
        assert isinstance(found, Problem)
        assert (found.subject, found.found) == (name, "it defines no table")
    rules = tmp_path / "rules.yml"
    rules.write_text("version: 1\n")
    with pytest.raises(RuleErrors) as refused:
        read_rules([rules], tmp_path / "db" / "schema.rb")
    assert [(p.found, p.hint) for p in refused.value.problems] == [
        ("there is no such file", "check the path given with --schema or under `schema:`")
    ]


@pytest.mark.parametrize(
    "schema",
    [
        _read(_RUBY, "db/schema.rb"),
        _read(
            _SQL.replace(
                'CREATE TABLE public."odd.name"',
                "CREATE TABLE public.coupons (code text, worth int); CREATE TABLE public.x",
            ),
            "db/structure.sql",
        ),
    ],
)
def test_rules_for_what_a_migration_will_make_wait_and_misspellings_do_not(schema: ApplicationSchema) -> None:
    database = catalog(table("users", "id int8", "email text", "last_name text"))
    rules = rule_set(
        dedent("""
        tables:
          users: {columns: {email: email, last_name: last_name, middle_name: first_name, midle_name: first_name,
                            emial: email, quite_another: keep}}
          coupons: {rows: "worth > 3", columns: {code: token, wroth: keep}}
          audit.events: {rows: none}
          cupons: {rows: none}
        defaults:
          - {columns: "code", tables: coupons, mask: token}
    """),
        "tables: {users: {columns: {middle_name: last_name}}}",
    )
    resolution = resolve(replace(rules, schema=schema), database)
    assert [(note.subject, note.text) for note in resolution.notes if "wait" in note.text] == [
        (
            "coupons",
            f"it is not there yet; {schema.file} has it, and rules for that wait until a migration has made it",
        ),
        (
            "audit.events",
            f"it is not there yet; {schema.file} has it, and rules for that wait until a migration has made it",
        ),
        (
            "users",
            f"it has no middle_name yet; {schema.file} has, and rules for that wait until a migration has made it",
        ),
    ]
    neither = f"{schema.file} has no such column either"
    assert [(f"{problem.subject}: {problem.found}", problem.hint) for problem in resolution.problems] == [
        ("coupons.wroth: there is no such column", f"did you mean coupons.worth? ({neither})"),
        ("cupons: there is no such table", f"did you mean coupons? ({schema.file} has no such table either)"),
        ("users.midle_name: there is no such column", f"did you mean users.middle_name? ({neither})"),
        ("users.emial: there is no such column", f"did you mean users.email? ({neither})"),
        ("users.quite_another: there is no such column", f"remove the rule, or correct the name; {neither}"),
    ]
    assert set(resolution.tables[database.tables.__iter__().__next__()].columns) == {"email", "last_name"}


def test_a_table_without_a_schema_is_that_of_every_tenant() -> None:
    database = catalog(table("tenant_1.users", "email text"), table("tenant_2.users", "email text"))
    rules = rule_set(
        "tables: {tenant_1.users: {columns: {email: email, middle_name: keep}}, tenant_2.users: {columns: {email:"
        " email}}}"
    )
    assert resolve(replace(rules, schema=_read(_RUBY, "db/schema.rb")), database).problems == ()
    (stale,) = resolve(replace(rules, schema=_read(_SQL, "db/structure.sql")), database).problems
    assert stale.subject == "tenant_1.users.middle_name"
