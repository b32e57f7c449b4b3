"""Originals sought in the text of a few rows before anything is copied: what is kept and shows them is a problem of the
rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import psycopg
from psycopg import sql

from masker.catalog.types import Catalog
from masker.errors import Problem
from masker.names import TableName, shown
from masker.notes import Note
from masker.postgres.errors import ServerFault, server_errors
from masker.postgres.keyring import in_turn
from masker.postgres.originals import search, settled, whole_search
from masker.postgres.several import answered_together, in_groups, made_ahead
from masker.sides import Side
from masker.tables.originals import Questions
from masker.tables.plan import TablePlan
from masker.tables.seek import questions
from masker.tables.shown import Answers, Standing, told

#: Rows of each table that are looked at.
_ROWS = 1000

#: Milliseconds that may take; the run, which looks at more rows, is not limited.
_TIMEOUT_MS = 15_000

_TIMED_OUT = "57014"


def probe_originals(
    conn: psycopg.Connection,
    plans: Iterable[TablePlan],
    catalog: Catalog,
    bindings: Mapping[str, str],
    side: Side = Side.SOURCE,
) -> tuple[list[Problem], list[Note]]:
    """Every kept or masked column that shows originals of its own row or of one that it references, unless its rule
    accepts that; and notes on those that may, and on tables that could not be looked at in time. A source's session
    holds *bindings*."""
    by_name = {plan.table.name: plan for plan in plans if plan.action in {"copy", "mask"}}
    problems: list[Problem] = []
    notes: list[Note] = []
    with server_errors(side, "originals were sought in a few rows"):
        waiting = [asked for plan in by_name.values() if (asked := questions(plan, by_name, catalog)).originals]
        found = _found_together(conn, waiting, bindings, side)
        for asked in waiting:
            plan = asked.plan
            if (answers := found.get(plan.table.name)) is not None:
                problems += _problems(asked, answers)
                notes += _notes(plan, answers)
                continue
            try:
                # Rolled back, so that the snapshot's session does not go on holding a lock on the table.
                with in_turn(conn, bindings, plan.settings, side), conn.transaction(force_rollback=True):
                    conn.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(_TIMEOUT_MS)))
                    answers = search(conn, asked, rows=_ROWS, is_quiet=side is Side.TARGET)
            except (psycopg.Error, ServerFault) as error:
                fault = error if isinstance(error, ServerFault) else ServerFault.from_error(error)
                if fault.is_connection:
                    raise
                if fault.sqlstate == _TIMED_OUT:
                    notes.append(
                        Note(
                            subject=f"{plan.table.name}",
                            text="originals in its text were not found or ruled out in time; the run looks again",
                        )
                    )
                    continue
                told = f"{fault.text} (SQLSTATE {fault.sqlstate})" if fault.sqlstate else fault.text
                problems.append(
                    Problem(
                        str(plan.table.name),
                        f"the server could not look for originals in its text: {told}",
                        "look at its rules",
                    )
                )
                continue
            problems += _problems(asked, answers)
            notes += _notes(plan, answers)
    return problems, notes


def _found_together(
    conn: psycopg.Connection, waiting: Sequence[Questions], bindings: Mapping[str, str], side: Side
) -> Mapping[TableName, Answers]:
    """What is found in small tables, which are asked together; tables that it takes more for are left out."""
    small = ((asked, *search) for asked in waiting if (search := whole_search(asked, _ROWS)) is not None)
    found: dict[TableName, Answers] = {}
    for group in made_ahead(in_groups(small)):
        with in_turn(conn, bindings, frozenset().union(*(asked.plan.settings for asked, _, _ in group)), side):
            rows = answered_together(
                conn, [question for _, _, question in group], timeout_ms=_TIMEOUT_MS, is_quiet=side is Side.TARGET
            )
        for (asked, sample, _), row in zip(group, rows or (), strict=bool(rows)):
            if (answers := settled(asked, sample, row)) is not None:
                found[asked.plan.table.name] = answers
    return found


def _problems(asked: Questions, answers: Answers) -> Iterator[Problem]:
    by_column: dict[str, list[Standing]] = defaultdict(list)
    for standing in answers.shown:
        by_column[standing.column].append(standing)
    plan = asked.plan
    for column, found in by_column.items():
        mask = next((m for m in plan.masked if m.name == column), None)
        keeping = plan.keeping.get(column)
        position = mask.position if mask is not None else keeping.position if keeping is not None else None
        how = f"its mask {mask.mask}" if mask is not None else "it is kept and"
        titles = ", ".join(f"{told(s)} in {s.own:,}" for s in found)
        names = sorted({min(s.original.names, key=lambda name: (len(name), name)) for s in found})
        rule = f"{{mask: {mask.mask}, …, " if mask is not None else "{mask: keep, "
        shows = f"shows: [{', '.join(names)}]"
        accept = f"{shown(column)}: {rule}{shows}}}"
        remedy = "read masked columns instead" if mask is not None and mask.mask == "sql" else "mask it"
        if mask is not None and mask.conditions and mask.mask not in {"json", "sql"}:
            # Of masks alone only these may show something; what is kept is, in a list.
            accept = f"{shown(column)}: [{{when: …, mask: keep, {shows}}}, {{else: …}}]"
            remedy = "change its condition"
        yield Problem(
            f"{plan.table.name}.{shown(column)}",
            f"{how} shows {titles} of {answers.rows:,} sampled rows",
            f"{remedy}, or accept that with `{accept}`",
            position,
        )


def _notes(plan: TablePlan, answers: Answers) -> Iterator[Note]:
    for found in answers.accepted:
        yield Note(
            subject=f"{plan.table.name}.{shown(found.column)}",
            text=f"shows originals, as its rule says: {told(found)} in {found.own:,} of {answers.rows:,} sampled rows",
        )
