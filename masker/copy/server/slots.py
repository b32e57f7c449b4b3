"""Whether a server has as many connections to give as a run takes: by the role's limit, the database's, and its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from masker.errors import MaskerError
from masker.postgres.errors import server_errors
from masker.queries import queries
from masker.sides import Side

_SQL = queries(__name__)

#: How often it is looked, and the pause: sessions that have just ended are counted for a moment.
_LOOKS = 5
_PAUSE_S = 0.2

#: Of sessions of others a plain role sees the name and the database, not what they are.
_USED = _SQL["used"]
_SESSIONS = _SQL["sessions"]


@dataclass(frozen=True, slots=True)
class _Limit:
    """How many connections one of the limits still allows. *whose* completes "free of", *raising* says what would allow
    more."""

    free: int
    whose: str
    raising: str


#: What is asked for that; the first answer may have come with others'.
QUESTION = _SESSIONS + _USED


def shortage(
    conn: psycopg.Connection,
    side: Side,
    lanes: int,
    *,
    beside: int,
    of_database: bool,
    less: str,
    first: Sequence[Any] | None = None,
) -> MaskerError | None:
    """An error where *lanes* sessions and *beside* others cannot be had beside those that are there; *less* are the
    flags that ask for fewer lanes.

    *of_database*: they are in *conn*'s own database, whose limit holds then. *first* is what it has answered already.
    """
    wanted = lanes + beside
    tightest = _tightest(first if first is not None else _asked(conn, side), of_database=of_database)
    for _ in range(_LOOKS):
        if tightest.free >= wanted:
            return None
        time.sleep(_PAUSE_S)
        tightest = _tightest(_asked(conn, side), of_database=of_database)
    free = max(0, tightest.free)
    return side.error(
        f"{side}: {free} connection{'s are' if free != 1 else ' is'} free of {tightest.whose}, and the run takes"
        f" {wanted} more",
        hint=(
            f"{f'{less} {free - beside}' if free > beside else 'fewer than there are cannot do'}; or end other"
            f" sessions, or {tightest.raising}"
        ),
    )


def _asked(conn: psycopg.Connection, side: Side) -> Sequence[Any]:
    with server_errors(side, "its connections were counted"):
        return conn.execute(QUESTION).fetchall()


def _tightest(answer: Sequence[Any], *, of_database: bool) -> _Limit:
    (row,) = answer
    (
        role,
        is_superuser,
        of_role,
        database,
        of_base,
        at_most,
        for_superusers,
        reserved,
        may_use_reserved,
        by_role,
        in_base,
        all_of_them,
    ) = row
    kept = 0 if is_superuser else for_superusers + (0 if may_use_reserved else reserved)
    found = [
        _Limit(
            at_most - kept - all_of_them,
            f"the {at_most} the server has (max_connections), {kept} of them reserved",
            "raise max_connections",
        )
    ]
    if of_role >= 0 and not is_superuser:
        found.append(
            _Limit(
                of_role - by_role,
                f"the {of_role} the role {role} may have",
                f"ALTER ROLE {role} CONNECTION LIMIT {of_role * 2}",
            )
        )
    if of_base >= 0 and of_database and not is_superuser:
        found.append(
            _Limit(
                of_base - in_base,
                f"the {of_base} the database {database} may have",
                f"ALTER DATABASE {database} CONNECTION LIMIT {of_base * 2}",
            )
        )
    return min(found, key=lambda limit: limit.free)
