"""Rules that do nothing are told, with what they may have meant."""

from __future__ import annotations

import pytest

from tests.catalogs import catalog, table
from tests.unit.ruleset.files import resolved

DATABASE = catalog(
    table("users", "email varchar", "reset_token text", "api_token text", "name text", "age int4"),
    table("app.orders", "note text", "ship_name text"),
)


def _told(text: str) -> tuple[list[str], list[str]]:
    resolution = resolved(DATABASE, text + "\nundecided: keep\n")
    return [f"{note.subject}: {note.text}" for note in resolution.notes], [
        f"{p}: {p.hint}" for p in resolution.problems
    ]


@pytest.mark.parametrize(
    ("default", "notes"),
    [
        (
            '{columns: "*_tokn", mask: token}',
            ["defaults *_tokn: no column is called so (a.yml:2:12); did you mean *_token?"],
        ),
        (
            '{columns: [emial, "*_token"], mask: token}',
            ["defaults emial: no column is called so (a.yml:2:12); did you mean email?"],
        ),
        ('{columns: "*uuid*", mask: token}', ["defaults *uuid*: no column is called so (a.yml:2:12)"]),
        (
            '{columns: "*_token", types: uuid, mask: token}',
            ["defaults *_token: no column of these types is called so (a.yml:2:12)"],
        ),
        (
            '{columns: "*_token", tables: "app.*", mask: token}',
            ["defaults *_token: no column in these tables is called so (a.yml:2:12)"],
        ),
        (
            '{columns: "*_token", tables: "tenant_*.users", mask: token}',
            ["defaults *_token: tables: no table is called tenant_*.users (a.yml:2:12)"],
        ),
        ('{columns: "*_TOKEN", mask: token}', []),
        ('{columns: "note", tables: orders, types: text, mask: lorem}', []),
    ],
)
def test_patterns_that_fit_nothing_are_noted(default: str, notes: list[str]) -> None:
    assert _told(f"defaults: [{default}]") == (notes, [])


def test_a_default_that_gives_way_everywhere_is_none_of_them() -> None:
    assert _told('tables: {users: {columns: {email: keep}}}\ndefaults: [{columns: "e*", mask: email}]') == ([], [])


def test_a_list_that_names_a_table_nearly_is_refused() -> None:
    assert _told('defaults: [{columns: "*_token", tables: usres, mask: token}]') == (
        [],
        ["a.yml:2:12   defaults *_token: tables: there is no table usres: did you mean users?"],
    )


@pytest.mark.parametrize(
    ("scopes", "notes"),
    [
        (
            ("person", "persons", "person"),
            [
                (
                    "app.orders.ship_name: scope persons stands nowhere else (a.yml:4:38); did you mean person, as at"
                    " a.yml:3:21?"
                )
            ],
        ),
        (
            ("person", "persons", "other"),
            [
                (
                    "app.orders.ship_name: scope persons stands nowhere else (a.yml:4:38); did you mean person, as at"
                    " a.yml:3:21?"
                )
            ],
        ),
        (("person", "company", "home"), []),
        (("person", "person", "person"), []),
    ],
)
def test_a_scope_that_is_nearly_another_is_noted(scopes: tuple[str, str, str], notes: list[str]) -> None:
    one, two, three = scopes
    text = (
        f"tables:\n  users: {{columns: {{name: {{mask: full_name, scope: {one}}}, email: {{mask: email, scope:"
        f" {three}}}}}}}\n  app.orders: {{columns: {{note: keep, ship_name: {{mask: full_name, by: id, scope:"
        f" {two}}}}}}}"
    )
    found = _told(text)
    assert found[0] == notes
