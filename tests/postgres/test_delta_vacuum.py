"""Tables with more than a few rows that are dead or were written are vacuumed after a delta; others wait for the next
one."""

from __future__ import annotations

import time

import psycopg

from masker.delta.server.vacuum import vacuum
from masker.names import TableName
from masker.postgres.connect import connect, parse_url
from masker.sides import Side

_TABLES = ("many", "few", 'odd "name', "other")
_VACUUMED = "SELECT relname FROM pg_stat_user_tables WHERE vacuum_count > 0"


def test_what_has_many_changed_rows_is_vacuumed(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        for name in _TABLES:
            quoted = psycopg.sql.Identifier(name).as_string(conn)
            conn.execute(f"CREATE TABLE {quoted} AS SELECT i FROM generate_series(1, 5000) AS i".encode())
            conn.execute(f"ANALYZE {quoted}".encode())
    target = parse_url(database, Side.TARGET)
    with connect(target) as conn:
        changed = {TableName("public", name): 99 if name == "few" else 100 for name in _TABLES}
        # What is gone by now is in nobody's way.
        vacuum(target, conn, {**changed, TableName("public", "gone"): 5000})
        for _ in range(50):  # before PostgreSQL 15 it is known a moment later
            if len(vacuumed := {name for (name,) in conn.execute(_VACUUMED).fetchall()}) > 2:
                break
            time.sleep(0.1)
    assert vacuumed == {*_TABLES} - {"few"}
