"""Every mask that is told of by kind of value: what it makes of usual values, extremes, empty ones and NULLs, in flight
as in place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.postgres.kinds import KINDS, Kind
from tests.postgres.masking import Masking
from tests.servers import EACH_MAJOR, Server, ServersByMajor, database_in


@pytest.fixture(params=EACH_MAJOR)
def masking(request: pytest.FixtureRequest, servers_by_major: ServersByMajor) -> Iterator[Masking]:
    with Masking(servers_by_major[request.param].create_database()) as session:
        yield session


def _table(masking: Masking, kinds: list[Kind]) -> dict[str, Any]:
    """A table with a column for each of *kinds*, its originals one below the other and a NULL at the end; and the
    rules."""
    masking.run(
        "CREATE EXTENSION citext SCHEMA public",
        "CREATE EXTENSION hstore SCHEMA public",
        "CREATE EXTENSION ltree SCHEMA public",
        "CREATE DOMAIN public.short AS varchar(12)",
    )
    columns = ", ".join(f"c{at} {kind.type}" for at, kind in enumerate(kinds))
    masking.run(f"CREATE TABLE kinds (id bigint PRIMARY KEY, {columns})")
    rows = max(len(kind.originals) for kind in kinds) + 1
    masking.run(f"INSERT INTO kinds (id) SELECT n * 7 FROM generate_series(1, {rows}) n")
    with masking.conn.transaction():
        masking.conn.execute("SET LOCAL search_path = public")
        for at, kind in enumerate(kinds):
            for row, original in enumerate(kind.originals, start=1):
                masking.conn.execute(
                    f"UPDATE kinds SET c{at} = %s::text::{kind.type} WHERE id = %s * 7".encode(), [original, row]
                )
    return {f"c{at}": kind.rule for at, kind in enumerate(kinds)}


def test_what_masks_make_of_each_kind_of_value_in_flight_and_in_place(masking: Masking) -> None:
    kinds = [kind for kind in KINDS if masking.conn.info.server_version // 10_000 >= kind.since]
    rules = _table(masking, kinds)
    statement, bindings = masking.statement("kinds", rules)
    masking.set(bindings)
    before, flown = masking.texts("SELECT * FROM public.kinds"), masking.texts(statement)
    assert masking.made_types("kinds", rules) == masking.declared_types("kinds", rules)

    for at, kind in enumerate(kinds):
        for original, made in zip((row[f"c{at}"] for row in before), (row[f"c{at}"] for row in flown), strict=True):
            if original is None:
                assert made is None, kind
            elif original == "" and not kind.makes_of_empty:
                assert made == "", kind
            else:
                assert made is not None, kind
                kind.require(original, made)

    assert masking.in_place("kinds", rules, as_text=True) == flown


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("text", "lpad(n::text, 4, '0')"),
        ("int2", "n - 32768"),
        ("int4", "2147483647 - n"),
        ("int8", "9223372036854775807 - n"),
        ("varchar(20)", "'A-' || lpad(n::text, 13, '0')"),
    ],
)
def test_digits_are_one_to_one(database: str, kind: str, values: str) -> None:
    """All numbers of four digits, all that an int2 holds, and those at the end of what others hold."""
    with Masking(database) as masking:
        masking.run(
            f"CREATE TABLE codes (id int PRIMARY KEY, code {kind} UNIQUE)",
            f"INSERT INTO codes SELECT n, {values} FROM generate_series(0, {9_999 if kind == 'text' else 65_535}) n",
        )
        statement, bindings = masking.statement("codes", {"code": "digits"})
        masking.set(bindings)
        query = f"""SELECT count(*), count(DISTINCT m.code), count(*) FILTER (WHERE m.code = c.code), count(*)
FILTER (WHERE length(m.code::text) = length(c.code::text))
            FROM ({statement}) AS m JOIN public.codes AS c USING (id)"""
        rows, distinct, same, as_long = masking.conn.execute(query.encode()).fetchone() or (0, 0, 0, 0)
        assert rows == distinct > 9_000
        assert same < 20
        assert as_long >= rows - 10
        again = masking.column("codes.code", {"mask": "digits", "scope": "other"})
        assert sum(one == other for one, other in zip(again, masking.column("codes.code", "digits"), strict=True)) < 20


def test_one_digit_is_permuted_and_not_shifted(database: str) -> None:
    """By every key another way, in which one known pair tells nothing of the others; in a text, among digits that stay,
    and as an integer alike."""
    with Masking(database) as masking:
        masking.run(
            "CREATE TABLE codes (id int PRIMARY KEY, code text, ends text, n int, below smallint, two text)",
            "INSERT INTO codes SELECT n, n, '5-' || n, n, -1 - n, lpad(n::text, 2, '0') FROM generate_series(0, 9) n",
            "INSERT INTO codes (id, two) SELECT n, n FROM generate_series(10, 99) n",
        )
        rules = {
            "code": {"mask": "digits", "scope": "one"},
            "ends": {"mask": "digits", "first": 1, "scope": "one"},
            "n": {"mask": "digits", "scope": "one"},
            "below": {"mask": "digits", "scope": "one"},
            "two": "digits",
        }
        shifts = same = 0
        for key in range(40):
            masking.key = bytes([key]) * 32
            rows = masking.rows("codes", rules)
            made = [int(row["code"]) for row in rows[:10]]
            assert sorted(made) == list(range(10))
            assert [row["n"] for row in rows[:10]] == made
            assert [row["below"] for row in rows[:10]] == [-1 - one for one in made]
            assert [row["ends"] for row in rows[:10]] == [f"5-{one}" for one in made]
            shifts += len({(one - at) % 10 for at, one in enumerate(made)}) == 1
            same += sum(one == at for at, one in enumerate(made))
            two = [int(row["two"]) for row in rows]
            assert sorted(two) == list(range(100))
            assert len({(one - at) % 100 for at, one in enumerate(two)}) > 20
        assert shifts == 0
        assert 15 < same < 80, "one in ten stays by chance"


@pytest.mark.parametrize("encoding", ["UTF8", "LATIN1", "LATIN2", "WIN866", "EUC_JP", "SQL_ASCII"])
def test_scramble_leaves_no_letter_in_any_encoding(production: Server, encoding: str) -> None:
    url = database_in(production, encoding)
    texts = {
        "LATIN1": "Ödön é-9",
        "LATIN2": "Ąłżź Š-9",
        "WIN866": "Жук ё-9",
        "EUC_JP": "山田 カナ-9",
        "UTF8": "Жук é-9",
        "SQL_ASCII": "Ödön é-9",
    }
    original = texts[encoding]
    with production.connect(url) as conn:
        conn.execute("SET client_encoding = 'UTF8'")
        conn.execute("CREATE TABLE t (id int PRIMARY KEY, v text, many text[])")
        conn.execute(
            f"INSERT INTO t SELECT n, '{original}', ARRAY['{original}'] FROM generate_series(1, 40) n".encode()
        )
    with Masking(url) as masking:
        rules = {"v": "scramble", "many": {"mask": "array", "of": "scramble"}}
        for row in masking.rows("t", rules):
            for made in (row["v"], row["many"][0]):
                found = made.decode() if isinstance(made, bytes) else made
                assert found != original
                assert len(found) == len(original if encoding != "SQL_ASCII" else original.encode())
                assert found.isascii()
                assert found[-2] == "-"


def test_a_map_finds_citext_in_any_case_and_else_the_text_as_it_is(database: str) -> None:
    with Masking(database) as masking:
        masking.run(
            "CREATE EXTENSION citext SCHEMA public",
            "CREATE TABLE t (id int PRIMARY KEY, c citext, v text)",
            "INSERT INTO t VALUES (1, 'Gold', 'Gold'), (2, 'gold', 'gold'), (3, 'SILVER', 'SILVER'), (4, 'tin', 'tin')",
        )
        rule = {"mask": "map", "values": {"gold": "a", "Silver": "b"}, "other": "keep"}
        assert masking.column("t.c", rule) == ["a", "a", "b", "tin"]
        assert masking.column("t.v", rule) == ["Gold", "a", "SILVER", "tin"]


@pytest.mark.parametrize("major", EACH_MAJOR)
def test_what_is_made_of_other_columns_is_made_of_their_masked_values(
    servers_by_major: ServersByMajor, major: int
) -> None:
    with Masking(servers_by_major[major].create_database(), locale="en_US") as masking:
        masking.run(
            "CREATE TABLE people (id bigint PRIMARY KEY, first text, last text, nick text, login text, slug text"
            " UNIQUE, marks text, words tsvector, size int)",
            "INSERT INTO people VALUES (7, 'Taro', 'Yamada', NULL, 'taro.yamada', 'taro-yamada', 'TY', 'yamada', 3)",
            "INSERT INTO people VALUES (8, 'Jane', 'Doe', 'jd', NULL, 'jane-doe', 'JD', NULL, NULL)",
        )
        rules = {
            "first": "first_name",
            "last": "last_name",
            "login": {"mask": "template", "template": "{first}.{last}{nick}@{id}"},
            "slug": {"mask": "derived", "of": ["first", "last", "id"], "kind": "slug"},
            "marks": {"mask": "derived", "of": ["first", "last"], "kind": "initials"},
            "words": {"mask": "derived", "of": "last", "kind": "search_vector"},
            "size": {"mask": "derived", "of": "first", "kind": "length"},
        }
        one, other = masking.rows("people", rules)
        first, last = one["first"], one["last"]
        assert one["login"] == f"{first}.{last}@7"
        assert one["slug"] == f"{first}-{last}-7".lower().replace("'", "-")
        assert one["marks"] == first[0] + last[0]
        assert last.lower() in one["words"]
        assert one["size"] == len(first)
        assert (other["login"], other["words"], other["size"]) == (None, None, None)
        said = masking.problems("people", {"login": {"mask": "template", "template": "{login}"}, "slug": "keep"})
        assert said == ["people.login: template: login is the column itself, and its original would show"]
        said = masking.problems("people", {"login": {"mask": "derived", "of": "nobody", "kind": "slug"}})
        assert said == ["people.login: of: there is no column nobody"]


def test_masks_that_need_no_original_make_a_value_of_null_too(database: str) -> None:
    with Masking(database) as masking:
        masking.run("CREATE TABLE people (id int PRIMARY KEY, name text, uid uuid, n int, born date, card macaddr)")
        masking.run("INSERT INTO people (id) VALUES (1)")
        rules: dict[str, list[dict[str, Any]]] = {
            "name": [
                *({"mask": mask} for mask in ("company", "job", "user_agent", "username", "uuid", "mac")),
                {"mask": "choice", "values": ["a", "b"]},
            ],
            "uid": [{"mask": "uuid"}],
            "card": [{"mask": "mac"}],
            "n": [{"mask": "range", "min": 1, "max": 9}],
            "born": [{"mask": "range", "min": "1990-01-01", "max": "1999-12-31"}],
        }
        for name, written in rules.items():
            for rule in written:
                (value,) = masking.column(f"people.{name}", rule | {"null": "mask"})
                assert value is not None, rule
        for rule in ({"mask": "noise", "ratio": "10%"}, {"mask": "bucket", "step": 5}):
            assert masking.problems("people", {"n": rule | {"null": "mask"}})
