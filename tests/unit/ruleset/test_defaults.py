"""Which defaults of a file are for a table, and for which of its columns."""

from __future__ import annotations

from masker.names import TableName
from masker.ruleset.defaults import Defaults
from tests.catalogs import column
from tests.unit.ruleset.files import rule_file

FILE = rule_file(
    """
    defaults:
      - {columns: [email], mask: email}
      - {tables: [public.users, "log_*"], columns: ["*_at", Note], mask: "null"}
      - {tables: public.users, columns: [note], types: [text], mask: lorem}
      - {tables: "audit.*", columns: ["*"], mask: "null"}
    """
)


def orders(*names: TableName) -> list[int]:
    return [default.order for default in Defaults(FILE).of(names)]


def test_a_table_has_the_defaults_that_name_it_in_their_order() -> None:
    assert orders(TableName("public", "users")) == [0, 1, 2]
    assert orders(TableName("public", "Log_Mails")) == [0, 1]
    assert orders(TableName("audit", "users")) == [0, 3]
    assert orders(TableName("public", "boats")) == [0]
    assert orders(TableName("public", "boats"), TableName("public", "users")) == [0, 1, 2], "a parent's are an heir's"


def test_a_column_is_fitted_by_name_and_type_in_any_case() -> None:
    _, dates, texts = Defaults(FILE).of([TableName("public", "users")])
    assert dates.fits(column("sent_At varchar"))
    assert dates.fits(column("note varchar"))
    assert not dates.fits(column("notes varchar"))
    assert texts.fits(column("NOTE text"))
    assert not texts.fits(column("note varchar"))
