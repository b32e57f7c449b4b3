"""Every object of a database and its definition, so that two databases can be compared name by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import psycopg

from masker.catalog.read import HIDDEN_SCHEMAS
from masker.findings import Finding, Outcome
from masker.queries import queries
from masker.tables.tolerated import Carried
from masker.verify.objects import carried_parameters, objects_query

_SQL = queries(__name__)

ObjectKey = tuple[str, str]  # (kind, identity)

#: What the host of a target has made for its own ends: it belongs to roles that the database's owner may not act as, or
#: stands in hidden schemas. ``public`` is there before a dump is restored, and extensions' schemas outlive an emptying.
_PLATFORM = _SQL["platform"]


def describe(conn: psycopg.Connection, *, same_major: bool, carried: Sequence[Carried] = ()) -> dict[ObjectKey, str]:
    """Definitions by kind and identity; those of *carried* constraints and indexes as a copy has them.

    Without *same_major* what majors show differently is left out: the texts of views, rules and function bodies in SQL,
    that a partition's column is an identity, which is the parent's since 17, a trigger's copies on partitions, which
    were internal before 15, and the names of NOT NULL, which have one since 18.
    """
    rows = conn.execute(
        objects_query(conn.info.server_version).encode(),
        {
            "hidden": list(HIDDEN_SCHEMAS),
            "same_major": same_major,
            "encoding": encoding_of(conn),
            **carried_parameters(carried),
        },
    ).fetchall()
    return {(kind, identity): definition for kind, identity, definition in rows}


def encoding_of(conn: psycopg.Connection) -> str:
    """The encoding that digests are made in, whatever the servers'; bytes that are in none have to be the same."""
    return "SQL_ASCII" if conn.info.parameter_status("server_encoding") == "SQL_ASCII" else "UTF8"


def platform(conn: psycopg.Connection) -> frozenset[ObjectKey]:
    """Objects of *conn*'s database that its host has made: a target may have them beside what the source has."""
    found = conn.execute(_PLATFORM.encode(), {"hidden": list(HIDDEN_SCHEMAS)}).fetchall()
    return frozenset(
        {(kind, name) for kind, name, _ in found} | {("function", function) for *_, function in found if function}
    )


def compare(
    source: Mapping[ObjectKey, str],
    target: Mapping[ObjectKey, str],
    left_out: frozenset[str],
    beside: frozenset[ObjectKey] = frozenset(),
) -> Iterator[Finding]:
    """A finding for each kind of object that is equal, and one for each object that is not.

    *left_out* are subjects the plan says it leaves out. *beside* are the host's objects, which the source need not
    have; a comment on one is the host's as well.
    """
    hosts = {
        f"{kind} {identity}" for kind, identity in beside if identity != "public" or (kind, identity) not in source
    }
    kinds = sorted({kind for kind, _ in source} | {kind for kind, _ in target})
    for kind in kinds:
        mine = {
            identity: text
            for (k, identity), text in source.items()
            if k == kind and not _is_left_out(k, identity, left_out, hosts)
        }
        theirs = {
            identity: text
            for (k, identity), text in target.items()
            if k == kind
            and not (kind == "comment" and identity in hosts)
            and not (identity not in mine and (k, identity) in beside)
        }
        bad = []
        for identity in sorted(mine.keys() | theirs.keys()):
            if identity not in theirs:
                bad.append((identity, "missing on the target"))
            elif identity not in mine:
                bad.append((identity, "not on the source"))
            elif mine[identity] != theirs[identity]:
                bad.append((identity, "defined otherwise than on the source"))
        if bad:
            yield from (
                Finding(check="schema", subject=f"{kind} {identity}", outcome=Outcome.FAILED, detail=detail)
                for identity, detail in bad
            )
        else:
            yield Finding(check="schema", subject=f"{_number(len(mine), kind)} equal", outcome=Outcome.PASSED)


def _is_left_out(kind: str, identity: str, left_out: frozenset[str], hosts: set[str]) -> bool:
    """Whether the plan leaves the object out, or what a comment stands on."""
    if kind == "comment":
        return identity in left_out or identity in hosts or f"comment on {identity}" in left_out
    return f"{kind} {identity}" in left_out


#: Plurals that are no word with an ``s``.
_PLURALS = {
    "index": "indexes",
    "policy": "policies",
    "rows of materialized view": "rows of materialized views",
    "operator class": "operator classes",
    "operator family": "operator families",
    "text search dictionary": "text search dictionaries",
}


def _number(count: int, kind: str) -> str:
    plural = _PLURALS.get(kind, kind if kind.endswith("s") else f"{kind}s")
    return f"{count:,} {kind if count == 1 else plural}"
