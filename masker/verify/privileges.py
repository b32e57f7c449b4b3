"""Who owns what and who may do what with it, and what stands around a schema: default privileges, slots, subscriptions,
triggers of constraints."""

from __future__ import annotations

import psycopg

from masker.catalog.read import HIDDEN_SCHEMAS
from masker.queries import queries
from masker.verify.objects import fill
from masker.verify.schema import ObjectKey

_SQL = queries(__name__)

#: Everything that has an owner: what it is, its owner, its grants (where it can have any) and which kind of grants
#: those are.
_OWNED = _SQL["owned"]

_GRANTS = _SQL["grants"]

_PRIVILEGES = _SQL["privileges"]

#: A member of an extension has the privileges that the extension gave it.
_NO_MEMBER = (
    "NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = f.classid AND x.objid = f.oid AND x.deptype IN ('e', 'i'))"
)

_AROUND = _SQL["around"]


def describe_privileges(
    conn: psycopg.Connection, *, same_major: bool = True, members: bool = False, besides: tuple[str, ...] = ()
) -> dict[ObjectKey, str]:
    """Owner and grants of everything, an owner's own shown as ``(owner)``; with *members* of extensions' members too.

    Grants to the roles *besides* are left out, and without *same_major* the privilege that servers know since 17.
    """
    query = (
        _PRIVILEGES.replace("{owned}", _OWNED)
        .replace("{grants}", _GRANTS)
        .replace("{chosen}", "true" if members else _NO_MEMBER)
    )
    query = fill(query, conn.info.server_version)
    rows = conn.execute(
        query.encode(), {"hidden": list(HIDDEN_SCHEMAS), "same_major": same_major, "besides": list(besides)}
    ).fetchall()
    return {(kind, identity): definition or "" for kind, identity, definition in rows}


def describe_surroundings(conn: psycopg.Connection, encoding: str) -> dict[ObjectKey, str]:
    """What no dump carries from a source and yet may be changed: how triggers of constraints fire, versions and
    comments of extensions, slots, subscriptions, security labels. *encoding* is the one that digests are made in."""
    query = fill(_AROUND, conn.info.server_version)
    rows = conn.execute(query.encode(), {"hidden": list(HIDDEN_SCHEMAS), "encoding": encoding}).fetchall()
    return {(kind, identity): definition or "" for kind, identity, definition in rows}


def describe_constraint_triggers(conn: psycopg.Connection, encoding: str) -> dict[str, str]:
    """How the triggers of each constraint fire: the letters of ``pg_trigger.tgenabled``."""
    return {
        identity: states
        for (kind, identity), states in describe_surroundings(conn, encoding).items()
        if kind == "triggers of constraint"
    }
