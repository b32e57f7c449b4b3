"""NULL under masks: kept, masked, made for a share of rows; and columns whose rule wants no value twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from masker.findings import Outcome
from masker.masks.every import MASKS
from masker.masks.sql.bindings import SessionBindings
from masker.tables.plan import TablePlan
from masker.tables.reading import mask_table
from masker.verify.checks import check_constants
from tests.postgres.masking import Masking
from tests.servers import Server
from tests.unit.masks.samples import SAMPLES

_ROWS = 4000
_TABLE = (
    (
        "CREATE TABLE t (id int PRIMARY KEY, owner int, name text, phone varchar(20), born date, code text UNIQUE, must"
        " text NOT NULL DEFAULT 'x')"
    ),
    (
        "INSERT INTO t SELECT i, i / 2, CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'n' || i END,"
        f" nullif('090-1234-' || 1000 + i, '090-1234-1000'), '1990-01-01', 'c' || i FROM generate_series(1, {_ROWS}) i"
    ),
)

_ARGUMENTS: dict[str, dict[str, Any]] = {"fixed": {"value": "x"}, "token": {"length": 12}, "partial": {"first": 1}}


@pytest.fixture
def masking(server: Server) -> Iterator[Masking]:
    with Masking(server.create_database()) as session:
        session.run(*_TABLE)
        yield session


def test_masks_that_need_no_original_fill_null_and_others_say_that_they_do(masking: Masking) -> None:
    masking.run("DELETE FROM t WHERE id > 60")
    for name, mask in MASKS.items():
        if (
            name in {"keep", "null", "sql", "json", "dictionary"}
            or mask.card.of_other_rows
            or not mask.card.accepts(masking.column_type("t", "name"))
        ):
            continue
        sample = SAMPLES.get(name, (name, ""))[0]
        arguments = sample if isinstance(sample, dict) else {}
        rule = {"mask": name, **arguments, **_ARGUMENTS.get(name, {}), "null": "mask"}
        if said := masking.problems("t", {"name": rule}):
            assert (
                said == [f"t.name: null: mask, and the mask {name} makes what it makes of the original"]
                or "no value to go by" in said[0]
            )
            continue
        made = masking.column("t.name", rule)
        originals = masking.evaluate("name", "t")
        assert all(value for value, original in zip(made, originals, strict=True) if original is None), name


def test_a_share_is_drawn_by_who_it_belongs_to(masking: Masking) -> None:
    made = masking.rows(
        "t",
        {
            "name": {"mask": "fixed", "value": "x", "null": "mask", "share": "10%", "by": "owner", "scope": "owner"},
            "born": {"mask": "date_shift", "share": 0.1, "by": "owner", "scope": "owner"},
            "phone": {"mask": "phone", "share": 1},
        },
    )
    gone = [row["owner"] for row in made if row["born"] is None]
    assert 0.07 < len(gone) / _ROWS < 0.13
    assert {row["owner"] for row in made if row["name"] is None} <= set(gone)
    assert all(gone.count(owner) == 2 for owner in gone if owner not in {0, _ROWS // 2})
    assert {row["phone"] for row in made} == {None}


def test_what_is_kept_by_a_condition_is_in_no_share(masking: Masking) -> None:
    made = masking.rows("t", {"phone": {"mask": "phone", "share": "100%", "unless": "id <= 10"}})
    assert [row["id"] for row in made if row["phone"] is not None] == list(range(1, 11))


@pytest.mark.parametrize(
    ("column", "rule", "said"),
    [
        ("must", {"mask": "lorem", "share": "5%"}, "t.must: share: the column is NOT NULL"),
        (
            "name",
            {"mask": "lorem", "unique": True},
            "t.name: unique: true, and the mask lorem may give two rows one value",
        ),
        (
            "name",
            {"mask": "email", "unique": True, "by": "owner"},
            "t.name: unique: true, and by: owner does not tell rows apart",
        ),
        (
            "name",
            {"mask": "email", "unique": True, "by": "value"},
            "t.name: unique: true, and two rows of one value get one value again",
        ),
        (
            "name",
            {"sql": "'x' || id", "unique": True},
            "t.name: unique: true, and nobody knows whether the mask sql keeps values apart",
        ),
        (
            "name",
            {"mask": "email", "unique": True, "unless": "id < 5"},
            "t.name: unique: true, and of the originals that a condition keeps",
        ),
        (
            "phone",
            {"mask": "email", "unique": True},
            "t.phone: character varying(20) is too short for a unique address",
        ),
        (
            "name",
            {"mask": "email", "null": "mask", "by": "value"},
            "t.name: null: mask, and NULL has no value to go by",
        ),
        (
            "name",
            {"mask": "lorem", "null": "mask"},
            "t.name: null: mask, and the mask lorem makes what it makes of the original",
        ),
    ],
)
def test_what_cannot_be(masking: Masking, column: str, rule: Any, said: str) -> None:
    assert any(problem.startswith(said) for problem in masking.problems("t", {column: rule})), masking.problems(
        "t", {column: rule}
    )


def test_what_stands_twice_though_its_rule_says_unique_is_found(masking: Masking) -> None:
    decision, catalog = masking.decision("t", {"name": {"mask": "token", "unique": True}})
    read = mask_table(decision, catalog, SessionBindings(), {}, [])
    plan = TablePlan(table=decision.table, action="mask", masked=read.masked)
    (good,) = check_constants(masking.conn, plan)
    masking.run("UPDATE t SET name = 'n2' WHERE id IN (5, 8)")
    (bad,) = check_constants(masking.conn, plan)
    assert (good.check, good.subject, good.outcome) == ("unique", "t.name", Outcome.PASSED)
    assert bad.detail == "2 values stand in another row already, and its rule says `unique: true`"


def test_unique_is_kept_as_under_an_index(masking: Masking) -> None:
    assert masking.problems("t", {"code": {"mask": "token", "by": "value", "unique": True}}) == []
    masking.run("UPDATE t SET name = 'a'")
    made = masking.column("t.name", {"mask": "token", "unique": True})
    assert len(set(made)) == _ROWS
    # Its key is a number: whatever is told apart by few characters is as short as its original.
    assert min(map(len, made)) == 1


def test_more_values_than_a_mask_makes_are_found(masking: Masking) -> None:
    decision, catalog = masking.decision("t", {"name": "password", "phone": "null"})
    read = mask_table(decision, catalog, SessionBindings(), {}, [])
    plan = TablePlan(table=decision.table, action="mask", masked=read.masked)

    def found() -> list[str]:
        return [one.detail for one in check_constants(masking.conn, plan)]

    masking.run("UPDATE t SET name = 'the one', phone = NULL")
    assert found() == ["", ""]
    # An empty text stays empty, and a value that differs in its case is another.
    masking.run("UPDATE t SET name = '', phone = '' WHERE id = (SELECT min(id) FROM t)")
    assert found() == ["", ""]
    masking.run("UPDATE t SET name = 'The one', phone = '1' WHERE id = (SELECT max(id) FROM t)")
    assert found() == [
        "more than 1 value found where the mask makes 1",
        "more than 0 values found where the mask makes none",
    ]
