"""How a preview may be published, by what its role may do where it is."""

from __future__ import annotations

from dataclasses import dataclass

from masker.copy.server.beforehand import problems_of_target
from masker.errors import Interrupted, MaskerError
from masker.postgres.connect import Endpoint, connect, parse_url
from masker.postgres.errors import server_errors
from masker.postgres.target import may_create_databases
from masker.sides import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """*may_create_databases*: the new preview can be a database beside the live one. Else its schemas are replaced, but
    for what has *hindered* that, in words."""

    may_create_databases: bool
    hindered: tuple[str, ...] = ()


def ways_to_publish(target: Endpoint) -> Ways:
    """How the database *target* may be published. Raises TargetError."""
    with connect(target) as conn, server_errors(Side.TARGET, "what its role may do was read"):
        if may_create_databases(conn):
            return Ways(may_create_databases=True)
        found = problems_of_target(conn)
    return Ways(may_create_databases=False, hindered=tuple(f"{each.subject}: {each.found}" for each in found))


def seen(url: str) -> Ways | None:
    """The same of a preview that may not be there yet, or not be reached from here: None then."""
    try:
        return ways_to_publish(parse_url(url, Side.TARGET))
    except Interrupted:
        raise
    except MaskerError:
        return None
