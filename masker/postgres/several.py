"""Questions about many small tables put to a server together, as one statement for some dozens: thousands of tables are
asked in a few round trips."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import psycopg

from masker.at_once import Statement, at_once, limited, taken_back
from masker.catalog.types import Table
from masker.masks.sql.bindings import lists_once
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


def in_groups(things: Iterable[T], at_once: int = _AT_ONCE) -> Iterator[Sequence[T]]:
    """*things*, as many at a time as are asked together."""
    left = iter(things)
    return iter(lambda: list(islice(left, at_once)), [])


def made_ahead(things: Iterable[T]) -> Iterator[T]:
    """*things*, each made while the one before is with whoever takes them: what is put to a server is written while the
    server works. They may not be made of anything that the taker uses meanwhile, such as a connection."""
    left = iter(things)

    def make() -> list[T]:
        return list(islice(left, 1))

    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        following = pool.submit(make)
        while made := following.result():
            following = pool.submit(make)
            yield from made


def answered_together(
    conn: psycopg.Connection,
    questions: Sequence[Question],
    *,
    timeout_ms: int,
    is_quiet: bool,
    settings: Sequence[Statement] = (),
) -> list[tuple[int, ...]] | None:
    """The row of each of *questions*; None where the server does not answer one of them, or not in time: then each has
    to be asked alone.

    Nothing is locked afterwards. *is_quiet*: what fails on a row does not get into the server's log. *settings* are
    statements that hold for these questions alone.
    """
    # Not as a union, which the planner takes apart and puts together again, the longer the more of them there are.
    query = lists_once(
        f"SELECT a.at, a.said FROM unnest(ARRAY[{', '.join(map(_counts, questions))}]) WITH ORDINALITY AS a(said, at)"  # noqa: S608
    )
    try:
        if not is_quiet:
            *_, rows = taken_back(conn, [*settings, query], timeout_ms=timeout_ms)
        else:
            with conn.transaction(force_rollback=True):
                # Errors of an expression itself are found without a row.
                at_once(conn, [limited(timeout_ms), *settings, f"EXPLAIN {query}"])
                rows = answer(conn, query, 2)
    except (psycopg.Error, ServerFault) as error:
        fault = error if isinstance(error, ServerFault) else ServerFault.from_error(error)
        if fault.is_connection:
            raise
        return None
    found = {int(at): tuple(map(int, str(counts).split())) for at, counts in rows if at is not None}
    return [found[at] for at in range(1, len(questions) + 1)]


def _counts(question: Question) -> str:
    names = [f"c{number}" for number in range(question.width)]
    counts = ", ".join(f"{name}::int8" for name in names)
    return f"(SELECT array_to_string(ARRAY[{counts}], ' ') FROM ({question.query}) AS q({', '.join(names)}))"  # noqa: S608
