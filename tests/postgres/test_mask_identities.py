"""Who a value belongs to: columns of one scope agree, different people differ, unique columns stay unique, keys decide
everything."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from masker.masks.sql.bindings import Pad, SessionBindings, derive
from masker.masks.sql.expressions import column
from masker.masks.sql.identity import keyed_digest
from masker.masks.sql.verbatim import render
from tests.postgres.masking import KEY, Masking
from tests.servers import Server, ServersByMajor

_HUNDRED_THOUSAND = 100_000

_PEOPLE = (
    (
        "CREATE TABLE users (id int PRIMARY KEY, mail varchar(60) UNIQUE, family text, family_kana text, token"
        " varchar(32), born date)"
    ),
    (
        "INSERT INTO users SELECT i, 'user' || i || '@corp.jp', 'x', 'x', repeat('t', 32), '1990-01-01' FROM"
        " generate_series(1, 300) i"
    ),
    (
        "CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, small_user_id smallint, family text, mail text,"
        " token text, born timestamp)"
    ),
    (
        "INSERT INTO orders SELECT i + 1000, nullif(i, i / 7 * 7), i, 'y', 'y', repeat('t', 32), '1990-01-01' FROM"
        " generate_series(1, 300) i"
    ),
)


@pytest.fixture
def masking(server: Server) -> Iterator[Masking]:
    with Masking(server.create_database()) as session:
        yield session


def test_columns_of_one_scope_and_identity_agree_without_a_join(masking: Masking) -> None:
    masking.run(*_PEOPLE)
    users = masking.rows(
        "users",
        {
            "mail": {"mask": "email", "scope": "person"},
            "family": {"mask": "last_name", "scope": "person"},
            "family_kana": {"mask": "last_name", "script": "katakana", "scope": "person"},
            "token": {"mask": "token", "scope": "person"},
            "born": {"mask": "date_shift", "scope": "person"},
        },
    )
    by_user = {"by": "user_id", "scope": "person"}
    orders = masking.rows(
        "orders",
        {
            "family": {"mask": "last_name", "by": "small_user_id", "scope": "person"},
            "mail": {"mask": "email", **by_user},
            "token": {"mask": "token", **by_user},
            "born": {"mask": "date_shift", **by_user},
        },
    )
    by_id = {row["id"]: row for row in users}
    for order in orders:
        assert order["family"] == by_id[order["small_user_id"]]["family"]
        if order["user_id"] is not None:
            user = by_id[order["user_id"]]
            assert (order["mail"], order["token"], order["born"].date()) == (user["mail"], user["token"], user["born"])
    kana: dict[str, str] = {}
    for user in users:
        assert kana.setdefault(user["family"], user["family_kana"]) == user["family_kana"]
    assert len(kana) > 20


def test_a_row_without_an_owner_is_nobody_s(masking: Masking) -> None:
    masking.run(*_PEOPLE)
    users = masking.rows(
        "users", {"token": {"mask": "token", "scope": "person"}, "mail": {"mask": "email", "scope": "person"}}
    )
    by_user = {"by": "user_id", "scope": "person"}
    orders = masking.rows("orders", {"mail": {"mask": "email", **by_user}, "token": {"mask": "token", **by_user}})
    alone = [row for row in orders if row["user_id"] is None]
    assert len(alone) == 42
    for name in ("mail", "token"):
        values = {row[name] for row in alone}
        assert len(values) == len(alone)
        assert values.isdisjoint({row[name] for row in users})


def test_parts_of_one_scope_are_independent(masking: Masking) -> None:
    masking.run(
        "CREATE TABLE t (id int PRIMARY KEY, a text, b text)",
        "INSERT INTO t SELECT i, 'x', 'x' FROM generate_series(1, 5000) i",
    )
    rows = masking.rows("t", {"a": {"mask": "last_name", "scope": "p"}, "b": {"mask": "first_name", "scope": "p"}})
    assert len({(row["a"], row["b"]) for row in rows}) > 1800  # of about 50 · 50


def test_columns_without_a_scope_do_not_agree(masking: Masking) -> None:
    masking.run(
        "CREATE TABLE t (id int PRIMARY KEY, a text, b text)",
        "INSERT INTO t SELECT i, 'x', 'x' FROM generate_series(1, 500) i",
    )
    rows = masking.rows("t", {"a": "last_name", "b": "last_name"})
    assert sum(row["a"] == row["b"] for row in rows) < 50


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ("email", "varchar(40)"),
        ({"mask": "email", "by": "value"}, "varchar(60)"),
        ({"mask": "email", "by": "value"}, "citext"),
        ("token", "char(16)"),
        ({"mask": "token", "alphabet": "base58"}, "varchar(12)"),
        ({"mask": "token", "alphabet": "alnum"}, "text"),
        ({"mask": "token", "alphabet": "digits"}, "text"),
        ({"mask": "token", "by": "value", "prefix": "k_"}, "text"),
        ("token", "uuid"),
        ("token", "bytea"),
    ],
)
def test_a_hundred_thousand_values_stay_unique(masking: Masking, rule: Any, kind: str) -> None:
    value = (
        "md5(i::text)::uuid"
        if kind == "uuid"
        else "int4send(i)"
        if kind == "bytea"
        else f"lpad(i::text, {16 if 'char(' in kind else 6}, 'x')"
    )
    masking.run(
        "CREATE EXTENSION IF NOT EXISTS citext",
        f"CREATE TABLE t (id bigint PRIMARY KEY, a {kind.replace('varchar(12)', 'varchar(16)')} UNIQUE)",
        f"INSERT INTO t SELECT i, {value} FROM generate_series(1, {_HUNDRED_THOUSAND}) i",
    )
    statement, bindings = masking.statement("t", {"a": rule})
    masking.set(bindings)
    found = masking.conn.execute(f"SELECT count(*), count(DISTINCT a) FROM ({statement}) AS m".encode()).fetchone()
    assert found == (_HUNDRED_THOUSAND, _HUNDRED_THOUSAND)


@pytest.mark.parametrize("alphabet", ["hex", "alnum", "base58", "digits"])
def test_short_unique_values_stay_as_short_by_a_key_that_has_as_few_digits(masking: Masking, alphabet: str) -> None:
    """Keys that have more digits or are negative need as many characters as a digest does."""
    rows = 60_000
    masking.run(
        "CREATE TABLE t (id bigint PRIMARY KEY, a text UNIQUE, file text UNIQUE, page text UNIQUE)",
        f"INSERT INTO t SELECT i, to_hex(i), to_hex(i) || '.png', 'http://x/' || i FROM generate_series(1, {rows}) i",
        "INSERT INTO t VALUES (5000000000, 'ff00000', 'ff00000.png', 'http://y/1'), (-3, 'z', 'z.png', 'p')",
    )
    rule = {"mask": "token", "alphabet": alphabet}
    rules = {"a": rule, "file": "file_name", "page": "url"}
    originals = {row["id"]: row for row in masking.rows("t", dict.fromkeys(rules, "keep"))}
    made = masking.rows("t", rules)
    assert all(len({row[name] for row in made}) == rows + 2 for name in rules)
    base = 10 if alphabet == "digits" else 16
    least = {"hex": 16, "alnum": 12, "base58": 12, "digits": 20}[alphabet]
    short = 0
    for row in made:
        key, original = row["id"], originals[row["id"]]["a"]
        is_short = 0 <= key < base ** len(original)
        assert len(row["a"]) == (len(original) if is_short else least), row["a"]
        short += is_short
    assert short > rows / 10
    assert {len(row["file"]) for row in made if 0 <= row["id"] < 1 << 32} == {12}
    assert {len(row["page"]) for row in made if 0 <= row["id"] < 1 << 32} == {len("https://preview.invalid/") + 8}


def test_integers_that_the_hash_would_fold_onto_each_other_stay_apart(masking: Masking) -> None:
    same_fold = [
        1,
        1 << 32,
        (2 << 32) | 3,
        (7 << 32) | 6,
        -2,
        (1 << 32) - 2,
        -(1 << 32) - 1,
        0,
        -1,
        (1 << 32) - 1,
        (1 << 63) - 1,
        -(1 << 63),
        1 << 31,
        -(1 << 31),
    ]
    masking.run(
        "CREATE TABLE t (id bigint PRIMARY KEY, a text, b text)",
        f"INSERT INTO t SELECT i, repeat('x', 32), 'x' FROM unnest(array{same_fold}) i",
    )
    rows = masking.rows("t", {"a": "token", "b": "email"})
    assert len({row["a"] for row in rows}) == len({row["b"] for row in rows}) == len(same_fold)
    assert [row["b"].split(".")[1].partition("@")[0] for row in rows] == [str(i) for i in same_fold]


def test_keys_of_every_kind_tell_rows_apart(masking: Masking) -> None:
    tables = {
        "composite": "(tenant int, no smallint, extra uuid, a text, PRIMARY KEY (tenant, no, extra))",
        "by_uuid": "(id uuid PRIMARY KEY, a text)",
        "by_text": "(code varchar(20) PRIMARY KEY, a text)",
        "by_date": "(day timestamptz PRIMARY KEY, a text)",
        "unique_only": "(code bigint NOT NULL UNIQUE, a text)",
        "mixed": "(code text, no numeric, PRIMARY KEY (code, no), a text)",
    }
    values = {
        "composite": "i % 10, i / 10, md5('')::uuid",
        "by_uuid": "md5(i::text)::uuid",
        "by_text": "'c' || i",
        "by_date": "timestamptz 'epoch' + i * interval '1 h'",
        "unique_only": "i",
        "mixed": "i % 2, i / 2.0",
    }
    for name, columns in tables.items():
        masking.run(
            f"CREATE TABLE {name} {columns}",
            f"INSERT INTO {name} SELECT {values[name]}, repeat('x', 16) FROM generate_series(1, 500) i",
        )
    for name in tables:
        once, again = masking.column(f"{name}.a", "token"), masking.column(f"{name}.a", "token")
        assert once == again
        assert len(set(once)) == 500, name
    assert masking.problems("composite", {"a": {"mask": "email", "by": ["tenant", "no"]}}) == []


def test_parts_of_a_composite_key_do_not_stand_in_for_each_other(masking: Masking) -> None:
    masking.run(
        "CREATE TABLE t (a int, b int, v text, PRIMARY KEY (a, b))",
        "INSERT INTO t SELECT i % 50, i / 50, repeat('x', 16) FROM generate_series(0, 2499) i",
    )
    assert len(set(masking.column("t.v", "token"))) == 2500


def test_a_table_without_a_key_goes_by_the_value(masking: Masking) -> None:
    masking.run("CREATE TABLE t (a text)", "INSERT INTO t VALUES ('one'), ('two'), ('one'), (NULL), ('')")
    first, second, third, missing, empty = masking.column("t.a", {"mask": "token", "length": 16})
    assert first == third != second
    assert (missing, empty) == (None, "")


def test_a_masked_key_column_goes_by_its_value_and_agrees_with_what_references_it(masking: Masking) -> None:
    masking.run(
        "CREATE TABLE people (mail text PRIMARY KEY, name text)",
        "INSERT INTO people SELECT 'p' || i || '@x', 'n' FROM generate_series(1, 50) i",
        "CREATE TABLE letters (id int PRIMARY KEY, mail varchar(30) REFERENCES people)",
        "INSERT INTO letters SELECT i, 'p' || i || '@x' FROM generate_series(1, 50) i",
    )
    rule = {"mask": "email", "by": "value", "scope": "mail"}
    masking.beside = {"people": {"mail": rule}, "letters": {"mail": rule}}
    assert masking.column("people.mail", rule) == masking.column("letters.mail", rule)


def test_values_agree_across_tables_and_types_and_citext_forgets_case(masking: Masking) -> None:
    masking.run(
        "CREATE EXTENSION citext",
        "CREATE DOMAIN mail_d AS varchar(40)",
        "CREATE TABLE a (id int PRIMARY KEY, v text, w varchar(40))",
        "CREATE TABLE b (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), v char(40), w mail_d)",
        "CREATE TABLE c (v citext, w text)",
        "INSERT INTO a VALUES (1, 'taro@x.jp', 'TARO@x.jp')",
        "INSERT INTO b (v, w) VALUES ('taro@x.jp', 'taro@x.jp')",
        "INSERT INTO c VALUES ('Taro@X.jp', 'taro@x.jp'), ('taro@x.jp', '')",
    )
    rule = {"mask": "email", "by": "value", "scope": "mail"}
    (a,), (b,), (c, d) = (masking.rows(name, {"v": rule, "w": rule}) for name in "abc")
    assert a["v"] == b["v"].rstrip() == b["w"] == c["v"] == c["w"] == d["v"]
    assert a["w"] != a["v"]


def test_a_text_key_and_a_value_of_one_scope_agree(masking: Masking) -> None:
    masking.run(
        "CREATE TABLE t (code text PRIMARY KEY, a text, b text)",
        "INSERT INTO t SELECT 'c' || i, 'x', 'c' || i FROM generate_series(1, 30) i",
    )
    rows = masking.rows(
        "t", {"a": {"mask": "last_name", "scope": "s"}, "b": {"mask": "last_name", "scope": "s", "by": "value"}}
    )
    assert all(row["a"] == row["b"] for row in rows)


def test_versions_agree_and_keys_decide(servers_by_major: ServersByMajor) -> None:
    def everything(major: int, key: bytes) -> list[dict[str, Any]]:
        with Masking(servers_by_major[major].create_database(), key=key) as masking:
            masking.run(
                "CREATE TABLE t (id bigint PRIMARY KEY, mail text, name text, tel text, zip text, home text, born date,"
                " host inet, token text, pw text, bio text, doc jsonb, code uuid)",
                """INSERT INTO t SELECT i, 'm' || i, 'n', '090-1234-5678', '1', 'h', '2000-01-01', '10.0.0.1',
repeat('x', 70), 'p', repeat('b', i::int % 200),
                   '{"a": ["x", "y"], "b": "z"}', md5(i::text)::uuid FROM generate_series(-5, 300) i""",
            )
            return masking.rows(
                "t",
                {
                    "mail": {"mask": "email", "by": "value"},
                    "name": "full_name",
                    "tel": "phone",
                    "zip": "postal_code",
                    "home": "address",
                    "born": "date_shift",
                    "host": "ip",
                    "token": {"mask": "token", "alphabet": "base58"},
                    "pw": "password",
                    "bio": "lorem",
                    "doc": {"mask": "json", "other": "drop", "paths": {"$.a[*]": "token", "$.b": "last_name"}},
                    "code": {"mask": "token", "by": "value"},
                },
            )

    expected = everything(17, KEY)
    assert everything(15, KEY) == everything(18, KEY) == expected
    other = everything(17, KEY[::-1])
    for name in ("mail", "token", "pw", "code"):
        assert {row[name] for row in other}.isdisjoint({row[name] for row in expected}), name
    for name in ("name", "tel", "zip", "home"):
        assert sum(a[name] == b[name] for a, b in zip(expected, other, strict=True)) < 20, name


def test_statements_hold_neither_keys_nor_word_lists_and_are_the_same_for_every_key(masking: Masking) -> None:
    masking.run(*_PEOPLE)
    rules = {"mail": {"mask": "email", "by": "value"}, "family": "last_name", "token": "token", "born": "date_shift"}
    statement, bindings = masking.statement("users", rules)
    values = derive(KEY, bindings.used)
    assert len(values) > 6
    assert masking.statement("users", rules)[0] == statement
    for value in (*values.values(), KEY.hex()):
        assert value not in statement
        assert value.removeprefix("\\x") not in statement
    assert derive(KEY[::-1], bindings.used).keys() == values.keys()
    secret = {name for name in values if "words" not in name and "shares" not in name}
    assert all(derive(KEY[::-1], bindings.used)[name] != values[name] for name in secret)


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=80), min_size=1, max_size=20
    )
)
def test_a_value_s_identity_is_sha256_under_the_key_of_its_scope(values: list[str]) -> None:
    bindings = SessionBindings()
    expression = render(keyed_digest(column("v"), "scope", bindings))
    _SESSION.set(bindings)
    found = _SESSION.conn.execute(f"SELECT {expression} FROM unnest(%s::text[]) AS t(v)".encode(), [values]).fetchall()
    (pad,) = (
        value for name, value in derive(KEY, bindings.used).items() if bindings.used[name] == Pad("scope", "inner")
    )
    key = bytes.fromhex(pad.removeprefix("\\x"))
    assert [row[0] for row in found] == [hashlib.sha256(key + value.encode()).hexdigest() for value in values]


_SESSION: Masking


@pytest.fixture(scope="module", autouse=True)
def _session(production_server: Server) -> Iterator[None]:
    """A session that outlives the examples of one test, which hypothesis runs within one call."""
    global _SESSION
    with Masking(production_server.url()) as _SESSION:
        yield


_DIGITS_OF_UUID = "right(replace({v}::text, '-', ''), 15)"


def _hexadecimal(digits: int) -> str:
    """The last *digits* of a number."""
    return f"right(lpad(to_hex({{h}}), 16, '0'), {digits})"


def _decimal(digits: int) -> str:
    return f"lpad((({{h}} & 9223372036854775807) % {10**digits})::text, {digits}, '0')"


_DIGITS_OF_TEXT = (
    "(SELECT string_agg(((hashint8extended(at, {h}) & 9223372036854775807) % 10)::text, '' ORDER BY at)"
    " FROM generate_series(1, 12) at)"
)

#: What shows most bits of a number of the identity, or of numbers made from it in the open, by mask: type, original,
#: part of the identity, what is shown of the number (v), and what it is where the number (h) is a bare hash.
_BARE = {
    "uuid": ("uuid", "b0b5c1f0-5d1e-4c3a-9e55-0d6a1f1f0a11", "uuid, continued", _DIGITS_OF_UUID, _hexadecimal(15)),
    "token": ("uuid", "b0b5c1f0-5d1e-4c3a-9e55-0d6a1f1f0a11", "token, continued", _DIGITS_OF_UUID, _hexadecimal(15)),
    "ip": (
        "inet",
        "2a00::1",
        "address",
        "right(lpad(to_hex({v} - inet '2001:db8::'), 16, '0'), 15)",
        _hexadecimal(15),
    ),
    "mac": ("macaddr8", "00:11:22:33:44:55:66:77", "mac", "right(replace({v}::text, ':', ''), 14)", _hexadecimal(14)),
    "range": ("int8", "7", "range", "lpad(to_hex({v}), 15, '0')", _hexadecimal(15)),
    "iban": ("text", "DE89370400440532013000", "iban", "right({v}, 11)", _decimal(11)),
    "national_id": ("text", "12345678901", "national id", "right({v}, 10)", _decimal(10)),
    "scramble": (
        "text",
        "000000000000",
        "scramble",
        "{v}",
        _DIGITS_OF_TEXT,
    ),
}


@pytest.mark.parametrize("mask", _BARE)
def test_what_belongs_to_a_masked_key_does_not_show_its_hash(masking: Masking, mask: str) -> None:
    """Whoever knows an original key would have the seed of its bare hash in 2^32 tries, and then every row's owner."""
    kind, original, part, digits, as_hash = _BARE[mask]
    masking.run(
        f"CREATE TABLE logins (id int8 PRIMARY KEY, owner_id int8, shown {kind}, again {kind})",
        f"INSERT INTO logins SELECT n, nullif(n, 3), '{original}', '{original}' FROM generate_series(1, 50) n",
    )
    more: dict[str, dict[str, Any]] = {
        "range": {"min": 0, "max": (1 << 60) - 1},
        "national_id": {"country": "DE"},
    }
    rule = {"mask": mask, "scope": "login", **more.get(mask, {})}

    def bare(rules: dict[str, Any], name: str) -> list[bool]:
        """Whether each row shows the low bits of the plain hash of its key."""
        statement, bindings = masking.statement("logins", rules)
        seed = bindings.seed("login", part)
        masking.set(bindings)
        hashed = f"hashint8extended(p.id >> 32, hashint8extended(p.id, {render(seed)}))"
        made = f"SELECT row_number() OVER () AS at, {digits.format(v=f'm.{name}')} AS made FROM ({statement}) m"
        query = (
            f"SELECT made = {as_hash.format(h=hashed)} FROM public.logins p JOIN ({made}) m ON m.at = p.id"
            " ORDER BY p.id"
        )
        return [found for (found,) in masking.conn.execute(query.encode()).fetchall()]

    kept = {"shown": rule, "again": {**rule, "by": ["owner_id"]}}
    assert all(bare(kept, "shown")), "a kept key stands beside it, and the hash says nothing more"
    masked = {"id": {"mask": "permute", "scope": "key"}, **kept}
    assert not any(bare(masked, "shown"))
    rows = masking.rows("logins", masked)
    # By whatever column of the scope: one is masked, so that all go by what shows nothing.
    assert [row["shown"] for row in rows if row["again"] != row["shown"]] == [rows[2]["shown"]]
    assert len({row["shown"] for row in rows}) == 50
    assert rows == masking.in_place("logins", masked)
