"""Active Storage's tables read: the kinds of attachments, the services, and one decision for each blob, in the order of
its key."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from masker.errors import UsageError
from masker.names import TableName
from masker.queries import queries

_SQL = queries(__name__)

_BLOBS, _ATTACHMENTS, _VARIANTS = "active_storage_blobs", "active_storage_attachments", "active_storage_variant_records"

#: Records of Active Storage's own, whose attachments derive from another blob.
_VARIANT_RECORD, _BLOB_RECORD = "ActiveStorage::VariantRecord", "ActiveStorage::Blob"

#: Bytes of the longest key that S3 takes; a blob with a longer one has no object.
_LONGEST_KEY = 1024

_CURSOR_ROWS = 5000
_UPDATE_ROWS = 1000

_FIND = _SQL["find"]

_KINDS = "SELECT DISTINCT record_type, name FROM {attachments} WHERE record_type NOT IN (%(variant)s, %(blob)s)"

_SERVICES = "SELECT service_name, count(*) FROM {blobs} GROUP BY 1"

#: Record ids are compared as text: beside numbers they may be UUIDs, whatever the other table's are.
_VARIANT_PARENTS = _SQL["variant_parents"]

#: What a blob derives from decides about it, at any depth; whatever nobody attached is ``unattached``. Sorted as UTF-8,
#: in every encoding.
_DECISIONS = _SQL["decisions"]

#: A missing checksum is not compared, and stays missing.
_UPDATE = _SQL["update"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobTables:
    """Active Storage's tables. *variants* came with Rails 6.1, as did the name of a service; *oid* is that of the
    blobs."""

    blobs: TableName
    attachments: TableName
    variants: TableName | None
    has_service: bool
    oid: int

    def compose(self, query: str, **parts: sql.Composable) -> sql.Composed:
        """*query* with the tables' names in it."""
        tables = {"blobs": self.blobs, "attachments": self.attachments, "variants": self.variants}
        named = {part: sql.Identifier(table.schema, table.name) for part, table in tables.items() if table is not None}
        return sql.SQL(query).format(**{**named, **parts})


class Blob(NamedTuple):
    """A blob's row, as far as it matters, with the *decision* about it: 0 to keep, 1 to replace, 2 to drop."""

    key: str
    decision: int
    content_type: str
    byte_size: int
    checksum: str | None


class NewContent(NamedTuple):
    """What a blob's row has to say of its object."""

    key: str
    byte_size: int
    checksum: str


def has_blobs(conn: psycopg.Connection) -> bool:
    """Whether there is a table of blobs."""
    return bool(conn.execute(_FIND, [[_BLOBS]]).fetchall())


def find_blob_tables(conn: psycopg.Connection) -> BlobTables:
    """Active Storage's tables, in ``public`` if they are there. Raises UsageError where there are none, or several."""
    rows = conn.execute(_FIND, [[_BLOBS, _ATTACHMENTS, _VARIANTS]]).fetchall()
    schemas = list(dict.fromkeys(schema for schema, name, _, _ in rows if name == _BLOBS))
    if not schemas or (len(schemas) > 1 and schemas[0] != "public"):
        found = f"{_BLOBS} is in the schemas {', '.join(schemas)}" if schemas else f"has no table {_BLOBS}"
        raise UsageError(
            f"{conn.info.dbname}: {found}", hint="scope: active_storage reads the tables of one Rails application"
        )
    tables = {
        name: (TableName(schema, name), oid, has_service)
        for schema, name, oid, has_service in rows
        if schema == schemas[0]
    }
    if _ATTACHMENTS not in tables:
        raise UsageError(
            f"{conn.info.dbname}: has no table {_ATTACHMENTS}, so nobody knows what its blobs are",
            hint="sync without the scope, or repair the preview",
        )
    blobs, oid, has_service = tables[_BLOBS]
    variants = tables.get(_VARIANTS)
    return BlobTables(
        blobs=blobs,
        attachments=tables[_ATTACHMENTS][0],
        variants=variants[0] if variants else None,
        has_service=has_service,
        oid=oid,
    )


def read_kinds(conn: psycopg.Connection, tables: BlobTables) -> list[tuple[str, str]]:
    """The class of the record and the name of every kind of attachment."""
    return [
        (str(t), str(n))
        for t, n in conn.execute(tables.compose(_KINDS), {"variant": _VARIANT_RECORD, "blob": _BLOB_RECORD}).fetchall()
    ]


def read_services(conn: psycopg.Connection, tables: BlobTables) -> dict[str, int]:
    """The number of blobs by service; nothing where the table does not tell."""
    return (
        {str(name): count for name, count in conn.execute(tables.compose(_SERVICES)).fetchall()}
        if tables.has_service
        else {}
    )


def read_blobs(
    conn: psycopg.Connection,
    tables: BlobTables,
    decisions: Mapping[tuple[str, str], int],
    *,
    unattached: int,
    service: str | None,
) -> Iterator[Blob]:
    """Every blob of *service* by key, in UTF-8 order, with the strictest decision that applies to it. Needs a
    transaction."""
    parents = tables.compose(_VARIANT_PARENTS) if tables.variants else sql.SQL("")
    of_service = sql.SQL("b.service_name = %(service)s" if tables.has_service and service is not None else "true")
    query = tables.compose(_DECISIONS, variant_parents=parents, of_service=of_service)
    types, names = zip(*decisions, strict=True) if decisions else ((), ())
    parameters: dict[str, Any] = {
        "types": list(types),
        "names": list(names),
        "decisions": list(decisions.values()),
        "unattached": unattached,
        "service": service,
        "variant": _VARIANT_RECORD,
        "blob": _BLOB_RECORD,
        "longest": _LONGEST_KEY,
    }
    with conn.cursor(name="masker_blobs") as cursor:
        cursor.itersize = _CURSOR_ROWS
        cursor.execute(query, parameters)
        for row in cursor:
            yield Blob(*row)


def may_update(conn: psycopg.Connection, tables: BlobTables) -> bool:
    """Whether the session may write what a blob's row says of its object."""
    row = conn.execute(
        "SELECT bool_and(has_column_privilege(%s::oid, name, 'UPDATE')) FROM unnest(ARRAY['byte_size', 'checksum']) AS"
        " name",
        [tables.oid],
    ).fetchone()
    return bool(row and row[0])


def update_blobs(conn: psycopg.Connection, tables: BlobTables, contents: Iterable[NewContent]) -> int:
    """Have the rows say what their objects are, by batches; the number of rows that did not already."""
    rest = iter(contents)
    updated = 0
    while batch := list(itertools.islice(rest, _UPDATE_ROWS)):
        updated += conn.execute(tables.compose(_UPDATE), [list(column) for column in zip(*batch, strict=True)]).rowcount
    return updated
