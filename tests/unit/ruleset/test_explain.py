"""Explanations, suggested files, rules as text, and the texts of ``masker rules``."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masker.cli.rules.texts import decisions_text, files_text, masks_text
from masker.errors import UsageError
from masker.masks.date_shift import DateShift
from masker.masks.email import Email
from masker.masks.every import MASKS
from masker.masks.json_rule import Json, Leaf
from masker.masks.keep import Keep
from masker.masks.last_name import LastName
from masker.masks.null import Null
from masker.masks.own_sql import Sql
from masker.masks.password import Password
from masker.masks.rule import MaskRule
from masker.masks.token import Token
from masker.model import FromEnvironment
from masker.names import TableName
from masker.ruleset.explain import explain_column
from masker.ruleset.wording import key_text, name_parts, rule_text, table_key
from tests.catalogs import catalog, table
from tests.unit.ruleset.files import resolved, rule_file, rule_set

DATABASE = catalog(
    table("users", "email varchar(255) not null", "note text", "search text generated", "bio text"),
    table("versions", "object text"),
    table("spatial_ref_sys", "srtext text", extension="postgis"),
)
RULES = """\
include: [devise, paper_trail]
tables:
  users:
    columns:
      email: {mask: email, domain: sink.example.com}
      note: {mask: lorem, by: nope}
    where: not staff
"""


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (
            "users.email",
            """\
users.email   character varying(255) NOT NULL
decided by    {mask: email, domain: sink.example.com}   a.yml:6:7              by name, below users
gives way  {mask: email, length: keep}  rules/devise.yml:9:5   by default, email
rows masked   not staff                                 a.yml:8:5""",
        ),
        (
            "users.note",
            """\
users.note    text
decided by    {mask: lorem, by: [nope]}            a.yml:7:7   by name, below users
rows masked   not staff                            a.yml:8:5
problem       by: users has no column nope         a.yml:7:31""",
        ),
        ("public.users.search", "users.search   text\ncomputed       by the database, from other columns"),
        ("users.id", "users.id   bigint NOT NULL\ncopied     no rule decides it, and its type holds nothing personal"),
        (
            "spatial_ref_sys.srtext",
            (
                "spatial_ref_sys.srtext   text\nleft out                 no rule decides it; it belongs to the"
                " extension postgis"
            ),
        ),
    ],
)
def test_explanations(column: str, expected: str) -> None:
    def squeezed(text: str) -> list[list[str]]:
        return [line.split() for line in text.splitlines()]

    assert squeezed(explain_column(rule_set(RULES), DATABASE, column)) == squeezed(expected)


def test_explanation_of_what_nobody_decides_and_of_empty_tables() -> None:
    found = explain_column(rule_set(RULES), DATABASE, "users.bio").splitlines()
    assert " ".join(found[1].split()) == "undecided for instance bio: lorem its name says bio; it is text of any length"
    assert (
        explain_column(rule_set(RULES), DATABASE, "versions.object")
        .splitlines()[-1]
        .startswith("rows copied       none   rules/paper_trail.yml:")
    )
    assert "as what no rule decides" in explain_column(rule_set("undecided: keep"), DATABASE, "users.bio")


@pytest.mark.parametrize(
    ("written", "message", "hint"),
    [
        ("users", "users: this is no column's name, expected table.column or schema.table.column", None),
        ("user.email", "user.email: there is no such table", "did you mean users?"),
        ("users.mail", "users.mail: there is no such column", "did you mean users.email?"),
    ],
)
def test_columns_that_are_not_there(written: str, message: str, hint: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        explain_column(rule_set(RULES), DATABASE, written)
    assert (caught.value.message, caught.value.hint) == (message, hint)


RULE_TEXTS: list[tuple[MaskRule, str]] = [
    (Keep(), "keep"),
    (Null(), "null"),
    (Email(domain="sink.example.com"), "{mask: email, domain: sink.example.com}"),
    (
        LastName(script="katakana", scope="person", by=("user_id",)),
        "{mask: last_name, by: [user_id], scope: person, script: katakana}",
    ),
    (DateShift(within=9), "{mask: date_shift, within: 9}"),
    (Sql(sql="left(a, 0) || 'x: y'"), "{sql: \"left(a, 0) || 'x: y'\"}"),
    (Password(plaintext=FromEnvironment(env="P")), "{mask: password, plaintext: {env: P}}"),
    (
        Json(
            paths={
                "$.a": Leaf(rule=Email(), optional=True),
                "$.b[*].c": Leaf(rule=Token(length=9)),
                "$.d": Leaf(rule=Null()),
            },
            other="keep",
        ),
        (
            '{mask: json, other: keep, paths: {$.a: {mask: email, optional: true}, "$.b[*].c": {mask: token, length:'
            " 9}, $.d: null}}"
        ),
    ),
]


@pytest.mark.parametrize(("rule", "expected"), RULE_TEXTS)
def test_rules_as_text(rule: MaskRule, expected: str) -> None:
    text = rule_text(rule)
    (found,) = rule_file(f"tables: {{t: {{columns: {{c: {text}}}}}}}").tables[0].columns
    assert found.rule == rule
    assert sorted(text) == sorted(expected)


@given(
    st.text(min_size=1, max_size=12).filter(lambda t: t.isprintable()),
    st.text(min_size=1, max_size=12).filter(lambda t: t.isprintable()),
)
def test_names_of_tables_survive_a_file(schema: str, name: str) -> None:
    wanted = TableName(schema, name)
    database = catalog(replace(table("t", "a text"), name=wanted))
    text = f"tables:\n  {table_key(wanted)}:\n    columns:\n      {key_text('a')}: lorem\n"
    assert set(resolved(database, text).tables[wanted].columns) == {"a"}


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        ('"a.b".c', ("a.b", "c")),
        ('"a""b"', ('a"b',)),
        ("a.", None),
        (".a", None),
        ("", None),
        ('"a', None),
        ('"a"b', None),
    ],
)
def test_names_with_dots(written: str, parts: tuple[str, ...] | None) -> None:
    assert name_parts(written) == parts


def test_what_check_says() -> None:
    rules = rule_set(RULES)
    assert files_text(rules) == "a.yml · devise paper_trail"
    resolution = resolved(
        DATABASE, "include: paper_trail\ntables: {users: {columns: {email: email, note: keep, bio: lorem}}}"
    )
    assert decisions_text(resolution) == "3 tables, 1 of them left empty; 2 columns masked, 1 kept; nothing undecided"


def test_the_list_of_masks() -> None:
    text = masks_text({name: MASKS[name] for name in ("keep", "email")})
    assert text.splitlines()[0] == f"keep    {MASKS['keep'].summary}"
    assert text.splitlines()[3].startswith("        for ")
    assert "takes gender, domain" in text.splitlines()[3]
    assert text.splitlines()[3].endswith(f"makes {MASKS['email'].card.example}")
    assert (
        text.splitlines()[-1]
        == "All take by (who: columns, or `value`), scope (columns that agree) and locale; where and unless (conditions"
        " of the rows), null, share, unique and reason."
    )
