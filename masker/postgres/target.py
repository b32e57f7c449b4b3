"""The database that is filled: what the target's server offers, the live preview as it is, the shadow.

``swap``: the load goes to ``NAME__masker_RUN``, which nobody else may connect to. ``direct``: the target itself is
emptied first; a marker says that it is being filled until the run has ended well.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import psycopg
from psycopg import sql

from masker.at_once import at_once
from masker.catalog.read import read_server
from masker.catalog.target import TargetFacts
from masker.catalog.types import Server
from masker.errors import Refused, TargetError
from masker.names import shown
from masker.notes import Note
from masker.postgres.connect import Endpoint, Session, connect
from masker.postgres.database_settings import Setting, give, read_settings
from masker.postgres.emptying import KEPT_SCHEMAS, SURVIVING
from masker.postgres.errors import server_errors
from masker.postgres.hindrances import slots_of
from masker.postgres.protection import without_mark
from masker.postgres.unreachable import OF_THIS_DATABASE
from masker.queries import queries
from masker.sides import Side

_SQL = queries(__name__)

#: Databases from which another one may be created and renamed, tried in this order by every run, so that runs see each
#: other's locks.
_MAINTENANCE_DATABASES = ("postgres", "template1")

#: First key of masker's advisory locks; the second is a hash of the target's name.
_LOCK_CLASS = 0x6D61736B  # "mask"

#: How often the lock is tried: a run that was killed holds it until the server has ended its statement and noticed.
_LOCK_TRIES = 20
_LOCK_PAUSE_S = 0.1

_NAME_BYTES = 63
#: Of a name that is cut.
_DIGEST_BYTES = 4
_SHADOW = "__masker_"

#: Where a database lies of which nothing else is said.
_DEFAULT_TABLESPACE = "pg_default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """The live preview as it is before the run. *settings* are its ``ALTER DATABASE … SET``, by role (empty: all
    roles); *labels* its security labels, by provider."""

    oid: int
    owner: str
    encoding: str
    collate: str
    ctype: str
    provider: str
    icu_locale: str | None
    icu_rules: str | None
    tablespace: str
    may_use_tablespace: bool
    connection_limit: int
    comment: str | None
    grants: tuple[tuple[str, str, bool], ...] = ()  # (grantee, privilege, grantable); grantee empty: PUBLIC
    has_default_grants: bool = True
    settings: tuple[Setting, ...] = ()
    is_template: bool = False
    labels: tuple[tuple[str, str], ...] = ()


def shadow_name(database: str, run: str, kind: str = _SHADOW) -> str:
    """``NAME__masker_RUN``. A name for which 63 bytes have no room is cut, with a digest of the whole: what
    runs of another one have left, whose name begins alike, is not taken for its own.

    >>> shadow_name("preview", "k3f9")
    'preview__masker_k3f9'
    >>> shadow_name("preview" * 9, "k3f9")
    'previewpreviewpreviewpreviewpreviewprevie_d41268e3__masker_k3f9'
    """
    whole = database.encode()
    room = _NAME_BYTES - len(kind) - len(run)
    if len(whole) <= room:
        return database + kind + run
    digest = f"_{hashlib.blake2b(whole, digest_size=_DIGEST_BYTES).hexdigest()}"
    return whole[: room - len(digest)].decode("utf-8", "ignore") + digest + kind + run


def connect_maintenance(endpoint: Endpoint, *, patience_s: float = 0.0) -> Session:
    """A session on the target's server outside the target database. Raises TargetError if no such database lets the
    role in.

    A server that does not answer, perhaps because it is starting again, is waited for *patience_s* seconds.
    """
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return _connect_maintenance(endpoint)
        except TargetError as error:
            if not error.is_lost or time.monotonic() > deadline:
                raise
        time.sleep(_LOCK_PAUSE_S)


def _connect_maintenance(endpoint: Endpoint) -> Session:
    reasons = []
    for name in _MAINTENANCE_DATABASES:
        if name == endpoint.database:
            continue
        try:
            return connect(endpoint.with_database(name))
        except TargetError as error:
            if not (error.is_missing_database or any(reason in error.message for reason in OF_THIS_DATABASE)):
                raise
            reasons.append(name)
    raise TargetError(
        f"target: the role may connect neither to {' nor to '.join(reasons)}, from which a database is created and"
        " renamed",
        hint="allow it to, or use --publish direct",
    )


#: A lock belongs to the database it is taken in: runs may hold it in different ones, which all sessions can see.
_LOCK = _SQL["lock"]


def lock_target(conn: psycopg.Connection, database: str) -> None:
    """Take the lock that excludes other runs on *database*, held until *conn* ends. Raises Refused if another run holds
    it."""
    with server_errors(Side.TARGET, "the lock of the run was taken"):
        for attempt in range(_LOCK_TRIES):
            if attempt:
                time.sleep(_LOCK_PAUSE_S)
            row = conn.execute(_LOCK, {"class": _LOCK_CLASS, "name": database}).fetchone()
            if row and row[0]:
                return
            conn.execute("SELECT pg_advisory_unlock_all()")
    raise Refused(f"target {database}: another masker run is filling it", hint="wait until it has ended")


def read_target_facts(conn: psycopg.Connection, database: str, *, is_shadow: bool) -> tuple[TargetFacts, Server]:
    """What the server of *conn* offers. For a shadow the schemas are a new database's own, else those that
    :func:`empty_database` leaves."""
    with server_errors(Side.TARGET, "its catalog was read"):
        server = read_server(conn)
        extensions = frozenset(row[0] for row in conn.execute("SELECT name FROM pg_available_extensions").fetchall())
        schemas = (
            frozenset(row[0] for row in conn.execute(SURVIVING, {"kept": KEPT_SCHEMAS}).fetchall())
            if not is_shadow
            else frozenset({"public"})
        )
    facts = TargetFacts(
        version=server.version,
        database=database,
        is_superuser=server.is_superuser,
        schemas=schemas,
        available_extensions=extensions,
    )
    return facts, server


_LIVE = _SQL["live"]

_GRANTS = _SQL["grants"]

_LABELS = (
    "SELECT provider, label FROM pg_shseclabel WHERE classoid = 'pg_database'::regclass AND objoid = %s::oid ORDER BY 1"
)


def may_create_databases(conn: psycopg.Connection) -> bool:
    """Whether *conn*'s role may create databases. Raises psycopg.Error."""
    row = conn.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    return bool(row and row[0])


def read_live(conn: psycopg.Connection, database: str) -> Live | None:
    """The database called *database* as *conn*'s server has it, or None."""
    with server_errors(Side.TARGET, "the live database's settings were read"):
        row = conn.execute(_LIVE, [database]).fetchone()
        if row is None:
            return None
        provider, icu, icu_rules = _locale_provider(conn, database)
        grants = tuple((g, p, bool(o)) for g, p, o in conn.execute(_GRANTS, [database]).fetchall())
        settings = read_settings(conn, row[0])
        labels = tuple((provider, label) for provider, label in conn.execute(_LABELS, [row[0]]).fetchall())
    return Live(
        oid=row[0],
        owner=row[1],
        encoding=row[2],
        collate=row[3],
        ctype=row[4],
        connection_limit=row[5],
        comment=row[6],
        has_default_grants=row[7],
        provider=provider,
        icu_locale=icu,
        icu_rules=icu_rules,
        grants=grants,
        settings=settings,
        tablespace=row[8],
        may_use_tablespace=row[9],
        is_template=row[10],
        labels=labels,
    )


#: What anybody may do in a database without a word about it.
_DEFAULT_GRANTS = (("", "CONNECT", False), ("", "TEMPORARY", False))


def describe_database(conn: psycopg.Connection, live: Live | None = None) -> dict[str, str]:
    """What there is to be said of *conn*'s database itself, or of one that will get what *live* has: owner, comment,
    limit, mark of a template, security labels, grants, settings; masker's own mark left out."""
    if live is None:
        live = read_live(conn, conn.info.dbname)
    if live is None:
        return {}
    grants = _DEFAULT_GRANTS if live.has_default_grants else live.grants
    found = {
        "owner": live.owner,
        "comment": without_mark(live.comment or ""),
        "connection limit": str(live.connection_limit),
        "privileges": repr(sorted(grants)),
    }
    found |= {"mark of a template": ""} if live.is_template else {}
    found |= {f"security label of {provider}": label for provider, label in live.labels}
    for role, text in live.settings:
        name, _, value = text.partition("=")
        found[f"setting {name}" + (f" of role {role}" if role else "")] = value
    return found


def describe_new_database(conn: psycopg.Connection) -> dict[str, str]:
    """The same of a database that the run makes where there was none."""
    row = conn.execute("SELECT current_user").fetchone()
    return {
        "owner": row[0] if row else "",
        "comment": "",
        "connection limit": "-1",
        "privileges": repr(sorted(_DEFAULT_GRANTS)),
    }


def _locale_provider(conn: psycopg.Connection, database: str) -> tuple[str, str | None, str | None]:
    """Who sorts, by which locale and by which rules besides."""
    version = conn.info.server_version
    if version < 150000:
        return "c", None, None
    locale = sql.Identifier("datlocale" if version >= 170000 else "daticulocale")
    rules = sql.Identifier("daticurules") if version >= 160000 else sql.SQL("NULL::text")
    row = conn.execute(
        sql.SQL("SELECT datlocprovider::text, {}, {} FROM pg_database WHERE datname = %s").format(locale, rules),
        [database],
    ).fetchone()
    return (row[0], row[1], row[2]) if row else ("c", None, None)


@dataclass(frozen=True, slots=True)
class Shadow:
    """The database that is filled to become the live one."""

    name: str
    oid: int


def lost_with(conn: psycopg.Connection, live: Live, database: str, *, keep_old: bool) -> Iterator[Note]:
    """What the live preview has that the one in its place will not."""
    if live.tablespace != _DEFAULT_TABLESPACE and not live.may_use_tablespace:
        yield Note(
            subject="tablespace",
            text=(
                f"{database} lies in {shown(live.tablespace)}, where the role may not create a database: the new one"
                f" will lie in {_DEFAULT_TABLESPACE}"
            ),
        )
    if keep_old:
        return
    with server_errors(Side.TARGET, "its replication slots were read"):
        slots = slots_of(conn, database)
    if slots:
        yield Note(
            subject="replication slots", text=f"of the former preview, dropped with it: {', '.join(map(shown, slots))}"
        )


def create_shadow(conn: psycopg.Connection, name: str, live: Live | None, source: Server) -> Shadow:
    """Create the database that is filled, closed to everybody else: with the live one's encoding, locale, settings and
    security labels, else with the source's encoding and locale."""
    encoding = live.encoding if live else source.encoding
    options = [sql.SQL("TEMPLATE template0 ENCODING {}").format(sql.Literal(encoding))]
    if live:
        options.append(sql.SQL("LC_COLLATE {} LC_CTYPE {}").format(sql.Literal(live.collate), sql.Literal(live.ctype)))
        if live.provider == "i":
            options.append(sql.SQL("LOCALE_PROVIDER icu ICU_LOCALE {}").format(sql.Literal(live.icu_locale)))
            if live.icu_rules:
                options.append(sql.SQL("ICU_RULES {}").format(sql.Literal(live.icu_rules)))
        elif live.provider == "b":
            options.append(sql.SQL("LOCALE_PROVIDER builtin BUILTIN_LOCALE {}").format(sql.Literal(live.icu_locale)))
        if live.tablespace != _DEFAULT_TABLESPACE and live.may_use_tablespace:
            options.append(sql.SQL("TABLESPACE {}").format(sql.Identifier(live.tablespace)))
    elif _has_locale(conn, source):
        options.append(
            sql.SQL("LC_COLLATE {} LC_CTYPE {}").format(sql.Literal(source.collate), sql.Literal(source.ctype))
        )
    with server_errors(Side.TARGET, f"the shadow {name} was created"):
        conn.execute(sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), sql.SQL(" ").join(options)))
        at_once(
            conn,
            [
                sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)),
                sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                    sql.Identifier(name), sql.Literal("masker: being filled, not a preview yet")
                ),
            ],
        )
    if live:
        with server_errors(Side.TARGET, f"the shadow {name} was given the settings of the preview"):
            give(conn, name, live.settings)
        label(conn, name, live.labels)
    return Shadow(name, oid_of(conn, name) or 0)


def label(conn: psycopg.Connection, database: str, labels: Iterable[tuple[str, str]]) -> None:
    """Put security *labels*, by provider, on *database*. Raises TargetError, also where a provider's library is not
    loaded."""
    for provider, text in labels:
        hint = f"put {shown(provider)}'s library into shared_preload_libraries, or use --publish direct"
        with server_errors(
            Side.TARGET, f"the preview's security label of {shown(provider)} was given to {database}", hint=hint
        ):
            conn.execute(
                sql.SQL("SECURITY LABEL FOR {} ON DATABASE {} IS {}").format(
                    sql.Identifier(provider), sql.Identifier(database), sql.Literal(text)
                )
            )


def oid_of(conn: psycopg.Connection, database: str) -> int | None:
    """Which database bears the name *database*."""
    row = conn.execute("SELECT oid::int8 FROM pg_database WHERE datname = %s", [database]).fetchone()
    return int(row[0]) if row else None


def _has_locale(conn: psycopg.Connection, source: Server) -> bool:
    """Whether a new database may take the source's locale: a name the operating system or the default database has."""
    if source.collate == source.ctype and source.collate in {"C", "POSIX"}:
        return True
    row = conn.execute(
        "SELECT (SELECT count(*) FROM pg_collation WHERE collprovider = 'c' AND collcollate IN (%(c)s, %(t)s)) +"
        " (SELECT count(*) FROM pg_database WHERE datcollate = %(c)s AND datctype = %(t)s)",
        {"c": source.collate, "t": source.ctype},
    ).fetchone()
    return bool(row and row[0])
