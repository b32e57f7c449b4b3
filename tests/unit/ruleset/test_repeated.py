"""Suggested rules for values that repeat."""

from __future__ import annotations

import pytest

from masker.catalog.numbers import ColumnNumbers
from masker.names import ColumnName, TableName
from masker.ruleset.evidence import Evidence
from masker.ruleset.explain import suggested_file
from masker.ruleset.files import shipped_rule_sets
from masker.ruleset.parse import read_shipped
from masker.ruleset.types import RuleSet
from tests.catalogs import catalog, table

USERS = table("users", "email varchar not null", unique=("email",))
INVOICES = table(
    "invoices", "owner_email varchar", "customer_id varchar", "reason text", "billing_name varchar", "note text"
)
PAYMENTS = table("payments", "customer_id varchar", "email citext")


def column(name: str) -> ColumnName:
    of, own = name.split(".")
    return ColumnName(TableName("public", of), own)


def suggested(*repeating: str) -> dict[str, str]:
    """The rule of each column, by name."""
    shipped = {name: read_shipped(name) for name in shipped_rule_sets()}
    text = suggested_file(
        RuleSet(files=()),
        catalog(USERS, INVOICES, PAYMENTS),
        shipped,
        Evidence(repeating=frozenset(map(column, repeating))),
    )
    found, of = {}, ""
    for line in text.splitlines():
        if line.startswith("      "):
            name, rule = line.split("   #")[0].strip().split(": ", 1)
            found[f"{of}.{name}"] = rule.strip()
        elif line.startswith("  ") and line.endswith(":") and line.strip() != "columns:":
            of = line.strip(" :")
    return found


def test_values_that_repeat_are_masked_by_value_and_agree_with_those_of_other_tables() -> None:
    rules = suggested("invoices.owner_email", "invoices.customer_id", "invoices.reason", "invoices.billing_name")
    address = "{mask: email, by: value, scope: email, length: keep}"
    assert rules["invoices.owner_email"] == rules["users.email"] == address
    assert rules["payments.email"] == "{mask: email, by: value, scope: email_citext, length: keep}"
    assert rules["invoices.customer_id"] == "{mask: token, by: value, scope: customer_id}"
    assert rules["invoices.reason"] == "{mask: lorem, by: value}"
    assert rules["invoices.billing_name"] == "{mask: full_name, by: value}"
    assert rules["invoices.note"] == "lorem"


def test_what_a_rule_set_makes_null_and_refuses_it_gets_a_value() -> None:
    shipped = {name: read_shipped(name) for name in shipped_rule_sets()}
    text = suggested_file(RuleSet(files=()), catalog(table("users", "confirmation_token varchar not null")), shipped)
    assert "confirmation_token: token" in text


def test_rows_draw_for_themselves_where_nothing_repeats() -> None:
    rules = suggested()
    assert "users.email" not in rules
    assert (rules["invoices.owner_email"], rules["invoices.customer_id"], rules["invoices.reason"]) == (
        "email",
        "token",
        "lorem",
    )


@pytest.mark.parametrize(
    ("numbers", "repeats"),
    [
        (ColumnNumbers(null_share=0, width=8, distinct=9_900), False),
        (ColumnNumbers(null_share=0, width=8, distinct=4_000), True),
        (ColumnNumbers(null_share=0.9, width=8, distinct=990), False),
        (ColumnNumbers(null_share=0, width=8, distinct=4_001, frequencies=(0.6,), empty_share=0.6), False),
        (ColumnNumbers(null_share=0, width=8, distinct=8_000, frequencies=(0.2,)), True),
        (ColumnNumbers(null_share=0.999, width=8, distinct=1, frequencies=(0.001,)), False),
    ],
)
def test_what_repeats(numbers: ColumnNumbers, repeats: bool) -> None:
    assert numbers.repeats(10_000) == repeats
