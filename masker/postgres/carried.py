"""What stands beside a database and not in it, given to the one that takes its place or is made of it."""

from __future__ import annotations

import psycopg
from psycopg import sql

from masker.postgres.database_settings import complete
from masker.postgres.target import Live


def carry_over(conn: psycopg.Connection, database: str, oid: int, live: Live | None) -> None:
    """Give *database*, which has *oid*, the comment, grants, limit, settings, mark of a template and owner of *live*;
    None is a database that nobody has had."""
    name = sql.Identifier(database)
    conn.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, sql.Literal(live.comment if live else None)))
    if live is None or live.has_default_grants:
        conn.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO PUBLIC").format(name))
    if live is None:
        return
    for grantee, privilege, grantable in live.grants:
        conn.execute(
            sql.SQL("GRANT {} ON DATABASE {} TO {}{}").format(
                sql.SQL(privilege),
                name,
                sql.SQL("PUBLIC") if not grantee else sql.Identifier(grantee),
                sql.SQL(" WITH GRANT OPTION" if grantable else ""),
            )
        )
    if live.connection_limit >= 0:
        conn.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}").format(name, sql.Literal(live.connection_limit)))
    complete(conn, database, oid, live.settings)
    if live.is_template:
        conn.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(name))
    row = conn.execute("SELECT current_user").fetchone()
    if row and row[0] != live.owner:
        conn.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, sql.Identifier(live.owner)))
