"""Columns of one scope, identity and mask agree in every row, whatever their lengths, types and indexes, with no foreign key between them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.pairs import Pair
from tests.servers import Server

_ORIGINALS = "'canary.' || n || CASE n % 3 WHEN 0 THEN '@corp.test' WHEN 1 THEN '.somewhat.longer@corp.test' ELSE '' END"


def _pair(production: Server, preview: Server, folder: Path, one: str, other: str, rule: str, more: str = "") -> Pair:
    """Tables ``one`` and ``other`` that hold the same 57 values of ``v``, defined as *one* and *other* say, both under *rule*."""
    script = f"""
        CREATE EXTENSION citext;
        CREATE TABLE one (id int PRIMARY KEY, v {one}); CREATE TABLE other (number bigint PRIMARY KEY, one_id bigint, v {other}); {more}
        INSERT INTO one SELECT n, {_ORIGINALS} FROM generate_series(1, 57) n; INSERT INTO other SELECT 1000 - id, id, v::text FROM one;
    """
    by = "" if "by: value" in rule else ", by: one_id"
    rules = f"locale: ja_JP\ntables:\n  one: {{columns: {{v: {{{rule}, scope: shared}}}}}}\n  other: {{columns: {{v: {{{rule}, scope: shared{by}}}}}}}\n"
    return Pair.made(production, preview, folder, script, rules)


_AGREE = "SELECT count(*), count(*) FILTER (WHERE a.v::text = b.v::text) FROM one a JOIN other b ON b.one_id::text = a.id::text"


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        ("text UNIQUE", "text", "mask: token, by: value"), ("citext UNIQUE", "citext", "mask: token, by: value"), ("varchar(60)", "varchar(40)", "mask: email, by: value"),
        ("varchar(37) UNIQUE", "varchar(44)", "mask: email"), ("char(60)", "text", "mask: email, by: value"), ("citext", "text", "mask: token, by: value"),
        ("text", "varchar(40) UNIQUE", "mask: token, by: value, alphabet: base58"), ("citext", "varchar(40)", "mask: email, by: value"), ("varchar(36)", "citext", "mask: lorem, by: value"),
        ("char(40)", "varchar", "mask: full_name, script: romaji"), ("text UNIQUE", "varchar(50)", "mask: token"),
    ],
)  # fmt: skip
def test_every_row_agrees(production: Server, preview: Server, tmp_path: Path, one: str, other: str, rule: str) -> None:
    pair = _pair(production, preview, tmp_path, one, other, rule)
    pair.copy().expect(0)
    assert pair.rows(_AGREE) == [(57, 57)]
    assert pair.rows("SELECT count(*) FROM one WHERE v::text LIKE 'canary.%'") == [(0,)]


@pytest.mark.parametrize(("one", "other", "rule"), [("citext UNIQUE", "citext", "mask: token, by: value"), ("varchar(60)", "varchar(40)", "mask: email"), ("varchar(36)", "text", "mask: full_name, by: value")])
def test_every_row_agrees_in_place(production: Server, preview: Server, tmp_path: Path, one: str, other: str, rule: str) -> None:
    pair = _pair(production, preview, tmp_path, one, other, rule)
    pair.mask().expect(0)
    assert pair.rows(_AGREE, pair.restored) == [(57, 57)]


@pytest.mark.parametrize(
    ("key", "reference"), [("bigint", "int"), ("int", "text"), ("uuid", "varchar(40)"), ("citext", "text"), ("smallint", "numeric"), ("text", "char(40)"), ("bigint", "bigint NOT NULL UNIQUE")]
)  # fmt: skip
def test_identities_of_other_types_are_read_alike(production: Server, preview: Server, tmp_path: Path, key: str, reference: str) -> None:
    """E-mails and names of one person, whose key is held as another type elsewhere; one e-mail stands in a document."""
    made = {"uuid": "lpad(n::text, 32, '0')::uuid", "citext": "'Key' || n", "text": "'Key' || n"}.get(key, "n")
    script = f"""
        CREATE EXTENSION citext;
        CREATE TABLE one (id {key} PRIMARY KEY, mail varchar(60) NOT NULL, v text, kana varchar(3), doc jsonb); CREATE TABLE other (number int PRIMARY KEY, one_id {reference}, mail varchar(45), v varchar(30), kana text);
        INSERT INTO one SELECT {made}, 'canary' || n || '@corp.test', 'canary', 'can', jsonb_build_object('mail', 'canary') FROM generate_series(1, 60) n;
        INSERT INTO other SELECT row_number() OVER (), {"upper(id)" if key == "citext" else "id"}::{reference.removesuffix(" NOT NULL UNIQUE")}, mail, v, kana FROM one;
    """
    rules = """
        locale: ja_JP
        tables:
          one:
            columns:
              id: keep
              mail: {mask: email, scope: person}
              v: {mask: last_name, scope: person}
              kana: {mask: last_name, scope: person, script: katakana}
              doc: {mask: json, other: drop, paths: {$.mail: {mask: email, scope: person}}}
          other:
            columns:
              one_id: keep
              mail: {mask: email, by: one_id, scope: person}
              v: {mask: last_name, by: one_id, scope: person}
              kana: {mask: last_name, by: one_id, scope: person, script: katakana}
    """
    pair = Pair.made(production, preview, tmp_path, script, rules)
    pair.copy().expect(0)
    joined = "FROM one a JOIN other b ON lower(trim(b.one_id::text)) = lower(a.id::text)"
    assert pair.rows(f"SELECT count(*), count(*) FILTER (WHERE a.mail = b.mail AND a.v = b.v AND a.kana = b.kana AND a.doc->>'mail' = a.mail) {joined}") == [(60, 60)]
    assert pair.rows("SELECT count(DISTINCT mail), bool_or(length(kana) = 3) FROM one") == [(60, True)]


def test_a_key_that_is_masked_in_one_table_only(production: Server, preview: Server, tmp_path: Path) -> None:
    script = """CREATE TABLE one (id int PRIMARY KEY, mail text); CREATE TABLE other (number int PRIMARY KEY, one_id int, mail text);
                INSERT INTO one SELECT n, 'canary' FROM generate_series(1, 30) n; INSERT INTO other SELECT n, n, 'canary' FROM generate_series(1, 30) n"""
    rules = """
        tables:
          one: {columns: {mail: {mask: email, scope: person}}}
          other: {columns: {one_id: null, mail: {mask: email, by: one_id, scope: person}}}
    """
    pair = Pair.made(production, preview, tmp_path, script, rules)
    pair.copy().expect(0)
    assert pair.rows("SELECT count(*), count(*) FILTER (WHERE a.mail = b.mail) FROM one a JOIN other b ON b.number = a.id") == [(30, 30)]
    assert pair.rows("SELECT count(*) FROM other WHERE mail ~ ('[.]' || number || '@')") == [(0,)], "the address shows no key that is gone"


@pytest.mark.parametrize(
    ("one", "other", "rule", "told"),
    [
        ("text UNIQUE", "citext", "mask: token, by: value", r"rules.yml:4:19 one.v: a unique index tells A from a in it, and other.v \(\S+rules.yml:5:21\), which is citext, does not"),
        ("text UNIQUE", "varchar(14)", "mask: token, by: value", r"rules.yml:4:19 one.v: 14 characters are too few to stay unique, .* as other.v \(\S+:5:21\) would be"),
        ("text UNIQUE", "varchar(14)", "mask: token, by: value", r"rules.yml:5:21 other.v: 14 characters are too few .* and it has to agree with one.v \(\S+:4:19\), on which a unique index rests"),
        ("text", "bytea", "mask: token, by: value", r"rules.yml:5:21 other.v: it is bytea and one.v \(\S+:4:19\) is text: they share scope shared and mask, and cannot agree"),
    ],
)  # fmt: skip
def test_what_cannot_agree_is_refused_with_both_places(production: Server, preview: Server, tmp_path: Path, one: str, other: str, rule: str, told: str) -> None:
    script = f"CREATE EXTENSION citext; CREATE TABLE one (id int PRIMARY KEY, v {one}); CREATE TABLE other (number bigint PRIMARY KEY, one_id bigint, v {other})"
    rules = f"locale: ja_JP\ntables:\n  one: {{columns: {{v: {{{rule}, scope: shared}}}}}}\n  other: {{columns: {{v: {{{rule}, scope: shared}}}}}}\n"
    pair = Pair.made(production, preview, tmp_path, script, rules)
    for done in (pair.plan(), pair.plan_mask(), pair.check()):
        done.expect(3, told)


def test_by_any_unique_key_rows_are_told_apart(production: Server, preview: Server, tmp_path: Path) -> None:
    script = "CREATE TABLE one (id int PRIMARY KEY, user_id int NOT NULL UNIQUE, v text UNIQUE); INSERT INTO one SELECT n, -n, 'canary' || n FROM generate_series(1, 30) n"
    pair = Pair.made(production, preview, tmp_path, script, "tables: {one: {columns: {v: {mask: email, by: user_id}}}}\n")
    pair.copy().expect(0)
    assert pair.rows("SELECT count(DISTINCT v) FROM one") == [(30,)]
