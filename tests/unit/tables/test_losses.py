"""What a plan says beforehand of the shape that masks lose."""

from __future__ import annotations

from dataclasses import replace

from masker.catalog.numbers import ColumnNumbers
from masker.names import TableName
from masker.tables.losses import losses, masked_columns
from tests.catalogs import catalog, table
from tests.unit.ruleset.files import resolved

ORDERS = replace(
    table(
        "orders",
        "user_id int8",
        "email varchar",
        "own_email varchar",
        "gender varchar",
        "name varchar",
        "note text",
        "code varchar",
    ),
    rows=8000,
)
NAME = TableName("public", "orders")
RULES = """
tables:
  orders:
    columns:
      {email: email, own_email: email, gender: "null", name: full_name, note: {mask: lorem, by: value},
       code: {mask: token, by: user_id}}
"""


def numbers(distinct: float, **more: float) -> ColumnNumbers:
    return ColumnNumbers(
        null_share=more.get("nulls", 0.0), width=10, distinct=distinct, empty_share=more.get("empty", 0.0)
    )


def said(**known: ColumnNumbers) -> list[tuple[str, str]]:
    return [(note.subject, note.text) for note in losses(resolved(catalog(ORDERS), RULES), {NAME: known})]


def test_one_value_of_many_and_many_of_few_are_told_with_what_to_write() -> None:
    assert said(
        user_id=numbers(400),
        email=numbers(800),
        own_email=numbers(7900),
        gender=numbers(3),
        name=numbers(900),
        note=numbers(300),
        code=numbers(8000),
    ) == [
        ("shape", "one value for all in orders.gender: queries that ask for them may plan otherwise"),
        (
            "orders.email",
            (
                "8,000 values for 800: equal ones get one of their own in each row; write `by: value`, with a `scope`"
                " where other columns hold them"
            ),
        ),
        (
            "orders.code",
            "400 values for 8,000: it is made by user_id, which repeats more; leave `by` out, or write `by: value`",
        ),
    ]


def test_nulls_and_empty_texts_are_no_values() -> None:
    assert said(email=numbers(400, nulls=0.95), own_email=numbers(801, empty=0.9)) == []


def test_nothing_is_said_where_nothing_is_known() -> None:
    assert said() == []
    assert said(code=numbers(8000)) == []


def test_only_columns_of_whole_tables_that_are_told_of_are_asked_for() -> None:
    assert masked_columns(resolved(catalog(ORDERS), RULES)) == {
        NAME: ["code", "email", "gender", "note", "own_email", "user_id"]
    }
    assert masked_columns(resolved(catalog(ORDERS), RULES.replace("columns:", "rows: id < 5\n    columns:"))) == {}
