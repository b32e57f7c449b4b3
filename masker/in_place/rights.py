"""What the role that masks in place has to own and to see, asked before anything is planned."""

from __future__ import annotations

import psycopg

from masker.catalog.read import HIDDEN_SCHEMAS
from masker.catalog.types import Catalog
from masker.errors import TargetError
from masker.in_place.reach import planned
from masker.names import TableName
from masker.postgres.errors import server_errors
from masker.postgres.half_detached import finalize, half_detached
from masker.ruleset.types import Resolution
from masker.sides import Side

_OF_OTHERS = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (c.oid = ANY(%(tables)s::oid[]) OR c.relkind = 'm' AND c.relispopulated AND n.nspname !~ '^pg_'
AND n.nspname <> ALL(%(hidden)s)) AND NOT pg_has_role(c.relowner, 'USAGE')
ORDER BY 1, 2
"""


def require_rights(conn: psycopg.Connection, catalog: Catalog, resolution: Resolution) -> None:
    """The role has to own the database, all its tables and all its filled materialized views, and see all their
    rows."""
    server = catalog.server
    if server.in_recovery:
        raise TargetError("target: it is a follower, which cannot be written to", hint="connect to the primary")
    if not server.owns_database:
        raise TargetError(
            f"target: the role {server.user} does not own the database, so what statistics keep of originals could not"
            " be removed",
            hint="connect as the database's owner",
        )
    own = [d.table for d in planned(resolution.tables).values() if d.table.kind != "f"]
    with server_errors(Side.TARGET, "looking for tables of other roles"):
        rows = conn.execute(
            _OF_OTHERS.encode(), {"tables": [t.oid for t in own], "hidden": list(HIDDEN_SCHEMAS)}
        ).fetchall()
    if rows:
        names = [TableName(schema, name) for schema, name in rows]
        raise TargetError(
            f"target: the role {server.user} does not own {len(names)} of its tables and materialized views:"
            f" {', '.join(map(str, names[:20]))}",
            hint="connect as their owner",
        )
    _require_whole_trees(conn)
    hidden = [str(t.name) for t in own if t.hides_rows]
    if hidden:
        raise TargetError(
            f"target: row security would hide rows of {len(hidden)} table{'s' if len(hidden) > 1 else ''} from the role"
            f" {server.user}: {', '.join(hidden)}",
            hint=(
                "connect as a role with BYPASSRLS, or ALTER TABLE … NO FORCE ROW LEVEL SECURITY; masking fewer rows"
                " than there are is not masking"
            ),
        )


def _require_whole_trees(conn: psycopg.Connection) -> None:
    """No partition may be half detached: an ALTER TABLE of its parent passes it over, and it is still said to be
    one."""
    with server_errors(Side.TARGET, "looking for partitions that are half detached"):
        found = half_detached(conn)
    if found:
        names = ", ".join(f"{partition} of {parent}" for parent, partition in found)
        remedies = "; ".join(finalize(*pair) for pair in found)
        raise TargetError(
            "target: a DETACH PARTITION … CONCURRENTLY was begun and not ended, so that masking would pass over the"
            f" rows of {names} (detach pending)",
            hint=f"end it, then run again: {remedies}",
        )
