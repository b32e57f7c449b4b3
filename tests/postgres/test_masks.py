"""What masks make of types other than text, the shapes they keep, what stays unique; and what their cards show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import bcrypt
import pytest

from masker.masks.every import MASKS
from masker.masks.password import Password
from tests.postgres.masking import Masking
from tests.servers import EACH_MAJOR, ServersByMajor

#: What the examples of the cards and the numbers that must never change are made with.
KEY = b"a key for tests, of 32 bytes ..."


@pytest.fixture
def masking(database: str) -> Iterator[Masking]:
    with Masking(database, key=KEY) as session:
        yield session


@pytest.fixture(params=EACH_MAJOR)
def masking_by_major(request: pytest.FixtureRequest, servers_by_major: ServersByMajor) -> Iterator[Masking]:
    with Masking(servers_by_major[request.param].create_database(), key=KEY) as session:
        yield session


# ── every mask on every type it serves
# ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "original", "written"),
    [
        ("date", "1985-02-20", "date_shift"),
        ("timestamp(3)", "1985-02-20 10:11:12.345", "date_shift"),
        ("timestamptz", "1985-02-20 10:11:12+00", "date_shift"),
        ("birth_date", "1985-02-20", "date_shift"),
        ("inet", "10.1.2.3", "ip"),
        ("inet", "10.1.2.3/8", "ip"),
        ("inet", "2400:4051::1", "ip"),
        ("cidr", "10.0.0.0/8", "ip"),
        ("cidr", "10.1.2.3/32", "ip"),
        ("cidr", "2400::/16", "ip"),
        ("uuid", "5f0c6f0e-2f1b-4a53-9f0e-0c6f0e2f1b4a", "token"),
        ("bytea", "\\x00ff10", "token"),
        ("json", '{"a": "x"}', {"mask": "json", "other": "drop", "paths": {"$.a": "token"}}),
        ("jsonb", '{"a": "x"}', {"mask": "json", "other": "drop", "paths": {"$.a": "token"}}),
        ("numeric(8,2)", "7.25", {"sql": "id * 1.5"}),
        ("text[]", "{a,b}", "null"),
        ("hstore", "a=>b", "null"),
    ],
)
def test_other_types(masking: Masking, kind: str, original: str, written: Any) -> None:
    masking.run(f"""
        CREATE EXTENSION hstore; CREATE DOMAIN birth_date AS date CHECK (VALUE > '1900-01-01');
        CREATE TABLE people (id int PRIMARY KEY, value {kind}); INSERT INTO people VALUES (1, '{original}'), (2,
        NULL)""")
    before = masking.rows("people", {})[0]["value"]
    filled, missing = masking.column("people.value", written)
    assert filled != before
    assert missing is None or "sql" in written
    assert masking.made_types("people", {"value": written}) == masking.declared_types("people", ["value"])


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
    masking_by_major.run("""CREATE TABLE people (id bigint PRIMARY KEY, other uuid NOT NULL, code text NOT NULL,
token text, token2 text, token3 text);
        INSERT INTO people VALUES (42, '5f0c6f0e-2f1b-4a53-9f0e-0c6f0e2f1b4a', '髙橋', repeat('x', 20), repeat('x', 20),
        repeat('x', 20))""")
    rules: dict[str, dict[str, Any]] = {"token": {}, "token2": {"by": "other"}, "token3": {"by": ["id", "code"]}}
    (row,) = masking_by_major.rows(
        "people", {name: {"mask": "token", "scope": "test"} | rule for name, rule in rules.items()}
    )
    assert (row["token"], row["token2"], row["token3"]) == _STABLE


_STABLE = ("d17ae17a310e954ea764", "45f34f012e21fb12c2c3", "d2c48783d9a2c3050a37")


def test_unique_columns_stay_unique(masking: Masking) -> None:
    masking.run("""
        CREATE TABLE people (id bigint PRIMARY KEY, email varchar(33) UNIQUE, code varchar(20) UNIQUE,
        short varchar(40) UNIQUE, uid uuid UNIQUE, digits text UNIQUE, raw bytea UNIQUE);
        INSERT INTO people SELECT n, n, n || '-', n, gen_random_uuid(), n, int4send(n)
        FROM generate_series(1, 100000) n""")
    rules = {
        "email": "email",
        "code": {"mask": "token", "alphabet": "base58"},
        "short": {"mask": "token", "prefix": "sk_", "by": "value"},
        "uid": "token",
        "digits": {"mask": "token", "alphabet": "digits"},
        "raw": "token",
    }
    statement, bindings = masking.statement("people", rules)
    masking.set(bindings)
    masking.run(f"CREATE TABLE masked AS {statement}")
    distinct = ", ".join(f"count(DISTINCT {name}) AS {name}" for name in rules)
    masking.run(
        f"CREATE TABLE counts AS SELECT {distinct}, max(length(email)) AS longest, bool_and(uid::text ~"
        " '^.{14}4.{4}[89ab]') AS are_version_4 FROM masked"
    )
    (counts,) = masking.rows("counts", {})
    assert counts == dict.fromkeys(rules, 100_000) | {"longest": 18, "are_version_4": True}
    masking.run(
        "CREATE TABLE same AS SELECT count(*) AS rows FROM masked m JOIN people p USING (id) WHERE m.email = p.email OR"
        " m.code = p.code OR m.uid = p.uid"
    )
    assert masking.evaluate("rows", "same") == [0]


# ── shapes


@pytest.mark.parametrize(
    ("locale", "original", "shape"),
    [
        ("ja_JP", "080-1234-5678", "090-0ddd-dddd"),
        ("ja_JP", "08012345678", "0900ddddddd"),
        ("ja_JP", "+818012345678", "+81900ddddddd"),
        ("ja_JP", "+81-80-1234-5678", "+81-90-0ddd-dddd"),
        ("en_US", "212-555-1234", "ddd-555-01dd"),
        ("en_US", "2125551234", "ddd55501dd"),
        ("en_US", "(212) 555-1234", "(ddd) 555-01dd"),
        ("en_US", "+12125551234", "+1ddd55501dd"),
        ("en_US", "+1-212-555-1234", "+1-ddd-555-01dd"),
    ],
)
def test_telephone_numbers_ring_nowhere(masking: Masking, locale: str, original: str, shape: str) -> None:
    masking.locale = locale
    masking.run(
        f"CREATE TABLE people (id int PRIMARY KEY, phone text); INSERT INTO people SELECT n, '{original}' FROM"
        " generate_series(1, 100) n"
    )
    values = masking.column("people.phone", "phone")
    assert all(_has_shape(value, shape) for value in values), values[:3]
    assert len(set(values)) > 95


@pytest.mark.parametrize(("locale", "first", "rows"), [("ja_JP", 9_900_000, 200_000), ("en_US", 1, 80_000)])
def test_telephone_numbers_are_one_to_one(masking: Masking, locale: str, first: int, rows: int) -> None:
    """However they are written, so that an index over their digits is served too; and columns that say who it is by a
    key agree."""
    masking.locale = locale
    masking.run(
        "CREATE TABLE people (id bigint PRIMARY KEY, phone text UNIQUE, owner_id int, other text)",
        "INSERT INTO people SELECT n, CASE n % 4 WHEN 0 THEN '090-1234-' WHEN 1 THEN '(03)1234-' WHEN 2 THEN"
        f" '+81901234' ELSE '0901234' END || n, nullif(n, 9900001), '090-1234-5678' FROM generate_series({first},"
        f" {first + rows - 1}) AS n",
    )
    rules = {"phone": {"mask": "phone", "scope": "p"}, "other": {"mask": "phone", "scope": "p", "by": "owner_id"}}
    statement, bindings = masking.statement("people", rules)
    masking.set(bindings)
    query = f"""SELECT count(*), count(DISTINCT phone), count(DISTINCT right(translate(phone, '-() +', ''), 7)),
count(*) FILTER (WHERE right(phone, 2) <> right(other, 2)),
        abs(corr(right(translate(phone, '-', ''), 7)::int, id)) < 0.1 FROM ({statement}) AS m"""
    found = masking.conn.execute(query.encode()).fetchone()
    assert found is not None
    count, distinct, endings, disagreeing, is_mixed = found
    assert (count, distinct) == (rows, rows)
    assert endings == rows or locale == "en_US"
    assert disagreeing <= 1
    assert is_mixed or locale == "en_US"


def test_more_rows_than_there_are_numbers_are_refused(masking: Masking) -> None:
    masking.locale = "en_US"
    masking.run(
        "CREATE TABLE people (id bigint PRIMARY KEY, phone text UNIQUE)",
        "INSERT INTO people SELECT n, n FROM generate_series(1, 80001) AS n",
        "ANALYZE people",
    )
    assert masking.problems("people", {"phone": "phone"}) == [
        "people.phone: a unique index rests on it, and en_US has 80,000 numbers that ring nowhere for more rows"
    ]
    assert masking.problems("people", {"phone": {"mask": "phone", "locale": "ja_JP"}}) == []


@pytest.mark.parametrize(
    ("locale", "original", "shape"),
    [
        ("ja_JP", "123-4567", "ddd-dddd"),
        ("ja_JP", "1234567", "ddddddd"),
        ("en_US", "12345", "ddddd"),
        ("en_US", "12345-6789", "ddddd-dddd"),
    ],
)
def test_postal_codes(masking: Masking, locale: str, original: str, shape: str) -> None:
    masking.locale = locale
    masking.run(
        f"CREATE TABLE people (id int PRIMARY KEY, zip text); INSERT INTO people SELECT n, '{original}' FROM"
        " generate_series(1, 100) n"
    )
    assert all(_has_shape(value, shape) for value in masking.column("people.zip", "postal_code"))


def _has_shape(value: str, shape: str) -> bool:
    return len(value) == len(shape) and all(
        c.isdecimal() if s == "d" else c == s for c, s in zip(value, shape, strict=True)
    )


@pytest.mark.parametrize("locale", ["ja_JP", "en_US"])
def test_parts_of_an_address_make_the_whole(masking: Masking, locale: str) -> None:
    masking.locale = locale
    masking.run(
        "CREATE TABLE homes (id int PRIMARY KEY, region text, city text, street text, building text, whole text);"
        " INSERT INTO homes VALUES (1, 'a', 'a', 'a', 'a', 'a')"
    )
    rules: dict[str, Any] = {
        part: {"mask": "address", "part": part, "scope": "home"} for part in ("region", "city", "street", "building")
    }
    (row,) = masking.rows("homes", rules | {"whole": {"mask": "address", "scope": "home"}})
    assert all(row[part] in row["whole"] for part in ("region", "city", "street"))
    assert row["building"] not in row["whole"]


@pytest.mark.parametrize("locale", ["ja_JP", "en_US"])
def test_filler_has_the_characters_and_the_bytes_of_the_original(masking_by_major: Masking, locale: str) -> None:
    """Of each script, of several, of letters of any width, short and longer than the prose that it is cut from."""
    masking_by_major.locale = locale
    one_script = (
        "x",
        "漢",
        "👍",
        "é",
        "×",
        "a line of text\nand another",
        "漢字かな交じり",
        "👍👍🏽",
        "Привет",
        "e\u0301",
    )
    several = (
        "漢👍",
        "漢x",
        "Ödön reads a longer text of Kovács",
        "Rubyの本を読む user 12345",
        "漢字かなé",
        "👍 great",
        "aé漢👍",
        "Größe: 12 µm",
        "Привет, мир",
    )
    sizes = [
        letter * length
        for letter in ("a", "漢", "漢a")
        for length in (15, 16, 17, 23, 24, 25, 40, 41, 2_666, 2_667, 7_999, 8_000, 8_001, 50_000)
    ]
    originals = [*one_script, *several, *sizes, *(f"{one} {other}" for one in one_script for other in several)]
    masking_by_major.run("CREATE TABLE notes (id int PRIMARY KEY, body text)")
    for at, original in enumerate(originals):
        masking_by_major.conn.execute("INSERT INTO public.notes VALUES (%s, %s)", [at, original])
    values = masking_by_major.column("notes.body", "lorem")
    assert [(len(value), len(value.encode())) for value in values] == [
        (len(original), len(original.encode())) for original in originals
    ]
    assert [value.isascii() for value in values] == [original.isascii() for original in originals]
    assert all(value != original for value, original in zip(values, originals, strict=True) if original != "×")


@pytest.mark.parametrize(
    ("locale", "original", "distinct"), [("en_US", "'x'", 0.95), ("ja_JP", "'漢'", 0.95), ("ja_JP", "'漢x'", 0.95)]
)
def test_there_are_about_as_many_filler_texts_as_rows(
    masking: Masking, locale: str, original: str, distinct: float
) -> None:
    masking.locale = locale
    masking.run(
        f"CREATE TABLE notes AS SELECT n AS id, repeat({original}, 50 + n % 7) AS body FROM generate_series(1, 200000)"
        " AS n",
        "ALTER TABLE notes ADD PRIMARY KEY (id)",
    )
    statement, bindings = masking.statement("notes", {"body": "lorem"})
    masking.set(bindings)
    row = masking.conn.execute(
        f"SELECT count(DISTINCT body)::float8 / count(*) FROM ({statement}) AS m".encode()
    ).fetchone()
    assert row is not None
    assert row[0] > distinct


def test_filler_makes_indexes_of_words_and_trigrams_as_large_as_prose_does(masking: Masking) -> None:
    """The prose is of words by Zipf's law that the filler has not, as many of them as twenty thousand comments have;
    the ten commonest are a quarter of it."""
    masking.locale = "en_US"
    masking.run(
        "CREATE EXTENSION pg_trgm",
        """CREATE TABLE notes AS SELECT n AS id, (
            SELECT string_agg(CASE WHEN random() < 0.25 THEN
            (ARRAY['ther','wass','uf','und','wee','yuo','thiss','wiht','fo','itt'])[1 + trunc(random() * random() *
            10)::int]
              ELSE translate((trunc(exp(random() * ln(3000.0)))::int * 7919 % 90000 + 1000)::text, '0123456789',
              'aeioukstrn') END, ' ')
            FROM generate_series(1, 18 + n % 20) AS w) AS body FROM generate_series(1, 20000) AS n""",
        "ALTER TABLE notes ADD PRIMARY KEY (id)",
    )
    statement, bindings = masking.statement("notes", {"body": "lorem"})
    masking.set(bindings)
    masking.run(f"CREATE TABLE masked AS {statement}")
    for name in ("notes", "masked"):
        masking.run(
            f"CREATE INDEX {name}_words ON {name} USING gin (to_tsvector('simple', body))",
            f"CREATE INDEX {name}_trigrams ON {name} USING gin (body gin_trgm_ops)",
            f"CREATE INDEX {name}_order ON {name} (body)",
        )
    row = masking.conn.execute(
        "SELECT pg_relation_size('public.masked')::float8 / pg_relation_size('public.notes'),"
        " pg_relation_size('public.masked_words')::float8 / pg_relation_size('public.notes_words'),"
        " pg_relation_size('public.masked_trigrams')::float8 / pg_relation_size('public.notes_trigrams'),"
        " pg_relation_size('public.masked_order')::float8 / pg_relation_size('public.notes_order')"
    ).fetchone()
    assert row is not None
    assert all(0.75 < ratio < 1.25 for ratio in row), row


@pytest.mark.parametrize(
    ("alphabet", "characters"),
    [
        ("hex", "0123456789abcdef"),
        ("digits", "0123456789"),
        ("alnum", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
        ("base58", "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"),
    ],
)
def test_tokens_are_as_long_as_the_original(masking: Masking, alphabet: str, characters: str) -> None:
    lengths = (1, 20, 42, 43, 44, 63, 64, 65, 86, 87, 128, 129, 500)
    masking.run(
        "CREATE TABLE keys (id int PRIMARY KEY, token text); INSERT INTO keys SELECT n, repeat('-', n) FROM"
        f" unnest('{{{','.join(map(str, lengths))}}}'::int[]) n"
    )
    values = masking.column("keys.token", {"mask": "token", "alphabet": alphabet})
    assert [len(value) for value in values] == list(lengths)
    assert set("".join(values)) <= set(characters)
    prefixed = masking.column("keys.token", {"mask": "token", "alphabet": alphabet, "prefix": "sk_test_"})
    assert all(value.startswith("sk_test_") for value in prefixed)
    assert [len(value) for value in prefixed[1:]] == list(lengths[1:])
    assert {
        len(value)
        for value in masking.column("keys.token", {"mask": "token", "length": 30, "prefix": "k_", "alphabet": alphabet})
    } == {30}


#: What each card shows as its example: column, rule, locale.
_EXAMPLES: dict[str, tuple[tuple[str, Any, str], ...]] = {
    "email": (("name", {}, "ja_JP"),),
    "first_name": tuple(("name", {"script": script}, "ja_JP") for script in ("kanji", "katakana", "romaji")),
    "last_name": tuple(("name", {"script": script}, "ja_JP") for script in ("kanji", "katakana", "romaji")),
    "full_name": (("name", {}, "ja_JP"),),
    "phone": (("phone", {}, "ja_JP"), ("phone", {}, "en_US")),
    "postal_code": (("zip", {}, "ja_JP"), ("plain_zip", {}, "en_US")),
    "address": (("name", {}, "ja_JP"),),
    "date_shift": (("born", {}, "ja_JP"),),
    "ip": (("four", {}, "ja_JP"), ("six", {}, "ja_JP")),
    "token": (("token", {}, "ja_JP"),),
    "password": (("name", {}, "ja_JP"),),
    "lorem": (("bio", {}, "en_US"),),
    "noise": (("n", {"ratio": "10%"}, "en_US"),),
    "range": (("n", {"min": 18, "max": 99}, "en_US"),),
    "bucket": (("n", {"step": 1000}, "en_US"),),
    "round": (("n", {"to": 100}, "en_US"),),
    "digits": (("phone", {}, "en_US"), ("n", {}, "en_US")),
    "url": (("page", {}, "en_US"),),
    "file_name": (("file", {}, "en_US"),),
    "partial": (("city", {"first": 2, "last": 1}, "en_US"),),
    "scramble": (("city", {}, "en_US"),),
    "date_trunc": (("born", {"to": "month"}, "en_US"),),
    "date_noise": (("born", {}, "en_US"),),
    "birthdate": (("born", {}, "en_US"),),
    "username": (("name", {}, "en_US"),),
    "company": (("name", {}, "en_US"), ("name", {}, "ja_JP")),
    "job": (("name", {}, "en_US"), ("name", {}, "ja_JP")),
    "card": (("pan", {}, "en_US"),),
    "iban": (("account", {}, "en_US"),),
    "bic": (("bank", {}, "en_US"),),
    "national_id": (("name", {}, "ja_JP"), ("name", {}, "en_US")),
    "bank_account": (("plain_zip", {}, "en_US"),),
    "geo": (("x", {"part": "latitude", "within": "5 km"}, "en_US"),),
    "regex_replace": (("city", {"pattern": "[a-z]+", "to": "."}, "en_US"),),
    "redact_text": (("note", {}, "en_US"),),
    "choice": (("city", {"values": ["red", "blue"]}, "en_US"),),
    "map": (("city", {"values": {"New York": "Springfield"}, "other": "keep"}, "en_US"),),
    "array": (("tags", {"of": "token"}, "en_US"),),
    "hstore": (("h", {"keys": {"mail": "email"}, "other": "drop"}, "en_US"),),
    "ltree": (("tree", {}, "en_US"),),
    "template": (("name", {"template": "user {id}"}, "en_US"),),
    "derived": (("name", {"of": "city", "kind": "slug"}, "en_US"),),
    "uuid": (("uid", {}, "en_US"),),
    "mac": (("card", {}, "en_US"),),
    "user_agent": (("city", {}, "en_US"),),
    "api_key": (("secret", {}, "en_US"),),
    "json": (("doc", {"other": "drop", "paths": {"$.email": "email"}}, "ja_JP"),),
    "history": (("log_data", {}, "en_US"),),
    "sql": (("name", {"sql": "left(name, 1)"}, "ja_JP"),),
}


#: What examples are made of, where their cards say it.
_ORIGINALS = frozenset(
    (
        "",
        "1985-02-20",
        "left(name, 1)",
        "1204",
        "https://example.com/a/b.jpg",
        "passport.PDF",
        "New York",
        "080-1234-5678, 1204",
        "sk_live_…",
        "4111-1111-1111-1111",
        "DE89 3704 0044 0532 0130 00",
        "DEUTDEFF",
        "12345",
        "35.681236",
        "call 080-1234-5678",
        "{rock,jazz}",
        "company.sales",
    )
)


def test_examples_of_the_cards_are_true(masking: Masking) -> None:
    assert set(_EXAMPLES) == set(MASKS) - {
        "keep",
        "null",
        "fixed",
        "dictionary",
        "encrypted",
        "number_shape",
        "permute",
        "fk_choice",
        "shuffle",
    }
    masking.run("CREATE EXTENSION hstore SCHEMA public", "CREATE EXTENSION ltree SCHEMA public")
    masking.run("""
        CREATE TABLE people (id bigint PRIMARY KEY, name text, phone text, zip text, plain_zip text, born date,
        four inet, six inet, token text, bio text, n int, page text, file text, city text, uid uuid, card macaddr,
        secret text, pan text, account text, bank text, x numeric(9,6), tags text[], h hstore, doc jsonb, note
        text, log_data jsonb, tree ltree);
        INSERT INTO people VALUES (1204, '山田', '080-1234-5678', '100-0001', '12345', '1985-02-20', '10.0.0.1', '::1',
        repeat('x', 16), repeat('x', 30), 1204, 'https://example.com/a/b.jpg', 'passport.PDF', 'New York',
        '5f0c6f0e-2f1b-4a53-9f0e-0c6f0e2f1b4a', '08:00:2b:01:02:03', 'sk_live_abcdefghijklmnop', '4111-1111-1111-1111',
        'DE89 3704 0044 0532 0130 00', 'DEUTDEFF', 35.681236, '{rock,jazz}', 'mail=>a', '{"email": "a"}',
        'call 080-1234-5678', '{"v": 1, "h": [{"c": {"name": "Ann", "gone": 1}, "v": 1, "ts": 5}]}',
        'company.sales')""")
    for mask, made in _EXAMPLES.items():
        values = []
        for column, more, masking.locale in made:
            values += masking.column(f"people.{column}", {"mask": mask, "scope": "example"} | more)
        shown = ", ".join(
            json.dumps(value)
            if isinstance(value, dict)
            else "{" + ",".join(value) + "}"
            if isinstance(value, list)
            else str(value)
            for value in values
        )
        example, _, original = MASKS[mask].card.example.partition(" for ")
        assert shown.startswith(example.rstrip("…")) if example.endswith("…") else shown == example, f"{mask}: {shown}"
        assert original in _ORIGINALS


# ── secrets


def test_passwords(masking: Masking) -> None:
    known = bcrypt.hashpw(b"preview", bcrypt.gensalt(4, prefix=b"2a")).decode()
    masking.run(
        "CREATE TABLE users (id int PRIMARY KEY, password varchar(60), other varchar(60)); INSERT INTO users VALUES (1,"
        " 'x', 'x'), (2, 'y', '')"
    )
    rule = {"mask": "password", "plaintext": {"env": "PREVIEW"}}
    name = Password.model_validate(rule).known_name
    masking.known = {name: known}
    first, second = masking.rows("users", {"password": rule, "other": "password"})
    assert first["password"] == second["password"] == known
    assert len(first["other"]) == 60
    assert not bcrypt.checkpw(b"preview", first["other"].encode())
    assert second["other"] == ""
