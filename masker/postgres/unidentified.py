"""Published tables whose rows the server lets nobody change or delete: nothing tells which row is meant, or what a
publication sends of it does not go with what does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import psycopg

from masker.names import TableName
from masker.queries import queries

_SQL = queries(__name__)

#: What a publication sends that may be forbidden for it.
Change = Literal["UPDATE", "DELETE"]

#: Permanent tables that a publication sends changes or deletions of, while no column tells which row is meant, or its
#: row filter reads others than do, or its list of columns does not hold these. Each partition as it is published.
_UNIDENTIFIED = _SQL["unidentified"]

_TOLD = _SQL["told"]

_UNTOLD = _SQL["untold"]

_SCHEMAS = (
    " OR EXISTS (SELECT FROM pg_publication_namespace AS s JOIN pg_class AS x ON x.relnamespace = s.pnnspid WHERE"
    " s.pnpubid = p.oid AND x.oid = a.relid)"
)

#: Row filters, lists of columns and schemas are published since then; generated columns may be.
_SINCE_LISTS, _SINCE_GENERATED = 150000, 180000


@dataclass(frozen=True, slots=True, kw_only=True)
class Unidentified:
    """What *publications* forbid of a table.

    *identity* is its replica identity in the words of ALTER TABLE, empty where that is an index which is gone.
    *is_full_enough*: with all columns for its identity nothing would be forbidden.
    """

    identity: str
    forbidden: frozenset[Change]
    publications: tuple[str, ...]
    is_full_enough: bool


def unidentified(conn: psycopg.Connection) -> dict[TableName, Unidentified]:
    """Tables that are published, and whose rows may not be changed or not be deleted for that. Raises psycopg.Error."""
    version = conn.info.server_version
    query = _UNIDENTIFIED.format(
        schemas=_SCHEMAS if version >= _SINCE_LISTS else "",
        told=_TOLD if version >= _SINCE_LISTS else _UNTOLD,
        generated="p.pubgencols = 's'" if version >= _SINCE_GENERATED else "true",
    )
    return {
        TableName(schema, table): Unidentified(
            identity=identity,
            forbidden=frozenset(forbidden),
            publications=tuple(publications),
            is_full_enough=is_full_enough,
        )
        for schema, table, identity, forbidden, publications, is_full_enough in conn.execute(query.encode()).fetchall()
    }
