"""Whether the target's server can read the statements of a dump at all: asked of its own grammar, which makes nothing.

A statement that is sent to be prepared is parsed and no more, and of several at once the server says only that they are
several. So one question answers for a whole schema, whatever the two versions are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import psycopg
from psycopg import pq

from masker.postgres.entries import SchemaEntry
from masker.postgres.unmade import Unmade

#: Said of statements that could be read, since there are several of them.
_SEVERAL = "42601"

#: The most that is told; another major that knows none of it needs no more.
_MOST = 40


@dataclass(frozen=True, slots=True)
class _Complaint:
    position: int
    sqlstate: str
    text: str


def unreadable(conn: psycopg.Connection, entries: Sequence[SchemaEntry]) -> Iterator[Unmade]:
    """What the server of *conn* cannot read, one for each line of an entry that it stumbles over. Raises psycopg.Error
    if it does not answer."""
    left = list(entries)
    for _ in range(_MOST):
        complaint = _parsed(conn, [entry.sql for entry in left])
        if complaint is None:
            return
        at, position = _which(left, complaint.position)
        entry = left[at]
        found = Unmade(
            title=str(entry), statement=entry.sql, sqlstate=complaint.sqlstate, text=complaint.text, position=position
        )
        yield found
        # Whether the rest of it can be read: dumps have a column or a constraint a line.
        shortened = without_line(entry.sql, entry.sql.count("\n", 0, position - 1))
        left = [*([replace(entry, sql=shortened)] if shortened else []), *left[at + 1 :]]


def without_line(statement: str, number: int) -> str:
    """*statement* without a line of the list in its parentheses, empty if that is not what the line is."""
    lines = statement.split("\n")
    line = lines[number]
    if not line.startswith("    ") or not lines[0].rstrip().endswith("("):
        return ""
    if not line.rstrip().endswith(","):
        lines[number - 1] = lines[number - 1].rstrip().removesuffix(",")
    return "\n".join([*lines[:number], *lines[number + 1 :]])


def _which(entries: Sequence[SchemaEntry], position: int) -> tuple[int, int]:
    """The entry in which a character stands, and its place there, from 1."""
    start = 0
    for at, entry in enumerate(entries):
        end = start + len(entry.sql) + 1
        if position <= end:
            return at, min(max(1, position - start), len(entry.sql))
        start = end
    return len(entries) - 1, len(entries[-1].sql)


def _parsed(conn: psycopg.Connection, statements: Sequence[str]) -> _Complaint | None:
    script = "\n".join([*statements, ";SELECT;SELECT;"]).encode("utf-8", "surrogateescape")
    result = conn.pgconn.prepare(b"", script)
    if result.status != pq.ExecStatus.FATAL_ERROR:
        return None
    sqlstate = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
    position = result.error_field(pq.DiagnosticField.STATEMENT_POSITION)
    if not sqlstate:
        raise psycopg.OperationalError("the connection was lost")
    if position is None:
        return None if sqlstate == _SEVERAL else _Complaint(1, sqlstate, "an error")
    return _Complaint(
        int(position),
        sqlstate,
        (result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b"").decode("utf-8", "replace"),
    )
