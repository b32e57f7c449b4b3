"""Columns that nobody has decided stop every command before a row is read: by type, and numbers by what they are
called."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.pairs import Pair
from tests.servers import Server

_SCRIPT = """
CREATE TYPE contact AS (area int, phone bigint);
CREATE TYPE size AS (width int, height int);
CREATE DOMAIN codes AS integer[]; CREATE DOMAIN my_number AS bigint; CREATE DOMAIN words AS citext_like[];
CREATE TYPE spans AS RANGE (subtype = bigint);
CREATE TABLE people (
  id bigint PRIMARY KEY, order_number bigint, account_id bigint, card_count int, episode_ids bigint[], size size,
  ratings float8[],
  backup_codes integer[], recovery codes, digits smallint[], labels text[], aliases words, phone_number bigint,
  fax numeric(12), mynumber my_number, bank_account bigint, contact contact, contacts contact[], phones spans
);
INSERT INTO people (id, phone_number) VALUES (1, 9012345678);
""".replace("citext_like", "varchar")

_ASKED = [
    "backup_codes",
    "recovery",
    "digits",
    "labels",
    "aliases",
    "phone_number",
    "fax",
    "mynumber",
    "bank_account",
    "contact",
    "contacts",
]


def test_what_can_identify_somebody_has_to_be_decided(production: Server, preview: Server, tmp_path: Path) -> None:
    pair = Pair.made(production, preview, tmp_path, _SCRIPT, "tables: {}\n")
    for told in (pair.plan(), pair.plan_mask(), pair.check()):
        told.expect(3, f"{len(_ASKED)} problems", *(rf"people\.{name} \S.* decided by no rule" for name in _ASKED))
    pair.decide(f"tables: {{people: {{columns: {{{', '.join(f'{name}: null' for name in _ASKED)}}}}}}}\n")
    pair.copy().expect(0)
    assert pair.rows("SELECT num_nonnulls(phone_number, fax, mynumber, backup_codes) FROM people") == [(0,)]
