"""What is advised of an error: a mask is blamed only where one is on the columns concerned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from masker.catalog.types import Check, ForeignKey, Table
from masker.errors import Position
from masker.names import TableName
from masker.tables.blame import Blame, Complaint
from masker.tables.plan import MaskedColumn, TablePlan
from tests.catalogs import partition, table

_USERS = table(
    "users",
    "id int8 not null",
    "email text",
    "name text",
    "note text",
    "settings jsonb",
    unique=("email",),
    checks=(
        Check(name="short", columns=("note",), expression="length(note) < 9", is_valid=True),
        Check(name="asks", columns=("name",), expression="known(name)", is_valid=True, runs_functions=True),
    ),
)
_KEY = ForeignKey(
    name="orders_user",
    table=TableName("public", "orders"),
    columns=("user_email",),
    references=_USERS.name,
    referenced_columns=("email",),
    definition="FOREIGN KEY (user_email) REFERENCES users(email)",
    is_valid=True,
)
_ORDERS = table("orders", "id int8 not null", "user_email text", foreign_keys=(_KEY,))


def _masked(name: str, mask: str = "email") -> MaskedColumn:
    return MaskedColumn(
        name=name,
        mask=mask,
        by=(),
        identity=("id",),
        scope=None,
        position=Position("rules.yml", 3, 5),
        sql="",
        is_constant=False,
        may_repeat=False,
        keeps_null=True,
    )


def _plan(of: Table, *masked: MaskedColumn, predicate: str | None = None) -> TablePlan:
    return TablePlan(table=of, action="mask" if masked else "copy", masked=masked, predicate=predicate)


def _advice(state: str, *plans: TablePlan, of: Table = _USERS, in_place: bool = False, **said: Any) -> str:
    complaint = Complaint(state=state, table=of.name, at=of.name, **said)
    return Blame(plans, in_place=in_place).remedy(complaint) or ""


@pytest.mark.parametrize("state", ["23505", "23P01"])
def test_a_mask_is_blamed_for_duplicates_in_its_own_column_only(state: str) -> None:
    blamed = _advice(state, _plan(_USERS, _masked("email")), constraint="users_email_key")
    assert (
        blamed
        == "the mask of users.email (email, rules.yml:3:5) gave two rows one value; give it a mask that keeps UNIQUE"
    )

    told = _advice(state, _plan(_USERS, _masked("name")), constraint="users_email_key")
    assert told.startswith('no column of it is masked, so production\'s own rows break it: `SELECT "email" FROM ')
    assert "the target's own rows" in _advice(state, _plan(_USERS), constraint="users_email_key", in_place=True)


def test_a_check_is_the_masks_fault_where_it_reads_a_masked_column() -> None:
    masked = _plan(_USERS, _masked("note"))
    assert _advice("23514", masked, constraint="short").startswith(
        "the mask of users.note (email, rules.yml:3:5) made a value that it forbids"
    )
    assert _advice("23514", _plan(_USERS, _masked("email")), constraint="short").startswith(
        "no column of it is masked, so production's own rows break it: mend"
    )
    assert "a function that it calls reads rows that are not there yet" in _advice("23514", masked, constraint="asks")
    assert _advice("23502", masked, column="note").startswith("the mask of users.note")
    assert _advice("23502", masked, column="name").startswith("no column of it is masked")


def test_a_computed_column_is_as_masked_as_what_it_is_computed_from() -> None:
    found = table("t", "id int8 not null", "a text", "b text generated", unique=("b",))
    computed = replace(
        found, columns=tuple(replace(c, default="lower(a)") if c.name == "b" else c for c in found.columns)
    )
    assert _advice("23505", _plan(computed, _masked("a")), of=computed, constraint="t_b_key").startswith(
        "the mask of t.a"
    )


def test_a_foreign_key_is_broken_by_masks_by_rows_left_out_or_by_production() -> None:
    def advice(users: TablePlan, orders: TablePlan) -> str:
        return _advice("23503", users, orders, of=_ORDERS, constraint="orders_user")

    assert "made values that do not agree" in advice(_plan(_USERS, _masked("email")), _plan(_ORDERS))
    assert "made values that do not agree" in advice(_plan(_USERS), _plan(_ORDERS, _masked("user_email")))
    assert "were left out by `rows:`" in advice(_plan(_USERS, _masked("name"), predicate="id > 5"), _plan(_ORDERS))
    assert "were left out by `rows:`" in advice(TablePlan(table=_USERS, action="empty"), _plan(_ORDERS))
    told = advice(_plan(_USERS, _masked("name")), _plan(_ORDERS))
    assert told.startswith("no column of it is masked and no row of users left out, so production's own rows break it")
    assert 'NOT EXISTS (SELECT FROM "public"."users" p WHERE p."email" = c."user_email")' in told


def test_a_partition_has_the_foreign_keys_of_its_parents() -> None:
    whole = replace(_ORDERS, kind="p")
    part = replace(partition("orders_1", whole), foreign_keys=())
    told = _advice(
        "23503", _plan(whole), _plan(part), TablePlan(table=_USERS, action="empty"), of=part, constraint="orders_user"
    )
    assert "were left out by `rows:`" in told


def test_an_expression_of_the_rules_is_named_before_masks_that_take_any_value() -> None:
    plan = _plan(_USERS, _masked("email"), _masked("note", "sql"))
    assert "look at the mask of users.note (sql, rules.yml:3:5);" in _advice("22P02", plan)
    assert "look at `rows:`;" in _advice("22012", _plan(_USERS, predicate="1 / id > 0"))
    assert _advice("22P02", _plan(_USERS)) == ""


def test_a_document_that_cannot_be_read_is_told_as_one() -> None:
    assert "give users.settings a mask that does not either" in _advice(
        "22P05", _plan(_USERS, _masked("settings", "json"))
    )
    assert "the other encoding" in _advice("22P05", _plan(_USERS))


def test_a_value_that_is_too_large_is_the_masks_fault_where_there_is_one() -> None:
    assert "does not fit into the index" in _advice(
        "54000", _plan(_USERS, _masked("email", "lorem")), index="users_email_key"
    )
    assert _advice("54000", _plan(_USERS, _masked("name", "lorem")), index="users_email_key") == ""
    assert "made it larger than it was" in _advice("54000", _plan(_USERS, _masked("name", "lorem")))


def test_of_an_error_inside_the_server_a_row_too_large_is_a_cause_only_where_it_is_sent_as_text() -> None:
    assert "a row of users may be too large to be sent as text" in _advice(
        "XX000", replace(_plan(_USERS), format="text")
    )
    assert _advice("XX000", _plan(_USERS)) == ""


def test_of_a_table_that_no_rule_knows_nothing_is_advised() -> None:
    assert _advice("23505", _plan(_ORDERS, _masked("user_email"))) == ""
