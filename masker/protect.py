"""A database marked as one that nothing is written to, and the mark taken away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from masker.confirmation import ToConfirm, require_confirmed
from masker.errors import TargetError
from masker.names import shown
from masker.postgres.connect import connect, parse_url
from masker.postgres.protection import Protection, lift, mark, read_protections
from masker.sides import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """*statements* were executed, none where there was nothing to do; *marks* are what the database carries now."""

    database: str
    statements: tuple[str, ...]
    marks: tuple[Protection, ...]


def protect(url: str) -> Protected:
    """Mark the database at *url*, unless it is marked. Raises UsageError, TargetError."""
    endpoint = parse_url(url, Side.TARGET)
    with connect(endpoint) as conn:
        found = read_protections(conn, endpoint.database)
        if found:
            return Protected(database=endpoint.database, statements=(), marks=found)
        made = mark(conn, endpoint.database, f"by {shown(conn.info.user)} on {datetime.now(UTC).date().isoformat()}")
    # A setting of the database holds from the next session on.
    with connect(endpoint) as conn:
        return Protected(
            database=endpoint.database, statements=(made,), marks=read_protections(conn, endpoint.database)
        )


def unprotect(url: str, confirm: str | None) -> Protected:
    """Take the mark of the database at *url* away. Raises UsageError, Refused, TargetError."""
    endpoint = parse_url(url, Side.TARGET)
    database = endpoint.database
    require_confirmed(
        [confirm] if confirm else [],
        [ToConfirm(kind="database", name=database)],
        "masker will write to it where that is asked for",
    )
    with connect(endpoint) as conn:
        statements = lift(conn, database)
    with connect(endpoint) as conn:
        for left in read_protections(conn, database):
            raise TargetError(
                f"target {database}: it is still {left}", hint="take the setting masker.protected away where it is set"
            )
    return Protected(database=database, statements=statements, marks=())
