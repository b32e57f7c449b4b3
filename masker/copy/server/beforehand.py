"""What ``--publish schema`` replaces, and what keeps it from that: all of it known before a row is read or anything
touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import psycopg

from masker.catalog.target import TargetFacts
from masker.catalog.types import Catalog
from masker.copy.extension_rows import carried_tables
from masker.copy.server.next_schemas import default_privileges
from masker.copy.usable import usable_entries
from masker.errors import ManyProblems, Problem, Refused
from masker.names import NEXT_SCHEMAS, shown
from masker.postgres.emptying import KEPT_SCHEMAS, SURVIVING
from masker.postgres.entries import SchemaEntry
from masker.postgres.errors import server_errors
from masker.queries import queries
from masker.ruleset.types import Resolution
from masker.settings import Settings
from masker.sides import Side

_SQL = queries(__name__)

#: What a dump has that belongs to the whole database: it would be the live preview's at once.
_OF_THE_DATABASE = (
    "ACCESS METHOD", "EVENT TRIGGER", "FOREIGN DATA WRAPPER", "FOREIGN TABLE", "PROCEDURAL LANGUAGE", "PUBLICATION",
    "SERVER", "SHELL TYPE", "SUBSCRIPTION", "TRANSFORM", "USER MAPPING",
)  # fmt: skip

#: Of one kind, objects that are told of.
_SHOWN = 10


class NotBySchema(ManyProblems, Refused):
    """Schemas that cannot take the place of the live ones within their database. Nothing was touched."""

    exit_code = Refused.exit_code
    code = Refused.code

    def __init__(self, database: str, problems: Sequence[Problem]) -> None:
        count = len(problems)
        super().__init__(
            f"target {database}: {count} thing{'s keep' if count != 1 else ' keeps'} its schemas from being replaced"
            " (--publish schema); nothing was touched",
            problems,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """What is replaced together: *schemas*, whether they are on the target yet or not; *extensions*, by name, that live
    in one of them and stay."""

    schemas: tuple[str, ...]
    extensions: Mapping[str, str]


def replaced(conn: psycopg.Connection, created: Iterable[str]) -> Replaced:
    """What a copy replaces whose source makes the schemas *created*, beside ``public``. Raises psycopg.Error."""
    surviving = {row[0] for row in conn.execute(SURVIVING, {"kept": KEPT_SCHEMAS}).fetchall()}
    there = {row[0] for row in conn.execute(_SQL["schemas"], {"surviving": list(surviving)}).fetchall()}
    schemas = tuple(sorted({"public", *there, *(name for name in created if name not in surviving)}))
    installed = conn.execute(_SQL["installed"]).fetchall()
    return Replaced(schemas=schemas, extensions={name: schema for name, schema, *_ in installed if schema in schemas})


def created_schemas(entries: Iterable[SchemaEntry]) -> list[str]:
    """The schemas that *entries* make."""
    return [entry.name for entry in entries if entry.type == "SCHEMA"]


def outside(conn: psycopg.Connection, schemas: Sequence[str]) -> list[tuple[str, str]]:
    """What is in none of *schemas* and depends on something in one of them, and on what. Raises psycopg.Error."""
    found = conn.execute(_SQL["outside"], {"schemas": list(schemas)}).fetchall()
    return [(what.removeprefix("rule _RETURN on "), on) for what, on in found]


def problems_by_schema(
    settings: Settings,
    conn: psycopg.Connection,
    catalog: Catalog,
    resolution: Resolution,
    entries: Sequence[SchemaEntry],
    facts: TargetFacts,
) -> list[Problem]:
    """Everything that keeps *conn*'s database from having its schemas replaced by the source's. Raises TargetError."""
    made = usable_entries(entries, catalog, facts, [])
    with server_errors(Side.TARGET, "looking for what keeps its schemas from being replaced"):
        what = replaced(conn, created_schemas(made))
        return [
            *_asked(settings),
            *_of_source(catalog, resolution, made, frozenset(facts.schemas) - {"public"}),
            *_of_role(conn, what),
            *_of_installed(conn, what),
            *_of_missing(conn, what, catalog),
            *_of_target(conn, what),
        ]


def problems_of_target(conn: psycopg.Connection) -> list[Problem]:
    """What keeps *conn*'s database from having its schemas replaced, whatever the source. Raises psycopg.Error."""
    what = replaced(conn, ())
    return [*_of_role(conn, what), *_of_installed(conn, what), *_of_target(conn, what)]


def _asked(settings: Settings) -> Iterator[Problem]:
    if settings.keep_old:
        yield Problem(
            "--keep-old",
            "the former preview would stay in the database of the new one, where nothing keeps the two apart",
            "leave it out, and keep a dump before each run: hooks: {before: [masker dump create …]}",
        )


def _of_source(
    catalog: Catalog, resolution: Resolution, entries: Sequence[SchemaEntry], staying: frozenset[str]
) -> Iterator[Problem]:
    by_type: dict[str, list[str]] = {}
    for entry in entries:
        kind = next((kind for kind in _OF_THE_DATABASE if entry.type.startswith(kind)), None)
        if kind is None and entry.type == "DEFAULT ACL" and not entry.schema:
            kind = "DEFAULT ACL"
        if kind is not None:
            by_type.setdefault(kind, []).append(entry.name)
    for kind, names in by_type.items():
        yield Problem(
            f"{kind.lower()}",
            f"the source has {_some(names)}, of which a database has one alone, in no schema or tied to its own",
            "publish by swap or direct",
        )
    if catalog.large_objects and resolution.large_objects == "keep":
        yield Problem(
            "large objects",
            f"the source has {catalog.large_objects:,}, and a database has them under one number each",
            "leave them out (large_objects: none in the rules), or publish by swap or direct",
        )
    for table in carried_tables(resolution.tables):
        yield Problem(
            str(table.name),
            f"it is a table of the extension {table.extension}, which is not replaced, and its rows are to be carried",
            "let the rules leave its rows out (rows: none), or publish by swap or direct",
        )
    for schema in sorted({entry.schema for entry in entries if entry.schema in staying}):
        yield Problem(
            f"schema {shown(schema)}",
            "the source has objects in it, and on the target an extension or the host has it, so that it stays",
            "keep the two apart, or publish by swap",
        )


def _of_role(conn: psycopg.Connection, what: Replaced) -> Iterator[Problem]:
    me = shown(conn.info.user)
    row = conn.execute("SELECT has_database_privilege(current_database(), 'CREATE')").fetchone()
    if not (row and row[0]):
        yield Problem(
            f"role {me}",
            "it may not create schemas in the database",
            f"GRANT CREATE ON DATABASE … TO {me} by its owner",
        )
    for name, is_ours, owner in conn.execute(_SQL["schemas"], {"surviving": []}).fetchall():
        if name in what.schemas and not is_ours:
            yield Problem(
                f"schema {shown(name)}",
                f"it is {shown(owner)}'s, and only its owner may rename it",
                f"ALTER SCHEMA {shown(name)} OWNER TO {me} by a role that may, or connect as {shown(owner)}",
            )
    others = [
        f"{name} (of {shown(owner)})"
        for name, owner in conn.execute(_SQL["of_others"], {"schemas": list(what.schemas)}).fetchall()
    ]
    if others:
        yield Problem(
            f"role {me}",
            f"it does not own {_some(others)}, which would have to be dropped",
            f"ALTER … OWNER TO {me}, or connect as a role that owns them",
        )
    for role in sorted({role for role, is_ours, *_ in default_privileges(conn) if not is_ours}):
        yield Problem(
            "default privileges",
            f"those of {shown(role)} in schema public could not be given to the new one",
            f"GRANT {shown(role)} TO {me}, or drop them: ALTER DEFAULT PRIVILEGES FOR ROLE {shown(role)} IN SCHEMA"
            " public REVOKE …",
        )
    if len(what.schemas) > len(NEXT_SCHEMAS):
        yield Problem(
            "schemas",
            f"{len(what.schemas)} would be replaced together, and {len(NEXT_SCHEMAS)} at most can be",
            "publish by swap or direct",
        )


def _of_installed(conn: psycopg.Connection, what: Replaced) -> Iterator[Problem]:
    installed = {name: rest for name, *rest in conn.execute(_SQL["installed"]).fetchall()}
    me = shown(conn.info.user)
    for name, schema in what.extensions.items():
        _, is_movable, is_ours = installed[name]
        if not is_movable:
            yield Problem(
                f"extension {shown(name)}",
                f"it lives in schema {shown(schema)}, which is replaced, and cannot be moved out of it",
                "create it in a schema of its own on both sides, or publish by swap or direct",
            )
        elif not is_ours:
            yield Problem(
                f"extension {shown(name)}",
                f"it lives in schema {shown(schema)}, which is replaced, and the role {me} may not move it, since it"
                " does not own all that is in it",
                "let a superuser move it to a schema of its own, on both sides (ALTER EXTENSION … SET SCHEMA …), or"
                " publish direct",
            )


def _of_missing(conn: psycopg.Connection, what: Replaced, catalog: Catalog) -> Iterator[Problem]:
    installed = {name for name, *_ in conn.execute(_SQL["installed"]).fetchall()}
    for extension in catalog.extensions:
        if extension.name not in installed:
            yield Problem(
                f"extension {shown(extension.name)}",
                "the source has it and the target does not yet, and it would be the live preview's at once",
                "create it in a schema of its own, on both sides; or publish direct"
                if extension.schema in what.schemas
                else f"CREATE EXTENSION {shown(extension.name)} SCHEMA {shown(extension.schema)} on the target",
            )


def _of_target(conn: psycopg.Connection, what: Replaced) -> Iterator[Problem]:
    beside = [row[0] for row in conn.execute(_SQL["beside"], {"schemas": list(what.schemas)}).fetchall()]
    if beside:
        yield Problem(
            "target",
            f"it has {_some(beside)}, which would stay and which the copy knows nothing of",
            "drop what is not needed, or publish by swap or direct",
        )
    for (schema,) in conn.execute(_SQL["staying"], {"kept": KEPT_SCHEMAS}).fetchall():
        yield Problem(
            f"schema {shown(schema)}",
            "on the target an extension lives in it, so that it stays, and it has other tables besides",
            "move those elsewhere or drop them, or publish by swap or direct",
        )
    found = outside(conn, what.schemas)
    for one, on in found[:_SHOWN]:
        yield Problem(
            one, f"it depends on {on}, which is replaced", "drop it before the copy and make it anew after it"
        )
    if len(found) > _SHOWN:
        yield Problem("others", f"{len(found) - _SHOWN} more depend on what is replaced")


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
