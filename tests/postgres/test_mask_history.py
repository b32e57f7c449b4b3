"""Earlier values of rows are masked as the rows are, whoever keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from masker.masks.permute import following, following_classes
from tests.postgres.masking import Masking

_OLD = {
    "id": 7,
    "email": "old@corp.test",
    "first_name": "Ann",
    "born": "1985-02-20",
    "joined": "2020-05-06T07:08:09.123Z",
    "salary": "1200.50",
    "seats": 12,
    "token": "abcdefgh",
    "doc": {"mail": "old@corp.test", "n": 1},
    "title": "Boss",
    "nick": None,
    "bio": "",
    "gone": "secret",
    "slug": "ann",
}
_CHANGES = {
    "email": ["old@corp.test", "new@corp.test"],
    "token": ["abcdefgh", "ijklmnop"],
    "born": ["1985-02-20", "1990-01-01"],
    "seats": [12, 1300],
    "title": ["Boss", "Chief"],
    "nick": [None, "Annie"],
    "gone": ["secret", "secrets"],
    "slug": ["ann", "annie"],
}
_LOG = {
    "v": 2,
    "h": [
        {"v": 1, "ts": 1, "c": {"email": "old@corp.test", "title": "Boss"}},
        {"v": 2, "ts": 2, "c": {"email": "new@corp.test", "gone": "secret"}, "m": {"_r": 3, "ip": "10.0.0.1"}},
    ],
}

_SCHEMA = """
CREATE TABLE people (id bigint PRIMARY KEY, email varchar(60), first_name text, born date, joined timestamp,
  salary numeric(10,2), seats int, token text, doc jsonb, title text, nick text, bio text, slug text, log_data jsonb);
CREATE TABLE versions (id bigint PRIMARY KEY, item_type text, item_id bigint, object json, object_changes jsonb);
CREATE TABLE audits (id bigint PRIMARY KEY, auditable_type text, auditable_id text, audited_changes jsonb, old text)
"""

_PEOPLE: dict[str, Any] = {
    "email": "email",
    "first_name": "first_name",
    "born": "date_shift",
    "joined": {"mask": "date_shift", "scope": "joined"},
    "salary": {"mask": "noise", "ratio": "10%"},
    "seats": "digits",
    "token": "token",
    "doc": {"mask": "json", "other": "keep", "paths": {"$.mail": "email"}},
    "nick": {"mask": "token", "by": "value", "scope": "nick"},
    "bio": "lorem",
    "slug": {"mask": "derived", "of": "first_name", "kind": "slug"},
    "log_data": "history",
}


@pytest.fixture
def masking(database: str) -> Iterator[Masking]:
    with Masking(database, locale="en_US") as session:
        session.run(*filter(str.strip, _SCHEMA.split(";\n")))
        old, changes, log = (json.dumps(value).replace("'", "''") for value in (_OLD, _CHANGES, _LOG))
        session.run(
            "INSERT INTO people VALUES (7, 'new@corp.test', 'Ann', '1990-01-01', '2020-05-06 07:08:09.123', 1200.50,"
            f" 1300, 'ijklmnop', '{{}}', 'Chief', 'Annie', '', 'annie', '{log}')",
            f"INSERT INTO versions VALUES (1, 'Person', 7, '{old}', '{changes}'), (2, 'Nobody', 7, '{old}',"
            f" '{changes}'), (3, 'Person', 7, 'null', '[1]'), (4, NULL, 7, NULL, '{{}}')",
            f"INSERT INTO audits VALUES (1, 'Person', '7', '{changes}', '---')",
        )
        session.beside = {"people": _PEOPLE}
        yield session


def test_each_value_goes_by_the_rule_of_its_column(masking: Masking) -> None:
    (person,) = masking.rows("people", _PEOPLE)
    rows = masking.rows("versions", {"object": "history", "object_changes": "history"})
    found, changes = rows[0]["object"], rows[0]["object_changes"]

    assert found.keys() == _OLD.keys()
    assert (found["id"], found["title"], found["nick"], found["bio"]) == (7, "Boss", None, "")
    assert (found["gone"], found["slug"]) == (None, None)
    assert found["email"].endswith("@example.com")
    assert found["first_name"] not in {"Ann", None}
    assert found["doc"]["mail"].endswith("@example.com")
    assert found["doc"]["n"] == 1
    assert isinstance(found["salary"], str)
    assert 1080 <= float(found["salary"]) <= 1321
    assert isinstance(found["seats"], int)
    assert 10 <= found["seats"] != 12
    assert found["joined"].endswith("T07:08:09.123Z")

    old, new = changes["email"]
    assert old != new
    assert old == found["email"]
    assert changes["token"][0] != changes["token"][1]
    assert changes["title"] == ["Boss", "Chief"]
    assert changes["nick"] == [None, person["nick"]]
    assert changes["gone"] == changes["slug"] == [None, None]
    # What a mask makes of the value goes by the row: the last value is the one that the row has.
    assert changes["born"][1] == str(person["born"])
    assert changes["seats"][1] == person["seats"]
    assert found["joined"][:10] == str(person["joined"])[:10]


def test_of_a_class_that_nobody_knows_nothing_stays_but_the_keys(masking: Masking) -> None:
    rows = masking.rows("versions", {"object": "history", "object_changes": "history"})
    assert rows[1]["object"] == dict.fromkeys(_OLD)
    assert rows[1]["object_changes"] == {name: [None, None] for name in _CHANGES}
    assert (rows[2]["object"], rows[2]["object_changes"]) == (None, None)
    assert (rows[3]["object"], rows[3]["object_changes"]) == (None, {})
    named = {"mask": "history", "classes": {"Nobody": "people"}}
    rows = masking.rows("versions", {"object_changes": named})
    assert rows[0]["object_changes"]["title"] == [None, None]
    assert rows[1]["object_changes"]["title"] == ["Boss", "Chief"]


def test_of_a_table_without_rows_nothing_stays_that_somebody_would_have_to_decide(masking: Masking) -> None:
    masking.left_out = {"people"}
    masking.beside = {"people": {}}
    (old, *_) = masking.rows("versions", {"object": "history"})
    assert {name for name, value in old["object"].items() if value not in (None, "")} == {
        "id", "joined", "salary", "seats"
    }  # fmt: skip
    assert "secret" not in str(old["object"])


def test_what_reads_more_of_a_row_than_the_value_leaves_nothing(masking: Masking) -> None:
    """There is no such row beside a document; a type or a name of the history's own would be read instead."""
    users, by_class = following("users.id", other="error"), {"Person": "users.id"}
    masking.run("ALTER TABLE people ADD kind text, ADD owner_id bigint, ADD ref text, ADD gid text")
    rules: dict[str, Any] = {
        "owner_id": following_classes(by_class, by="kind", other=None),
        "gid": following_classes(by_class, by=None, other="error"),
        "ref": users,
        "doc": {"mask": "json", "other": "keep", "paths": {"$.mail": {"mask": "token", "by": "id"}}},
        "bio": {"mask": "json", "other": "keep", "paths": {"$.mail": {"mask": "template", "template": "{id}"}}},
    }
    masking.run("ALTER TABLE people ALTER bio TYPE jsonb USING NULL")
    masking.beside = {"people": rules}
    old = {
        "owner_id": 3, "gid": "gid://app/Nobody/3", "ref": "3", "doc": {"mail": "a"}, "bio": {"mail": "a"}
    }  # fmt: skip
    masking.run(
        f"INSERT INTO audits VALUES (2, 'Person', '7', '{json.dumps(old)}'), (3, 'Person', '7', '{{\"ref\": \"x\"}}')"
    )
    made, of_text = (row["audited_changes"] for row in masking.rows("audits", {"audited_changes": "history"})[1:])
    assert int(made.pop("ref")) > 0
    assert made == dict.fromkeys(["owner_id", "gid", "doc", "bio"])
    assert of_text == {"ref": None}


def test_a_moving_mask_goes_by_the_row_only_where_its_key_names_it(masking: Masking) -> None:
    masking.run("ALTER TABLE people ADD team_id bigint")
    moved = {"born": {"mask": "date_shift", "by": "team_id", "scope": "born"}}
    masking.beside = {"people": moved}
    masking.run("UPDATE people SET team_id = 4")
    masking.run("INSERT INTO versions VALUES (5, 'Person', 4, NULL, '{\"born\": \"1990-01-01\"}')")
    (*_, version) = masking.rows("versions", {"object_changes": "history"})
    (person,) = masking.rows("people", moved)
    assert version["object_changes"]["born"] != str(person["born"])


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("born", ["2024-02-29", "2000-02-29", "1999-12-31"], ["2023-02-30", "0000-00-00", "1900-02-29", "2023-13-01"]),
        (
            "joined",
            ["2020-01-02 03:04:05 UTC", "2020-01-02T03:04:05+09:00"],
            ["2020-01-02 25:00:00", "2020-01-02 03:04:05 or"],
        ),
        (
            "place",
            ["10.1.2.3", "10.0.0.0/8", "::1", "2001:db8::1"],
            ["10.1.2.999", "1:::2", "1::2::3", "1:2:3:4:5:6:7::8"],
        ),
    ],
)
def test_what_cannot_be_read_as_its_type_ends_no_run(
    masking: Masking, column: str, good: list[str], bad: list[str]
) -> None:
    masking.run("ALTER TABLE people ADD place inet")
    masking.beside = {"people": {**_PEOPLE, "place": "ip"}}
    log = json.dumps({column: [*good, *bad]})
    masking.run(f"INSERT INTO audits VALUES (2, 'Person', '7', '{log}')")
    made = masking.rows("audits", {"audited_changes": "history"})[1]["audited_changes"][column]
    assert None not in made[: len(good)]
    assert made[len(good) :] == [None] * len(bad)


def test_audits_and_logs_of_the_row_itself(masking: Masking) -> None:
    (audit,) = masking.rows("audits", {"audited_changes": "history"})
    (version, *_) = masking.rows("versions", {"object_changes": "history"})
    assert audit["audited_changes"]["email"] == version["object_changes"]["email"]
    (person,) = masking.rows("people", _PEOPLE)
    log = person["log_data"]
    assert [entry["c"]["email"] for entry in log["h"]] == version["object_changes"]["email"]
    assert log["h"][0]["c"]["title"] == "Boss"
    assert log["h"][1] == {"v": 2, "ts": 2, "c": {"email": log["h"][1]["c"]["email"], "gone": None}, "m": {"_r": 3}}


def test_yaml_and_documents_of_nobody_are_refused_with_a_way_out(masking: Masking) -> None:
    assert masking.problems("audits", {"old": "history"}) == ["audits.old: text: the mask history serves json, jsonb"]
    assert masking.hints("audits", {"old": "history"})[0].startswith("YAML, which PaperTrail and Audited write")
    assert masking.problems("people", {"doc": "history"}) == ["people.doc: no column says whose values they are"]
    said = masking.problems("versions", {"object": {"mask": "history", "classes": {"A": "nowhere"}}})
    assert said == ["versions.object: classes: there is no table nowhere"]
    said = masking.problems("versions", {"object": {"mask": "history", "type": "kind"}})
    assert said == ["versions.object: there is no column kind"]
