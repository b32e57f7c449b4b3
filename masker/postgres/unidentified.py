"""Published tables of which nothing tells which row is meant, so that the server lets none be changed or deleted."""

from __future__ import annotations

import psycopg

from masker.names import TableName
from masker.queries import queries

_SQL = queries(__name__)

#: Permanent tables of which a publication sends changes or deletions, while no column tells which row is meant.
_UNIDENTIFIED = _SQL["unidentified"]

_SCHEMAS = (
    " OR EXISTS (SELECT FROM pg_publication_namespace AS s WHERE s.pnpubid = p.oid AND s.pnnspid = c.relnamespace)"
)


def without_identity(conn: psycopg.Connection) -> dict[TableName, str]:
    """Tables that are published, and whose rows may be neither changed nor deleted for that; each with its replica
    identity in the words of ALTER TABLE, empty where that is an index which is gone. Raises psycopg.Error."""
    query = _UNIDENTIFIED.format(schemas=_SCHEMAS if conn.info.server_version >= 150000 else "")
    return {TableName(schema, table): word for schema, table, word in conn.execute(query.encode()).fetchall()}
