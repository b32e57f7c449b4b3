"""Paths of documents that lead to many, ciphertexts of gems and kept parts of cards, from the rules to the proof."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.pairs import Pair
from tests.servers import Server

_SCRIPT = """
    CREATE EXTENSION ltree;
    CREATE TABLE people (id bigint PRIMARY KEY, doc jsonb, ssn_ciphertext text, encrypted_pin text,
      encrypted_pin_iv text, card text, tree ltree, sealed text);
    INSERT INTO people SELECT n, jsonb_build_object('by', jsonb_build_object('k' || n, jsonb_build_object('mail',
      'canary' || n || '@corp.test')), 'ways', jsonb_build_array(jsonb_build_object('kind', 'phone', 'of',
      'canary' || n), jsonb_build_object('kind', 'site', 'of', 'home')), 'n', n * 10),
      'canary', 'canary', 'canary' || n,
      '4012888888881' || lpad(n::text, 3, '0'), ('top.canary' || n)::ltree,
      '{"p":"n7J0/ol+a7DRMeaE","h":{"iv":"DXZMDWUKfp3bg/Yu","at":"X1/YjMHbHD4talgF9dt61A=="}}'
      FROM generate_series(1, 200) n;
    ANALYZE;
"""

_RULES = """
    tables:
      people:
        columns:
          doc:
            mask: json
            other: keep
            paths:
              "$.by.*.mail": email
              "$.ways[?kind=phone].of": token
              "$.n": {mask: noise, ratio: 10%}
          ssn_ciphertext: {mask: encrypted, library: lockbox, of: digits, count: 20}
          encrypted_pin: {mask: encrypted, library: attr_encrypted, of: digits, count: 20, keys: {key: {env: PIN}}}
          encrypted_pin_iv:
            {mask: encrypted, library: attr_encrypted, part: iv, of: digits, count: 20, keys: {key: {env: PIN}}}
          card: {mask: card, bin: keep, last: 4}
          tree: {mask: ltree, first: 1}
          sealed: SEALED
"""


def test_what_leads_to_many_is_masked_and_proved(production: Server, preview: Server, tmp_path: Path) -> None:
    env = {"MASKER_TEST_KEY": "a key for tests that is long enough, really", "PIN": "p" * 32}
    env["LOCKBOX_MASTER_KEY"] = "0f" * 32
    key = ("--key-env", "MASKER_TEST_KEY")
    pair = Pair.made(production, preview, tmp_path, _SCRIPT, _RULES.replace("SEALED", "token"))
    told = "people.sealed: 200 rows are ciphertexts of Active Record Encryption"
    pair.check(env=env).expect(3, told)
    pair.mask(*key, env=env).expect(3, told)
    pair.decide(_RULES.replace("SEALED", '"null"'))
    pair.copy(*key, env=env).expect(0)
    pair.verify(*key, env=env).expect(0)
    pair.mask(*key, env=env).expect(0)
    query = "SELECT * FROM people ORDER BY id"
    assert pair.rows(query) == pair.rows(query, pair.restored)
    assert pair.rows("SELECT count(*) FROM people WHERE people::text LIKE '%canary%'") == [(0,)]
    picked = "SELECT count(DISTINCT encrypted_pin), count(DISTINCT (encrypted_pin, encrypted_pin_iv)) FROM people"
    assert pair.rows(picked) == [(20, 20)]
    pair.rows_written("UPDATE people SET doc = jsonb_set(doc, '{ways,0,of}', '\"canary1\"') WHERE id = 1")
    pair.verify(*key, env=env).expect(8, "people")
