"""Masks tried on rows that somebody made up, by a server that reads nothing of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from masker.catalog.types import Table
from masker.postgres.errors import ServerFault
from masker.postgres.keyring import holding

#: Milliseconds an example may take.
_TIMEOUT_MS = 5_000

#: Rows whose values are measured before and after.
_MEASURED_ROWS = 1_000

_WIDTHS: LiteralString = (
    "SELECT count(*), avg(octet_length(({column})::text)), avg(octet_length(({masked})::text))"
    " FROM (SELECT * FROM {table} WHERE {column} IS NOT NULL LIMIT {rows}) AS r"
)

#: A row by column; what is not in it is NULL.
Row = Mapping[str, Any]


def masked_examples(
    conn: psycopg.Connection, table: Table, expression: str, rows: Sequence[Row], bindings: Mapping[str, str]
) -> list[str | None]:
    """What *expression*, a mask over rows of *table*, makes of each of *rows*, as text. Raises ServerFault."""
    columns = [column for column in table.columns if not column.generated]
    made = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {}::int AS {}, {}").format(
            sql.Literal(at),
            sql.Identifier("masker example"),
            sql.SQL(", ").join(
                sql.SQL("CAST({} AS {}) AS {}").format(
                    sql.Literal(_text(row.get(column.name))), sql.SQL(column.type.sql), sql.Identifier(column.name)
                )
                for column in columns
            ),
        )
        for at, row in enumerate(rows)
    )
    query = sql.SQL("SELECT ({})::text FROM ({}) AS r ORDER BY {}").format(
        sql.SQL(expression), made, sql.Identifier("masker example")
    )
    with holding(conn, bindings, bindings.keys()), conn.transaction(force_rollback=True):
        conn.execute("SET TRANSACTION READ ONLY")
        conn.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(_TIMEOUT_MS)))
        try:
            return [found for (found,) in conn.execute(query).fetchall()]
        except psycopg.Error as error:
            raise ServerFault.from_error(error) from None


def widths(
    conn: psycopg.Connection, table: Table, column: str, expression: str, bindings: Mapping[str, str]
) -> tuple[int, float, float] | None:
    """Of some rows of *table* in which *column* has a value: how many they are, and how many bytes it has there on
    average, before and after *expression*; None where there are none. Numbers come back, no value. Raises
    ServerFault."""
    query = sql.SQL(_WIDTHS).format(
        table=sql.Identifier(table.name.schema, table.name.name),
        column=sql.Identifier(column),
        masked=sql.SQL(expression),
        rows=sql.Literal(_MEASURED_ROWS),
    )
    with holding(conn, bindings, bindings.keys()), conn.transaction(force_rollback=True):
        conn.execute("SET TRANSACTION READ ONLY")
        conn.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(_TIMEOUT_MS)))
        try:
            row = conn.execute(query).fetchone()
        except psycopg.Error as error:
            raise ServerFault.from_error(error) from None
    return (int(row[0]), float(row[1]), float(row[2] or 0)) if row and row[0] else None


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
