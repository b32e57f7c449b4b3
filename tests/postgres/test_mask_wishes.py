"""What people who write rules wish for: each wish is a rule, held against what they would expect, in a copy and where
the rows stand."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from masker.catalog.read import read_catalog
from masker.masks.drawn import as_known, drawn_name
from masker.masks.locales.words import word_list
from masker.masks.permute import Range, as_numbers, following, following_classes, range_of
from masker.masks.sql.blocks import luhn
from masker.names import ColumnName, TableName
from tests.postgres.masking import Masking

_SCHEMA = """
CREATE EXTENSION hstore SCHEMA public;
CREATE TYPE level AS ENUM ('gold', 'silver');
CREATE FUNCTION own_mask(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'own' $$;
CREATE TABLE people (id bigint PRIMARY KEY, org int, staff boolean, kind text, email text UNIQUE, login varchar(40)
  UNIQUE, name text, kana text, half text, company text, phone text UNIQUE, born date, zip text, salary numeric(10,2),
  card text, iban text, my_number text, account text, plate text, url text, file text, agent text, mac macaddr,
  ip inet, lat float8, lon float8, level level, mood text, note text, doc jsonb, pairs hstore, tags text[], slug text,
  words tsvector, token text, bio text, city text, region text, share text, size int, markup xml);
INSERT INTO people SELECT n, n % 3, n = 5, CASE n % 2 WHEN 0 THEN 'person' ELSE 'firm' END, 'taro' || n ||
  '@corp.test', 'taro' || n, '山田 太郎', 'ヤマダ', 'ﾔﾏﾀﾞ', 'Acme ' || n, '090-1234-' || lpad(n::text, 4, '0'),
  '1985-02-20', '123-4567', 1000 + n, '4012-8888-8888-1881', 'DE89370400440532013000', '123456789018', '1234567',
  '品川 300 あ 12-34', 'https://acme.test/u/' || n || '/me.png', 'passport.pdf', 'curl/8', '08:00:2b:01:02:03',
  ('10.1.2.' || n)::inet, 35.68, 139.76, 'gold', 'happy', 'ask taro' || n || '@corp.test or 090-1111-2222',
  jsonb_build_object('a', '[{"mail": "taro@x.y", "n": 7}]'::jsonb, 'by', '{"x": {"mail": "q@x.y"}, "y": {"mail":
  "r@x.y"}}'::jsonb, 'ways', '[{"kind": "phone", "of": "0312345678", "n": 100}, {"kind": "site", "of": "home"}]'::jsonb
  ),
  '"mail"=>"taro@x.y", "z"=>"1"', '{rock,jazz}', 'taro-' || n, 'taro', 'sk_live_abcdefghij', 'All about me', 'Kyoto',
  'Kyoto', 'x', n, '<a>Taro</a>' FROM generate_series(1, 40) n;
CREATE TABLE orders (id bigint PRIMARY KEY, person_id bigint, about_type text, about_id bigint, buyer text, placed
  date);
INSERT INTO orders SELECT n, 1 + n % 40, CASE n % 2 WHEN 0 THEN 'Person' ELSE 'City' END, 1 + n % 40, '山田 太郎',
  '2020-01-01'::date + n FROM generate_series(1, 80) n;
CREATE TABLE versions (id bigint PRIMARY KEY, item_type text, item_id bigint, object jsonb, yaml text);
INSERT INTO versions SELECT n, 'Person', n, jsonb_build_object('id', n, 'email', 'taro' || n || '@corp.test', 'gone',
  'x'), '---' FROM generate_series(1, 40) n;
"""

#: The rows of each table, by its name.
Rows = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Tried:
    """The rows before and after."""

    was: Rows
    made: Rows


@dataclass(frozen=True, slots=True)
class Wish:
    """*rules* by table, and what *holds* then; or why it is *refused*, as a regular
    expression."""

    rules: Mapping[str, Mapping[str, Any]]
    holds: Callable[[Tried], bool] | None = None
    refused: str = ""


def _one(rule: Any, column: str, form: str) -> Wish:
    """One column of people, whose values all have *form*."""
    return Wish({"people": {column: rule}}, _like(column, form))


def _like(column: str, form: str) -> Callable[[Tried], bool]:
    return lambda tried: all(re.fullmatch(form, str(row[column])) for row in tried.made["people"])


def _values(rows: Rows, column: str, table: str = "people") -> list[Any]:
    return [row[column] for row in rows[table]]


def _pairs(tried: Tried, column: str, table: str = "people") -> list[tuple[Any, Any]]:
    return list(zip(_values(tried.was, column, table), _values(tried.made, column, table), strict=True))


def _staff_stays(tried: Tried) -> bool:
    return all((row["name"] == "山田 太郎") == row["staff"] for row in tried.made["people"])


def _shifted_alike(tried: Tried) -> bool:
    born = {row["id"]: (row["born"] - date(1985, 2, 20)).days for row in tried.made["people"]}
    moved = [(after - before).days for before, after in _pairs(tried, "placed", "orders")]
    return any(moved) and moved == [born[row["person_id"]] for row in tried.made["orders"]]


def _same_person(tried: Tried) -> bool:
    named = {row["id"]: row["name"] for row in tried.made["people"]}
    return len(set(named.values())) > 30 and all(
        row["buyer"] == named[row["person_id"]] for row in tried.made["orders"]
    )


def _one_japanese(tried: Tried) -> bool:
    names = [word_list("ja_JP", f"family_{script}").entries for script in ("kanji", "katakana")]
    families = set(zip(*names, strict=True))
    given = set(zip(*(word_list("ja_JP", f"given_{script}").entries for script in ("kanji", "romaji")), strict=True))
    return all(
        (row["name"].split()[0], row["kana"]) in families
        and (row["name"].split()[1], row["email"].partition(".")[0].capitalize()) in given
        for row in tried.made["people"]
    )


def _history_is_masked(tried: Tried) -> bool:
    found = [row["object"] for row in tried.made["versions"]]
    return (
        len({one["email"] for one in found}) == 40
        and all(re.fullmatch(r"(?!taro)[^@]+@example\.com", one["email"]) and one["gone"] is None for one in found)
        and [one["id"] for one in found] == _values(tried.was, "id", "versions")
    )


def _login_agrees(tried: Tried) -> bool:
    rows = tried.made["people"]
    return len({row["login"] for row in rows}) == 40 and all(
        row["login"] == row["email"].partition("@")[0] for row in rows
    )


def _near(tried: Tried) -> bool:
    far = [math.hypot((r["lat"] - 35.68) * 111.3, (r["lon"] - 139.76) * 111.3 * 0.812) for r in tried.made["people"]]
    return max(far) < 2.05 and min(far) > 0


def _one_network(tried: Tried) -> bool:
    networks = {str(value).rpartition(".")[0] for value in _values(tried.made, "ip")}
    return len(networks) == 1 and networks != {"10.1.2"}


def _some_null(tried: Tried) -> bool:
    return 3 <= _values(tried.made, "mood").count(None) <= 20


def _ten_percent(tried: Tried) -> bool:
    return all(
        before != after and abs(after / before - 1) <= Decimal("0.101") for before, after in _pairs(tried, "salary")
    )


def _shuffled(tried: Tried) -> bool:
    moved = sum(before != after for before, after in _pairs(tried, "salary"))
    return {*_values(tried.made, "salary")} <= {*_values(tried.was, "salary")} and moved > 30


def _keys_followed(tried: Tried) -> bool:
    moved = dict(_pairs(tried, "id"))
    followed = [moved[row["person_id"]] for row in tried.was["orders"]]
    return (
        len({*moved.values()}) == 40
        and {*moved.values()} != {*moved}
        and followed == _values(tried.made, "person_id", "orders")
    )


def _classes_followed(tried: Tried) -> bool:
    moved = dict(_pairs(tried, "id"))
    return all(
        after["about_id"] == (moved[before["about_id"]] if before["about_type"] == "Person" else before["about_id"])
        for before, after in zip(tried.was["orders"], tried.made["orders"], strict=True)
    )


def _chosen(tried: Tried) -> bool:
    ways = [value["ways"] for value in _values(tried.made, "doc")]
    return all(
        one["of"] != "0312345678" and 90 <= one["n"] <= 110 and not isinstance(one["n"], str) and other["of"] == "home"
        for one, other in ways
    ) and {one["n"] for one, _ in ways} != {100}


def _all_mails(tried: Tried) -> bool:
    docs = _values(tried.made, "doc")
    found = [m for d in docs for m in (d["a"][0]["mail"], d["by"]["x"]["mail"], d["by"]["y"]["mail"])]
    return all(re.fullmatch(r"[^@]+@example\.com", mail) for mail in found) and docs[0]["a"][0]["n"] == 7


def _elements(tried: Tried) -> bool:
    return all(
        re.fullmatch(r"[^@]+@example\.com", doc["a"][0]["mail"]) and doc["a"][0]["n"] == 7 and doc["by"] == before["by"]
        for before, doc in _pairs(tried, "doc")
    )


def _by_any_key(tried: Tried) -> bool:
    return all(
        [*doc["by"]] == ["x", "y"]
        and {len(one["mail"]) for one in doc["by"].values()} == {5}
        and doc["a"] == before["a"]
        and doc["by"] != before["by"]
        for before, doc in _pairs(tried, "doc")
    )


def _rank_kept(tried: Tried) -> bool:
    ordered = [after for _, after in sorted(_pairs(tried, "salary"))]
    return ordered == sorted(ordered) and len(set(ordered)) < 40


def _one_place(tried: Tried) -> bool:
    places = {(row["zip"], row["region"], row["city"]) for row in tried.made["people"]}
    return len(places) > 20 and len({place[0] for place in places}) == len(places)


def _card(tried: Tried) -> bool:
    found = _values(tried.made, "card")
    return len(set(found)) > 20 and all(
        re.fullmatch(r"\d{4}-\d{4}-\d{4}-1881", card) and luhn(card.replace("-", "")) == 0 for card in found
    )


def _iban(tried: Tried) -> bool:
    return all(
        value.startswith("DE") and int("".join(str(int(c, 36)) for c in value[4:] + value[:4])) % 97 == 1
        for value in _values(tried.made, "iban")
    )


def _template(tried: Tried) -> bool:
    return all(row["share"] == f"{row['name']} <{row['email']}>" for row in tried.made["people"])


def _slug(tried: Tried) -> bool:
    return all(row["slug"] == f"{row['city'].lower()}-{row['id']}" for row in tried.made["people"])


def _weighted(tried: Tried) -> bool:
    found = Counter(_values(tried.made, "mood"))
    return {*found} == {"glad", "calm"} and found["glad"] > found["calm"]


_PERSON = {"scope": "person"}
_KEYS = following("key")
_ABOUT = following_classes({"Person": "key", "City": ""}, by="about_type", other=None)

#: The fifty, in the order in which they were told.
_WISHES: dict[str, Wish] = {
    "non-staff rows only": Wish({"people": {"name": {"mask": "full_name", "unless": "staff"}}}, _staff_stays),
    "dates of a person shifted alike over tables": Wish(
        {
            "people": {"born": {"mask": "date_shift", "scope": "d", "by": "id"}},
            "orders": {"placed": {"mask": "date_shift", "scope": "d", "by": "person_id"}},
        },
        _shifted_alike,
    ),
    "the same person over tables without a foreign key": Wish(
        {
            "people": {"name": {"mask": "full_name", **_PERSON, "by": "id"}},
            "orders": {"buyer": {"mask": "full_name", **_PERSON, "by": "person_id"}},
        },
        _same_person,
    ),
    # Every wish is tried twice, in a copy and in place, under one key.
    "two runs alike": _one("full_name", "name", "(?!山田 太郎).+ .+"),
    "JSON array elements": Wish(
        {"people": {"doc": {"mask": "json", "other": "keep", "paths": {"$.a[*].mail": "email"}}}}, _elements
    ),
    "file names with their ending": _one("file_name", "file", r"[0-9a-f]+\.pdf"),
    "tokens with a prefix": _one({"mask": "token", "prefix": "sk_test_"}, "token", "sk_test_[0-9a-f]{10}"),
    "kanji, kana and e-mail of one person": Wish(
        {
            "people": {
                "name": {"mask": "full_name", **_PERSON},
                "kana": {"mask": "last_name", "script": "katakana", **_PERSON},
                "email": {"mask": "email", **_PERSON},
            }
        },
        _one_japanese,
    ),
    "PaperTrail jsonb by the owner's rules": Wish(
        {"people": {"email": "email"}, "versions": {"object": {"mask": "history", "classes": {"Person": "people"}}}},
        _history_is_masked,
    ),
    "the e-mail's domain kept": _one({"mask": "email", "domain": "keep"}, "email", r"(?!taro)[^@]+@corp\.test"),
    "a condition on one column": Wish(
        {"people": {"name": {"mask": "fixed", "value": "X", "where": "kind = 'person'"}}},
        lambda tried: all((row["name"] == "X") == (row["kind"] == "person") for row in tried.made["people"]),
    ),
    "several masks by kind of row": Wish(
        {"people": {"name": [{"when": "kind = 'firm'", "mask": "company"}, {"else": "full_name"}]}},
        lambda tried: all(
            (" " in row["name"]) == (row["kind"] == "person") and row["name"] != "山田 太郎"
            for row in tried.made["people"]
        ),
    ),
    "a unique username that agrees with the e-mail": Wish(
        {"people": {"login": {"mask": "username", "sign": ".", **_PERSON}, "email": {"mask": "email", **_PERSON}}},
        _login_agrees,
    ),
    "birth year kept": _one({"mask": "birthdate", "years": 1}, "born", r"1985-(?!02-20)\d\d-\d\d"),
    "postcode shortened": _one({"mask": "partial", "first": 3, "sign": "0"}, "zip", "12300000"),
    "XML": _one({"mask": "fixed", "value": "<a/>"}, "markup", "<a/>"),
    "e-mails and telephones inside free text": _one(
        "redact_text", "note", r"ask (?!taro)[^@]+@example\.com or (?!090-1111-2222)[\d-]+"
    ),
    "URL": _one("url", "url", r"https://preview\.invalid/p/p/[\w-]+\.png"),
    "geo jitter": Wish(
        {
            "people": {
                "lat": {"mask": "geo", "part": "latitude", "within": "2 km", "scope": "g"},
                "lon": {"mask": "geo", "part": "longitude", "within": "2 km", "scope": "g"},
            }
        },
        _near,
    ),
    "IP by its /24": Wish({"people": {"ip": {"mask": "ip", "prefix": 24}}}, _one_network),
    "digits for My Number and bank accounts": Wish(
        {"people": {"my_number": "national_id", "account": "bank_account"}},
        lambda tried: all(
            re.fullmatch(r"\d{12} \d{7}", f"{row['my_number']} {row['account']}")
            and (row["my_number"], row["account"]) != ("123456789018", "1234567")
            for row in tried.made["people"]
        ),
    ),
    "licence plate": _one("digits", "plate", r"品川 \d{3} あ \d\d-\d\d"),
    "enum re-mapped": _one({"mask": "map", "values": {"gold": "silver"}, "other": "keep"}, "level", "silver"),
    "template over masked columns": Wish(
        {
            "people": {
                "share": {"mask": "template", "template": "{name} <{email}>"},
                "name": "full_name",
                "email": "email",
            }
        },
        _template,
    ),
    "a share to NULL": Wish({"people": {"mood": {"mask": "fixed", "value": "glad", "share": "25%"}}}, _some_null),
    "truncation": _one({"mask": "regex_replace", "pattern": " .*", "to": ""}, "bio", "All"),
    "a card with a right check digit and its last four": Wish(
        {"people": {"card": {"mask": "card", "luhn": "right", "last": 4}}}, _card
    ),
    "IBAN": Wish({"people": {"iban": "iban"}}, _iban),
    "company": _one("company", "company", "(?!Acme).+"),
    "number plus or minus ten percent": Wish({"people": {"salary": {"mask": "noise", "ratio": "10%"}}}, _ten_percent),
    "salary shuffled": Wish({"people": {"salary": {"mask": "shuffle", "shows_originals": "yes"}}}, _shuffled),
    "foreign keys permuted": Wish(
        {"people": {"id": {"mask": "permute", "scope": "key"}}, "orders": {"person_id": _KEYS}}, _keys_followed
    ),
    "polymorphic references": Wish(
        {"people": {"id": {"mask": "permute", "scope": "key"}}, "orders": {"about_id": _ABOUT}}, _classes_followed
    ),
    "JSON under any key": Wish(
        {"people": {"doc": {"mask": "json", "other": "keep", "paths": {"$.by.*.mail": "token"}}}}, _by_any_key
    ),
    "JSON at any depth": Wish(
        {"people": {"doc": {"mask": "json", "other": "keep", "paths": {"$.**.mail": "email"}}}}, _all_mails
    ),
    "JSON by a filter, and a number that stays one": Wish(
        {
            "people": {
                "doc": {
                    "mask": "json",
                    "other": "keep",
                    "paths": {
                        "$.ways[?kind=phone].of": "phone",
                        "$.ways[?kind=phone].n": {"mask": "noise", "ratio": "10%"},
                    },
                }
            }
        },
        _chosen,
    ),
    "hstore": _one(
        {"mask": "hstore", "keys": {"mail": "email"}, "other": "keep"}, "pairs", r"(?!.*taro).*@example\.com.*"
    ),
    "elements of text[]": _one({"mask": "array", "of": "token"}, "tags", r"\['[0-9a-f]{4}', '[0-9a-f]{4}'\]"),
    "tsvector of masked text": Wish(
        {"people": {"words": {"mask": "derived", "of": "name", "kind": "search_vector"}, "name": "full_name"}},
        lambda tried: all(row["name"].split()[0] in row["words"] for row in tried.made["people"]),
    ),
    "encrypted columns": _one({"mask": "encrypted", "of": "token"}, "token", r"\{.*"),
    "MAC": _one("mac", "mac", "02:.*"),
    "user agent from a list": _one("user_agent", "agent", r"Mozilla/5\.0 .*"),
    "slug of the masked name": Wish(
        {
            "people": {
                "slug": {"mask": "derived", "of": ["city", "id"], "kind": "slug"},
                "city": {"mask": "fixed", "value": "Town"},
            }
        },
        _slug,
    ),
    "PaperTrail YAML": Wish(
        {"versions": {"yaml": {"mask": "history", "classes": {"Person": "people"}}}}, refused="text: the mask history"
    ),
    "half-width kana": _one({"mask": "last_name", "script": "half_width"}, "half", "[\uff66-\uff9f]+"),
    "an own list": Wish({"people": {"mood": {"mask": "choice", "values": {"glad": 3, "calm": 1}}}}, _weighted),
    "an own function": Wish({"people": {"name": {"sql": "public.own_mask(name)"}}}, refused="own_mask"),
    "rank kept": Wish({"people": {"salary": {"mask": "bucket", "step": 5}}}, _rank_kept),
    "a coherent address": Wish(
        {
            "people": {
                "zip": {"mask": "postal_code", "scope": "home"},
                "region": {"mask": "address", "part": "region", "scope": "home"},
                "city": {"mask": "address", "part": "city", "scope": "home"},
            }
        },
        _one_place,
    ),
}

#: Nobody has made these yet: names by gender; a subset that is closed over foreign keys is no mask's.
_NOT_MADE = ("names of the row's gender", "a subset closed over foreign keys")


@pytest.fixture
def masking(database: str) -> Iterator[Masking]:
    with Masking(database) as session:
        session.run(*filter(str.strip, _SCHEMA.split(";\n")))
        session.catalog = read_catalog(session.conn)
        session.shapes = {range_of("key"): as_numbers(Range(32))}
        salary = ColumnName(TableName("public", "people"), "salary")
        session.known = {**session.known, drawn_name(salary): as_known((f"{1000 + n}.00", 1) for n in range(1, 41))}
        yield session


def test_each_wish_is_a_rule_that_does_what_was_wished_in_flight_and_in_place(masking: Masking) -> None:
    missed: dict[str, Any] = {}
    was = {name: masking.rows(name, {"id": "keep"}) for name in ("people", "orders", "versions")}
    for name, wish in _WISHES.items():
        masking.beside = dict(wish.rules)
        said = [problem for table, rules in wish.rules.items() for problem in masking.problems(table, rules)]
        if said or wish.refused:
            missed |= {name: said} if not said or not re.search(wish.refused or "(?!)", said[0]) else {}
            continue
        made = {table: masking.rows(table, rules) for table, rules in wish.rules.items()}
        stayed = {table: masking.in_place(table, rules) for table, rules in wish.rules.items()}
        if made != stayed:
            missed[name] = "in place it is another"
        elif any(len(rows) != len(was[table]) for table, rows in made.items()) or (
            wish.holds is not None and not wish.holds(Tried(was, {**was, **made}))
        ):
            missed[name] = {table: rows[0] for table, rows in made.items()}
    assert missed == {}
    assert sum(not wish.refused for wish in _WISHES.values()) >= 44
    assert len(_WISHES) + len(_NOT_MADE) >= 50
