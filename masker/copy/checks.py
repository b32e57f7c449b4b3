"""The checks of a filled database against its source, its plan and what the run counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import psycopg

from masker.copy.steps import CopyPlan
from masker.copy.structure import after_run, against_source
from masker.findings import Finding, Findings, Outcome
from masker.lanes.step import CountJoin, SeekOriginals
from masker.names import TableName
from masker.tables.evidence import Evidence, Unchanged
from masker.tables.plan import TablePlan
from masker.tables.shown import Answers
from masker.tables.witness import Level, Witness, witness
from masker.verify.checks import UNPROVED, check_constants, check_emptied, leftovers
from masker.verify.guarded import guarded
from masker.verify.joins import check_join
from masker.verify.originals import masked_findings, shown_findings
from masker.verify.proofs import compare_evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the run counted, by table: rows stored, what either side said of them, and what the source answered of
    originals, if it was asked; by step, how many rows have what they refer to there (*joins*).

    *large_objects* and *sequences* are what it read of them there, None where it did not; *owners* and *grants* whether
    it carried them over, *places* where rows stand that differ, by number of column.
    """

    rows: Mapping[TableName, int]
    source: Mapping[TableName, Evidence]
    target: Mapping[TableName, Evidence]
    answers: Mapping[TableName, Answers]
    joins: Mapping[str, int] = field(default_factory=dict)
    large_objects: Mapping[str, str] | None = None
    sequences: Mapping[TableName, tuple[int, bool]] | None = None
    owners: bool = False
    grants: bool = False
    places: Mapping[TableName, Mapping[int, str]] = field(default_factory=dict)


def verify(
    source: psycopg.Connection, target: psycopg.Connection, plan: CopyPlan, counted: Counted, level: Level
) -> Findings:
    """All findings on *target*, which a run has just filled. What was not said of any table of the plan was not run."""
    findings = list(against_source(source, target, plan, owners=counted.owners, grants=counted.grants))
    findings += after_run(
        target, plan, rows=counted.rows, large_objects=counted.large_objects, sequences=counted.sequences, level=level
    )
    for table in plan.tables:
        if table.action == "empty":
            findings += guarded("rows", partial(check_emptied, target, table), subject=str(table.table.name))
        if table.action == "mask":
            findings += guarded("masked", partial(check_constants, target, table), subject=str(table.table.name))
    findings += subset_findings(plan, counted.rows)
    findings += joins_findings(target, plan, counted.joins)
    findings += rows_findings(plan, counted) if level != "none" else [UNPROVED]
    findings += leftovers(target)
    return Findings(tuple(findings))


def subset_findings(plan: CopyPlan, stored: Mapping[TableName, int]) -> Iterator[Finding]:
    """Whether of each table of which not all rows come as many were *stored* as were found to belong to the subset."""
    for table in plan.tables:
        if table.taken is None:
            continue
        rows = stored.get(table.table.name, 0)
        problem = f"{rows:,} rows were copied, {table.taken.rows:,} belong to it" if rows != table.taken.rows else ""
        yield Finding(
            check="subset",
            subject=str(table.table.name),
            outcome=Outcome.FAILED if problem else Outcome.PASSED,
            detail=problem,
        )


def joins_findings(target: psycopg.Connection, plan: CopyPlan, counted: Mapping[str, int]) -> Iterator[Finding]:
    """Whether as many rows have what they refer to as on the source, where keys are permuted."""
    for step in plan.steps:
        if isinstance(step, CountJoin):
            yield from guarded(
                "joins", partial(check_join, target, step.join, counted.get(step.id)), subject=step.join.subject
            )


def rows_findings(plan: CopyPlan, said: Counted) -> Iterator[Finding]:
    """Whether the rows of every table that is copied are the source's, hold what they must, and nothing of what is
    masked."""
    asked_of = asked_originals(plan)
    for table in plan.tables:
        if table.action in {"copy", "mask"}:
            mine = said.source.get(table.table.name)
            asked = witness(table.table, table, in_utf8=plan.is_transcoded)
            yield from compare_evidence(
                asked, mine, said.target.get(table.table.name), places=said.places.get(table.table.name)
            )
            unchanged = mine.unchanged if mine is not None else {}
            yield from originals_findings(table, asked, unchanged, said.answers, is_asked=table.table.name in asked_of)


def asked_originals(plan: CopyPlan) -> frozenset[TableName]:
    """The tables in whose texts *plan* seeks originals."""
    return frozenset(step.table for step in plan.steps if isinstance(step, SeekOriginals) and step.asked.originals)


def originals_findings(
    table: TablePlan,
    asked: Witness,
    unchanged: Mapping[int, Unchanged],
    answers: Mapping[TableName, Answers],
    *,
    is_asked: bool,
) -> Iterator[Finding]:
    """Whether originals of masked columns are left: in their own columns, as *unchanged* counts them, or in others, as
    *answers* tell; *is_asked*: these were to be sought."""
    name = table.table.name
    left = {asked.columns[at].name: count for at, count in unchanged.items()}
    yield from masked_findings(table, left, answers.get(name))
    yield from shown_findings(table, answers.get(name), is_asked=is_asked)
