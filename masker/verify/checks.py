"""Checks of a table that has been filled or masked: emptied, one value for everybody, nothing of masker's own left."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from psycopg import sql

from masker.findings import Finding, Outcome
from masker.names import TableName
from masker.queries import queries
from masker.tables.plan import MaskedColumn, TablePlan
from masker.verify.guarded import not_answered

_SQL = queries(__name__)

#: What a run with ``--verify none`` leaves undone, on purpose.
UNPROVED = Finding(
    check="proof", subject="the rows of all tables", outcome=Outcome.NOT_RUN, detail="--verify none asks for no proof"
)


def _result(check: str, subject: str, problem: str | None) -> Finding:
    return Finding(
        check=check, subject=subject, outcome=Outcome.FAILED if problem else Outcome.PASSED, detail=problem or ""
    )


def check_emptied(target: psycopg.Connection, plan: TablePlan) -> Iterator[Finding]:
    """Whether a table that is to have no rows has none."""
    found = _one(target, sql.SQL("SELECT count(*) FROM ONLY {}").format(_table(plan.table.name)))
    yield _result("rows", f"{plan.table.name}", None if not found else f"{found:,} rows found, 0 expected")


def check_constants(target: psycopg.Connection, plan: TablePlan) -> Iterator[Finding]:
    """Whether the columns whose mask makes one value have no more."""
    for column in constants(plan):
        yield constant_finding(plan, column, _one(target, distinct_values(plan, column)))


def distinct_values(plan: TablePlan, column: MaskedColumn) -> sql.Composed:
    """The query of how many values the column has, the empty text left out: 0, 1, or 2 for more; of one that has to be
    unique how many too few."""
    name, table = sql.Identifier(column.name), _table(plan.table.name)
    own = sql.SQL(" AND ({})").format(sql.SQL(plan.carried)) if plan.carried else sql.SQL("")
    if column.is_unique:
        return sql.SQL(
            'SELECT count(*) - count(DISTINCT {name}::text COLLATE pg_catalog."C") FROM ONLY {table}'
            " WHERE {name}::text <> ''{own}"
        ).format(name=name, table=table, own=own)
    # One of them, and whether any is another: compared by bytes, which is fast and takes no two values for one.
    return sql.SQL(
        'SELECT CASE WHEN "masker value" IS NULL THEN 0 WHEN EXISTS (SELECT FROM ONLY {table} WHERE {name}::text'
        ' COLLATE pg_catalog."C" <> "masker value" AND {name}::text <> \'\'{own}) THEN 2 ELSE 1 END FROM (SELECT'
        " (SELECT {name}::text FROM ONLY {table} WHERE {name}::text <> ''{own} LIMIT 1) AS \"masker value\" OFFSET 0)"
        " AS first"
    ).format(name=name, table=table, own=own)


def constants(plan: TablePlan) -> tuple[MaskedColumn, ...]:
    """The columns whose mask makes one value, if every row was masked, and those whose rule wants no value twice."""
    return tuple(m for m in plan.masked if m.is_unique or (m.is_constant and plan.where is None and m.drawn is None))


def constant_finding(plan: TablePlan, column: MaskedColumn, distinct: int) -> Finding:
    """Whether a column has no more values than its mask makes; *distinct* is :func:`distinct_values`."""
    if column.is_unique:
        twice = (
            f"{distinct:,} values stand in another row already, and its rule says `unique: true`" if distinct else None
        )
        return _result("unique", f"{plan.table.name}.{column.name}", twice)
    allowed = 0 if column.mask == "null" else 1
    problem = f"more than {allowed} value{'s' if allowed != 1 else ''} found where the mask makes {allowed or 'none'}"
    return _result("masked", f"{plan.table.name}.{column.name}", None if distinct <= allowed else problem)


_LEFT = _SQL["left"]


def leftovers(target: psycopg.Connection) -> Iterator[Finding]:
    """Whether anything of masker's own is left in a database that is done with."""
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
