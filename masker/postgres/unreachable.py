"""Why a server could not be connected to, in words of our own."""

from __future__ import annotations

import re

import psycopg

from masker.errors import SourceError, TargetError
from masker.postgres.errors import ServerFault
from masker.sides import Side

CONNECT_TIMEOUT_S = 15

_MISSING = "there is no such database"
_NOT_FROM_HERE = "the server does not accept this user from here"
_NOT_ALLOWED = "the role may not connect to it"
_CLOSED = "the database is closed to connections"

#: Reasons for which another database of the same server may be open.
OF_THIS_DATABASE = (_NOT_FROM_HERE, _NOT_ALLOWED, _CLOSED)

#: What libpq says (a regular expression), the reason and the hint that are told.
_REASONS: tuple[tuple[str, str, str | None], ...] = (
    (
        r"password authentication failed|no password supplied|password retrieved",
        "the password was not accepted",
        "check the user and password in the URL",
    ),
    (
        r"does not support SSL|server does not support.*(SSL|TLS)",
        "TLS is required by the URL and the server offers none",
        "turn TLS on at the server or drop sslmode from the URL",
    ),
    (
        r"no pg_hba\.conf entry.*no encryption|SSL.*required|SSL off",
        "the server accepts only TLS connections here",
        "add sslmode=require to the URL",
    ),
    (
        r"no pg_hba\.conf entry",
        _NOT_FROM_HERE,
        "an entry in its pg_hba.conf has to allow it",
    ),
    (r"database \".*\" does not exist", _MISSING, None),
    (r"permission denied for database", _NOT_ALLOWED, "GRANT CONNECT ON DATABASE … TO the role"),
    (r"not permitted to log in", "the role may not log in", "ALTER ROLE … LOGIN"),
    (
        r"session is (not )?read-only|server is (not )?in hot standby",
        "no host is what target_session_attrs asks for",
        "name the hosts that are, or drop target_session_attrs from the URL",
    ),
    (r"role \".*\" does not exist", "there is no such role", "check the user in the URL"),
    (
        r"could not translate host name|Name or service not known|nodename nor servname",
        "the host name is unknown",
        "check the host in the URL",
    ),
    (
        r"Connection refused|No such file or directory",
        "nothing listens there",
        "check host and port in the URL, and that the server runs",
    ),
    (r"timeout expired|timed out", f"no answer within {CONNECT_TIMEOUT_S} s", "check host, port and firewalls"),
    (
        r"not currently accepting connections",
        _CLOSED,
        "ALTER DATABASE … ALLOW_CONNECTIONS true opens it",
    ),
    (
        r"too many (clients|connections)|remaining connection slots",
        "its connections are used up",
        "lower --workers or --source-connections, or close other sessions",
    ),
    (
        r"certificate verify failed|root certificate",
        "its TLS certificate could not be verified",
        "check sslrootcert and sslmode in the URL",
    ),
    (r"starting up|shutting down|in recovery mode", "it is starting up or shutting down", "wait and run again"),
)


#: Reasons that may be others in a moment.
_PASSING = frozenset(
    {"nothing listens there", f"no answer within {CONNECT_TIMEOUT_S} s", "it is starting up or shutting down"}
)


def connection_error(side: Side, endpoint: str, error: psycopg.Error) -> SourceError | TargetError:
    """What is raised where *endpoint*, as it is shown, could not be connected to: a reason and a hint of our own, since
    the driver's words may hold a password."""
    said = str(error)
    for pattern, reason, hint in _REASONS:
        if re.search(pattern, said, re.IGNORECASE | re.DOTALL):
            raised = side.error(f"{side} {endpoint}: {reason}", hint=hint)
            raised.is_missing_database = reason == _MISSING
            raised.is_lost = reason in _PASSING
            return raised
    fault = ServerFault.from_error(error)
    raised = side.error(f"{side} {endpoint}: cannot connect: {fault.text}")
    raised.is_lost = True
    return raised
