"""The new schemas before anything is in them, and what the live ``public`` has of its own that its successor is given:
what no dump carries, since a dump takes the schema for given."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql

from masker.copy.server.aside import Aside
from masker.copy.server.ledger import ASIDE_LEDGER, begin_ledger
from masker.names import RUN_SCHEMA
from masker.postgres.errors import server_errors
from masker.queries import queries
from masker.sides import Side

_SQL = queries(__name__)

_PUBLIC = """
SELECT nspowner::regrole::text, pg_get_userbyid(nspowner) = current_user, pg_get_userbyid(nspowner),
obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = 'public'
"""

#: What default privileges are on, by the letter of ``pg_default_acl.defaclobjtype``.
_KINDS = {"r": "TABLES", "S": "SEQUENCES", "f": "FUNCTIONS", "T": "TYPES"}


def make_next(conn: psycopg.Connection, aside: Aside, *, with_grants: bool) -> None:
    """Make the run's own schema, with its ledger, and the next ``public``, closed to everybody else; others are the
    dump's.

    *with_grants*: the source's are to be given over those that the live one has.
    """
    with server_errors(Side.TARGET, "the new schemas were made"), conn.transaction():
        conn.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(RUN_SCHEMA)))
        begin_ledger(conn, ASIDE_LEDGER)
        name = sql.Identifier(aside.at_schema("public"))
        conn.execute(sql.SQL("CREATE SCHEMA {}").format(name))
        row = conn.execute(_PUBLIC).fetchone()
        if row is None:
            return
        _, is_mine, owner, comment = row
        if not is_mine:
            conn.execute(sql.SQL("ALTER SCHEMA {} OWNER TO {}").format(name, sql.Identifier(owner)))
        if comment is not None:
            conn.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(name, sql.Literal(comment)))
        _give_defaults(conn, name)
        if with_grants:
            give_grants(conn, "public", name)


def give_grants(conn: psycopg.Connection, of: str, to: sql.Identifier) -> None:
    """Give the schema *to* what others may do in the schema *of*. Raises psycopg.Error."""
    for grantee, privilege, is_grantable in conn.execute(_SQL["granted"], {"schema": of}).fetchall():
        conn.execute(
            sql.SQL("GRANT {} ON SCHEMA {} TO {}{}").format(
                sql.SQL(privilege),
                to,
                sql.Identifier(grantee) if grantee else sql.SQL("PUBLIC"),
                sql.SQL(" WITH GRANT OPTION" if is_grantable else ""),
            )
        )


def default_privileges(conn: psycopg.Connection) -> Sequence[tuple[str, bool, str, str, str, bool]]:
    """Those of the live ``public``: for what a role makes, whether this session may act for that role, the kind of
    object, to whom, what, and whether to be passed on. Raises psycopg.Error."""
    return conn.execute(_SQL["defaults"], {"schema": "public"}).fetchall()


def _give_defaults(conn: psycopg.Connection, to: sql.Identifier) -> None:
    """Privileges that tables and others of the live ``public`` are made with: so are those of the next one."""
    for role, _, kind, grantee, privilege, is_grantable in default_privileges(conn):
        conn.execute(
            sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA {} GRANT {} ON {} TO {}{}").format(
                sql.Identifier(role),
                to,
                sql.SQL(privilege),
                sql.SQL(_KINDS[kind]),
                sql.Identifier(grantee) if grantee else sql.SQL("PUBLIC"),
                sql.SQL(" WITH GRANT OPTION" if is_grantable else ""),
            )
        )
