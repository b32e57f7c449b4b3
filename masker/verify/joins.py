"""Whether rows have what they refer to, as they had before their keys were permuted: when a run ends, and, by what its
marker keeps of that, whenever it is asked again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import psycopg

from masker.catalog.types import Catalog
from masker.findings import Finding, Outcome
from masker.tables.joins import Join, read_join
from masker.verify.guarded import guarded


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


def joins_record(counted: Iterable[tuple[Join, int | None]]) -> list[list[Any]]:
    """For the marker: each join, and how many rows have what they refer to."""
    return [[join.record(), count] for join, count in counted if count is not None]


def check_kept_joins(target: psycopg.Connection, record: Mapping[str, Any], catalog: Catalog) -> Iterator[Finding]:
    """Whether as many rows have what they refer to as when the run of *record* ended. Markers of an older masker say
    nothing of it."""
    kept: Sequence[Sequence[Any]] = record.get("joins", ())
    for written, count in kept:
        join = read_join(written)
        if join.is_in(catalog):
            yield from guarded("joins", partial(check_join, target, join, count), subject=join.subject)
            continue
        detail = "a column of it is not what it was when the run ended"
        yield Finding(check="joins", subject=join.subject, outcome=Outcome.FAILED, detail=detail)
