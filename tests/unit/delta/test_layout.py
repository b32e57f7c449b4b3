"""In which way a table of a delta is written: what its foreign keys would do to others is read of their definitions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from masker.catalog.types import Catalog, ForeignKey, Index
from masker.delta.layout import deltas, kept_columns
from masker.names import TableName
from masker.tables.plan import TablePlan
from tests.catalogs import catalog, table

_OWNERS, _SHIPS = table("owners", "name text"), table("ships", "owner_id int8")


def _with(action: str) -> Catalog:
    key = ForeignKey(
        name="ships_owner",
        table=_SHIPS.name,
        columns=("owner_id",),
        references=_OWNERS.name,
        referenced_columns=("id",),
        definition=f"FOREIGN KEY (owner_id) REFERENCES owners(id){action}",
        is_valid=True,
    )
    return catalog(_OWNERS, replace(_SHIPS, foreign_keys=(key,)))


@pytest.mark.parametrize(
    ("action", "acts"),
    [
        ("", False),
        (" DEFERRABLE INITIALLY DEFERRED", False),
        (" ON DELETE CASCADE", True),
        (" ON UPDATE CASCADE ON DELETE RESTRICT", True),
        (" ON DELETE SET NULL (owner_id)", True),
        (" ON DELETE SET NULL (owner_id) DEFERRABLE", True),
        (" ON UPDATE SET DEFAULT NOT VALID", True),
    ],
)
def test_a_foreign_key_that_takes_rows_along_is_known(action: str, acts: bool) -> None:
    found = _with(action)
    plans = [TablePlan(table=one, action="copy") for one in found.tables.values()]
    owners, ships = deltas(plans, found, in_utf8=False)
    assert (owners.name, ships.name) == (TableName("public", "owners"), TableName("public", "ships"))
    assert [reference.acts for reference in owners.references] == [acts]


def test_a_name_that_reads_like_an_action_is_none() -> None:
    found = _with("")
    (key,) = found.tables[_SHIPS.name].foreign_keys
    named = replace(key, definition='FOREIGN KEY ("a ON DELETE CASCADE") REFERENCES owners(id)')
    whole = catalog(_OWNERS, replace(_SHIPS, foreign_keys=(named,)))
    owners, _ = deltas([TablePlan(table=one, action="copy") for one in whole.tables.values()], whole, in_utf8=False)
    assert not owners.references[0].acts


@pytest.mark.parametrize(
    ("columns", "more", "kept"),
    [
        (("name",), {}, ("name",)),
        (("name", "id"), {"constraint_type": "x", "is_unique": False}, ("name", "id")),
        ((None, "id"), {"expression_columns": ("name",)}, ("id", "name")),
        (("name",), {"is_partial": True, "expression_columns": ("id",)}, ("name", "id")),
        ((None,), {"expression_columns": ("name",), "may_read": True}, ()),  # rows of others, perhaps
        ((None,), {"expression_columns": ("computed",)}, ()),  # no column that comes
    ],
)
def test_columns_that_tell_whether_a_row_may_stay(
    columns: tuple[str | None, ...], more: dict[str, Any], kept: tuple[str, ...]
) -> None:
    index = Index(
        name=TableName("public", "other"),
        definition="",
        columns=columns,
        **{"is_unique": True, "is_valid": True, "is_partial": False, "bytes": 0, **more},
    )
    assert kept_columns(replace(_OWNERS, indexes=(*_OWNERS.indexes, index))) == kept
    assert kept_columns(replace(_OWNERS, indexes=(index,))) == ()  # nothing tells that a row is there already
