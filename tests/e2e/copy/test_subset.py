"""A subset: some rows and all that they need, planned, copied, proven; and what cannot be done with one."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg

from tests.e2e.pairs import Pair
from tests.executable import run
from tests.mutation.defects import Defect
from tests.servers import Server, database_of
from tests.subsets import Place, Refers, Row, edges, expected, plain

_SCRIPT = """
CREATE TABLE countries (id int PRIMARY KEY, name text);
CREATE TABLE tenants (id int PRIMARY KEY, owner_id bigint, name text);
CREATE TABLE users (id bigint PRIMARY KEY, tenant_id int REFERENCES tenants, country_id int REFERENCES countries,
  referrer_id bigint REFERENCES users, email text NOT NULL UNIQUE);
ALTER TABLE tenants ADD FOREIGN KEY (owner_id) REFERENCES users;
CREATE TABLE products (id int PRIMARY KEY, title text);
CREATE TABLE product_texts (product_id int REFERENCES products, locale text, body text);
CREATE TABLE reviews (id int PRIMARY KEY, product_id int REFERENCES products, body text);
CREATE TABLE orders (tenant_id int, number int, user_id bigint NOT NULL REFERENCES users,
  PRIMARY KEY (tenant_id, number));
CREATE TABLE lines (id bigint PRIMARY KEY, tenant_id int, number int, product_id int REFERENCES products,
  FOREIGN KEY (tenant_id, number) REFERENCES orders);
CREATE TABLE events (user_id bigint REFERENCES users, day int, what text) PARTITION BY RANGE (day);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (50);
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (50) TO (100);
CREATE TABLE comments (id bigint PRIMARY KEY, author_id bigint, reader_ids bigint[], about_type text, about_id bigint,
  gid text, body text);
CREATE TABLE settings (key text PRIMARY KEY, value text);
CREATE TABLE drafts (id int PRIMARY KEY, user_id bigint REFERENCES users, body text);
INSERT INTO countries SELECT i, 'canary country ' || i FROM generate_series(1, 40) i;
INSERT INTO tenants SELECT i, NULL, 'canary tenant ' || i FROM generate_series(1, 60) i;
INSERT INTO users SELECT i, 1 + i * 7 % 60, CASE WHEN i % 4 > 0 THEN 1 + i % 40 END, CASE WHEN i % 3 = 0 THEN i / 2 END,
  'canary' || i || '@corp.test' FROM generate_series(1, 2000) i;
UPDATE tenants SET owner_id = id * 31 WHERE id % 5 > 0;
INSERT INTO products SELECT i, 'canary product ' || i FROM generate_series(1, 300) i;
INSERT INTO product_texts SELECT i % 300 + 1, 'l' || i % 2, 'canary text ' || i FROM generate_series(1, 600) i;
INSERT INTO reviews SELECT i, i % 300 + 1, 'canary review ' || i FROM generate_series(1, 500) i;
INSERT INTO orders SELECT 1 + i % 60, i, 1 + i * 13 % 2000 FROM generate_series(1, 3000) i;
INSERT INTO lines SELECT i, 1 + (1 + i % 3000) % 60, 1 + i % 3000, CASE WHEN i % 9 > 0 THEN 1 + i * 17 % 300 END
  FROM generate_series(1, 6000) i;
INSERT INTO events SELECT 1 + i % 2000, i % 100, 'canary ' || i FROM generate_series(1, 4000) i;
INSERT INTO comments SELECT i, CASE WHEN i % 7 > 0 THEN 1 + i % 2100 END,
  CASE WHEN i % 5 = 0 THEN ARRAY[1 + i % 2000, 1 + i * 3 % 2000, NULL, 9999] END,
  (ARRAY['User', 'Product', 'Comment'])[1 + i % 3], CASE WHEN i % 8 > 0 THEN 1 + i * 11 % 310 END,
  CASE WHEN i % 6 = 0 THEN 'gid://app/Product/' || 1 + i % 300 END, 'canary comment ' || i
  FROM generate_series(1, 3000) i;
INSERT INTO settings SELECT 'k' || i, 'canary ' || i FROM generate_series(1, 5) i;
INSERT INTO drafts SELECT i, 1 + i % 2000, 'canary draft ' || i FROM generate_series(1, 800) i;
ANALYZE;
"""

_RULES = """
facts: {models: {User: users, Product: products, Comment: comments}}
undecided: keep
tables:
  users: {columns: {id: permute, email: email}}
  drafts: {rows: "id <= 700"}
  comments:
    references:
      author_id: users.id
      reader_ids: users.id
      about_id: {type: about_type}
      gid: global_id
"""

_SUBSET = """
subset:
  roots: {users: {where: "id % 20 = 1"}}
  without: comments.reader_ids
  along: product_texts
  whole: countries
"""

_REFERS = [
    plain("users", "tenant_id", "tenants"),
    plain("users", "country_id", "countries"),
    plain("users", "referrer_id", "users"),
    plain("tenants", "owner_id", "users"),
    plain("product_texts", "product_id", "products"),
    plain("orders", "user_id", "users"),
    plain("lines", "tenant_id,number", "orders", "tenant_id,number"),
    plain("lines", "product_id", "products"),
    plain("events", "user_id", "users"),
    plain("drafts", "user_id", "users"),
    plain("comments", "author_id", "users"),
    Refers("comments", "reader_ids", "users", ("id",), lambda row: [(one,) for one in row["reader_ids"] or ()]),
    *(
        Refers(
            "comments",
            "about_id",
            table,
            ("id",),
            lambda row, name=name: [(row["about_id"],)] if row["about_type"] == name else [],  # type: ignore[misc]
        )
        for name, table in (("User", "users"), ("Product", "products"), ("Comment", "comments"))
    ),
    Refers(
        "comments",
        "gid",
        "products",
        ("id",),
        lambda row: [(int(row["gid"].rpartition("/")[2]),)] if row["gid"] else [],
    ),
]

_TABLES = (
    *("countries", "tenants", "users", "products", "product_texts", "reviews", "orders", "lines", "events", "comments"),
    *("settings", "drafts"),
)
_KEY = {"SUBSET_KEY": "k" * 40}


def _rows(url: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    with psycopg.connect(url) as conn:
        for name in _TABLES:
            cursor = conn.execute(f"SELECT * FROM {name}{' WHERE id <= 700' if name == 'drafts' else ''}".encode())
            columns = [item.name for item in cursor.description or ()]
            found[name] = [dict(zip(columns, row, strict=True)) for row in cursor]
    return found


def _wanted(tables: dict[str, list[Row]]) -> set[Place]:
    return expected(
        tables,
        _REFERS,
        [("users", at) for at, row in enumerate(tables["users"]) if row["id"] % 20 == 1],
        down=lambda one: one.column != "reader_ids",
        along=lambda one: one.child == "product_texts",
        whole=["countries", "settings"],
    )


def _referring(tables: dict[str, list[Row]], places: set[Place] | None = None) -> Counter[tuple[str, str, str]]:
    """By reference, how many rows, of *places*, have one that they refer to."""
    found = {(one, child) for one, child, _ in edges(tables, _REFERS) if places is None or child in places}
    return Counter((one.child, one.column, one.parent) for one, _ in found)


def _counts(plan: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for table in plan["tables"]:
        name = str(table["name"]).partition("_1")[0].partition("_2")[0]
        found[name] = found.get(name, 0) + table["rows"]
    return found


def test_some_rows_come_with_all_that_they_need_and_nothing_else(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    pair = Pair.made(production, preview, tmp_path, _SCRIPT, _RULES + _SUBSET)
    source = _rows(pair.source)
    places = _wanted(source)
    wanted = {name: sum(1 for table, _ in places if table == name) for name in _TABLES}
    assert wanted["reviews"] == 0
    assert wanted["users"] > 150
    keyed = ("--key-env", "SUBSET_KEY")

    document = json.loads(pair.plan("--json").expect(0).out)
    assert _counts(document) == wanted
    by_name = {table["name"]: table for table in document["tables"]}
    why = {one["reason"]: one["rows"] for one in by_name["users"]["subset"]["why"]}
    assert why["it begins with (where id % 20 = 1)"] == 100
    assert by_name["users"]["subset"]["of_rows"] == 2000
    assert by_name["countries"]["subset"] is None
    said = "\n".join(f"{note['subject']}: {note['text']}" for note in document["notes"])
    for words in (
        "subset: reviews: none of its rows come: it refers to products (product_id), of which not all rows come",
        "subset: with all rows, since nothing leads to them, or as the rules say: countries, settings",
    ):
        assert words in said

    pair.copy(*keyed, "--verify", "full", env=_KEY).expect(0)
    target = _rows(pair.target)
    assert {name: len(target[name]) for name in _TABLES} == wanted
    # Keys are permuted; what the database does not declare leads to a row all the same.
    assert _referring(target) == _referring(source, places)
    pair.verify("--no-source", *keyed, env=_KEY).expect(0)
    pair.verify(*keyed, "--all", env=_KEY).expect(
        0, f"pass source: products: {wanted['products']} rows from before the run"
    )
    _changed_since(pair, places)
    compared = pair.verify(*keyed, "--all", env=_KEY).expect(0, "pass source: orders: .* rows from before the run")
    assert f"source: users: {wanted['users']} rows" not in compared.out, "rows that have changed bring no others"
    pair.rows_written(
        "UPDATE products SET title = 'another' WHERE id = (SELECT min(id) FROM products); DELETE FROM product_texts"
    )
    pair.verify(*keyed, env=_KEY).expect(
        8,
        "fail source: products.title: 1 of .* rows do not hold what the source has",
        "fail source: product_texts: .* rows from before the run: .* of them are not there",
    )

    # A second run has the same rows; by what has changed it cannot be refreshed, and says so.
    pair.copy("--publish", "delta", *keyed, env=_KEY).expect(0, "the rules take a subset")
    pair.mask().expect(3, "subset: in place it would delete most rows")


def _changed_since(pair: Pair, places: set[Place]) -> None:
    """On the source rows come that lead to such as were left out, and some of those that came lead elsewhere."""
    come = {row["id"] for table, at in places if table == "products" for row in [_rows(pair.source)["products"][at]]}
    outside = min(set(range(1, 301)) - come)
    with psycopg.connect(pair.source, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO comments (id, author_id, about_type, about_id, body)"
            " VALUES (9001, 1, 'Product', %s, 'canary')",
            [outside],
        )
        conn.execute("UPDATE users SET referrer_id = 1999 WHERE id = 41")
        conn.execute("INSERT INTO users (id, email) VALUES (4001, 'canary4001@corp.test')")
        conn.execute("DELETE FROM lines WHERE id % 50 = 3")


_LOOSE = """
CREATE TABLE users (id bigint PRIMARY KEY, name text);
CREATE TABLE notes (id bigint PRIMARY KEY, about_type text, about_id bigint, user_id bigint);
INSERT INTO users SELECT i, 'canary ' || i FROM generate_series(1, 50) i;
INSERT INTO notes SELECT i, 'User', 51 - i, i FROM generate_series(1, 50) i;
ANALYZE;
"""

_LOOSE_RULES = """
facts: {models: {User: users}}
undecided: keep
tables: {notes: {references: {user_id: users.id, about_id: {type: about_type}}}}
subset: {roots: {users: {where: "id < 9"}}, without: notes.about_id}
"""

#: References by classes are not followed, and a row of a table is lost.
_DEFECT = Defect(
    "a reference is not followed, a row is lost",
    (
        (
            "            if parent in self._plan.limited:\n",
            "            if parent in self._plan.limited and not edge.classes:\n",
        ),
        ("name: as_array(rows.places)", "name: as_array(rows.places[1:])"),
    ),
    (
        r"fail joins: notes.about_id to users.id: 0 rows have what they refer to, [78] had",
        "fail subset: users: 7 rows were copied, 8 belong to it",
    ),
)


def test_a_row_that_is_missing_is_told_whatever_the_database_declares(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    pair = Pair.made(production, preview, tmp_path, _LOOSE, _LOOSE_RULES)
    _DEFECT.plant(tmp_path)
    where = ("--source", pair.source, "--target", pair.target, "--rules", pair.rules)
    run("copy", *where, "--confirm", database_of(pair.target), folder=tmp_path).expect(8, *_DEFECT.findings)
    pair.copy().expect(0)
    pair.rules.write_text(pair.rules.read_text().replace("id < 9", "1 / (id - id) = 1"))
    pair.copy().expect(5, "division by zero .*, while rows of the subset were looked for in users")
    assert pair.rows("SELECT count(*) FROM users") == [(16,)]
    assert pair.rows("SELECT count(*) FROM notes") == [(8,)]
