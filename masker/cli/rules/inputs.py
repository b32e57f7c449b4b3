"""What the commands on rules read: the source's URL, and its catalog."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from masker.cli.flags.databases import DatabaseFlags
from masker.cli.flags.group import Variable
from masker.errors import UsageError
from masker.names import ColumnName

if TYPE_CHECKING:
    import psycopg

    from masker.catalog.types import Catalog
    from masker.ruleset.evidence import Evidence


def source_url(databases: DatabaseFlags) -> str | None:
    """The source's URL, None if none is named. Raises UsageError."""
    if not isinstance(databases.source, Variable):
        return databases.source
    found = os.environ.get(databases.source.env)
    if not found:
        raise UsageError(
            f"source.url: the environment variable {databases.source.env} is not set",
            hint=f"export {databases.source.env}, or give --source",
        )
    return found


def source_catalog(databases: DatabaseFlags) -> Catalog:
    """The catalog of the source, which has to be named. Raises UsageError."""
    from masker.catalog.read import read_catalog

    with _source(databases) as conn:
        return read_catalog(conn)


def source_with_evidence(databases: DatabaseFlags, sample: int = 0) -> tuple[Catalog, Evidence]:
    """The catalog of the source, and what it tells of columns: its statistics, and of *sample* rows of each table the
    forms of values. Raises UsageError."""
    from masker.catalog.read import read_catalog
    from masker.catalog.types import TypeClass
    from masker.postgres.document_keys import leaves
    from masker.postgres.forms import forms_of_rows, forms_of_statistics
    from masker.postgres.statistics import column_numbers
    from masker.ruleset.evidence import Evidence

    with _source(databases) as conn:
        catalog = read_catalog(conn)
        found = column_numbers(conn, {name: [c.name for c in table.columns] for name, table in catalog.tables.items()})
        repeating = frozenset(
            ColumnName(name, column)
            for name, columns in found.items()
            for column, numbers in columns.items()
            if numbers.repeats(catalog.tables[name].rows)
        )
        documents = {
            table.column_name(column.name): leaves(conn, table, column)
            for table in catalog.tables.values()
            for column in table.columns
            if column.type.kind in {TypeClass.JSON, TypeClass.JSONB} and table.has_storage and table.extension is None
        }
        forms = {**forms_of_statistics(conn), **(forms_of_rows(conn, catalog, sample) if sample else {})}
    return catalog, Evidence(repeating=repeating, leaves=documents, forms=forms)


@contextmanager
def _source(databases: DatabaseFlags) -> Iterator[psycopg.Connection]:
    from masker.postgres.connect import connect, parse_url
    from masker.postgres.errors import server_errors
    from masker.sides import Side

    url = source_url(databases)
    if url is None:
        raise UsageError("--source is missing", hint="give the database's URL with --source, or in masker.yml (-c)")
    with connect(parse_url(url, Side.SOURCE)) as conn, server_errors(Side.SOURCE, "its catalog was read"):
        yield conn
