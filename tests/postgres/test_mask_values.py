"""What comes out in every version: shapes in columns of odd names and types, domains with checks, the narrowest
columns, fixed values of any type."""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from masker.masks.every import MASKS
from tests.postgres.masking import Masking
from tests.servers import EACH_MAJOR, Server, ServersByMajor

_TEXTS = (
    "CREATE EXTENSION IF NOT EXISTS citext",
    "CREATE DOMAIN name_d AS text CHECK (VALUE IS NULL OR length(VALUE) <= 64)",
    "CREATE DOMAIN short_d AS varchar(36)",
    "CREATE DOMAIN checked_d AS text CHECK (VALUE !~ 'secret')",
    "CREATE DOMAIN case_d AS citext CHECK (VALUE <> 'never')",
    """CREATE TABLE texts (
        id bigint PRIMARY KEY, "Text" text, varying varchar(64), short varchar(36), fixed char(64), nocase citext,
        "domain" name_d, narrow short_d, cased case_d, checked checked_d,
        required text NOT NULL, "select" varchar NOT NULL)""",
)

_TEXT_COLUMNS = (
    "Text",
    "varying",
    "short",
    "fixed",
    "nocase",
    "domain",
    "narrow",
    "cased",
    "checked",
    "required",
    "select",
)
_NULLABLE = _TEXT_COLUMNS[:-2]
_LIMITS = {"varying": 64, "short": 36, "fixed": 64, "domain": 64, "narrow": 36}

#: Locale, rule, an original, and what the result looks like.
_TEXT_MASKS: list[tuple[str, Any, str, str]] = [
    ("ja_JP", "email", "taro@corp.jp", r"[a-z]+\.1@example\.com"),
    ("en_US", {"mask": "email", "domain": "sink.example"}, "Joe@corp.com", r"[a-z]+\.1@sink\.example"),
    ("ja_JP", {"mask": "email", "by": "value"}, "taro@corp.jp", r"[a-z]+\.[0-9a-z]{12}@example\.com"),
    ("ja_JP", "first_name", "誰か", r"[一-鿿々]+|[ぁ-ん]+"),
    ("ja_JP", {"mask": "first_name", "script": "katakana"}, "ダレカ", r"[ァ-ヴー]+"),
    ("ja_JP", {"mask": "last_name", "script": "hiragana"}, "だれか", r"[ぁ-んー]+"),
    ("ja_JP", {"mask": "last_name", "script": "romaji"}, "Dareka", r"[A-Z][a-z]+"),
    ("en_US", "last_name", "Somebody", r"[A-Z][A-Za-z' -]+"),
    ("ja_JP", "full_name", "誰か 彼か", r"\S+ \S+"),
    ("ja_JP", {"mask": "full_name", "separator": ""}, "誰か", r"\S+"),
    ("ja_JP", {"mask": "full_name", "separator": "　"}, "誰か", r"\S+　\S+"),
    ("en_US", "full_name", "Some Body", r"[A-Z]\S+ [A-Z]\S+"),
    ("ja_JP", "phone", "080-1234-5678", r"090-0\d{3}-\d{4}"),
    ("ja_JP", "postal_code", "123-4567", r"\d{3}-\d{4}"),
    ("en_US", "postal_code", "12345", r"\d{5}"),
    ("ja_JP", "address", "東京都千代田区一番町1", r"\S+[都道府県]\S+?(\d-)?\d+-\d+"),
    ("en_US", {"mask": "address", "part": "region"}, "New York", r"[A-Z]{2}"),
    ("ja_JP", "ip", "10.1.2.3", r"2[45]\d(\.\d+){3}"),
    ("ja_JP", {"mask": "ip", "range": "documentation"}, "10.1.2.3", r"(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+"),
    ("ja_JP", {"mask": "ip", "range": "benchmark", "prefix": 24}, "10.1.2.3", r"198\.1[89]\.\d+\.\d+"),
    ("ja_JP", "token", "0123456789abcdef0123", r"[0-9a-f]{20}"),
    (
        "ja_JP",
        {"mask": "token", "alphabet": "base58", "prefix": "sk_"},
        "sk_0123456789",
        r"sk_[1-9A-HJ-NP-Za-km-z]{10}",
    ),
    ("ja_JP", {"mask": "token", "alphabet": "digits", "length": 24}, "1", r"\d{24}"),
    ("ja_JP", "lorem", "あいうえおかきくけこ", r".{10}"),
    ("en_US", "lorem", "a line of text\nand another", r".{25,26}"),
    ("ja_JP", "password", "plain", r"\$2a\$12\$.{53}"),
    ("ja_JP", {"mask": "fixed", "value": "same"}, "other", "same"),
    ("ja_JP", {"sql": "upper(original.required) || '!'"}, "abc", r"ABC!"),
]


@pytest.fixture(params=EACH_MAJOR)
def masking(request: pytest.FixtureRequest, servers_by_major: ServersByMajor) -> Iterator[Masking]:
    """A session in an empty database, on each version."""
    with Masking(servers_by_major[request.param].create_database()) as session:
        yield session


@pytest.fixture
def on_one(server: Server) -> Iterator[Masking]:
    """A session in an empty database of the usual version."""
    with Masking(server.create_database()) as session:
        yield session


def test_text_masks_serve_every_text_type(masking: Masking) -> None:
    masking.run(*_TEXTS)
    names = ", ".join(f'"{name}"' for name in _TEXT_COLUMNS)
    insert = f"INSERT INTO public.texts (id, {names}) VALUES (%s{', %s' * len(_TEXT_COLUMNS)})".encode()
    for locale, rule, original, pattern in _TEXT_MASKS:
        masking.locale = locale
        masking.run("TRUNCATE texts")
        rows: tuple[list[str | None], ...] = ([original] * 11, [""] * 11, [*[None] * 9, "x", "x"])
        for number, values in enumerate(rows, start=1):
            masking.conn.execute(insert, [number, *values])
        columns = [name for name in _TEXT_COLUMNS if rule != "password" or _LIMITS.get(name, 60) >= 60]
        rules = dict.fromkeys(columns, rule)

        filled, empty, missing = masking.rows("texts", rules)

        mask = MASKS[rule if isinstance(rule, str) else rule.get("mask", "sql")]
        assert [missing[name] for name in _NULLABLE] == [None] * len(_NULLABLE) or not mask.keeps_null, rule
        for name in columns:
            value = filled[name].rstrip(" ") if name == "fixed" else filled[name]
            assert re.fullmatch(pattern, value, re.DOTALL), (rule, name, value)
            assert len(filled[name]) <= _LIMITS.get(name, 1000)
            assert value != original
            assert empty[name].strip(" ") == "" or not mask.keeps_empty, (rule, name)
        declared = masking.declared_types("texts", columns)
        if "cased" in declared:
            declared["cased"] = "public.citext"  # a domain whose check calls a function is left to the target
        assert masking.made_types("texts", rules) == declared, rule


def test_domains_of_addresses_are_as_the_rule_says(masking: Masking) -> None:
    written = (
        "A.B@Gmail.com",
        "someone@yahoo.co.jp",
        "no address",
        "x@",
        "a@b@c.d",
        "somebody.with.a.long.name.indeed@gmail.com",
    )
    masking.run("CREATE TABLE t (id int PRIMARY KEY, mail text, short varchar(32) UNIQUE)")
    for at, original in enumerate(written * 200):
        masking.conn.execute(
            "INSERT INTO public.t VALUES (%s, %s, %s)", [at, original, f"{at}@" + "d" * (at % 20) + ".jp"]
        )
    mapped = masking.column("t.mail", {"mask": "email", "domain": {"gmail.com": "a.example.com", "*": "example.org"}})
    assert [value.partition("@")[2] for value in mapped[:6]] == [
        "a.example.com",
        "example.org",
        "example.org",
        "example.org",
        "example.org",
        "a.example.com",
    ]
    kept = masking.column("t.mail", {"mask": "email", "domain": "keep"})
    assert [value.partition("@")[2] for value in kept[:6]] == [
        "gmail.com",
        "yahoo.co.jp",
        "example.com",
        "example.com",
        "b",
        "gmail.com",
    ]
    short = masking.column("t.short", {"mask": "email", "domain": "keep", "length": "keep"})
    assert len(set(short)) == len(short)
    assert all(re.fullmatch(r"([a-z]+\.)?\d+@(d*\.jp|example\.com)", value) for value in short)
    drawn = Counter(value.partition("@")[2] for value in masking.column("t.mail", {"mask": "email", "domains": 30}))
    assert 20 <= len(drawn) <= 30
    (most, first), (_, second), *_ = drawn.most_common()
    assert most == "example.com"
    assert 0.2 < first / 1200 < 0.3
    assert 0.35 < second / first < 0.7
    assert all(domain == "example.com" or domain.endswith(".example.com") for domain in drawn)


def test_addresses_are_as_long_as_their_originals_where_the_tag_fits(masking: Masking) -> None:
    masking.run("CREATE TABLE t (id bigint PRIMARY KEY, mail varchar(60) UNIQUE, other text)")
    for at in range(1, 300):
        masking.conn.execute(
            "INSERT INTO public.t VALUES (%s, %s, %s)", [at, f"{at}{'a' * (at % 45)}@a.jp", "x" * (at % 50)]
        )
    for locale in ("ja_JP", "en_US"):
        masking.locale = locale
        originals = masking.column("t.mail", "keep")
        rule = {"mask": "email", "length": "keep", "domains": 40}
        for original, masked in zip(originals, masking.column("t.mail", rule), strict=True):
            local, _, domain = masked.partition("@")
            tag = len(original.partition("@")[0].rstrip("a"))
            # Of the column's 60 characters, 20 are a number's of this type and 14 the longest domain's.
            most = 60 - 20 - 14 - 2
            name = min(len(original) - len(domain) - 1 - tag - 1, most)
            assert len(local) == (tag + 1 + name if name > 0 else tag), (original, masked)
            assert not 0 < name < most or len(masked) == len(original)
            assert re.fullmatch(r"([a-z]+\.)?\d+", local)
        assert len(set(masking.column("t.mail", rule))) == len(originals)
        assert [value for value in masking.column("t.other", rule)[:50] if not value] == [""]
    # What goes by a value takes twelve characters at least to stay apart.
    rule = {"mask": "email", "length": "keep", "by": "value"}
    for original, masked in zip(originals, masking.column("t.mail", rule), strict=True):
        assert len(masked) == (len(original) if len(original) > 25 else 24), (original, masked)
        assert re.fullmatch(r"([a-z]+\.)?[0-9a-z]{12}@example\.com", masked)


@pytest.mark.parametrize("length", [23, 24, 25, 27, 29, 33, 60])
def test_an_email_keeps_what_makes_it_unique_in_the_narrowest_column(on_one: Masking, length: int) -> None:
    on_one.run(
        f"CREATE TABLE t (id int PRIMARY KEY, mail varchar({length}) UNIQUE)",
        "INSERT INTO t VALUES (2147483647, 'a'), (-2147483648, 'b'), (0, 'c')",
    )
    values = on_one.column("t.mail", "email")
    assert [value.partition("@")[0].rpartition(".")[2] for value in values] == ["2147483647", "-2147483648", "0"]
    assert {value.partition("@")[2] for value in values} == {"example.com"}
    assert values[0] == "2147483647@example.com" if length < 25 else values[0].endswith(".2147483647@example.com")
    assert max(len(value) for value in values) <= length


def test_an_email_names_whom_first_name_names(on_one: Masking) -> None:
    on_one.run(
        "CREATE TABLE t (id int PRIMARY KEY, mail text, name text)",
        "INSERT INTO t SELECT i, 'a', 'b' FROM generate_series(1, 40) i",
    )
    rule = {"mask": "first_name", "script": "romaji", "scope": "person"}
    for row in on_one.rows("t", {"mail": {"mask": "email", "scope": "person"}, "name": rule}):
        assert row["mail"] == f"{row['name'].lower()}.{row['id']}@example.com"


def test_a_postal_code_of_one_scope_is_one_in_columns_of_two_lengths(on_one: Masking) -> None:
    on_one.run(
        "CREATE TABLE t (id int PRIMARY KEY, a char(8), b char(7))",
        "INSERT INTO t SELECT i, '100-0001', '1000001' FROM generate_series(1, 200) i",
    )
    rows = on_one.rows(
        "t", {"a": {"mask": "postal_code", "scope": "home"}, "b": {"mask": "postal_code", "scope": "home"}}
    )
    assert all(re.fullmatch(r"\d{7}", row["b"]) and row["a"].rstrip() == row["b"] for row in rows)


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [("char(8)", r"\d{5} {3}"), ("varchar(9)", r"\d{5}"), ("varchar(10)", r"\d{5}-\d{4}"), ("text", r"\d{5}-\d{4}")],
)
def test_a_zip_code_is_whole_in_a_narrow_column(on_one: Masking, kind: str, pattern: str) -> None:
    on_one.locale = "en_US"
    on_one.run(f"CREATE TABLE t (id int PRIMARY KEY, zip {kind})", "INSERT INTO t VALUES (1, '1-2')")
    (value,) = on_one.column("t.zip", "postal_code")
    assert re.fullmatch(pattern, value)


def test_dates_move_within_bounds_and_never_stay_whatever_their_type(masking: Masking) -> None:
    masking.run(
        "CREATE DOMAIN birthday AS date CHECK (VALUE > '1800-01-01')",
        "CREATE TABLE t (id int PRIMARY KEY, d date, dd birthday NOT NULL, died date, ts timestamp(3), tz timestamptz)",
        "INSERT INTO t SELECT i, '2000-02-29', '2000-02-29', '2020-03-01', '2000-02-29 23:59:59.123', '2000-02-29"
        " 23:59:59.123456+09' FROM generate_series(1, 500) i",
        "INSERT INTO t VALUES (0, '-infinity', 'infinity', NULL, '-infinity', 'infinity'), (-1, NULL, 'infinity', NULL,"
        " NULL, NULL)",
    )
    names = ("d", "dd", "died", "ts", "tz")
    rule = {"mask": "date_shift", "within": 3, "scope": "life"}
    statement, bindings = masking.statement("t", dict.fromkeys(names, rule))
    masking.set(bindings)
    moved = (
        "m.d - t.d, m.dd - t.dd, m.died - t.died, m.ts - t.ts, m.tz - t.tz, pg_typeof(m.dd)::text,"
        " pg_typeof(m.ts)::text"
    )
    rows = masking.conn.execute(
        f"SELECT {moved} FROM ({statement}) m JOIN public.t ON t.id = m.id WHERE t.id > 0".encode()
    ).fetchall()
    assert {row[0] for row in rows} == {-3, -2, -1, 1, 2, 3}
    for d, dd, died, ts, tz, *types in rows:
        assert d == dd == died
        assert ts == tz == timedelta(days=d), "the time of day has moved"
        assert types == ["public.birthday", "timestamp without time zone"]
    texts = ", ".join(f"{name}::text" for name in names)
    unbounded = masking.conn.execute(
        f"SELECT {texts} FROM ({statement}) m WHERE id <= 0 ORDER BY id".encode()
    ).fetchall()
    assert unbounded == [(None, "infinity", None, None, None), ("-infinity", "infinity", None, "-infinity", "infinity")]


@pytest.mark.parametrize("range_", ["reserved", "benchmark", "documentation"])
def test_addresses_of_machines_keep_family_and_prefix_and_are_nobody_s(masking: Masking, range_: str) -> None:
    reserved = _RANGES[range_]
    originals = (
        "10.1.2.3",
        "10.1.2.3/24",
        "10.1.1.128/25",
        "10.0.0.0/8",
        "0.0.0.0/0",
        "::1",
        "fe80::1/64",
        "2400::/12",
        "2400::/48",
        "::ffff:10.1.2.3",
        "::/0",
    )
    values = ", ".join(
        f"({at}, '{o}', '{ipaddress.ip_interface(o).network}', '{o.partition('/')[0]}')"
        for at, o in enumerate(originals * 20)
    )
    masking.run(
        "CREATE TABLE t (id int PRIMARY KEY, host inet, net cidr NOT NULL, written varchar(45))",
        f"INSERT INTO t VALUES {values}, (1000, NULL, '10.0.0.0/8', NULL), (1001, NULL, '10.0.0.0/8', '')",
    )
    rule = {"mask": "ip", "range": range_}
    rows = masking.rows("t", {"host": rule, "net": rule, "written": rule})
    for original, row in zip(originals * 20, rows, strict=False):
        before, host = ipaddress.ip_interface(original), ipaddress.ip_interface(str(row["host"]))
        assert (host.version, host.network.prefixlen) == (before.version, before.network.prefixlen)
        written, net = ipaddress.ip_address(row["written"]), ipaddress.ip_network(row["net"])
        for address in (host.ip, written, net.network_address):
            assert any(address in network for network in reserved if network.version == address.version), (
                original,
                address,
            )
        assert any(_is_within(net, network) for network in reserved), (original, net)
        assert (written.version, net.version) == (before.version, before.version)
    assert [(row["host"], row["written"]) for row in rows[-2:]] == [(None, None), (None, "")]


_RANGES = {
    name: [ipaddress.ip_network(net) for net in (*nets, "2001:db8::/32")]
    for name, nets in {
        "reserved": ["240.0.0.0/4"],
        "benchmark": ["198.18.0.0/15"],
        "documentation": ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"],
    }.items()
}


@pytest.mark.parametrize("range_", ["reserved", "benchmark"])
def test_neighbours_stay_neighbours_and_addresses_as_many(masking: Masking, range_: str) -> None:
    masking.run(
        "CREATE TABLE t (id int PRIMARY KEY, host inet, written text)",
        "INSERT INTO t SELECT n, a, host(a) FROM generate_series(1, 4000) AS n, LATERAL (SELECT CASE n % 4 WHEN 0 THEN"
        " '2400:4051:1::'::inet + (n % 40) * 65536::bigint + n % 7 ELSE '10.0.0.0'::inet + (n % 100) * 256 + n / 100"
        " END AS a) AS x",
    )
    rule = {"mask": "ip", "range": range_, "prefix": 24, "scope": "address"}
    originals = [ipaddress.ip_address(value) for value in masking.evaluate("written", "t")]
    rows = masking.rows("t", {"host": rule, "written": rule})
    assert [str(row["host"]) for row in rows] == [row["written"] for row in rows]
    neighbourhoods: dict[object, set[object]] = {}
    for before, row in zip(originals, rows, strict=True):
        width = 8 if before.version == 4 else 16
        after = ipaddress.ip_address(row["written"])
        assert after.version == before.version
        neighbourhoods.setdefault((before.version, int(before) >> width), set()).add(int(after) >> width)
    assert all(len(found) == 1 for found in neighbourhoods.values())
    assert len({next(iter(found)) for found in neighbourhoods.values()}) >= 0.85 * len(neighbourhoods)
    alone = masking.column("t.written", {"mask": "ip", "range": range_})
    assert len(set(alone)) > 3_900


def _is_within(
    net: ipaddress.IPv4Network | ipaddress.IPv6Network, other: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> bool:
    return net.version == other.version and net.prefixlen >= other.prefixlen and net.network_address in other


@pytest.mark.parametrize("length", [15, 16, 28, 29, 39])
def test_an_address_in_text_is_an_address_in_the_narrowest_column(on_one: Masking, length: int) -> None:
    on_one.run(
        f"CREATE TABLE t (id int PRIMARY KEY, a varchar({length}))",
        "INSERT INTO t SELECT i, '::1' FROM generate_series(1, 200) i",
    )
    documentation = ipaddress.ip_network("2001:db8::/32")
    values = on_one.column("t.a", "ip")
    assert all(ipaddress.ip_address(value) in documentation for value in values)
    assert len(set(values)) > 190


def test_tokens_of_uuid_and_bytea(masking: Masking) -> None:
    lengths = [0, 1, 31, 32, 33, 63, 64, 65, 1000, 4999]
    masking.run(
        "CREATE DOMAIN digest AS bytea CHECK (length(VALUE) < 5000)",
        "CREATE TABLE t (id int PRIMARY KEY, u uuid, b digest, r bytea, k bytea NOT NULL)",
        "INSERT INTO t SELECT n, md5(n::text)::uuid, decode(repeat('00', n), 'hex'), decode(repeat('00', n), 'hex'),"
        f" '\\x01' FROM unnest(array{lengths}) n",
        "INSERT INTO t VALUES (-1, NULL, NULL, NULL, '')",
    )
    *rows, last = masking.rows("t", dict.fromkeys(("u", "b", "r", "k"), "token"))
    assert [len(row["b"]) for row in rows] == [len(row["r"]) for row in rows] == lengths
    assert len({row["u"] for row in rows}) == len(rows)
    assert {type(row["u"]) for row in rows} == {uuid.UUID}
    assert (last["u"], last["b"], last["r"], last["k"]) == (None, None, None, b"")
    assert rows[3]["b"] != bytes(32)


@pytest.mark.parametrize(
    ("kind", "value", "original"),
    [
        ("integer", 7, "8"),
        ("boolean", True, "false"),
        ("numeric(6,2)", "1.50", "2"),
        ("date", "2000-01-31", "1990-01-01"),
        ("jsonb", '{"a": [1, "x"]}', "[]"),
        ("text[]", "{a,b}", "{c}"),
        ("text[]", "{}", "{c}"),
        ("public.mood", "sad", "happy"),
        ("uuid", "00000000-0000-0000-0000-000000000000", "5f0c6f0e-2f1b-4a53-9f0e-0c6f0e2f1b4a"),
        ("text", "it's a \\ back\nslash \"quoted\" $1 %s {} ' -- */", "other"),
        ("varchar(3)", "日本語", "a"),
        ("bytea", "\\x00ff", "\\x01"),
        ("interval", "1 day", "2 days"),
        ("inet", "192.0.2.1", "::1"),
        ("int4range", "[1,5)", "empty"),
        ("tsvector", "'a' 'b'", "c"),
        ("timestamptz", "2000-01-31 12:00:00+09", "1990-01-01 00:00:00Z"),
    ],
)
def test_a_fixed_value_is_read_by_the_column_s_type(on_one: Masking, kind: str, value: Any, original: str) -> None:
    on_one.run(
        "CREATE TYPE mood AS ENUM ('sad', 'happy')",
        f"CREATE TABLE t (id int PRIMARY KEY, a {kind})",
        "INSERT INTO t VALUES (1, NULL)",
    )
    insert = f"INSERT INTO public.t VALUES (%s, CAST(%s AS {kind}))".encode()
    on_one.conn.execute(insert, [2, str(value)])
    _, expected = on_one.evaluate("a", "t")
    on_one.conn.execute(insert, [3, original])
    rule = {"mask": "fixed", "value": value}
    assert on_one.column("t.a", rule) == [None, expected, expected]
    assert on_one.made_types("t", {"a": rule}) == on_one.declared_types("t", ["a"])


def test_null_and_keep_on_any_type(on_one: Masking) -> None:
    kinds = ("text", "int", "jsonb", "uuid[]", "point", "name_d", "xml", "bit(3)", "macaddr")
    on_one.run(
        "CREATE DOMAIN name_d AS text",
        f"CREATE TABLE t (id int PRIMARY KEY, {', '.join(f'c{at} {kind}' for at, kind in enumerate(kinds))})",
        "INSERT INTO t VALUES (1, 'a', 1, '{}', '{}', '(1,2)', 'a', '<a/>', '101', '08:00:2b:01:02:03')",
    )
    names = [f"c{at}" for at in range(len(kinds))]
    assert on_one.rows("t", dict.fromkeys(names, "keep")) == on_one.rows("t", {})
    (row,) = on_one.rows("t", dict.fromkeys(names))
    assert [row[name] for name in names] == [None] * len(names)


def test_only_rows_of_the_condition_are_masked(on_one: Masking) -> None:
    on_one.run(
        "CREATE TABLE t (id int PRIMARY KEY, mail text, staff boolean)",
        "INSERT INTO t VALUES (1, 'a', true), (2, 'b', false), (3, 'c', NULL)",
    )
    staff, other, unknown = (row["mail"] for row in on_one.rows("t", {"mail": "email"}, where="not staff"))
    assert staff == "a"
    assert other.endswith(".2@example.com")
    assert unknown.endswith(".3@example.com")
