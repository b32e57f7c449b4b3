"""Columns of one scope, identity and mask agree in every row, whatever their lengths, types and indexes, with no
foreign key between them."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.pairs import Pair
from tests.servers import Server

_ORIGINALS = (
    "'canary.' || n || CASE n % 3 WHEN 0 THEN '@corp.test' WHEN 1 THEN '.somewhat.longer@corp.test' ELSE '' END"
)

#: Types of two columns and the rule of both: every case is two tables of one database, so that one run tries them all.
_CASES = [
    ("text UNIQUE", "text", "mask: token, by: value"),
    ("citext UNIQUE", "citext", "mask: token, by: value"),
    ("varchar(60)", "varchar(40)", "mask: email, by: value"),
    ("varchar(37) UNIQUE", "varchar(44)", "mask: email"),
    ("char(60)", "text", "mask: email, by: value"),
    ("citext", "text", "mask: token, by: value"),
    ("text", "varchar(40) UNIQUE", "mask: token, by: value, alphabet: base58"),
    ("citext", "varchar(40)", "mask: email, by: value"),
    ("varchar(36)", "citext", "mask: lorem, by: value"),
    ("char(40)", "varchar", "mask: full_name, script: romaji"),
    ("text UNIQUE", "varchar(50)", "mask: token"),
    ("varchar(60)", "varchar(40)", "mask: email"),
    ("varchar(36)", "text", "mask: full_name, by: value"),
]


def _tables(case: int, one: str, other: str) -> str:
    """Tables ``one`` and ``other`` of *case* that hold the same 57 values of ``v``."""
    return f"""
        CREATE TABLE one{case} (id int PRIMARY KEY, v {one}); CREATE TABLE other{case} (number bigint PRIMARY KEY,
        one_id bigint, v {other});
        INSERT INTO one{case} SELECT n, {_ORIGINALS} FROM generate_series(1, 57) n; INSERT INTO other{case}
        SELECT 1000 - id, id, v::text FROM one{case};
    """


def _rules(case: int, rule: str) -> str:
    by = "" if "by: value" in rule else ", by: one_id"
    return (
        f"  one{case}: {{columns: {{v: {{{rule}, scope: s{case}}}}}}}\n  other{case}: {{columns: {{v: {{{rule}, scope:"
        f" s{case}{by}}}}}}}\n"
    )


def test_every_row_agrees_in_a_copy_and_in_place(production: Server, preview: Server, tmp_path: Path) -> None:
    script = "CREATE EXTENSION citext;" + "".join(
        _tables(case, one, other) for case, (one, other, _) in enumerate(_CASES)
    )
    rules = "locale: ja_JP\ntables:\n" + "".join(_rules(case, rule) for case, (_, _, rule) in enumerate(_CASES))
    pair = Pair.made(production, preview, tmp_path, script, rules)
    pair.copy().expect(0)
    pair.mask().expect(0)
    for case in range(len(_CASES)):
        agreeing = (
            f"SELECT count(*), count(*) FILTER (WHERE a.v::text = b.v::text) FROM one{case} a JOIN other{case} b ON"
            " b.one_id = a.id"
        )
        for database in (pair.target, pair.restored):
            assert pair.rows(agreeing, database) == [(57, 57)], _CASES[case]
            assert pair.rows(f"SELECT count(*) FROM one{case} WHERE v::text LIKE 'canary.%'", database) == [(0,)], (
                _CASES[case]
            )


#: A key and a column that refers to it.
_KEYS = [
    ("bigint", "int"),
    ("int", "text"),
    ("uuid", "varchar(40)"),
    ("citext", "text"),
    ("smallint", "numeric"),
    ("text", "char(40)"),
    ("bigint", "bigint NOT NULL UNIQUE"),
]


def _people(case: int, key: str, reference: str) -> str:
    made = {"uuid": "lpad(n::text, 32, '0')::uuid", "citext": "'Key' || n", "text": "'Key' || n"}.get(key, "n")
    return f"""
        CREATE TABLE one{case} (id {key} PRIMARY KEY, mail varchar(60) NOT NULL, v text, kana varchar(3), doc jsonb);
        CREATE TABLE other{case} (number int PRIMARY KEY, one_id {reference}, mail varchar(45), v varchar(30),
        kana text);
        INSERT INTO one{case} SELECT {made}, 'canary' || n || '@corp.test', 'canary', 'can', jsonb_build_object('mail',
        'canary') FROM generate_series(1, 60) n;
        INSERT INTO other{case} SELECT row_number() OVER (),
        {"upper(id)" if key == "citext" else "id"}::{reference.removesuffix(" NOT NULL UNIQUE")}, mail, v, kana
        FROM one{case};
    """


def _people_rules(case: int) -> str:
    return f"""
          one{case}:
            columns:
              id: keep
              mail: {{mask: email, scope: person{case}}}
              v: {{mask: last_name, scope: person{case}}}
              kana: {{mask: last_name, scope: person{case}, script: katakana}}
              doc: {{mask: json, other: drop, paths: {{$.mail: {{mask: email, scope: person{case}}}}}}}
          other{case}:
            columns:
              one_id: keep
              mail: {{mask: email, by: one_id, scope: person{case}}}
              v: {{mask: last_name, by: one_id, scope: person{case}}}
              kana: {{mask: last_name, by: one_id, scope: person{case}, script: katakana}}
    """.rstrip()


def test_identities_of_other_types_are_read_alike(production: Server, preview: Server, tmp_path: Path) -> None:
    """E-mails and names of one person, whose key is held as another type elsewhere; one e-mail stands in a document."""
    script = "CREATE EXTENSION citext;" + "".join(_people(case, *types) for case, types in enumerate(_KEYS))
    rules = "\n        locale: ja_JP\n        tables:" + "".join(map(_people_rules, range(len(_KEYS)))) + "\n"
    pair = Pair.made(production, preview, tmp_path, script, rules)
    pair.copy().expect(0)
    for case, types in enumerate(_KEYS):
        joined = f"FROM one{case} a JOIN other{case} b ON lower(trim(b.one_id::text)) = lower(a.id::text)"
        agreeing = (
            "count(*) FILTER (WHERE a.mail = b.mail AND a.v = b.v AND a.kana = b.kana AND a.doc->>'mail' = a.mail)"
        )
        assert pair.rows(f"SELECT count(*), {agreeing} {joined}") == [(60, 60)], types
        assert pair.rows(f"SELECT count(DISTINCT mail), bool_or(length(kana) = 3) FROM one{case}") == [(60, True)], (
            types
        )


def test_a_key_that_is_masked_in_one_table_only(production: Server, preview: Server, tmp_path: Path) -> None:
    script = """CREATE TABLE one (id int PRIMARY KEY, mail text); CREATE TABLE other (number int PRIMARY KEY,
one_id int, mail text);
                INSERT INTO one SELECT n, 'canary' FROM generate_series(1, 30) n; INSERT INTO other SELECT n, n,
                'canary' FROM generate_series(1, 30) n"""
    rules = """
        tables:
          one: {columns: {mail: {mask: email, scope: person}}}
          other: {columns: {one_id: null, mail: {mask: email, by: one_id, scope: person}}}
    """
    pair = Pair.made(production, preview, tmp_path, script, rules)
    pair.copy().expect(0)
    assert pair.rows(
        "SELECT count(*), count(*) FILTER (WHERE a.mail = b.mail) FROM one a JOIN other b ON b.number = a.id"
    ) == [(30, 30)]
    assert pair.rows("SELECT count(*) FROM other WHERE mail ~ ('[.]' || number || '@')") == [(0,)], (
        "the address shows no key that is gone"
    )


def test_what_cannot_agree_is_refused_with_both_places(production: Server, preview: Server, tmp_path: Path) -> None:
    rule = "mask: token, by: value"
    types = [("text UNIQUE", "citext"), ("text UNIQUE", "varchar(14)"), ("text", "bytea")]
    script = "CREATE EXTENSION citext;" + "".join(
        f"CREATE TABLE one{case} (id int PRIMARY KEY, v {one}); CREATE TABLE other{case} (number bigint PRIMARY KEY,"
        f" one_id bigint, v {other});"
        for case, (one, other) in enumerate(types)
    )
    pair = Pair.made(
        production,
        preview,
        tmp_path,
        script,
        "locale: ja_JP\ntables:\n" + "".join(_rules(case, rule) for case in range(len(types))),
    )
    for done in (pair.plan(), pair.plan_mask(), pair.check()):
        done.expect(
            3,
            r"rules.yml:4:20 one0.v: a unique index tells A from a in it, and other0.v \(\S+rules.yml:5:22\), which is"
            r" citext, does not",
            r"rules.yml:6:20 one1.v: 14 characters are too few to stay unique, .* as other1.v \(\S+:7:22\) would be",
            r"rules.yml:7:22 other1.v: 14 characters are too few .* and it has to agree with one1.v \(\S+:6:20\), on"
            r" which a unique index rests",
            r"rules.yml:9:22 other2.v: it is bytea and one2.v \(\S+:8:20\) is text: they share scope s2 and mask, and"
            r" cannot agree",
        )


def test_by_any_unique_key_rows_are_told_apart(production: Server, preview: Server, tmp_path: Path) -> None:
    script = (
        "CREATE TABLE one (id int PRIMARY KEY, user_id int NOT NULL UNIQUE, v text UNIQUE); INSERT INTO one SELECT n,"
        " -n, 'canary' || n FROM generate_series(1, 30) n"
    )
    pair = Pair.made(
        production, preview, tmp_path, script, "tables: {one: {columns: {v: {mask: email, by: user_id}}}}\n"
    )
    pair.copy().expect(0)
    assert pair.rows("SELECT count(DISTINCT v) FROM one") == [(30,)]
