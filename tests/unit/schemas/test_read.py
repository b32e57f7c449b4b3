"""What a schema file says is in the catalog, or told of with its line."""

from __future__ import annotations

from textwrap import dedent

import pytest

from masker.catalog.types import Table, TypeClass
from masker.errors import Problem
from masker.names import TableName
from masker.schemas.read import Schema, read_schema
from tests.real.applications import SCHEMAS


def _read(text: str, file: str = "db/structure.sql") -> Schema:
    found = read_schema(dedent(text), file)
    assert isinstance(found, Schema), found
    return found


def _table(schema: Schema, name: str) -> Table:
    return schema.catalog.tables[TableName("public", name)]


def _told(schema: Schema) -> list[tuple[int, str]]:
    return [(each.position.line, each.what) for each in schema.unread]


def test_statements_that_are_not_understood_are_named_with_their_lines() -> None:
    schema = _read("""\
        -- a comment first
        CREATE TABLE public.users (id bigint, mood public.mood);
        CREATE TABLE public.users (again text);

        CREATE TABLE public.made AS SELECT 1 AS n;
        DO $$ BEGIN CREATE TABLE hidden (x int); END $$;
        ALTER TABLE public.nowhere ADD COLUMN email text;
        ALTER TABLE public.users RENAME COLUMN id TO key;
        DROP TABLE public.users;
        CREATE INDEX i ON public.nowhere (x);
        COMMENT ON COLUMN public.users.email IS 'there is none';
        GRANT SELECT ON public.users TO PUBLIC;
        SELECT pg_catalog.set_config('search_path', '', false);
        SELECT public.make_tables();
    """)
    assert _told(schema) == [
        (3, "CREATE TABLE users, which is there already"),
        (5, "CREATE TABLE … AS"),
        (6, "DO"),
        (7, "ALTER TABLE nowhere, which is not there"),
        (8, "RENAME"),
        (9, "DROP"),
        (10, "CREATE INDEX on nowhere, which is not there"),
        (11, "COMMENT ON COLUMN public.users.email, which is not there"),
        (14, "SELECT"),
        (2, "type public.mood, which is defined nowhere in it"),
    ]
    assert [each.position.line for each in schema.unread if each.bears] == [3, 5, 6, 7, 8, 9, 14]
    assert [c.name for c in _table(schema, "users").columns] == ["id", "mood"]


def test_ruby_that_is_not_understood_is_named_with_its_line() -> None:
    schema = _read(
        """\
        ActiveRecord::Schema[8.0].define(version: 1) do
          create_table "users", force: :cascade do |t|
            t.string "email", default: "#{ENV["X"]}"
            t.st_point "place", geographic: true
            t.mystery "riddle", limit: 3
            t.string "name" if true
            t.index
          end

          create_table "posts" do |t|
            t.references :user, null: false, polymorphic: true
            t.timestamps
          end
          create_view "words", sql_definition: <<~SQL
            SELECT 1
              AS n;
          SQL
          create_hypertable "users", time_column: "at"
          add_foreign_key "posts", "people"
          add_foreign_key "posts", "users", column: "author_id"
          Rails.logger.info "x" + "y"
        end
        """,
        "db/schema.rb",
    )
    assert _told(schema) == [
        (3, 'the default of users.email, "#{ENV["X"]}"'),
        (6, "t.string … if"),
        (7, "t.index"),
        (18, "create_hypertable"),
        (21, "Rails.logger.info … +"),
        (19, "add_foreign_key from posts to people, whose column is not found"),
        (4, "type geography, which is defined nowhere in it"),
        (5, "type mystery, which is defined nowhere in it"),
    ]
    assert [each.position.line for each in schema.unread if each.bears] == [6, 7, 21]
    assert [c.name for c in _table(schema, "users").columns] == ["id", "email", "place", "riddle"]
    assert [c.name for c in _table(schema, "posts").columns] == [
        "id", "user_id", "user_type", "created_at", "updated_at",
    ]  # fmt: skip
    assert schema.without_schema == {TableName("public", "users"), TableName("public", "posts")}


@pytest.mark.parametrize(
    "written",
    [
        'create_table "tenant_#{n}" do |t|\n  t.string "ssn"\nend',
        "add_column :users, :ssn, KIND",
        'execute "ALTER TABLE users ADD ssn #{x}"',
        'ActiveRecord::Base.connection.execute "ALTER TABLE users ADD ssn text"',
        'load "more.rb"',
        'create_range_partition "visits", partition_key: "at" do |t|\n  t.string "ssn"\nend',
        "%w[a b].each do |n|\n  create_table n\nend",
        "KIND = :string",
        '# Could not dump table "places" because of following StandardError',
    ],
)
def test_ruby_that_may_make_columns_bears_on_them(written: str) -> None:
    schema = _read(f'create_table "users" do |t|\n  t.string "email"\nend\n{written}\n', "db/schema.rb")
    assert next(each.position.line for each in schema.unread if each.bears) == 4


def test_ruby_that_makes_no_columns_does_not_bear_on_them() -> None:
    schema = _read(
        """\
        create_table "users" do |t|
          t.string "email"
        end
        add_index "users", ["email"], name: "by_#{x}"
        create_view "words", sql_definition: Words.sql
        create_trigger("users_after_insert", generated: true).
            on("users").
            after(:insert) do
          <<-SQL_ACTIONS
            INSERT INTO visits SELECT 1;
          SQL_ACTIONS
        end
        create_trigger("users_before_update", generated: true)
          .on("users")
          # in two calls
          .before(:update) do
          "new.tsv := to_tsvector('simple', new.email);"
        end
        """,
        "db/schema.rb",
    )
    assert [each.position.line for each in schema.unread] == [4, 5, 6, 9, 14, 17]
    assert not any(each.bears for each in schema.unread)


@pytest.mark.parametrize(
    "written",
    [
        "\\i other.sql",
        "\\include_relative 'other.sql'",
        "ALTER TYPE public.address ADD ATTRIBUTE street text;",
        "IMPORT FOREIGN SCHEMA public FROM SERVER other INTO public;",
    ],
)
def test_sql_that_may_make_columns_bears_on_them(written: str) -> None:
    schema = _read(f"\\connect é\nCREATE TABLE public.users (id bigint);\n{written}\n")
    assert [(each.position.line, each.bears) for each in schema.unread] == [(3, True)]


@pytest.mark.parametrize("application", sorted(SCHEMAS))
def test_schemas_of_applications_are_read_whole(application: str) -> None:
    text = SCHEMAS[application].read_text(encoding="utf-8")
    schema = _read(text)
    assert schema.unread == ()
    assert len(schema.catalog.tables) == text.count("\nCREATE TABLE ") + text.count("\nCREATE UNLOGGED TABLE ")
    assert all(table.columns for table in schema.catalog.tables.values())


def test_a_default_that_is_computed_takes_no_column_away() -> None:
    schema = _read(
        """\
        create_table "stays" do |t|
          t.daterange "nights", default: -::Float::INFINITY...::Float::INFINITY, null: false
          t.string "guest", default: guest_name(1, [2, 3])
        end
        """,
        "db/schema.rb",
    )
    assert [(c.name, c.is_nullable) for c in _table(schema, "stays").columns] == [
        ("id", False), ("nights", False), ("guest", True),
    ]  # fmt: skip
    assert [each.position.line for each in schema.unread] == [2, 3]
    assert not any(each.bears for each in schema.unread)


def test_what_rails_keeps_for_itself_may_be_written() -> None:
    schema = _read(
        'create_table "ar_internal_metadata", primary_key: "key" do |t|\n  t.string "value"\nend\n', "db/schema.rb"
    )
    assert not schema.unread
    assert [c.name for c in _table(schema, "ar_internal_metadata").columns] == ["key", "value"]
    assert _table(schema, "schema_migrations").columns


def test_rails_says_what_is_not_written() -> None:
    """Keys of their own, precision by version, names of constraints, and the tables that Rails adds."""
    before, after = (
        _read(
            f"""\
            ActiveRecord::Schema{version}.define(version: 1) do
              create_table "people", id: :serial do |t|
                t.datetime "born"
              end
              create_table "letters", id: :uuid do |t|
                t.integer "person_id"
                t.string "words", default: [], array: true
                t.check_constraint "person_id > 0"
                t.index ["person_id"], unique: true
              end
              create_table "pairs", primary_key: ["a", "b"] do |t|
                t.bigint "a"
                t.bigint "b"
              end
              add_foreign_key "letters", "people"
            end
            """,
            "db/schema.rb",
        )
        for version in ("", "[7.0]")
    )
    assert [_table(each, "people").columns[1].type.sql for each in (before, after)] == [
        "timestamp without time zone",
        "timestamp(6) without time zone",
    ]
    letters = _table(after, "letters")
    assert letters.columns[0].default == "gen_random_uuid()"
    assert letters.columns[2].type.kind is TypeClass.ARRAY
    assert letters.columns[2].default == "'{}'::character varying[]"
    assert [(k.name, k.columns, str(k.references)) for k in letters.foreign_keys] == [
        ("fk_rails_fe5a452236", ("person_id",), "people")
    ]
    assert [check.name for check in letters.checks] == ["chk_rails_d33a22e620"]
    assert [index.name.name for index in letters.indexes] == ["index_letters_on_person_id", "letters_pkey"]
    assert _table(after, "pairs").primary_key == ("a", "b")
    assert not _table(after, "pairs").columns[0].is_nullable
    assert {"schema_migrations", "ar_internal_metadata"} < {name.name for name in after.catalog.tables}


def test_what_is_no_schema_is_refused_where_that_shows() -> None:
    broken = read_schema("\\connect é\n\nCREATE TABLE a (x int);\nCREATE TABLE nothing x;", "s.sql")
    assert isinstance(broken, Problem)
    assert str(broken.position) == "s.sql:4:22"
    lambda_ = read_schema('create_table "a" do |t|\n  t.text "b", default: -> { "1 +" }\nend\n', "schema.rb")
    assert isinstance(lambda_, Problem)
    assert str(lambda_.position) == "schema.rb:2:1"
