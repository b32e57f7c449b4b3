"""Rules checked against a schema file alone, without a server."""

from __future__ import annotations

import json
from dataclasses import replace
from textwrap import dedent

from masker.cli.rules.annotations import annotated
from masker.copy.offline import Checked, check_schema
from masker.errors import Position, Problem
from masker.notes import Note
from masker.ruleset.ahead import ApplicationSchema, parse_schema
from tests.unit.ruleset.files import rule_set

_RUBY = """\
ActiveRecord::Schema[8.0].define(version: 1) do
  create_table "users" do |t|
    t.string "email", null: false
    t.string "full_name", limit: 20
    t.string "code", limit: 8
    t.boolean "staff"
    t.index "lower((email)::text)", name: "by_email", unique: true
    t.check_constraint "email ~ '@'", name: "address"
  end
end
"""

_RULES = """
    include: rails
    tables:
      users: {columns: {email: email, full_name: full_name, code: keep}}
"""


def _checked(rules: str, text: str = _RUBY, file: str = "db/schema.rb") -> Checked:
    schema = parse_schema(dedent(text), file)
    assert isinstance(schema, ApplicationSchema), schema
    return check_schema(replace(rule_set(dedent(rules)), schema=schema), schema)


def _told(checked: Checked) -> list[tuple[str, str, str]]:
    return [(str(p.position), p.subject, p.found) for p in checked.problems]


def test_a_column_that_no_rule_decides_is_told_where_the_schema_has_it() -> None:
    assert _told(_checked(_RULES)) == []
    added = _RUBY.replace('    t.boolean "staff"\n', '    t.boolean "staff"\n    t.text "address"\n')
    assert _told(_checked(_RULES, added)) == [
        ("db/schema.rb:7:1", "users.address", "text, decided by no rule"),
    ]
    sql = 'CREATE TABLE public.users (\n    id bigint,\n    email text,\n    "Note" text\n);\n'
    assert _told(_checked("tables: {users: {columns: {email: email}}}", sql, "db/structure.sql")) == [
        ("db/structure.sql:4:12", 'users."Note"', "text, decided by no rule"),
    ]


def test_masks_are_held_against_the_columns_lengths_keys_and_nulls() -> None:
    told = _told(
        _checked(_RULES.replace("code: keep", "code: {mask: token, length: 12}").replace("email: email", "email: null"))
    )
    assert [(subject, found.partition(",")[0]) for _, subject, found in told] == [
        ("users.email", "the column is NOT NULL"),
        ("users.code", "length: 12 characters do not fit character varying(8)"),
    ]


def test_what_production_may_still_have_is_a_note_and_a_misspelling_is_not() -> None:
    checked = _checked("""
        include: rails
        tables:
          users: {columns: {email: email, full_name: full_name, code: keep, surname: last_name, ful_name: keep}}
          sessions: {rows: none}
          "tenant_*.users": {rows: none}
    """)
    assert _told(checked) == []
    assert [(note.subject, note.text.partition(":")[0]) for note in checked.notes] == [
        ("sessions", "db/schema.rb has no such table"),
        ("tenant_*.users", "db/schema.rb has no such table"),
        ("users", "db/schema.rb has no surname, ful_name"),
    ]
    slips = _checked(_RULES.replace("full_name: full", "ful_name: full").replace("users:", "user:"))
    assert [(p.subject, p.hint) for p in slips.problems if p.found.startswith("there is no")] == [
        ("user", "did you mean users? (db/schema.rb has no such table)")
    ]
    slip = _checked(_RULES.replace("full_name: full", "ful_name: full"))
    assert [(p.subject, p.hint) for p in slip.problems if p.found.startswith("there is no")] == [
        ("users.ful_name", "did you mean users.full_name? (db/schema.rb has no such column)")
    ]


def test_what_is_not_understood_and_may_make_columns_is_a_problem() -> None:
    sql = "CREATE TABLE public.users (id bigint);\nALTER TABLE public.users RENAME TO people;\nANALYZE_IT();\n"
    checked = _checked("tables: {}", sql.replace("ANALYZE_IT();\n", "CLUSTER;\n"), "db/structure.sql")
    assert [(place, found.partition(":")[0]) for place, _, found in _told(checked)] == [
        ("db/structure.sql:2:1", "RENAME")
    ]
    assert [(note.subject, note.text.partition(":")[0]) for note in checked.notes] == [
        ("db/structure.sql:3:1", "CLUSTER")
    ]


_PROBLEMS = [
    Problem(
        "users.email", "text, decided by no rule", "add it:  email: email\n50% of them", Position("db/a,b.sql", 3, 5)
    ),
    Problem("large objects", "none is decided"),
]
_NOTES = [Note(subject="users", text="it has no x yet")]


def test_annotations_for_github_escape_what_its_commands_are_made_of() -> None:
    assert annotated("github", _PROBLEMS, _NOTES).splitlines() == [
        (
            "::error file=db/a%2Cb.sql,line=3,col=5,title=masker%3A users.email::users.email: text, decided by no"
            " rule%0Aadd it:  email: email%0A50%25 of them"
        ),
        "::error title=masker%3A large objects::large objects: none is decided",
        "::notice title=masker%3A users::users: it has no x yet",
    ]


def test_sarif_has_what_its_schema_requires() -> None:
    """Of 2.1.0: version and runs; a tool with a driver that is named; a message for each result, its rule by its index;
    a region that begins with a line."""
    log = json.loads(annotated("sarif", _PROBLEMS, _NOTES))
    assert (log["version"], log["$schema"].rpartition("/")[2]) == ("2.1.0", "sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "masker"
    assert all(set(rule) >= {"id", "shortDescription"} and rule["shortDescription"]["text"] for rule in driver["rules"])
    for result in run["results"]:
        assert result["message"]["text"]
        assert result["level"] in {"none", "note", "warning", "error"}
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    first, second, third = run["results"]
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "db/a,b.sql"},
                "region": {"startLine": 3, "startColumn": 5},
            }
        }
    ]
    assert [r["ruleId"] for r in (first, second, third)] == ["undecided", "problem", "note"]
    assert "locations" not in second
