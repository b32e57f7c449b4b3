"""The checks of a filled database against its source, its plan and what the run counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import psycopg
from psycopg import sql

from masker.copy.steps import CopyPlan, MaskedColumn, SeekOriginals, TablePlan
from masker.errors import SourceError, TargetError
from masker.findings import Finding, Findings, Outcome
from masker.names import TableName
from masker.postgres.errors import ServerFault
from masker.tables.evidence import Evidence, Unchanged
from masker.tables.shown import Answers
from masker.tables.witness import Level, Witness, witness
from masker.verify.originals import masked_findings, shown_findings
from masker.verify.proofs import compare_evidence
from masker.verify.structure import after_run, against_source


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the run counted, by table: rows stored, what either side said of them, and what the source answered of originals, if it was asked.

    *large_objects* and *sequences* are what it read of them there, None where it did not; *owners* and *grants* whether it carried them over,
    *places* where rows stand that differ, by number of column.
    """

    rows: Mapping[TableName, int]
    source: Mapping[TableName, Evidence]
    target: Mapping[TableName, Evidence]
    answers: Mapping[TableName, Answers]
    large_objects: Mapping[str, str] | None = None
    sequences: Mapping[TableName, tuple[int, bool]] | None = None
    owners: bool = False
    grants: bool = False
    places: Mapping[TableName, Mapping[int, str]] = field(default_factory=dict)


#: What a run with ``--verify none`` leaves undone, on purpose.
UNPROVED = Finding(check="proof", subject="the rows of all tables", outcome=Outcome.NOT_RUN, detail="--verify none asks for no proof")


def verify(source: psycopg.Connection, target: psycopg.Connection, plan: CopyPlan, counted: Counted, level: Level) -> Findings:
    """All findings on *target*, which a run has just filled. What was not said of any table of the plan was not run."""
    findings = list(against_source(source, target, plan, owners=counted.owners, grants=counted.grants))
    findings += after_run(target, plan, rows=counted.rows, large_objects=counted.large_objects, sequences=counted.sequences, level=level)
    for table in plan.tables:
        if table.action == "empty":
            findings += _guarded("rows", table, partial(_emptied, target, table))
        if table.action == "mask":
            findings += _guarded("masked", table, partial(_constant, target, table))
    findings += rows_findings(plan, counted) if level != "none" else [UNPROVED]
    findings += leftovers(target)
    return Findings(tuple(findings))


def not_answered(check: str, subject: str, error: psycopg.Error) -> Finding:
    """A check that the server did not let run."""
    return Finding(check=check, subject=subject, outcome=Outcome.NOT_RUN, detail=f"the server could not answer: {ServerFault.from_error(error).text}")


def _guarded(check: str, table: TablePlan, run: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """The findings of a check, or one that says it could not be run."""
    try:
        return list(run())
    except psycopg.Error as error:
        detail = f"the server could not answer: {ServerFault.from_error(error).text}"
    except (SourceError, TargetError) as error:
        detail = error.message
    return [Finding(check=check, subject=str(table.table.name), outcome=Outcome.NOT_RUN, detail=detail)]


def _result(check: str, subject: str, problem: str | None) -> Finding:
    return Finding(check=check, subject=subject, outcome=Outcome.FAILED if problem else Outcome.PASSED, detail=problem or "")


def rows_findings(plan: CopyPlan, said: Counted) -> Iterator[Finding]:
    """Whether the rows of every table that is copied are the source's, hold what they must, and nothing of what is masked."""
    for table in plan.tables:
        if table.action in {"copy", "mask"}:
            mine = said.source.get(table.table.name)
            asked = witness(table.table, table, in_utf8=plan.is_transcoded)
            yield from compare_evidence(asked, mine, said.target.get(table.table.name), places=said.places.get(table.table.name))
            yield from originals_findings(plan, table, asked, mine.unchanged if mine is not None else {}, said.answers)


def originals_findings(
    plan: CopyPlan, table: TablePlan, asked: Witness, unchanged: Mapping[int, Unchanged], answers: Mapping[TableName, Answers]
) -> Iterator[Finding]:
    """Whether originals of masked columns are left: in their own columns, as *unchanged* counts them, or in others, as *answers* tell."""
    name = table.table.name
    left = {asked.columns[at].name: count for at, count in unchanged.items()}
    yield from masked_findings(table, left, answers.get(name))
    is_asked = any(isinstance(step, SeekOriginals) and step.table == name and step.asked.originals for step in plan.steps)
    yield from shown_findings(table, answers.get(name), is_asked=is_asked)


def _emptied(target: psycopg.Connection, plan: TablePlan) -> Iterator[Finding]:
    found = _one(target, sql.SQL("SELECT count(*) FROM ONLY {}").format(_table(plan.table.name)))
    yield _result("rows", f"{plan.table.name}", None if not found else f"{found:,} rows found, 0 expected")


def _constant(target: psycopg.Connection, plan: TablePlan) -> Iterator[Finding]:
    for column in constants(plan):
        own = sql.SQL(" WHERE {}").format(sql.SQL(plan.carried)) if plan.carried else sql.SQL("")
        query = sql.SQL("SELECT {} FROM ONLY {}{}").format(distinct_values(column), _table(plan.table.name), own)
        yield constant_finding(plan, column, _one(target, query))


def distinct_values(column: MaskedColumn) -> sql.Composed:
    """How many values the column has, the empty text left out: 0, 1, or 2 for more."""
    name = sql.Identifier(column.name)
    # Compared by bytes, which is fast and takes no two values for one.
    ends = [sql.SQL("{}({}::text COLLATE \"C\") FILTER (WHERE {}::text <> '')").format(sql.SQL(end), name, name) for end in ("min", "max")]
    return sql.SQL("CASE WHEN {} IS NULL THEN 0 WHEN {} = {} THEN 1 ELSE 2 END").format(ends[0], *ends)


def constants(plan: TablePlan) -> tuple[MaskedColumn, ...]:
    """The columns whose mask makes one value, if every row was masked."""
    return tuple(m for m in plan.masked if m.is_constant and plan.where is None)


def constant_finding(plan: TablePlan, column: MaskedColumn, distinct: int) -> Finding:
    """Whether a column has no more values than its mask makes; *distinct* is :func:`distinct_values`."""
    allowed = 0 if column.mask == "null" else 1
    problem = f"more than {allowed} value{'s' if allowed != 1 else ''} found where the mask makes {allowed or 'none'}"
    return _result("masked", f"{plan.table.name}.{column.name}", None if distinct <= allowed else problem)


_LEFT = """
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'masker' AND c.relkind IN ('r', 'v', 'm', 'S', 'f') AND c.relname NOT IN ('run', 'described') OR c.relname LIKE '\\_masker\\_%'
UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots WHERE slot_name LIKE 'masker%'
UNION ALL SELECT 'function ' || p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'masker'
"""


def leftovers(target: psycopg.Connection) -> Iterator[Finding]:
    try:
        left = [row[0] for row in target.execute(_LEFT.encode()).fetchall()]
    except psycopg.Error as error:
        yield not_answered("leftovers", "masker's own objects", error)
        return
    yield _result("leftovers", "masker's own objects", f"left behind: {', '.join(left)}" if left else None)


def _table(name: TableName) -> sql.Identifier:
    return sql.Identifier(name.schema, name.name)


def _one(conn: psycopg.Connection, query: sql.Composed) -> int:
    row = conn.execute(query).fetchone()
    return int(row[0]) if row else 0
