"""The run before, as its marker keeps it, and whether its preview can be gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from masker.copy.prepare import Prepared
from masker.copy.structure import against_source
from masker.delta.decide import Now, about_history, about_marker, about_tables, taken_again
from masker.delta.server.triggers import has_event_triggers, with_rules, with_triggers
from masker.errors import TargetError
from masker.findings import Findings
from masker.names import TableName
from masker.postgres.connect import Session, connect, parse_url
from masker.postgres.errors import server_errors
from masker.postgres.history import columns_of_all, pages_of_all
from masker.postgres.marker import Marker, read_marker
from masker.postgres.unidentified import unidentified
from masker.ruleset.parse import read_rules
from masker.settings import Settings
from masker.sides import Side
from masker.verify.gate import gate_problem, key_id
from masker.verify.kept import Origin, read_proofs
from masker.verify.since import Since, read_since

#: Reasons and findings that are named.
_NAMED = 3

#: Why all rows of a table are taken again.
BY_RULES = "for what its rules or what they go by make of them"


class NotPossible(Exception):
    """Why the difference cannot be written: nothing was, and a full copy can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The run before, as its marker keeps it, and the tables that are taken *again*, all rows of them."""

    marker: Marker
    origin: Origin
    since: Since
    again: frozenset[TableName]


def look_before(settings: Settings) -> None:
    """Reasons that are known before production is asked anything. Raises NotPossible, RuleErrors."""
    if any(file.subset is not None for file in read_rules(settings.rules, settings.schema).files):
        raise NotPossible("the rules take a subset, and which rows belong to it changes with rows that do not change")
    if settings.key is None:
        raise NotPossible("there is no key, so that the rows of two runs would be masked differently")
    try:
        with connect(parse_url(settings.target, Side.TARGET)) as conn:
            marker = read_marker(conn)
    except TargetError as error:
        if not error.is_missing_database:
            raise
        raise NotPossible("there is no preview yet") from None
    if marker is None:
        raise NotPossible("no run of masker has filled the preview")
    if marker.record.get("since") is None:
        raise NotPossible("the run before kept nothing to compare with")


def read_before(ready: Prepared, conn: Session) -> Before:
    """The run to go on from. Raises NotPossible with all reasons why there is none."""
    with server_errors(Side.TARGET, "what the run before has left was read"):
        marker = read_marker(conn)
        if marker is None:
            raise NotPossible("no run of masker has filled the preview")
        key = key_id(ready.settings.key) if ready.settings.key is not None else None
        if (problem := gate_problem(conn, marker, ready.settings.key)) is not None:
            raise NotPossible(problem)
        reasons = [*about_marker(marker.record, key=key)]
        since, proofs = read_since(marker.record), read_proofs(marker.record)
        if since is None or proofs is None or proofs.origin is None or reasons:
            raise NotPossible("; ".join(reasons) or "the run before kept nothing to compare with")
        now = _now(ready, conn)
    reasons = [
        *about_history(since, proofs.origin, now),
        *about_tables(ready.plan, ready.catalog, since, now),
        *_about_schema(ready, conn),
    ]
    if reasons:
        more = f", and {len(reasons) - _NAMED} reasons more" if len(reasons) > _NAMED else ""
        raise NotPossible("; ".join(reasons[:_NAMED]) + more)
    return Before(marker=marker, origin=proofs.origin, since=since, again=taken_again(ready.plan, since))


def _now(ready: Prepared, conn: psycopg.Connection) -> Now:
    server = ready.catalog.server
    row = conn.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::int8").fetchone()
    return Now(
        system_identifier=str(server.system_identifier) if server.system_identifier is not None else None,
        database_oid=server.database_oid,
        horizon=ready.horizon,
        timeline=ready.history.timeline,
        started=ready.history.started,
        preview_next=int(row[0]) if row else 0,
        pages=pages_of_all(conn),
        columns=columns_of_all(conn),
        rules=with_rules(conn),
        user_triggers=with_triggers(conn),
        unidentified=frozenset(unidentified(conn)),
        has_event_triggers=has_event_triggers(conn),
    )


def _about_schema(ready: Prepared, conn: psycopg.Connection) -> Iterator[str]:
    """Whether both sides have the same objects still."""
    settings = ready.settings
    found = Findings(
        tuple(against_source(ready.keeper, conn, ready.plan, owners=settings.with_owners, grants=settings.with_grants))
    )
    if found.bad:
        yield f"the preview's schema is not production's any more: {told(found)}"


def told(findings: Findings) -> str:
    bad = [f"{finding.check}: {finding.subject}: {finding.detail}" for finding in findings.bad]
    return "; ".join(bad[:_NAMED]) + (f", and {len(bad) - _NAMED} more" if len(bad) > _NAMED else "")
