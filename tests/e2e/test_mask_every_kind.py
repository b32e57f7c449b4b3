"""Every kind of mask through the executable: copied and verified, masked in place and verified, to the same values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from ruamel.yaml import YAML

from tests.executable import run
from tests.servers import Server, database_of

KEY = {
    "MASKER_TEST_KEY": "a key for tests that is long enough, really",
    "ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY": "preview primary key",
    "ACTIVE_RECORD_ENCRYPTION_DETERMINISTIC_KEY": "preview deterministic key",
    "ACTIVE_RECORD_ENCRYPTION_KEY_DERIVATION_SALT": "preview salt",
}

_SCHEMA = """
CREATE EXTENSION hstore;
CREATE TYPE level AS ENUM ('gold', 'silver');
CREATE TABLE things (id bigint PRIMARY KEY, phone text UNIQUE, seats int, salary numeric(10,2), score float8, price
  money, age int, born date, joined timestamptz, seen timestamptz, birthday date, page text, file text, code text, plate
  text, uid uuid UNIQUE, mac macaddr, agent text, secret text, login varchar(60) UNIQUE, company text, job text, card
  text, iban text, bank text, my_number text, account text, lat float8, place point, remark text, mood text,
  level level,
  town text, tags text[], pairs hstore, title text, slug text UNIQUE, words tsvector, greeting text);
INSERT INTO things SELECT n, '090-' || lpad((n * 7)::text, 4, '0') || '-' || lpad((n * 31)::text, 4, '0'), n,
  1000 + n * 3.17, n / 7.0, (n * 1.5)::numeric::money, n % 80, '1950-01-01'::date + n * 13, '2015-01-01'::timestamptz +
  n * interval '31 hours', '2015-01-01'::timestamptz + n * interval '31 hours', '1950-01-01'::date + n * 17,
  'https://site' || n || '.example.org/a/' || n || '.png', 'scan ' || n || '.pdf', 'CODE-' || n * 137, 'KY ' || n * 17,
  md5(n::text)::uuid, ('08:00:2b:01:' || lpad(to_hex(n / 256), 2, '0') || ':' || lpad(to_hex(n % 256), 2,
  '0'))::macaddr,
  'curl/' || n, 'sk_live_' || md5('k' || n), 'user' || n, 'Acme ' || n, 'Job ' || n, '4929-' || lpad(n::text, 4, '0') ||
  '-1234-5678', 'DE89370400440532' || lpad(n::text, 6, '0'), 'BANKDE' || lpad(n::text, 2, '0'), lpad((n * 77777)::text,
  12, '9'), lpad(n::text, 7, '7'), 35 + n / 1000.0, point(139 + n / 1000.0, 35), 'paid ' || n || ' euros', 'mood ' || n,
  CASE n % 2 WHEN 0 THEN 'gold' ELSE 'silver' END::level, 'town ' || n % 30, ARRAY['tag ' || n, 'x' || n],
  hstore('mail',
  'm' || n || '@corp.test') || hstore('n', n::text), 'Title number ' || n, 'title-' || n, to_tsvector('simple', 'title '
  || n), 'hello user' || n FROM generate_series(1, 300) n;
-- Of these codes nearly all are taken, so that what is made of one is another's.
CREATE TABLE codes (id int PRIMARY KEY, code text UNIQUE, "found" text, number int UNIQUE);
INSERT INTO codes SELECT n, lpad(n::text, 4, '0'), 'it''s ' || n, n FROM generate_series(1, 9000) n;
-- Masks that read other tables, whose originals are gone once these are masked.
CREATE TABLE persons (id bigint PRIMARY KEY, name text, email text, sealed text UNIQUE, note text);
INSERT INTO persons SELECT n, 'Ann O' || translate(n::text, '0123456789', 'abcdefghij'), 'ann' || n || '@corp.test',
  '{"p":"' || n || '","h":{"iv":"a","at":"b"}}', 'sealed' FROM generate_series(1, 300) n;
CREATE TABLE notes (id bigint PRIMARY KEY, person_id bigint REFERENCES persons, body text);
INSERT INTO notes SELECT n, n, 'Ask O' || translate(n::text, '0123456789', 'abcdefghij') || ' (ANN' || n ||
  '@corp.test) or b' || n || '@corp.test' FROM generate_series(1, 300) n;
CREATE TABLE versions (id bigint PRIMARY KEY, item_type text, item_id bigint, object_changes jsonb);
INSERT INTO versions SELECT n, 'Person', n, jsonb_build_object('email', jsonb_build_array('old' || n || '@corp.test',
  'ann' || n || '@corp.test'), 'gone', jsonb_build_array(1, 2)) FROM generate_series(1, 300) n;
"""

_COLUMNS = {
    "phone": "digits",
    "seats": "digits",
    "salary": {"mask": "noise", "ratio": "10%"},
    "score": {"mask": "noise", "ratio": "5%"},
    "price": {"mask": "round", "to": 10},
    "age": {"mask": "bucket", "bounds": [0, 18, 30, 65]},
    "born": "birthdate",
    "joined": {"mask": "date_trunc", "to": "month"},
    "seen": "date_noise",
    "birthday": {"mask": "range", "min": "1960-01-01", "max": "1999-12-31"},
    "page": "url",
    "file": "file_name",
    "code": {"mask": "partial", "first": 4},
    "plate": "scramble",
    "uid": "uuid",
    "mac": "mac",
    "agent": "user_agent",
    "secret": "api_key",
    "login": "username",
    "company": "company",
    "job": "job",
    "card": "card",
    "iban": "iban",
    "bank": "bic",
    "my_number": {"mask": "national_id", "country": "JP"},
    "account": "bank_account",
    "lat": {"mask": "geo", "part": "latitude", "within": "5 km"},
    "place": {"mask": "geo", "within": "5 km"},
    "remark": {"mask": "regex_replace", "pattern": "[0-9]+", "to": "0"},
    "mood": {"mask": "choice", "values": ["glad", "calm", "tired"]},
    "level": {"mask": "map", "values": {"gold": "silver", "silver": "gold"}, "other": "keep"},
    "town": {"mask": "dictionary", "file": "towns.txt"},
    "tags": {"mask": "array", "of": "token"},
    "pairs": {"mask": "hstore", "keys": {"mail": "email"}, "other": "keep"},
    "title": "lorem",
    "slug": {"mask": "derived", "of": ["title", "id"], "kind": "slug"},
    "words": {"mask": "derived", "of": "title", "kind": "search_vector"},
    "greeting": {"mask": "template", "template": "hello {login}"},
}

_PERSONS = {
    "name": "full_name",
    "email": "email",
    "sealed": {"mask": "encrypted", "of": "email", "deterministic": True},
    "note": {"mask": "encrypted", "of": "full_name", "count": 20},
}
_NOTES = {"body": "redact_text"}
_VERSIONS = {"item_type": "keep", "object_changes": "history"}
_CODES = {"code": "digits", "found": "scramble", "number": {"mask": "digits", "scope": "number"}}


def test_every_kind_of_mask_is_copied_masked_in_place_and_verified(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    source, flown, stayed = production.create_database(), preview.create_database(), preview.create_database()
    for url in (source, stayed):
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(_SCHEMA.encode())
    rules = tmp_path / "rules.yml"
    with rules.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(
            {
                "version": 1,
                "locale": "en_US",
                "tables": {
                    "things": {"columns": _COLUMNS},
                    "codes": {"columns": _CODES},
                    "persons": {"columns": _PERSONS},
                    "notes": {"columns": _NOTES},
                    "versions": {"columns": _VERSIONS},
                },
            },
            file,
        )
    (tmp_path / "towns.txt").write_text("Alton\nBrook\nCombe\nDale\n", encoding="utf-8")
    given = ("--rules", rules, "--key-env", "MASKER_TEST_KEY", "--verify", "full")

    run("copy", "--source", source, "--target", flown, "--confirm", database_of(flown), *given, env=KEY).expect(0)
    run("mask", "--target", stayed, "--confirm", database_of(stayed), "--first", *given, env=KEY).expect(0)

    assert _rows(flown) == _rows(stayed)
    assert _codes(flown) == _codes(stayed)
    assert _notes(flown) == _notes(stayed)
    assert _sealed(flown) == _sealed(stayed)
    assert [len({*values}) for values in zip(*_sealed(flown), strict=True)] == [300, 20]
    for body, name, email, changes in _notes(flown):
        assert changes["email"][0] != changes["email"][1]
        assert (changes["gone"], "corp" in str(changes)) == ([None, None], False)
        assert body.startswith(f"Ask {name.split()[-1]} ({email}) or ")
        assert "corp" not in body
    before, after = _rows(source), _rows(flown)
    assert len(before) == len(after) == 300
    names = ["id", *_COLUMNS]
    for at, name in enumerate(names[1:], start=1):
        unchanged = sum(one[at] == other[at] for one, other in zip(before, after, strict=True))
        assert unchanged < (200 if name in {"price", "age"} else 30), name


def _codes(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as conn:
        return conn.execute('SELECT code, "found", number FROM codes ORDER BY id').fetchall()


def _sealed(url: str) -> list[tuple[str, str]]:
    with psycopg.connect(url) as conn:
        return conn.execute("SELECT sealed, note FROM persons ORDER BY id").fetchall()


def _notes(url: str) -> list[tuple[str, str, str, dict[str, Any]]]:
    with psycopg.connect(url) as conn:
        query = (
            "SELECT body, name, email, object_changes FROM notes JOIN persons ON persons.id = person_id"
            " JOIN versions ON item_id = persons.id ORDER BY notes.id"
        )
        return conn.execute(query).fetchall()


def _rows(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as conn:
        names = ", ".join(f'"{name}"::text' for name in ("id", *_COLUMNS))
        return conn.execute(f"SELECT {names} FROM things ORDER BY things.id".encode()).fetchall()
