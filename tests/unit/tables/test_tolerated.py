"""What is carried with what, what cannot be carried, and checks that wait for rows."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from masker.catalog.types import Catalog, Check, ForeignKey, Table
from masker.copy.late_checks import late_checks
from masker.names import TableName
from masker.ruleset.digest import rules_digest
from masker.ruleset.types import Resolution, Tolerate
from masker.tables.tolerated import Carried, read_carried, uncarriable, with_relatives
from tests.catalogs import catalog, table

_USERS, _MEDIA = TableName("public", "users"), TableName("public", "media")


def _checked(name: str, *parents: str, own: bool = True, kind: str = "r", ends: str = "") -> Table:
    check = Check(
        name="positive",
        columns=("day",),
        expression="day > 0",
        is_valid=True,
        definition=f"CHECK ((day > 0)){ends}",
        is_local=own,
    )
    return replace(
        table(name, "id int4 primary key", "day int4"),
        checks=(check,),
        parents=tuple(TableName("public", p) for p in parents),
        kind=kind,
    )


def _referenced() -> Catalog:
    key = ForeignKey(
        name="media_user",
        table=_MEDIA,
        columns=("user_id",),
        references=_USERS,
        referenced_columns=("id",),
        definition="",
        is_valid=True,
    )
    return catalog(table("users", "id int8 primary key"), replace(table("media", "user_id int8"), foreign_keys=(key,)))


def test_a_key_that_others_reference_is_not_carried() -> None:
    of = _referenced()
    index = of.tables[_USERS].indexes[0].name.name
    [problem] = uncarriable(of, [Carried(kind="unique index", table=_USERS, name=index, broken=2)], 150000)
    assert "2 rows break" in problem.found
    assert "the foreign key media_user of media references it" in problem.found


def test_a_foreign_key_of_a_partitioned_table_is_carried_since_18_only() -> None:
    of = _referenced()
    of = replace(of, tables={**of.tables, _MEDIA: replace(of.tables[_MEDIA], kind="p")})
    carried = [Carried(kind="foreign key", table=_MEDIA, name="media_user", broken=1)]
    assert list(uncarriable(of, carried, 180000)) == []
    [problem] = uncarriable(of, carried, 170000)
    assert "before PostgreSQL 18" in problem.found


def test_a_check_is_carried_with_those_who_have_it_from_each_other() -> None:
    of = catalog(
        _checked("events", kind="p"),
        _checked("early", "events", own=False),
        _checked("late", "events", own=False),
        _checked("apart"),
    )
    found = with_relatives(of, [Carried(kind="check", table=TableName("public", "late"), name="positive", broken=3)])
    assert {(one.table.name, one.broken) for one in found} == {("events", 0), ("early", 0), ("late", 3)}
    [late] = late_checks(of, {one.key for one in found}).of_tables
    assert (late.table.name, [t.name for t, _ in late.own], late.is_carried) == ("events", ["events"], True)
    [step] = late_checks(of, {one.key for one in found}).steps(frozenset({"analyzed"}), of)
    assert step.statements == ('ALTER TABLE "public"."events" ADD CONSTRAINT "positive" CHECK ((day > 0)) NOT VALID',)


def test_a_check_that_is_not_inherited_is_carried_alone() -> None:
    of = catalog(_checked("events", ends=" NO INHERIT"), _checked("early", "events"))
    found = with_relatives(of, [Carried(kind="check", table=TableName("public", "early"), name="positive", broken=3)])
    assert [one.table.name for one in found] == ["early"]


def test_what_the_marker_keeps_is_read_again() -> None:
    one = Carried(kind="check", table=_USERS, name="of_age", broken=2)
    assert read_carried({"tolerated": [one.record()]}) == (one,)
    assert read_carried({}) == ()


def test_only_what_is_said_changes_the_digest_of_the_rules() -> None:
    def digest(tolerate: Tolerate) -> str:
        return rules_digest(Resolution(tables={}, problems=(), tolerate=tolerate), {})

    assert digest(Tolerate()) == hashlib.sha256(b"[[], null]").hexdigest()
    assert len({digest(Tolerate()), digest(Tolerate(checks=True)), digest(Tolerate(unique=True))}) == 3
