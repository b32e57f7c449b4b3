"""Where on the target the names of the source's schema stand while a run fills it: as they are, in a database of the
run's own; or aside, in one whose preview others use."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg
from psycopg import sql

from masker.copy.server.ledger import LEDGER
from masker.copy.steps import CopyPart
from masker.names import TableName
from masker.postgres.deadlocks import execute_past_deadlocks


class Where:
    """Names mean what they say. *ledger* is where loaded parts are written down; *shares*: many sessions make indexes
    at once, each without workers of its own."""

    ledger: sql.SQL = LEDGER
    shares: bool = True

    @contextlib.contextmanager
    def within(self, conn: psycopg.Connection) -> Iterator[None]:
        """Inside, the names of the schema mean, for *conn*, what the run makes; whether that is a transaction is not
        said."""
        del conn
        yield

    @contextlib.contextmanager
    def loading(self, conn: psycopg.Connection, step: CopyPart) -> Iterator[CopyPart]:
        """Inside, from the claim to the end of *conn*'s transaction, how *step* is loaded."""
        del conn
        yield step

    def loaded(self, conn: psycopg.Connection, step: CopyPart) -> None:
        """What has to be done before that transaction is committed."""

    def loads_at_once(self, step: CopyPart) -> CopyPart | None:
        """How *step* is loaded beside others in one transaction; None where it has to be alone."""
        return step

    def at(self, table: TableName) -> TableName:
        """The name by which rows of *table* are read whatever else goes on."""
        return table

    def execute(self, conn: psycopg.Connection, statement: str) -> None:
        """Make *statement*, which is a transaction by itself, on a database in which only the run changes anything.
        Raises psycopg.Error."""
        execute_past_deadlocks(conn, statement.encode())
