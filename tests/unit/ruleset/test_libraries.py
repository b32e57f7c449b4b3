"""Rules of an organisation, included by a path or from a Python package; what of them is locked, no project weakens."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from masker.errors import RuleErrors
from masker.ruleset.parse import read_rules
from masker.ruleset.resolve import resolve
from masker.ruleset.types import Resolution
from tests.catalogs import catalog, table

_DATABASE = catalog(
    table("users", "email text", "phone text", "note text", "api_token text"), table("t1.orders", "note text")
)

_LIBRARY = """\
version: 1
locked: true
include: more/names.yml
tables:
  users: {columns: {email: email}}
  "t*.orders": {columns: {note: lorem}}
  elsewhere: {rows: none}
defaults: [{columns: "*_token", mask: token}]
"""

_NAMES = "version: 1\ntables: {users: {columns: {note: lorem, phone: phone}}}\n"


def _resolved(folder: Path, rules: str, library: str = _LIBRARY) -> Resolution:
    (folder / "shared" / "more").mkdir(parents=True, exist_ok=True)
    (folder / "app").mkdir(exist_ok=True)
    (folder / "shared" / "base.yml").write_text(library)
    (folder / "shared" / "more" / "names.yml").write_text(_NAMES)
    path = folder / "app" / "masking.yml"
    path.write_text(f"version: 1\ninclude: ../shared/base.yml\n{rules}")
    return resolve(read_rules([path]), _DATABASE)


def _masks(resolution: Resolution) -> dict[str, str]:
    return {
        f"{table.name}.{name}": each.rule.mask
        for table, decision in resolution.tables.items()
        for name, each in decision.columns.items()
    }


def test_libraries_decide_what_the_file_does_not(tmp_path: Path) -> None:
    found = _resolved(tmp_path, "tables: {users: {columns: {phone: token}}}")
    assert found.problems == ()
    assert _masks(found) == {
        "users.email": "email", "users.phone": "token", "users.note": "lorem", "users.api_token": "token",
        "orders.note": "lorem",
    }  # fmt: skip


def test_what_is_locked_gives_way_to_null_alone(tmp_path: Path) -> None:
    rules = """\
tables:
  users:
    columns: {email: keep, api_token: {mask: token, unless: "id = 1"}, note: keep}
    where: "id > 1"
"""
    found = _resolved(tmp_path, rules)
    told = [(p.subject, p.found.replace(str(tmp_path), "")) for p in found.problems]
    assert told == [
        ("users.email", "keep, but /app/../shared/base.yml:5:21 has locked it as email"),
        (
            "users",
            "where: rows would stay as they are, but /app/../shared/base.yml:5:21 has locked email as a mask for all",
        ),
        (
            "users.api_token",
            '{mask: token, unless: "id = 1"}, but /app/../shared/base.yml:8:12 has locked it as token',
        ),
        (
            "users",
            (
                "where: rows would stay as they are, but /app/../shared/base.yml:8:12 has locked api_token as a mask"
                " for all"
            ),
        ),
    ]
    assert _masks(found)["users.email"] == "email"
    stronger = _resolved(tmp_path, 'tables: {users: {columns: {email: "null", note: token}}}')
    assert stronger.problems == ()
    assert _masks(stronger)["users.email"] == "null"
    kept = _LIBRARY.replace("email: email", "email: keep")
    assert _masks(_resolved(tmp_path, "tables: {users: {columns: {email: email}}}", kept))["users.email"] == "email"


def test_a_python_package_brings_rules_along(tmp_path: Path) -> None:
    package = tmp_path / "acme_rules_of_tests"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "base.yml").write_text(_LIBRARY.replace("include: more/names.yml\n", ""))
    rules = tmp_path / "masking.yml"
    sys.path.insert(0, str(tmp_path))
    try:
        rules.write_text("version: 1\ninclude: [rails, acme_rules_of_tests:base.yml]\n")
        assert _masks(resolve(read_rules([rules]), _DATABASE))["users.email"] == "email"
        rules.write_text("version: 1\ninclude: acme_rules_of_tests:none.yml\n")
        with pytest.raises(RuleErrors) as refused:
            read_rules([rules])
        assert "has no such file" in refused.value.problems[0].found
    finally:
        sys.path.remove(str(tmp_path))


def test_what_is_not_there_is_told_where_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "masking.yml"
    for named, found in (
        ("none.yml", "none.yml: there is no such file"),
        ("no_such_package_at_all:base.yml", "there is no package no_such_package_at_all"),
    ):
        path.write_text(f"version: 1\ninclude: [rails, {named}]\n")
        with pytest.raises(RuleErrors) as refused:
            read_rules([path])
        (problem,) = refused.value.problems
        assert found in problem.found
        assert str(problem.position) == f"{path}:2:18"
    path.write_text("version: 1\nlocked: true\n")
    with pytest.raises(RuleErrors) as refused:
        read_rules([path])
    assert refused.value.problems[0].found.startswith("locked: true is for files that others include")
