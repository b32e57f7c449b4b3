"""The emptying of a target that is filled ``direct``: everything but extensions and what belongs to them or to the
host."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from masker.catalog.read import HIDDEN_SCHEMAS
from masker.names import shown
from masker.notes import Note
from masker.postgres.droppable import IN_NAMESPACES
from masker.postgres.errors import server_errors
from masker.queries import queries
from masker.sides import Side

_SQL = queries(__name__)

#: Schemas that emptying does not look into.
KEPT_SCHEMAS = [*HIDDEN_SCHEMAS, "heroku_ext"]

#: Schemas that emptying leaves: the system's, masker's, the host's, extensions', and ``public``, which a dump takes for
#: given. One with a function of an event trigger of the host's is the host's.
SURVIVING = _SQL["surviving"]

#: Objects by the order in which they go: event triggers, which might forbid the rest; schemas, with most of it; what is
#: left. Everything made after initdb has an oid from 16384 on. What a host has made for its own ends belongs to roles
#: of its own.
_EMPTY = _SQL["empty"].replace("{in_namespaces}", IN_NAMESPACES)

#: Tables, some at a time and those before them that others rest on: whatever goes together, as a schema or a
#: partitioned table would, takes its locks together, of which a server has some thousands.
_TABLES = _SQL["tables"]
_TABLES_AT_ONCE = 20

#: Large objects removed by one statement: each takes a lock, of which a server has some thousands.
_LARGE_OBJECTS_AT_ONCE = 1000


def empty_database(conn: psycopg.Connection) -> None:
    """Drop everything in *conn*'s database but extensions and the schemas that belong to them or to the host."""
    with server_errors(Side.TARGET, "it was emptied", hint="the role has to own what is in the target"):
        drop_objects(conn)
        unlink = (
            "SELECT lo_unlink(oid) FROM (SELECT oid FROM pg_largeobject_metadata WHERE pg_has_role(lomowner, 'USAGE')"
            " LIMIT %s) AS found"
        )
        while conn.execute(unlink, [_LARGE_OBJECTS_AT_ONCE]).rowcount:
            pass


def drop_objects(conn: psycopg.Connection) -> None:
    """Drop all that has a name there. Raises psycopg.Error."""
    found = _found(conn)
    for statement in (s for s, *_ in found if s.startswith("DROP event trigger")):
        conn.execute(statement.encode())
    for (statement,) in conn.execute(_TABLES, {"kept": KEPT_SCHEMAS, "at_once": _TABLES_AT_ONCE}).fetchall():
        conn.execute(statement.encode())
    for statement, *_ in found:
        conn.execute(statement.encode())


_LARGE_OBJECTS_OF_OTHERS = "SELECT count(*) FROM pg_largeobject_metadata WHERE NOT pg_has_role(lomowner, 'USAGE')"


def of_others(conn: psycopg.Connection) -> list[str]:
    """What :func:`empty_database` would have to drop and may not, since it is another role's: ``table public.visits (of
    admin)``. Raises psycopg.Error."""
    found = [f"{what} (of {owner})" for _, what, is_ours, owner in _found(conn) if not is_ours]
    row = conn.execute(_LARGE_OBJECTS_OF_OTHERS).fetchone()
    if row and row[0]:
        found.append(f"{row[0]:,} large object{'s' if row[0] != 1 else ''}")
    return found


def _found(conn: psycopg.Connection) -> list[tuple[str, str, bool, str]]:
    """Everything to be dropped, in order: the statement, what it is, whether the role may drop it, whose it is."""
    surviving = [row[0] for row in conn.execute(SURVIVING, {"kept": KEPT_SCHEMAS}).fetchall()]
    return [tuple(row) for row in conn.execute(_EMPTY, {"kept": KEPT_SCHEMAS, "surviving": surviving}).fetchall()]


_HOSTS_EVENT_TRIGGERS = (
    "SELECT evtname, evtowner::regrole::text FROM pg_event_trigger WHERE NOT pg_has_role(evtowner, 'USAGE') ORDER BY 1"
)


def hosts_event_triggers(conn: psycopg.Connection) -> Iterator[Note]:
    """What is to be told of event triggers that stay in an emptied database. Raises psycopg.Error."""
    for name, owner in conn.execute(_HOSTS_EVENT_TRIGGERS).fetchall():
        yield Note(
            subject=f"event trigger {name}",
            text=(
                f"of the target: it is {shown(owner)}'s, the host's own, and stays with its function; it is not"
                " compared"
            ),
        )
