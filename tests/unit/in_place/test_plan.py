"""Plans of masking in place: what is rewritten at once where room is short, and masks that foreign keys compare."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter

from masker.catalog.types import Catalog, ForeignKey, Table
from masker.errors import Position, RuleErrors
from masker.in_place.facts import Facts
from masker.in_place.layout import MaskOptions
from masker.in_place.locks import Locks
from masker.in_place.plan import build_mask_plan
from masker.in_place.room import Room, in_turns
from masker.in_place.steps import MaskPlan, Rewrite, Truncate, UpdateBatches
from masker.lanes.step import SeekOriginals
from masker.masks.any_mask import AnyMask
from masker.masks.rule import MaskRule
from masker.ruleset.types import ColumnDecision, Resolution, TableDecision
from tests.catalogs import catalog, table

_MB = 1024 * 1024
_RULE: TypeAdapter[MaskRule] = TypeAdapter(AnyMask)
_BY_VALUE = {"mask": "token", "by": "value", "scope": "code"}


def _plan(
    of: Catalog,
    masks: dict[str, Any],
    *,
    room: Room | None = None,
    locks: Locks | None = None,
    locales: dict[str, str] | None = None,
    where: dict[str, str] | None = None,
) -> MaskPlan:
    """The plan for *of* on three lanes; *masks* holds rules by ``table.column``, *locales* and *where* belong to
    tables."""
    decisions = {}
    for name, found in of.tables.items():
        columns = {
            c.name: ColumnDecision(
                column=c,
                rule=_RULE.validate_python(written),
                position=Position("rules.yml", 1, 1),
                locale=(locales or {}).get(name.name, "en_US"),
            )
            for c in found.columns
            if (written := masks.get(f"{name.name}.{c.name}"))
        }
        decisions[name] = TableDecision(table=found, columns=columns, where=(where or {}).get(name.name))
    return build_mask_plan(
        of,
        Resolution(tables=decisions, problems=()),
        Facts(),
        MaskOptions(workers=3, room=room or Room(), locks=locks or Locks()),
    )


def _weighing(name: str, megabytes: int) -> Table:
    return table(name, "word text", bytes=megabytes * _MB - 8192, rows=1e6)


def _codes(child: str) -> Catalog:
    """``uses.code``, declared *child*, references ``codes.code``."""
    codes = table("codes", "code text not null", key=("code",))
    key = ForeignKey(
        name="fk",
        table=table("uses").name,
        columns=("code",),
        references=codes.name,
        referenced_columns=("code",),
        definition="",
        is_valid=True,
    )
    return catalog(codes, table("uses", child, foreign_keys=(key,)))


@pytest.mark.parametrize(("free", "at_once"), [(None, 3), (30, 3), (16, 2), (15, 1)])
def test_no_more_copies_at_once_than_there_is_room_for(free: int | None, at_once: int) -> None:
    sizes = {"a": 10, "b": 6, "c": 5, "d": 4}
    plan = _plan(
        catalog(*(_weighing(*item) for item in sizes.items())),
        dict.fromkeys([f"{n}.word" for n in sizes], "token"),
        room=Room(free_bytes=free and free * _MB),
    )
    turns = [
        {token for token in step.excludes if token.startswith("room")}
        for step in plan.steps
        if isinstance(step, Rewrite)
    ]
    assert len(turns) == 4
    assert (
        turns == [set()] * 4
        if at_once == 3
        else len(set().union(*turns)) == at_once and all(len(turn) == 1 for turn in turns)
    )
    assert plan.copy_bytes == sum(sorted(sizes.values())[-at_once:]) * _MB


def test_turns_are_about_as_long() -> None:
    assert in_turns([1, 9, 5, 5], 2) == [0, 0, 1, 1]


def test_a_run_that_goes_on_keeps_to_how_it_began() -> None:
    """Whatever room there is now: a table that was begun in batches would be masked twice by a rewrite."""
    of = catalog(_weighing("big", 100), _weighing("small", 10))
    masks = {"big.word": "token", "small.word": "token"}
    begun = _plan(of, masks, room=Room(free_bytes=50 * _MB))
    assert [str(name) for name in begun.crowded] == ["big"]
    (step,) = [s for s in begun.steps if isinstance(s, UpdateBatches)]
    assert step.vacuum_share == 0.25
    for free in (None, 1 * _MB, 1000 * _MB):
        after = _plan(of, masks, room=Room(free_bytes=free, crowded=begun.crowded))
        assert [s.title for s in after.steps if isinstance(s, Rewrite)] == ["small"]
        assert {s.id for s in begun.steps if "compact" not in s.id} <= {s.id for s in after.steps}


def test_tables_that_a_key_holds_together_need_room_together() -> None:
    tables = _codes("code text").tables.values()
    of = catalog(*(replace(t, bytes=40 * _MB) for t in tables))
    masks = dict.fromkeys(("codes.code", "uses.code"), _BY_VALUE)
    assert len(_plan(of, masks, room=Room(free_bytes=100 * _MB)).steps)
    with pytest.raises(RuleErrors) as refused:
        _plan(of, masks, room=Room(free_bytes=60 * _MB))
    assert "does not fit --free-space 60.0 MB" in str(refused.value.problems[0])


def test_columns_of_a_key_are_masked_by_one_function() -> None:
    """Short values grow on both sides or on neither, and both fit the narrower one."""
    of = _codes("code varchar(30)")
    masks = dict.fromkeys(("codes.code", "uses.code"), _BY_VALUE)
    expressions = {m.sql.replace("::VARCHAR(30)", "") for place in _plan(of, masks).places for m in place.plan.masked}
    assert len({sql[sql.index("LEFT(") : sql.index("GREATEST")] for sql in expressions}) == 1
    assert all("16" in sql for sql in expressions)


@pytest.mark.parametrize(
    ("child", "more", "is_told"),
    [
        ("code text", {}, None),
        ("code varchar(15)", {}, "15 characters are too few to stay unique"),
        ("code citext", {}, "would not agree"),
        ("code text", {"locales": {"uses": "ja_JP"}}, "would not agree"),
        ("code text", {"where": {"uses": "id > 0"}}, "would not agree"),
    ],
)
def test_a_key_that_would_not_agree_is_told(child: str, more: dict[str, Any], is_told: str | None) -> None:
    masks = dict.fromkeys(("codes.code", "uses.code"), _BY_VALUE)
    if is_told is None:
        _plan(_codes(child), masks, **more)
        return
    with pytest.raises(RuleErrors) as refused:
        _plan(_codes(child), masks, **more)
    assert any(is_told in str(problem) for problem in refused.value.problems)


def _tree(leaves: int) -> Catalog:
    root = replace(table("ev", "word text"), kind="p")
    return catalog(
        root, *(table(f"ev_{n}", "word text", parents=(root.name,), is_partition=True) for n in range(leaves))
    )


def _strategies(plan: MaskPlan) -> set[str]:
    return {place.strategy for place in plan.places}


def test_a_tree_is_rewritten_at_once_only_where_the_locks_suffice_and_as_it_was_begun() -> None:
    of = _tree(50)
    masks = {f"{name.name}.word": "token" for name in of.tables}
    assert _strategies(_plan(of, masks)) == _strategies(_plan(of, masks, locks=Locks(slots=6400))) == {"rewrite"}
    begun = _plan(of, masks, locks=Locks(slots=500))
    assert _strategies(begun) == {"batches"}
    assert "the 51 tables of its tree would take about 402 locks in one transaction, of 500" in begun.places[0].reason
    assert begun.short_of_locks == of.tables.keys()
    for slots in (None, 500, 6400):
        after = _plan(of, masks, locks=Locks(slots=slots, short=begun.short_of_locks))
        assert {s.id for s in after.steps} == {s.id for s in begun.steps}
        assert _strategies(_plan(of, masks, locks=Locks(slots=slots, short=frozenset()))) == {"rewrite"}


def test_rewrites_that_take_many_locks_do_not_run_beside_each_other() -> None:
    of = catalog(*(table(f"t{n}", "word text") for n in range(3)))
    masks = dict.fromkeys(["t0.word", "t1.word", "t2.word"], "token")
    for slots, alone in ((6400, False), (40, True)):
        steps = [s for s in _plan(of, masks, locks=Locks(slots=slots)).steps if isinstance(s, Rewrite)]
        assert [("locks" in s.excludes) for s in steps] == [alone] * 3


def test_tables_that_a_key_holds_together_need_their_locks_together() -> None:
    masks = dict.fromkeys(("codes.code", "uses.code"), _BY_VALUE)
    _plan(_codes("code text"), masks, locks=Locks(slots=20))
    with pytest.raises(RuleErrors) as caught:
        _plan(_codes("code text"), masks, locks=Locks(slots=10))
    (problem,) = caught.value.problems
    assert "rewritten together, which would take about" in problem.found
    assert "max_locks_per_transaction" in str(problem.hint)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"mask": "token", "unless": "firm_id IS NULL"}, "it goes by firm_id, which is NULL before it is masked"),
        ({"mask": "token", "by": "firm_id"}, "it goes by firm_id"),
        ({"mask": "token", "unless": "id > 5"}, None),
    ],
)
def test_what_goes_by_a_key_that_is_let_go_before_is_refused(rule: dict[str, Any], told: str | None) -> None:
    firms = table("firms", "id int8 primary key")
    key = ForeignKey(
        name="fk",
        table=table("users").name,
        columns=("firm_id",),
        references=firms.name,
        referenced_columns=("id",),
        definition="",
        is_valid=True,
    )
    users = table("users", "id int8 primary key", "firm_id int8", "email text", foreign_keys=(key,))
    rules = {"firm_id": {"mask": "null"}, "email": rule}
    columns = {
        name: ColumnDecision(
            column=column, rule=_RULE.validate_python(written), position=Position("rules.yml", 1, 1), locale="en_US"
        )
        for name, written in rules.items()
        if (column := users.column(name)) is not None
    }
    resolution = Resolution(
        tables={
            firms.name: TableDecision(table=firms, columns={}, rows="predicate", predicate="id < 100"),
            users.name: TableDecision(table=users, columns=columns),
        },
        problems=(),
    )
    try:
        build_mask_plan(catalog(firms, users), resolution, Facts(), MaskOptions(workers=3))
        found = None
    except RuleErrors as refused:
        found = " ".join(str(problem.found) for problem in refused.problems)
    assert (found is None) if told is None else (found is not None and told in found)


def test_tables_are_emptied_together_only_where_they_are_tied() -> None:
    key = ForeignKey(
        name="fk",
        table=table("t1").name,
        columns=("id",),
        references=table("t0").name,
        referenced_columns=("id",),
        definition="",
        is_valid=True,
    )
    of = catalog(*(table(f"t{n}", "word text", foreign_keys=(key,) if n == 1 else ()) for n in range(6)))
    resolution = Resolution(
        tables={name: TableDecision(table=found, columns={}, rows="none") for name, found in of.tables.items()},
        problems=(),
    )

    def emptied(slots: int) -> list[set[str]]:
        plan = build_mask_plan(of, resolution, Facts(), MaskOptions(workers=3, locks=Locks(slots=slots)))
        return [{name.name for name in s.tables} for s in plan.steps if isinstance(s, Truncate)]

    assert emptied(6400) == [{"t0", "t1", "t2", "t3", "t4", "t5"}]
    assert emptied(40) == [{"t0", "t1"}, {"t2", "t3"}, {"t4", "t5"}]
    with pytest.raises(RuleErrors) as caught:
        emptied(10)
    assert "they are emptied together" in caught.value.problems[0].found


def _persons(**more: str) -> Catalog:
    users = table("users", "id int8 primary key", "name text")
    notes = table("notes", "id int8 primary key", "user_id int8", "body text", *more)
    return catalog(users, notes)


def test_tables_whose_masks_read_others_go_before_these() -> None:
    reads = {"mask": "redact_text", "persons": [{"table": "users", "by": "user_id"}]}
    of = _persons()
    for room in (Room(), Room(free_bytes=_MB)):
        plan = _plan(of, {"users.name": "full_name", "notes.body": reads}, room=room)
        steps = {step.id: step for step in plan.steps}
        assert "rewrite notes" in steps["rewrite users"].needs
        assert "rewrite users" not in steps["rewrite notes"].needs


def test_tables_that_read_each_other_or_lose_what_is_read_are_refused() -> None:
    users = table("users", "id int8 primary key", "note_id int8", "name text", "about text")
    notes = table("notes", "id int8 primary key", "user_id int8", "title text", "body text")
    of = catalog(users, notes)
    rules = {
        "users.name": "full_name",
        "notes.title": "full_name",
        "notes.body": {"mask": "redact_text", "persons": [{"table": "users", "by": "user_id"}]},
        "users.about": {"mask": "redact_text", "persons": [{"table": "notes", "by": "note_id"}]},
    }
    with pytest.raises(RuleErrors) as refused:
        _plan(of, rules)
    told = [problem.found for problem in refused.value.problems]
    assert len(told) == 2
    assert all("is masked together with it or reads its own" in found for found in told)


def test_the_table_that_takes_longest_is_looked_through_first() -> None:
    columns = [f"word{n} text not null" for n in range(9)]
    of = catalog(
        table("long", "word text", rows=1e6), table("short", *columns, rows=10.0), table("wide", *columns, rows=2e4)
    )
    plan = _plan(of, {key: {"mask": "last_name"} for key in ("long.word", "short.word0", "wide.word0")})
    seeks = sorted((step for step in plan.steps if isinstance(step, SeekOriginals)), key=lambda step: -step.weight)
    assert [step.table.name for step in seeks] == ["wide", "long", "short"]
