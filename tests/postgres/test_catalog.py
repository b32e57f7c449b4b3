"""The catalog of a live database: types seen through, keys chosen, and nothing that information_schema would not say too."""

from __future__ import annotations

import psycopg
import pytest

from masker.catalog.read import read_catalog, read_sequence_values
from masker.catalog.types import Catalog, ColumnType, TypeClass
from masker.names import ColumnName, TableName
from tests.postgres import zoo
from tests.servers import Server, ServersByMajor

_SCHEMA = """
CREATE EXTENSION citext;
CREATE SCHEMA other;
CREATE TYPE other."Mood" AS ENUM ('b', 'a', 'c''d');
CREATE DOMAIN other.short AS varchar(12) NOT NULL;
CREATE DOMAIN other.shorter AS other.short;
CREATE DOMAIN other.address AS citext;
CREATE TYPE other.pair AS (a integer, b other.shorter, gone text, c regclass);
ALTER TYPE other.pair DROP ATTRIBUTE gone;
CREATE TABLE typed (
  i smallint, n numeric(8, 2), vc varchar(20), vc_any varchar, c char(7), c_one char, t text, name name, ci citext, d other.short, dd other.shorter, a other.address,
  e other."Mood", ta text[], va varchar(5)[], ea other."Mood"[], p other.pair, pa other.pair[], r int4range, u uuid, h "char", v int2vector, bits bit(4), x xid8
);
CREATE TABLE rows_of_typed (whole typed);

CREATE TABLE keyed (a integer, b integer, PRIMARY KEY (b, a), c text NOT NULL UNIQUE);
CREATE TABLE by_smallest_unique (a integer NOT NULL, b integer NOT NULL, c integer, d integer NOT NULL, e integer NOT NULL, f integer NOT NULL UNIQUE DEFERRABLE, UNIQUE (a, b), UNIQUE (c), UNIQUE (d, e, a));
CREATE UNIQUE INDEX ON by_smallest_unique (d) WHERE e > 0;
CREATE UNIQUE INDEX ON by_smallest_unique ((e + 1));
CREATE TABLE no_key (a integer UNIQUE, b integer NOT NULL);
CREATE INDEX ON no_key (b);

CREATE TABLE indexed (a text, b text, c jsonb, d integer);
CREATE UNIQUE INDEX plain ON indexed (a, b) INCLUDE (d);
CREATE INDEX computed ON indexed (lower(a), d, (c ->> 'x')) WHERE b IS NOT NULL;

CREATE TABLE measured (at timestamptz, region text, v integer) PARTITION BY RANGE (date_trunc('month', at AT TIME ZONE 'UTC'), region);
CREATE TABLE measured_rest PARTITION OF measured DEFAULT PARTITION BY HASH (v);
CREATE TABLE measured_rest_0 PARTITION OF measured_rest FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE heir (extra text) INHERITS (keyed, no_key);

CREATE TABLE child (id integer GENERATED ALWAYS AS IDENTITY, x integer, y integer REFERENCES child (z) NOT VALID, z integer UNIQUE, twice integer GENERATED ALWAYS AS (x * 2) STORED DEFAULT_HERE,
  CONSTRAINT up FOREIGN KEY (x, y) REFERENCES keyed (b, a), CHECK (x > y AND z IS NOT NULL));
"""


@pytest.fixture
def catalog(database: str) -> Catalog:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(_SCHEMA.encode())
        return read_catalog(conn)
