"""What a schema uses of PostgreSQL itself and another server does not have: newer functions and types, collations of
its operating system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from masker.at_once import filled
from masker.catalog.read import HIDDEN_SCHEMAS
from masker.errors import Problem
from masker.postgres.errors import server_errors
from masker.queries import queries
from masker.sides import Side

_SQL = queries(__name__)

#: Functions and types that come with the server, by an object that uses them and how many do.
_USED = _SQL["used"]

#: The database's own collation is written nowhere.
_COLLATIONS = _SQL["collations"]

_THERE = {
    "function": "SELECT u.n, to_regprocedure('pg_catalog.' || u.n) IS NOT NULL FROM unnest(%s::text[]) AS u(n)",
    "type": "SELECT u.n, to_regtype('pg_catalog.' || quote_ident(u.n)) IS NOT NULL FROM unnest(%s::text[]) AS u(n)",
    "collation": (
        "SELECT u.n, EXISTS (SELECT FROM pg_collation WHERE collname = u.n AND collnamespace ="
        " 'pg_catalog'::regnamespace) FROM unnest(%s::text[]) AS u(n)"
    ),
}


def built_in_questions(source: psycopg.Connection, target: psycopg.Connection) -> list[str]:
    """What the source is asked for that. Functions and types are looked for where its server is of a later version."""
    is_later = source.info.server_version // 10000 > target.info.server_version // 10000
    collations = filled(source, _COLLATIONS, {"hidden": list(HIDDEN_SCHEMAS)})
    return [collations, _USED] if is_later else [collations]


def built_in_problems(
    used: Sequence[Sequence[Any]], source: psycopg.Connection, target: psycopg.Connection
) -> Iterator[Problem]:
    """A problem for each of those that the *source* has said to have *used*."""
    for kind, query in _THERE.items():
        asked = {name: (count, example) for of_kind, name, count, example in used if of_kind == kind}
        if not asked:
            continue
        with server_errors(Side.TARGET, "what it has was read"):
            missing = [name for name, there in target.execute(query.encode(), [list(asked)]).fetchall() if not there]
        for name in sorted(missing):
            count, example = asked[name]
            what = f"{example}" + (f" and {count - 1:,} more" if count > 1 else "")
            version = target.info.server_version // 10000
            yield Problem(
                f"{kind} {name}",
                f"it is used by {what}, and the target's server, PostgreSQL {version}, does not have it",
                (
                    "make it known to the target's operating system and call pg_import_system_collations, or use"
                    " another on the source"
                    if kind == "collation"
                    else (
                        f"give the target's server the source's version, {source.info.server_version // 10000}, or do"
                        " without it on the source"
                    )
                ),
            )
