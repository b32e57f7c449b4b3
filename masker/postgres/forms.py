"""What forms the values of columns have: counted on the server, in its statistics or in some rows. Counts come back,
never a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

from masker.catalog.types import Catalog, Table, TypeClass
from masker.masks.locales import LOCALES
from masker.masks.locales.words import rows_of
from masker.names import ColumnName, TableName
from masker.queries import queries

_SQL = queries(__name__)
_FORMS, _OF_STATISTICS, _OF_ROWS = sql.SQL(_SQL["forms"]), sql.SQL(_SQL["of_statistics"]), sql.SQL(_SQL["of_rows"])

#: The longest that one table's rows may take, in milliseconds, and that all statistics may.
_LONGEST_MS, _LONGEST_OF_ALL_MS = 5_000, 20_000

_TIMEOUT = "57014"

#: In the order of the query.
_NAMES = (
    "email", "phone", "postal_code", "card", "iban", "ip", "url", "secret", "password", "encrypted", "random",
    "user_agent", "katakana", "given_name", "family_name", "full_name",
    "company", "file_name", "sentence",
)  # fmt: skip

Forms = Mapping[str, int]


def forms_of_statistics(conn: psycopg.Connection) -> Mapping[ColumnName, Forms]:
    """Of every column of texts that the server has statistics of: how many of the values in them have which form, and
    under ``""`` how many there are. Raises psycopg.Error."""
    return _asked(conn, _OF_STATISTICS.format(), _LONGEST_OF_ALL_MS)


def forms_of_rows(conn: psycopg.Connection, catalog: Catalog, sample: int) -> Mapping[ColumnName, Forms]:
    """The same of the first *sample* rows of each table that have a value. A table that cannot be read in time is left
    out. Raises psycopg.Error."""
    found: dict[ColumnName, Forms] = {}
    for table in catalog.tables.values():
        columns = [c.name for c in table.columns if c.type.kind is TypeClass.TEXT]
        if columns and table.has_storage and table.extension is None and table.can_select:
            found.update(_asked(conn, _rows(table, columns, sample), _LONGEST_MS))
    return found


def _rows(table: Table, columns: Sequence[str], sample: int) -> sql.Composable:
    each = [
        _OF_ROWS.format(
            schema=sql.Literal(table.name.schema),
            table=sql.Literal(table.name.name),
            name=sql.Literal(name),
            column=sql.Identifier(name),
            **{"from": sql.Identifier(table.name.schema, table.name.name)},
            sample=sql.Literal(sample),
        )
        for name in columns
    ]
    return sql.SQL(" UNION ALL ").join(each)


def _asked(conn: psycopg.Connection, values: sql.Composable, longest: int) -> Mapping[ColumnName, Forms]:
    try:
        with conn.transaction(force_rollback=True):
            conn.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(longest)))
            rows = conn.execute(_FORMS.format(values=values), _names()).fetchall()
    except psycopg.Error as error:
        if error.sqlstate != _TIMEOUT:
            raise
        return {}
    return {
        ColumnName(TableName(schema, table), column): {"": count, **dict(zip(_NAMES, counts, strict=True))}
        for schema, table, column, count, *counts in rows
    }


def _names() -> Mapping[str, list[str]]:
    """Given and family names of every locale, in small letters."""
    return {
        "given": sorted({name for locale in LOCALES for name in _written(locale, "given")}),
        "family": sorted({name for locale in LOCALES for name in _written(locale, "family")}),
    }


def _written(locale: str, stem: str) -> Sequence[str]:
    columns = rows_of(locale, stem).columns
    return [name.lower() for script in ("kanji", "romaji") for name in columns.get(script, ())]
