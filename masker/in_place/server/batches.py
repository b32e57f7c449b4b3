"""A table masked in batches: a list of key ranges, each updated and ticked off in one transaction.

The key is not masked, so every row is in one range and stays there; a range is ticked off with its rows. So no row is
masked twice or left out, whoever is killed when; nor does it matter that sessions do not wait for their commits to
reach the disk: a server that crashes loses the rows and their tick together. Ranges follow the key's index. A table
without such a key is one range.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from masker.catalog.types import Table, TypeClass
from masker.errors import TargetError
from masker.in_place.server import testify
from masker.in_place.server.journal import StepRecord, record_step, restore, suspend
from masker.in_place.server.proofs import as_many, asked_in_place, count_rows, prove, prove_part, require, single_values
from masker.in_place.server.rewrite import impatient, run
from masker.in_place.steps import CutBatches, FinishBatches, UpdateBatches
from masker.names import quote
from masker.postgres.errors import ServerFault
from masker.postgres.quietly import quietly
from masker.tables.evidence import Evidence, together
from masker.tables.witness import Level

_UNIQUE = "23505"

Range = tuple[int, list[str] | None, list[str] | None]  # number, after this key, up to this key; None where it is open


def cut(conn: psycopg.Connection, step: CutBatches, level: Level) -> StepRecord:
    """Write down the ranges, put triggers to rest, and decide which rows are proved: each range then keeps what its
    rows were to become."""
    table = step.plan.table
    with conn.transaction():
        rows = count_rows(conn, table.name)
        sieve = testify.sieve_of(asked_in_place(step.plan), is_sample=level == "sample", rows=rows)
        suspend(conn, table.oid, step.suspend, step.restore, {"rows": rows, "level": level, "sieve": sieve})
        last = 1
        if step.key:
            key = sql.SQL(", ").join(sql.Identifier(k) for k in step.key)
            texts = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(k)) for k in step.key)
            conn.execute(
                sql.SQL(
                    "INSERT INTO masker.batch SELECT {oid}, n / {rows}, ARRAY[{texts}] FROM (SELECT {key}, row_number()"
                    " OVER (ORDER BY {key}) AS n FROM ONLY {table}) AS k WHERE n % {rows} = 0"
                ).format(
                    oid=sql.Literal(table.oid),
                    rows=sql.Literal(_batch_rows(rows, step)),
                    texts=texts,
                    key=key,
                    table=sql.Identifier(table.name.schema, table.name.name),
                )
            )
            row = conn.execute(
                "SELECT coalesce(max(number), 0) + 1 FROM masker.batch WHERE relation = %s", [table.oid]
            ).fetchone()
            last = row[0] if row else 1
        conn.execute("INSERT INTO masker.batch VALUES (%s, %s, NULL)", [table.oid, last])
        record = StepRecord(counts=((table.name, rows),))
        record_step(conn, step.id, record)
    return record


def _batch_rows(rows: int, step: CutBatches) -> int:
    """Rows of one range: as many as the step allows or some fewer, so that all lanes end at once."""
    rounds = -(-rows // (step.rows * step.lanes))
    return max(1, -(-rows // max(1, rounds * step.lanes)))


def next_batch(conn: psycopg.Connection, step: UpdateBatches) -> int | None:
    """Mask the next waiting range that no other lane has; the rows it had, None when none is left.

    A range that collides with values not masked yet is put off until the others are done. Raises ProofFailed, with the
    range as it was, where its rows are not what they were to become.
    """
    try:
        with conn.transaction():
            found = _take(conn, step.plan.table.oid)
            return None if found is None else _update(conn, step, found)
    except ServerFault as fault:
        if found is None or fault.cause != _UNIQUE:
            raise
        with conn.transaction():
            conn.execute(
                "UPDATE masker.batch SET state = 'put off' WHERE relation = %s AND number = %s",
                [step.plan.table.oid, found[0]],
            )
        return 0


def reclaim(conn: psycopg.Connection, step: UpdateBatches) -> None:
    """Let the next batches use the room of the dead rows that those before have left."""
    name = step.plan.table.name
    conn.execute(sql.SQL("VACUUM (TRUNCATE false) {}").format(sql.Identifier(name.schema, name.name)))


def finish(conn: psycopg.Connection, step: FinishBatches) -> StepRecord:
    """Mask what was put off, then restore the triggers and compare the whole table with what its ranges were to
    become."""
    table, asked = step.plan.table, asked_in_place(step.plan)
    if step.forget:
        with conn.transaction():
            impatient(conn)
            run(conn, step.forget)
    while _mask_put_off(conn, step):
        pass
    with conn.transaction():
        proof = _Proof.of(conn, table.oid)
        left = _ranges(conn, table.oid)
        said = _said(conn, table.oid)
        if left:
            if proof.is_asked:
                said.append(
                    testify.expected_of(conn, asked, sieve=proof.sieve, condition=_any_of(step, left).as_string(conn))
                )
            _through_intermediate(conn, step, left)
        before = restore(conn, table.oid)
        there = testify.found(conn, asked, sieve=proof.sieve) if proof.is_asked else None
        # Whoever says what stands there has counted it: half of what is read is dead rows.
        rows = there.rows if there is not None else count_rows(conn, table.name)
        findings = (as_many(table.name, rows, before["rows"]), *single_values(conn, step.plan))
        require(findings)
        expected = together(said, proof.sieve)
        if there is not None:
            findings = (*findings, *prove(asked, expected, there))
        conn.execute("DELETE FROM masker.batch WHERE relation = %s", [table.oid])
        record = StepRecord(
            rows=before["rows"],
            findings=findings,
            counts=((table.name, before["rows"]),),
            said=((table.name, expected),) if proof.is_asked else (),
        )
        record_step(conn, step.id, record)
    return record


_RANGES = """
SELECT number, after, upto FROM (SELECT number, lag(upto) OVER (ORDER BY number) AS after, upto, state FROM masker.batch
WHERE relation = %s) AS b WHERE state <> 'done' ORDER BY number
"""


def _ranges(conn: psycopg.Connection, relation: int) -> list[Range]:
    """What is not done, in order."""
    return [(number, after, upto) for number, after, upto in conn.execute(_RANGES, [relation]).fetchall()]


def _take(conn: psycopg.Connection, relation: int) -> Range | None:
    row = conn.execute(
        "SELECT number, upto FROM masker.batch WHERE relation = %s AND state = 'waiting' ORDER BY number LIMIT 1 FOR"
        " UPDATE SKIP LOCKED",
        [relation],
    ).fetchone()
    if row is None:
        return None
    before = conn.execute(
        "SELECT upto FROM masker.batch WHERE relation = %s AND number = %s", [relation, row[0] - 1]
    ).fetchone()
    return row[0], before[0] if before else None, row[1]


def _update(conn: psycopg.Connection, step: UpdateBatches | FinishBatches, found: Range) -> int:
    table = step.plan.table
    query = sql.SQL("UPDATE ONLY {} SET {} WHERE {}").format(
        sql.Identifier(table.name.schema, table.name.name), sql.SQL(step.sets), _condition(step, [found])
    )
    proof, asked, within = _Proof.of(conn, table.oid), asked_in_place(step.plan), _any_of(step, [found]).as_string(conn)
    expected = testify.expected_of(conn, asked, sieve=proof.sieve, condition=within) if proof.is_asked else None
    rows = quietly(conn, query.as_string(conn))
    if expected is not None:
        prove_part(asked, expected, testify.found(conn, asked, sieve=proof.sieve, condition=within))
    said = json.dumps(expected.document()) if expected is not None else None
    conn.execute(
        "UPDATE masker.batch SET state = 'done', said = %s WHERE relation = %s AND number = %s",
        [said, table.oid, found[0]],
    )
    return rows


@dataclass(frozen=True, slots=True)
class _Proof:
    """Whether a table's rows are proved, and which of them: those that pass *sieve*, None for all."""

    is_asked: bool
    sieve: int | None

    @classmethod
    def of(cls, conn: psycopg.Connection, relation: int) -> _Proof:
        row = conn.execute("SELECT record FROM masker.suspended WHERE relation = %s", [relation]).fetchone()
        record: Mapping[str, Any] = row[0] if row else {"level": "none"}
        return cls(is_asked=record["level"] != "none", sieve=record.get("sieve"))


def _said(conn: psycopg.Connection, relation: int) -> list[Evidence]:
    """What the rows of each range that is done were to become."""
    rows = conn.execute(
        "SELECT said FROM masker.batch WHERE relation = %s AND said IS NOT NULL ORDER BY number", [relation]
    ).fetchall()
    return [Evidence.read(row[0]) for row in rows]


def _condition(step: UpdateBatches | FinishBatches, ranges: Sequence[Range]) -> sql.Composed:
    """Which rows of *ranges* are to be masked. Keys are kept values: they may stand in a statement."""
    return sql.SQL("({}) AND ({})").format(sql.SQL(step.where or "true"), _any_of(step, ranges))


def _any_of(step: UpdateBatches | FinishBatches, ranges: Sequence[Range]) -> sql.Composed:
    """Which rows are in one of *ranges*."""
    return sql.SQL(" OR ").join(
        sql.SQL("({})").format(_within(step.plan.table, step.key, after, upto)) for _, after, upto in ranges
    )


def _within(table: Table, key: tuple[str, ...], after: list[str] | None, upto: list[str] | None) -> sql.Composable:
    columns = sql.SQL(", ").join(sql.Identifier(k) for k in key)
    types = [sql.SQL(c.type.sql) for k in key if (c := table.column(k)) is not None]
    conditions: list[sql.Composable] = []
    for operator, bound in ((">", after), ("<=", upto)):
        if bound is not None:
            values = sql.SQL(", ").join(
                sql.SQL("{}::text::{}").format(sql.Literal(v), t) for v, t in zip(bound, types, strict=True)
            )
            conditions.append(sql.SQL("({}) {} ({})").format(columns, sql.SQL(operator), values))
    return sql.SQL(" AND ").join(conditions) if conditions else sql.SQL("true")


def _mask_put_off(conn: psycopg.Connection, step: FinishBatches) -> bool:
    """Try every range that is left; whether one went through, so that the others are worth another try."""
    progressed = False
    for found in _ranges(conn, step.plan.table.oid):
        try:
            with conn.transaction():
                _update(conn, step, found)
                progressed = True
        except ServerFault as fault:
            if fault.cause != _UNIQUE:
                raise
    return progressed


def _through_intermediate(conn: psycopg.Connection, step: FinishBatches, left: list[Range]) -> None:
    """Rows whose masked values are other such rows' originals: all get a value nobody has, then their own."""
    table = step.plan.table
    name = sql.Identifier(table.name.schema, table.name.name)
    columns = [m.name for m in step.plan.masked]
    unique = [c for c in columns if any(i.is_unique and c in i.columns for i in table.indexes)]
    if not step.key or not unique:
        raise TargetError(
            f"{table.name}: masked values collide with each other or with rows that stay",
            hint="give its unique columns a mask that keeps UNIQUE",
        )
    key = sql.SQL(", ").join(sql.Identifier(k) for k in step.key)
    items = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(sql.SQL(m.sql), sql.Identifier(f"masked {m.name}")) for m in step.plan.masked
    )
    query = sql.SQL("CREATE TEMPORARY TABLE masker_put_off ON COMMIT DROP AS SELECT {}, {} FROM ONLY {} WHERE {}")
    quietly(conn, query.format(key, items, name, _condition(step, left)).as_string(conn))
    match = sql.SQL(" AND ").join(sql.SQL("t.{} = p.{}").format(sql.Identifier(k), sql.Identifier(k)) for k in step.key)
    stem = secrets.token_hex(4)
    passing = sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(c), _nobodys(table, c, stem)) for c in unique)
    numbered = sql.SQL("(SELECT {}, row_number() OVER () AS number FROM pg_temp.masker_put_off)").format(key)
    quietly(
        conn,
        sql.SQL("UPDATE ONLY {} AS t SET {} FROM {} AS p WHERE {}")
        .format(name, passing, numbered, match)
        .as_string(conn),
    )
    final = sql.SQL(", ").join(
        sql.SQL("{} = p.{}").format(sql.Identifier(c), sql.Identifier(f"masked {c}")) for c in columns
    )
    quietly(
        conn,
        sql.SQL("UPDATE ONLY {} AS t SET {} FROM pg_temp.masker_put_off AS p WHERE {}")
        .format(name, final, match)
        .as_string(conn),
    )


def _nobodys(table: Table, name: str, stem: str) -> sql.Composable:
    """A value for row ``p.number`` that no row has."""
    column = table.column(name)
    kind = column.type if column else None
    match kind.kind if kind else None:
        case TypeClass.TEXT if kind is not None and (kind.length is None or kind.length >= 20):
            return sql.SQL("({} || p.number)").format(sql.Literal(f"{stem}-"))
        case TypeClass.UUID:
            return sql.SQL("gen_random_uuid()")
        case TypeClass.INTEGER:
            return sql.SQL("(-1000000000 - p.number)")
        case _:
            raise TargetError(
                f"{table.name}.{quote(name)}: its masked values are other rows' originals, and there is no value to"
                " pass through",
                hint="let the table be rewritten, or use a mask whose values are nobody's, such as token",
            )
