"""Paths of the mask json against the documents there are: a path that leads nowhere masks nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from masker.masks.json_rule import Json
from masker.postgres.connect import connect, parse_url
from masker.postgres.documents import look
from masker.sides import Side
from masker.tables.documents import asked
from tests.e2e.pairs import Pair
from tests.executable import run
from tests.servers import Server
from tests.unit.ruleset.files import resolved


def _people(
    rows: int,
    document: str = "jsonb_build_object('email', 'canary' || n || '@corp.test', 'lang', 'ja')",
    kind: str = "jsonb",
) -> str:
    return (
        f"CREATE TABLE people (id int PRIMARY KEY, doc {kind}); INSERT INTO people SELECT n, {document} FROM"
        f" generate_series(1, {rows}) n; ANALYZE"
    )


def _rule(paths: str, other: str = ", other: keep") -> str:
    return f"tables:\n  people:\n    columns:\n      doc: {{mask: json, paths: {{{paths}}}{other}}}\n"


def test_a_path_that_no_document_has_is_refused_wherever_the_rules_are_read(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    pair = Pair.made(production, preview, tmp_path, _people(1200), _rule("$.emial: email"))
    for told in (pair.plan(), pair.copy(), pair.plan_mask(), pair.mask(), pair.check()):
        told.expect(
            3,
            r"rules.yml:5:33 people.doc: \$.emial: none of the 1,200 documents has it",
            r"did you mean \$.email\?",
            "`optional: true`",
        )
    pair.decide(_rule("$.email: email"))
    pair.copy().expect(0)
    assert pair.rows("SELECT count(*) FROM people WHERE doc->>'email' LIKE 'canary%'") == [(0,)]


def test_a_path_that_one_document_has_is_none_to_refuse(production: Server, preview: Server, tmp_path: Path) -> None:
    script = (
        _people(30_000) + """; UPDATE people SET doc = doc || '{"old": [[], [{"tel": "canary"}]]}' WHERE id = 29999"""
    )
    pair = Pair.made(production, preview, tmp_path, script, _rule('"$.old[*][*].tel": phone, $.email: email'))
    assert "documents" not in pair.plan().expect(0).out
    pair.plan_mask().expect(0)


def test_optional_paths_and_those_few_documents_could_have_are_noted(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    pair = Pair.made(
        production, preview, tmp_path, _people(1200), _rule("$.email: email, $.fax: {mask: phone, optional: true}")
    )
    pair.plan().expect(0, r"people.doc: \$.fax: none of the 1,200 documents has it, which `optional: true` allows")
    pair.plan_mask().expect(0, r"\$.fax: none of the 1,200 documents")
    few = Pair.made(production, preview, tmp_path, _people(999), _rule("$.emial: email"))
    few.plan().expect(0, r"\$.emial: none of the 999 documents has it \(.*rules.yml:5:33\); did you mean \$.email\?")
    none = Pair.made(production, preview, tmp_path, _people(0), _rule("$.emial: email"))
    assert "documents" not in none.plan().expect(0).out


def test_what_no_path_names_has_to_be_decided(production: Server, preview: Server, tmp_path: Path) -> None:
    document = (
        """jsonb_build_object('email', 'canary', 'tags', '["canary", "b"]'::jsonb,"""
        """ 'deep', '{"a": 1, "b": {"c": null}}'::jsonb)"""
    )
    pair = Pair.made(
        production, preview, tmp_path, _people(40, document), _rule("$.email: email, $.deep.b: token", other="")
    )
    said = r"rules.yml:5:7 people.doc: it is not said what becomes of everything its paths do not name"
    for told in (pair.plan(), pair.plan_mask(), pair.check()):
        told.expect(3, said, "2 other leaves stand in the documents looked at", "add `other: mask` .* or `other: drop`")
    run("rules", "check", "--rules", pair.rules).expect(3, said)


@pytest.mark.parametrize(
    ("document", "path", "meant"),
    [
        (
            """jsonb_build_object('sns', jsonb_build_array(jsonb_build_object('handle', 'canary' || n)))""",
            "$.sns.handle",
            r"\$.sns\[\*\].handle",
        ),
        (
            """jsonb_build_object('sns', jsonb_build_object('handle', 'canary' || n))""",
            '"$.sns[*].handle"',
            r"\$.sns.handle",
        ),
        (
            "jsonb_build_object('a', jsonb_build_array(jsonb_build_object('b',jsonb_build_object('e mail','canary'))))",
            '"$.a[*].b.emails"',
            r'\$.a\[\*\].b."e mail"',
        ),
    ],
)
def test_near_paths_are_named(
    production: Server, preview: Server, tmp_path: Path, document: str, path: str, meant: str
) -> None:
    pair = Pair.made(production, preview, tmp_path, _people(1000, document), _rule(f"{path}: token"))
    pair.plan().expect(3, f"did you mean {meant}\\?")


def test_keys_that_are_data_are_not_told(production: Server, preview: Server, tmp_path: Path) -> None:
    document = (
        "jsonb_build_object('by', jsonb_build_object('canary' || n || '@corp.test', 1, 'canary@corp.test', 2, 'canary'"
        " || n % 100, 3))"
    )
    pair = Pair.made(production, preview, tmp_path, _people(1200, document), _rule("$.by.canary1: token"))
    done = pair.plan().expect(0)  # it is there
    pair.decide(_rule("$.by.canari: token"))
    done = pair.plan().expect(3, r"\$.by.canari: none of the 1,200")
    assert "did you mean" not in done.err


def test_a_rule_for_several_tables_needs_its_paths_in_one_of_them(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    script = """CREATE TABLE events (id int, at date, doc json) PARTITION BY RANGE (at);
CREATE TABLE old PARTITION OF events FOR VALUES FROM ('2000-01-01') TO ('2010-01-01');
                CREATE TABLE new PARTITION OF events FOR VALUES FROM ('2010-01-01') TO ('2020-01-01');
                INSERT INTO events SELECT n, '2005-01-01', '{"a": "canary"}' FROM generate_series(1, 1500) n;
                INSERT INTO events SELECT n, '2015-01-01', '{"b": "canary"}' FROM generate_series(1, 1500) n"""
    rules = "tables: {events: {columns: {doc: {mask: json, other: drop, paths: {$.a: token, $.b: token}}}}}\n"
    pair = Pair.made(production, preview, tmp_path, script, rules)
    pair.plan().expect(0)
    pair.decide(rules.replace("$.b", "$.c"))
    pair.plan().expect(3, r"\$.c: none of the 3,000 documents has it")


def test_a_document_that_the_mask_cannot_read_is_told_before_the_run(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    document = r"""CASE n WHEN 700 THEN '{"a": "canary\u0000"}' ELSE '{"a": "canary"}' END::json"""
    pair = Pair.made(production, preview, tmp_path, _people(800, document, kind="json"), _rule("$.a: token"))
    before = len(preview.embedded.log_file.read_bytes())
    for told in (pair.plan(), pair.plan_mask()):
        told.expect(
            3, r"rules.yml:5:7 people.doc: a document holds \\u0000 or half of a surrogate pair", "leave their rows out"
        )
    assert b"canary" not in preview.embedded.log_file.read_bytes()[before:], (
        "a target's log keeps no piece of a document"
    )


def test_a_look_that_takes_too_long_ends_and_refuses_only_what_another_key_explains(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    rule = _rule("$.emial: email, $.rare: token")
    pair = Pair.made(production, preview, tmp_path, _people(200_000), rule)
    with connect(parse_url(pair.source, Side.SOURCE)) as conn:
        from masker.catalog.read import read_catalog
        from masker.tables.documents import judged

        resolution = resolved(read_catalog(conn), rule)
        looks = look(conn, asked(resolution), Side.SOURCE, each_s=0.02)
        ((question, seen),) = looks
        assert isinstance(question.rule, Json)
        assert not seen.is_whole
        assert 1000 <= seen.documents < 200_000
        found = judged(resolution, looks)
        assert [p.hint for p in found.problems if "$.emial" in p.found and "looked at has it" in p.found]
        assert [
            n.text
            for n in found.notes
            if n.text.startswith("$.rare: none of the") and "more than could be looked at" in n.text
        ]
        assert len(found.problems) == len(found.notes) == 1
