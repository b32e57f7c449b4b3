"""The checks of a target beside those of its rows: each by one of the modules around, here only which of them belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import psycopg

from masker.copy.steps import AddForeignKey, CopyLargeObjects, CopyPlan, SetSequences
from masker.findings import Finding, Outcome
from masker.names import TableName
from masker.postgres.errors import ServerFault, Side, server_errors
from masker.tables.tolerated import read_carried
from masker.tables.witness import Level
from masker.verify.computed import check_computed
from masker.verify.constraints import check_constraints
from masker.verify.described import unlike_kept
from masker.verify.foreign_keys import check_constraint_triggers, check_foreign_keys
from masker.verify.indexed import check_indexed
from masker.verify.large_objects import check_large_objects
from masker.verify.matviews import check_views
from masker.verify.privileges import describe_privileges
from masker.verify.schema import ObjectKey, compare, describe, platform
from masker.verify.sequences import check_owned, check_set
from masker.verify.statistics import check_current, check_present, check_vacuumed
from masker.verify.tolerated import check_tolerated


def against_source(source: psycopg.Connection, target: psycopg.Connection, plan: CopyPlan, *, owners: bool, grants: bool) -> Iterator[Finding]:
    """Whether the target has the source's objects, defined as there; with *owners* and *grants* theirs too, where the run carried them over.

    Raises SourceError or TargetError where one of the two does not describe itself.
    """
    same_major = plan.source.major == target.info.server_version // 10000
    left_out = frozenset(note.subject for note in plan.notes)
    with server_errors(Side.SOURCE, "its schema was described"):
        mine = describe(source, same_major=same_major, carried=plan.tolerated)
    with server_errors(Side.TARGET, "its schema was described"):
        theirs, hosts = describe(target, same_major=same_major), platform(target)
    yield from compare(mine, theirs, left_out, hosts)
    if owners or grants:
        with server_errors(Side.SOURCE, "its privileges were described"):
            mine = _carried(describe_privileges(source, same_major=same_major), owners=owners, grants=grants)
        with server_errors(Side.TARGET, "its privileges were described"):
            theirs = _carried(describe_privileges(target, same_major=same_major), owners=owners, grants=grants)
        # Objects that one side lacks have been told of; columns without grants of their own, and roles without defaults, are no objects.
        both = mine.keys() & theirs.keys() | {key for key in mine.keys() | theirs.keys() if key[0] == "default privileges" or key[1].startswith("column ")}
        yield from compare({k: mine.get(k, "") for k in both}, {k: theirs.get(k, "") for k in both}, left_out)
    yield from check_owned(source, target)


def after_run(
    target: psycopg.Connection, plan: CopyPlan, *, rows: Mapping[TableName, int], large_objects: Mapping[str, str] | None, sequences: Mapping[TableName, tuple[int, bool]] | None,
    level: Level = "sample",
) -> Iterator[Finding]:  # fmt: skip
    """What a run that has just filled *target* must have made of it, beside rows and definitions. *rows*, *large_objects* and *sequences* are
    what it read on the source."""
    has_large_objects = any(isinstance(step, CopyLargeObjects) for step in plan.steps)
    yield from check_large_objects(target, large_objects if has_large_objects else {})
    for step in plan.steps:
        if isinstance(step, SetSequences):
            yield from check_set(target, step.sequences, sequences)
    for table in plan.tables:
        if table.action == "skip":
            yield Finding(check="rows", subject=f"{table.table.name}: not looked at", outcome=Outcome.PASSED, detail=table.reason)
    yield from _guarded("views", lambda: check_views(target))
    yield from _computed(target, level)
    yield from _guarded("constraints", lambda: check_constraint_triggers(target))
    yield from _guarded("tolerated", lambda: check_tolerated(target, plan.tolerated))
    if keys := sum(isinstance(step, AddForeignKey) for step in plan.steps):
        yield Finding(check="foreign keys", subject=f"{keys:,} made by this run after the last row", outcome=Outcome.PASSED)
    yield from _guarded("statistics", lambda: check_present(target, rows))
    loaded = [table.table.name for table in plan.tables if table.action in {"copy", "mask"} and table.table.extension is None]
    yield from _guarded("statistics", lambda: check_vacuumed(target, loaded))


def _computed(target: psycopg.Connection, level: Level) -> Iterator[Finding]:
    yield from _guarded("computed", lambda: check_computed(target, level))
    yield from _guarded("computed", lambda: check_indexed(target, level))


def after_masking(
    target: psycopg.Connection, masked: Mapping[TableName, Sequence[str]], filled: frozenset[TableName], level: Level = "sample"
) -> Iterator[Finding]:
    """What masking *target* where it stands must have made of it, beside rows and definitions: *filled* materialized views hold what their
    queries say, and the planner keeps nothing of *masked* columns, by table, but what stands in them now."""
    yield from _guarded("views", lambda: check_views(target, filled))
    yield from _computed(target, level)
    yield from _guarded("statistics", lambda: check_current(target, masked))


def about_target(
    target: psycopg.Connection, record: Mapping[str, Any], *, told: frozenset[str] = frozenset(), level: Level = "sample"
) -> Iterator[Finding]:
    """What a finished target shows alone: whether its objects are what the run left, its constraints true in data, its statistics there and
    of the rows that are there. *record* is its marker's. Subjects *told* of already are not told of again. *level* is how many rows are looked at."""
    yield from unlike_kept(target, record.get("described"), told=told)
    yield from _guarded("constraints", lambda: check_constraint_triggers(target))
    yield from _guarded("constraints", lambda: check_constraints(target, is_whole=level == "full"))
    yield from _guarded("foreign keys", lambda: check_foreign_keys(target))
    yield from _guarded("tolerated", lambda: check_tolerated(target, read_carried(record)))
    yield from _computed(target, level)
    rows = {TableName(schema, name): count for schema, name, count in record.get("rows", ())}
    yield from _guarded("statistics", lambda: check_present(target, rows))
    masked = {TableName(schema, name): columns for schema, name, columns in record.get("masked", ())}
    yield from _guarded("statistics", partial(check_current, target, masked))


def _carried(described: Mapping[ObjectKey, str], *, owners: bool, grants: bool) -> dict[ObjectKey, str]:
    kinds = {"owner"} if owners else set()
    kinds |= {"privileges", "default privileges"} if grants else set()
    return {key: text for key, text in described.items() if key[0] in kinds}


def _guarded(check: str, run: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings of a check, and one that says why it could not be ended."""
    try:
        yield from run()
    except psycopg.Error as error:
        yield Finding(check=check, subject="all", outcome=Outcome.NOT_RUN, detail=f"the server could not answer: {ServerFault.from_error(error).text}")
