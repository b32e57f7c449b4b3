"""What a target says of itself, in a table of masker's own: being filled or masked, or verified, and by which run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from masker.pg.backend import Backend
from masker.pg.connect import Endpoint, connect
from masker.pg.errors import Side, server_errors

#: What the run made, object by object; see :mod:`masker.verify.described`.
DESCRIBED = sql.Identifier("masker", "described")


def write_marker(conn: psycopg.Connection, state: str, record: Mapping[str, Any]) -> None:
    """Say in the target what it is: *state* ``loading`` or ``verified``, with the run's *record*.

    Its tables are made by the first call, before the source's event triggers can see that.
    """
    with server_errors(Side.TARGET, "the marker was written"), conn.transaction():
        # What masker says stays true if the server crashes: all that was written before is on the disk with it.
        conn.execute("SET LOCAL synchronous_commit = on")
        if not has_marker(conn):
            conn.execute("CREATE SCHEMA IF NOT EXISTS masker")
            conn.execute(
                "CREATE TABLE masker.run (one boolean PRIMARY KEY DEFAULT true CHECK (one), state text NOT NULL, run text NOT NULL, database_oid oid NOT NULL,"
                " record jsonb NOT NULL, at timestamptz NOT NULL)"
            )
        if not _is_there(conn, "described"):
            conn.execute("CREATE TABLE masker.described (kind text NOT NULL, identity text NOT NULL, digest text NOT NULL)")
        conn.execute(
            "INSERT INTO masker.run (state, run, database_oid, record, at) SELECT %(state)s, %(run)s, oid, %(record)s, now() FROM pg_database WHERE datname = current_database()"
            " ON CONFLICT (one) DO UPDATE SET state = excluded.state, run = excluded.run, database_oid = excluded.database_oid, record = excluded.record, at = excluded.at",
            {"state": state, "run": record["run"], "record": json.dumps(record)},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What a target says of itself. *is_its_own*: the marker was written for this very database, not copied along."""

    state: str
    run: str
    is_its_own: bool
    record: Mapping[str, Any] = field(default_factory=dict)


def read_marker(conn: psycopg.Connection) -> Marker | None:
    """The target's marker, or None where masker never filled it."""
    with server_errors(Side.TARGET, "the marker was read"):
        return find_marker(conn)


def find_marker(conn: psycopg.Connection) -> Marker | None:
    """The same of either side. Raises psycopg.Error."""
    if not has_marker(conn):
        return None
    found = conn.execute(
        "SELECT state, run, record, database_oid = (SELECT oid FROM pg_database WHERE datname = current_database()) FROM masker.run"
    ).fetchone()
    return Marker(state=found[0], run=found[1], record=found[2], is_its_own=found[3]) if found else None


def has_marker(conn: psycopg.Connection) -> bool:
    """Whether there is a marker's table, whether the role may read it or not."""
    return _is_there(conn, "run")


def marker_after(target: Endpoint, backend: Backend) -> Marker | None:
    """The marker of *target*, once nothing that *backend* was asked for can come about any more."""
    with connect(target) as conn:
        with server_errors(Side.TARGET, "a session that was lost was ended"):
            backend.outlive(conn)
        return read_marker(conn)


def _is_there(conn: psycopg.Connection, table: str) -> bool:
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'masker' AND c.relname = %s AND c.relkind = 'r')", [table]
    ).fetchone()
    return bool(row and row[0])
