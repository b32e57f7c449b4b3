"""Whether a database looks as if somebody worked with it: what a target is asked where no source is known to compare it
with."""

from __future__ import annotations

import psycopg
from psycopg import sql

from masker.names import TableName, shown
from masker.postgres.errors import server_errors
from masker.sides import Side

#: Rails keeps there for which environment a database was made, and refuses to drop those of production.
_METADATA = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'ar_internal_metadata' AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_'
  AND 2 = (SELECT count(*) FROM pg_attribute WHERE attrelid = c.oid AND attname IN ('key', 'value')
  AND NOT attisdropped) ORDER BY 1 LIMIT 20
"""

#: A superuser beside a role that is none is the server's operator, who is connected everywhere.
_SESSIONS = """
SELECT coalesce(usename, ''), coalesce(application_name, '') FROM pg_stat_activity a
WHERE datname = current_database() AND usesysid IS NOT NULL AND pid <> pg_backend_pid() AND coalesce(application_name,
'') NOT LIKE 'masker%'
  AND coalesce(backend_type, '') <> 'parallel worker'
  AND NOT coalesce((SELECT rolsuper FROM pg_roles r WHERE r.oid = a.usesysid) AND NOT (SELECT rolsuper FROM pg_roles
  WHERE rolname = current_user), false)
ORDER BY 1, 2
"""

_SHOWN = 5


def signs_of_use(conn: psycopg.Connection) -> tuple[str, ...]:
    """What makes *conn*'s database look like one in use, each ready to be told. Raises TargetError."""
    signs: list[str] = []
    with server_errors(Side.TARGET, "looking whether it is in use"):
        for schema, name in conn.execute(_METADATA).fetchall():
            row = conn.execute(
                sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE key = 'environment' AND value = 'production')").format(
                    sql.Identifier(schema, name)
                )
            ).fetchone()
            if row and row[0]:
                signs.append(f"{TableName(schema, name)} says that it is of the environment production")
        sessions = conn.execute(_SESSIONS).fetchall()
    if sessions:
        who = list(
            dict.fromkeys(
                shown(user) + (f" ({shown(application)})" if application else "") for user, application in sessions
            )
        )
        more = [f"{len(who) - _SHOWN} more"] if len(who) > _SHOWN else []
        signs.append(
            f"{len(sessions)} session{'s' if len(sessions) > 1 else ''} of others in it:"
            f" {', '.join([*who[:_SHOWN], *more])}"
        )
    return tuple(signs)
