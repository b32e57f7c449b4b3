"""Filler that may not fit where its original did: an entry of a btree index takes 2,704 bytes, after compression, and
filler is no easier to compress than prose."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import psycopg
from psycopg import sql

from masker.catalog.types import Index
from masker.names import shown
from masker.notes import Note
from masker.postgres.connect import require_alive
from masker.postgres.errors import server_errors
from masker.sides import Side
from masker.tables.plan import TablePlan
from masker.verify.own_rows import ALL_S, EACH_MS, Look

#: Bytes of an index entry, a third of a page.
_ENTRY = 2704

#: Masks whose values are as long as their originals. What is left of them when they are compressed only the server
#: knows.
_AS_LONG = frozenset({"lorem"})


def long_values(conn: psycopg.Connection, plans: Sequence[TablePlan], side: Side = Side.SOURCE) -> list[Note]:
    """A note for each index over a masked column with originals that only fit, if at all, because they compress well.
    What takes long is left to the run. Raises SourceError or TargetError."""
    asked = [
        (plan, masked.name, masked.mask, index)
        for plan in plans
        for masked in plan.masked
        if masked.mask in _AS_LONG
        for index in plan.table.indexes
        if _holds(index, masked.name)
    ]
    if not asked:
        return []
    look = Look(conn, time.monotonic() + ALL_S)
    with server_errors(side, "its longest values were measured"), conn.transaction(force_rollback=True):
        conn.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(EACH_MS)))
        found = list(_notes(look, asked))
    require_alive(conn, side, "its longest values were measured")
    return found


def _notes(look: Look, asked: Sequence[tuple[TablePlan, str, str, Index]]) -> Iterator[Note]:
    measured: dict[tuple[int, str], int] = {}
    for plan, name, mask, index in asked:
        key = plan.table.oid, name
        if key not in measured:
            table = sql.Identifier(plan.table.name.schema, plan.table.name.name)
            # No value is read for that: where it is stored elsewhere, its length stands in the row.
            measured[key], *_ = look.ask(
                sql.SQL("SELECT max(octet_length({}::text)) FROM ONLY {}").format(sql.Identifier(name), table)
            ) or (0,)
        if (longest := measured[key]) <= _ENTRY:
            continue
        yield Note(
            subject=str(plan.table.column_name(name)),
            text=(
                f"{mask} makes values as long as their originals, up to {longest:,} bytes, which may not fit into the"
                f" index {shown(index.name.name)} of {plan.table.name}: it takes {_ENTRY:,} bytes an entry, compressed."
                " Give the column a mask with shorter values, leave such rows out with `rows:`, or index a digest"
                " of it"
            ),
        )


def _holds(index: Index, name: str) -> bool:
    return name in index.columns and " USING btree " in index.definition
