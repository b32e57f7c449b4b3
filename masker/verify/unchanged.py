"""Whether anything was written into a target since its marker: rows by the transactions that wrote them, objects by
what the run left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
from psycopg import sql

from masker.catalog.read import HIDDEN_SCHEMAS
from masker.findings import Finding, Outcome
from masker.names import TableName
from masker.postgres.errors import ServerFault
from masker.queries import queries
from masker.verify.described import read_described, unlike_kept

_SQL = queries(__name__)

#: Transactions after which the number of the one that wrote a row is used anew.
_MOST_TRANSACTIONS = 2**31 - 10_000_000

_TABLES = _SQL["tables"]

#: A row's transaction in full, from its lower half: it cannot be further from the run's than half of all there are.
_WRITTEN = _SQL["written"]


def check_unchanged(conn: psycopg.Connection, record: Mapping[str, Any]) -> Iterator[Finding]:
    """A finding for each table that was written to since the marker of *record*, with how many rows, and for each
    object that is another.

    Reads every table. Tells nothing of rows written and deleted again.
    """
    yield from unlike_kept(conn, record.get("described"))
    snapshot = record.get("snapshot")
    if not snapshot:
        yield Finding(
            check="unchanged",
            subject="all tables",
            outcome=Outcome.NOT_RUN,
            detail="the marker does not say when it was written: an older masker wrote it",
        )
        return
    try:
        row = conn.execute(
            "SELECT pg_snapshot_xmin(%(s)s::pg_snapshot)::text::int8,"
            " pg_snapshot_xmax(pg_current_snapshot())::text::int8",
            {"s": snapshot},
        ).fetchone()
        first, now = row or (0, 0)
        tables = conn.execute(_TABLES, {"hidden": list(HIDDEN_SCHEMAS)}).fetchall()
        kept, _ = read_described(conn)
    except psycopg.Error as error:
        yield _not_run("all tables", error)
        return
    if now - first > _MOST_TRANSACTIONS:
        yield Finding(
            check="unchanged",
            subject="all tables",
            outcome=Outcome.NOT_RUN,
            detail=(
                f"{now - first:,} transactions have passed, so that rows no longer tell when they were written; copy"
                " anew"
            ),
        )
        return
    rows, untouched = 0, 0
    for schema, table, identity, is_out_of_reach in tables:
        name = TableName(schema, table)
        if is_out_of_reach and ("rows of", identity) not in kept:
            yield Finding(
                check="unchanged",
                subject=f"{name}: not looked at",
                outcome=Outcome.LEFT_OUT,
                detail="it belongs to an extension, and neither the run nor this role may read it",
            )
            continue
        query = sql.SQL(_WRITTEN).format(
            first=sql.SQL("({}::int8)").format(sql.Literal(first)),
            snapshot=sql.Literal(snapshot),
            table=sql.Identifier(schema, table),
        )
        try:
            found, written = conn.execute(query).fetchone() or (0, 0)
        except psycopg.Error as error:
            yield _not_run(str(name), error)
            continue
        before = kept.get(("rows of", identity))
        problem = _problem(found, written, int(before) if before is not None else None)
        rows += found
        untouched += problem is None
        if problem:
            yield Finding(check="unchanged", subject=str(name), outcome=Outcome.FAILED, detail=problem)
    yield Finding(
        check="unchanged",
        subject=f"{untouched:,} of {len(tables):,} tables have the rows they had when the run ended",
        outcome=Outcome.PASSED,
    )


def _problem(found: int, written: int, before: int | None) -> str | None:
    said = [f"{written:,} rows were written since the run"] if written else []
    if before is not None and found - written != before:
        gone = before - (found - written)
        said.append(
            f"{gone:,} of those it left are gone or were changed"
            if gone > 0
            else f"{found:,} rows are there, it left {before:,}"
        )
    return "; ".join(said) or None


def _not_run(subject: str, error: psycopg.Error) -> Finding:
    return Finding(
        check="unchanged",
        subject=subject,
        outcome=Outcome.NOT_RUN,
        detail=f"the server could not answer: {ServerFault.from_error(error).text}",
    )
