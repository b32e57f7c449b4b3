"""What is kept and shows originals of what is masked: refused by the plan, unless the rules accept it."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.e2e.pairs import Pair
from tests.servers import Server

_TABLES = """
CREATE TABLE users (id bigserial PRIMARY KEY, email varchar NOT NULL UNIQUE, phone text, notes text, tags text[]);
INSERT INTO users (email, phone, notes, tags) SELECT 'canary' || i || '@mail.test', '080-1234-' || 1000 + i, CASE
WHEN i % 10 = 0 THEN 'canary asked to be called at 0801234' || 1000 + i END, ARRAY['canary']
FROM generate_series(1, 600) i;
CREATE TABLE comments (id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, body text);
INSERT INTO comments (user_id, body) SELECT i, CASE WHEN i <= 30 THEN 'canary' || i || '@mail.test wrote'
ELSE 'canary' END FROM generate_series(1, 600) i;
ANALYZE;
"""

_RULES = """\
tables:
  users:
    columns:
      email: email
      phone: phone
      notes: keep
      tags: keep
  comments:
    columns:
      body: keep
"""

_ACCEPTED = _RULES.replace("notes: keep", "notes: {mask: keep, shows: phone}").replace(
    "body: keep", "body: {mask: keep, shows: [users.email]}"
)


@pytest.fixture
def pair(production: Server, preview: Server, tmp_path: Path) -> Pair:
    return Pair.made(production, preview, tmp_path, _TABLES, _RULES)


def test_the_plan_says_what_is_kept_and_shows_originals(pair: Pair) -> None:
    said = (
        r"rules\.yml:7:7 users\.notes: it is kept and shows phone of its own row in 60 of 600 sampled rows",
        r"mask it, or accept that with `notes: \{mask: keep, shows: \[phone\]\}`",
        (
            r"rules\.yml:11:7 comments\.body: it is kept and shows users\.email of the row it references in 30 of 600"
            r" sampled rows"
        ),
        r"`body: \{mask: keep, shows: \[users\.email\]\}`",
    )
    for done in (pair.plan(), pair.copy(), pair.check(), pair.plan_mask(), pair.mask()):
        done.expect(3, *said)


def test_what_the_rules_accept_is_told_and_copied(pair: Pair) -> None:
    pair.decide(_ACCEPTED)
    told = (
        r"users\.notes: shows originals, as its rule says: phone of its own row in 60 of 600 sampled rows",
        (
            r"comments\.body: shows originals, as its rule says: users\.email of the row it references in 30 of 600"
            r" sampled rows"
        ),
    )
    pair.plan().expect(0, *told)
    pair.plan_mask().expect(0, *told)
    pair.check().expect(0)
    pair.copy().expect(0)
    assert pair.rows("SELECT count(*) FROM users WHERE notes IS NOT NULL") == [(60,)]


def test_what_is_accepted_has_to_be_masked_and_in_reach(pair: Pair) -> None:
    pair.decide(_RULES.replace("notes: keep", "notes: {mask: keep, shows: [tags, orders.email, phones]}"))
    pair.plan().expect(
        3,
        r"rules\.yml:7:7 users\.notes: shows: tags is no masked column, so there is nothing to accept",
        r"users\.notes: shows: users references no table orders",
        r"users\.notes: shows: phones is no masked column",
    )


def test_an_expression_shows_what_its_author_asks_for(pair: Pair) -> None:
    pair.decide(_ACCEPTED.replace("tags: keep", 'tags: {sql: "ARRAY[original.phone]"}'))
    pair.plan().expect(
        0, r"users\.tags: shows originals, as its rule says: phone of its own row in 600 of 600 sampled rows"
    )


def test_what_the_plan_did_not_see_the_run_does(pair: Pair) -> None:
    """The plan looks at a thousand rows, the run at more: here the e-mails stand in blocks that only the run reads."""
    pair.decide(_ACCEPTED + "  letters:\n    columns:\n      body: keep\n")
    with psycopg.connect(pair.source, autocommit=True) as conn:
        conn.execute(
            "CREATE TABLE letters (id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, body text)"
        )
        fill = (
            "INSERT INTO letters SELECT i, 1 + i %% 600, rpad(CASE WHEN i = ANY (%s) THEN 'canary' || 1 + i %% 600 ||"
            " '@mail.test' ELSE 'canary' END, 80) FROM generate_series(1, 20000) i"
        )
        conn.execute(fill, [[]])
        sampled = "SELECT id FROM letters TABLESAMPLE SYSTEM ({}) REPEATABLE (1)"
        later = conn.execute(f"{sampled.format(12)} EXCEPT {sampled.format(7)}".encode()).fetchall()
        conn.execute("TRUNCATE letters")
        conn.execute(fill, [[row[0] for row in later]])
        conn.execute("ANALYZE letters")
    pair.plan().expect(0)
    pair.copy().expect(
        8,
        r"fail originals: letters\.body: it shows users\.email of the row it references in [\d,]+ of [\d,]+ sampled"
        r" rows; mask it, or accept that with `shows:`",
    )
