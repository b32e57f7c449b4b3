"""Whether rules decide what they did for the columns that stood there: what a migration has added since is left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from masker.ruleset.decided import decided, otherwise_decided
from masker.ruleset.parse import read_rules
from masker.ruleset.resolve import resolve
from masker.ruleset.types import Resolution
from tests.catalogs import catalog, table

_RULES = (
    "version: 1\ntables:\n  users: {columns: {email: email, name: keep}}\n  orders: {rows: 'id > 5', columns: {note:"
    " lorem}}\n"
)


def _resolved(folder: Path, rules: str, *columns: str, gone: bool = False) -> Resolution:
    path = folder / "rules.yml"
    path.write_text(rules)
    tables = [
        table("users", "id int8 not null", "email text", "phone int8", *([] if gone else ["name text"]), *columns),
        table("orders", "id int8 not null", "note text"),
    ]
    return resolve(read_rules([path]), catalog(*tables), in_place=True)


def test_rules_are_the_same_whatever_has_come_or_gone_since(tmp_path: Path) -> None:
    kept = decided(_resolved(tmp_path, _RULES))
    assert otherwise_decided(kept, _resolved(tmp_path, _RULES)) == []
    assert (
        otherwise_decided(
            kept,
            _resolved(tmp_path, _RULES.replace("users: {columns: {", "users: {columns: {born: null, "), "born date"),
        )
        == []
    )
    assert otherwise_decided(kept, _resolved(tmp_path, _RULES, "bio text", gone=True)) == []
    assert otherwise_decided(kept, replace(_resolved(tmp_path, _RULES), tables={})) == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("name: keep", "name: last_name", ["users.name"]),
        ("email: email", "email: {mask: email, by: value}", ["users.email"]),
        ("name: keep", "name: keep, phone: {mask: phone}", ["users.phone"]),
        ("id > 5", "id > 6", ["orders"]),
    ],
)
def test_rules_that_decide_otherwise_are_named(tmp_path: Path, before: str, after: str, told: list[str]) -> None:
    kept = decided(_resolved(tmp_path, _RULES))
    assert otherwise_decided(kept, _resolved(tmp_path, _RULES.replace(before, after))) == told
