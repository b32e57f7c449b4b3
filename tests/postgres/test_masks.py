"""What masks make of every type they serve: kept NULLs and empty texts, lengths, shapes, uniqueness; and what their cards show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from ipaddress import ip_address, ip_network
from typing import Any

import bcrypt
import pytest

from masker.masks.arguments import Password
from masker.masks.catalogue import MASKS
from tests.postgres.masking import Masking
from tests.servers import ServersByMajor

MAJORS = (15, 17, 18)

#: What the examples of the cards and the numbers that must never change are made with.
KEY = b"a key for tests, of 32 bytes ..."

#: An original for each mask that serves text, of the shape it meets in life.
_ORIGINALS: dict[str, tuple[Any, str]] = {
    "email": ("email", "hanako@mail.jp"), "first_name": ("first_name", "花花子"), "last_name": ("last_name", "龍造寺"), "full_name": ("full_name", "龍造寺 花花子"),
    "phone": ("phone", "080-1234-5678"), "postal_code": ("postal_code", "100-0001x"), "address": ("address", "どこか1-1"), "ip": ("ip", "10.1.2.3"),
    "token": ("token", "a1b2c3d4e5f6a7b8"), "password": ("password", "plain"), "lorem": ("lorem", "秘密の話"), "fixed": ({"mask": "fixed", "value": "same"}, "other"),
    "sql": ({"sql": "'row ' || id"}, "other"),
}  # fmt: skip

_TEXT_TYPES = {
    "a_text": "text", "a_varchar": "varchar(60)", "a_char": "char(60)", "a_citext": "citext", "a_domain": "short_text", "a_checked": "checked_text",
}  # fmt: skip


@pytest.fixture
def masking(database: str) -> Iterator[Masking]:
    with Masking(database, key=KEY) as session:
        yield session


@pytest.fixture(params=MAJORS)
def masking_by_major(request: pytest.FixtureRequest, servers_by_major: ServersByMajor) -> Iterator[Masking]:
    with Masking(servers_by_major[request.param].create_database(), key=KEY) as session:
        yield session


# ── every mask on every type it serves ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mask", sorted(_ORIGINALS))
def test_text_of_every_kind(masking: Masking, mask: str) -> None:
    written, original = _ORIGINALS[mask]
    columns = ", ".join(f"{name} {kind}" for name, kind in _TEXT_TYPES.items())
    masking.run(f"""
        CREATE EXTENSION citext; CREATE DOMAIN short_text AS varchar(60); CREATE DOMAIN checked_text AS text CHECK (VALUE !~ 'secret');
        CREATE TABLE people (id int PRIMARY KEY, {columns}, needed text NOT NULL)""")
    names = [*_TEXT_TYPES, "needed"]
    for number, value in enumerate((original, "", None), start=1):
        masking.conn.execute(
            f"INSERT INTO public.people VALUES ({number}, {', '.join(['%s'] * len(names))})", [value] * len(_TEXT_TYPES) + [value or ""]
        )
    filled, empty, missing = masking.rows("people", dict.fromkeys(names, written))
    for name in names:
        assert filled[name].rstrip() not in {original, ""}, name
        if MASKS[mask].keeps_empty:
            assert empty[name].rstrip() == "", name
        if MASKS[mask].keeps_null:
            assert missing[name] is None or name == "needed"
    assert _types(masking, names, dict.fromkeys(names, written)) == _declared(masking, names)


@pytest.mark.parametrize(
    ("kind", "original", "written"),
    [
        ("date", "1985-02-20", "date_shift"), ("timestamp(3)", "1985-02-20 10:11:12.345", "date_shift"), ("timestamptz", "1985-02-20 10:11:12+00", "date_shift"),
        ("birth_date", "1985-02-20", "date_shift"), ("inet", "10.1.2.3", "ip"), ("inet", "10.1.2.3/8", "ip"), ("inet", "2400:4051::1", "ip"), ("cidr", "10.0.0.0/8", "ip"),
        ("cidr", "10.1.2.3/32", "ip"), ("cidr", "2400::/16", "ip"), ("uuid", "5f0c6f0e-2f1b-4a53-9f0e-0c6f0e2f1b4a", "token"), ("bytea", "\\x00ff10", "token"),
        ("json", '{"a": "x"}', {"mask": "json", "paths": {"$.a": "token"}}), ("jsonb", '{"a": "x"}', {"mask": "json", "paths": {"$.a": "token"}}),
        ("int", "7", {"mask": "fixed", "value": 8}), ("boolean", "true", {"mask": "fixed", "value": False}), ("mood", "sad", {"mask": "fixed", "value": "happy"}),
        ("text[]", "{a,b}", {"mask": "fixed", "value": "{}"}), ("numeric(8,2)", "7.25", {"sql": "id * 1.5"}), ("text[]", "{a,b}", "null"), ("hstore", "a=>b", "null"),
    ],
)  # fmt: skip
def test_other_types(masking: Masking, kind: str, original: str, written: Any) -> None:
    masking.run(f"""
        CREATE EXTENSION hstore; CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE DOMAIN birth_date AS date CHECK (VALUE > '1900-01-01');
        CREATE TABLE people (id int PRIMARY KEY, value {kind}); INSERT INTO people VALUES (1, '{original}'), (2, NULL)""")
    before = masking.rows("people", {})[0]["value"]
    filled, missing = masking.column("people.value", written)
    assert filled != before
    assert missing is None or "sql" in written
    assert _types(masking, ["value"], {"value": written}) == _declared(masking, ["value"])


def _types(masking: Masking, names: list[str], rules: dict[str, Any]) -> list[str]:
    """The types of the masked select items, exactly."""
    statement, bindings = masking.statement("people", rules)
    masking.set(bindings)
    masking.run(f"CREATE TABLE masked AS {statement}")
    return _declared(masking, names, "masked")


def _declared(masking: Masking, names: list[str], table: str = "people") -> list[str]:
    rows = masking.conn.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s::regclass", [f"public.{table}"]
    ).fetchall()
    kinds: dict[str, str] = dict(rows)
    return [kinds[name] for name in names]


def test_what_does_not_fit_is_cut_by_characters(masking: Masking) -> None:
    masking.run("""CREATE TABLE people (id int PRIMARY KEY, name varchar(3), fixed char(4), town varchar(5));
                       INSERT INTO people SELECT n, '花', '花', '町' FROM generate_series(1, 200) n""")
    rules = {"name": "full_name", "fixed": {"mask": "last_name", "script": "romaji"}, "town": "address"}
    for row in masking.rows("people", rules):
        assert 1 <= len(row["name"]) <= 3
        assert len(row["fixed"]) == 4
        assert len(row["town"]) == 5


def test_numbers_are_the_same_in_every_version(masking_by_major: Masking) -> None:
    """What teams rely on between runs: a change here changes every masked value they have."""
    masking_by_major.run("""CREATE TABLE people (id bigint PRIMARY KEY, other uuid NOT NULL, code text NOT NULL, token text, token2 text, token3 text);
        INSERT INTO people VALUES (42, '5f0c6f0e-2f1b-4a53-9f0e-0c6f0e2f1b4a', '髙橋', repeat('x', 20), repeat('x', 20), repeat('x', 20))""")
    rules: dict[str, dict[str, Any]] = {"token": {}, "token2": {"by": "other"}, "token3": {"by": ["id", "code"]}}
    (row,) = masking_by_major.rows("people", {name: {"mask": "token", "scope": "test"} | rule for name, rule in rules.items()})
    assert (row["token"], row["token2"], row["token3"]) == _STABLE


_STABLE = ("d17ae17a310e954ea764", "45f34f012e21fb12c2c3", "a975194ac3cf8b9da03b")


def test_unique_columns_stay_unique(masking: Masking) -> None:
    masking.run("""
        CREATE TABLE people (id bigint PRIMARY KEY, email varchar(33) UNIQUE, code varchar(20) UNIQUE, short varchar(40) UNIQUE, uid uuid UNIQUE, digits text UNIQUE, raw bytea UNIQUE);
        INSERT INTO people SELECT n, n, n, n, gen_random_uuid(), n, int4send(n) FROM generate_series(1, 100000) n""")
    rules = {
        "email": "email", "code": {"mask": "token", "alphabet": "base58"}, "short": {"mask": "token", "prefix": "sk_", "by": "value"}, "uid": "token",
        "digits": {"mask": "token", "alphabet": "digits"}, "raw": "token",
    }  # fmt: skip
    statement, bindings = masking.statement("people", rules)
    masking.set(bindings)
    masking.run(f"CREATE TABLE masked AS {statement}")
    distinct = ", ".join(f"count(DISTINCT {name}) AS {name}" for name in rules)
    masking.run(f"CREATE TABLE counts AS SELECT {distinct}, max(length(email)) AS longest, bool_and(uid::text ~ '^.{{14}}4.{{4}}[89ab]') AS are_version_4 FROM masked")
    (counts,) = masking.rows("counts", {})
    assert counts == dict.fromkeys(rules, 100_000) | {"longest": 18, "are_version_4": True}
    masking.run("CREATE TABLE same AS SELECT count(*) AS rows FROM masked m JOIN people p USING (id) WHERE m.email = p.email OR m.code = p.code OR m.uid = p.uid")
    assert masking.evaluate("rows", "same") == [0]


# ── shapes ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("locale", "original", "shape"),
    [
        ("ja_JP", "080-1234-5678", "090-0ddd-dddd"), ("ja_JP", "08012345678", "0900ddddddd"), ("ja_JP", "03-1234-5678", "03-1ddd-dddd"), ("ja_JP", "0312345678", "031ddddddd"),
        ("ja_JP", "0120-444-113", "03-1ddd-dddd"), ("ja_JP", "+818012345678", "+81900ddddddd"), ("ja_JP", "+81-80-1234-5678", "+81-90-0ddd-dddd"),
        ("en_US", "212-555-1234", "ddd-555-01dd"), ("en_US", "2125551234", "ddd55501dd"), ("en_US", "(212) 555-1234", "(ddd) 555-01dd"), ("en_US", "+12125551234", "+1ddd55501dd"),
        ("en_US", "+1-212-555-1234", "+1-ddd-555-01dd"),
    ],
)  # fmt: skip
def test_telephone_numbers_ring_nowhere(masking: Masking, locale: str, original: str, shape: str) -> None:
    masking.locale = locale
    masking.run(f"CREATE TABLE people (id int PRIMARY KEY, phone text); INSERT INTO people SELECT n, '{original}' FROM generate_series(1, 100) n")
    values = masking.column("people.phone", "phone")
    assert all(_has_shape(value, shape) for value in values), values[:3]
    assert len(set(values)) > 95


@pytest.mark.parametrize(
    ("locale", "original", "shape"),
    [("ja_JP", "123-4567", "ddd-dddd"), ("ja_JP", "1234567", "ddddddd"), ("en_US", "12345", "ddddd"), ("en_US", "12345-6789", "ddddd-dddd")],
)
def test_postal_codes(masking: Masking, locale: str, original: str, shape: str) -> None:
    masking.locale = locale
    masking.run(f"CREATE TABLE people (id int PRIMARY KEY, zip text); INSERT INTO people SELECT n, '{original}' FROM generate_series(1, 100) n")
    assert all(_has_shape(value, shape) for value in masking.column("people.zip", "postal_code"))


def _has_shape(value: str, shape: str) -> bool:
    return len(value) == len(shape) and all(c.isdecimal() if s == "d" else c == s for c, s in zip(value, shape, strict=True))


@pytest.mark.parametrize("locale", ["ja_JP", "en_US"])
def test_parts_of_an_address_make_the_whole(masking: Masking, locale: str) -> None:
    masking.locale = locale
    masking.run("CREATE TABLE homes (id int PRIMARY KEY, region text, city text, street text, building text, whole text); INSERT INTO homes VALUES (1, 'a', 'a', 'a', 'a', 'a')")
    rules: dict[str, Any] = {part: {"mask": "address", "part": part, "scope": "home"} for part in ("region", "city", "street", "building")}
    (row,) = masking.rows("homes", rules | {"whole": {"mask": "address", "scope": "home"}})
    assert all(row[part] in row["whole"] for part in ("region", "city", "street"))
    assert row["building"] not in row["whole"]


def test_dates_move_within_bounds_and_never_stay(masking: Masking) -> None:
    masking.run("""
        CREATE TABLE people (id int PRIMARY KEY, born date, seen timestamptz, died date);
        INSERT INTO people SELECT n, '1990-03-01', '1990-03-01 12:34:56+00', '2020-03-01' FROM generate_series(1, 500) n""")
    rule = {"mask": "date_shift", "within": 3, "scope": "life"}
    rows = masking.rows("people", dict.fromkeys(("born", "seen", "died"), rule))
    for row in rows:
        days = (row["born"] - date(1990, 3, 1)).days
        assert days == (row["died"] - date(2020, 3, 1)).days == (row["seen"] - datetime.fromisoformat("1990-03-01 12:34:56+00:00")).days
        assert row["seen"].time().isoformat() == "12:34:56"
    assert {(row["born"] - date(1990, 3, 1)).days for row in rows} == {-3, -2, -1, 1, 2, 3}


def test_infinity_stays(masking: Masking) -> None:
    masking.run("CREATE TABLE people (id int PRIMARY KEY, a date, b timestamp, c timestamptz); INSERT INTO people VALUES (1, 'infinity', '-infinity', 'infinity')")
    statement, bindings = masking.statement("people", dict.fromkeys("abc", "date_shift"))
    masking.set(bindings)
    masking.run(f"CREATE TABLE masked AS {statement}")
    assert masking.evaluate("concat_ws(' ', a, b, c)", "masked") == ["infinity -infinity infinity"]


_DOCUMENTATION = [ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]


def test_addresses_come_from_documentation(masking: Masking) -> None:
    masking.run("""
        CREATE TABLE visits (id int PRIMARY KEY, address inet, net cidr, written varchar(45));
        INSERT INTO visits SELECT n, CASE WHEN n % 2 = 0 THEN '10.0.0.1'::inet ELSE '2400::1' END,
          CASE n % 4 WHEN 0 THEN '10.0.0.0/8'::cidr WHEN 1 THEN '10.1.1.128/25' WHEN 2 THEN '2400::/12' ELSE '2400::/48' END, CASE WHEN n % 2 = 0 THEN '10.0.0.1' ELSE '2400::1' END
        FROM generate_series(1, 400) n""")
    for row in masking.rows("visits", {"address": "ip", "net": "ip", "written": "ip"}):
        for value in (row["address"], row["written"], row["net"].network_address):
            address = ip_address(str(value))
            assert any(address in net for net in _DOCUMENTATION), value
        assert row["address"].version == ip_address(row["written"]).version == (4 if row["id"] % 2 == 0 else 6)
        assert any(row["net"].subnet_of(net) for net in _DOCUMENTATION if net.version == row["net"].version)


@pytest.mark.parametrize("locale", ["ja_JP", "en_US"])
def test_lorem_is_as_long_as_the_original(masking: Masking, locale: str) -> None:
    masking.locale = locale
    lengths = (1, 2, 40, 119, 120, 121, 999, 1000, 1001, 3999, 4000, 4001, 8000, 30_000)
    masking.run(f"CREATE TABLE notes (id int PRIMARY KEY, body text); INSERT INTO notes SELECT n, repeat('漢', n) FROM unnest('{{{','.join(map(str, lengths))}}}'::int[]) n")
    values = masking.column("notes.body", "lorem")
    assert [len(value) for value in values] == list(lengths)
    assert not any("漢漢" in value for value in values)


@pytest.mark.parametrize(("alphabet", "characters"), [
    ("hex", "0123456789abcdef"), ("digits", "0123456789"), ("alnum", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    ("base58", "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"),
])  # fmt: skip
def test_tokens_are_as_long_as_the_original(masking: Masking, alphabet: str, characters: str) -> None:
    lengths = (1, 20, 42, 43, 44, 63, 64, 65, 86, 87, 128, 129, 500)
    masking.run(f"CREATE TABLE keys (id int PRIMARY KEY, token text); INSERT INTO keys SELECT n, repeat('-', n) FROM unnest('{{{','.join(map(str, lengths))}}}'::int[]) n")
    values = masking.column("keys.token", {"mask": "token", "alphabet": alphabet})
    assert [len(value) for value in values] == list(lengths)
    assert set("".join(values)) <= set(characters)
    prefixed = masking.column("keys.token", {"mask": "token", "alphabet": alphabet, "prefix": "sk_test_"})
    assert all(value.startswith("sk_test_") for value in prefixed)
    assert [len(value) for value in prefixed[1:]] == list(lengths[1:])
    assert {len(value) for value in masking.column("keys.token", {"mask": "token", "length": 30, "prefix": "k_", "alphabet": alphabet})} == {30}


def test_bytes_are_as_many_as_the_original(masking: Masking) -> None:
    lengths = (1, 31, 32, 33, 64, 65, 1000)
    masking.run(f"CREATE TABLE keys (id int PRIMARY KEY, raw bytea); INSERT INTO keys SELECT n, decode(repeat('00', n), 'hex') FROM unnest('{{0,{','.join(map(str, lengths))}}}'::int[]) n")
    assert [len(value) for value in masking.column("keys.raw", "token")] == [0, *lengths]


def test_short_columns_keep_tag_and_domain(masking: Masking) -> None:
    masking.run("CREATE TABLE people (id int PRIMARY KEY, tight varchar(23), close varchar(27)); INSERT INTO people VALUES (2147483647, 'a', 'a')")
    (row,) = masking.rows("people", {"tight": "email", "close": {"mask": "email", "scope": "s"}})
    assert row["tight"] == "2147483647@example.com"
    assert row["close"].endswith(".2147483647@example.com")
    assert len(row["close"]) <= 27


#: What each card shows as its example: column, rule, locale.
_EXAMPLES: dict[str, tuple[tuple[str, Any, str], ...]] = {
    "email": (("name", {}, "ja_JP"),), "first_name": tuple(("name", {"script": script}, "ja_JP") for script in ("kanji", "katakana", "romaji")),
    "last_name": tuple(("name", {"script": script}, "ja_JP") for script in ("kanji", "katakana", "romaji")), "full_name": (("name", {}, "ja_JP"),),
    "phone": (("phone", {}, "ja_JP"), ("phone", {}, "en_US")), "postal_code": (("zip", {}, "ja_JP"), ("plain_zip", {}, "en_US")), "address": (("name", {}, "ja_JP"),),
    "date_shift": (("born", {}, "ja_JP"),), "ip": (("four", {}, "ja_JP"), ("six", {}, "ja_JP")), "token": (("token", {}, "ja_JP"),), "password": (("name", {}, "ja_JP"),),
    "lorem": (("bio", {}, "en_US"),), "json": (("doc", {"paths": {"$.email": "email"}}, "ja_JP"),), "sql": (("name", {"sql": "left(name, 1)"}, "ja_JP"),),
}  # fmt: skip


def test_examples_of_the_cards_are_true(masking: Masking) -> None:
    assert set(_EXAMPLES) == set(MASKS) - {"keep", "null", "fixed"}
    masking.run("""
        CREATE TABLE people (id bigint PRIMARY KEY, name text, phone text, zip text, plain_zip text, born date, four inet, six inet, token text, bio text, doc jsonb);
        INSERT INTO people VALUES (1204, '山田', '080-1234-5678', '100-0001', '12345', '1985-02-20', '10.0.0.1', '::1', repeat('x', 16), repeat('x', 31), '{"email": "a"}')""")
    for mask, made in _EXAMPLES.items():
        values = []
        for column, more, masking.locale in made:
            values += masking.column(f"people.{column}", {"mask": mask, "scope": "example"} | more)
        shown = ", ".join(json.dumps(value) if isinstance(value, dict) else str(value) for value in values)
        example, _, original = MASKS[mask].example.partition(" for ")
        assert shown.startswith(example.rstrip("…")) if example.endswith("…") else shown == example, f"{mask}: {shown}"
        assert original in {"", "1985-02-20", "left(name, 1)"}


# ── secrets ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_passwords(masking: Masking) -> None:
    known = bcrypt.hashpw(b"preview", bcrypt.gensalt(4, prefix=b"2a")).decode()
    masking.run("CREATE TABLE users (id int PRIMARY KEY, password varchar(60), other varchar(60)); INSERT INTO users VALUES (1, 'x', 'x'), (2, 'y', '')")
    rule = {"mask": "password", "plaintext": {"env": "PREVIEW"}}
    name = Password.model_validate(rule).known_name
    masking.known = {name: known}
    first, second = masking.rows("users", {"password": rule, "other": "password"})
    assert first["password"] == second["password"] == known
    assert len(first["other"]) == 60
    assert not bcrypt.checkpw(b"preview", first["other"].encode())
    assert second["other"] == ""
