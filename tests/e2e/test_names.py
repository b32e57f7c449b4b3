"""Names in the SQL of rules: masked values of other columns, originals only where asked for and told, operators of extensions their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.executable import run
from tests.servers import Server, database_of
from tests.shop import one

SCHEMA = """
CREATE EXTENSION citext; CREATE EXTENSION pg_trgm; CREATE EXTENSION hstore;
CREATE TABLE people (
  id bigint PRIMARY KEY, first_name varchar(20), email citext NOT NULL UNIQUE, code text COLLATE "C", slug text, label text, note text, initial text, staff boolean NOT NULL,
  display text GENERATED ALWAYS AS (first_name || '!') STORED
);
INSERT INTO people SELECT i, 'Canary' || i, 'Person' || i || '@Shop.test', 'canary-Z' || i, 'canary' || i, 'canary' || i || '@shop.test', 'canary note', 'canary', i % 5 = 0 FROM generate_series(1, 100) i;
CREATE TABLE visits (id bigint, name text, slug text, seen date) PARTITION BY RANGE (id);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (0) TO (50);
CREATE TABLE visits_2 (slug text, seen date, id bigint, name text);
ALTER TABLE visits ATTACH PARTITION visits_2 FOR VALUES FROM (50) TO (1000);
INSERT INTO visits SELECT i, 'Canary ' || i, 'canary' || i, CASE WHEN i % 2 = 0 THEN date '2020-01-01' + i END FROM generate_series(1, 99) i;
ANALYZE;
"""

RULES = """\
version: 1
locale: en_US
tables:
  people:
    where: "not staff or email = 'PERSON5@shop.TEST'"
    columns:
      first_name: first_name
      email: email
      code: {mask: token, length: 12}
      slug: {sql: "lower(first_name) || '-' || id"}
      label: {sql: "slug || ' <' || email || '>' || (code < 'a')"}
      note: {sql: "'was ' || original.first_name"}
      initial: {sql: "left(initial, 1) || $$ IS NULL $$"}
  visits:
    columns:
      name: full_name
      slug: {sql: "CASE WHEN seen IS NULL AND name NOTNULL THEN E'it\\\\'s IS NULL' ELSE lower(name) END"}
"""

_CHECK = """
SELECT count(*) FILTER (WHERE is_right), count(*) FILTER (WHERE first_name = 'Canary' || id) FROM (
  SELECT *, slug = lower(first_name) || '-' || id AND label = slug || ' <' || email || '>' || (code COLLATE "C" < 'a') AND note = 'was Canary' || id AND initial = 'c IS NULL ' AND email::text LIKE '%@example.com' AS is_right FROM people) p
"""


@pytest.fixture
def source(production: Server) -> str:
    url = production.create_database()
    with production.connect(url) as conn:
        conn.execute(SCHEMA.encode())
    return url


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yml"
    path.write_text(RULES)
    return path


def _expect_masked(server: Server, url: str) -> None:
    with server.connect(url) as conn:
        assert conn.execute(_CHECK.encode()).fetchone() == (81, 19)
        right = one(conn, "SELECT count(*) FROM visits WHERE slug = CASE WHEN seen IS NULL THEN 'it''s IS NULL' ELSE lower(name) END AND name NOT LIKE 'Canary%'")
        assert right == 99


def test_a_copy_reads_masked_values(production: Server, preview: Server, source: str, rules: Path) -> None:
    target = preview.create_database()
    both = ("--source", source, "--target", target, "--rules", rules)
    run("plan", "copy", *both).expect(
        0, "slug sql · label sql · note sql shows originals: first_name · initial sql from its original", r"where not staff or email = 'PERSON5@shop.TEST' \(by originals of email\)"
    )
    shown = next(t for t in run("plan", "copy", *both, "--json").json()["tables"] if t["name"] == "people")
    assert {m["column"]: m["shows_originals"] for m in shown["masked"] if m["shows_originals"]} == {"note": ["first_name"]}
    assert shown["mask_by_originals_of"] == ["email"]

    done = run("copy", *both, "--confirm", database_of(target))
    done.expect(0, r"9 columns masked \(1 shows originals\)|columns masked \(1 shows originals\)")
    _expect_masked(preview, target)
    with preview.connect(target) as conn:
        assert one(conn, "SELECT record -> 'shows_originals' FROM masker.run") == [["public", "people", "note", ["first_name"]]]


def test_in_place_too(production: Server, source: str, rules: Path) -> None:
    run("plan", "mask", "--target", source, "--rules", rules).expect(0, "note sql shows originals: first_name")
    done = run("mask", "--target", source, "--rules", rules, "--confirm", database_of(source), "--json").expect(0)
    assert done.json()["shows_originals"] == [{"column": "people.note", "of": ["first_name"]}]
    _expect_masked(production, source)


def test_explained(source: str, rules: Path) -> None:
    explained = ("rules", "explain", "--rules", rules, "--source", source)
    run(*explained, "people.label").expect(0, "reads slug as it is masked", "reads email as it is masked")
    run(*explained, "people.note").expect(0, "shows first_name the original, as original.… asks for")
    run(*explained, "people.initial").expect(0, "reads initial its own original")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("lower(first_name) || '-' || id", "label", ["people.slug: it would be made from itself: slug → label → slug", "original.label"]),
        ("lower(first_name) || '-' || id", "upper(display)", ["display is computed by the database from first_name, which is masked", "original.display"]),
        ("not staff or email = 'PERSON5@shop.TEST'", "email IN ('a', 'b')", ["people: where: IN is another one for citext in this database", "write = ANY", "email::text"]),
        ("not staff or email = 'PERSON5@shop.TEST'", "email LIKE 'a%' ESCAPE '!'", ["LIKE is another one for citext"]),
        ("not staff or email = 'PERSON5@shop.TEST'", "replace(email, 'A', 'b') = 'x'", [r"replace\(\) is another one for citext"]),
        ("not staff or email = 'PERSON5@shop.TEST'", "('a' || initial % 'b') = ''", ["means something else where it is put", "put parentheses"]),
        ("not staff or email = 'PERSON5@shop.TEST'", "people IS NULL", ["there is no column people"]),
        ("not staff or email = 'PERSON5@shop.TEST'", "ctid IS NULL", ["the system column ctid is not allowed"]),
    ],
)  # fmt: skip
def test_what_cannot_mean_what_it_says_is_refused(source: str, rules: Path, old: str, new: str, words: list[str]) -> None:
    assert old in RULES
    rules.write_text(RULES.replace(old, new))
    run("rules", "check", "--source", source, "--rules", rules).expect(3, *words)


def test_operators_of_extensions_are_their_own(production: Server, preview: Server, source: str, rules: Path) -> None:
    """``email = 'PERSON5@shop.TEST'`` is true for citext and false for text; ``%`` is pg_trgm's for text."""
    rules.write_text("version: 1\nundecided: keep\ntables:\n  people:\n    rows: \"email = 'PERSON5@shop.TEST' OR (initial % 'canary') AND id < 4 OR email = ANY('{PERSON9@SHOP.TEST}') OR id < 20 AND email LIKE '%ON1_@%' OR id > 97 AND email NOT ILIKE 'PERSON99%'\"\n")
    target = preview.create_database()
    run("copy", "--source", source, "--target", target, "--rules", rules, "--confirm", database_of(target)).expect(0)
    with preview.connect(target) as conn:
        assert one(conn, "SELECT array_agg(id ORDER BY id) FROM people") == [1, 2, 3, 5, 9, *range(10, 20), 98, 100]


def test_an_operator_put_beside_an_extension_s_own_is_not_called(production: Server, source: str, rules: Path) -> None:
    with production.connect(source) as conn:
        conn.execute("CREATE FUNCTION public.mine(citext, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'")
        conn.execute("CREATE OPERATOR public.= (LEFTARG = citext, RIGHTARG = text, FUNCTION = public.mine)")
    run("rules", "check", "--source", source, "--rules", rules).expect(3, "the operator = is another one for citext")
