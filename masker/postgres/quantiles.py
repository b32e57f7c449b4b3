"""How the numbers and dates of columns are spread: 20 quantiles of two digits, from a sample of the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

from masker.at_once import filled, taken_back
from masker.masks.numbers import Measured
from masker.names import ColumnName
from masker.postgres.errors import server_errors
from masker.postgres.sampled import SAMPLE, sampled_from
from masker.sides import Side
from masker.tables.pools import Found, Steering

#: Rows that there have to be at least, and how many quantiles from the first to the last percentile.
_LEAST, _COUNT = 1_000, 20

_SHARES = [0.01 + 0.98 * at / (_COUNT - 1) for at in range(_COUNT)]

#: What is no finite number or date is none; money goes by its amount.
_NUMBERS = """
SELECT count(*), count(DISTINCT v), (SELECT array_agg((CASE WHEN q = 0 THEN '0' ELSE trim_scale(round(q,
CAST(1 - floor(log(abs(q))) AS integer)))::text END) ORDER BY n) FROM unnest(percentile_disc(%(shares)s::float8[])
WITHIN GROUP (ORDER BY v)) WITH ORDINALITY AS p (q, n))
FROM (SELECT CAST({column} AS numeric) AS v FROM {some} WHERE {column}::text !~* 'nan|inf' LIMIT {rows}) AS s
"""

_DATES = """
SELECT count(*), count(DISTINCT v), (SELECT array_agg(to_char(date_trunc('month', q), 'YYYY-MM-DD') ORDER BY n)
FROM unnest(percentile_disc(%(shares)s::float8[]) WITHIN GROUP (ORDER BY v)) WITH ORDINALITY AS p (q, n))
FROM (SELECT CAST({column} AS timestamp) AS v FROM {some} WHERE isfinite({column})
AND {column} BETWEEN '0001-02-01' AND '9999-01-01' LIMIT {rows}) AS s
"""


def measure_spread(conn: psycopg.Connection, wanted: Sequence[Steering], side: Side) -> Mapping[ColumnName, Found]:
    """The quantiles of each of *wanted*; without any where there are too few values to tell nobody's."""
    found: dict[ColumnName, Found] = {}
    if not wanted:
        return found
    with server_errors(side, "rows were sampled"):
        for one in wanted:
            ((row,),) = taken_back(conn, [filled(conn, _question(one).as_string(conn), {"shares": _SHARES})])
            values, distinct, quantiles = row or (0, 0, None)
            told = tuple(quantiles or ()) if values >= _LEAST else ()
            measured = Measured(values=values, distinct=max(1, distinct), quantiles=told)
            found[one.column] = Found(measured=measured, origin="sample")
    return found


def _question(one: Steering) -> sql.Composed:
    return sql.SQL(_DATES if one.is_dated else _NUMBERS).format(
        column=sql.Identifier(one.column.name), some=sampled_from(one), rows=sql.Literal(SAMPLE)
    )
