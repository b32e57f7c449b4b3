"""What other rules change, and for whom."""

from __future__ import annotations

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
        (True, "users.note", 'lorem → {mask: lorem, unless: "id = 1"}', "rows where id > 1: other values"),
        (False, "users.code", "keep → token", "rows where id > 1: masked from now on"),
        (False, "users.token", "its reason reads otherwise", "no value"),
        (True, "large objects", "undecided → keep", "all large objects"),
    ]
    assert list(differences(old, old)) == []
