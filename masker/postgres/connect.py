"""Connections: the URLs Rails writes, settings that make a session predictable, and what a run may not be given
(poolers)."""

from __future__ import annotations

import contextlib
import os
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import psycopg
from psycopg import pq, sql

from masker.errors import Refused, UsageError
from masker.masks.sql.fields import packed
from masker.postgres.errors import server_errors, tell_side
from masker.postgres.reached import reached, remember
from masker.postgres.unreachable import CONNECT_TIMEOUT_S, connection_error
from masker.sides import Side

_SCHEMES = ("postgres", "postgresql", "postgis")

#: Keys of config/database.yml that Rails lets a URL carry and libpq does not know.
_RAILS_PARAMETERS = frozenset({
    "adapter", "advisory_locks", "allow_concurrency", "checkout_timeout", "database_tasks", "encoding",
    "enable_prepared_statements", "idle_timeout", "insert_returning", "keepalive", "lazy", "max_age", "max_connections",
    "max_queue", "max_threads", "migrations_paths", "min_connections", "min_messages", "min_threads", "pool",
    "pool_jitter", "postgis_extension", "prepared_statements", "prewarm", "query_cache", "reaping_frequency",
    "reconnect", "replica", "schema_cache_path", "schema_dump", "schema_search_path", "seeds", "statement_limit",
    "strict", "su_password", "su_username", "timeout", "unaccent", "use_metadata_table", "variables", "wait_timeout",
})  # fmt: skip

_CANCEL_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a database is: libpq parameters. Prints without the password."""

    side: Side
    parameters: Mapping[str, str]

    @property
    def database(self) -> str:
        return self.parameters["dbname"]

    def with_database(self, name: str) -> Endpoint:
        """Another database of the same server."""
        return Endpoint(self.side, {**self.parameters, "dbname": name})

    def named(self, application: str) -> Endpoint:
        """The same, for sessions of that application name."""
        return Endpoint(self.side, {**self.parameters, "application_name": application})

    @property
    def conninfo(self) -> str:
        """As libpq reads it, password included: never printed."""
        return psycopg.conninfo.make_conninfo("", **self.parameters)

    @property
    def url(self) -> str:
        """As applications read it, password included: never printed."""
        known = {"host", "port", "user", "password", "dbname"}
        parameters = self.parameters
        if "host" not in parameters or "," in parameters["host"]:  # a service or the environment may name several
            parameters = {**parameters, **reached(parameters)}
        user, password, host, port = (
            quote(parameters.get(k, ""), safe="") for k in ("user", "password", "host", "port")
        )
        more = {k: v for k, v in parameters.items() if k not in known}
        is_plain = host == parameters.get("host", "")
        if not is_plain:  # sockets, and several hosts
            more |= {k: parameters[k] for k in ("host", "port") if k in parameters}
        place = f"{host}{f':{port}' if port else ''}" if is_plain else ""
        login = f"{user}{f':{password}' if password else ''}@" if user else ""
        query = urlencode(more, quote_via=quote)
        return f"postgresql://{login}{place}/{quote(self.database, safe='')}{f'?{query}' if query else ''}"

    @property
    def public_conninfo(self) -> tuple[str, dict[str, str]]:
        """For a child process: connection string without secrets, and the environment that carries them."""
        secrets = {"password": "PGPASSWORD", "sslpassword": "PGSSLPASSWORD"}
        shown = {k: v for k, v in {**self.parameters, **reached(self.parameters)}.items() if k not in secrets}
        return psycopg.conninfo.make_conninfo("", **shown), {
            env: self.parameters[k] for k, env in secrets.items() if k in self.parameters
        }

    def __str__(self) -> str:
        host = self.parameters.get("host", "local socket")
        port = f":{self.parameters['port']}" if "port" in self.parameters else ""
        return f"{self.database} on {host}{port}"

    def __repr__(self) -> str:
        return f"Endpoint({self.side}, {self})"


def parse_url(url: str, side: Side) -> Endpoint:
    """The endpoint that *url* names. Raises UsageError for what is no PostgreSQL URL or names no database."""
    subject = f"{side} URL"
    try:
        parts = urlsplit(url)
        scheme = parts.scheme
    except ValueError:
        raise UsageError(
            f"{subject}: it cannot be read as a URL", hint="percent-encode special characters of the password"
        ) from None
    if scheme not in _SCHEMES:
        found = f"it starts with {scheme}://" if scheme and "://" in url else "it has no scheme"
        raise UsageError(
            f"{subject}: {found}, expected postgres://, postgresql:// or postgis://",
            hint="for example postgres://user:password@host:5432/database",
        )
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    query = parse_qsl(parts.query, keep_blank_values=True)
    unknown = sorted({k for k, _ in query if k not in known and k not in _RAILS_PARAMETERS})
    if unknown:
        raise UsageError(
            f"{subject}: unknown parameter{'s' if len(unknown) > 1 else ''} {', '.join(unknown)}",
            hint="neither libpq nor Rails reads that; remove it or mend its spelling",
        )
    kept = urlencode([(k, v) for k, v in query if k in known], quote_via=quote)
    try:
        options = psycopg.conninfo.conninfo_to_dict(f"postgresql://{parts.netloc}{parts.path}?{kept}")
    except psycopg.Error as error:
        # libpq's complaint may quote the URL with its password: only its kind is passed on.
        kind = (
            "port"
            if "port" in str(error)
            else "percent-encoding"
            if "percent" in str(error) or "%" in str(error)
            else "form"
        )
        raise UsageError(
            f"{subject}: libpq does not accept its {kind}",
            hint="percent-encode special characters of user and password",
        ) from None
    parameters = {k: str(v) for k, v in options.items() if v not in (None, "")}
    if "service" in parameters and "dbname" not in parameters:
        parameters |= {"dbname": name} if (name := _database_of_service(parameters["service"])) else {}
    if not all(
        port.isdecimal() and 0 < int(port) < 65536 for port in parameters.get("port", "5432").split(",") if port
    ):
        raise UsageError(
            f"{subject}: its port is no number from 1 to 65535",
            hint="for example postgres://user:password@host:5432/database",
        )
    if "dbname" not in parameters:
        service = (
            f", and no service file gives the service {parameters['service']} one" if "service" in parameters else ""
        )
        raise UsageError(f"{subject}: it names no database{service}", hint="end it with /name-of-the-database")
    return Endpoint(side, parameters)


def _database_of_service(service: str) -> str | None:
    """The database that libpq finds for *service* in the service files, None if there is none."""
    before = os.environ.get("PGSERVICE")
    os.environ["PGSERVICE"] = service
    try:
        found = next((option.val for option in pq.Conninfo.get_defaults() if option.keyword == b"dbname"), None)
    finally:
        if before is None:
            del os.environ["PGSERVICE"]
        else:
            os.environ["PGSERVICE"] = before
    return found.decode("utf-8", "replace") if found else None


#: What decides how values are read and written, names found and statements understood.
READING_SETTINGS: Mapping[str, str] = {
    "search_path": "",
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "lc_monetary": "C",
    "extra_float_digits": "3",
    "bytea_output": "hex",
    "xmloption": "content",
    "array_nulls": "on",
    "standard_conforming_strings": "on",
    "transform_null_equals": "off",
    "quote_all_identifiers": "off",
    "row_security": "off",  # an error instead of fewer rows
}

_SETTINGS: tuple[tuple[int, str, str], ...] = (
    # (server_version_num it exists from, name, value)
    (0, "client_encoding", "UTF8"),
    *((0, name, value) for name, value in READING_SETTINGS.items()),
    # What is asked sees what others have committed meanwhile, and waits for no snapshot that nobody can disturb.
    (0, "default_transaction_isolation", "read committed"),
    (0, "default_transaction_deferrable", "off"),
    (0, "statement_timeout", "0"),
    (0, "idle_in_transaction_session_timeout", "0"),
    # A server finds out in a minute that the machine of an idle session is gone; its own default is two hours.
    (0, "tcp_keepalives_idle", "30"),
    (0, "tcp_keepalives_interval", "10"),
    (0, "tcp_keepalives_count", "3"),
    (0, "jit", "off"),  # compiling a dozen masks costs more than it saves
    (140000, "idle_session_timeout", "0"),
    (140000, "client_connection_check_interval", "10s"),  # a statement ends soon after an engine that was killed
    (170000, "transaction_timeout", "0"),
)
_SOURCE_SETTINGS = (
    (0, "default_transaction_read_only", "on"),
    (0, "lock_timeout", "30s"),
    (0, "max_parallel_workers_per_gather", "0"),
    # Whatever reads production holds nothing for long when it stops to speak; lanes hang on the keeper instead: see
    # masker.postgres.hold.
    (0, "idle_in_transaction_session_timeout", "60s"),
    # It counts the time in which a client does not read, too, as a lane does not whose target is slow.
    (0, "tcp_user_timeout", "0"),
)
_TARGET_SETTINGS = (
    (0, "lock_timeout", "60s"),
    (0, "synchronous_commit", "off"),
    # A dump says of each table what it is to be, and nothing where it is a heap.
    (0, "default_table_access_method", "heap"),
    (0, "client_min_messages", "error"),
    (0, "tcp_user_timeout", "90s"),
)


class _Cursor(psycopg.Cursor[Any]):
    """A cursor whose errors know which of the two servers they come from: see
    :func:`masker.postgres.errors.side_of`."""

    def execute(self, *args: Any, **options: Any) -> Self:
        try:
            return super().execute(*args, **options)
        except psycopg.Error as error:
            if isinstance(self.connection, Session) and self.connection.side is not None:
                tell_side(error, self.connection.side)
            raise


class Session(psycopg.Connection):
    """A connection that never commits by being left, and that does not leave the server working when it is left in a
    statement."""

    side: Side | None = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abandon()

    def abandon(self) -> None:
        """Cancel what the server is doing, if a signal came in between, and close."""
        if not self.closed and self.info.transaction_status is pq.TransactionStatus.ACTIVE:
            with contextlib.suppress(psycopg.Error):
                self.cancel_safe(timeout=_CANCEL_TIMEOUT_S)
        self.close()


def connect(
    endpoint: Endpoint, *, settings: Mapping[str, str] | None = None, application_name: str = "masker"
) -> Session:
    """An autocommit session with predictable settings. Raises SourceError or TargetError by the endpoint's side."""
    side = endpoint.side
    defaults = {
        "connect_timeout": str(CONNECT_TIMEOUT_S),
        "keepalives": "1",
        "keepalives_idle": "30",
        "keepalives_interval": "10",
        "keepalives_count": "6",
        "fallback_application_name": application_name,
    }
    if side is Side.SOURCE:
        # What is sent there is small and read at once. A target may well be too busy to read for longer.
        defaults["tcp_user_timeout"] = "90000"
    conn = _opened(endpoint, defaults)
    try:
        with server_errors(side, "the session was set up"):
            version = conn.info.server_version
            if version < 130000:
                raise side.error(f"{side}: PostgreSQL {version // 10000} is too old, expected 13 or later")
            wanted = [*_SETTINGS, *(_SOURCE_SETTINGS if side is Side.SOURCE else _TARGET_SETTINGS)]
            values = {name: value for since, name, value in wanted if version >= since}
            if side is Side.TARGET and "default_transaction_read_only" in os.environ.get("PGOPTIONS", ""):
                # A belt that somebody wears for production, in an environment that both sides share.
                values["default_transaction_read_only"] = "off"
            values.update(settings or {})
            is_direct = _set_up(conn, values)
        if not is_direct:
            _refuse_transaction_pooler(conn, endpoint, defaults)
            with server_errors(side, "the session was set up"):
                apply_settings(conn, values)
    except BaseException:
        conn.close()
        raise
    return conn


def _opened(endpoint: Endpoint, defaults: Mapping[str, str]) -> Session:
    """A bare session. Raises SourceError or TargetError."""
    try:
        # From the first statement on: what is said first may have letters that a database's own setting has not.
        given = {**defaults, **endpoint.parameters, **reached(endpoint.parameters), "client_encoding": "UTF8"}
        conninfo = psycopg.conninfo.make_conninfo("", **given)
        conn = Session.connect(conninfo, autocommit=True, prepare_threshold=None, cursor_factory=_Cursor)
    except psycopg.Error as error:
        raise connection_error(endpoint.side, str(endpoint), error) from None
    except BaseException as error:
        # A signal. The half-open connection would live as long as its traceback, and a server waits for all that are
        # just logging in before it drops a database.
        traceback.clear_frames(error.__traceback__)
        raise
    conn.side = endpoint.side
    remember(endpoint.parameters, conn)
    return conn


def require_alive(conn: psycopg.Connection, side: Side, doing: str) -> None:
    """Raise the side's error if *conn* is lost: that checks were not answered then says nothing of what was checked."""
    with server_errors(side, doing):
        conn.execute("SELECT 1")


def apply_settings(conn: psycopg.Connection, settings: Mapping[str, str]) -> None:
    """Set session settings, values as bind parameters, so that no statement's text holds one."""
    if settings:
        _set(conn, _SET, settings)


_SET = sql.SQL("SELECT set_config(name, value, false) FROM (VALUES {values}) AS s(name, value)")

#: Which backend answers; another one than it should be sets nothing.
_SET_UP = sql.SQL(
    "SELECT count(CASE pg_backend_pid() WHEN {backend} THEN set_config(name, value, false) END) = count(*)"
    " FROM (VALUES {values}) AS s(name, value)"
)


def _set_up(conn: psycopg.Connection, settings: Mapping[str, str]) -> bool:
    """The same where *conn* is served by the very backend that it believes to be connected to; else nothing is set: in
    a pooler's hands settings would stay with a backend that serves the application next."""
    return _set(conn, _SET_UP, settings) == (True,)


def _set(conn: psycopg.Connection, query: sql.SQL, settings: Mapping[str, str]) -> tuple[Any, ...] | None:
    given = packed(settings)
    # Not as arrays, whose elements are escaped one quotation mark after the other.
    values = sql.SQL(", ").join(sql.SQL("(%s::text, %s::text)") for _ in given)
    filled = query.format(values=values, backend=sql.Literal(conn.pgconn.backend_pid))
    return conn.execute(filled, [text for pair in given.items() for text in pair]).fetchone()


def _refuse_transaction_pooler(conn: psycopg.Connection, endpoint: Endpoint, defaults: Mapping[str, str]) -> None:
    """Raise Refused if sessions behind *endpoint* share backends between transactions.

    A pooler answers with a process id of its own in the startup packet. One that pools transactions then serves a
    second client from the backend the first has just left, while the first believes to be connected still.
    """
    with server_errors(endpoint.side, "looking for a pooler in between"):
        mine = _backend(conn)
        with _opened(endpoint, defaults) as other:
            theirs = _backend(other)
            if mine == theirs or _backend(conn) != mine:
                raise Refused(
                    f"{endpoint.side} {endpoint}: the connection goes through a pooler in transaction mode, which loses"
                    " the snapshot and the session's settings between statements",
                    hint=(
                        "use the direct URL of the server (on Heroku, DATABASE_URL rather than"
                        " DATABASE_CONNECTION_POOL_URL) or a pooler in session mode"
                    ),
                )


def _backend(conn: psycopg.Connection) -> int:
    row = conn.execute("SELECT pg_backend_pid()").fetchone()
    return int(row[0]) if row else 0
