"""Originals of masked columns are found where they stand, and words that stand anywhere are not taken for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.postgres.originals import Source
from tests.servers import Server

_PEOPLE = """
CREATE TABLE people (
  id int PRIMARY KEY, email text, first_name text, last_name text, phone varchar(20), token text, address text,
  name text,
  note text, tags text[], doc jsonb, old json, page xml, extra hstore, raw bytea, nick citext, uid uuid, n int);
INSERT INTO people (id, email, first_name, last_name, phone, token, address, name, uid, n)
SELECT n, 'user' || n || '@Mail.test', (ARRAY['花子', '太郎', 'Emma', 'Li'])[1 + n % 4], (ARRAY['佐', '髙', 'Smith',
'Du'])[1 + n % 4] || CASE WHEN n % 4 < 2 THEN chr(20000 + n) ELSE 'x' || n END,
  '080-' || lpad((n / 10000 + 1000)::text, 4, '0') || '-' || lpad((n % 10000)::text, 4, '0'), md5(n::text),
  '東京都港区芝公園' || n || '-1', '山田' || n || ' 花子', gen_random_uuid(), n
FROM generate_series(1, 2000) n;
"""

_RULES: dict[str, Any] = {
    "email": "email", "first_name": "first_name", "last_name": "last_name", "phone": "phone", "token": "token",
    "address": "address", "name": "full_name", "uid": "token", "note": "keep", "tags": "keep", "doc": "keep",
    "old": "keep", "page": "keep", "extra": "keep", "raw": "keep", "nick": "keep",
}  # fmt: skip


@pytest.fixture(scope="module")
def people(production_server: Server) -> Iterator[str]:
    with production_server.forgetting():
        url = production_server.create_database()
        with Source(url, "CREATE EXTENSION citext", "CREATE EXTENSION hstore", _PEOPLE, "ANALYZE"):
            pass
        yield url


@pytest.fixture
def source(server: Server, people: str) -> Iterator[Source]:
    with Source(server.create_database(people)) as session:
        yield session


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("note = 'mail me: ' || email || '.'", ("note", "email")),
        ("note = upper(email)", ("note", "email")),
        ("tags = ARRAY['x', email, NULL]", ("tags", "email")),
        ("doc = jsonb_build_object('old', jsonb_build_object('mail', email))", ("doc", "email")),
        ("doc = to_jsonb(E'write to\\n' || email)", ("doc", "email")),
        ("old = json_build_object('mail', email)", ("old", "email")),
        ("page = xmlelement(name a, email)", ("page", "email")),
        ("extra = hstore('mail', email)", ("extra", "email")),
        ("raw = convert_to('from ' || email, 'UTF8')", ("raw", "email")),
        ("nick = email", ("nick", "email")),
        ("note = 'call ' || phone", ("note", "phone")),
        ("note = 'call ' || replace(phone, '-', '')", ("note", "phone")),
        (
            "phone = '+81 (90) 1234-5' || lpad(id::text, 4, '0'), note = 'call 819012345' || lpad(id::text, 4, '0')",
            ("note", "phone"),
        ),
        (
            (
                "phone = '090-1234567' || lpad(id::text, 4, '0') || ' .', note = 'call 0901234567' || lpad(id::text, 4,"
                " '0')"
            ),
            ("note", "phone"),
        ),
        ("email = '  ' || email || ' ', note = email", ("note", "email")),
        ("token = ' ' || token, note = 'key: ' || upper(btrim(token))", ("note", "token")),
        ("note = 'key ' || token || ' used'", ("note", "token")),
        ("note = uid::text", ("note", "uid")),
        ("note = 'lives at ' || address", ("note", "address")),
        ("note = 'for ' || name", ("note", "name")),
        ("note = replace(name, ' ', '') || '様'", ("note", "name")),
        ("note = 'Dear ' || first_name || ' ' || last_name || ', …'", ("note", "last_name and first_name")),
        ("note = last_name || ', ' || first_name", ("note", "last_name and first_name")),
        ("note = last_name || '　' || first_name", ("note", "last_name and first_name")),
    ],
)
def test_an_original_in_kept_text_is_found(source: Source, change: str, found: tuple[str, str]) -> None:
    source.run(f"UPDATE people SET {change} WHERE id <= 200")
    shown = source.shown("people", {"people": _RULES})
    assert shown == {found: 200}


def test_names_joined_are_found_in_scripts_without_spaces_alone(source: Source) -> None:
    source.run("UPDATE people SET note = 'x' || last_name || first_name || '様' WHERE id <= 400")
    assert source.shown("people", {"people": _RULES}) == {("note", "last_name and first_name"): 200}


@pytest.mark.parametrize(
    "change",
    [
        "note = first_name || ' was here'",
        "note = 'Smith of 佐藤, 港区'",
        "note = 'support@mail.test, 080-1000-0001, 佐丂花子'",
        "note = 'order ' || 100000000 + id || ' of ' || 'x' || email || 'x'",
        "note = '2024-01-01 ' || md5('other' || id), doc = jsonb_build_object('id', id, 'uid', gen_random_uuid())",
        "note = (SELECT email FROM people AS p WHERE p.id = people.id % 2000 + 1)",
        "note = last_name || ' and, later, ' || first_name",
        "note = '佐丂 花子 髙丄 太郎 and all the others'",
    ],
)
def test_chance_words_raise_no_alarm(source: Source, change: str) -> None:
    source.run(f"UPDATE people SET {change}")
    assert source.shown("people", {"people": _RULES}) == {}


def test_one_row_is_enough_where_all_rows_were_looked_at(source: Source) -> None:
    source.run("UPDATE people SET note = 'see ' || email WHERE id = 1234")
    assert source.shown("people", {"people": _RULES}) == {("note", "email"): 1}
    assert source.shown("people", {"people": _RULES}, rows=1000) == {}


def test_originals_of_the_row_that_is_referenced_are_found(source: Source) -> None:
    source.run(
        "CREATE TABLE posts (id int PRIMARY KEY, person_id bigint REFERENCES people, editor_id int REFERENCES people,"
        " body text)",
        "INSERT INTO posts SELECT n, n, NULL, 'hello, ' || CASE WHEN n <= 50 THEN 'user' || n || '@mail.test' ELSE"
        " 'nobody' END FROM generate_series(1, 2000) n",
    )
    rules: dict[str, dict[str, Any]] = {"people": _RULES, "posts": {"body": "keep"}}
    assert source.shown("posts", rules) == {("body", "people.email"): 50}
    for names in ("people.email", ["people.email"], ["public.people.email"]):
        rules["posts"] = {"body": {"mask": "keep", "shows": names}}
        answers = source.answers("posts", rules)
        assert answers.shown == ()
        assert [(s.column, s.original.title, s.own) for s in answers.accepted] == [("body", "people.email", 50)]


def test_originals_over_a_key_of_two_columns_and_partitions_are_found(database: str) -> None:
    tables = (
        "CREATE TABLE users (tenant int, id int, email text, PRIMARY KEY (tenant, id)) PARTITION BY LIST (tenant)",
        (
            "CREATE TABLE users_1 PARTITION OF users FOR VALUES IN (1); CREATE TABLE users_2 PARTITION OF users FOR"
            " VALUES IN (2)"
        ),
        "INSERT INTO users SELECT 1 + n % 2, n, 'user' || n || '@mail.test' FROM generate_series(1, 1000) n",
        (
            "CREATE TABLE logs (id int, tenant int, user_id int, line text, FOREIGN KEY (tenant, user_id) REFERENCES"
            " users) PARTITION BY RANGE (id)"
        ),
        "CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM (0) TO (5000)",
        (
            "INSERT INTO logs SELECT n, 1 + n % 2, n, 'sign in of user' || n || '@mail.test' FROM generate_series(1,"
            " 1000) n"
        ),
    )
    mails = {"email": {"mask": "email", "by": "value"}}
    rules: dict[str, Any] = {"users": mails, "users_1": mails, "users_2": mails, "logs_1": {"line": "keep"}}
    with Source(database, *tables) as source:
        assert source.shown("logs_1", rules) == {("line", "users.email"): 1000}


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "EUC_JP"])
def test_names_are_found_in_databases_of_other_encodings(server: Server, encoding: str) -> None:
    name = f"encoded_{encoding.lower()}"
    with server.connect() as conn:
        conn.execute(
            f"CREATE DATABASE {name} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0".encode()
        )
    tables = (
        "CREATE TABLE people (id int PRIMARY KEY, first_name text, last_name text, name text, note text, email text)",
        (
            "INSERT INTO people SELECT n, 'Jo' || n, 'Doe' || n, 'Ann' || n || ' Poe', 'for Jo' || n || ' Doe' || n ||"
            " ' and Ann' || n || ' Poe', 'x' || n || '@y.test' FROM generate_series(1, 50) n"
        ),
    )
    rules = {
        "people": {
            "first_name": "first_name",
            "last_name": "last_name",
            "name": "full_name",
            "note": "keep",
            "email": "email",
        }
    }
    try:
        with Source(server.url(name), *tables) as source:
            assert source.shown("people", rules, locale="en_US") == {
                ("note", "last_name and first_name"): 50,
                ("note", "name"): 50,
            }
            assert source.failures("people", rules, locale="en_US") != []
    finally:
        with server.connect() as conn:
            conn.execute(f"DROP DATABASE {name}".encode())


def test_rows_that_are_not_masked_show_nothing(source: Source) -> None:
    source.run("UPDATE people SET note = email WHERE id <= 200")
    assert source.shown("people", {"people": _RULES}, where={"people": "id > 200"}) == {}
    assert source.shown("people", {"people": _RULES}, where={"people": "id > 100"}) == {("note", "email"): 100}


def test_a_leaf_of_a_document_is_sought_outside_of_it(source: Source) -> None:
    source.run(
        "UPDATE people SET doc = jsonb_build_object('contact', jsonb_build_object('mail', 'own' || id || '@mail.test'),"
        " 'log', 'sent to own' || id || '@mail.test')"
    )
    rules = _RULES | {"doc": {"mask": "json", "paths": {"$.contact.mail": "email"}, "other": "keep"}}
    assert source.shown("people", {"people": rules}) == {("doc", "doc $.contact.mail"): 2000}
    rules["doc"]["other"] = "drop"
    assert source.shown("people", {"people": rules}) == {}


def test_addresses_that_were_masked_before_are_no_originals(source: Source) -> None:
    """By the same key the mask makes of one what it was, by another one where chance draws the same name: in a column
    and in a document."""
    source.run("UPDATE people SET doc = jsonb_build_object('mail', 'own' || id || '@mail.test')")
    rules = {"people": _RULES | {"doc": {"mask": "json", "paths": {"$.mail": "email"}, "other": "keep"}}}
    assert source.shown("people", rules) == {}
    source.mask("people", rules, "email", "doc")
    assert source.shown("people", rules) == {}


def test_an_expression_shows_what_its_author_asks_for(source: Source) -> None:
    source.run("UPDATE people SET note = 'x'")
    assert source.shown("people", {"people": _RULES | {"note": {"sql": "'by ' || phone"}}}) == {}, (
        "it reads the masked number"
    )
    answers = source.answers("people", {"people": _RULES | {"note": {"sql": "'by ' || original.phone"}}})
    assert answers.shown == ()
    assert [(s.column, s.original.title, s.own) for s in answers.accepted] == [("note", "phone", 2000)]


# ── values that come out as they were
# ───────────────────────────────────────────────────────────────────────────────────────────────────


_MASKED: dict[str, Any] = _RULES | {
    "note": "lorem",
    "raw": "token",
    "nick": {"mask": "first_name", "by": "value"},
    "tags": "null",
    "doc": {"mask": "json", "paths": {"$.list[*].n": "first_name", "$.mail": "email"}, "other": "keep"},
}


@pytest.fixture
def filled(source: Source) -> Source:
    source.run(
        """UPDATE people SET note = 'about ' || id || ', who likes long walks', raw = sha256(email::bytea),
nick = (ARRAY['Ann', '香織', 'Bob', '明美'])[1 + id % 4],
           doc = jsonb_build_object('list', jsonb_build_array(jsonb_build_object('n', '香織' || id), 7), 'mail', 'doc'
           || id || '@mail.test', 'n', id)""",
        "ANALYZE people",
    )
    return source


def test_masks_leave_no_original(filled: Source) -> None:
    assert filled.failures("people", {"people": _MASKED}) == []
    answers = filled.answers("people", {"people": _MASKED})
    assert {
        name: found.compared
        for name, found in answers.columns.items()
        if name in {"first_name", "name", "token", "uid"}
    } == dict.fromkeys(["first_name", "name", "token", "uid"], 2000)
    assert {name: found.compared for name, found in answers.leaves.items()} == {
        ("doc", "$.list[*].n"): 2000,
        ("doc", "$.mail"): 2000,
    }


_OWN = "are the source's own, and the mask cannot have made them"
_SHOWS = (
    "originals: people.{}: it shows {} of its own row in 2,000 of 2,000 sampled rows; mask it, or accept that with"
    " `shows:` in its rule"
)


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        (
            {"email": "CASE WHEN id = 1234 THEN email ELSE 'x' || id || '@example.com' END"},
            [f"masked: people.email: 1 of 2,000 values {_OWN}"],
        ),
        (
            {"phone": "CASE WHEN id = 1234 THEN phone ELSE '090-0' || 100 + id % 900 || '-0000' END"},
            [f"masked: people.phone: 1 of 2,000 values {_OWN}"],
        ),
        (
            {"last_name": "CASE WHEN id % 100 = 7 THEN last_name ELSE '佐藤' || '' END"},
            [f"masked: people.last_name: 20 of 2,000 values {_OWN}"],
        ),
        ({"uid": "uid"}, [f"masked: people.uid: 2,000 of 2,000 values {_OWN}", _SHOWS.format("uid", "uid")]),
        ({"raw": "raw"}, [f"masked: people.raw: 2,000 of 2,000 values {_OWN}"]),
        ({"note": "note"}, [f"masked: people.note: 2,000 of 2,000 values {_OWN}", _SHOWS.format("note", "note")]),
        ({"nick": "nick"}, [f"masked: people.nick: 1,000 of 2,000 values {_OWN}"]),
        (
            {"doc": "doc"},
            [
                f"masked: people.doc $.list[*].n: 2,000 of 2,000 values {_OWN}",
                f"masked: people.doc $.mail: 2,000 of 2,000 values {_OWN}",
                _SHOWS.format("doc", "doc $.mail"),
            ],
        ),
        (
            {"doc": "jsonb_set(doc, '{mail}', '\"x@example.com\"')"},
            [
                f"masked: people.doc $.list[*].n: 2,000 of 2,000 values {_OWN}",
                "masked: people.doc $.mail: 2,000 different originals came out as 1",
            ],
        ),
        ({"first_name": "'X'"}, []),
        ({"last_name": "'X'"}, ["masked: people.last_name: 261 different originals came out as 1"]),
        ({"email": "'x@example.com'"}, ["masked: people.email: 261 different originals came out as 1"]),
        (
            {"token": "left(token, 1) || repeat('0', 31)"},
            ["masked: people.token: 261 different originals came out as 16, and the mask keeps values apart"],
        ),
        ({"note": "email"}, [_SHOWS.format("note", "email")]),
        ({"address": "first_name || ' ' || last_name"}, [_SHOWS.format("address", "last_name and first_name")]),
    ],
)
def test_planted_defects_are_found(filled: Source, planted: dict[str, str], found: list[str]) -> None:
    assert filled.failures("people", {"people": _MASKED}, planted) == found


@pytest.mark.parametrize("by", [{}, {"by": "value"}, {"by": "n"}])
def test_one_per_cent_of_names_that_are_in_the_list_is_found(database: str, by: dict[str, str]) -> None:
    """All originals are names the mask draws from, so that many come out as they were by chance."""
    names = "(ARRAY['佐藤', '鈴木', '高橋', '田中', '伊藤', '渡辺', '山本', '中村', '小林', '加藤'])[1 + n % 10]"
    tables = (
        "CREATE TABLE people (id int PRIMARY KEY, n int, last_name text)",
        f"INSERT INTO people SELECT n, n / 3, {names} FROM generate_series(1, 10000) n",
        "ANALYZE",
    )
    rules = {"people": {"last_name": {"mask": "last_name", **by}}}
    with Source(database, *tables) as source:
        assert source.failures("people", rules) == []
        plans, _ = source.plans(rules)
        (mask,) = next(plan.masked for plan in plans.values())
        (failure,) = source.failures(
            "people", rules, {"last_name": f"CASE WHEN id % 77 = 1 THEN last_name ELSE {mask.sql} END"}
        )
    assert failure.endswith("expected by chance")


def test_values_that_hold_nothing_to_mask_are_no_originals_left(database: str) -> None:
    """Arrays without an element, documents without the key, lengths that another mask keeps; one that was left is
    found among them."""
    tables = (
        "CREATE EXTENSION hstore SCHEMA public",
        "CREATE TABLE people (id int PRIMARY KEY, tags text[], more text[], doc hstore, code text, size int)",
        """INSERT INTO people SELECT n, CASE WHEN n % 10 < 3 THEN '{}' WHEN n % 10 = 3 THEN '{NULL,""}' ELSE
        ARRAY['Tag ' || n, ''] END, CASE WHEN n % 10 < 3 THEN '{}' ELSE ARRAY['Ödön ' || n] END, CASE WHEN n % 10 < 5
        THEN hstore('x', n::text) ELSE hstore(ARRAY['mail', 'u' || n || '@corp.test', 'gone', NULL]) END,
        'Code ' || n, length('Code ' || n) FROM generate_series(1, 3000) n""",
        "ANALYZE",
    )
    rules = {
        "people": {
            "tags": {"mask": "array", "of": "lorem", "by": "value"},
            "more": {"mask": "array", "of": "token"},
            "doc": {"mask": "hstore", "keys": {"mail": "email", "gone": "null", "x": "keep"}, "other": "keep"},
            "code": "scramble",
            "size": {"mask": "derived", "of": "code", "kind": "length"},
        }
    }
    with Source(database, *tables) as source:
        assert source.failures("people", rules) == []
        plans, _ = source.plans(rules)
        (masks,) = (plan.masked for plan in plans.values())
        for name in ("tags", "more", "doc"):
            (made,) = (mask.sql for mask in masks if mask.name == name)
            planted = {name: f"CASE WHEN id % 10 = 7 THEN {name} ELSE {made} END"}
            assert len(source.failures("people", rules, planted)) == 1, name


def test_a_mask_by_value_that_meets_its_own_commonest_value_is_no_defect(database: str) -> None:
    """One name in three stands for a third of the rows: whatever the key, no run may fail by it."""
    tables = (
        "CREATE TABLE people (id int PRIMARY KEY, name text)",
        "INSERT INTO people SELECT n, (ARRAY['佐藤', '鈴木', '高橋'])[1 + n % 3] FROM generate_series(1, 3000) n",
        "ANALYZE",
    )
    rules = {"people": {"name": {"mask": "last_name", "by": "value"}}}
    with Source(database, *tables) as source:
        assert (
            source.failures(
                "people", rules, {"name": "CASE name WHEN '佐藤' THEN name WHEN '鈴木' THEN '高橋' ELSE '田中' END"}
            )
            == []
        )
        assert source.failures("people", rules, {"name": "name"}) != []


def test_an_expression_that_brings_back_what_it_was_not_asked_for(source: Source) -> None:
    source.run(
        "UPDATE people SET note = lower(nick::text) || '-' || id, nick = 'Ann' || id",
        "UPDATE people SET note = lower(nick::text) || '-' || id",
        "ANALYZE people",
    )
    (failure,) = source.failures("people", {"people": _RULES | {"note": {"sql": "lower(nick) || '-' || id"}}})
    assert failure.startswith("masked: people.note: 2,000 of 2,000 values are the source's own")
    for rule in (
        {"sql": "coalesce(note, 'x') || repeat(' ', 20)"},
        {"sql": "coalesce(note, 'x')"},
        {"sql": "lower(nick) || '-' || id", "shows": "note"},
        {"sql": "'x' || id"},
        {"sql": "'x'"},
    ):
        assert source.failures("people", {"people": _RULES | {"note": rule}}) == []


@pytest.mark.parametrize(("people", "found"), [(1, 0), (3, 0), (12, 1)])
def test_somebody_with_many_rows_who_gets_the_own_name_by_chance_is_one_chance(
    database: str, people: int, found: int
) -> None:
    """What a mask makes is made once for each person; what people wrote is counted row by row."""
    tables = (
        "CREATE TABLE users (id int PRIMARY KEY, name text)",
        "INSERT INTO users SELECT n, '山田' || n || ' 花子' FROM generate_series(0, 599) n",
        "CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, recipient text, note text)",
        "INSERT INTO orders SELECT n, n % 60, 'x' || n, 'y' FROM generate_series(1, 3000) n",
        "ANALYZE",
    )
    own = f"CASE WHEN user_id < {people} THEN '山田' || user_id || ' 花子'"
    rules: dict[str, dict[str, Any]] = {
        "users": {"name": "full_name"},
        "orders": {"recipient": {"mask": "full_name", "by": "user_id"}},
    }
    with Source(database, *tables) as source:
        plans, _ = source.plans(rules)
        (made,) = (mask.sql for plan in plans.values() for mask in plan.masked if mask.name == "recipient")
        failures = source.failures("orders", rules, {"recipient": f"{own} ELSE {made} END"})
        assert len(failures) == found
        source.run(f"UPDATE orders SET note = coalesce({own} END, 'y')")
        assert len(source.failures("orders", rules)) == 1
