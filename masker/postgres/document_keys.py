"""What documents of a column are made of, for suggestions: keys that many of them share, and numbers, never a value."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql

from masker.catalog.types import Column, Table
from masker.queries import queries
from masker.ruleset.documents import Leaf

_SQL = queries(__name__)

#: Documents looked at, the longest that this may take in milliseconds, and how deep documents are followed.
_SAMPLE, _LONGEST_MS, _DEEPEST = 1000, 5000, 8

_TIMEOUT, _UNTRANSLATABLE = "57014", "22P05"

# A key is shown that stands in a tenth of the documents that have what it stands in, and in twenty, however few there
# are: others may be data, such as an address in a map of people.
_LEAVES = sql.SQL(_SQL["leaves"])


def leaves(conn: psycopg.Connection, table: Table, column: Column) -> Sequence[Leaf]:
    """The leaves that some documents of *column* have; none where these cannot be read in time. Raises
    psycopg.Error."""
    query = _LEAVES.format(
        column=sql.Identifier(column.name),
        table=sql.Identifier(table.name.schema, table.name.name),
        sample=sql.Literal(_SAMPLE),
        deepest=sql.Literal(_DEEPEST),
    )
    try:
        with conn.transaction(force_rollback=True):
            conn.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(_LONGEST_MS)))
            rows = conn.execute(query).fetchall()
    except psycopg.Error as error:
        if error.sqlstate not in {_TIMEOUT, _UNTRANSLATABLE}:
            raise
        return ()
    reached = {tuple(path) for path, *_ in rows}
    return [
        Leaf(steps=tuple(path), texts=texts, kinds=kinds, has_numbers=bool(has_numbers))
        for path, texts, kinds, has_numbers, has_inside in rows
        if path and not has_inside and all(tuple(path[:count]) in reached for count in range(len(path)))
    ]
