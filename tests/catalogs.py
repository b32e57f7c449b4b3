"""Catalogs in a few words: ``catalog(table("users", "email varchar(255) not null", "role text"))``."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import count
from typing import Any

from masker.catalog.types import Catalog, Column, ColumnType, Index, MaterializedView, Server, Table, TypeClass
from masker.names import TableName

_KINDS = {
    "text": TypeClass.TEXT,
    "varchar": TypeClass.TEXT,
    "bpchar": TypeClass.TEXT,
    "citext": TypeClass.TEXT,
    "uuid": TypeClass.UUID,
    "int2": TypeClass.INTEGER,
    "int4": TypeClass.INTEGER,
    "int8": TypeClass.INTEGER,
    "numeric": TypeClass.NUMBER,
    "float4": TypeClass.NUMBER,
    "float8": TypeClass.NUMBER,
    "money": TypeClass.NUMBER,
    "bool": TypeClass.BOOLEAN,
    "date": TypeClass.DATE,
    "timestamp": TypeClass.TIMESTAMP,
    "timestamptz": TypeClass.TIMESTAMP,
    "time": TypeClass.TIME,
    "interval": TypeClass.INTERVAL,
    "inet": TypeClass.INET,
    "cidr": TypeClass.CIDR,
    "json": TypeClass.JSON,
    "jsonb": TypeClass.JSONB,
    "bytea": TypeClass.BYTEA,
    "bit": TypeClass.BITS,
}

_SQL = {
    "varchar": "character varying",
    "bpchar": "character",
    "int4": "integer",
    "int8": "bigint",
    "int2": "smallint",
    "bool": "boolean",
    "citext": "public.citext",
}

_COLUMN = re.compile(
    r'(?P<name>"[^"]+"|\S+) (?P<type>[a-z_0-9]+)(?:\((?P<length>\d+)\))?(?P<array>\[\])?(?P<required> not'
    r" null)?(?P<generated> generated)?(?P<key> primary key)?\Z"
)

_oids = count(20_000)

SERVER = Server(
    version=150000,
    version_text="15.0",
    database="production",
    database_oid=16390,
    encoding="UTF8",
    collate="C",
    ctype="C",
    system_identifier=1,
    user="app",
    is_superuser=False,
    in_recovery=False,
    can_create_database=True,
    owns_database=True,
)


def column_type(name: str, *, length: int | None = None, labels: tuple[str, ...] = (), **more: Any) -> ColumnType:
    """A type by its short name, as ``varchar``; one with *labels* is an enum, one unknown of the class other."""
    sql = _SQL.get(name, name) + (f"({length})" if length else "")
    kind = TypeClass.ENUM if labels else _KINDS.get(name, TypeClass.OTHER)
    found = ColumnType(
        oid=next(_oids),
        sql=sql,
        base=sql,
        name=name,
        kind=kind,
        length=length,
        labels=labels,
        is_citext=name == "citext",
        is_bpchar=name == "bpchar",
    )
    return replace(found, **more)


def array_of(element: ColumnType) -> ColumnType:
    """The array type of *element*."""
    sql = f"{element.sql}[]"
    return ColumnType(
        oid=next(_oids), sql=sql, base=sql, name=f"_{element.name}", kind=TypeClass.ARRAY, element=element
    )


def domain(name: str, over: ColumnType, *, not_null: bool = False) -> ColumnType:
    """A domain called *name* in public."""
    return replace(over, sql=f"public.{name}", is_domain=True, domain_not_null=not_null)


def column(written: str | Column, number: int = 1) -> Column:
    """A column as in SQL: ``email varchar(255) not null``; ``generated`` and ``primary key`` may follow."""
    if isinstance(written, Column):
        return replace(written, number=number)
    match = _COLUMN.match(written)
    assert match is not None, written
    kind = column_type(match["type"], length=int(match["length"]) if match["length"] else None)
    return Column(
        name=match["name"].strip('"'),
        number=number,
        type=array_of(kind) if match["array"] else kind,
        is_nullable=not (match["required"] or match["key"]),
        generated="s" if match["generated"] else "",
    )


def table(
    name: str, *columns: str | Column, key: tuple[str, ...] | None = None, unique: tuple[str, ...] = (), **more: Any
) -> Table:
    """A table, ``schema.name`` outside of public. An ``id int8`` in front is its primary key unless *key* names
    others."""
    schema, _, bare = name.rpartition(".")
    own = TableName(schema or "public", bare)
    written = [c for c in columns if not isinstance(c, str) or c.partition(" ")[0] != "id"]
    ids = [c for c in columns if isinstance(c, str) and c.partition(" ")[0] == "id"] or (
        ["id int8 not null"] if key is None else []
    )
    found = tuple(column(c, at) for at, c in enumerate([*ids, *written], start=1))
    indexes = [_index(own, key if key is not None else ("id",), "p")] if key != () else []
    indexes += [_index(own, (c,), None) for c in unique]
    return replace(
        Table(name=own, oid=next(_oids), kind="r", persistence="p", columns=found, indexes=tuple(indexes)), **more
    )


def partition(name: str, parent: Table, **more: Any) -> Table:
    """A partition or, of a plain table, an inheritance child of *parent* with its columns."""
    schema, _, bare = name.rpartition(".")
    return replace(
        parent,
        name=TableName(schema or "public", bare),
        oid=next(_oids),
        kind="r",
        parents=(parent.name,),
        is_partition=parent.kind == "p",
        **more,
    )


def catalog(*tables: Table, materialized_views: tuple[str, ...] = (), **more: Any) -> Catalog:
    """A catalog of *tables*."""
    views = tuple(MaterializedView(name=TableName("public", name), is_populated=True) for name in materialized_views)
    return Catalog(server=SERVER, tables={t.name: t for t in tables}, materialized_views=views, **more)


def _index(of: TableName, columns: tuple[str, ...], constraint_type: str | None) -> Index:
    suffix = "pkey" if constraint_type else f"{'_'.join(columns)}_key"
    name = TableName(of.schema, f"{of.name}_{suffix}")
    return Index(
        name=name,
        definition=f"CREATE UNIQUE INDEX {name.name} ON {of} ({', '.join(columns)})",
        columns=columns,
        is_unique=True,
        is_valid=True,
        is_partial=False,
        bytes=8192,
        constraint=name.name if constraint_type else None,
        constraint_type=constraint_type,
    )
