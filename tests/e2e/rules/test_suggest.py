"""The file that `rules suggest` writes, used as it is."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.pairs import Pair
from tests.executable import run
from tests.servers import Server

_SCRIPT = """
CREATE TABLE few (id int PRIMARY KEY, notes jsonb);
INSERT INTO few
SELECT n, jsonb_build_object('Hanako Canary', 'likes tea ' || n, 'lat', 35.5 + n) FROM generate_series(1, 8) n;
CREATE TABLE places (id int PRIMARY KEY, doc jsonb);
INSERT INTO places
SELECT n, jsonb_build_object('lat', 35.6 + n / 1000.0, 'email', 'canary' || n || '@corp.test',
  '', 'x', 'view_count', n, 'people', jsonb_build_object('Taro Canary ' || n, 'likes tea'))
FROM generate_series(1, 60) n;
CREATE TABLE posts (id int PRIMARY KEY, name text[], first_name text[], blood_type text, body text,
  body_text text GENERATED ALWAYS AS (upper(body)) STORED, found tsvector);
INSERT INTO posts (id, name, first_name, blood_type, body, found)
SELECT n, ARRAY['Canary'], ARRAY['Canary', 'Canary ' || n], 'AB', 'Canary said', to_tsvector('simple', 'Canary')
FROM generate_series(1, 10) n;
CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL UNIQUE, name text);
INSERT INTO customers SELECT n, 'canary' || n || '@corp.test', 'Hanako Canary ' || n FROM generate_series(1, 40) n;
CREATE TABLE tickets (id int PRIMARY KEY, owner_email text, customer_id int NOT NULL REFERENCES customers);
INSERT INTO tickets SELECT n, 'canary' || (1 + n % 40) || '@corp.test', 1 + n % 40 FROM generate_series(1, 200) n;
ANALYZE
"""

_UNNAMED = """
CREATE TABLE vorgaenge (id int PRIMARY KEY, f1 varchar, f2 varchar, f3 varchar, f4 varchar, f5 varchar, f6 varchar,
  f7 varchar, f8 varchar, f9 varchar) WITH (autovacuum_enabled = false);
INSERT INTO vorgaenge SELECT n, 'canary' || n || '@corp.test', '03-1234-' || 1000 + n,
  (ARRAY['4111111111111111', '5555555555554444', '4012888888881881'])[1 + n % 3], 'sk_live_canary' || n,
  '10.0.0.' || n,
  (ARRAY['DE89370400440532013000', 'GB82WEST12345698765432', 'FR1420041010050500013M02606'])[1 + n % 3],
  (ARRAY['Anna', 'Peter', 'Julia', 'Michael'])[1 + n % 4], 'canary ' || n, '$2a$12$canary' || n
FROM generate_series(1, 60) n;
"""


def test_values_say_what_names_do_not_and_none_of_them_is_told(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    pair = Pair.made(production, preview, tmp_path, _UNNAMED, "tables: {}")

    def kinds(*more: str) -> dict[str, str]:
        told = run("rules", "suggest", "--source", pair.source, "--json", *more).expect(0).out
        assert "canary" not in told
        return {column["column"]: column["kind"] for column in json.loads(told)["columns"]}

    expected = {
        "f1": "e-mail", "f2": "telephone", "f3": "card number", "f4": "key material", "f5": "IP address", "f6": "IBAN",
        "f7": "given name", "f8": "internal code", "f9": "password", "id": "reference",
    }  # fmt: skip
    assert kinds()["f1"] == "internal code", "nothing was analyzed"
    assert kinds("--sample", "50") == expected
    with production.connect(pair.source) as conn:
        conn.execute("ANALYZE")
    assert kinds() == expected


def test_a_suggested_file_is_taken_as_it_is_and_shows_no_key_that_is_data(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    pair = Pair.made(production, preview, tmp_path, _SCRIPT, "tables: {}")
    written = run("rules", "suggest", "--source", pair.source).expect(0).out
    assert "canary" not in written.lower()
    assert "lat" not in [word.strip("$.:") for word in written.split()]
    assert '$.""' not in written
    pair.rules.write_text(written)
    pair.check().expect(0)
    pair.copy().expect(0)
    linked = "SELECT count(*) FROM tickets t JOIN customers c ON c.email = t.owner_email AND c.id = t.customer_id"
    assert pair.rows(linked) == [(200,)], "no link between tables is cut"
    left = "lower(t::text) LIKE '%canary%'"
    assert pair.rows(f"SELECT count(*) FROM posts t WHERE {left} OR blood_type IS NOT NULL") == [(0,)]
    assert pair.rows("SELECT count(*) FROM places WHERE doc->>'email' LIKE 'canary%' OR doc->'people' IS NULL") == [
        (0,)
    ]
    moved = [n / 1000 + 35.6 for n in range(1, 61)]
    there = pair.rows("SELECT (doc->>'lat')::float8, doc->'view_count' FROM places ORDER BY id")
    assert all(lat != moved[at] and count == at + 1 for at, (lat, count) in enumerate(there))


_SCHEMA = """ActiveRecord::Schema[7.1].define(version: 2026_01_01_000000) do
  create_table "users", force: :cascade do |t|
    t.string "email", null: false
    t.string "name", comment: "氏名"
    t.string "role", default: "user"
  end
end
"""


def test_a_draft_of_a_schema_file_is_brought_up_to_date_after_a_migration(tmp_path: Path) -> None:
    schema, rules = tmp_path / "schema.rb", tmp_path / "masking.yml"
    schema.write_text(_SCHEMA)
    run("rules", "suggest", "--schema", schema, "-o", rules).expect(0)
    assert rules.read_text().startswith("# Suggested by masker")
    assert "there is such a file already" in run("rules", "suggest", "--schema", schema, "-o", rules).expect(2).err
    rules.write_text(rules.read_text().replace("email: {", "# Ask Hanako.\n      email: {"))
    schema.write_text(
        _SCHEMA.replace('"name"', '"full_name"').replace("  end\nend", '    t.string "phone"\n  end\nend')
    )
    (tmp_path / "migrate").mkdir()
    (tmp_path / "migrate" / "2_x.rb").write_text("class X\n  rename_column :users, :name, :full_name\nend\n")
    told = run("rules", "suggest", "--schema", schema, "--update", rules).expect(0).out.splitlines()
    assert told == [
        "users.name: the column is gone; its rule is a comment now",
        "users.full_name: name until 2_x.rb; it has its rule",
        "users.phone: new; phone",
    ]
    assert "# Ask Hanako." in rules.read_text()
    run("rules", "check", "--rules", rules).expect(0)

    # On one line, where no table can be added: the file stays as it is.
    rules.write_text(line := "version: 1\ntables: {accounts: {rows: none}, people: {columns: {email: email}}}\n")
    run("rules", "suggest", "--schema", schema, "--update", rules).expect(2, "it is left as it was")
    assert rules.read_text() == line
