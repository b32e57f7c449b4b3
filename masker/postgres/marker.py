"""What a target says of itself, in a table of masker's own: being filled or masked, or verified, and by which run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg
from psycopg import sql

from masker.postgres.backend import Backend
from masker.postgres.connect import Endpoint, connect
from masker.postgres.errors import server_errors
from masker.sides import Side

#: What the run made, object by object; see :mod:`masker.verify.described`.
DESCRIBED = sql.Identifier("masker", "described")


def write_marker(conn: psycopg.Connection, state: str, record: Mapping[str, Any]) -> None:
    """Say in the target what it is: *state* ``loading`` or ``verified``, with the run's *record*.

    Its tables are made by the first call, before the source's event triggers can see that.
    """
    with server_errors(Side.TARGET, "the marker was written"), conn.transaction():
        # What masker says stays true if the server crashes: all that was written before is on the disk with it.
        conn.execute("SET LOCAL synchronous_commit = on")
        make_tables(conn)
        if _has_column(conn, "refreshed"):
            conn.execute("UPDATE masker.run SET refreshed = NULL")
        conn.execute(
            "INSERT INTO masker.run (state, run, database_oid, record, at) SELECT %(state)s, %(run)s, oid, %(record)s,"
            " now() FROM pg_database WHERE datname = current_database() ON CONFLICT (one) DO UPDATE SET state ="
            " excluded.state, run = excluded.run, database_oid = excluded.database_oid, record = excluded.record, at ="
            " excluded.at",
            {"state": state, "run": record["run"], "record": json.dumps(record)},
        )


def make_tables(conn: psycopg.Connection) -> None:
    """Make the marker's tables where they are not there yet. Raises psycopg.Error."""
    if not has_marker(conn):
        conn.execute("CREATE SCHEMA IF NOT EXISTS masker")
        conn.execute(
            "CREATE TABLE masker.run (one boolean PRIMARY KEY DEFAULT true CHECK (one), state text NOT NULL, run"
            " text NOT NULL, database_oid oid NOT NULL, record jsonb NOT NULL, at timestamptz NOT NULL, refreshed"
            " timestamptz)"
        )
        # The application asks for its state; what the record keeps of rows is nobody's but the owner's.
        conn.execute("GRANT USAGE ON SCHEMA masker TO PUBLIC")
        conn.execute("GRANT SELECT (state, run, database_oid, at) ON masker.run TO PUBLIC")
    if not _is_there(conn, "described"):
        conn.execute("CREATE TABLE masker.described (kind text NOT NULL, identity text NOT NULL, digest text NOT NULL)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What a target says of itself. *is_its_own*: the marker was written for this very database, not copied along."""

    state: str
    run: str
    is_its_own: bool
    record: Mapping[str, Any] = field(default_factory=dict)


def read_marker(conn: psycopg.Connection) -> Marker | None:
    """The target's marker, or None where masker never filled it."""
    with server_errors(
        Side.TARGET,
        "the marker was read",
        hint="all may read its state; what it keeps of the run is its owner's: connect as the role that has masked it",
    ):
        return find_marker(conn)


def find_marker(conn: psycopg.Connection) -> Marker | None:
    """The same of either side. Raises psycopg.Error."""
    if not has_marker(conn):
        return None
    found = conn.execute(
        "SELECT state, run, record, database_oid = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " FROM masker.run"
    ).fetchone()
    return Marker(state=found[0], run=found[1], record=found[2], is_its_own=found[3]) if found else None


def write_refreshed(conn: psycopg.Connection, run: str) -> None:
    """Say that all that *run* was to refresh is refreshed, buckets too. A marker that is written anew says nothing of
    that."""
    with server_errors(Side.TARGET, "it was written down that all is refreshed"), conn.transaction():
        conn.execute("SET LOCAL synchronous_commit = on")
        if not _has_column(conn, "refreshed"):
            conn.execute("ALTER TABLE masker.run ADD COLUMN refreshed timestamptz")
        conn.execute("UPDATE masker.run SET refreshed = clock_timestamp() WHERE run = %s AND state = 'verified'", [run])


def refreshed_ago(conn: psycopg.Connection) -> timedelta | None:
    """How long ago the marker's run has refreshed all that it was to; None if it has not. Raises psycopg.Error."""
    row = (
        conn.execute("SELECT clock_timestamp() - refreshed FROM masker.run").fetchone()
        if _has_column(conn, "refreshed")
        else None
    )
    return row[0] if row else None


def _has_column(conn: psycopg.Connection, name: str) -> bool:
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'masker.run'::regclass AND attname = %s AND NOT"
        " attisdropped)",
        [name],
    ).fetchone()
    return bool(row and row[0])


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
        "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'masker'"
        " AND c.relname = %s AND c.relkind = 'r')",
        [table],
    ).fetchone()
    return bool(row and row[0])
