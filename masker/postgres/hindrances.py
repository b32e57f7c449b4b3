"""What in a database keeps it from being renamed, or from being dropped once another one has taken its name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import psycopg
from psycopg import sql

from masker.names import quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """One such thing: *found* is said of the database, *remedy* of what to do about it. *is_lifted*: masker itself
    does, of a preview that it replaces."""

    keeps_from: Literal["rename", "drop"]
    found: str
    remedy: str
    is_lifted: bool = False


_FOUND = """
SELECT d.datistemplate, (SELECT count(*) FROM pg_prepared_xacts p WHERE p.database = d.datname),
  array(SELECT subname::text FROM pg_subscription s WHERE s.subdbid = d.oid ORDER BY 1)
FROM pg_database d WHERE d.datname = %s
"""

_SLOTS = "SELECT slot_name::text FROM pg_replication_slots WHERE database = %s ORDER BY 1"


def hindrances(conn: psycopg.Connection, database: str) -> tuple[Hindrance, ...]:
    """All of *database*, as any session of its server sees them."""
    row = conn.execute(_FOUND, [database]).fetchone()
    return tuple(_told(database, *row)) if row else ()


def slots_of(conn: psycopg.Connection, database: str) -> tuple[str, ...]:
    """Its logical replication slots, which are dropped with it."""
    return tuple(row[0] for row in conn.execute(_SLOTS, [database]).fetchall())


def _told(database: str, is_template: bool, prepared: int, subscriptions: list[str]) -> Iterator[Hindrance]:
    if prepared:
        yield Hindrance(
            keeps_from="rename",
            found=f"{prepared} prepared transaction{'s' if prepared > 1 else ''}",
            remedy="COMMIT PREPARED or ROLLBACK PREPARED what pg_prepared_xacts lists",
        )
    if subscriptions:
        yield Hindrance(
            keeps_from="drop",
            found=f"the subscription{'s' if len(subscriptions) > 1 else ''} {', '.join(map(quote, subscriptions))}",
            remedy=f"in {database}: "
            + "; ".join(f"DROP SUBSCRIPTION {quote(name)}" for name in subscriptions)
            + " (ALTER SUBSCRIPTION … DISABLE and SET (slot_name = NONE) before it if the publisher is gone)",
        )
    if is_template:
        yield Hindrance(
            keeps_from="drop",
            found="the mark of a template",
            remedy=f"ALTER DATABASE {quote(database)} IS_TEMPLATE false",
            is_lifted=True,
        )


def drop_statement(database: str) -> sql.Composed:
    """Drops *database* and whoever is connected to it."""
    return sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
