"""What people who write rules wish for: each wish is a rule, checked against a table and run on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.postgres.masking import Masking

_SCHEMA = """
CREATE EXTENSION hstore SCHEMA public;
CREATE TYPE level AS ENUM ('gold', 'silver');
CREATE TABLE people (id bigint PRIMARY KEY, org int, staff boolean, kind text, email text UNIQUE, login varchar(40)
  UNIQUE, name text, kana text, half text, company text, phone text UNIQUE, born date, joined timestamptz, zip text,
  salary numeric(10,2), card text, iban text, my_number text, account text, plate text, url text, file text, avatar
  bytea, agent text, mac macaddr, ip inet, lat float8, lon float8, place point, level level, mood text, note text, doc
  jsonb, pairs hstore, tags text[], slug text, words tsvector, token text, bio text, city text, share text, size int,
  markup xml);
INSERT INTO people SELECT n, n % 3, n = 5, CASE n % 2 WHEN 0 THEN 'person' ELSE 'firm' END, 'taro' || n ||
  '@example.org', 'taro' || n, '山田 太郎', 'ヤマダ', 'ﾔﾏﾀﾞ', 'Acme ' || n, '090-1234-' || lpad(n::text, 4, '0'),
  '1985-02-20', '2020-05-06 07:08:09+00', '123-4567', 1000 + n, '4012-8888-8888-1881', 'DE89370400440532013000',
  '123456789018', '1234567', '品川 300 あ 12-34', 'https://acme.example.org/u/' || n || '/me.png', 'passport.pdf',
  '\\x00ff', 'curl/8', '08:00:2b:01:02:03', '10.1.2.3', 35.68, 139.76, '(139.76,35.68)', 'gold', 'happy',
  'write to taro' || n || '@example.org today', ('{"a": [{"mail": "taro@x.y", "n": 7}], "deep": {"mail": "q"}}')::jsonb,
  '"mail"=>"taro@x.y", "z"=>"1"', '{rock,jazz}', 'taro', 'taro', 'sk_live_abcdefghij', 'All about me', 'Kyoto', 'x', 4,
  '<a>Taro</a>' FROM generate_series(1, 40) n;
"""

#: Each wish: the column, its rule, and what comes out of every row where it is not NULL, as a regular expression. Of
#: several columns the first is looked at.
_WISHES: dict[str, tuple[dict[str, Any], str]] = {
    "non-staff rows only": ({"name": {"mask": "fixed", "value": "X", "unless": "staff"}}, "X|山田 太郎"),
    "condition on one column": ({"name": {"mask": "fixed", "value": "X", "where": "kind = 'person'"}}, "X|山田 太郎"),
    "several masks by kind of row": (
        {"name": [{"when": "kind = 'firm'", "mask": "company"}, {"else": "full_name"}]},
        ".*(会社|[ 　]).*",
    ),
    "dates of a person shifted alike": (
        {"born": {"mask": "date_shift", "scope": "d", "by": "org"}},
        r"19(84|85)-\d\d-\d\d",
    ),
    "the same person over tables": ({"name": {"mask": "full_name", "scope": "person", "by": "org"}}, ".+"),
    "two runs alike": ({"name": "full_name"}, ".+"),
    "JSON array elements": (
        {"doc": {"mask": "json", "other": "drop", "paths": {"$.a[*].mail": "email"}}},
        r"\{'a': \[\{'mail': '[^']+@example\.com'\}\]\}",
    ),
    "file names with their ending": ({"file": "file_name"}, r"[0-9a-f]+\.pdf"),
    "tokens with a prefix": ({"token": {"mask": "token", "prefix": "sk_test_"}}, "sk_test_[0-9a-f]+"),
    "kanji, kana and e-mail of one person": (
        {
            "kana": {"mask": "last_name", "script": "katakana", "scope": "p"},
            "email": {"mask": "email", "scope": "p"},
            "name": {"mask": "full_name", "scope": "p"},
        },
        "[ァ-ヶー]+",
    ),
    "JSON by value": (
        {"doc": {"mask": "json", "other": "drop", "paths": {"$.deep.mail": {"mask": "token", "by": "value"}}}},
        r"\{'deep': \{'mail': '[0-9a-f]'\}\}",
    ),
    "the e-mail's domain kept": (
        {"email": {"mask": "email", "domain": "keep"}},
        r"[^@]+@example\.org",
    ),
    "unique username that agrees with the e-mail": (
        {"login": {"mask": "username", "sign": ".", "scope": "p"}, "email": {"mask": "email", "scope": "p"}},
        r"[a-z]+\.\d+",
    ),
    "birth year kept": ({"born": {"mask": "birthdate", "years": 1}}, r"1985-\d\d-\d\d"),
    "age band kept": ({"born": {"mask": "birthdate", "years": 10}}, r"198\d-\d\d-\d\d"),
    "postcode shortened": ({"zip": {"mask": "partial", "first": 3, "sign": "0"}}, "12300000"),
    "XML": ({"markup": {"mask": "fixed", "value": "<a/>"}}, "<a/>"),
    "e-mails inside free text": (
        {"note": {"mask": "regex_replace", "pattern": "[^ @]+@[^ @]+", "to": "somebody@example.com"}},
        "write to somebody@example.com today",
    ),
    "e-mails, numbers and names inside free text": (
        {"bio": {"mask": "redact_text", "names": "city"}, "city": {"mask": "fixed", "value": "Nara"}},
        "All about me",
    ),
    "half-width kana": ({"half": {"mask": "last_name", "script": "half_width"}}, "[\uff66-\uff9f]+"),
    "encrypted columns": ({"token": {"mask": "encrypted", "of": "token"}}, r"\{.*"),
    "earlier values by the owner's rules": (
        {
            "doc": {"mask": "history", "type": "kind", "id": "id", "classes": {"person": "people", "firm": "people"}},
        },
        r"\{'a': \[None\], 'deep': None\}",
    ),
    "rank kept": ({"salary": {"mask": "round", "to": 10}}, r"10[0-4]0\.00"),
    "URL": ({"url": "url"}, r"https://preview\.invalid/p/p/[\w-]+\.png"),
    "geo jitter": (
        {
            "lat": {"mask": "geo", "part": "latitude", "within": "2 km", "scope": "g"},
            "lon": {"mask": "geo", "part": "longitude", "within": "2 km", "scope": "g"},
        },
        r"35\.[67]\d+",
    ),
    "a place on a grid": ({"lat": {"mask": "geo", "part": "latitude", "grid": 0.5}}, r"35\.5"),
    "digits for My Number": ({"my_number": "national_id"}, r"\d{12}"),
    "digits for a bank account": ({"account": "bank_account"}, r"\d{7}"),
    "licence plate": ({"plate": "digits"}, r"品川 \d{3} あ \d\d-\d\d"),
    "a unique telephone number in its form": ({"phone": "digits"}, r"\d{3}-\d{4}-\d{4}"),
    "enum re-mapped": (
        {"level": {"mask": "map", "values": {"gold": "silver"}, "other": {"value": "gold"}}},
        "silver|gold",
    ),
    "template over columns": (
        {"share": {"mask": "template", "template": "{name} <{email}>"}, "name": "full_name", "email": "email"},
        r".+ <[^<]+@example\.com>",
    ),
    "a share to NULL": ({"mood": {"mask": "null", "where": "id % 4 = 0"}}, "happy"),
    "truncation": ({"bio": {"mask": "regex_replace", "pattern": " .*", "to": ""}}, "All"),
    "card with Luhn": ({"card": {"mask": "card", "luhn": "right"}}, r"\d{4}-\d{4}-\d{4}-\d{4}"),
    "the last four of a card": ({"card": {"mask": "partial", "last": 4}}, r"\*{15}1881"),
    "IBAN": ({"iban": "iban"}, r"DE\d\d0{7}\d{11}"),
    "company": ({"company": "company"}, ".+"),
    "number plus or minus ten percent": ({"salary": {"mask": "noise", "ratio": "10%"}}, r"(9|1[01])\d\d(\.\d+)?"),
    "number in a range": ({"size": {"mask": "range", "min": 1, "max": 9}}, r"\d"),
    "number by its band": ({"salary": {"mask": "bucket", "step": 500}}, r"1000\.00"),
    "hstore": ({"pairs": {"mask": "hstore", "keys": {"mail": "email"}, "other": "keep"}}, r".*@example\.com.*"),
    "elements of an array": ({"tags": {"mask": "array", "of": "token"}}, r"\['[0-9a-f]{4}', '[0-9a-f]{4}'\]"),
    "search vector of masked text": (
        {"words": {"mask": "derived", "of": "name", "kind": "search_vector"}, "name": "full_name"},
        ".+",
    ),
    "MAC": ({"mac": "mac"}, r"02:.*"),
    "user agent from a list": ({"agent": "user_agent"}, r"Mozilla/5\.0 .*"),
    "slug of the masked name": (
        {"slug": {"mask": "derived", "of": ["city", "id"], "kind": "slug"}, "city": {"mask": "fixed", "value": "Town"}},
        r"town-\d+",
    ),
    "own list": ({"mood": {"mask": "choice", "values": {"glad": 3, "calm": 1}}}, "glad|calm"),
    "address by one identity": ({"city": {"mask": "address", "part": "city"}}, ".+"),
    "an API key of its service": ({"token": "api_key"}, r"sk_test_MASKED\w+"),
    "letters by letters": ({"plate": {"mask": "scramble", "keep": "品川"}}, r"品川 \d{3} . \d\d-\d\d"),
    "month kept": ({"joined": {"mask": "date_trunc", "to": "month"}}, r"2020-05-01 .*"),
    "IP to its network of 256": ({"ip": {"mask": "ip", "prefix": 24}}, r"\d+\.\d+\.\d+\.\d+"),
    "IP of no machine": ({"ip": "ip"}, r"(192\.0\.2|198\.51\.100|203\.0\.113|198\.1[89]\.\d+|2[45]\d\.\d+\.\d+)\.\d+"),
}


@pytest.fixture
def masking(database: str) -> Iterator[Masking]:
    with Masking(database) as session:
        session.run(*filter(str.strip, _SCHEMA.split(";\n")))
        yield session


def test_wishes_are_rules_that_are_checked_and_run(masking: Masking) -> None:
    missed: dict[str, Any] = {}
    for wish, (rules, form) in _WISHES.items():
        name = next(iter(rules))
        if said := masking.problems("people", rules):
            missed[wish] = said
            continue
        made = [row[name] for row in masking.rows("people", rules)]
        assert len(made) == 40
        others = [value for value in made if value is not None and not re.fullmatch(form, str(value))]
        missed |= {wish: others[0]} if others else {}
    assert missed == {}
    assert len(_WISHES) >= 44
