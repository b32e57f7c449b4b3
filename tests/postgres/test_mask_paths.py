"""Paths of documents that lead to many: what they mask, what stays, and that originals which are left are found."""

from __future__ import annotations

import json
from typing import Any

import psycopg

from masker.catalog.read import read_catalog
from masker.postgres.document_paths import against_documents
from masker.ruleset.parse import read_rules
from masker.ruleset.resolve import resolve
from masker.sides import Side
from tests.postgres.masking import Masking
from tests.postgres.originals import Source

_DOCUMENT = {
    "by": {"x1": {"mail": "a@corp.test", "n": 1}, 'odd "key"': {"mail": "b@corp.test"}, "flat": "c@corp.test"},
    "ways": [
        {"kind": "phone", "of": "03-1234-5678", "n": 12},
        {"kind": "site", "of": "home", "n": 13},
        "bare",
        None,
        {"kind": "phone", "of": ["list"], "n": "13"},
    ],
    "deep": [[{"mail": 'd\\"@corp.test'}], {"x": {"mail": None, "text": 'he wrote "mail": "e@corp.test"'}}],
    "mail": True,
}


def _made(masking: Masking, paths: dict[str, Any], other: str) -> Any:
    rules = {"doc": {"mask": "json", "paths": paths, "other": other}}
    assert masking.problems("docs", rules) == []
    (row,) = masking.rows("docs", rules)
    assert masking.in_place("docs", rules) == [row]
    return row["doc"]


def test_paths_lead_to_every_key_to_chosen_elements_and_to_any_depth(database: str) -> None:
    with Masking(database, locale="en_US") as masking:
        masking.run("CREATE TABLE docs (id bigint PRIMARY KEY, doc jsonb)")
        masking.conn.execute("INSERT INTO public.docs VALUES (7, %s)", [json.dumps(_DOCUMENT)])
        was = json.loads(json.dumps(_DOCUMENT))

        made = _made(masking, {"$.by.*.mail": "email"}, "keep")
        assert [*made["by"]] == [*was["by"]] or {*made["by"]} == {*was["by"]}
        mails = [one["mail"] for one in made["by"].values() if one is not None]
        assert len({*mails}) == 2
        assert all(mail.endswith("@example.com") for mail in mails)
        assert (made["by"]["x1"]["n"], made["by"]["flat"]) == (1, None)
        assert {key: made[key] for key in ("ways", "deep", "mail")} == {k: was[k] for k in ("ways", "deep", "mail")}
        assert _made(masking, {"$.by.*": "token"}, "drop")["by"]["x1"] is None

        paths = {"$.ways[?kind=phone].of": "phone", "$.ways[?kind=phone].n": {"mask": "round", "to": 10}}
        one, other, bare, null, odd = _made(masking, paths, "keep")["ways"]
        assert one["of"] != "03-1234-5678"
        assert (one["n"], other, bare, null) == (10, was["ways"][1], "bare", None)
        assert odd == {"kind": "phone", "of": None, "n": None}
        one, other, *_ = _made(masking, paths, "mask")["ways"]
        assert (one["n"], len(one["kind"]), other["of"] == "home") == (10, 5, False)
        assert _made(masking, paths, "drop")["ways"][1:4] == [None, None, None]

        made = _made(masking, {"$.**.mail": "email", "$.**.n": {"mask": "digits"}}, "keep")
        assert "@corp.test" not in json.dumps([made["by"]["x1"], made["by"]['odd "key"'], made["deep"][0]])
        assert made["by"]["flat"] == "c@corp.test"
        assert made["deep"][1] == was["deep"][1], "what looks like a key in a text is none"
        assert all(
            isinstance(way["n"], type(old["n"])) for way, old in zip(made["ways"][:2], was["ways"], strict=False)
        )
        assert made["mail"].endswith("@example.com")
        # A list is no leaf: there everything is masked.
        made = _made(masking, {"$.**.of": "phone"}, "keep")
        assert made["ways"][1]["of"] != "home"
        assert made["ways"][4]["of"] != ["list"]
        assert "c@corp.test" not in json.dumps(made)
        made = _made(masking, {"$.**.mail": "keep"}, "mask")
        assert made["by"]["x1"]["mail"] == "a@corp.test"
        assert made["by"]["flat"] != "c@corp.test"


def test_originals_left_where_such_paths_lead_are_found(database: str) -> None:
    with Source(
        database,
        "CREATE TABLE docs (id bigint PRIMARY KEY, doc jsonb)",
        "INSERT INTO docs SELECT n, jsonb_build_object('by', jsonb_build_object('k' || n, jsonb_build_object('mail',"
        " 'a' || n || '@corp.test')), 'ways', jsonb_build_array(jsonb_build_object('kind', 'phone', 'of', 'b' || n ||"
        " '@corp.test'), jsonb_build_object('kind', 'site', 'of', 'site' || n)), 'n', n + 1000) FROM"
        " generate_series(1, 300) n; ANALYZE docs",
    ) as source:
        for paths, planted in (
            ({"$.by.*.mail": "email"}, "$.by.*.mail"),
            ({"$.ways[?kind=phone].of": "email"}, "$.ways[?kind=phone].of"),
            ({"$.**.mail": "email"}, "$.**.mail"),
            ({"$.n": {"mask": "noise", "ratio": "10%"}}, "$.n"),
        ):
            rules = {"docs": {"doc": {"mask": "json", "paths": paths, "other": "keep"}}}
            assert source.failures("docs", rules) == []
            (told,) = source.failures("docs", rules, {"doc": "doc"})
            assert f"docs.doc {planted}: 300 of 300 values are the source's own" in told


def test_such_paths_are_looked_for_in_documents(database: str, tmp_path: Any) -> None:
    file = tmp_path / "rules.yml"
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("CREATE TABLE docs (id bigint PRIMARY KEY, doc jsonb)")
        conn.execute(
            "INSERT INTO docs SELECT n, jsonb_build_object('by', jsonb_build_object('k' || n,"
            " jsonb_build_object('mail', 'x')), 'ways', jsonb_build_array(jsonb_build_object('kind', 'phone')))"
            " FROM generate_series(1, 1200) n"
        )
        conn.execute("ANALYZE docs")
        catalog = read_catalog(conn)
        for paths, missing in (
            ({"$.by.*.mail", "$.ways[?kind=phone].kind"}, set()),
            ({"$.**.mail"}, set()),
            ({"$.by.*.nail", "$.ways[?kind=fax].kind"}, {"$.by.*.nail", "$.ways[?kind=fax].kind"}),
            ({"$.**.nail"}, {"$.**.nail"}),
        ):
            written = ", ".join(f'"{path}": token' for path in sorted(paths))
            rule = f"{{mask: json, other: keep, paths: {{{written}}}}}"
            file.write_text(f"version: 1\ntables: {{docs: {{columns: {{doc: {rule}}}}}}}\n")
            found = against_documents(conn, resolve(read_rules([file]), catalog), Side.SOURCE)
            assert {problem.found.partition(": ")[0] for problem in found.problems} == missing
            file.write_text(file.read_text().replace("other: keep, ", ""))
            told = against_documents(conn, resolve(read_rules([file]), catalog), Side.SOURCE).problems
            assert any("it is not said what becomes of everything" in problem.found for problem in told)
