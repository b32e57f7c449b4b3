"""Tables called by a pattern: what they say of rows, masks and strategies, what wins over them, and what fits
nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from masker.catalog.types import Catalog
from masker.names import TableName
from masker.ruleset.ahead import ApplicationSchema, parse_schema
from masker.ruleset.resolve import resolve
from masker.ruleset.table_patterns import matching
from masker.ruleset.types import Resolution
from tests.catalogs import catalog, partition, table
from tests.unit.ruleset.files import resolved, rule_set, told


def rows(resolution: Resolution) -> dict[str, tuple[str | None, ...]]:
    return {str(name): (d.predicate or d.rows, d.where, d.strategy) for name, d in resolution.tables.items()}


@pytest.fixture
def database() -> Catalog:
    visits = replace(table("visits", "at date", key=("id", "at")), kind="p")
    tables = (
        table("log_a", "note text"),
        table("log_b", "note text"),
        table("log_kept", "note text"),
        table("old.Log_c", "note text"),
        visits,
        partition("visits_2025", visits),
        partition("visits_2026", visits),
        table("tenant_1.users", "email text", "nick text"),
        table("tenant_2.users", "email text"),
        table("users", "email text"),
    )
    return catalog(*tables)


def test_names_win_over_patterns_whatever_the_order_and_each_thing_is_decided_by_itself(database: Catalog) -> None:
    resolution = resolved(
        database,
        """
        tables:
          log_kept: {rows: all, columns: {note: lorem}}
          users: {columns: {email: email}}
        """,
        """
        tables:
          "log_*": {rows: none}
          "visit?": {rows: "at > '2026-01-01'", strategy: batches}
          "tenant_[0-9]*.users": {where: "id > 9", columns: {email: email, nick: token}}
        """,
    )
    assert resolution.problems == ()
    assert resolution.notes == ()
    young = ("at > '2026-01-01'", None, "batches")
    assert rows(resolution) == {
        "log_a": ("none", None, None),
        "log_b": ("none", None, None),
        "log_kept": ("all", None, None),
        'old."Log_c"': ("none", None, None),
        "visits": young,
        "visits_2025": young,
        "visits_2026": young,
        "tenant_1.users": ("all", "id > 9", None),
        "tenant_2.users": ("all", "id > 9", None),
        "users": ("all", None, None),
    }
    assert {column: d.rule.mask for column, d in resolution.tables[TableName("tenant_1", "users")].columns.items()} == {
        "email": "email",
        "nick": "token",
    }
    assert str(resolution.tables[TableName("public", "log_a")].rows_position) == "b.yml:4:13"


def test_a_name_of_a_parent_wins_over_a_pattern_that_fits_its_partitions(database: Catalog) -> None:
    resolution = resolved(
        database, 'undecided: keep\ntables: {visits: {rows: all}, "visits_*": {rows: none, strategy: batches}}'
    )
    assert rows(resolution)["visits_2025"] == ("all", None, "batches")
    assert [(note.subject, note.text) for note in resolution.notes] == [
        ("visits_*: rows", "tables that are named decide it all otherwise (a.yml:3:44)")
    ]


def test_a_later_file_wins_and_patterns_over_defaults(database: Catalog) -> None:
    first = (
        'undecided: keep\ntables: {"log_*": {rows: none, columns: {note: lorem}}}\ndefaults: [{columns: note, mask:'
        " token}]"
    )
    resolution = resolved(database, first, 'tables: {"log_[ab]": {rows: all}}')
    found = rows(resolution)
    assert (found["log_a"][0], found["log_b"][0], found["log_kept"][0]) == ("all", "all", "none")
    assert {d.columns["note"].rule.mask for name, d in resolution.tables.items() if "log" in name.name.lower()} == {
        "lorem"
    }


def test_two_patterns_that_differ_are_told_once_with_both_places(database: Catalog) -> None:
    text = """
    undecided: keep
    tables:
      "log_*": {rows: none, strategy: batches, columns: {note: lorem}}
      "*_[ab]": {rows: "id < 9", strategy: rewrite, columns: {note: token}}
      log_a: {rows: all, columns: {note: keep}}
    """
    hint = "keep one of the two, or name the table itself"
    assert [(f"{p.subject}: {p.found}", str(p.position), p.hint) for p in resolved(database, text).problems] == [
        ("log_*: strategy: decided differently at a.yml:5:25, and both patterns fit log_a", "a.yml:6:30", hint),
        ("log_*: rows: decided differently at a.yml:5:13, and both patterns fit log_b", "a.yml:6:14", hint),
        ("log_*.note: decided differently at a.yml:5:54, and both patterns fit log_b", "a.yml:6:59", hint),
    ]
    assert (
        resolved(
            database,
            text.replace('rows: "id < 9", strategy: rewrite', "rows: none, strategy: batches").replace(
                "note: token", "note: lorem"
            ),
        ).problems
        == ()
    )


def test_what_fits_nothing_is_refused_and_what_a_migration_will_make_waits(database: Catalog) -> None:
    text = """
    undecided: keep
    tables:
      "lgo_*": {rows: none}
      "audit*.x": {rows: none}
      "a.b.*": {rows: none}
      "tenant_*.users": {columns: {emial: email}}
      "coupon*": {rows: none}
    """
    no_table, no_column = (
        "if a migration is to make it, give --schema db/schema.rb",
        "none of the tables that it fits has such a column",
    )
    assert told(resolved(database, text).problems) == [
        ("a.yml:5:3   lgo_*: no table is called so", f"did you mean log_*? ({no_table})"),
        ("a.yml:6:3   audit*.x: no table is called so", f"remove it, or correct the pattern; {no_table}"),
        (
            "a.yml:7:3   a.b.*: this fits no table's name, expected a pattern of table or schema.table",
            "write table or schema.table, each with *, ? or [a-z] where it varies",
        ),
        ("a.yml:8:32   tenant_*.users.emial: " + no_column, f"did you mean tenant_*.users.email? ({no_table})"),
        ("a.yml:9:3   coupon*: no table is called so", f"remove it, or correct the pattern; {no_table}"),
    ]
    schema = parse_schema(
        'create_table "coupons" do |t|\nend\ncreate_table "users" do |t|\n  t.string "emial"\nend\n', "db/schema.rb"
    )
    assert isinstance(schema, ApplicationSchema)
    resolution = resolve(replace(rule_set(text), schema=schema), database)
    assert [problem.subject for problem in resolution.problems] == ["lgo_*", "audit*.x", "a.b.*"]
    assert [note.subject for note in resolution.notes] == ["coupon*"]


def test_a_table_that_is_called_like_a_pattern_is_named_by_it() -> None:
    odd = catalog(table("log_*", "note text"), table("log_a", "note text"), table("a.b_1"), table("a.b_2"))
    resolution = resolved(odd, 'undecided: keep\ntables: {"log_*": {rows: none}, "\\"a\\".b_?": {rows: none}}')
    assert [found[0] for found in rows(resolution).values()] == ["none", "all", "none", "none"]
    assert matching('"log_*"*', [TableName("public", "log_*1"), TableName("public", "log_ab")]) == (
        TableName("public", "log_*1"),
    )
    assert (
        resolved(odd, 'undecided: keep\ntables: {"\\"log_*\\"": {rows: none}}')
        .tables[TableName("public", "log_*")]
        .rows
        == "none"
    )


def test_what_the_database_fills_itself_is_passed_over() -> None:
    """Foreign tables, generated columns and tables of extensions are no one's to decide by a pattern."""
    far = replace(table("logs_far", "note text"), kind="f")
    own = replace(table("log_rows", "note text"), extension="logger", carried="", has_own_rows=True)
    database = catalog(table("log_a", "note text", "upper text generated"), far, own)
    resolution = resolved(database, 'tables: {"log*": {rows: "id < 3", columns: {note: lorem, upper: lorem}}}')
    assert resolution.problems == ()
    assert [note.subject for note in resolution.notes] == ["log_rows (extension logger)"]
