"""Texts that people wrote: what gives somebody away in them is replaced, and everything else stays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.postgres.masking import Masking
from tests.servers import Server, database_in

_SCHEMA = """
CREATE TABLE users (id bigint PRIMARY KEY, first_name text, last_name text, email text, phone text);
INSERT INTO users VALUES (1, 'Taro', 'Yamada', 'taro@x.org', '090-1234-5678'), (2, '太郎', '山田', 'taro2@x.org',
  '03-1234-5678'), (3, '花子', '林', 'h@x.org', NULL), (4, 'Jean-Pierre', 'Dupont', 'jp@x.org', NULL);
CREATE TABLE notes (id bigint PRIMARY KEY, user_id bigint REFERENCES users, author text, body varchar(400), code int);
INSERT INTO notes VALUES
  (1, 1, 'Bob Smith', 'TARO Yamada (Taro@x.org, taro@x.org), bob and I. Call 09012345678.'),
  (2, 2, NULL, '山田太郎です。山田　太郎のメールはtaro2@x.org、電話は０３－１２３４－５６７８です。'),
  (3, 3, NULL, '林です。林さん、山林'),
  (4, 4, NULL, 'Jean-Pierre Dupont, not Pierrette; James W. is not of ours'),
  (5, NULL, NULL, 'see https://acme.example/u/1?x=2. From 10.1.2.3, card 4012-8888-8888-1881, +81 90-1111-2222'),
  (6, NULL, NULL, 'on 2024-05-06 12:30 or 2024-05-06 090-2222-3333, order 20240506, 1234567 pieces, room 12'),
  (7, NULL, NULL, 'nothing in here'), (8, NULL, NULL, ''), (9, NULL, NULL, NULL);
CREATE TABLE other (id text PRIMARY KEY, first_name text)
"""

_USERS: dict[str, Any] = {
    "first_name": {"mask": "first_name", "scope": "person"},
    "last_name": {"mask": "last_name", "scope": "person"},
    "email": {"mask": "email", "scope": "person"},
    "phone": "phone",
}
_RULES: dict[str, Any] = {"body": "redact_text", "author": "full_name"}


@pytest.fixture
def masking(database: str) -> Iterator[Masking]:
    with Masking(database, locale="en_US") as session:
        session.run(*filter(str.strip, _SCHEMA.split(";\n")))
        session.beside = {"users": _USERS}
        yield session


def test_names_addresses_and_numbers_of_persons_become_their_masked_ones(masking: Masking) -> None:
    users = {row["id"]: row for row in masking.rows("users", _USERS)}
    notes = {row["id"]: row for row in masking.rows("notes", _RULES)}
    body = {key: row["body"] for key, row in notes.items()}
    one, two, three, four = (users[key] for key in (1, 2, 3, 4))
    author = notes[1]["author"].split()[0]

    assert body[1] == (
        f"{one['first_name'].upper()} {one['last_name']} ({one['email']}, {one['email']}), {author} and I. Call"
        f" {one['phone']}."
    )
    assert body[2] == (
        f"{two['last_name']}{two['first_name']}です。{two['last_name']}　{two['first_name']}のメールは{two['email']}、"
        f"電話は{two['phone']}です。"
    )
    assert body[3] == f"林です。{three['last_name']}さん、山林"
    assert body[4].startswith(f"{four['first_name']}-{four['first_name']} {four['last_name']}, not Pierrette; ")
    assert (body[8], body[9]) == ("", None)


def test_names_that_touch_one_of_another_script_go_too_and_marks_hide_nothing(masking: Masking) -> None:
    masking.run(
        "INSERT INTO notes VALUES (20, 2, 'Bob Smith', 'Bob太郎Smith, 03'),"
        " (21, 1, 'Bob Smith', E'\\x03Bob Smith\\x04 \\x01Smith\\x02 \\x03b@x.org\\x04')"
    )
    users = {row["id"]: row for row in masking.rows("users", _USERS)}
    notes = {row["id"]: row for row in masking.rows("notes", _RULES)}
    given, family = notes[20]["author"].split()
    assert notes[20]["body"] == f"{given}{users[2]['first_name']}{family}, 03"
    given, family = notes[21]["author"].split()
    assert notes[21]["body"].startswith(f"{given} {family} {family} ")
    assert "b@x.org" not in notes[21]["body"]


def test_of_others_addresses_and_numbers_go_and_names_of_the_locale_do(masking: Masking) -> None:
    body = {row["id"]: row["body"] for row in masking.rows("notes", _RULES)}
    assert "James" not in body[4]
    assert body[4].endswith("W. is not of ours")
    for original in ("acme", "10.1.2.3", "4012-8888-8888-1881", "1111"):
        assert original not in body[5]
    assert body[5].startswith("see https://preview.invalid/p/")
    assert "192.0.2." in body[5]
    assert "2024-05-06 12:30 or 2024-05-06 " in body[6]
    assert "2222" not in body[6]
    assert body[6].endswith(", order 20240506, 1234567 pieces, room 12")
    assert body[7] == "nothing in here"

    masking.locale = "ja_JP"
    assert "James" in {row["id"]: row["body"] for row in masking.rows("notes", _RULES)}[4]
    assert "James" in masking.rows("notes", {"body": {"mask": "redact_text", "others": "keep"}})[3]["body"]


def test_a_value_stands_for_the_same_in_texts_and_in_columns_by_value(masking: Masking) -> None:
    masking.run("INSERT INTO notes VALUES (10, NULL, 'someone@else.org', 'ask someone@else.org')")
    rules = {
        "body": {"mask": "redact_text", "scope": "mail", "persons": [], "names": []},
        "author": {"mask": "email", "by": "value", "scope": "mail"},
    }
    found = masking.rows("notes", rules)[-1]
    assert found["body"] == f"ask {found['author']}"


def test_a_leaf_of_a_document_is_redacted_as_a_column_is(masking: Masking) -> None:
    masking.run(
        "ALTER TABLE notes ADD doc jsonb",
        "UPDATE notes SET doc = jsonb_build_object('said', jsonb_build_array(body)) WHERE id < 6",
    )
    rules = {"doc": {"mask": "json", "other": "drop", "paths": {"$.said[*]": "redact_text"}}, "author": "full_name"}
    rows = masking.rows("notes", rules)
    assert rows == masking.in_place("notes", rules)
    (taro,) = [row["email"] for row in masking.rows("users", _USERS) if row["id"] == 1]
    said = {row["id"]: row["doc"]["said"][0] for row in rows if row["doc"] is not None}
    assert said[1].count(taro) == 2
    assert "acme" not in said[5]


def _bodies(masking: Masking, *texts: str) -> list[str]:
    masking.run("DELETE FROM notes")
    for at, text in enumerate(texts):
        masking.conn.execute("INSERT INTO public.notes VALUES (%s, 1, NULL, %s)", [at, text])
    return [row["body"] for row in masking.rows("notes", _RULES)]


def test_a_name_of_which_nothing_is_left_leaves_nothing_in_texts(masking: Masking) -> None:
    masking.run("UPDATE users SET phone = '12345'")
    masking.run("DELETE FROM notes WHERE id > 1", "UPDATE notes SET body = 'Taro, TARO: at 12345'")
    nothing = {"share": "100%"}
    for first_name in ({**_USERS["first_name"], **nothing}, "null"):
        masking.beside = {"users": {**_USERS, "first_name": first_name, "phone": {"mask": "phone", **nothing}}}
        sought = {"table": "users", "by": "user_id", "names": ["first_name", "phone"]}
        (row,) = masking.rows("notes", {"body": {"mask": "redact_text", "persons": [sought]}})
        assert row["body"] == ", : at "


def test_numbers_of_machines_go_whatever_stands_beside_them(masking: Masking) -> None:
    texts = (
        "from 10.1.2.3 2 hours ago",
        "10.1.2.3/8",
        "10.1.2.3-10.1.2.9",
        "2 10.1.2.3",
        "10.1.2.3. 5",
        "１０．１．２．３ x",
    )
    for text, body in zip(texts, _bodies(masking, *texts), strict=True):
        assert "10.1.2" not in body, text
        assert "１０" not in body, text
        assert "192.0.2." in body, text
    assert _bodies(masking, "1.2.3.4.5 of 2024.5.6") == ["1.2.3.4.5 of 2024.5.6"]


def test_addresses_and_numbers_are_found_in_all_their_forms(masking: Masking) -> None:
    texts = (
        "090 - 1234 - 5679", "03 – 1234 – 5679", "０９０．１２３４．５６７９", "03・1234・5679",
        "090\u20091234\u20095679", "Https://acme.example/5679", "HTTP://acme.example/5679", "Www.acme.example/5679",
        "o'5679@corp.com", "ｔａｒｏ５６７９＠ｘ．ｏｒｇ", "ID5679@x.org",
    )  # fmt: skip
    for text, body in zip(texts, _bodies(masking, *texts), strict=True):
        for original in ("5679", "５６７９", "acme", "o'", "ｏｒｇ", "x.org", "corp"):
            assert original not in body, text
    assert _bodies(masking, "call 1234567, 91234567") == ["call 1234567, 91234567"], "as the card says"


def test_names_are_told_apart_in_a_database_of_locale_c(server: Server) -> None:
    with Masking(database_in(server, "UTF8")) as session:
        session.run(
            "CREATE TABLE notes (id int PRIMARY KEY, name text, body text)",
            "INSERT INTO notes VALUES (1, '山田　太郎', '山田さん'), (2, 'マイケル・スミス', 'スミスさん'),"
            " (3, 'Sean O’Brien', 'ask O’Brien, said Sean')",
        )
        one, two, three = session.rows("notes", {"name": "full_name", "body": "redact_text"})
    assert one["body"] == f"{one['name'].split()[0]}さん"
    assert two["body"] == f"{two['name'].split()[1]}さん"
    assert "Brien" not in three["body"]
    assert "Sean" not in three["body"]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"persons": [{"table": "nobody", "by": "user_id"}]}, "persons: there is no table nobody"),
        ({"persons": [{"table": "users", "by": "writer"}]}, "persons: by: there is no column writer"),
        ({"persons": [{"table": "users", "by": "user_id", "key": "no"}]}, "persons: users has no column no"),
        ({"persons": [{"table": "users", "by": "user_id", "names": "id"}]}, "persons: users.id is no masked column"),
        ({"persons": [{"table": "users", "by": "author"}]}, "persons: author is text, and id of users is bigint"),
        ({"persons": [{"table": "other", "by": "author"}]}, "persons: no column of other is masked as a name"),
        ({"persons": [{"table": "notes", "by": "id"}]}, "persons: its own table"),
        ({"names": ["code"]}, "names: code is no other masked column of the row"),
        ({"names": ["body"]}, "names: body is no other masked column of the row"),
    ],
)
def test_persons_that_are_not_there_are_told(masking: Masking, rule: dict[str, Any], said: str) -> None:
    masking.beside = {"users": _USERS, "other": {"first_name": "keep"}}
    found = masking.problems("notes", {**_RULES, "body": {"mask": "redact_text", **rule}})
    assert len(found) == 1, found
    assert said in found[0]


def test_a_database_of_another_encoding_has_its_texts_redacted_too(server: Server) -> None:
    url = database_in(server, "LATIN1")
    with Masking(url, locale="fr_FR") as session:
        session.run(
            "CREATE TABLE notes (id int PRIMARY KEY, name text, body text)",
            "INSERT INTO notes VALUES (1, 'Hélène Dupré', 'Chère Hélène, écrivez à helene@x.org')",
        )
        (row,) = session.rows("notes", {"name": "full_name", "body": "redact_text"})
    first = row["name"].split()[0]
    assert row["body"].startswith(f"Chère {first}, écrivez à ")
    assert row["body"].endswith("@example.com")
