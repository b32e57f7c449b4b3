"""Schemas as Rails writes them, loaded, filled and ruled: invented ones of our own, and others where a folder of them
is named.

``MASKER_REAL_SCHEMAS`` is a folder of ``NAME.structure.sql`` and, if it has one, ``labels.tsv``: application, table,
column, and what it holds, ``not_pii…`` for what is to stay. An application is tried if ``rules/NAME.yml`` is here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks.filler import Filled, fill
from benchmarks.values import carries_canary
from masker.catalog.read import read_catalog
from masker.catalog.types import Catalog
from masker.names import ColumnName, TableName
from masker.ruleset.parse import read_rules
from masker.ruleset.resolve import resolve
from masker.ruleset.types import Resolution

RULES = Path(__file__).parent / "rules"

_FOLDERS = [
    Path(__file__).parent / "schemas",
    *([Path(os.environ["MASKER_REAL_SCHEMAS"])] if "MASKER_REAL_SCHEMAS" in os.environ else []),
]

#: Every schema at hand that there are rules for.
SCHEMAS = {
    name: file
    for folder in _FOLDERS
    for file in sorted(folder.glob("*.structure.sql"))
    if (RULES / f"{(name := file.name.removesuffix('.structure.sql'))}.yml").is_file()
}

#: Settings of PostgreSQL 17 and 9.6 in dumps, which other versions do not know.
_SETTINGS_OF_OTHER_VERSIONS = ("SET transaction_timeout", "SET default_with_oids")


def schema_sql(application: str) -> str:
    """The application's ``db/structure.sql`` without lines meant for psql."""
    lines = SCHEMAS[application].read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith(("\\", *_SETTINGS_OF_OTHER_VERSIONS)))


def labels() -> dict[str, dict[ColumnName, str]]:
    """What columns hold, as people judged it, for every application that has such judgements."""
    found: dict[str, dict[ColumnName, str]] = {}
    for application, table, column, kind in _labelled():
        schema, _, name = table.rpartition(".")
        found.setdefault(application, {})[ColumnName(TableName(schema or "public", name), column)] = kind
    return {application: found[application] for application in SCHEMAS if application in found}


def _labelled() -> Iterator[list[str]]:
    for file in (folder / "labels.tsv" for folder in _FOLDERS):
        if file.is_file():
            yield from (line.split("\t")[:4] for line in file.read_text(encoding="utf-8").splitlines())


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One application's database and what its rules decide."""

    name: str
    catalog: Catalog
    resolution: Resolution

    @property
    def rules(self) -> Path:
        return RULES / f"{self.name}.yml"

    def mask_of(self, column: ColumnName) -> str:
        """``emptied``, the mask of *column*, or ``keep`` where nothing decides it."""
        decision = self.resolution.tables[column.table]
        if decision.rows == "none":
            return "emptied"
        ruled = decision.columns.get(column.name)
        return ruled.rule.mask if ruled else "keep"

    def kept_columns(self, table: TableName) -> list[str]:
        """The columns of *table* that are copied as they are. What is generated follows what it is generated from."""
        columns = self.catalog.tables[table].columns
        return [c.name for c in columns if not c.generated and self.mask_of(ColumnName(table, c.name)) == "keep"]

    def masked_columns(self) -> list[ColumnName]:
        """All columns whose values may not reach the target and whose type can hold a canary."""
        return [
            table.column_name(column.name)
            for table in self.catalog.tables.values()
            for column in table.columns
            if carries_canary(column.type) and self.mask_of(table.column_name(column.name)) != "keep"
        ]


def load(conn: psycopg.Connection, name: str) -> Application:
    """The schema of *name* in the empty database of *conn*, nothing of it ever compressed, and its rules resolved
    against it."""
    conn.execute(schema_sql(name).encode())
    conn.execute("RESET ALL")
    _store_uncompressed(conn)
    catalog = read_catalog(conn)
    return Application(name=name, catalog=catalog, resolution=resolve(read_rules([RULES / f"{name}.yml"]), catalog))


def fill_with_canaries(conn: psycopg.Connection, application: Application, rows: int) -> Filled:
    """Rows in every table, a canary in every value of the columns to mask."""
    return fill(conn, application.catalog, rows, application.masked_columns())


def _store_uncompressed(conn: psycopg.Connection) -> None:
    query = """
        SELECT n.nspname, c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema)' AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attstorage IN ('x', 'm')"""
    for schema, table, column in conn.execute(query).fetchall():
        alter = sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET STORAGE EXTERNAL")
        conn.execute(alter.format(sql.Identifier(schema, table), sql.Identifier(column)))
