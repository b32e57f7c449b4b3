"""The catalog of a live database: types seen through, keys chosen, and nothing that information_schema would not say
too."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from masker.catalog.read import read_catalog
from masker.catalog.types import Catalog, ColumnType, Table, TypeClass
from masker.names import ColumnName, TableName
from tests.postgres import zoo
from tests.servers import EACH_MAJOR, Server, ServersByMajor

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
  i smallint, n numeric(8, 2), vc varchar(20), vc_any varchar, c char(7), c_one char, t text, name name, ci citext,
  d other.short, dd other.shorter, a other.address,
  e other."Mood", ta text[], va varchar(5)[], ea other."Mood"[], p other.pair, pa other.pair[], r int4range, u uuid,
  h "char", v int2vector, bits bit(4), x xid8
);
CREATE TABLE rows_of_typed (whole typed);

CREATE TABLE keyed (a integer, b integer, PRIMARY KEY (b, a), c text NOT NULL UNIQUE);
CREATE TABLE by_smallest_unique (a integer NOT NULL, b integer NOT NULL, c integer, d integer NOT NULL,
e integer NOT NULL, f integer NOT NULL UNIQUE DEFERRABLE, UNIQUE (a, b), UNIQUE (c), UNIQUE (d, e, a));
CREATE UNIQUE INDEX ON by_smallest_unique (d) WHERE e > 0;
CREATE UNIQUE INDEX ON by_smallest_unique ((e + 1));
CREATE TABLE no_key (a integer UNIQUE, b integer NOT NULL);
CREATE INDEX ON no_key (b);

CREATE TABLE indexed (a text, b text, c jsonb, d integer);
CREATE UNIQUE INDEX plain ON indexed (a, b) INCLUDE (d);
CREATE INDEX computed ON indexed (lower(a), d, (c ->> 'x')) WHERE b IS NOT NULL;

CREATE TABLE measured (at timestamptz, region text, v integer) PARTITION BY RANGE (date_trunc('month',
at AT TIME ZONE 'UTC'), region);
CREATE TABLE measured_rest PARTITION OF measured DEFAULT PARTITION BY HASH (v);
CREATE TABLE measured_rest_0 PARTITION OF measured_rest FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE heir (extra text) INHERITS (keyed, no_key);
CREATE TEMPORARY TABLE passing (id integer);
COMMENT ON TABLE keyed IS 'what tells rows apart';
COMMENT ON COLUMN keyed.c IS 'sensitive=true';

CREATE TABLE child (id integer GENERATED ALWAYS AS IDENTITY, x integer, y integer, z integer UNIQUE,
twice integer GENERATED ALWAYS AS (x * 2) STORED,
  CONSTRAINT up FOREIGN KEY (x, y) REFERENCES keyed (b, a), CHECK (x > y AND z IS NOT NULL));
ALTER TABLE child ADD CONSTRAINT later FOREIGN KEY (y) REFERENCES child (z) NOT VALID;
"""


@pytest.fixture(scope="module")
def catalog(production_server: Server) -> Iterator[Catalog]:
    with production_server.forgetting(), psycopg.connect(production_server.create_database(), autocommit=True) as conn:
        conn.execute(_SCHEMA.encode())
        yield read_catalog(conn)


@pytest.mark.parametrize(
    ("column", "kind", "base", "length"),
    [
        ("i", TypeClass.INTEGER, "smallint", None),
        ("n", TypeClass.NUMBER, "numeric(8,2)", None),
        ("vc", TypeClass.TEXT, "character varying(20)", 20),
        ("vc_any", TypeClass.TEXT, "character varying", None),
        ("c", TypeClass.TEXT, "character(7)", 7),
        ("c_one", TypeClass.TEXT, "character(1)", 1),
        ("t", TypeClass.TEXT, "text", None),
        ("name", TypeClass.TEXT, "name", None),
        ("ci", TypeClass.TEXT, "public.citext", None),
        ("d", TypeClass.TEXT, "character varying(12)", 12),
        ("dd", TypeClass.TEXT, "character varying(12)", 12),
        ("a", TypeClass.TEXT, "public.citext", None),
        ("e", TypeClass.ENUM, 'other."Mood"', None),
        ("ta", TypeClass.ARRAY, "text[]", None),
        ("va", TypeClass.ARRAY, "character varying(5)[]", None),
        ("p", TypeClass.COMPOSITE, "other.pair", None),
        ("r", TypeClass.RANGE, "int4range", None),
        ("u", TypeClass.UUID, "uuid", None),
        ("h", TypeClass.OTHER, '"char"', None),
        ("v", TypeClass.ARRAY, "int2vector", None),
        ("bits", TypeClass.BITS, "bit(4)", None),
    ],
)
def test_types_are_seen_through(catalog: Catalog, column: str, kind: TypeClass, base: str, length: int | None) -> None:
    found = _type(catalog, "typed", column)
    assert (found.kind, found.base, found.length) == (kind, base, length)


def test_what_a_type_is_made_of_is_known(catalog: Catalog) -> None:
    assert _type(catalog, "typed", "e").labels == ("b", "a", "c'd")
    assert (_type(catalog, "typed", "ci").is_citext, _type(catalog, "typed", "a").is_citext) == (True, True)
    assert (_type(catalog, "typed", "a").extension, _type(catalog, "typed", "t").extension) == ("citext", None)
    assert _type(catalog, "typed", "c").is_bpchar
    pair = _type(catalog, "typed", "p")
    assert [(a.name, a.length) for a in pair.attributes] == [("int4", None), ("varchar", 12), ("regclass", None)]
    element = _type(catalog, "typed", "pa").element
    assert element is not None
    assert element.attributes == pair.attributes
    assert [a.name for a in _type(catalog, "typed", "r").attributes] == ["int4"]
    whole = _type(catalog, "rows_of_typed", "whole")
    assert (whole.kind, len(whole.attributes)) == (TypeClass.COMPOSITE, len(_table(catalog, "typed").columns))


def test_a_domain_that_forbids_null_makes_its_columns_required(catalog: Catalog) -> None:
    typed = _table(catalog, "typed")
    assert {c.name for c in typed.columns if not c.is_nullable} == {"d", "dd"}


@pytest.mark.parametrize(
    ("name", "key"),
    [("keyed", ("b", "a")), ("by_smallest_unique", ("a", "b")), ("no_key", ()), ("heir", ()), ("measured", ())],
)
def test_rows_are_told_apart_by_the_best_key_there_is(catalog: Catalog, name: str, key: tuple[str, ...]) -> None:
    assert _table(catalog, name).row_key == key


def test_indexes_tell_all_columns_they_read(catalog: Catalog) -> None:
    indexes = {index.name.name: index for index in _table(catalog, "indexed").indexes}
    assert indexes["plain"].columns == ("a", "b")
    assert indexes["computed"].columns == (None, "d", None)
    assert set(indexes["computed"].expression_columns) == {"a", "b", "c", "d"}
    assert (indexes["plain"].is_unique, indexes["computed"].is_partial) == (True, True)


def test_partition_keys_tell_the_columns_of_expressions(catalog: Catalog) -> None:
    assert set(_table(catalog, "measured").partition_key) == {"at", "region"}
    assert _table(catalog, "measured_rest").partition_key == ("v",)
    assert list(catalog.ancestors(TableName("public", "measured_rest_0"))) == [
        TableName("public", "measured_rest"),
        TableName("public", "measured"),
    ]
    assert [_table(catalog, n).has_storage for n in ("measured", "measured_rest", "measured_rest_0")] == [
        False,
        False,
        True,
    ]


def test_inheritance_is_no_partitioning(catalog: Catalog) -> None:
    heir = _table(catalog, "heir")
    assert (heir.parents, heir.is_partition) == ((TableName("public", "keyed"), TableName("public", "no_key")), False)
    assert catalog.children[TableName("public", "no_key")] == (heir.name,)


def test_foreign_keys_keep_the_order_of_their_columns(catalog: Catalog) -> None:
    keys = {key.name: key for key in _table(catalog, "child").foreign_keys}
    assert (keys["up"].columns, keys["up"].references, keys["up"].referenced_columns) == (
        ("x", "y"),
        TableName("public", "keyed"),
        ("b", "a"),
    )
    assert {name: key.is_valid for name, key in keys.items()} == {"up": True, "later": False}
    (check,) = _table(catalog, "child").checks
    assert set(check.columns) == {"x", "y", "z"}


def test_comments_are_read(catalog: Catalog) -> None:
    keyed = catalog.tables[TableName("public", "keyed")]
    assert keyed.comment == "what tells rows apart"
    assert {c.name: c.comment for c in keyed.columns} == {"a": None, "b": None, "c": "sensitive=true"}


def test_sequences_know_their_columns(catalog: Catalog) -> None:
    (sequence,) = catalog.sequences
    assert (sequence.name, sequence.owner) == (
        TableName("public", "child_id_seq"),
        ColumnName(TableName("public", "child"), "id"),
    )


def test_computed_columns_are_marked(catalog: Catalog) -> None:
    child = _table(catalog, "child")
    assert {c.name: (c.generated, c.identity) for c in child.columns if c.generated or c.identity} == {
        "id": ("", "a"),
        "twice": ("s", ""),
    }


def test_temporary_tables_are_not_seen(catalog: Catalog) -> None:
    assert all(name.name != "passing" for name in catalog.tables)


@pytest.mark.parametrize("major", EACH_MAJOR)
def test_it_agrees_with_information_schema(servers_by_major: ServersByMajor, major: int) -> None:
    server: Server = servers_by_major[major]
    with server.connect(server.create_database()) as conn:
        zoo.build(conn, zoo.features(conn))
        found = read_catalog(conn)
        system = "('pg_catalog', 'information_schema')"

        tables = {
            (s, t)
            for s, t in conn.execute(
                _query(
                    "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type IN ('BASE TABLE',"
                    " 'FOREIGN')",
                    system,
                )
            )
        }
        assert {(n.schema, n.name) for n in found.tables} == tables

        columns = conn.execute(
            _query(
                "SELECT table_schema, table_name, column_name, is_nullable = 'YES', is_generated = 'ALWAYS',"
                " is_identity = 'YES', character_maximum_length FROM information_schema.columns",
                system,
            )
        ).fetchall()
        mine = [
            (
                n.schema,
                n.name,
                c.name,
                c.is_nullable and not c.refuses_null,
                bool(c.generated),
                bool(c.identity),
                c.type.length if not c.type.element else None,
            )
            for n, t in found.tables.items()
            for c in t.columns
        ]
        theirs = [row for row in columns if (row[0], row[1]) in tables]
        assert sorted(map(_without_bits, mine)) == sorted(map(_without_bits, theirs))

        keys = conn.execute(
            _query(
                "SELECT k.table_schema, k.table_name, array_agg(k.column_name::text ORDER BY k.ordinal_position) FROM"
                " information_schema.key_column_usage k JOIN information_schema.table_constraints c USING"
                " (constraint_schema, constraint_name, table_schema, table_name)",
                f"{system} AND constraint_type = 'PRIMARY KEY' GROUP BY 1, 2",
                "k.table_schema",
            )
        ).fetchall()
        assert sorted(
            (n.schema, n.name, list(t.primary_key)) for n, t in found.tables.items() if t.primary_key
        ) == sorted(keys)
        sequences = conn.execute(
            _query("SELECT sequence_schema, sequence_name FROM information_schema.sequences", system, "sequence_schema")
        ).fetchall()
        identities = {
            s.name
            for s in found.sequences
            if s.owner and (c := found.tables[s.owner.table].column(s.owner.name)) and c.identity
        }
        # To the standard a sequence that an identity uses is no sequence.
        assert sorted((s.name.schema, s.name.name) for s in found.sequences if s.name not in identities) == sorted(
            sequences
        )


def _query(select: str, rest: str, schema: str = "table_schema") -> bytes:
    word = "AND" if " WHERE " in select else "WHERE"
    return f"{select} {word} {schema} NOT IN {rest}".encode()


def _without_bits(row: tuple[object, ...]) -> tuple[object, ...]:
    """The length of bit strings counts there and does not here."""
    return tuple("" if value is None else value for value in row[:6])


def _table(catalog: Catalog, name: str) -> Table:
    return catalog.tables[TableName("public", name)]


def _type(catalog: Catalog, table: str, column: str) -> ColumnType:
    found = _table(catalog, table).column(column)
    assert found is not None
    return found.type
