"""Statements of one run that wait for each other in a circle: the server ends one of them, which is made once more."""

from __future__ import annotations

import psycopg

#: How often a statement is made that the server ended for the others' sake.
_ATTEMPTS = 4


def execute_past_deadlocks(conn: psycopg.Connection, statement: bytes) -> None:
    """Execute *statement*, a transaction by itself, on a database in which only sessions of this run change anything.
    Raises psycopg.Error."""
    for left in reversed(range(_ATTEMPTS)):
        try:
            conn.execute(statement)
        except psycopg.errors.DeadlockDetected:
            if not left:
                raise
        else:
            return
