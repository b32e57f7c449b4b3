"""The rows of the catalogs that say what hangs on the columns of a database's tables, by oid.

The server itself says how an object is made (``pg_get_viewdef`` and its kin); owners, privileges, comments, states and
options stand beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from masker.catalog.read import HIDDEN_SCHEMAS
from masker.in_place.server.lost import read_lost
from masker.names import TableName
from masker.postgres.unidentified import unidentified
from masker.queries import queries

_SQL = queries(__name__)

_VISIBLE = "n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s)"

#: References to relations: to a column (number above 0), to the whole (0), to the row type or an array of it (-1).
_REFERENCES = _SQL["references"]

_RELATIONS = _SQL["relations"]

_COLUMNS = _SQL["columns"]

_GRANTS = _SQL["grants"]

_DEFAULT_GRANTEES = _SQL["default_grantees"]

_RULES = _SQL["rules"]

_TRIGGERS = _SQL["triggers"]

_POLICIES = _SQL["policies"]

_PUBLISHED = _SQL["published"]

_INDEXES = _SQL["indexes"]

_STATISTICS = _SQL["statistics"]

_GENERATED = _SQL["generated"]

_KEY_COMMENTS = _SQL["key_comments"]

#: Foreign keys of which a trigger is disabled, or acts otherwise than it does by default, be it that of a partition, on
#: either side.
_RESTING_KEYS = _SQL["resting_keys"]


class Rows:
    """One reading of the catalogs. The session's ``search_path`` must be empty."""

    def __init__(self, conn: psycopg.Connection) -> None:
        self._conn = conn
        version = conn.info.server_version
        self.relations = {row.oid: row for row in self._rows(_RELATIONS)}
        compression = (
            "CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END" if version >= 140000 else "NULL::text"
        )
        self.columns = _grouped(self._rows(_COLUMNS.replace("{compression}", compression)))
        self.grants = _grouped(self._rows(_GRANTS))
        self.default_grantees = [row[0] for row in conn.execute(_DEFAULT_GRANTEES).fetchall()]
        self.rules = {row.oid: row for row in self._rows(_RULES)}
        self.triggers = {row.oid: row for row in self._rows(_TRIGGERS)}
        self.policies = {row.oid: row for row in self._rows(_POLICIES)}
        self.published = {row.oid: row for row in self._rows(_published(version))}
        self.indexes = _grouped(self._rows(_INDEXES))
        self.statistics = _grouped(self._rows(_STATISTICS))
        self.generated = {row.oid: (row.relation, row.number) for row in self._rows(_GENERATED)}
        self.references = self._rows(_REFERENCES)
        self.key_comments = self._rows(_KEY_COMMENTS)
        self.resting_keys = self._rows(_RESTING_KEYS)
        self.unidentified = unidentified(conn)
        self.lost = read_lost(self._rows, self.name, version // 10000)

    def _rows(self, query: str) -> list[Any]:
        cursor = self._conn.cursor(row_factory=namedtuple_row)
        return cursor.execute(
            query.replace("{visible}", _VISIBLE).encode(), {"hidden": list(HIDDEN_SCHEMAS)}
        ).fetchall()

    def name(self, oid: int) -> TableName:
        """The name of a relation that was read."""
        row = self.relations[oid]
        return TableName(row.schema, row.name)

    def title(self, ref: Any) -> str:
        """What the server calls the object that *ref* starts from."""
        row = self._conn.execute(
            "SELECT pg_describe_object(%s::regclass, %s::oid, %s)", [ref.catalog, ref.object, ref.part]
        ).fetchone()
        return str(row[0]) if row else ref.catalog


def _published(version: int) -> str:
    is_new = version >= 150000
    return _PUBLISHED.replace("{filter}", "pg_get_expr(r.prqual, r.prrelid)" if is_new else "NULL::text").replace(
        "{columns}",
        (
            "ARRAY(SELECT a.attname::text FROM unnest(r.prattrs::int2[]) k JOIN pg_attribute a ON a.attrelid ="
            " r.prrelid AND a.attnum = k)"
            if is_new
            else "NULL::text[]"
        ),
    )


def _grouped(rows: Iterable[Any]) -> Mapping[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.relation].append(row)
    return found
