"""Generated rows pass every constraint of a schema made to be difficult; the server is the judge."""

from __future__ import annotations

from benchmarks.filler import fill
from benchmarks.values import CANARY_LENGTH, CANARY_PREFIX
from masker.catalog.read import read_catalog
from masker.names import ColumnName, TableName
from tests.servers import Server

ROWS = 300

SCHEMA = """
CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION btree_gist; CREATE EXTENSION ltree;
CREATE DOMAIN address AS text CHECK (VALUE ~ '^[^@]+@[^@]+$');
CREATE DOMAIN code AS varchar(3) NOT NULL;
CREATE TYPE mood AS ENUM ('calm', 'glad', 'odd');
CREATE TYPE pair AS (x int, y text);
CREATE TABLE nodes (
  id bigserial PRIMARY KEY, other_id bigint NOT NULL, parent_id bigint REFERENCES nodes, mail address, code code,
  moods mood[], price numeric(4, 2) CHECK (price BETWEEN 1 AND 3),
  letters char(3), pairs hstore, pair pair, numbers int[], period int4range, EXCLUDE USING gist (period WITH &&),
  two int GENERATED ALWAYS AS (1 + 1) STORED,
  number int GENERATED ALWAYS AS IDENTITY, path ltree, page xml, bits bit(5), more bit varying(7), spans nummultirange,
  money money, pause interval, at time, nick citext UNIQUE);
CREATE TABLE others (id bigserial PRIMARY KEY, node_id bigint NOT NULL REFERENCES nodes);
ALTER TABLE nodes ADD FOREIGN KEY (other_id) REFERENCES others;
CREATE TABLE tree (tenant int, id int, parent int, PRIMARY KEY (tenant, id), FOREIGN KEY (tenant, parent)
REFERENCES tree (tenant, id));
CREATE TABLE leaves (
  tenant int NOT NULL, tree_id int NOT NULL, other_id bigint REFERENCES others, kind text CHECK (kind IN ('x', 'y''z')),
  low int, high int, CHECK (low < high AND high < 50),
  FOREIGN KEY (tenant, tree_id) REFERENCES tree (tenant, id), UNIQUE (tenant, tree_id, kind));
CREATE TABLE events (id bigint, at timestamptz, other_id bigint REFERENCES others, PRIMARY KEY (id,
at)) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
CREATE TABLE hashed (id int PRIMARY KEY, v text) PARTITION BY HASH (id);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE listed (k text NOT NULL, v int) PARTITION BY LIST (k);
CREATE TABLE listed_a PARTITION OF listed FOR VALUES IN ('alpha', 'beta');
CREATE TABLE listed_rest PARTITION OF listed DEFAULT;
CREATE TABLE referring (hashed_id int REFERENCES hashed, event_id bigint, event_at timestamptz, FOREIGN KEY (event_id,
event_at) REFERENCES events (id, at));
CREATE TABLE few (x boolean, y mood, UNIQUE (x, y));
CREATE TABLE joins (a_id bigint REFERENCES others, b_id bigint REFERENCES others, UNIQUE (a_id, b_id));
CREATE TABLE parents (id int PRIMARY KEY, name varchar(4) UNIQUE);
CREATE TABLE children (extra text) INHERITS (parents);
CREATE TABLE "Odd name" ("Q""uote" text, "the id" uuid PRIMARY KEY, small smallint UNIQUE, day date UNIQUE);
CREATE TABLE nothing ();
"""


def test_every_constraint_is_met(production: Server) -> None:
    url = production.create_database()
    with production.connect(url) as conn:
        conn.execute(SCHEMA)
        catalog = read_catalog(conn)
        filled = fill(
            conn,
            catalog,
            ROWS,
            [table.column_name(column.name) for table in catalog.tables.values() for column in table.columns],
        )
        names = {name.name: rows for name, rows in filled.rows.items() if rows != ROWS}
        assert names == {"few": 6, "nothing": 0}
        for column, made in filled.canaries.items():
            query = f'SELECT "{column.name.replace(chr(34), chr(34) * 2)}"::text FROM ONLY {column.table.sql}'
            values = [row[0] for row in conn.execute(query.encode()).fetchall()]
            assert len(set(made)) == len(values) == ROWS
            assert all(any(canary in value for value in values) for canary in made[:20]), column
            assert all(len(canary) == CANARY_LENGTH and canary.startswith(CANARY_PREFIX) for canary in made)
    public = "public"
    assert ColumnName(TableName(public, "nodes"), "mail") in filled.canaries
    assert ColumnName(TableName(public, "leaves"), "kind") in filled.without_canary, "a check leaves no room"
    assert ColumnName(TableName(public, "parents"), "name") in filled.without_canary, "it is too short"


def test_one_seed_gives_one_content(production: Server) -> None:
    contents = []
    for seed in (5, 5, 6):
        url = production.create_database()
        with production.connect(url) as conn:
            conn.execute("CREATE TABLE t (id int PRIMARY KEY, body text, at timestamp, parent_id int REFERENCES t)")
            fill(conn, read_catalog(conn), ROWS, seed=seed)
            contents.append(conn.execute("SELECT * FROM t ORDER BY id").fetchall())
    assert contents[0] == contents[1]
    assert contents[0] != contents[2]


def test_tables_with_rows_stay_as_they_are(production: Server) -> None:
    with production.connect(production.create_database()) as conn:
        conn.execute("CREATE TABLE kinds (name text PRIMARY KEY); INSERT INTO kinds VALUES ('a'), ('b')")
        conn.execute("CREATE TABLE things (id serial PRIMARY KEY, kind text NOT NULL REFERENCES kinds)")
        fill(conn, read_catalog(conn), ROWS)
        assert conn.execute(
            "SELECT count(*), count(DISTINCT kind), max(kind), nextval('things_id_seq') FROM things"
        ).fetchall() == [(ROWS, 2, "b", ROWS + 1)]
