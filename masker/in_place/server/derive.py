"""Stored data computed anew once all rows are masked, under the settings that the database and its role give to every
session."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql

from masker.errors import TargetError
from masker.in_place.steps import FillViews, Recompute, Renewed
from masker.names import TableName
from masker.postgres.errors import ServerFault
from masker.postgres.own_settings import own_settings
from masker.postgres.quietly import quietly
from masker.sides import Side

#: What a query finds that reads a materialized view without rows.
_NOT_FILLED = "55000"


def under_own_settings(conn: psycopg.Connection, statement: str) -> None:
    """Run what computes by the schema's own definitions alone: ANALYZE, REINDEX."""
    with own_settings(conn):
        quietly(conn, statement)


def recompute(conn: psycopg.Connection, step: Recompute) -> int:
    """Compute generated columns anew; the rows there are. The dead rows this leaves go with the table's next new
    file."""
    with conn.transaction(), own_settings(conn):
        for statement in step.suspend:
            conn.execute(statement.encode())
        rows = quietly(conn, step.sql)
        for statement in step.restore:
            conn.execute(statement.encode())
    return rows


def fill_views(conn: psycopg.Connection, step: FillViews, pause: Callable[[float], None]) -> None:
    """Fill every view and look through it. Raises TargetError where they wait for each other. *pause* raises if the run
    ends."""
    # One step fills them all, and hardly anything is left beside it.
    with own_settings(conn), _with_workers(conn):
        _prepare(conn, step)
        _fill(conn, step.views, pause)
        for outlived in _outlived(conn, step.views):
            with conn.transaction():
                _make_anew(conn, outlived)
            _fill(conn, [v for v in step.views if v.view in {outlived.view, *outlived.beside}], pause)


@contextmanager
def _with_workers(conn: psycopg.Connection) -> Iterator[None]:
    """Inside, queries have as many workers as the server gives to any session; no session of a run has any else."""
    conn.execute("RESET max_parallel_workers_per_gather")
    yield
    conn.execute("SET max_parallel_workers_per_gather = 0")


def _prepare(conn: psycopg.Connection, step: FillViews) -> None:
    with conn.transaction():
        for view in step.views:
            if view.is_made_anew:
                _make_anew(conn, view)
        if step.empties_first:
            # Nothing they held can be read any more: whoever reads one of them before it is filled again fails.
            for view in step.views:
                conn.execute(sql.SQL("REFRESH MATERIALIZED VIEW {} WITH NO DATA").format(_named(view.view)))


def _make_anew(conn: psycopg.Connection, view: Renewed) -> None:
    with _as_written(conn):
        for statement in (*view.drop, *view.create):
            conn.execute(statement.encode("utf-8", "surrogateescape"))


class _as_written:  # noqa: N801 - reads as a statement
    """Inside, the search path is empty, as it was when definitions were written down."""

    def __init__(self, conn: psycopg.Connection) -> None:
        self._conn = conn

    def __enter__(self) -> None:
        row = self._conn.execute("SELECT current_setting('search_path')").fetchone()
        self._before = row[0] if row else ""
        self._set("")

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:
            self._set(self._before)

    def _set(self, path: str) -> None:
        self._conn.execute("SELECT set_config('search_path', %s, false)", [path])


def _fill(conn: psycopg.Connection, views: Sequence[Renewed], pause: Callable[[float], None]) -> None:
    left = list(views)
    while left:
        waiting: list[Renewed] = []
        fault: ServerFault | None = None
        for view in left:
            pause(0)
            try:
                quietly(conn, f"REFRESH MATERIALIZED VIEW {view.view.sql}")
                quietly(conn, f"ANALYZE {view.view.sql}")
            except ServerFault as found:
                if found.sqlstate != _NOT_FILLED:
                    raise found.to_error(
                        Side.TARGET, f"the materialized view {view.view} was filled anew", hint=_hint(view)
                    ) from None
                fault = found
                waiting.append(view)
        if fault is not None and len(waiting) == len(left):
            names = ", ".join(str(view.view) for view in waiting)
            raise TargetError(
                f"target: the materialized views {names} read each other or one that is not filled, so that none can be"
                f" filled first (SQLSTATE {fault.sqlstate})",
                hint="drop one of them, or REFRESH MATERIALIZED VIEW … WITH NO DATA before the run, and run again",
            )
        left = waiting


def _outlived(conn: psycopg.Connection, views: Sequence[Renewed]) -> Iterator[Renewed]:
    """Views that have no rows now: ANALYZE leaves what it has kept of those they had."""
    for view in views:
        query = (
            "SELECT EXISTS (SELECT FROM pg_stats WHERE schemaname = %s AND tablename = %s) OR EXISTS (SELECT FROM"
            " pg_statistic_ext WHERE stxrelid = %s::regclass)"
        )
        kept = conn.execute(query, [view.view.schema, view.view.name, view.view.sql]).fetchone()
        rows = conn.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(_named(view.view))).fetchone()
        if kept and kept[0] and rows and not rows[0] and view.create:
            yield view


def _hint(view: Renewed) -> str:
    how = f", which it reads by {view.reason}" if view.reason else ""
    return (
        f"it may hold originals until it is filled from masked rows{how}; mend it, drop it, or REFRESH MATERIALIZED"
        " VIEW … WITH NO DATA, and run again"
    )


def _named(name: TableName) -> sql.Identifier:
    return sql.Identifier(name.schema, name.name)
