"""The questions of :mod:`masker.plan.originals`, put to a server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import psycopg

from masker.catalog.types import Table
from masker.pg.quietly import quietly
from masker.plan.originals import Questions, Rows
from masker.plan.shown import Answers, first_answers, second_answers

#: Rows of a table that are looked at, and bytes of them where rows are large.
SAMPLE_ROWS = 10_000
_SAMPLE_BYTES = 64 * 1024 * 1024
_LEAST_ROWS = 200

#: Rows a page may hold, where nobody has counted.
_ROWS_OF_A_PAGE = 20

#: Blocks are chosen by chance: as many more than are needed, and as many times more where they held too few.
_MARGIN, _MORE = 1.3, 10


def look(conn: psycopg.Connection, asked: Questions, *, rows: int = SAMPLE_ROWS, compare: bool = True, is_quiet: bool = False) -> Answers:
    """Ask about as many as *rows* of a table's rows, the same ones every time while the table does not change.

    *is_quiet*: nothing that fails on a row gets into the server's log; raises ServerFault for it.
    """
    table = asked.plan.table
    wanted = min(rows, max(_LEAST_ROWS, int(_SAMPLE_BYTES / max(1.0, _row_bytes(table)))))
    percent = min(100.0, 100.0 * _MARGIN * wanted / max(1.0, _estimated_rows(table)))
    while True:
        sample = Rows(limit=wanted, percent=percent)
        answers = _ask(conn, asked, sample, (), compare=compare, is_quiet=is_quiet)
        if answers.rows >= wanted * 0.9 or percent >= 100.0:
            return answers
        percent = min(100.0, percent * _MORE)


def look_at(conn: psycopg.Connection, asked: Questions, ctids: Sequence[str], *, is_whole: bool, compare: bool = True) -> Answers:
    """Ask about the rows at *ctids*; *is_whole* says that there are no others."""
    return replace(_ask(conn, asked, Rows(), (list(ctids),), compare=compare), is_whole=is_whole)


def _ask(conn: psycopg.Connection, asked: Questions, rows: Rows, parameters: Sequence[object], *, compare: bool, is_quiet: bool = False) -> Answers:
    row = _row(conn, asked.first_sql(rows, compare=compare), parameters, is_quiet=is_quiet)
    is_whole = rows.limit is not None and rows.percent >= 100.0 and int(row[0]) < rows.limit
    answers, wanted = first_answers(asked, row, compare=compare, is_whole=is_whole)
    if not wanted:
        return answers
    columns = [column.name for column, _ in asked.texts]
    row = _row(conn, asked.second_sql(rows, columns, wanted), parameters, is_quiet=is_quiet)
    return replace(answers, standing=(*answers.standing, *second_answers(asked, columns, wanted, row)))


def _row(conn: psycopg.Connection, query: str, parameters: Sequence[object], *, is_quiet: bool) -> Sequence[Any]:
    if is_quiet:
        # What would fail fails here; the second time it gives what it gave.
        quietly(conn, query)
    return psycopg.RawCursor(conn).execute(query.encode(), parameters or None).fetchone() or ()


def _estimated_rows(table: Table) -> float:
    return table.rows if table.rows >= 0 else table.pages * _ROWS_OF_A_PAGE


def _row_bytes(table: Table) -> float:
    return table.bytes / max(1.0, _estimated_rows(table))
