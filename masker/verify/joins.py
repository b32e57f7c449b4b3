"""Whether rows have what they refer to, as they had before their keys were permuted."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from masker.findings import Finding, Outcome
from masker.tables.joins import Join


def count_join(conn: psycopg.Connection, join: Join, *, source: bool) -> int:
    """How many rows, or elements in them, have what they refer to. Raises psycopg.Error."""
    row = conn.execute(join.sql(source=source).encode()).fetchone()
    return int(row[0]) if row else 0


def check_join(target: psycopg.Connection, join: Join, before: int | None) -> Iterator[Finding]:
    """Whether as many have as *before*, None if nobody has counted them. Raises psycopg.Error."""
    if before is None:
        detail = "nobody has counted how many had what they refer to"
        yield Finding(check="joins", subject=join.subject, outcome=Outcome.NOT_RUN, detail=detail)
        return
    found = count_join(target, join, source=False)
    problem = f"{found:,} rows have what they refer to, {before:,} had" if found != before else ""
    yield Finding(
        check="joins",
        subject=join.subject,
        outcome=Outcome.FAILED if problem else Outcome.PASSED,
        detail=problem,
    )
