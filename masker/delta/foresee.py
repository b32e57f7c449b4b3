"""What a delta would come to, told before anything is done."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import replace

import psycopg
from psycopg import sql

from masker.at_once import taken_back
from masker.copy.prepare import Prepared
from masker.delta.apply import written_by_others
from masker.delta.before import BY_RULES, NotPossible, look_before, read_before
from masker.delta.layout import deltas
from masker.delta.tables import TableDelta
from masker.errors import Interrupted, MaskerError, TargetError
from masker.names import TableName
from masker.notes import Note
from masker.postgres.connect import connect, parse_url
from masker.postgres.several import in_groups
from masker.postgres.target import may_create_databases
from masker.settings import Settings
from masker.sides import Side
from masker.verify.again import older_rows

#: Seconds that counting may take on either side.
_PATIENCE_S = 20


def as_full(settings: Settings) -> Settings:
    """*settings* of a full copy: a preview that deltas are written to is replaced, within its database by a role that
    may create no other."""
    if settings.publish != "delta":
        return settings
    is_within = not settings.keep_old and _is_bound_to(settings.target)
    return replace(settings, publish="schema" if is_within else "swap")


def as_begun(settings: Settings, *, looks: bool) -> Settings:
    """*settings* by what is known before production is asked anything: of a delta, or of the full copy in its stead.
    *looks*: somebody looks at the database before it is published. Raises MaskerError."""
    if settings.publish != "delta" or settings.is_full or looks:
        return as_full(settings)
    try:
        look_before(settings)
    except NotPossible:
        return as_full(settings)
    return settings


def _is_bound_to(target: str) -> bool:
    """Whether *target* is there, and its role may create no database; False where it cannot be asked, which the copy
    itself will say."""
    try:
        with connect(parse_url(target, Side.TARGET)) as conn:
            return not may_create_databases(conn)
    except Interrupted:
        raise
    except (MaskerError, psycopg.Error):
        return False


def foresee(ready: Prepared, settings: Settings) -> Iterator[Note]:
    """Whether a delta can be made, and how many rows have changed; nothing where neither is asked for nor possible."""
    is_asked = settings.publish == "delta" and not settings.is_full
    try:
        look_before(settings)
        with connect(ready.target) as conn:
            before = read_before(ready, conn)
            found = deltas(ready.plan.tables, ready.catalog, in_utf8=False, again=before.again)
            tables = [one for one in found if one.how == "key"]
            here = _counted(conn, tables, written_by_others(before.since))
        with connect(ready.source) as conn:
            there = _counted(conn, tables, f"NOT ({older_rows(before.origin.horizon)})", again=before.again)
    except (NotPossible, TargetError) as why:
        if is_asked:
            yield Note(subject="delta", text=f"everything will be copied: {why}")
        return
    if is_asked:
        since = f"what has changed since run {before.marker.run}"
        whole = f"; all rows of {', '.join(map(str, sorted(before.again)))} {BY_RULES}" if before.again else ""
        yield Note(subject="delta", text=f"written will be {since}: {_told(there, here)}{whole}")
    elif there is not None:
        yield Note(
            subject="delta",
            text=(
                f"with --publish delta only what has changed would be written: {_told(there, here)}; a full copy moves"
                f" {ready.plan.rows:,.0f} rows"
            ),
        )


def _told(there: int | None, here: int | None) -> str:
    words = [
        "production's rows could not be counted in time" if there is None else f"{there:,} rows of production",
        "the preview's could not" if here is None else f"{here:,} of the preview, by those who test on it",
    ]
    return ", ".join(words) + "; and what is gone"


def _counted(
    conn: psycopg.Connection, tables: list[TableDelta], condition: str, again: Collection[TableName] = ()
) -> int | None:
    """How many rows *condition* is true of, and all of those tables that are taken *again*, some tables at a time; None
    where that takes too long."""
    counted, until = 0, time.monotonic() + _PATIENCE_S
    for group in in_groups(tables):
        counts = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT count(*) AS n FROM ONLY {} WHERE {}").format(
                sql.Identifier(one.name.schema, one.name.name), sql.SQL("true" if one.name in again else condition)
            )
            for one in group
        )
        if (left := until - time.monotonic()) <= 0:
            return None
        try:
            (((found,),),) = taken_back(
                conn, [sql.SQL("SELECT sum(n) FROM ({}) AS c").format(counts)], timeout_ms=max(1, round(left * 1000))
            )
        except psycopg.Error:
            return None
        counted += int(found)
    return counted
