"""Functions of a schema that the server runs by itself when rows of a table are written: by checks, domains, indexes
and generated columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import psycopg

from masker.catalog.read import HIDDEN_SCHEMAS
from masker.in_place.facts import SchemaFunction
from masker.names import TableName
from masker.queries import queries

_SQL = queries(__name__)

_RUN = _SQL["run"]


def run_by_server(conn: psycopg.Connection) -> Mapping[TableName, tuple[SchemaFunction, ...]]:
    """By table, those of extensions left out. The session's ``search_path`` must be empty."""
    found: dict[TableName, list[SchemaFunction]] = defaultdict(list)
    for schema, table, title, owner in conn.execute(_RUN.encode(), {"hidden": list(HIDDEN_SCHEMAS)}).fetchall():
        found[TableName(schema, table)].append(SchemaFunction(title=title, owner=owner))
    return {name: tuple(functions) for name, functions in found.items()}
