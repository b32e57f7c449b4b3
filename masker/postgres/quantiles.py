"""How the numbers and dates of columns are spread: 20 quantiles of two digits, from a sample of the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

from masker.masks.numbers import Measured
from masker.names import ColumnName
from masker.postgres.errors import server_errors
from masker.sides import Side
from masker.tables.pools import Found, Steering

#: Rows of a sample, as many as there have to be at least, and how many quantiles from the first to the last percentile.
_SAMPLE, _LEAST, _COUNT = 30_000, 1_000, 20

#: Rows that a block is thought to hold at least.
_ROWS_OF_A_PAGE = 8

_SHARES = [0.01 + 0.98 * at / (_COUNT - 1) for at in range(_COUNT)]

#: What is no finite number or date is none; money goes by its amount.
_NUMBERS = """
SELECT count(*), count(DISTINCT v), (SELECT array_agg((CASE WHEN q = 0 THEN '0' ELSE trim_scale(round(q,
CAST(1 - floor(log(abs(q))) AS integer)))::text END) ORDER BY n) FROM unnest(percentile_disc(%(shares)s::float8[])
WITHIN GROUP (ORDER BY v)) WITH ORDINALITY AS p (q, n))
FROM (SELECT CAST({column} AS numeric) AS v FROM {table}{sample} WHERE {column}::text !~* 'nan|inf' LIMIT {rows}) AS s
"""

_DATES = """
SELECT count(*), count(DISTINCT v), (SELECT array_agg(to_char(date_trunc('month', q), 'YYYY-MM-DD') ORDER BY n)
FROM unnest(percentile_disc(%(shares)s::float8[]) WITHIN GROUP (ORDER BY v)) WITH ORDINALITY AS p (q, n))
FROM (SELECT CAST({column} AS timestamp) AS v FROM {table}{sample} WHERE isfinite({column})
AND {column} BETWEEN '0001-02-01' AND '9999-01-01' LIMIT {rows}) AS s
"""


def measure_spread(conn: psycopg.Connection, wanted: Sequence[Steering], side: Side) -> Mapping[ColumnName, Found]:
    """The quantiles of each of *wanted*; without any where there are too few values to tell nobody's."""
    found: dict[ColumnName, Found] = {}
    if not wanted:
        return found
    with server_errors(side, "rows were sampled"), conn.transaction(force_rollback=True):
        for one in wanted:
            row = conn.execute(_question(one), {"shares": _SHARES}).fetchone()
            values, distinct, quantiles = row or (0, 0, None)
            told = tuple(quantiles or ()) if values >= _LEAST else ()
            measured = Measured(values=values, distinct=max(1, distinct), quantiles=told)
            found[one.column] = Found(measured=measured, origin="sample")
    return found


def _question(one: Steering) -> sql.Composed:
    rows = one.rows if one.rows > 0 else float(one.pages * _ROWS_OF_A_PAGE)
    portion = 100.0 if rows <= 2 * _SAMPLE else min(100.0, 120.0 * _SAMPLE / rows)
    return sql.SQL(_DATES if one.is_dated else _NUMBERS).format(
        column=sql.Identifier(one.column.name),
        table=sql.SQL("{}{}").format(
            sql.SQL("" if one.is_tree else "ONLY "), sql.Identifier(one.column.table.schema, one.column.table.name)
        ),
        sample=sql.SQL(" TABLESAMPLE SYSTEM ({})").format(sql.Literal(round(portion, 6)))
        if portion < 100
        else sql.SQL(""),
        rows=sql.Literal(_SAMPLE),
    )
