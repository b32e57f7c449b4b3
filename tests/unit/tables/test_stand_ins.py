"""Names in ``sql:`` stand for masked values of columns that rules mask; originals are asked for by name, and told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from masker.catalog.types import Table
from masker.errors import Position, Problem, RuleErrors
from masker.masks.sql.bindings import SessionBindings
from masker.ruleset.types import ColumnDecision, TableDecision
from masker.tables.explain import brief, columns, shown_words
from masker.tables.plan import TablePlan
from masker.tables.reading import MaskedTable, mask_table
from tests.catalogs import catalog, column, table
from tests.unit.masks.readings import rule

USERS = table(
    "users",
    "email text",
    "name varchar(40)",
    "slug text",
    "label text",
    "born date",
    "staff bool",
    column("full_name text generated"),
)


def read(rules: dict[str, Any], of: Table = USERS, *, where: str | None = None) -> tuple[MaskedTable, list[Problem]]:
    columns = {
        name: ColumnDecision(column=found, rule=rule(written), position=Position("rules.yml", at, 1), locale="en_US")
        for at, (name, written) in enumerate(rules.items(), 1)
        if (found := of.column(name)) is not None
    }
    problems: list[Problem] = []
    return mask_table(
        TableDecision(table=of, columns=columns, where=where), catalog(of), SessionBindings(), {}, problems
    ), problems


def items(rules: dict[str, Any], of: Table = USERS) -> dict[str, str]:
    found, problems = read(rules, of)
    assert problems == []
    return dict(found.items)


def told(rules: dict[str, Any], of: Table = USERS) -> list[tuple[str, str]]:
    return [(problem.subject, problem.found) for problem in read(rules, of)[1]]


def test_a_masked_column_stands_for_its_masked_value_of_exactly_its_type() -> None:
    found = items({"name": {"mask": "fixed", "value": "Somebody"}, "slug": {"sql": "lower(name) || '-' || id"}})
    value = 'CASE WHEN "name" IS NOT NULL THEN CAST(\'Somebody\' AS character varying(40)) ELSE "name" END'
    assert found["name"] == value
    assert found["slug"] == f"""CAST((lower((CAST({value} AS character varying(40)))) || '-' || "id") AS text)"""


def test_its_collation_goes_with_it() -> None:
    names = tuple(replace(c, collation='pg_catalog."C"') if c.name == "name" else c for c in USERS.columns)
    found = items({"name": {"mask": "fixed", "value": "x"}, "slug": {"sql": "name"}}, replace(USERS, columns=names))
    assert 'AS character varying(40)) COLLATE pg_catalog."C")' in found["slug"]


@pytest.mark.parametrize(
    ("rules", "item"),
    [
        ({"email": "email", "slug": {"sql": "name || id"}}, """CAST(("name" || "id") AS text)"""),
        ({"name": "keep", "slug": {"sql": "name"}}, """CAST(("name") AS text)"""),
        ({"name": "full_name", "slug": {"sql": "original.name"}}, """CAST(("name") AS text)"""),
        ({"slug": {"sql": "left(slug, 1)"}}, """CAST((left("slug", 1)) AS text)"""),
        ({"name": "keep", "slug": {"sql": "upper(full_name)"}}, """CAST((upper("full_name")) AS text)"""),
    ],
)
def test_what_is_no_other_masked_column_is_itself(rules: dict[str, Any], item: str) -> None:
    of = replace(
        USERS,
        columns=tuple(replace(c, default="((name || ' '::text) || id)") if c.generated else c for c in USERS.columns),
    )
    assert items(rules, of)["slug"] == item


def test_chains_are_followed_in_whatever_order_they_stand() -> None:
    found = items(
        {
            "label": {"sql": "'<' || slug || '>'"},
            "slug": {"sql": "'-' || email"},
            "email": {"mask": "fixed", "value": "e@x"},
        }
    )
    assert "'e@x'" in found["slug"]
    assert "'<' || (CAST(CAST(('-' || (CAST(" in found["label"]
    assert list(found) == ["id", "email", "name", "slug", "label", "born", "staff"]


def test_leaves_of_documents_read_masked_values_too() -> None:
    of = table("notes", "email text", "doc jsonb")
    found = items(
        {
            "email": {"mask": "fixed", "value": "e@x"},
            "doc": {"mask": "json", "paths": {"$.mail": {"sql": "'to ' || email"}}, "other": "keep"},
        },
        of,
    )
    assert "'e@x'" in found["doc"]


def test_circles_are_refused_once_with_their_path() -> None:
    found = told({"slug": {"sql": "label"}, "label": {"sql": "email || slug"}, "email": {"sql": "upper(email)"}})
    assert found == [("users.slug", "it would be made from itself: slug → label → slug")]
    doc = table("notes", "email text", "doc jsonb")
    leaf = {"mask": "json", "paths": {"$.mail": {"sql": "email"}}, "other": "keep"}
    for rules in ({"email": {"sql": "doc ->> 'mail'"}, "doc": leaf}, {"doc": leaf, "email": {"sql": "doc ->> 'mail'"}}):
        assert [("made from itself" in text) for _, text in told(rules, doc)] == [True]


def test_an_original_breaks_a_circle() -> None:
    found = items({"slug": {"sql": "original.label"}, "label": {"sql": "slug"}})
    assert found["label"] == """CAST(((CAST(CAST(("label") AS text) AS text))) AS text)"""


def test_a_fault_is_told_where_it_is_and_nowhere_else() -> None:
    assert [
        subject
        for subject, _ in told(
            {"slug": {"sql": "email || pg_sleep(1)"}, "label": {"sql": "slug"}, "email": {"sql": "slug"}}
        )
    ] == ["users.slug"]


def test_growth_has_an_end() -> None:
    many = table("many", *(f"c{n} text" for n in range(16)))
    rules: dict[str, Any] = {"c0": "email", **{f"c{n}": {"sql": f"c{n - 1} || c{n - 1}"} for n in range(1, 16)}}
    found = told(rules, many)
    assert len(found) == 1
    assert "parts" in found[0][1]
    deep = {"c0": "email", **{f"c{n}": {"sql": f"lower(c{n - 1})"} for n in range(1, 16)}}
    assert len(items(deep, many)) == 17


def test_computed_columns_do_not_show_what_is_masked_unasked() -> None:
    of = replace(
        USERS,
        columns=tuple(
            replace(c, default="((name || ' '::text) || email)") if c.generated else c for c in USERS.columns
        ),
    )
    assert told({"name": "full_name", "slug": {"sql": "upper(full_name)"}}, of) == [
        ("users.slug", "full_name is computed by the database from name, which is masked")
    ]
    found, _ = read({"name": "full_name", "slug": {"sql": "upper(original.full_name)"}}, of)
    assert [m.shows for m in found.masked] == [(), ("name",)]


def test_originals_are_told() -> None:
    found, problems = read(
        {"email": "email", "label": {"sql": "slug"}, "slug": {"sql": "original.email || slug || original.born"}},
        where="email <> 'x' OR id > 1",
    )
    assert problems == []
    by_name = {m.name: m for m in found.masked}
    assert (by_name["slug"].shows, by_name["slug"].reads_own) == (("email",), True)
    assert (by_name["label"].shows, by_name["label"].reads_own) == (("email",), False)
    plan = TablePlan(
        table=USERS,
        action="mask",
        masked=found.masked,
        where=found.where,
        where_written=found.where_written,
        where_reads=found.where_reads,
    )
    assert brief(plan) == "3 of 3: email, slug, label"
    assert columns(plan) == (
        ("email", "email"),
        ("slug", "sql from its original shows originals: email"),
        ("label", "sql shows originals: email"),
        ("where", "email <> 'x' OR id > 1 (by originals of email)"),
    )
    assert [shown_words(["x"] * n) for n in range(3)] == ["", " (1 shows originals)", " (2 show originals)"]


def test_every_condition_of_a_list_says_whose_originals_it_reads_and_what_they_keep_is_searched() -> None:
    found, problems = read(
        {
            "email": "email",
            "name": "last_name",
            "slug": [
                {"when": "email LIKE '%@corp'", "mask": "keep"},
                {"when": "name = 'x'", "mask": "token"},
                {"when": "staff", "mask": "token"},
                {"else": "token"},
            ],
            "label": {"mask": "token", "unless": "staff"},
        }
    )
    assert problems == []
    by_name = {m.name: m for m in found.masked}
    assert by_name["slug"].goes_by == ("email", "name")
    assert [m.name for m in found.masked if m.reads_row] == ["slug", "label"]


def test_rule_errors_tell_all_at_once() -> None:
    _, problems = read({"slug": {"sql": "nme || pg_sleep(1)"}}, where="emial = 'x' AND random() > 1")
    assert len(RuleErrors(problems).problems) == 4
