"""Where the rows stand that do not hold what they must: asked of a source that has let go of its snapshot, of rows it
still has from before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import psycopg

from masker.copy.prepare import Prepared
from masker.copy.server.where import Where
from masker.copy.shared import Counters
from masker.errors import Interrupted, MaskerError
from masker.names import TableName
from masker.postgres.connect import Endpoint, apply_settings, connect
from masker.postgres.errors import server_errors
from masker.sides import Side
from masker.tables.evidence import Evidence
from masker.tables.plan import TablePlan
from masker.tables.witness import ALL, BUCKET, Witness, passing, sieve, witness
from masker.verify.again import compare_rows, older_rows, place
from masker.verify.proofs import differing_buckets
from masker.verify.witness import ask_rows, proof_settings

#: Tables that are looked into: where much is wrong, some of it tells enough.
_MOST_TABLES = 5

#: Buckets of a table that are looked into, and rows in them beyond which only some are.
_MOST_BUCKETS = 4
_MOST_ROWS = 200_000

Places = Mapping[TableName, Mapping[int, str]]


def places_of_differences(ready: Prepared, target: Endpoint, counters: Counters, where: Where) -> Places:
    """By table and number of column, in words, where rows stand that differ. Empty where nothing does, or where it
    could not be found out. *where* its names stand on the target."""
    found: dict[TableName, Mapping[int, str]] = {}
    for plan in ready.plan.tables:
        mine, theirs = counters.source_said.get(plan.table.name), counters.target_said.get(plan.table.name)
        if mine is None or theirs is None or len(found) == _MOST_TABLES:
            continue
        asked = witness(plan.table, plan, in_utf8=ready.plan.is_transcoded)
        if asked.key and (buckets := differing_buckets(asked, mine, theirs)):
            try:
                found[plan.table.name] = _places(ready, target, plan, asked, mine, buckets, where)
            except Interrupted:
                raise
            except (psycopg.Error, MaskerError):
                # The finding stands without it.
                return found
    return found


def _places(
    ready: Prepared,
    target: Endpoint,
    plan: TablePlan,
    asked: Witness,
    said: Evidence,
    buckets: Mapping[int, Sequence[int]],
    where: Where,
) -> Mapping[int, str]:
    some = sorted({bucket for of_column in buckets.values() for bucket in of_column[:1]})[:_MOST_BUCKETS]
    rows = sum(said.buckets[bucket].rows for bucket in some)
    kept = min(said.sieve or ALL, sieve(rows) if rows > _MOST_ROWS else ALL)
    picks = f"{BUCKET} = ANY ($1::int[]) AND {passing(kept)}"
    with connect(ready.source) as reading, connect(target, settings=proof_settings(ready.bindings)) as writing:
        with server_errors(Side.SOURCE, f"{plan.table.name} was looked into"):
            apply_settings(reading, ready.bindings)
            reading.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            source = ask_rows(
                reading, asked, source=True, picks=picks, condition=older_rows(ready.horizon), numbers=some
            )
        with server_errors(Side.TARGET, f"{plan.table.name} was looked into"):
            aside = replace(asked, table=where.at(plan.table.name))
            there = ask_rows(writing, aside, source=False, picks=picks, numbers=some)
    again = compare_rows(source, there, range(len(asked.columns)))
    return {
        at: f"{count:,} of {again.compared:,} looked at, {place(again.blocks[at])}"
        for at, count in again.differing.items()
    }
