"""What tells whether a server's rows still have the history that a run has seen: timelines, restarts and transactions
in progress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from masker.at_once import Rows, Statement, at_once

#: The first eight digits of a WAL file's name are its timeline, which every promotion and every restore to a moment
#: changes. A follower has none of its own.
_TIMELINE = (
    "CASE WHEN pg_is_in_recovery() THEN NULL ELSE"
    " ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END"
)

_HISTORY = sql.SQL("SELECT {}, pg_postmaster_start_time()::text").format(sql.SQL(_TIMELINE))

#: The number below which no transaction can write to this database any more. Sessions of others hold theirs back, and
#: so do subscriptions and extensions' workers, which write as well; where this one is alone, every later one gets a
#: higher number than all there are.
_ENDED = """
SELECT CASE WHEN EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
AND coalesce(backend_type <> 'autovacuum worker', usesysid IS NOT NULL)) OR EXISTS (SELECT FROM
pg_prepared_xacts WHERE database = current_database()) THEN pg_snapshot_xmin(s) ELSE pg_snapshot_xmax(s) END::text::int8
FROM pg_current_snapshot() AS s
"""

_PAGES = """
SELECT coalesce(sum(pg_relation_size(c.oid) / current_setting('block_size')::int), 0)::int8 FROM pg_class AS c JOIN
pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~
'^(pg_|masker_(next|old)_[0-9]+$)' AND n.nspname NOT IN ('information_schema', 'masker')
"""


#: Which columns there are, made when: another number is another column, of whatever name.
_COLUMNS = """
SELECT md5(coalesce(string_agg(concat_ws(' ', c.oid, a.attnum, a.attname), ',' ORDER BY c.oid, a.attnum), '')) FROM
pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_attribute AS a ON a.attrelid = c.oid WHERE
c.relkind = 'r' AND c.relpersistence <> 't' AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname !~
'^(pg_|masker_(next|old)_[0-9]+$)' AND n.nspname NOT IN ('information_schema', 'masker')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A server's *timeline*, None on a follower or where it may not be asked, and when it was *started*, as text."""

    timeline: int | None
    started: str


def begin_with_history(conn: psycopg.Connection, statements: Sequence[Statement]) -> tuple[list[Rows], History]:
    """Put *statements*, the first of which begins *conn*'s transaction; the rows of each, and its server's history.
    Raises psycopg.Error."""
    try:
        *found, history = at_once(conn, [*statements, _HISTORY])
    except psycopg.errors.InsufficientPrivilege:
        _, *found = at_once(conn, ["ROLLBACK", *statements])
        return found, History(timeline=None, started="")
    return found, History(timeline=history[0][0], started=history[0][1])


def ended_before(conn: psycopg.Connection) -> int:
    """The number of a transaction before which all that could write to *conn*'s database have ended. Raises
    psycopg.Error."""
    row = conn.execute(_ENDED).fetchone()
    return int(row[0]) if row else 0


def pages_of_all(conn: psycopg.Connection) -> int:
    """How many pages the tables of *conn*'s database have, without indexes. Raises psycopg.Error."""
    row = conn.execute(_PAGES).fetchone()
    return int(row[0]) if row else 0


def columns_of_all(conn: psycopg.Connection) -> str:
    """A digest of which columns the tables of *conn*'s database have. Raises psycopg.Error."""
    row = conn.execute(_COLUMNS).fetchone()
    return str(row[0]) if row else ""
