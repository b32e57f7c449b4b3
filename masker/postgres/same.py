"""Are two connections of one database? Names and addresses say nothing of that: poolers, sockets and other host names
lead to the same one."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import psycopg

from masker.at_once import at_once, attempted
from masker.postgres.errors import server_errors
from masker.sides import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a database says of itself. *system* and *timeline* are None where the role may not ask."""

    database: str
    oid: int
    system: int | None
    timeline: int | None
    in_recovery: bool


class Kinship(Enum):
    """How two databases belong together. FORK: of one origin and apart since. UNKNOWN: they may be one."""

    SAME = auto()
    UNKNOWN = auto()
    FORK = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """*why* is what was found, ready to stand in parentheses."""

    kinship: Kinship
    why: str


def judge(source: Identity, target: Identity, *, lock_seen: bool) -> Verdict:
    """How *source* and *target* belong together; *lock_seen* says that a lock taken on the target was seen from the
    source.

    Two that can both be written to would see each other's locks if they were one. A follower sees none of its
    primary's: there the identity decides, in which a follower agrees with its primary and a fork that was promoted does
    not.
    """
    if lock_seen:
        return Verdict(kinship=Kinship.SAME, why="a lock taken on one is seen from the other")
    follows = source.in_recovery or target.in_recovery
    if source.oid != target.oid or (
        source.system is not None and target.system is not None and source.system != target.system
    ):
        return Verdict(kinship=Kinship.OTHER, why="their identities differ")
    if source.system is None or target.system is None:
        if follows:
            return Verdict(
                kinship=Kinship.UNKNOWN,
                why=(
                    f"one is a follower, both have the oid {target.oid}, and the role may not read the system"
                    " identifier"
                ),
            )
        return Verdict(
            kinship=Kinship.OTHER, why="both can be written to and a lock taken on one is not seen from the other"
        )
    if not follows:
        return Verdict(
            kinship=Kinship.FORK, why="both can be written to and a lock taken on one is not seen from the other"
        )
    if source.timeline is not None and target.timeline is not None and source.timeline != target.timeline:
        return Verdict(
            kinship=Kinship.FORK, why=f"the source is on timeline {source.timeline}, the target on {target.timeline}"
        )
    return Verdict(
        kinship=Kinship.SAME, why=f"one is a follower of the other: system {target.system}, oid {target.oid}"
    )


def compare(source: psycopg.Connection, target: psycopg.Connection) -> Verdict:
    """How the databases of two sessions belong together. Raises SourceError or TargetError where one does not
    answer."""
    with server_errors(Side.SOURCE, "it was compared with the target"):
        mine = read_identity(source)
    with server_errors(Side.TARGET, "it was compared with the source"):
        theirs = read_identity(target)
    return judge(mine, theirs, lock_seen=_sees_lock(source, target))


_IDENTITY = "SELECT datname, oid::int8, pg_is_in_recovery() FROM pg_database WHERE datname = current_database()"
_SYSTEM = "SELECT system_identifier FROM pg_control_system()"
#: The control file tells of the last checkpoint, which may be older than the promotion.
_TIMELINE = "SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int8"
_FOLLOWED_TIMELINE = (
    "SELECT greatest((SELECT timeline_id FROM pg_control_checkpoint()), (SELECT min_recovery_end_timeline FROM"
    " pg_control_recovery()))::int8"
)


#: Where the role may not ask, or this make of PostgreSQL has no answer.
_UNKNOWN = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.FeatureNotSupported,
)


def read_identity(conn: psycopg.Connection) -> Identity:
    """Who the database of *conn* is. Raises psycopg.Error."""
    timeline = f"SELECT CASE WHEN pg_is_in_recovery() THEN ({_FOLLOWED_TIMELINE}) ELSE ({_TIMELINE}) END"
    if (said := attempted(conn, [_IDENTITY, _SYSTEM, timeline], _UNKNOWN)) is not None:
        identity, system, line = said
    else:
        (identity,) = at_once(conn, [_IDENTITY])
        in_recovery = bool(identity and identity[0][2])
        system, line = (
            found[0] if (found := attempted(conn, [query], _UNKNOWN)) is not None else []
            for query in (_SYSTEM, _FOLLOWED_TIMELINE if in_recovery else _TIMELINE)
        )
    if not identity:
        raise psycopg.OperationalError("the server does not know the current database")
    database, oid, in_recovery = identity[0]
    return Identity(database=database, oid=oid, in_recovery=in_recovery, system=_number(system), timeline=_number(line))


def _number(rows: Sequence[Any]) -> int | None:
    return int(rows[0][0]) if rows and rows[0][0] is not None else None


#: A number that nobody else has taken, of a session with that very process id, in this database: no other lock is taken
#: for it.
_SEEN = """
SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND classid::int8 = %(key)s >> 32
AND objid::int8 = %(key)s & 4294967295 AND pid = %(pid)s
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


def _sees_lock(reading: psycopg.Connection, writing: psycopg.Connection) -> bool:
    """Whether *reading* sees a lock that *writing* takes for a moment."""
    key = secrets.randbits(62)
    with server_errors(Side.TARGET, "it was compared with the source"), writing.transaction():
        row = writing.execute("SELECT pg_try_advisory_xact_lock(%s), pg_backend_pid()", [key]).fetchone()
        if row is None or not row[0]:
            raise psycopg.OperationalError("the lock could not be taken")
        with server_errors(Side.SOURCE, "it was compared with the target"):
            seen = reading.execute(_SEEN, {"key": key, "pid": row[1]}).fetchone()
    return bool(seen and seen[0])
