"""What keeps a target from being replaced or emptied in the end, known before anything is loaded: what its role may not
do, and what it has."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from masker.catalog.types import Server
from masker.errors import Refused, UsageError
from masker.names import quote, shown
from masker.postgres.connect import Endpoint
from masker.postgres.database_settings import beyond
from masker.postgres.errors import server_errors
from masker.postgres.hindrances import hindrances
from masker.postgres.target import Live
from masker.settings import Settings
from masker.sides import Side

#: Objects of other roles that are named.
_SHOWN_OF_OTHERS = 10


def may_not_swap(conn: psycopg.Connection, server: Server, database: str, live: Live | None) -> UsageError | None:
    """Why the role cannot make a shadow of *live*, the database that stands there, and give it its name."""
    if not server.can_create_database:
        return UsageError(
            f"target: the role {server.user} may not create databases, which publishing by swap needs",
            hint="give it CREATEDB, or use --publish schema or --publish direct",
        )
    if live is None:
        return None
    if not _may_act_for(conn, live.owner):
        return UsageError(
            f"target: the role {server.user} does not own {database}, so it may not rename it",
            hint=f"connect as {live.owner}, or use --publish direct",
        )
    return _beyond_it(conn, server.user, database, live)


def _beyond_it(conn: psycopg.Connection, role: str, database: str, live: Live) -> UsageError | None:
    """What the preview in its place would lack, since the role may not give it."""
    with server_errors(Side.TARGET, "its settings were read"):
        lost = tuple(beyond(conn, live.settings))
    if not lost:
        return None
    return UsageError(
        f"target: {database} is set to have {', '.join(lost)}, which the role {role} may not give to the database that"
        " replaces it",
        hint=(
            f"use --publish direct, connect as a superuser, or let one say GRANT SET ON PARAMETER … TO {quote(role)}"
            " (since PostgreSQL 15; for settings of another role, that one has to be granted WITH ADMIN OPTION)"
        ),
    )


def hindered_by(settings: Settings, live: psycopg.Connection, database: str) -> Refused | None:
    """What would keep the target from being replaced or emptied when everything is loaded; all of it at once."""
    with server_errors(Side.TARGET, "looking for what keeps it from being replaced"):
        found = tuple(h for h in hindrances(live, database) if not h.is_lifted)
    if settings.publish == "direct" or (settings.keep_old and settings.publish == "swap"):
        found = tuple(h for h in found if h.keeps_from == "rename")
    if not found:
        return None
    what = "emptied" if settings.publish == "direct" else "replaced"
    more = "" if any(h.keeps_from == "rename" for h in found) else "; or keep the former preview (--keep-old)"
    return Refused(
        f"target {database}: it cannot be {what} while it has {' and '.join(h.found for h in found)}",
        hint="; ".join(h.remedy for h in found) + more,
    )


def not_owner(target: Endpoint, server: Server) -> Refused:
    """Publishing direct takes the database's owner."""
    return Refused(
        f"target {target}: the role {server.user} does not own the database, and direct publishing empties it",
        hint="connect as its owner",
    )


def may_not_drop(target: Endpoint, server: Server, found: Sequence[str]) -> Refused | None:
    """*found* are objects of others, which emptying would have to drop."""
    if not found:
        return None
    more = f" and {len(found) - _SHOWN_OF_OTHERS} more" if len(found) > _SHOWN_OF_OTHERS else ""
    return Refused(
        f"target {target.database}: it cannot be emptied, since the role {server.user} does not own"
        f" {', '.join(found[:_SHOWN_OF_OTHERS])}{more}",
        hint=(
            f"let their owner drop them or give them away (ALTER … OWNER TO {shown(server.user)}), or connect as a role"
            " that owns them"
        ),
    )


def _may_act_for(conn: psycopg.Connection, owner: str) -> bool:
    row = conn.execute("SELECT pg_has_role(%s, 'USAGE')", [owner]).fetchone()
    return bool(row and row[0])
