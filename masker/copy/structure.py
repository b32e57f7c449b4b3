"""The checks of a filled target beside those of its rows: what the source has, and what the run must have made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import psycopg

from masker.copy.steps import AddForeignKey, CopyLargeObjects, CopyPlan, SetSequences
from masker.findings import Finding, Outcome
from masker.names import TableName
from masker.postgres.errors import server_errors
from masker.sides import Side
from masker.tables.witness import Level
from masker.verify.foreign_keys import check_constraint_triggers
from masker.verify.guarded import guarded
from masker.verify.large_objects import check_large_objects
from masker.verify.matviews import check_views
from masker.verify.privileges import describe_privileges
from masker.verify.schema import ObjectKey, compare, describe, platform
from masker.verify.sequences import check_owned, check_set
from masker.verify.statistics import check_present, check_vacuumed
from masker.verify.structure import look_computed
from masker.verify.tolerated import check_tolerated


def against_source(
    source: psycopg.Connection, target: psycopg.Connection, plan: CopyPlan, *, owners: bool, grants: bool
) -> Iterator[Finding]:
    """Whether the target has the source's objects, defined as there; with *owners* and *grants* theirs too, where the
    run carried them over.

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
        # Objects that one side lacks have been told of; columns without grants of their own, and roles without
        # defaults, are no objects.
        both = mine.keys() & theirs.keys() | {
            key for key in mine.keys() | theirs.keys() if key[0] == "default privileges" or key[1].startswith("column ")
        }
        yield from compare({k: mine.get(k, "") for k in both}, {k: theirs.get(k, "") for k in both}, left_out)
    yield from check_owned(source, target)


def after_run(
    target: psycopg.Connection,
    plan: CopyPlan,
    *,
    rows: Mapping[TableName, int],
    large_objects: Mapping[str, str] | None,
    sequences: Mapping[TableName, tuple[int, bool]] | None,
    level: Level = "sample",
    is_loaded: bool = True,
) -> Iterator[Finding]:
    """What a run that has just filled *target* must have made of it, beside rows and definitions. *rows*,
    *large_objects* and *sequences* are what it read on the source. Not *is_loaded*: its rows were there, and some of
    them written anew."""
    has_large_objects = any(isinstance(step, CopyLargeObjects) for step in plan.steps)
    yield from check_large_objects(target, large_objects if has_large_objects else {})
    for step in plan.steps:
        if isinstance(step, SetSequences):
            yield from check_set(target, step.sequences, sequences)
    for table in plan.tables:
        if table.action == "skip":
            yield Finding(
                check="rows",
                subject=f"{table.table.name}: not looked at",
                outcome=Outcome.LEFT_OUT,
                detail=table.reason,
            )
    yield from guarded("views", lambda: check_views(target))
    yield from look_computed(target, level)
    yield from guarded("constraints", lambda: check_constraint_triggers(target))
    yield from guarded("tolerated", lambda: check_tolerated(target, plan.tolerated))
    if is_loaded and (keys := sum(isinstance(step, AddForeignKey) for step in plan.steps)):
        yield Finding(
            check="foreign keys", subject=f"{keys:,} made by this run after the last row", outcome=Outcome.PASSED
        )
    yield from guarded("statistics", lambda: check_present(target, rows))
    if not is_loaded:
        return
    loaded = [
        table.table.name for table in plan.tables if table.action in {"copy", "mask"} and table.table.extension is None
    ]
    yield from guarded("statistics", lambda: check_vacuumed(target, loaded))


def _carried(described: Mapping[ObjectKey, str], *, owners: bool, grants: bool) -> dict[ObjectKey, str]:
    kinds = {"owner"} if owners else set()
    kinds |= {"privileges", "default privileges"} if grants else set()
    return {key: text for key, text in described.items() if key[0] in kinds}
