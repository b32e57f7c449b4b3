"""The checks of a database masked where it stood: against what it was before, since there is no source to compare
with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import psycopg
from psycopg import sql

from masker.findings import Finding, Findings, Outcome
from masker.in_place.server.journal import StepRecord
from masker.in_place.server.residue import emptied_statistics
from masker.in_place.steps import (
    DeleteRows,
    FillViews,
    FinishBatches,
    ForgetEmpty,
    MaskPlan,
    RaiseSequences,
    Rewrite,
    Truncate,
)
from masker.lanes.step import SeekOriginals
from masker.verify.schema import ObjectKey

_WORDS = {"dependent": "object made anew"}


def verify_in_place(
    conn: psycopg.Connection,
    plan: MaskPlan,
    *,
    before: Mapping[ObjectKey, str],
    after: Mapping[ObjectKey, str],
    records: Mapping[str, StepRecord],
    residue: Sequence[Finding],
) -> Findings:
    """All findings: what the steps found, dead rows and statistics left, and whether every object is as it was."""
    findings = list(_of_steps(plan, records))
    findings += residue
    findings += emptied_statistics(conn, [*_without_rows(conn, plan)])
    findings += _emptied(conn, plan)
    findings += _thinned_out(conn, plan, records)
    findings += _compared(*_past_keys(plan, before, after))
    return Findings(tuple(findings))


def _without_rows(conn: psycopg.Connection, plan: MaskPlan) -> Iterator[int]:
    """The oids of tables and materialized views that were to be emptied, or have come to hold no rows."""
    looked_at = {t.table for step in plan.steps if isinstance(step, ForgetEmpty) for t in step.tables}
    looked_at |= {v.view for step in plan.steps if isinstance(step, FillViews) for v in step.views}
    yield from (place.table.oid for place in plan.places if place.strategy == "empty")
    for name in sorted(looked_at):
        query = sql.SQL("SELECT {}::regclass::oid::int8 WHERE NOT EXISTS (SELECT FROM {})").format(
            sql.Literal(name.sql), sql.Identifier(name.schema, name.name)
        )
        yield from (oid for (oid,) in conn.execute(query).fetchall())


def _of_steps(plan: MaskPlan, records: Mapping[str, StepRecord]) -> Iterator[Finding]:
    for step in plan.steps:
        if isinstance(step, SeekOriginals | Truncate | DeleteRows | Rewrite | FinishBatches):
            record = records.get(step.id)
            if record is None:
                yield Finding(
                    check="masked", subject=step.id, outcome=Outcome.NOT_RUN, detail="the run did not come to it"
                )
            else:
                yield from record.findings


def _emptied(conn: psycopg.Connection, plan: MaskPlan) -> Iterator[Finding]:
    """Whether nobody has written to tables since they were emptied, as triggers and functions do."""
    for place in plan.places:
        if place.strategy == "empty":
            query = sql.SQL("SELECT count(*) FROM ONLY {}").format(
                sql.Identifier(place.table.name.schema, place.table.name.name)
            )
            row = conn.execute(query).fetchone()
            found = int(row[0]) if row else 0
            problem = f"{found:,} rows found, 0 expected" if found else ""
            yield Finding(
                check="rows",
                subject=str(place.table.name),
                outcome=Outcome.FAILED if problem else Outcome.PASSED,
                detail=problem,
            )


def _thinned_out(conn: psycopg.Connection, plan: MaskPlan, records: Mapping[str, StepRecord]) -> Iterator[Finding]:
    """Whether tables that lost rows by a rule have lost no more by a cascade since."""
    for step in plan.steps:
        if isinstance(step, DeleteRows) and (record := records.get(step.id)) is not None:
            query = sql.SQL("SELECT count(*) FROM ONLY {}").format(sql.Identifier(step.table.schema, step.table.name))
            row = conn.execute(query).fetchone()
            found = int(row[0]) if row else 0
            problem = (
                None
                if found == record.rows
                else f"{found:,} rows are left, {record.rows:,} expected: a foreign key deleted more"
            )
            yield Finding(
                check="rows",
                subject=str(step.table),
                outcome=Outcome.FAILED if problem else Outcome.PASSED,
                detail=problem or "",
            )


def _past_keys(
    plan: MaskPlan, before: Mapping[ObjectKey, str], after: Mapping[ObjectKey, str]
) -> tuple[Mapping[ObjectKey, str], Mapping[ObjectKey, str]]:
    """Both, but for sequences that the run has set past permuted keys, if they stand there."""
    moved = {
        key
        for step in plan.steps
        if isinstance(step, RaiseSequences)
        for name, end in step.floors.items()
        if (key := ("sequence value", str(name))) in after and int(after[key].split()[0]) >= end
    }
    return tuple({key: text for key, text in each.items() if key not in moved} for each in (before, after))  # type: ignore[return-value]  # two of them


def _compared(before: Mapping[ObjectKey, str], after: Mapping[ObjectKey, str]) -> Iterator[Finding]:
    for kind in sorted({kind for kind, _ in before} | {kind for kind, _ in after}):
        mine = {identity: text for (k, identity), text in before.items() if k == kind}
        theirs = {identity: text for (k, identity), text in after.items() if k == kind}
        word = _WORDS.get(kind, kind)
        bad = False
        for identity in sorted(mine.keys() | theirs.keys()):
            if mine.get(identity) != theirs.get(identity):
                bad = True
                how = (
                    "is gone"
                    if identity not in theirs
                    else "was not there before"
                    if identity not in mine
                    else "is not what it was before"
                )
                yield Finding(check="schema", subject=f"{word} {identity}", outcome=Outcome.FAILED, detail=how)
        if not bad:
            yield Finding(check="schema", subject=f"{len(mine):,} of kind {word} as before", outcome=Outcome.PASSED)
