"""What permuted keys need besides masks where they stand: references counted, sequences moved past them."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql

from masker.in_place.server.journal import StepRecord, record_step
from masker.lanes.step import CountJoin
from masker.names import TableName
from masker.verify.joins import count_join


def counted(conn: psycopg.Connection, step: CountJoin) -> StepRecord:
    """How many rows have what they refer to, kept for a run that goes on with this one."""
    with conn.transaction():
        record = StepRecord(rows=count_join(conn, step.join, source=True))
        record_step(conn, step.id, record)
    return record


def raise_sequences(conn: psycopg.Connection, floors: Mapping[TableName, int]) -> None:
    """Set each sequence to the end of the range of its keys, unless it stands beyond."""
    for name, end in floors.items():
        conn.execute(
            sql.SQL("SELECT setval({}::regclass, {}) FROM {} WHERE last_value < {}").format(
                sql.Literal(name.sql),
                sql.Literal(end),
                sql.Identifier(name.schema, name.name),
                sql.Literal(end),
            )
        )
