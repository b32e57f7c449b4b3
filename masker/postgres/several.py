"""Questions about many small tables put to a server together, as one statement for some dozens: thousands of tables are asked in a few round trips."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import psycopg
from psycopg import sql

from masker.catalog.types import Table
from masker.postgres.errors import ServerFault
from masker.postgres.quietly import answer

#: Tables of one statement, which locks all of them and their indexes, and the bytes that each may have.
_AT_ONCE = 40
_SMALL_BYTES = 16 * 1024 * 1024

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question:
    """A query for one row of *width* counts."""

    query: str
    width: int


def is_small(table: Table) -> bool:
    """Whether *table* may be asked beside others, whose time is limited together."""
    return table.bytes <= _SMALL_BYTES


def in_groups(things: Sequence[T]) -> Iterator[Sequence[T]]:
    """*things*, as many at a time as are asked together."""
    return (things[at : at + _AT_ONCE] for at in range(0, len(things), _AT_ONCE))


def answered_together(conn: psycopg.Connection, questions: Sequence[Question], *, timeout_ms: int, is_quiet: bool) -> list[tuple[int, ...]] | None:
    """The row of each of *questions*; None where the server does not answer one of them, or not in time: then each has to be asked alone.

    Nothing is locked afterwards. *is_quiet*: what fails on a row does not get into the server's log.
    """
    query = " UNION ALL ".join(_numbered(at, question) for at, question in enumerate(questions))
    try:
        with conn.transaction(force_rollback=True):
            conn.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(timeout_ms)))
            if is_quiet:
                # Errors of an expression itself are found without a row.
                conn.execute(f"EXPLAIN {query}".encode())
            rows = answer(conn, query, 2) if is_quiet else conn.execute(query.encode()).fetchall()
    except (psycopg.Error, ServerFault) as error:
        fault = error if isinstance(error, ServerFault) else ServerFault.from_error(error)
        if fault.is_connection:
            raise
        return None
    found = {int(at): tuple(map(int, str(counts).split())) for at, counts in rows if at is not None}
    return [found[at] for at in range(len(questions))]


def _numbered(at: int, question: Question) -> str:
    names = [f"c{number}" for number in range(question.width)]
    counts = ", ".join(f"{name}::int8" for name in names)
    return f"SELECT {at}, array_to_string(ARRAY[{counts}], ' ') FROM ({question.query}) AS q({', '.join(names)})"  # noqa: S608
