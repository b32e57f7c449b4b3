"""When the age of rows tells what has changed, and when a full copy has to be made: each reason by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from masker import __version__
from masker.catalog.types import Catalog
from masker.copy.steps import CopyPlan
from masker.delta.decide import Now, about_history, about_marker, about_tables, taken_again
from masker.errors import Position
from masker.masks.sql.bindings import Instant, Known, Own
from masker.names import TableName
from masker.tables.plan import MaskedColumn, TablePlan
from masker.verify.kept import Origin
from masker.verify.since import Since, Was, as_read, made_of, read_since, read_under
from tests.catalogs import SERVER, catalog, table

_TABLE = TableName("public", "users")
_ORIGIN = Origin(system_identifier="7000", database_oid=5, horizon=1_000_000)
_SINCE = Since(
    timeline=1,
    started="2026-01-01 00:00:00+00",
    tables={_TABLE: Was(oid=16400, numbers={"id": 1, "email": 3})},
    preview=500,
    own=(510, 2**33),
    deltas=3,
    pages=10_000,
    columns="c",
    made={_TABLE: "m"},
    settings="s",
    masker=__version__,
)
_NOW = Now(
    system_identifier="7000",
    database_oid=5,
    horizon=1_000_500,
    timeline=1,
    started="2026-01-01 00:00:00+00",
    preview_next=900,
    pages=10_100,
    columns="c",
)
_RECORD = {"kind": "copy", "key": "aa", "since": _SINCE.record()}


def test_what_is_kept_is_read_again() -> None:
    assert read_since(_RECORD) == _SINCE
    assert read_since({}) is None


def test_nothing_is_in_the_way_of_a_delta() -> None:
    assert [*about_marker(_RECORD, key="aa"), *about_history(_SINCE, _ORIGIN, _NOW)] == []


@pytest.mark.parametrize(
    ("key", "record", "expected"),
    [
        (None, {}, "there is no key"),
        ("bb", {}, "the run before had another key, or none"),
        ("aa", {"key": None}, "the run before had another key, or none"),
        ("aa", {"kind": "mask"}, "masked where it stands"),
        ("aa", {"since": None}, "kept nothing to compare with"),
        ("aa", {"since": {**_SINCE.record(), "masker": "0.0.1"}}, "another version of masker"),
    ],
)
def test_a_run_that_cannot_be_gone_on_from(key: str | None, record: dict[str, object], expected: str) -> None:
    (reason,) = about_marker({**_RECORD, **record}, key=key)
    assert expected in reason


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"system_identifier": "7001"}, "another database"),
        ({"database_oid": 6}, "another database"),
        ({"system_identifier": None}, "does not say which server it is"),
        ({"timeline": 2}, "promoted or restored to a moment"),
        ({"timeline": None}, "a follower"),
        ({"horizon": 1_000_000 + 2**31}, "too many transactions have passed on the source"),
        ({"horizon": 999_999}, "too many transactions have passed on the source"),
        ({"preview_next": 500 + 2**31}, "too many transactions have passed on the target"),
        ({"preview_next": 499}, "too many transactions have passed on the target"),
        ({"pages": 12_001}, "have grown by more than 10 %"),
    ],
)
def test_a_history_that_ages_do_not_tell(change: dict[str, object], expected: str) -> None:
    (reason,) = about_history(_SINCE, _ORIGIN, replace(_NOW, **change))  # type: ignore[arg-type]
    assert expected in reason


def test_an_older_run_that_did_not_know_its_source() -> None:
    (reason,) = about_history(_SINCE, None, _NOW)
    assert "does not say which server it is" in reason


_USERS = table("users", "about text")
_CATALOG = catalog(_USERS)


def _plan(**column: Any) -> CopyPlan:
    """A copy that masks users.about, by default as ``lorem`` does, else by what *column* says."""
    masked = MaskedColumn(
        **{
            "name": "about", "mask": "lorem", "by": (), "identity": ("id",), "scope": None,
            "position": Position("rules.yml", 1, 1), "sql": "x", "is_constant": False, "may_repeat": False,
            "keeps_null": True, **column,
        }
    )  # fmt: skip
    return CopyPlan(
        source=SERVER,
        target_version=170000,
        target_database="preview",
        publish="delta",
        tables=(TablePlan(table=_USERS, action="mask", masked=(masked,)),),
        steps=(),
        bindings={"masker.instant": Instant("2026-01-01")},
    )


def _since(whole: Catalog, plan: CopyPlan) -> Since:
    """What a run of *plan* keeps."""
    made = made_of(plan.tables, plan.bindings)
    return replace(_SINCE, tables=as_read(whole), made=made, settings=read_under(plan.bindings))


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ({}, []),
        ({"mask": "shuffle"}, ["users.about: what shuffle makes depends on other rows"]),
        ({"others": ("lorem", "redact_text")}, ["users.about: what redact_text makes depends on other rows"]),
        ({"sql": "current_setting('masker.instant')"}, ["users.about: what it becomes depends on the time of the run"]),
    ],
)
def test_masks_that_go_by_more_than_their_row(column: dict[str, Any], expected: list[str]) -> None:
    plan = _plan(**column)
    since = _since(_CATALOG, plan)
    assert [*about_tables(plan, _CATALOG, since, _NOW)] == expected


def test_what_people_write_is_read_in_another_time_zone() -> None:
    plan = _plan()
    since = _since(_CATALOG, plan)
    assert [*about_tables(plan, _CATALOG, since, _NOW)] == []
    other = replace(plan, bindings={**plan.bindings, "timezone": Own("timezone", "Asia/Tokyo")})
    (reason,) = about_tables(other, _CATALOG, since, _NOW)
    assert "masks make other values than they did: production's time zone" in reason


@pytest.mark.parametrize(
    "other",
    [
        {"masked": (replace(_plan().tables[0].masked[0], sql="another"),)},
        {"predicate": "id > 5"},
        {"where": "id > 5"},
        {"action": "empty", "masked": ()},
    ],
    ids=["mask", "rows", "where", "none"],
)
def test_a_table_whose_rules_are_others_is_taken_again_and_no_other(other: dict[str, Any]) -> None:
    plan = replace(_plan(), tables=(*_plan().tables, TablePlan(table=table("others", "a text"), action="copy")))
    since = _since(_CATALOG, plan)
    assert taken_again(plan, since) == frozenset()
    changed = replace(plan, tables=(replace(plan.tables[0], **other), plan.tables[1]))
    assert taken_again(changed, since) == {_USERS.name}
    assert [*about_tables(replace(changed, tables=changed.tables[:1]), _CATALOG, since, _NOW)] == []


def test_a_table_is_taken_again_for_a_password_in_the_environment_that_its_mask_reads() -> None:
    reads = _plan(sql="(SELECT current_setting('masker.known_1'))")
    plan = replace(reads, tables=(*reads.tables, TablePlan(table=table("others", "a text"), action="copy")))
    one, two = ({"masker.known_1": Known("password", value)} for value in ("$2b$one", "$2b$two"))
    since = _since(_CATALOG, replace(plan, bindings=one))
    assert taken_again(replace(plan, bindings=one), since) == frozenset()
    assert taken_again(replace(plan, bindings=two), since) == {_USERS.name}


def test_a_table_without_a_key_that_is_published() -> None:
    keyless = replace(_USERS, indexes=())
    whole = catalog(keyless)
    plan = replace(_plan(), tables=(replace(_plan().tables[0], table=keyless),))
    since = _since(whole, plan)
    assert [*about_tables(plan, whole, since, _NOW)] == []
    (reason,) = about_tables(plan, whole, since, replace(_NOW, unidentified=frozenset({keyless.name})))
    assert reason == (
        "users is published, and its rows may not be changed or deleted: its replica identity is missing, or does not"
        " go with what is sent of it"
    )


@pytest.mark.parametrize(
    ("now", "since", "expected"),
    [
        ({"rules": frozenset({_USERS.name})}, {}, "users has rewriting rules"),
        (
            {"user_triggers": frozenset({_USERS.name}), "has_event_triggers": True},
            {},
            "without firing an event trigger",
        ),
        ({"columns": "d"}, {}, "columns of the preview were made anew"),
        ({}, {"tables": {}}, "users is another table than the run before has read"),
        ({}, {"tables": {_USERS.name: Was(oid=1, numbers={})}}, "users is another table than the run before has read"),
    ],
)
def test_tables_that_cannot_be_written_to(now: dict[str, Any], since: dict[str, Any], expected: str) -> None:
    plan = _plan()
    before = replace(_since(_CATALOG, plan), **since)
    (reason,) = about_tables(plan, _CATALOG, before, replace(_NOW, **now))
    assert expected in reason
