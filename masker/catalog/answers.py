"""The catalog's questions, all put to a server in one message, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from masker.at_once import at_once, attempted, filled
from masker.catalog.queries import (
    CALLS,
    CALLS_OWN,
    COLUMNS,
    COMPOSITES,
    CONSTRAINTS,
    EXTENSION_SEQUENCES,
    EXTENSIONS,
    INDEXES,
    MATERIALIZED_VIEWS,
    OVERLOADS,
    READING_DOMAIN_CHECKS,
    READS,
    READS_ROWS,
    REST,
    SEQUENCES,
    SERVER,
    TABLES,
    TYPES,
    VISIBLE,
)
from masker.catalog.reading import functions_question, reading_functions

#: The indexes of materialized views, with the view's name.
MATVIEW_INDEXES = INDEXES.replace("t.relkind IN ('r', 'p', 'm')", "t.relkind = 'm'").replace(
    "SELECT i.indrelid::int8 AS relation,", "SELECT t.relname AS owner, i.indrelid::int8 AS relation,", 1
)

_QUERIES = (
    COMPOSITES, TYPES, COLUMNS, INDEXES, CONSTRAINTS, TABLES, REST, SERVER, SEQUENCES, EXTENSION_SEQUENCES, EXTENSIONS,
    MATERIALIZED_VIEWS, MATVIEW_INDEXES, READING_DOMAIN_CHECKS, OVERLOADS,
)  # fmt: skip


_SYSTEM = "SELECT system_identifier FROM pg_control_system()"


def with_identifier(
    conn: psycopg.Connection, statements: Sequence[str], row_factory: Any = None
) -> tuple[list[list[Any]], int | None]:
    """The rows of each of *statements*, and the system's identifier, None where the role may not ask for it. Raises
    psycopg.Error."""
    found = attempted(conn, [*statements, _SYSTEM], (psycopg.errors.InsufficientPrivilege,), row_factory)
    if found is None:
        return at_once(conn, statements, row_factory), None
    return found[:-1], int(found[-1][0][0])


class Answers:
    """Asks all catalog queries at once, ``{visible}`` filled in, and hands out the rows of each, named tuples, once.
    Schemas that are *hidden* are not read. *identifier* is the system's. Raises psycopg.Error."""

    def __init__(self, conn: psycopg.Connection, hidden: Sequence[str]) -> None:
        (functions,), self.identifier = with_identifier(conn, [functions_question(conn)])
        parameters = {"hidden": list(hidden), "reading": list(reading_functions(functions))}
        asked = [filled(conn, _complete(query), parameters) for query in _QUERIES]
        self._rows = dict(zip(_QUERIES, at_once(conn, asked, namedtuple_row), strict=True))

    def __call__(self, query: str) -> list[Any]:
        return self._rows.pop(query)


def _complete(query: str) -> str:
    complete = CALLS.sub(lambda m: CALLS_OWN.replace("TREE", m[1]), query.replace("{visible}", VISIBLE))
    return READS.sub(lambda m: READS_ROWS.replace("TREE", m[1]), complete)
