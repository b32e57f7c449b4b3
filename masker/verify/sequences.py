"""Sequences: where the run set them, and past all that stands in the columns they fill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import psycopg
from psycopg import sql

from masker.catalog.read import read_sequence_values
from masker.findings import Finding, Outcome
from masker.names import TableName
from masker.postgres.errors import ServerFault

_OWNED = """
SELECT sn.nspname, s.relname, tn.nspname, t.relname, a.attname, q.seqincrement FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_namespace sn ON sn.oid = s.relnamespace
JOIN pg_sequence q ON q.seqrelid = s.oid JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
JOIN pg_type y ON y.oid = a.atttypid
WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND tn.nspname !~ '^pg_' AND tn.nspname <> 'masker' AND y.typcategory = 'N' AND s.relpersistence <> 't'
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = s.oid AND x.deptype = 'e')
ORDER BY 1, 2
"""


def check_owned(source: psycopg.Connection, target: psycopg.Connection) -> Iterator[Finding]:
    """Whether the next value of each sequence is past all that stand in its column, unless production is that way itself."""
    try:
        owned = target.execute(_OWNED).fetchall()
    except psycopg.Error as error:
        yield _not_run("all", error)
        return
    for schema, sequence, table_schema, table, column, increment in owned:
        name = TableName(schema, sequence)
        best = sql.SQL("max" if increment > 0 else "min")
        query = sql.SQL("SELECT (SELECT {}({}) FROM {}), last_value FROM {}").format(
            best, sql.Identifier(column), sql.Identifier(table_schema, table), sql.Identifier(schema, sequence)
        )
        try:
            is_behind = _is_behind(target, query, increment) and not _is_behind(source, query, increment)
        except psycopg.Error as error:
            yield _not_run(str(name), error)
            continue
        yield _result(str(name), f"it stands before the furthest {column} of {TableName(table_schema, table)}" if is_behind else None)


def check_set(target: psycopg.Connection, names: tuple[TableName, ...], values: Mapping[TableName, tuple[int, bool]] | None) -> Iterator[Finding]:
    """Whether each of the sequences *names* stands where the run set it: *values* as it read them on the source, None if it did not."""
    if not names:
        return
    if values is None:
        yield Finding(check="sequences", subject="all", outcome=Outcome.NOT_RUN, detail="the run did not come to setting them")
        return
    try:
        found = read_sequence_values(target, list(names))
    except psycopg.Error as error:
        yield _not_run("all", error)
        return
    good = True
    for name in names:
        if found.get(name) != values.get(name):
            good = False
            yield _result(str(name), "it does not stand where it stood on the source")
    if good:
        yield _result(f"{len(names):,} stand where they stood on the source", None)


def _is_behind(conn: psycopg.Connection, query: sql.Composed, increment: int) -> bool:
    furthest, value = conn.execute(query).fetchone() or (None, 0)
    return furthest is not None and (value < furthest if increment > 0 else value > furthest)


def _not_run(subject: str, error: psycopg.Error) -> Finding:
    return Finding(check="sequences", subject=subject, outcome=Outcome.NOT_RUN, detail=f"the server could not answer: {ServerFault.from_error(error).text}")


def _result(subject: str, problem: str | None) -> Finding:
    return Finding(check="sequences", subject=subject, outcome=Outcome.FAILED if problem else Outcome.PASSED, detail=problem or "")
