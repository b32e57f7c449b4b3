"""Whether a run has anything to do: not where the target's own marker says that it is masked and verified, by the rules
as they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from masker.catalog.read import read_catalog
from masker.errors import TargetError
from masker.postgres.connect import connect, parse_url
from masker.postgres.errors import server_errors
from masker.postgres.marker import read_marker, refreshed_ago
from masker.ruleset.decided import otherwise_decided
from masker.ruleset.parse import read_rules
from masker.ruleset.resolve import resolve
from masker.settings import Settings
from masker.sides import Side
from masker.verify.gate import gate_problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A target that is what the run would make it: by which run, and how long ago, None where that is not known."""

    database: str
    run: str
    age: timedelta | None = None


def standing(settings: Settings, *, fresher_than: timedelta | None = None) -> Standing | None:
    """The target as it stands if no run is needed, None if one is. Nothing is written.

    Its marker has to be its own, of a run that has verified it, sealed where a key is given, and its rules the same as
    *settings* name, as far as tables and columns go that stood there then. With *fresher_than* a whole refresh must
    also have ended no longer ago.
    """
    endpoint = parse_url(settings.target, Side.TARGET)
    rules = read_rules(settings.rules, settings.schema)
    try:
        conn = connect(endpoint)
    except TargetError as error:
        if error.is_missing_database:
            return None
        raise
    with conn:
        marker = read_marker(conn)
        with server_errors(Side.TARGET, "its marker was looked at"):
            if marker is None or gate_problem(conn, marker, settings.key) is not None or "decided" not in marker.record:
                return None
            age = refreshed_ago(conn) if fresher_than is not None else None
            if fresher_than is not None and (age is None or age > fresher_than):
                return None
            catalog = read_catalog(conn)
        if otherwise_decided(marker.record["decided"], resolve(rules, catalog, in_place=True)):
            return None
    return Standing(database=endpoint.database, run=marker.run, age=age)
