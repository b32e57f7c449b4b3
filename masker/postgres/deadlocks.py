"""Statements of one run that wait for each other in a circle: the server ends one of them, which is made once more."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import psycopg

#: How often a statement is made that the server ended for the others' sake.
_ATTEMPTS = 4


def _as_it_is(conn: psycopg.Connection) -> AbstractContextManager[None]:
    del conn
    return nullcontext()


def execute_past_deadlocks(
    conn: psycopg.Connection,
    statement: bytes,
    *,
    within: Callable[[psycopg.Connection], AbstractContextManager[None]] = _as_it_is,
) -> None:
    """Execute *statement*, a transaction by itself or with what is *within* it, on a database in which only sessions of
    this run change anything. Raises psycopg.Error."""
    for left in reversed(range(_ATTEMPTS)):
        try:
            with within(conn):
                conn.execute(statement)
        except psycopg.errors.DeadlockDetected:
            if not left:
                raise
        else:
            return
