"""The questions of :mod:`masker.tables.originals`, put to a server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import psycopg

from masker.postgres.quietly import answer
from masker.postgres.several import Question, is_small
from masker.tables.comparing import compare_sql
from masker.tables.originals import COMPARED_ROWS, Questions, Rows
from masker.tables.pieces import AT_ONCE, columns_at_once, cut, in_pieces
from masker.tables.plan import TablePlan
from masker.tables.searching import neighbours_sql, search_sql
from masker.tables.shown import Answers, Standing, all_answers, compared, found, told_apart

#: Rows of a table whose texts are searched: a share of them, between a least and a most.
_SEARCHED_SHARE = 0.1
_LEAST_SEARCHED, _MOST_SEARCHED = 2_000, 10_000

#: Bytes of them where rows are large, but never fewer rows than these.
_SAMPLE_BYTES = 64 * 1024 * 1024
_LEAST_ROWS = 200

#: Of so many rows a few tell what is true of most.
_MANY = 2_000

#: Rows a page may hold, where nobody has counted.
_ROWS_OF_A_PAGE = 20

#: Blocks are chosen by chance: as many more than are needed, and as many times more where they held too few.
_MARGIN, _MORE = 1.3, 10


def look(
    conn: psycopg.Connection, asked: Questions, *, condition: str | None = None, is_quiet: bool = False
) -> Answers:
    """Compare and search some of a table's rows, the same ones every time while the table does not change. Raises
    psycopg.Error.

    *condition*, SQL over the row, says which rows may be looked at. *is_quiet*: nothing that fails on a row gets into
    the server's log; raises ServerFault for it.
    """
    return all_answers(_look(conn, piece, condition=condition, is_quiet=is_quiet) for piece in in_pieces(asked))


def _look(conn: psycopg.Connection, asked: Questions, *, condition: str | None, is_quiet: bool) -> Answers:
    answers = (
        _search(conn, asked, rows=None, condition=condition, is_quiet=is_quiet)
        if asked.originals and asked.texts
        else Answers(rows=0, is_whole=False)
    )
    if not asked.compares:
        return answers
    _, row = _sampled(
        conn, asked.plan, COMPARED_ROWS, partial(compare_sql, asked), condition=condition, is_quiet=is_quiet
    )
    columns, leaves = compared(asked, row)
    return replace(answers, columns=columns, leaves=leaves)


def search(
    conn: psycopg.Connection,
    asked: Questions,
    *,
    rows: int | None = None,
    condition: str | None = None,
    is_quiet: bool = False,
) -> Answers:
    """Search the texts of some rows of a table, of *rows* at most; see :func:`look`."""
    pieces = [piece for piece in in_pieces(asked) if piece.originals]
    return all_answers(_search(conn, piece, rows=rows, condition=condition, is_quiet=is_quiet) for piece in pieces)


def _search(
    conn: psycopg.Connection, asked: Questions, *, rows: int | None, condition: str | None, is_quiet: bool
) -> Answers:
    plan = asked.plan
    sample, row = _sampled(
        conn, plan, rows or _searched(plan), partial(search_sql, asked), condition=condition, is_quiet=is_quiet
    )
    standing, doubtful = found(asked, row)
    answers = _answers(row, sample, standing)
    if not doubtful:
        return answers
    for wanted in cut(doubtful, AT_ONCE):
        for columns in cut([column.name for column, _ in asked.texts], columns_at_once(asked, wanted)):
            told = _row(conn, neighbours_sql(asked, sample, columns, wanted), is_quiet=is_quiet)
            standing = (*standing, *told_apart(asked, columns, wanted, told))
    return replace(answers, standing=standing)


def _searched(plan: TablePlan) -> int:
    """Rows of a table whose texts are searched."""
    return max(_LEAST_SEARCHED, min(_MOST_SEARCHED, int(_SEARCHED_SHARE * _estimated_rows(plan))))


def _answers(row: Sequence[Any], sample: Rows, standing: tuple[Standing, ...]) -> Answers:
    count = int(row[0])
    return Answers(rows=count, is_whole=sample.percent >= 100.0 and count < sample.limit, standing=standing)


def whole_search(asked: Questions, rows: int) -> tuple[Rows, Question] | None:
    """What :func:`search` asks of a table so small that its sample is all of it; None of others, and of wide ones."""
    wanted, percent = _first(asked.plan, rows)
    if percent < 100.0 or not is_small(asked.plan.table) or len(in_pieces(asked)) > 1:
        return None
    sample = Rows(limit=wanted + 1, percent=percent)
    return sample, Question(
        search_sql(asked, sample, is_thin=_is_thin(asked.plan, wanted)),
        1 + len(asked.searched) * len(asked.originals),
    )


@dataclass(frozen=True, slots=True)
class WholeQuestions:
    """What :func:`look` asks of a table all of which is looked at, as *queries* of one row each; *sample* is of the
    first, if originals are sought."""

    queries: tuple[str, ...]
    sample: Rows | None


def whole_questions(asked: Questions) -> WholeQuestions | None:
    """The questions of :func:`look`; None where the table is too large for its samples to be all of it, or too wide to
    be asked at once."""
    plan = asked.plan
    sought, compared_rows = _first(plan, _searched(plan)), _first(plan, COMPARED_ROWS)
    if min(sought[1], compared_rows[1]) < 100.0 or len(in_pieces(asked)) > 1:
        return None
    samples = [Rows(limit=wanted + 1, percent=percent) for wanted, percent in (sought, compared_rows)]
    queries = [search_sql(asked, samples[0], is_thin=_is_thin(plan, sought[0]))] if asked.originals else []
    queries += [compare_sql(asked, samples[1], is_thin=_is_thin(plan, compared_rows[0]))] if asked.compares else []
    return WholeQuestions(tuple(queries), samples[0] if asked.originals else None)


def answered(asked: Questions, whole: WholeQuestions, rows: Sequence[Sequence[Any]]) -> Answers | None:
    """What *rows*, one for each of the *whole* questions, come to; None where more has to be asked."""
    answers: Answers | None = Answers(rows=0, is_whole=False)
    if whole.sample is not None:
        answers = settled(asked, whole.sample, rows[0])
    if answers is None or not asked.compares:
        return answers
    columns, leaves = compared(asked, rows[-1])
    return replace(answers, columns=columns, leaves=leaves)


def settled(asked: Questions, sample: Rows, row: Sequence[Any]) -> Answers | None:
    """What *row*, the answer to :func:`whole_search`, comes to; None where more has to be asked."""
    standing, doubtful = found(asked, row)
    return None if doubtful else _answers(row, sample, standing)


def _first(plan: TablePlan, wanted: int) -> tuple[int, float]:
    """How many rows are looked at of those that are *wanted*, and the share of the table's blocks, or of its rows that
    come, that should hold them."""
    rows, size = _estimated_rows(plan), plan.table.bytes / max(1.0, _estimated(plan.table.rows, plan.table.pages))
    wanted = min(wanted, max(_LEAST_ROWS, int(_SAMPLE_BYTES / max(1.0, size))))
    return wanted, min(100.0, 100.0 * _MARGIN * wanted / max(1.0, rows))


def _is_thin(plan: TablePlan, wanted: int) -> bool:
    return min(wanted, _estimated_rows(plan)) >= _MANY


class _Query(Protocol):
    def __call__(self, rows: Rows, *, is_thin: bool) -> str: ...


def _sampled(
    conn: psycopg.Connection, plan: TablePlan, wanted: int, query: _Query, *, condition: str | None, is_quiet: bool
) -> tuple[Rows, Sequence[Any]]:
    """A sample of about as many rows as *wanted*, or of all there are, and what *query* came to there."""
    wanted, percent = _first(plan, wanted)
    while True:
        # One more than is wanted, to see whether there are more.
        sample = Rows(limit=wanted + 1, percent=percent, condition=condition)
        row = _row(conn, query(sample, is_thin=_is_thin(plan, wanted)), is_quiet=is_quiet)
        if int(row[0]) >= wanted * 0.9 or percent >= 100.0:
            return sample, row
        percent = min(100.0, percent * _MORE)


def _row(conn: psycopg.Connection, query: str, *, is_quiet: bool) -> Sequence[Any]:
    if not is_quiet:
        return conn.execute(query.encode()).fetchone() or (0,)
    # As an object, whose fields may share a name: pairs keep their order, and lists and numbers what they are.
    ((told,),) = answer(conn, f"SELECT row_to_json(r) FROM ({query}) AS r", 1)  # noqa: S608
    return [value for _, value in json.loads(told or "[]", object_pairs_hook=list)] or (0,)


def _estimated_rows(plan: TablePlan) -> float:
    return _estimated(plan.rows, plan.table.pages)


def _estimated(rows: float, pages: int) -> float:
    return rows if rows >= 0 else pages * _ROWS_OF_A_PAGE
