"""What is known to keep a copy from ending well before a row is read or the target touched: all of it, from both
servers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import psycopg

from masker.at_once import at_once
from masker.catalog.target import TargetFacts
from masker.catalog.types import Catalog
from masker.copy.for_target import moved_extensions, virtual_columns, without_virtual_columns
from masker.copy.reading import Reading
from masker.copy.server.beforehand import NotBySchema, problems_by_schema
from masker.copy.server.built_in import built_in_problems, built_in_questions
from masker.copy.server.roles_needed import roles_problems, roles_question
from masker.copy.server.room import disk_shortage, lock_shortage
from masker.copy.server.slots import QUESTION as SESSIONS
from masker.copy.server.slots import shortage
from masker.copy.server.written_for import unreadable
from masker.errors import MaskerError, Problem
from masker.names import TableName
from masker.postgres.connect import Endpoint, connect
from masker.postgres.entries import SchemaEntry
from masker.postgres.errors import server_errors
from masker.postgres.target import connect_maintenance
from masker.postgres.unmade import Unmakeable, problem
from masker.ruleset.types import Resolution
from masker.settings import Settings
from masker.sides import Side

_INSTALLED = "SELECT e.extname, n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"


def foresee(
    settings: Settings,
    keeper: psycopg.Connection,
    target: Endpoint,
    catalog: Catalog,
    resolution: Resolution,
    entries: Sequence[SchemaEntry],
    reading: Reading,
    facts: TargetFacts,
) -> list[MaskerError]:
    """Everything of it. *keeper* is the session that holds the source's snapshot, *entries* are the source's schema,
    *reading* is how its tables are read, *facts* what the target offers."""
    is_on_target = settings.publish in {"direct", "schema"}
    with connect(target) if is_on_target else connect_maintenance(target) as conn:
        with server_errors(Side.SOURCE, "its roles, what it uses of its server and its connections were read"):
            asked = [
                SESSIONS,
                roles_question(keeper, owners=settings.with_owners, grants=settings.with_grants),
                *built_in_questions(keeper, conn),
            ]
            sessions, named, *used = at_once(keeper, asked)
        built_in = built_in_problems([row for rows in used for row in rows], keeper, conn)
        roles = roles_problems(named, conn, owners=settings.with_owners)
        problems = [*_of_schema(settings, conn, catalog, entries, chain(roles, built_in))]
        disk = (
            disk_shortage(catalog, resolution, settings.free_bytes, _shares(catalog, reading))
            if settings.publish != "direct"
            else None
        )
        room = [error for error in (lock_shortage(conn, catalog), disk) if error is not None]
        kept = (
            problems_by_schema(settings, conn, catalog, resolution, entries, facts)
            if settings.publish == "schema"
            else []
        )
        return [
            *([NotBySchema(target.database, kept)] if kept else []),
            *([Unmakeable(problems)] if problems else []),
            *_connections(settings, keeper, sessions, conn),
            *room,
        ]


def _shares(catalog: Catalog, reading: Reading) -> dict[TableName, float]:
    """Of each table of which a subset takes rows, how large a part that is."""
    return {
        name: min(1.0, read.taken.rows / max(catalog.tables[name].rows, 1.0))
        for name, read in reading.tables.items()
        if read.taken is not None
    }


def _of_schema(
    settings: Settings,
    conn: psycopg.Connection,
    catalog: Catalog,
    entries: Sequence[SchemaEntry],
    lacking: Iterable[Problem],
) -> Iterator[Problem]:
    version = conn.info.server_version
    yield from virtual_columns(catalog, version)
    yield from lacking
    if catalog.server.major != version // 10000:
        with server_errors(Side.TARGET, "the schema was read to it"):
            for found in unreadable(
                conn, tuple(without_virtual_columns(entries, catalog) if version < 180000 else entries)
            ):
                yield problem(found, catalog.server.major, version // 10000)
    if settings.publish in {"direct", "schema"}:
        with server_errors(Side.TARGET, "its extensions were read"):
            installed = {str(name): str(schema) for name, schema in conn.execute(_INSTALLED).fetchall()}
        yield from moved_extensions(catalog, installed)


def _connections(
    settings: Settings, keeper: psycopg.Connection, sessions: Sequence[Any], conn: psycopg.Connection
) -> Iterator[MaskerError]:
    """Beside what is connected by now: lanes, and on the source a session that reads sequences. On the target two are
    needed at the end, too."""
    found = [
        shortage(
            keeper,
            Side.SOURCE,
            settings.reading_lanes,
            beside=1,
            of_database=True,
            less="--source-connections",
            first=sessions,
        ),
        shortage(
            conn,
            Side.TARGET,
            max(2, settings.workers),
            beside=0,
            of_database=settings.publish in {"direct", "schema"},
            less="--workers",
        ),
    ]
    yield from (error for error in found if error is not None)
