"""What an application says of itself: read, refused, and what of it refers to what."""

from __future__ import annotations

from pathlib import Path

import pytest

from masker.catalog.types import ForeignKey
from masker.errors import RuleErrors
from masker.names import TableName
from masker.ruleset.facts import Facts, parse_facts
from masker.ruleset.parse import read_facts, read_rules
from masker.ruleset.types import Resolution
from tests.catalogs import catalog, partition, table
from tests.unit.ruleset.files import refused, resolved

DOCUMENT = """{
 "version": 1,
 "application": {"rails": "7.1.5", "locale": "ja", "databases": [{"name": "primary"}]},
 "filter_parameters": ["passw"],
 "encryption": {"digest": "SHA1", "support_unencrypted_data": true},
 "models": {
  "User": "users",
  "Admin": {"table": "users", "base": "User", "type_column": "type"},
  "Post": {"table": "posts", "primary_key": ["id"], "stored_as": "Article"},
  "Comment": {"table": "comments", "belongs_to": {"author_id": "User", "city": {"class": "City", "key": "code"}},
   "polymorphic": {"about_id": {"type": "about_type"}},
   "encrypted": {"note": {"deterministic": true}}, "serialized": {"settings": "yaml"},
   "validators": {"title": [{"kind": "length", "options": {"maximum": "80"}}]}},
  "City": "cities"
 }
}"""

TABLES = (
    table("users", "type text"),
    table("posts", "title text"),
    table("cities", "code text", unique=("code",)),
    table("comments", "author_id int8", "city text", "about_type text", "about_id int8", "ids int8[]", "gid text"),
)


def facts_of(text: str) -> Facts:
    found = parse_facts(text, "facts.json")
    assert isinstance(found, Facts), found
    return found


def linked(resolution: Resolution) -> dict[str, list[str]]:
    assert not [p for p in resolution.problems if "decided by no rule" not in p.found], resolution.problems
    return {
        str(link.column): [f"{name}: {target}" for name, target in link.classes.items()] or [str(link.target)]
        for link in resolution.links
    }


def test_a_document_says_which_class_keeps_its_rows_where_and_by_what_name() -> None:
    facts = facts_of(DOCUMENT)
    assert facts.tables_by_class() == {
        "User": "users", "Admin": "users", "Post": "posts", "Article": "posts", "Comment": "comments", "City": "cities"
    }  # fmt: skip
    assert facts.stored_as("Admin") == "User"
    assert [name for name, _ in facts.of_table("public.users")] == ["User", "Admin"]
    assert facts.models["Comment"].encrypted["note"].deterministic
    assert facts_of("{}") == Facts()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{", "facts.json:1:2"),
        ("[]", "it: Input should be"),
        ('{"model": {}}', "model: Extra inputs"),
        ('{"models": {"User": {"tabel": "users"}}}', "models.User.table: Field required"),
        ('{"models": {"Admin": {"table": "users", "base": "User"}}}', "there is no class User"),
        ('{"models": {"User": {"table": "users", "serialized": {"x": "yml"}}}}', "models.User.serialized.x"),
        ('{"version": 2}', "version"),
        ("[" * 100_000, "it nests too deeply"),
    ],
)
def test_what_a_document_must_not_say_is_refused(text: str, found: str) -> None:
    problems = parse_facts(text, "facts.json")
    assert isinstance(problems, list)
    assert any(found in str(p) for p in problems), problems


def test_facts_stand_in_a_file_beside_the_rules_or_in_them(tmp_path: Path) -> None:
    (tmp_path / "facts.json").write_text(DOCUMENT, encoding="utf-8")
    rules = tmp_path / "rules.yml"
    rules.write_text("version: 1\nfacts: facts.json\n", encoding="utf-8")
    assert read_rules([rules]).facts == read_facts(tmp_path / "facts.json") == facts_of(DOCUMENT)
    with pytest.raises(RuleErrors) as raised:
        read_facts(tmp_path / "none.json")
    assert "there is no such file" in str(raised.value.problems[0])
    ((told, _),) = refused(tmp_path, "version: 1\nfacts: none.json\n")
    assert "file: none.json: there is no such file" in told
    (tmp_path / "bad.json").write_text('{"models": {"User": 1}}', encoding="utf-8")
    ((told, _),) = refused(tmp_path, "version: 1\nfacts: bad.json\n")
    assert told.startswith("a.yml:2:8   facts: bad.json: models.User")
    ((told, hint),) = refused(tmp_path, "version: 1\nfacts: {models: {User: {table: users, belong_to: {}}}}\n")
    assert "facts: models.User: there is no key belong_to here" in told
    assert hint == "did you mean belongs_to?"


def test_keys_link_columns_by_what_the_application_says() -> None:
    file = f"facts: {DOCUMENT}"
    assert linked(resolved(catalog(*TABLES), file)) == {
        "comments.author_id": ["users.id"],
        "comments.city": ["cities.code"],
        "comments.about_id": [
            "User: users.id", "Admin: users.id", "Post: posts.id", "Article: posts.id", "Comment: comments.id",
            "City: cities.id",
        ],
    }  # fmt: skip


def test_rules_link_columns_too_and_win_over_facts_beside_the_foreign_keys() -> None:
    key = ForeignKey(
        name="fk",
        table=TableName("public", "orders"),
        columns=("user_id",),
        references=TableName("public", "users"),
        referenced_columns=("id",),
        definition="",
        is_valid=True,
    )
    orders = table("orders", "user_id int8", foreign_keys=(key,))
    found = linked(
        resolved(
            catalog(*TABLES, orders, partition("orders_1", orders)),
            f"facts: {DOCUMENT}",
            """
            tables:
              comments:
                references:
                  author_id: posts
                  ids: public.users.id
                  about_id: {type: about_type, classes: {Person: users, City: cities.code}}
                  gid: global_id
            """,
        )
    )
    assert found["orders.user_id"] == found["orders_1.user_id"] == ["users.id"]
    assert found["comments.author_id"] == ["posts.id"]
    assert found["comments.ids"] == ["users.id"]
    assert "Person: users.id" in found["comments.about_id"]
    assert "City: cities.code" in found["comments.about_id"]
    assert "Article: posts.id" in found["comments.gid"]


@pytest.mark.parametrize(
    ("reference", "found", "hint"),
    [
        ("autor_id: users.id", "comments.autor_id: references: there is no such column", "author_id"),
        ("author_id: user.id", "comments.author_id: references: there is no column user.id", "did you mean users.id?"),
        ("about_id: {type: abuot_type}", "comments.abuot_type: references: there is no such column", "about_type"),
        ("about_id: {type: about_type, classes: {X: nowhere}}", "there is no column nowhere", "expected table.column"),
    ],
)
def test_what_a_reference_names_has_to_be_there(reference: str, found: str, hint: str) -> None:
    resolution = resolved(catalog(*TABLES), f"tables: {{comments: {{references: {{{reference}}}}}}}")
    problem = next(p for p in resolution.problems if found in str(p))
    assert hint in (problem.hint or "")
    assert problem.position is not None


def test_a_reference_says_one_thing(tmp_path: Path) -> None:
    for written in ("{}", "{to: users.id, type: x_type}", "{to: users.id, classes: {A: users}}"):
        ((told, _),) = refused(tmp_path, f"version: 1\ntables: {{t: {{references: {{x: {written}}}}}}}\n")
        assert "a.yml:2:" in told
