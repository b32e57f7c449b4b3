"""A table before and after it is changed in one transaction: what it was to become and what it is, and the file it is
in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import psycopg
from psycopg import sql

from masker.findings import Finding, Outcome
from masker.in_place.server import testify
from masker.in_place.server.journal import StepRecord, record_step
from masker.in_place.steps import ProveKept, WitnessKept
from masker.lanes.step import SeekOriginals
from masker.names import TableName
from masker.postgres.originals import look
from masker.tables.evidence import Evidence
from masker.tables.plan import TablePlan
from masker.tables.witness import Level, Witness, estimated_rows, witness
from masker.verify.checks import constant_finding, constants, distinct_values
from masker.verify.originals import masked_findings, shown_findings
from masker.verify.proofs import compare_evidence

#: What rows are compared with in place.
_WHOSE = "those it had"


class ProofFailed(Exception):
    """What stands in a table is not what was to; nothing of the transaction stays."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(f"{len(findings)} findings")
        self.findings = findings


def asked_in_place(plan: TablePlan, *, masks: bool = True) -> Witness:
    """The questions about a table all of whose rows are there: those that no rule keeps are deleted before others are
    masked."""
    return witness(plan.table, replace(plan, predicate=None) if masks else replace(plan, masked=(), where=None))


def prove(asked: Witness, expected: Evidence, found: Evidence) -> tuple[Finding, ...]:
    """The findings on a table that was changed. Raises ProofFailed if any of them is bad."""
    findings = (*compare_evidence(asked, expected, found, whose=_WHOSE), *_originals_left(asked, expected))
    require(findings)
    return findings


def _originals_left(asked: Witness, expected: Evidence) -> Iterator[Finding]:
    """Columns whose masks are to make originals of themselves that they cannot make."""
    for at, count in expected.unchanged.items():
        mask = asked.columns[at].mask
        if (
            mask is not None
            and count.same
            and mask.chance is not None
            and (mask.variants or not (mask.reads_own or mask.name in mask.accepts))
        ):
            detail = (
                f"{count.same:,} of {count.compared:,} values are their own originals, and the mask cannot have made"
                " them"
            )
            yield finding("masked", f"{asked.table}.{mask.name}", detail)


def seek(conn: psycopg.Connection, step: SeekOriginals) -> StepRecord:
    """Look for originals in what masks make and in the text of others, before anything is changed. Raises ProofFailed
    where they stand."""
    plan, asked = step.asked.plan, step.asked
    answers = look(conn, asked, is_quiet=True)
    findings = (*masked_findings(plan, {}, answers), *shown_findings(plan, answers, is_asked=bool(asked.originals)))
    require(findings)
    record = StepRecord(findings=findings)
    with conn.transaction():
        record_step(conn, step.id, record)
    return record


def prove_part(asked: Witness, expected: Evidence, found: Evidence) -> None:
    """Whether some rows of a table are what they were to become. Raises ProofFailed if not; what chance may have made
    is judged of all rows."""
    name = str(asked.table)
    same = (expected.rows, expected.identity) == (found.rows, found.identity)
    require(
        (
            finding("identity", name, None if same else f"the rows of a batch are not {_WHOSE}"),
            *compare_evidence(asked, expected.of_proved(), found.of_proved(), whose=_WHOSE),
        )
    )


def require(findings: tuple[Finding, ...]) -> None:
    """Raise ProofFailed unless all *findings* are good."""
    if bad := tuple(f for f in findings if not f.is_good):
        raise ProofFailed(bad)


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """A table as it was before its rows were masked: its file, how many rows it had, and what they were to become, if
    that is proved."""

    plan: TablePlan
    filenode: int
    rows: int
    expected: Evidence | None

    @classmethod
    def of(cls, conn: psycopg.Connection, plan: TablePlan, level: Level) -> Before:
        table = plan.table
        if level == "none":
            return cls(
                plan=plan, filenode=_filenode(conn, table.name), rows=count_rows(conn, table.name), expected=None
            )
        expected = testify.expected(
            conn, asked_in_place(plan), is_sample=level == "sample", rows=estimated_rows(table), pages=table.pages
        )
        return cls(plan=plan, filenode=_filenode(conn, table.name), rows=expected.rows, expected=expected)

    @property
    def said(self) -> tuple[tuple[TableName, Evidence], ...]:
        return ((self.plan.table.name, self.expected),) if self.expected is not None else ()

    def compare(self, conn: psycopg.Connection) -> tuple[Finding, ...]:
        """Findings on what the table, rewritten, has become. Raises ProofFailed if any of them is bad."""
        name, asked = self.plan.table.name, asked_in_place(self.plan)
        findings = (
            *(
                prove(asked, self.expected, testify.found(conn, asked, sieve=self.expected.sieve))
                if self.expected is not None
                else counted(conn, name, self.rows)
            ),
            *single_values(conn, self.plan),
            finding(
                "rewritten",
                f"{name}",
                None if _filenode(conn, name) != self.filenode else "its file is the one it was, originals included",
            ),
        )
        require(findings)
        return findings


def witness_kept(conn: psycopg.Connection, step: WitnessKept, level: Level) -> StepRecord:
    """Keep what a table holds that stays as it is."""
    table = step.plan.table
    said = testify.expected(
        conn, asked_in_place(step.plan), is_sample=level == "sample", rows=estimated_rows(table), pages=table.pages
    )
    record = StepRecord(said=((table.name, said),))
    with conn.transaction():
        record_step(conn, step.id, record)
    return record


def prove_kept(conn: psycopg.Connection, step: ProveKept, expected: Evidence) -> tuple[Finding, ...]:
    """Whether it holds that now."""
    asked = asked_in_place(step.plan, masks=False)
    return tuple(compare_evidence(asked, expected, testify.found(conn, asked, sieve=expected.sieve), whose=_WHOSE))


def counted(conn: psycopg.Connection, name: TableName, rows: int) -> tuple[Finding, ...]:
    """Whether a table that is not proved has as many rows as it had."""
    return (as_many(name, count_rows(conn, name), rows),)


def as_many(name: TableName, found: int, rows: int) -> Finding:
    """Whether a table in which some rows were found has as many as it had."""
    return finding("rows", f"{name}", None if found == rows else f"{found:,} rows found, {rows:,} before")


def single_values(conn: psycopg.Connection, plan: TablePlan) -> Iterator[Finding]:
    """Whether columns whose mask makes one value have one."""
    if columns := constants(plan):
        items = sql.SQL(", ").join(sql.SQL("({})").format(distinct_values(plan, column)) for column in columns)
        row = conn.execute(sql.SQL("SELECT {}").format(items)).fetchone() or ()
        yield from (constant_finding(plan, column, values) for column, values in zip(columns, row, strict=True))


def count_rows(conn: psycopg.Connection, name: TableName) -> int:
    """How many rows a table has, those of its children left out."""
    row = conn.execute(sql.SQL("SELECT count(*) FROM ONLY {}").format(_table(name))).fetchone()
    return int(row[0]) if row else 0


def finding(check: str, subject: str, problem: str | None) -> Finding:
    """Passed without a *problem*."""
    return Finding(
        check=check, subject=subject, outcome=Outcome.FAILED if problem else Outcome.PASSED, detail=problem or ""
    )


def _filenode(conn: psycopg.Connection, name: TableName) -> int:
    row = conn.execute("SELECT pg_relation_filenode(%s::regclass)::int8", [name.sql]).fetchone()
    return int(row[0]) if row else 0


def _table(name: TableName) -> sql.Identifier:
    return sql.Identifier(name.schema, name.name)
