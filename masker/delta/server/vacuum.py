"""Tables of a live preview vacuumed by two sessions once a delta has written, where more than few of their rows are
dead or were written."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Mapping

import psycopg
from psycopg import sql

from masker.errors import MaskerError
from masker.names import TableName
from masker.postgres.connect import Endpoint, connect

#: Rows that are dead or were written, in percent of all rows, below which a table waits for the next delta: nearly all
#: of it would be read, and its indexes with it, for space that what follows hardly needs.
_MOST_STIRRED = 2

#: A table's rows, and those of them that were dead before.
_ROWS = sql.SQL("SELECT reltuples, pg_stat_get_dead_tuples(oid) FROM pg_class WHERE oid = to_regclass({})")


def vacuum(target: Endpoint, conn: psycopg.Connection, changed: Mapping[TableName, int]) -> None:
    """Have those of the tables vacuumed that have many dead rows and *changed* ones together. Rows that were written
    count, be they nothing but new: no page that holds one is marked as seen by everybody. The space of dead ones is
    used again. A preview is right without, so that nothing is raised but a MaskerError for a session that is lost."""
    largest = sorted(changed.items(), key=lambda one: -one[1])
    waiting = deque(name for name, rows in largest if _is_due(conn, name, rows))

    def work(session: psycopg.Connection) -> None:
        with contextlib.suppress(IndexError):
            while True:
                name = sql.Identifier(*_parts(waiting.popleft()))
                with contextlib.suppress(psycopg.Error):
                    session.execute(sql.SQL("VACUUM {}").format(name))

    def beside() -> None:
        with contextlib.suppress(MaskerError, psycopg.Error), connect(target) as session:
            work(session)

    other = threading.Thread(target=beside, name="vacuum", daemon=True)
    if len(waiting) > 1:
        other.start()
    work(conn)
    if other.ident is not None:
        other.join()


def _is_due(conn: psycopg.Connection, name: TableName, changed: int) -> bool:
    row = None
    with contextlib.suppress(psycopg.Error):
        row = conn.execute(_ROWS.format(sql.Literal(sql.Identifier(*_parts(name)).as_string(conn)))).fetchone()
    return row is None or (int(row[1] or 0) + changed) * 100 >= row[0] * _MOST_STIRRED


def _parts(name: TableName) -> tuple[str, str]:
    return name.schema, name.name
