"""What a live preview has of a table's rows, before and after a delta writes to them: the queries."""

from __future__ import annotations

from masker.delta.tables import TableDelta
from masker.names import quote, quote_literal


def totals(delta: TableDelta, own: str, picks: str) -> str:
    """SQL of how many rows the target has and what their keys sum up to, the same of those that others have written, by
    the condition *own*; then the places of rows whose key *picks*, SQL over ``h``, and the file that the rows are
    in."""
    return (
        "SELECT count(*), coalesce(sum(h), 0), count(*) FILTER (WHERE o), coalesce(sum(h) FILTER (WHERE o), 0),"  # noqa: S608
        f" array_agg(at) FILTER (WHERE {picks}), {_file(delta)} FROM"
        f" (SELECT {own} AS o, ctid AS at, {delta.digest} AS h FROM ONLY {delta.name.sql} OFFSET 0) AS k"
    )


def totals_of_changed(delta: TableDelta, own: str) -> str:
    """SQL of how many rows are to be written and what their keys sum up to; the same of the target's rows with these
    keys, as they stand there, and of those of them which are not others'; then of how many the columns that are to be
    kept are others."""
    columns = (*delta.key, *delta.kept)
    came, there = ("".join(f", {quote(name)} AS {side}{at}" for at, name in enumerate(columns)) for side in "ct")
    equal = " AND ".join(f"c{at} = t{at}" for at in range(len(delta.key)))
    # Keys that are equal may be written in several ways, which are digested as they are: 1.5 and 1.50.
    theirs = delta.digest_of([f"t{at}" for at in range(len(delta.key))])
    sums = (
        f"count(*) FILTER (WHERE {which}), coalesce(sum({theirs}) FILTER (WHERE {which}), 0)"
        for which in ("o IS NOT NULL", "NOT o")
    )
    kept = range(len(delta.key), len(columns))
    # Byte by byte, which asks no operator of a type.
    rows = (f"ROW({', '.join(f'{side}{at}' for at in kept)})" for side in "ct")
    moved = f"count(*) FILTER (WHERE o IS NOT NULL AND record_image_ne({', '.join(rows)}))" if kept else "0"
    return (
        f"SELECT count(*), coalesce(sum(h), 0), {', '.join(sums)}, {moved} FROM"  # noqa: S608
        f" (SELECT {delta.digest} AS h{came} FROM {delta.changed} OFFSET 0) AS c LEFT JOIN"
        f" (SELECT ({own}) AS o{there} FROM ONLY {delta.name.sql}) AS t ON {equal}"
    )


def written(delta: TableDelta) -> str:
    """SQL of how many of the target's rows this transaction has inserted, updated and deleted, None where the server
    does not count that, and the file that they are in."""
    kinds = ("inserted", "updated", "deleted")
    counted = (
        f"CASE WHEN current_setting('track_counts')::boolean THEN pg_stat_get_xact_tuples_{kind}({_oid(delta)}) END"
        for kind in kinds
    )
    return f"SELECT {', '.join(counted)}, {_file(delta)}"


def places_of_written(delta: TableDelta, picks: str) -> str:
    """SQL of the places of those of the rows to be written, once they are, whose key *picks*, SQL over ``h``."""
    keys = "".join(f", {quote(name)} AS k{at}" for at, name in enumerate(delta.key))
    equal = " AND ".join(f"t.{quote(name)} = c.k{at}" for at, name in enumerate(delta.key))
    # Few are picked, which the planner cannot know: each is looked up by its key.
    return (
        f"SELECT array_agg(w.at) FROM (SELECT {delta.digest} AS h{keys} FROM {delta.changed} OFFSET 0) AS c,"  # noqa: S608
        f" LATERAL (SELECT t.ctid AS at FROM ONLY {delta.name.sql} AS t WHERE {equal} OFFSET 0) AS w WHERE {picks}"
    )


def _oid(delta: TableDelta) -> str:
    return f"{quote_literal(delta.name.sql)}::regclass"


def _file(delta: TableDelta) -> str:
    return f"pg_relation_filenode({_oid(delta)})"
