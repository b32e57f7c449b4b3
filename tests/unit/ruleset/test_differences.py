"""What other rules change, and for whom."""

from __future__ import annotations

import pytest

from masker.ruleset.differences import differences
from masker.ruleset.resolve import resolve
from tests.catalogs import catalog, table
from tests.unit.ruleset.files import rule_set

_DATABASE = catalog(
    table("users", "email text", "name text", "note text", "code text", "token text"), table("logs", "text text")
)

_OLD = """
    tables:
      users: {columns: {email: email, name: full_name, note: lorem, code: keep, token: {mask: token, reason: a}}}
      logs: {rows: none}
"""
_NEW = """
    large_objects: keep
    tables:
      users:
        columns: {email: keep, name: {mask: full_name, scope: person}, note: {mask: lorem, unless: "id = 1"},
                  code: token, token: {mask: token, reason: b}}
        where: "id > 1"
      logs: {columns: {text: lorem}}
"""


def test_each_change_says_whom_it_concerns_and_whether_it_exposes_originals() -> None:
    old, new = (resolve(rule_set(text), _DATABASE) for text in (_OLD, _NEW))
    assert [(d.exposes, d.subject, d.what, d.whom) for d in differences(old, new)] == [
        (True, "logs", "rows: none → all", "which rows are copied"),
        (False, "logs.text", "undecided → lorem", "every row: masked from now on"),
        (True, "users", "where: every row → id > 1", "which rows are masked"),
        (True, "users.email", "email → keep", "rows where id > 1: originals reach the preview"),
        (
            False,
            "users.name",
            "full_name → {mask: full_name, scope: person}",
            "rows where id > 1: other values, which agree with other columns than before (scope its own → person)",
        ),
        (
            True,
            "users.note",
            'lorem → {mask: lorem, unless: "id = 1"}',
            "rows where id > 1: other values; some originals reach the preview",
        ),
        (False, "users.code", "keep → token", "rows where id > 1: masked from now on"),
        (False, "users.token", "its reason reads otherwise", "no value"),
        (True, "large objects", "undecided → keep", "all large objects"),
    ]
    assert list(differences(old, old)) == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "salary: {mask: noise, amount: 9.5}",
            "",
            (True, "{mask: noise, amount: 9.5} → no rule", "every row: originals reach the preview"),
        ),
        ("salary: keep", "", (False, "keep → no rule", "every row: originals reach the preview")),
        (
            "",
            "salary: {mask: noise, amount: 9.5}",
            (False, "no rule → {mask: noise, amount: 9.5}", "every row: masked from now on"),
        ),
        ("", "salary: keep", (False, "no rule → keep", "every row: originals reach the preview")),
        ("email: email", "", (False, "email → undecided", "nobody decides it any more: the run is refused")),
        (
            "",
            'email: {mask: email, where: "id > 1"}',
            (
                True,
                'undecided → {mask: email, where: "id > 1"}',
                "every row: masked from now on; some originals reach the preview",
            ),
        ),
    ],
)
def test_what_no_rule_decides_is_copied_as_it_is_where_it_need_not_be_decided(
    before: str, after: str, told: tuple[bool, str, str]
) -> None:
    database = catalog(table("staff", "email text", "salary numeric"))
    old, new = (resolve(rule_set(f"tables: {{staff: {{columns: {{{text}}}}}}}"), database) for text in (before, after))
    assert [(d.exposes, d.what, d.whom) for d in differences(old, new)] == [told]


_FEW = '[{mask: keep, when: "id = 1"}, {else: email}]'
_MORE = '[{mask: keep, when: "id < 9"}, {else: email}]'
_ELSE = '[{mask: email, when: "id = 1"}, {else: keep}]'


@pytest.mark.parametrize(
    ("before", "after", "exposes"),
    [
        ("{text: email}", f"{{text: {_FEW}}}", True),
        ("{text: email}", f"{{text: {_ELSE}}}", True),
        (f"{{text: {_FEW}}}", f"{{text: {_MORE}}}", True),
        (f"{{text: {_FEW}}}", f"{{text: {_FEW.replace('email', 'lorem')}}}", False),
        (f"{{text: {_FEW}}}", "{text: email}", False),
        ("{text: keep}", f"{{text: {_FEW}}}", False),
        (
            "{body: {mask: json, paths: {$.a: email}, other: drop}}",
            "{body: {mask: json, paths: {$.a: keep}, other: drop}}",
            True,
        ),
        (
            "{body: {mask: json, paths: {$.a: email}, other: drop}}",
            "{body: {mask: json, paths: {$.a: email}, other: keep}}",
            True,
        ),
        (
            "{body: {mask: json, paths: {$.a: email, $.b: lorem}, other: keep}}",
            "{body: {mask: json, paths: {$.a: email}, other: keep}}",
            True,
        ),
        (
            "{body: {mask: json, paths: {$.a: email}, other: keep}}",
            "{body: {mask: json, paths: {$.a: lorem, $.b: lorem}, other: keep}}",
            False,
        ),
    ],
)
def test_what_is_kept_of_some_rows_or_within_a_value_is_marked(before: str, after: str, exposes: bool) -> None:
    database = catalog(table("mails", "text text", "body jsonb"))
    old, new = (resolve(rule_set(f"tables: {{mails: {{columns: {text}}}}}"), database) for text in (before, after))
    assert [d.exposes for d in differences(old, new)] == [exposes]


def test_nothing_of_a_table_that_is_left_empty_is_exposed_and_fewer_rows_expose_nothing() -> None:
    database = catalog(table("mails", "text text"))
    empty, kept = (
        resolve(rule_set(f"tables: {{mails: {{rows: none, columns: {{text: {mask}}}}}}}"), database)
        for mask in ("lorem", "keep")
    )
    assert [(d.exposes, d.whom) for d in differences(empty, kept)] == [(False, "none: no row of it is copied")]
    every, some = (
        resolve(rule_set(f"tables: {{mails: {{columns: {{text: lorem}}{more}}}}}"), database)
        for more in ("", ', rows: "id > 1"')
    )
    assert [d.exposes for d in differences(every, some)] == [False]
    assert [d.exposes for d in differences(some, every)] == [True]
