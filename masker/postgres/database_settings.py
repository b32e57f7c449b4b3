"""What ``ALTER DATABASE … SET`` and ``ALTER ROLE … IN DATABASE … SET`` say of one database, given to the one that takes
its place.

It is given before that one is filled: what the schema computes meanwhile (generated columns, indexes, materialized
views) then comes out as it will for the preview's own sessions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import psycopg
from psycopg import sql

from masker.names import shown
from masker.queries import queries

_SQL = queries(__name__)

Setting = tuple[str, str]  # role (empty: all roles), name=value

#: Nothing is computed by these, and a database cannot be filled under them.
_AFTERWARDS = frozenset(
    {
        "role",
        "session_authorization",
        "session_replication_role",
        "default_transaction_read_only",
        "default_transaction_isolation",
        "default_transaction_deferrable",
    }
)

#: masker's own mark, which is of one database.
_MARK = "masker.protected"

#: Settings whose value is a list of names: quoted as one string they would name one thing.
_LISTS = frozenset(
    {
        "search_path",
        "temp_tablespaces",
        "session_preload_libraries",
        "local_preload_libraries",
        "unix_socket_directories",
    }
)

_READ = (
    "SELECT coalesce(r.rolname, ''), unnest(s.setconfig) FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid ="
    " s.setrole WHERE s.setdatabase = %s::oid"
)

#: Settings that only a superuser may give, unless it has been granted (since 15), as those of no library known yet are;
#: and those of roles that this one has no say over.
_BEYOND = _SQL["beyond"]


def read_settings(conn: psycopg.Connection, database_oid: int) -> tuple[Setting, ...]:
    """Those of one database, masker's mark left out."""
    rows = conn.execute(_READ, [database_oid]).fetchall()
    return tuple((role, text) for role, text in rows if _name(text) != _MARK)


def give(conn: psycopg.Connection, database: str, settings: Sequence[Setting]) -> None:
    """Give *database* those of *settings* that decide what is computed while it is filled."""
    for role, text in settings:
        if _name(text) not in _AFTERWARDS:
            _set(conn, database, role, text)


def complete(conn: psycopg.Connection, database: str, database_oid: int, settings: Sequence[Setting]) -> None:
    """Let *database* have all of *settings*, and no others."""
    has = read_settings(conn, database_oid)
    wanted = {(role, _name(text)) for role, text in settings}
    for role, text in has:
        if (role, _name(text)) not in wanted:
            conn.execute(sql.SQL("ALTER {} RESET {}").format(_whose(database, role), _identifier(text)))
    for role, text in settings:
        if (role, text) not in has:
            _set(conn, database, role, text)


def beyond(conn: psycopg.Connection, settings: Sequence[Setting]) -> Iterator[str]:
    """Of *settings*, named, those that the session's role may not give to another database."""
    if not settings:
        return
    version = conn.info.server_version
    query = _BEYOND.replace("{may_set}", "has_parameter_privilege(g.name, 'SET')" if version >= 150000 else "false")
    query = query.replace(
        "{has_no_say}", "NOT pg_has_role(r.oid, 'USAGE WITH ADMIN OPTION')" if version >= 160000 else "false"
    )
    for role, name in conn.execute(
        query, {"roles": [r for r, _ in settings], "names": [_name(text) for _, text in settings]}
    ).fetchall():
        yield f"{name} of the role {shown(role)}" if role else name


def _set(conn: psycopg.Connection, database: str, role: str, text: str) -> None:
    value = text.partition("=")[2]
    parts = [sql.Literal(part) for part in _names(value)] if _name(text) in _LISTS else [sql.Literal(value)]
    conn.execute(
        sql.SQL("ALTER {} SET {} TO {}").format(_whose(database, role), _identifier(text), sql.SQL(", ").join(parts))
    )


def _whose(database: str, role: str) -> sql.Composed:
    name = sql.Identifier(database)
    return (
        sql.SQL("ROLE {} IN DATABASE {}").format(sql.Identifier(role), name)
        if role
        else sql.SQL("DATABASE {}").format(name)
    )


def _name(text: str) -> str:
    return text.partition("=")[0]


def _identifier(text: str) -> sql.Identifier:
    return sql.Identifier(*_name(text).split("."))


def _names(value: str) -> list[str]:
    """A list as the server keeps it: names, quoted where they have to be.

    >>> _names('"$user", public, "a, b""c"')
    ['$user', 'public', 'a, b"c']
    """
    found: list[str] = []
    current, is_quoted, at = "", False, 0
    while at < len(value):
        char = value[at]
        if char == '"' and is_quoted and value[at + 1 : at + 2] == '"':
            current, at = current + '"', at + 1
        elif char == '"':
            is_quoted = not is_quoted
        elif char == "," and not is_quoted:
            found.append(current)
            current = ""
        elif not char.isspace() or is_quoted:
            current += char
        at += 1
    return [*found, current]
