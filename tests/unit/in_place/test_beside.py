"""Which rewrites run beside each other: those that lock nothing in common, whatever keys hold their tables together."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from pydantic import TypeAdapter

from masker.catalog.derived import Derived
from masker.catalog.types import Catalog, ForeignKey, Table
from masker.errors import Position
from masker.in_place.facts import ColumnFacts, Dependent, Facts, SchemaFunction
from masker.in_place.layout import MaskOptions
from masker.in_place.locks import Locks
from masker.in_place.plan import build_mask_plan
from masker.in_place.steps import MaskStep, ProveKept, Rewrite, WitnessKept
from masker.lanes.step import Analyze
from masker.masks.any_mask import AnyMask
from masker.masks.rule import MaskRule
from masker.names import ColumnName
from masker.ruleset.types import ColumnDecision, Resolution, TableDecision
from tests.catalogs import catalog, table

_RULE: TypeAdapter[MaskRule] = TypeAdapter(AnyMask)
_BY_VALUE = {"mask": "token", "by": "value", "scope": "code"}


def _steps(
    of: Catalog,
    masks: Mapping[str, Any],
    facts: Facts | None = None,
    slots: int | None = None,
    batched: Container[str] = (),
) -> dict[str, MaskStep]:
    """The steps on two lanes; *masks* holds rules by ``table.column``, *batched* tables are masked in batches."""
    decisions = {
        name: TableDecision(
            table=found,
            columns={
                c.name: ColumnDecision(
                    column=c,
                    rule=_RULE.validate_python(written),
                    position=Position("rules.yml", 1, 1),
                    locale="en_US",
                )
                for c in found.columns
                if (written := masks.get(f"{name.name}.{c.name}"))
            },
            strategy="batches" if name.name in batched else None,
        )
        for name, found in of.tables.items()
    }
    plan = build_mask_plan(
        of,
        Resolution(tables=decisions, problems=()),
        facts or Facts(),
        MaskOptions(workers=2, locks=Locks(slots=slots)),
    )
    return {step.id: step for step in plan.steps}


def _apart(steps: Mapping[str, MaskStep]) -> set[tuple[str, str]]:
    """The rewrites of which two never run at once."""
    rewrites = sorted(step.id for step in steps.values() if isinstance(step, Rewrite))
    return {
        (a.removeprefix("rewrite "), b.removeprefix("rewrite "))
        for a, b in combinations(rewrites, 2)
        if steps[a].excludes & steps[b].excludes
    }


def _key(table_: str, column: str, references: str, referenced: str = "id") -> ForeignKey:
    return ForeignKey(
        name=f"{table_}_{column}",
        table=table(table_).name,
        columns=(column,),
        references=table(references).name,
        referenced_columns=(referenced,),
        definition="",
        is_valid=True,
    )


def _club() -> Catalog:
    """Teams and people refer to each other, people to themselves, letters and badges to people and teams."""
    key = "id int8 primary key"
    return catalog(
        table("teams", key, "led_by int8", "code text", "name text", foreign_keys=(_key("teams", "led_by", "people"),)),
        table(
            "people",
            key,
            "team_id int8",
            "boss_id int8",
            "email text",
            "about text",
            foreign_keys=(_key("people", "team_id", "teams"), _key("people", "boss_id", "people")),
        ),
        table("letters", key, "person_id int8", "body text", foreign_keys=(_key("letters", "person_id", "people"),)),
        table("badges", key, "code text", "word text", foreign_keys=(_key("badges", "code", "teams", "code"),)),
    )


_PLAIN: dict[str, Any] = {
    "teams.name": "company",
    "people.email": "email",
    "letters.body": "lorem",
    "badges.word": "token",
}


@pytest.mark.parametrize(
    ("more", "apart"),
    [
        ({}, set()),
        ({"letters.person_id": "null"}, {("letters", "people")}),
        ({"people.boss_id": "null", "people.team_id": "null"}, {("people", "teams")}),
        ({"teams.code": _BY_VALUE, "badges.code": _BY_VALUE}, set()),
    ],
)
def test_a_key_keeps_rewrites_apart_only_where_it_is_made_anew(
    more: Mapping[str, Any], apart: set[tuple[str, str]]
) -> None:
    steps = _steps(_club(), {**_PLAIN, **more})
    assert _apart(steps) == apart
    assert ("rewrite teams, badges" in steps) == ("teams.code" in more)


def test_a_view_over_two_tables_keeps_their_rewrites_apart() -> None:
    of = _club()
    names = [table("teams").name, table("people").name]
    view = Dependent(id=("relation", 1), title="view v", drop="DROP VIEW v", reads=frozenset(names))
    facts = Facts(
        columns={
            ColumnName(names[0], "name"): ColumnFacts(dependents=(view.id,)),
            ColumnName(names[1], "email"): ColumnFacts(dependents=(view.id,)),
        },
        dependents={view.id: view},
    )
    assert _apart(_steps(of, _PLAIN, facts)) == {("people", "teams")}


@pytest.mark.parametrize("reads", [False, True])
def test_a_function_that_may_read_any_table_runs_beside_no_rewrite(reads: bool) -> None:
    function = SchemaFunction(title="look(text)", owner="app")
    facts = Facts(
        functions={table("teams").name: (function,)},
        derived=Derived(readers=frozenset({"look(text)"} if reads else ())),
    )
    steps = _steps(_club(), _PLAIN, facts)
    assert _apart(steps) == ({("badges", "teams"), ("letters", "teams"), ("people", "teams")} if reads else set())


def test_tables_are_looked_through_beside_rewrites_of_others() -> None:
    steps = _steps(_club(), {"people.email": "email", "letters.body": "lorem"})
    assert {i: s.needs for i, s in steps.items() if isinstance(s, Analyze)} == {
        "analyze people": {"rewrite people"},
        "analyze letters": {"rewrite letters"},
    }
    assert steps["statistics of people"].needs == {"analyze people"}
    rewrite, look = steps["rewrite people"], steps["analyze people"]
    assert look.excludes & rewrite.excludes
    assert not look.excludes & steps["rewrite letters"].excludes


def test_tables_that_stay_are_asked_before_whatever_might_change_them() -> None:
    of, masks = _club(), {"people.email": "email"}
    kept = {"witness teams", "witness letters", "witness badges"}

    def orders(of: Catalog, facts: Facts | None = None) -> tuple[bool, bool]:
        steps = _steps(of, masks, facts)
        assert {i for i, s in steps.items() if isinstance(s, WitnessKept)} == kept
        proofs = [s for s in steps.values() if isinstance(s, ProveKept)]
        assert len(proofs) == 3
        assert all({"rewrite people", *kept} <= s.needs for s in proofs)
        return kept <= steps["rewrite people"].needs, all("analyze people" in s.needs for s in proofs)

    assert orders(of) == (False, False)
    function = SchemaFunction(title="f(text)", owner="app")
    assert orders(of, Facts(functions={table("people").name: (function,)})) == (True, True)
    assert orders(of, Facts(functions={table("teams").name: (function,)})) == (False, True)
    assert orders(replace(of, event_triggers=("log_ddl",))) == (True, True)


def test_locks_on_the_other_end_of_a_key_count() -> None:
    """The partitions of a table that a key made anew refers to are locked as well."""
    root = replace(table("games", "id int8 primary key"), kind="p")
    games = [
        root,
        *(table(f"games_{n}", "id int8 primary key", parents=(root.name,), is_partition=True) for n in range(50)),
    ]
    letters: Table = table(
        "letters",
        "id int8 primary key",
        "game_id int8",
        "body text",
        foreign_keys=(_key("letters", "game_id", "games"),),
    )
    of = catalog(*games, letters)
    for more, alone in (({}, False), ({"letters.game_id": "null"}, True)):
        steps = _steps(of, {"letters.body": "lorem", **more}, slots=400)
        assert ("locks" in steps["rewrite letters"].excludes) == alone


def test_batches_of_a_table_come_after_the_rewrites_that_lock_it() -> None:
    """A rewrite of letters would wait for the range of people that is under way, and letters for it."""
    masks = {"people.email": "email", "letters.person_id": "null", "teams.name": "company"}
    steps = _steps(_club(), masks, batched=("people",))
    assert "rewrite letters" in steps["cut people"].needs
    assert "rewrite teams" not in steps["cut people"].needs


def test_batches_that_read_a_table_come_before_its_rewrite_whatever_that_locks() -> None:
    masks = {
        "people.about": {"mask": "redact_text", "persons": [{"table": "teams", "by": "team_id"}]},
        "teams.name": "full_name",
        "teams.led_by": "null",
    }
    steps = _steps(_club(), masks, batched=("people",))
    assert "finish people" in steps["rewrite teams"].needs
    assert "rewrite teams" not in steps["cut people"].needs
