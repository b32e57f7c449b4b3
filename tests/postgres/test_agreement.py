"""Masks tried on each other's values: what would not agree is told before a row is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from masker.masks.sql.bindings import SessionBindings, derive
from masker.postgres.agreement import disagreements
from masker.postgres.keyring import holding
from masker.sides import Side
from masker.tables.agreement import agreement
from masker.tables.plan import TablePlan
from masker.tables.reading import mask_table
from tests.postgres.masking import Masking
from tests.servers import Server


@pytest.fixture
def masking(server: Server) -> Iterator[Masking]:
    with Masking(server.create_database()) as session:
        yield session


def _told(masking: Masking, rule: dict[str, Any], *, together: bool) -> list[str]:
    """What is said of ``one.v`` and ``other.v`` under *rule*, their masks made *together* or each as if the other were
    not."""
    rules = {"one": {"v": rule}, "other": {"v": rule if rule.get("by") == "value" else {**rule, "by": "one_id"}}}
    decisions = {}
    for table, of_table in rules.items():
        decisions[table], catalog = masking.decision(table, of_table)
    agreed = agreement(decisions.values(), catalog)
    bindings, plans = SessionBindings(), []
    for decision in decisions.values():
        problems: list[Any] = []
        read = mask_table(decision, catalog, bindings, masking.known, problems, agreed if together else None)
        assert problems == []
        plans.append(TablePlan(table=decision.table, action="mask", masked=read.masked))
    values = derive(masking.key, bindings.used)
    with holding(masking.conn, values, values.keys()):
        found = disagreements(masking.conn, agreed.groups(), plans, values, Side.SOURCE)
    return [problem.found for problem in found]


_CASES = [
    ("varchar(60)", "varchar(32)", "int", {"mask": "email", "by": "value", "scope": "s"}),
    ("text UNIQUE", "text", "int", {"mask": "token", "by": "value", "scope": "s"}),
    ("citext", "text", "int", {"mask": "token", "by": "value", "scope": "s"}),
    ("text", "varchar(3)", "int", {"mask": "full_name", "scope": "s"}),
    ("text", "text", "text", {"mask": "email", "scope": "s"}),
    ("text", "text", "numeric", {"mask": "phone", "scope": "s"}),
    ("varchar(30)", "varchar(30)", "smallint", {"mask": "email", "scope": "s"}),
]


@pytest.mark.parametrize(("one", "other", "reference", "rule"), _CASES)
def test_masks_that_would_not_agree_are_seen_and_those_made_together_do(
    masking: Masking, one: str, other: str, reference: str, rule: dict[str, Any]
) -> None:
    masking.run(
        "CREATE EXTENSION citext",
        f"CREATE TABLE one (id int PRIMARY KEY, v {one})",
        f"CREATE TABLE other (number int PRIMARY KEY, one_id {reference}, v {other})",
        "INSERT INTO one SELECT n, 'Ab' || n % 10 FROM generate_series(1, 9) n",
        "INSERT INTO other SELECT n, n, 'aB' || n % 10 FROM generate_series(10, 19) n",
    )
    (apart,) = _told(masking, rule, together=False)
    assert "it shares scope s, identity and mask with one.v (rules.yml:1:1), and" in apart
    assert "values would not agree" in apart
    assert _told(masking, rule, together=True) == []


def test_rows_that_a_condition_leaves_alone_say_nothing(masking: Masking) -> None:
    masking.run(
        "CREATE TABLE one (id int PRIMARY KEY, v text)",
        "CREATE TABLE other (number int PRIMARY KEY, one_id int, v text)",
    )
    assert _told(masking, {"mask": "email", "scope": "s"}, together=True) == []
