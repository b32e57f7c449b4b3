"""How many values of one column stand in another: counted on the server, of some distinct values, and no value leaves
it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

import psycopg
from psycopg import sql

from masker.names import ColumnName
from masker.notes import Note
from masker.postgres.errors import server_errors
from masker.queries import queries
from masker.ruleset.severed import Severed
from masker.sides import Side

_SQL = queries(__name__)
_SHARED = sql.SQL(_SQL["shared"])

#: Distinct values that are looked for, pairs of columns that are asked about, and the milliseconds of one question.
_VALUES, _PAIRS, _LONGEST_MS = 1_000, 20, 3_000

_TIMEOUT = "57014"


def overlapping(conn: psycopg.Connection, found: Iterable[Severed]) -> Iterator[Note]:
    """Notes on those of *found* of which values do stand in several tables, as *conn*'s database has them; and on those
    of which that could not be seen in time. Raises SourceError."""
    for severed in found:
        said = ""
        shares: list[tuple[int, str]] = []
        unseen = False
        pairs = [(a[0], b[0]) for a, b in combinations(severed.groups, 2) if a[0].table != b[0].table]
        for first, second in pairs[:_PAIRS]:
            counted = _counted(conn, first, second)
            if counted is None:
                unseen = True
            elif counted[1]:
                shares.append((counted[1], f"{counted[1]:,} of {counted[0]:,} values of {second} stand in {first}"))
        if shares:
            said = f" ({max(shares)[1]})"
        elif not unseen and len(pairs) <= _PAIRS:
            continue
        yield severed.note(said)


def _counted(conn: psycopg.Connection, first: ColumnName, second: ColumnName) -> tuple[int, int] | None:
    """How many distinct values of *second* were looked at, and how many of them stand in *first*; None where that took
    too long."""
    query = _SHARED.format(
        first=sql.Identifier(first.table.schema, first.table.name),
        second=sql.Identifier(second.table.schema, second.table.name),
        one=sql.Identifier(first.name),
        other=sql.Identifier(second.name),
        values=sql.Literal(_VALUES),
    )
    with server_errors(Side.SOURCE, f"values of {second} were looked for in {first}"):
        try:
            with conn.transaction(force_rollback=True):
                conn.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(_LONGEST_MS)))
                row = conn.execute(query).fetchone()
        except psycopg.Error as error:
            if error.sqlstate != _TIMEOUT:
                raise
            return None
    return (int(row[0]), int(row[1])) if row else (0, 0)
