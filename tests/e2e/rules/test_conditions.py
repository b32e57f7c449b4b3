"""Masks by condition through the executable: in a copy, in place by rewrite and in batches, proved, and what is kept by
a rule's leave."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.e2e.pairs import Pair
from tests.servers import Server

_TABLES = """
CREATE TABLE users (id bigserial PRIMARY KEY, email varchar(80) NOT NULL UNIQUE, phone text, country text,
staff boolean, notes text, doc jsonb, handle text, born date);
INSERT INTO users (email, phone, country, staff, notes, doc) SELECT 'canary' || i || '@mail.test', '080-1234-'
|| 1000 + i, (ARRAY['JP', 'US', NULL])[1 + i % 3], (ARRAY[false, NULL, true])[1 + i % 5 / 2],
  CASE WHEN i % 5 = 4 THEN 'write to canary' || i || '@mail.test' END, jsonb_build_object('email', 'canary' || i
  || '@mail.test') FROM generate_series(1, 600) i;
CREATE TABLE letters (id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, body text);
INSERT INTO letters (user_id, body) SELECT id, 'canary: ' || email FROM users WHERE staff;
ANALYZE;
"""

#: Notes and letters hold the addresses of staff alone.
_RULES = """\
tables:
  users:
    strategy: {strategy}
    columns:
      email: {{mask: email, unless: "staff"}}
      phone:
        - {{when: "country = 'JP'", mask: phone, locale: ja_JP}}
        - {{when: "staff", mask: keep}}
        - {{when: "country = 'US'", mask: fixed, value: none}}
        - else: {{mask: token, alphabet: digits}}
      notes: keep
      country: {{mask: keep, reason: the country of a person is no secret here}}
      handle: {{mask: token, length: 12, alphabet: alnum, unique: true, null: mask, reason: handles are looked up}}
      born: {{mask: fixed, value: 1970-01-01, null: mask, share: 25%}}
      doc: {{mask: json, paths: {{$.email: email}}, other: drop, where: "not staff"}}
  letters: {{columns: {{body: keep}}}}
"""

_READ = "SELECT id, email, phone, country, staff, doc ->> 'email', handle, born FROM users ORDER BY id"


def test_what_conditions_leave_stays_and_all_else_is_masked(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    pair = Pair.made(production, preview, tmp_path, _TABLES, _RULES.format(strategy="rewrite"))
    pair.plan("--all").expect(
        0,
        "email +email unless staff",
        "phone +phone when country = 'JP', keep when staff, fixed when country = 'US', else token",
        "doc +json where not staff",
        r"handle +token null: mask unique: true \(handles are looked up\)",
        r"born +fixed null: mask share: 25%",
        r"kept +country \(the country of a person is no secret here\), notes",
    )
    key = {"MASKER_KEY": "a key for this test, long enough 0123456789"}
    pair.copy("--key-env", "MASKER_KEY", env=key).expect(0, "0 failed, 0 not run")
    made = pair.rows(_READ)
    originals = {row[0]: row for row in pair.rows(_READ, pair.source)}
    assert len({row[6] for row in made}) == 600
    assert 100 < [row[7] for row in made].count(None) < 200
    for row_id, email, phone, country, staff, leaf, _handle, _born in made:
        was_email, was_phone, was_leaf = (originals[row_id][at] for at in (1, 2, 5))
        assert (email == was_email) is (staff is True)
        assert (leaf == was_leaf) is (staff is True)
        # Whether a row of no country is Japanese nobody knows, so staff's leave is not enough.
        if country == "US":
            assert phone == (was_phone if staff else "none")
        else:
            assert phone != was_phone
    assert len({email for _, email, *_ in made}) == 600
    for strategy in ("rewrite", "batches"):
        there = replace(pair)  # another database that is restored
        there.decide(_RULES.format(strategy=strategy))
        there.mask("--key-env", "MASKER_KEY", env=key).expect(0, "0 failed, 0 not run")
        assert there.rows(_READ, there.restored) == made


def test_what_is_not_as_the_conditions_have_it_is_found(production: Server, preview: Server, tmp_path: Path) -> None:
    pair = Pair.made(production, preview, tmp_path, _TABLES, _RULES.format(strategy="rewrite"))
    pair.copy().expect(0)
    for spoilt in (
        "UPDATE users SET email = 'x' || id WHERE id = 4 AND staff",
        "UPDATE users SET phone = '080-1234-' || 1000 + id WHERE id = 5 AND country IS NULL",
        "UPDATE users SET doc = jsonb_build_object('email', 'canary' || id || '@mail.test') WHERE id = 1 AND NOT staff",
    ):
        pair.rows_written(spoilt)
    pair.verify("--verify", "full").expect(8, r"proof: users\.email", r"proof: users\.phone", r"proof: users\.doc")


def test_text_that_shows_who_is_masked_is_told_and_who_is_kept_is_not(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    pair = Pair.made(production, preview, tmp_path, _TABLES, _RULES.format(strategy="rewrite"))
    pair.decide(_RULES.format(strategy="rewrite").replace('unless: "staff"', 'unless: "staff and id > 300"'))
    pair.plan().expect(
        3,
        r"rules\.yml:\d+:7 users\.notes: it is kept and shows email of its own row in 60 of 600 sampled rows",
        r"letters\.body: it is kept and shows users\.email of the row it references in 60 of 120 sampled rows",
    )


def test_a_condition_that_is_none_stops_the_plan(production: Server, preview: Server, tmp_path: Path) -> None:
    pair = Pair.made(production, preview, tmp_path, _TABLES, _RULES.format(strategy="rewrite"))
    pair.decide(
        _RULES.format(strategy="rewrite")
        .replace('unless: "staff"', 'unless: "id"')
        .replace("\"country = 'US'\"", '"id / (id - id) > 0"')
    )
    pair.plan().expect(
        3,
        r"rules\.yml:6:7 users\.email: unless: the server cannot compute it: argument of IS TRUE must be type boolean,"
        r" not type bigint",
        r"rules\.yml:7:7 users\.phone: when: the server cannot compute it: the server reported division by zero",
    )
