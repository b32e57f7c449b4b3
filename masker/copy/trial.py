"""The schema made in a scratch database beside the target, and dropped: what only the server can say, without a
copy."""

from __future__ import annotations

import psycopg

from masker.catalog.read import read_server
from masker.copy.prepare import Prepared
from masker.copy.server.publishing import TRIED
from masker.copy.server.rehearse import make, rehearse
from masker.copy.steps import CreateSchema
from masker.errors import UsageError
from masker.postgres.connect import connect
from masker.postgres.errors import server_errors
from masker.postgres.hindrances import drop_statement
from masker.postgres.target import connect_maintenance, create_shadow, read_live, shadow_name
from masker.postgres.unmade import Unmade, Unmakeable, problem
from masker.runs import new_run
from masker.sides import Side


def try_schema(ready: Prepared) -> None:
    """Raise Unmakeable with all that the target's server does not make of the schema, UsageError where the role may
    create no database."""
    first = ready.plan.steps[0]
    if not isinstance(first, CreateSchema):
        return
    with connect_maintenance(ready.target) as conn:
        with server_errors(Side.TARGET, "its role was looked at"):
            server = read_server(conn)
        if not server.can_create_database:
            raise UsageError(
                f"target: the role {server.user} may not create databases, which --try needs",
                hint="give it CREATEDB, or leave out --try: the copy tries its schema itself, before it reads a row",
            )
        name = shadow_name(ready.target.database, new_run(), TRIED)
        try:
            create_shadow(conn, name, read_live(conn, ready.target.database), ready.catalog.server)
            with connect(ready.target.with_database(name), settings={"check_function_bodies": "off"}) as scratch:
                unmade = _tried(scratch, first)
        finally:
            with server_errors(Side.TARGET, f"the scratch database {name} was dropped"):
                conn.execute(drop_statement(name))
    if unmade:
        raise Unmakeable([problem(found, ready.catalog.server.major, server.major) for found in unmade])


def _tried(scratch: psycopg.Connection, step: CreateSchema) -> list[Unmade]:
    unmade = make(scratch, step.entries, _never)
    rehearse(scratch, step.attempts, unmade, _never)
    return unmade


def _never() -> bool:
    return False
