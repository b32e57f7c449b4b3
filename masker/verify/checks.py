"""The checks of a filled database against its source, its plan and what the run counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import psycopg
from psycopg import sql

from masker.errors import SourceError, TargetError
from masker.names import TableName
from masker.pg.connect import apply_settings
from masker.pg.errors import ServerFault
from masker.plan.evidence import Evidence, Unchanged
from masker.plan.shown import Answers
from masker.plan.steps import CopyPlan, MaskedColumn, SeekOriginals, TablePlan
from masker.plan.witness import Level, Witness, witness
from masker.verify.findings import Finding, Findings, Outcome
from masker.verify.originals import masked_findings, shown_findings
from masker.verify.proofs import compare_evidence
from masker.verify.structure import after_run, against_source

#: Rows of each masked table whose originals are compared with what stands in the target.
_SAMPLE_ROWS = 1000

#: Of masks that draw from few values, the share of originals that may come out as they were by chance.
_CHANCE = 0.5

#: Masks that may leave a whole value as it is: an expression by its author's will, a document where no path leads into it.
_PARTIAL = frozenset({"json", "sql"})

#: A random token of fewer characters may well come out as it was.
_TELLING_CHARACTERS = 8

#: Fewer sampled values than this say nothing about a mask that may leave one as it is.
_FEW = 20

_SALT = "masker.verify_salt"


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
    findings += after_run(target, plan, rows=counted.rows, large_objects=counted.large_objects, sequences=counted.sequences)
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


#: Of one sampled row, its key as text and the salted digest of each masked column; see :func:`prepare_samples`.
Original = tuple[list[str], list[str | None]]


def prepare_samples(conn: psycopg.Connection, salt: str) -> None:
    """Give the session the salt that its digests are made with."""
    apply_settings(conn, {_SALT: salt})


def originals(conn: psycopg.Connection, plan: TablePlan) -> list[Original]:
    """Keys and digests of some rows, before they are masked; of the first ones where sampling blocks by chance hit none."""
    columns = _compared(plan)
    if not columns:
        return []
    key, rows = _sample_key(plan), max(plan.table.rows, 1.0)
    percent = min(100.0, 100.0 * 3 * _SAMPLE_ROWS / rows)
    found = conn.execute(_sample(plan, columns, key, percent)).fetchall()
    if not found and percent < 100.0:
        found = conn.execute(_sample(plan, columns, key, 100.0)).fetchall()
    return [(row[0], row[1]) for row in found]


def _compared(plan: TablePlan) -> list[MaskedColumn]:
    return [m for m in plan.masked if not m.is_constant]


def _sample_key(plan: TablePlan) -> tuple[str, ...]:
    """The row key, if it can be looked up after masking."""
    key = plan.table.row_key
    return key if key and all(m.name not in key for m in plan.masked) else ()


def unchanged(target: psycopg.Connection, plan: TablePlan, sampled: Sequence[Original]) -> Iterator[Finding]:
    """A finding for each masked column that is no constant: whether *sampled* values are still there."""
    name = plan.table.name
    columns = _compared(plan)
    if not columns:
        return
    key = _sample_key(plan)
    if key:
        keys = [row[0] for row in sampled]
        found = {
            tuple(row[0]): row[1]
            for row in psycopg.RawCursor(target)
            .execute(_lookup(plan, columns, key), [[k[i] for k in keys] for i in range(len(key))])
            .fetchall()
        }
        pairs = [(row[1], found[tuple(row[0])]) for row in sampled if tuple(row[0]) in found]
    else:
        there = [_survivors(target, plan, column, [d for row in sampled if (d := row[1][i])]) for i, column in enumerate(columns)]
        pairs = [(row[1], [d if d in there[i] else None for i, d in enumerate(row[1])]) for row in sampled]
    for i, column in enumerate(columns):
        compared = [(before[i], after[i]) for before, after in pairs if before[i] is not None]
        same = sum(before == after for before, after in compared)
        yield _result("masked", f"{name}.{column.name}", _judge(column, len(compared), same))


def _judge(column: MaskedColumn, compared: int, same: int) -> str | None:
    if not same or column.mask in _PARTIAL:
        return None
    if not column.may_repeat:
        return f"{same:,} of {compared:,} sampled values are the source's own"
    if compared >= _FEW and same > compared * _CHANCE:
        return f"{same:,} of {compared:,} sampled values are the source's own, more than chance explains"
    return None


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


def _digest(column: MaskedColumn) -> sql.Composed:
    """A salted digest of a column's text; NULL for NULL, for the empty text, which masks leave as it is, and for what was masked before."""
    name = sql.Identifier(column.name)
    text = sql.SQL("nullif({}::text, '')").format(name)
    if column.sink:
        text = sql.SQL("CASE WHEN right(lower({}::text), {}) <> {} THEN {} END").format(name, len(column.sink), column.sink, text)
    if column.mask == "token":
        text = sql.SQL("CASE WHEN length({}::text) >= {} THEN {} END").format(name, _TELLING_CHARACTERS, text)
    return sql.SQL("encode(sha256(convert_to((SELECT current_setting({})) || ({}), 'UTF8')), 'hex')").format(sql.Literal(_SALT), text)


def _sample(plan: TablePlan, columns: Sequence[MaskedColumn], key: Sequence[str], percent: float) -> sql.Composed:
    keys = sql.SQL("ARRAY[{}]::text[]").format(sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(k)) for k in key))
    digests = sql.SQL("ARRAY[{}]").format(sql.SQL(", ").join(_digest(c) for c in columns))
    conditions = [sql.SQL("({})").format(sql.SQL(p)) for p in (plan.predicate,) if p]
    conditions += [sql.SQL("({}) IS NOT FALSE").format(sql.SQL(w)) for w in (plan.where,) if w]
    where = sql.SQL(" WHERE {}").format(sql.SQL(" AND ").join(conditions)) if conditions else sql.SQL("")
    return sql.SQL("SELECT {}, {} FROM ONLY {} TABLESAMPLE SYSTEM ({}){} LIMIT {}").format(
        keys, digests, _table(plan.table.name), sql.Literal(percent), where, sql.Literal(_SAMPLE_ROWS)
    )


def _lookup(plan: TablePlan, columns: Sequence[MaskedColumn], key: Sequence[str]) -> sql.Composed:
    types = {c.name: c.type.base for c in plan.table.columns}
    # Numbered parameters: a per cent sign may stand in a name.
    arrays = sql.SQL(", ").join(sql.SQL(f"${number}::text[]") for number in range(1, len(key) + 1))
    names = sql.SQL(", ").join(sql.Identifier(f"k{i}") for i in range(len(key)))
    match = sql.SQL(" AND ").join(
        sql.SQL("t.{} = k.{}::{}").format(sql.Identifier(k), sql.Identifier(f"k{i}"), sql.SQL(types[k])) for i, k in enumerate(key)
    )
    keys = sql.SQL("ARRAY[{}]::text[]").format(sql.SQL(", ").join(sql.SQL("t.{}::text").format(sql.Identifier(k)) for k in key))
    digests = sql.SQL("ARRAY[{}]").format(sql.SQL(", ").join(_digest(c) for c in columns))
    # Inside, a bare name is the table's own column, whatever the keys are called outside.
    return sql.SQL("SELECT r.* FROM unnest({}) AS k({}), LATERAL (SELECT {}, {} FROM ONLY {} AS t WHERE {}) AS r").format(
        arrays, names, keys, digests, _table(plan.table.name), match
    )


def _survivors(target: psycopg.Connection, plan: TablePlan, column: MaskedColumn, digests: list[str]) -> frozenset[str]:
    """Those of *digests* that the target's column has anywhere; for tables whose rows cannot be told apart."""
    if not digests:
        return frozenset()
    query = sql.SQL("SELECT DISTINCT d FROM (SELECT {} AS d FROM ONLY {}) AS found WHERE d = ANY($1)").format(
        _digest(column), _table(plan.table.name)
    )
    return frozenset(row[0] for row in psycopg.RawCursor(target).execute(query, [digests]).fetchall())


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
