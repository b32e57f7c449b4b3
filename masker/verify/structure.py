"""The checks of a target beside those of its rows: each by one of the modules around, here only which of them belong
together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import psycopg

from masker.findings import Finding
from masker.names import TableName
from masker.tables.tolerated import read_carried
from masker.tables.witness import Level
from masker.verify.computed import check_computed
from masker.verify.constraints import check_constraints
from masker.verify.described import unlike_kept
from masker.verify.foreign_keys import check_constraint_triggers, check_foreign_keys
from masker.verify.guarded import guarded
from masker.verify.indexed import check_indexed
from masker.verify.matviews import check_views
from masker.verify.statistics import check_current, check_present
from masker.verify.tolerated import check_tolerated


def look_computed(target: psycopg.Connection, level: Level) -> Iterator[Finding]:
    """Whether what the database computes by itself is what its expressions say: generated columns, indexes over
    expressions."""
    yield from guarded("computed", lambda: check_computed(target, level))
    yield from guarded("computed", lambda: check_indexed(target, level))


def after_masking(
    target: psycopg.Connection,
    filled: frozenset[TableName],
    level: Level = "sample",
) -> Iterator[Finding]:
    """What masking *target* where it stands must have made of it, beside rows, statistics and definitions: *filled*
    materialized views hold what their queries say."""
    yield from guarded("views", lambda: check_views(target, filled))
    yield from look_computed(target, level)


def about_target(
    target: psycopg.Connection,
    record: Mapping[str, Any],
    *,
    told: frozenset[str] = frozenset(),
    level: Level = "sample",
) -> Iterator[Finding]:
    """What a finished target shows alone: whether its objects are what the run left, its constraints true in data, its
    statistics there and of the rows that are there. *record* is its marker's. Subjects *told* of already are not told
    of again. *level* is how many rows are looked at."""
    yield from unlike_kept(target, record.get("described"), told=told)
    yield from guarded("constraints", lambda: check_constraint_triggers(target))
    yield from guarded("constraints", lambda: check_constraints(target, is_whole=level == "full"))
    yield from guarded("foreign keys", lambda: check_foreign_keys(target))
    yield from guarded("tolerated", lambda: check_tolerated(target, read_carried(record)))
    yield from look_computed(target, level)
    rows = {TableName(schema, name): count for schema, name, count in record.get("rows", ())}
    yield from guarded("statistics", lambda: check_present(target, rows))
    masked = {TableName(schema, name): columns for schema, name, columns in record.get("masked", ())}
    yield from guarded("statistics", partial(check_current, target, masked, views=True))
