"""The mark that keeps a database from being written to: ``masker protect``.

It lives beside the database and not in it: as a setting of the database where the role may set one, else as a line of
the database's comment, which its owner may write. Both outlive an upgrade of the server, and a dump of the database,
which makes a preview of it, does not carry them along. ``pg_dump --create`` does, and so does a copy of the whole data
directory: those make the same database again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import psycopg
from psycopg import sql

from masker.errors import Refused, TargetError
from masker.postgres.errors import server_errors
from masker.sides import Side

#: How the line of a comment begins.
_LINE = "masker: protected"

#: Values by which somebody may have set it to say that it is not.
_OFF = frozenset({"", "off", "false", "no", "0"})
#: And those that say no more than that it is.
_ON = frozenset({"on", "true", "yes", "1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """A mark that was found; *said* is who made it and when, as far as it tells."""

    place: Literal["setting of the database", "setting of the role or the server", "comment on the database"]
    said: str

    def __str__(self) -> str:
        return f"{' '.join(filter(None, ('protected', self.said)))} ({self.place})"


#: A session's own value tells of marks made for its role, or for all databases of the server.
_FOUND = """
SELECT coalesce((SELECT substr(s, strpos(s, '=') + 1) FROM pg_db_role_setting, unnest(setconfig) s
WHERE setdatabase = d.oid AND setrole = 0 AND s LIKE 'masker.protected=%%'), ''),
    CASE WHEN d.datname = current_database() THEN coalesce(current_setting('masker.protected', true), '') ELSE '' END,
    coalesce(shobj_description(d.oid, 'pg_database'), '')
FROM pg_database d WHERE d.datname = %s
"""


def read_protections(conn: psycopg.Connection, database: str) -> tuple[Protection, ...]:
    """The marks of *database* on *conn*'s server. Raises TargetError."""
    with server_errors(Side.TARGET, "looking whether it is protected"):
        row = conn.execute(_FOUND, [database]).fetchone()
    of_database, of_session, comment = row or ("", "", "")
    found: list[Protection] = []
    if _is_on(of_database):
        found.append(Protection(place="setting of the database", said=_said(of_database)))
    if _is_on(of_session) and of_session != of_database:
        found.append(Protection(place="setting of the role or the server", said=_said(of_session)))
    lines = [line for line in comment.splitlines() if line.startswith(_LINE)]
    return (
        *found,
        *(Protection(place="comment on the database", said=line.removeprefix(_LINE).strip()) for line in lines[:1]),
    )


def _is_on(setting: str) -> bool:
    return setting.lower() not in _OFF


def _said(setting: str) -> str:
    return "" if setting.lower() in _ON else setting


def refuse_protected(conn: psycopg.Connection, database: str) -> None:
    """Raise Refused if *database* is protected."""
    for found in read_protections(conn, database):
        raise Refused(
            f"target {database}: it is {found}, so nothing is written to it",
            hint=(
                "is this production? If the mark came along with a copy of its disk or by mistake: masker protect"
                f" --off --confirm {database}, with the same --target"
            ),
        )


def mark(conn: psycopg.Connection, database: str, words: str) -> str:
    """Mark *database*, the one *conn* is connected to; the statement that did. Raises TargetError if the role may do
    neither."""
    name = sql.Identifier(database)
    setting = sql.SQL("ALTER DATABASE {} SET masker.protected TO {}").format(name, sql.Literal(words))
    with server_errors(Side.TARGET, "it was protected"):
        try:
            conn.execute(setting)
        except psycopg.errors.InsufficientPrivilege:
            return _comment(conn, database, [*_other_lines(conn, database), f"{_LINE} {words}"])
    return setting.as_string(conn)


def lift(conn: psycopg.Connection, database: str) -> tuple[str, ...]:
    """Take all marks away; the statements that did. Raises TargetError if the role may not."""
    done: list[str] = []
    for found in read_protections(conn, database):
        if found.place == "comment on the database":
            done.append(_comment(conn, database, _other_lines(conn, database)))
        if found.place != "setting of the database":
            continue
        statement = sql.SQL("ALTER DATABASE {} RESET masker.protected").format(sql.Identifier(database))
        with server_errors(Side.TARGET, "its protection was lifted", hint="connect as a superuser: one has set it"):
            conn.execute(statement)
        done.append(statement.as_string(conn))
    return tuple(done)


def without_mark(comment: str) -> str:
    """*comment* without masker's own line."""
    return "\n".join(_without_mark(comment)).strip("\n")


def _without_mark(comment: str) -> list[str]:
    return [line for line in comment.split("\n") if not line.startswith(_LINE)]


def _other_lines(conn: psycopg.Connection, database: str) -> list[str]:
    row = conn.execute(
        "SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = %s", [database]
    ).fetchone()
    return _without_mark(row[0] if row else "")


def _comment(conn: psycopg.Connection, database: str, lines: list[str]) -> str:
    text = "\n".join(lines).strip("\n")
    statement = sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(database), sql.Literal(text or None))
    try:
        conn.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        raise TargetError(
            f"target: the role {conn.info.user} may neither set a setting of {database} nor comment on it",
            hint="connect as the database's owner",
        ) from None
    return statement.as_string(conn)
