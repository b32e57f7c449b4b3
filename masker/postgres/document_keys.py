"""What documents of a column are made of, for suggestions: keys that many of them share, and numbers, never a value."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql

from masker.catalog.types import Column, Table
from masker.ruleset.documents import Leaf

#: Documents looked at, the longest that this may take in milliseconds, and how deep documents are followed.
_SAMPLE, _LONGEST_MS, _DEEPEST = 1000, 5000, 8

_TIMEOUT, _UNTRANSLATABLE = "57014", "22P05"

# A key is shown that stands in a tenth of the documents that have what it stands in, and in twenty: others may be data,
# such as an address in a map of people.
_LEAVES = sql.SQL("""
WITH RECURSIVE d AS (SELECT row_number() OVER () AS n, v FROM (SELECT {column}::jsonb AS v FROM ONLY {table}
WHERE {column} IS NOT NULL LIMIT {sample}) AS s),
w(n, path, v) AS (
  SELECT n, ARRAY[]::text[], v FROM d
  UNION ALL
  SELECT w.n, w.path || c.step, c.v FROM w, LATERAL (
    SELECT '.' || e.key, e.value FROM jsonb_each(CASE jsonb_typeof(w.v) WHEN 'object' THEN w.v END) AS e
    WHERE e.key !~ '@|[0-9]{{4}}' AND length(e.key) <= 40
    UNION ALL SELECT '[*]', e.value FROM jsonb_array_elements(CASE jsonb_typeof(w.v) WHEN 'array' THEN w.v END) AS e
  ) AS c(step, v) WHERE cardinality(w.path) < {deepest}
),
a AS (
  SELECT path, count(DISTINCT n) AS documents, count(*) FILTER (WHERE jsonb_typeof(v) = 'string') AS texts,
  count(DISTINCT v) FILTER (WHERE jsonb_typeof(v) = 'string') AS kinds,
    bool_or(jsonb_typeof(v) IN ('number', 'boolean')) AS has_numbers, bool_or(jsonb_typeof(v) IN ('object', 'array'))
    AS has_inside
  FROM w GROUP BY path
)
SELECT a.path, a.texts, a.kinds, a.has_numbers, a.has_inside FROM a LEFT JOIN a
AS p ON p.path = a.path[:cardinality(a.path) - 1]
WHERE cardinality(a.path) = 0 OR a.documents >= greatest(least(20, (SELECT count(*) FROM d)), p.documents / 10)
ORDER BY a.path
""")


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
