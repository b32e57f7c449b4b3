"""Columns that applications encrypt: what is read together stays together, and ciphertexts that nobody told of are
found."""

from __future__ import annotations

import json
from pathlib import Path

from masker.catalog.read import read_catalog
from masker.masks.encrypted import Ciphertext
from masker.postgres.envelopes import against_ciphertexts
from masker.ruleset.facts import EncryptionFacts, Facts
from masker.ruleset.parse import read_rules
from masker.ruleset.resolve import resolve
from masker.sides import Side
from tests.postgres.masking import Masking

_STORED = '{"p":"n7J0/ol+a7DRMeaE","h":{"iv":"DXZMDWUKfp3bg/Yu","at":"X1/YjMHbHD4talgF9dt61A=="}}'


def test_text_and_iv_are_picked_at_one_place_in_flight_and_in_place(database: str) -> None:
    rule = {
        "mask": "encrypted",
        "library": "attr_encrypted",
        "of": "token",
        "scope": "ssn",
        "keys": {"key": {"env": "K"}},
    }
    rules = {"encrypted_ssn": rule, "encrypted_ssn_iv": {**rule, "part": "iv"}}
    with Masking(database) as masking:
        masking.run(
            "CREATE TABLE people (id bigint PRIMARY KEY, encrypted_ssn text, encrypted_ssn_iv text)",
            "INSERT INTO people SELECT n, 'x', 'y' || n FROM generate_series(1, 60) n",
            "INSERT INTO people VALUES (61, NULL, NULL), (62, '', '')",
        )
        for written in rules.values():
            name = Ciphertext.model_validate(written).known_name("ja_JP")
            sort = "iv" if name.endswith(" iv") else "text"
            masking.known = {**masking.known, name: json.dumps([f"{sort} {at}" for at in range(10)])}
        rows = masking.rows("people", rules)
        assert rows == masking.in_place("people", rules)
        *drawn, null, empty = [(row["encrypted_ssn"], row["encrypted_ssn_iv"]) for row in rows]
        assert {*drawn} == {(f"text {at}", f"iv {at}") for at in range(10)}
        assert null == (None, None)
        assert empty == ("", "")
        masking.run("CREATE UNIQUE INDEX ON people (encrypted_ssn_iv)")
        assert masking.hints("people", rules) == ["use null for both, or drop the index on the preview"]


def test_an_envelope_that_no_facts_tell_of_keeps_clear_text_away(database: str, tmp_path: Path) -> None:
    """Counted in a few rows: a text that only mentions one is none, and what is NULL or encrypted anew may be."""
    file = tmp_path / "rules.yml"
    file.write_text(
        "version: 1\nundecided: keep\ntables: {people: {columns: {name: full_name, note: lorem, mail: email, ssn:"
        " 'null', pin: {mask: encrypted, of: token}, loose: token}}}\n"
    )
    with Masking(database) as masking:
        masking.run(
            "CREATE EXTENSION citext SCHEMA public",
            "CREATE TABLE people (id bigint PRIMARY KEY, name citext, note text, mail text, ssn text, pin text, loose"
            " varchar(300))",
            f"INSERT INTO people VALUES (1, '{_STORED}', 'see {_STORED}', 'a@b.c', '{_STORED}', '{_STORED}', '')",
            f"INSERT INTO people VALUES (2, '{_STORED}', '{{\"p\":1}}', NULL, NULL, NULL, '{_STORED}')",
            "ANALYZE people",
        )
        catalog = read_catalog(masking.conn)
        ruleset = read_rules([file])
        for side in Side:
            found = against_ciphertexts(masking.conn, resolve(ruleset, catalog), catalog, ruleset.facts, side)
            assert [(p.subject, p.found.partition(",")[0]) for p in found.problems] == [
                ("people.name", "2 rows are ciphertexts of Active Record Encryption"),
                ("people.loose", "1 row is a ciphertext of Active Record Encryption"),
            ]
            assert found.problems[0].position is not None
            assert found.problems[0].position.line == 3
        reads = Facts(encryption=EncryptionFacts(support_unencrypted_data=True))
        assert against_ciphertexts(masking.conn, resolve(ruleset, catalog), catalog, reads, Side.SOURCE).problems == ()
