"""Conditions of single columns: what they let stay stays, what nothing can decide is masked, and lists of masks are
gone through in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.postgres.masking import Masking
from tests.servers import Server

_USERS = (
    (
        "CREATE TABLE users (id int PRIMARY KEY, email varchar(60) UNIQUE, phone text, country text, staff boolean,"
        " slug text, born date)"
    ),
    (
        "INSERT INTO users SELECT i, 'user' || i || '@corp.test', '090-1234-' || 1000 + i, (ARRAY['JP', 'US', NULL])[1"
        " + i % 3], (ARRAY[true, false, NULL])[1 + i / 3 % 3], 's' || i, '1990-01-01' FROM generate_series(0, 8) i"
    ),
)


@pytest.fixture
def masking(server: Server) -> Iterator[Masking]:
    with Masking(server.create_database()) as session:
        session.run(*_USERS)
        yield session


@pytest.mark.parametrize(
    ("rule", "stays"),
    [
        ({"mask": "email", "where": "not staff"}, [True]),
        ({"mask": "email", "unless": "staff"}, [True]),
        ({"mask": "email", "where": "staff"}, [False]),
        ({"mask": "email", "where": "staff", "unless": "id >= 0"}, [True, False, None]),
        ({"mask": "null", "unless": "staff"}, [True]),
        ([{"when": "staff", "mask": "keep"}, {"else": "email"}], [True]),
        # Else keeps what is known to meet none of the masks' conditions, and nothing else.
        ([{"when": "staff", "mask": "email"}, {"else": "keep"}], [False]),
        ([{"when": "not staff", "mask": "email"}, {"when": "id >= 0", "mask": "keep"}, {"else": "email"}], [True]),
    ],
)
def test_what_no_condition_can_decide_is_masked(masking: Masking, rule: Any, stays: list[bool | None]) -> None:
    originals = masking.evaluate("email", "users")
    staff = masking.evaluate("staff", "users")
    made = masking.column("users.email", rule)
    assert [value == original for value, original in zip(made, originals, strict=True)] == [
        who in stays for who in staff
    ]


def test_a_row_has_the_mask_of_the_first_condition_it_meets(masking: Masking) -> None:
    rule = [
        {"when": "country = 'JP'", "mask": "phone", "locale": "ja_JP"},
        {"when": "staff", "mask": "fixed", "value": "none"},
        {"when": "country = 'JP'", "mask": "keep"},
        {"else": None},
    ]
    made = masking.column("users.phone", rule)
    for value, country, staff in zip(
        made, masking.evaluate("country", "users"), masking.evaluate("staff", "users"), strict=True
    ):
        if country == "JP":
            assert value is not None
            assert value.startswith("0")
            assert "-1234-" not in value
        else:
            assert value == ("none" if staff else None)


def test_of_the_masks_whose_conditions_are_null_the_first_decides_where_keep_would(masking: Masking) -> None:
    rule = [
        {"when": "country = 'JP'", "mask": "fixed", "value": "first"},
        {"when": "staff", "mask": "fixed", "value": "second"},
        {"else": "keep"},
    ]
    for value, country, staff in zip(
        masking.column("users.phone", rule),
        masking.evaluate("country", "users"),
        masking.evaluate("staff", "users"),
        strict=True,
    ):
        expected = (
            "first"
            if country == "JP"
            else "second"
            if staff
            else "first"
            if country is None
            else "second"
            if staff is None
            else None
        )
        assert value == expected if expected else value.startswith("090-1234-")


def test_masks_of_a_list_agree_with_columns_of_their_scope(masking: Masking) -> None:
    made = masking.rows(
        "users",
        {
            "email": [{"when": "staff", "mask": "keep"}, {"else": {"mask": "email", "scope": "person"}}],
            "slug": {"mask": "email", "scope": "person", "unless": "country = 'JP'"},
        },
    )
    both = [row for row in made if "@example.com" in row["email"] and "@" in row["slug"]]
    assert len(both) == 4
    assert all(row["email"] == row["slug"] for row in both)


def test_expressions_read_what_conditions_have_left(masking: Masking) -> None:
    made = masking.rows("users", {"email": {"mask": "email", "unless": "staff"}, "slug": {"sql": "'of ' || email"}})
    assert all(row["slug"] == f"of {row['email']}" for row in made)


def test_the_table_s_condition_comes_first(masking: Masking) -> None:
    made = masking.rows("users", {"email": {"mask": "email", "unless": "staff"}}, where="country = 'JP'")
    kept = [row["id"] for row in made if "@corp.test" in row["email"]]
    assert kept == [0, 1, 2, 4, 7]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"email": {"mask": "email", "unless": "stuff"}}, "users.email: unless: there is no column stuff"),
        ({"email": {"mask": "email", "where": "(select true)"}}, "users.email: where: a sub-select"),
        (
            {"email": [{"when": "nobody", "mask": "keep"}, {"else": "email"}]},
            "users.email: when: there is no column nobody",
        ),
        (
            {"email": [{"when": "staff", "mask": "phone"}, {"else": "email"}]},
            "users.email: a unique index rests on it, and",
        ),
        (
            {"email": [{"when": "staff", "mask": "token"}, {"else": "email"}]},
            "users.email: a unique index rests on it, and two masks of the list",
        ),
        (
            {"email": {"mask": "digits", "unless": "staff"}},
            "users.email: a unique index rests on it, and what the mask digits makes may be",
        ),
        (
            {"born": [{"when": "staff", "mask": "date_shift"}, {"else": "email"}]},
            "users.born: date: the mask email serves text",
        ),
        (
            {"email": [{"when": "staff", "mask": "email", "by": "nobody"}, {"else": None}]},
            "users.email: by: there is no column nobody",
        ),
    ],
)
def test_what_cannot_be(masking: Masking, rules: dict[str, Any], said: str) -> None:
    assert any(problem.startswith(said) for problem in masking.problems("users", rules)), masking.problems(
        "users", rules
    )
