"""From settings to a plan: both servers looked at, the rules resolved, the masks tried. Nothing is written anywhere."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import psycopg

from masker.catalog.changes import schema_changes
from masker.catalog.read import HIDDEN_SCHEMAS, read_catalog
from masker.catalog.types import Catalog, Server
from masker.errors import CatalogMismatch, MaskerError, Refused, RuleErrors, SourceError, TargetError, UsageError, raise_all
from masker.masks.bindings import INSTANT, derive
from masker.names import quote
from masker.notes import Note
from masker.pg.agreement import disagreements
from masker.pg.connect import Endpoint, connect, is_missing_database, parse_url
from masker.pg.database_settings import beyond
from masker.pg.dump import dump_schema, find_pg_dump
from masker.pg.errors import Side, server_errors, source_changed
from masker.pg.hindrances import hindrances
from masker.pg.hold import Hold, held
from masker.pg.keyring import holding
from masker.pg.probe import probe
from masker.pg.probe_originals import probe_originals
from masker.pg.target import Live, connect_maintenance, lost_with, read_live, read_target_facts
from masker.plan.copy import CopyOptions, TargetFacts, build_copy_plan, groups
from masker.plan.steps import CopyPlan
from masker.plan.unmade import Unmakeable
from masker.plan.witness import SEED_SETTING
from masker.ruleset.digest import rules_digest
from masker.ruleset.left_out import is_carried
from masker.ruleset.parse import read_rules
from masker.ruleset.resolve import resolve
from masker.ruleset.types import Resolution
from masker.run.documents import against_documents
from masker.run.foreseen import foresee
from masker.run.guard import guard_copy, guard_source, role_notes
from masker.run.known import known_values
from masker.settings import Settings

_KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A plan and the open snapshot it was made from. *keeper* holds the snapshot, and is kept from being idle by *hold*, so that nothing long
    may be asked of it; *started* is when it was taken (monotonic seconds). *instant* is the one time that rules
    mean by ``now()``; every transaction before *horizon* had ended when the snapshot was taken.
    """

    settings: Settings
    source: Endpoint
    target: Endpoint
    keeper: psycopg.Connection
    hold: Hold
    snapshot: str
    instant: str
    started: float
    catalog: Catalog
    resolution: Resolution
    plan: CopyPlan
    bindings: Mapping[str, str] = field(repr=False)
    horizon: int
    rules_digest: str = ""

    @property
    def client_encoding(self) -> str:
        """What both servers are spoken to in while rows move: the source's encoding where no conversion can be asked for, else UTF8."""
        return _client_encoding(self.catalog.server)


@contextlib.contextmanager
def prepared(
    settings: Settings, *, writes: bool = True, instant: str | None = None, since: Catalog | None = None, foresees: bool = True
) -> Iterator[Prepared]:
    """The plan of a copy, while the source's snapshot is held. Without *writes* the target's role needs no privilege to publish; that it has
    none is a note of the plan. *instant* is the time that rules mean by ``now()``, None for that of the snapshot. *since* is the
    source's catalog as an earlier attempt has planned with it. *foresees*: what would keep a copy from ending well is looked for.

    Raises UsageError, RuleErrors, CatalogMismatch, SourceError, TargetError or Refused, whichever comes first.
    """
    source = parse_url(settings.source, Side.SOURCE)
    target = parse_url(settings.target, Side.TARGET)
    ruleset = read_rules(settings.rules)
    with connect(source) as keeper, contextlib.ExitStack() as stack:
        with server_errors(Side.SOURCE, "a snapshot was taken"):
            keeper.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            row = keeper.execute("SELECT pg_export_snapshot(), now()::text, pg_snapshot_xmin(pg_current_snapshot())::text").fetchone()
        started = time.monotonic()
        snapshot, now, horizon = (str(row[0]), str(row[1]), int(row[2])) if row else ("", "", 0)
        hold = stack.enter_context(held(source, keeper, settings.idle_limit_s))
        with server_errors(Side.SOURCE, "its catalog was read"):
            catalog = read_catalog(keeper)
        if since is not None:
            require_unchanged(since, catalog)
        decided = resolve(ruleset, catalog)
        _require_readable(catalog, decided)
        warnings = guard_source(settings, keeper, writes=writes)
        facts, target_server, obstacle, hindered, found = _look_at_target(settings, target, keeper, catalog.server, writes=writes)
        wrong = [error for error in (obstacle if writes else None, hindered if foresees else None) if error is not None]
        try:
            _require_encoding(catalog.server, target_server)
        except CatalogMismatch as error:
            wrong.append(error)
        resolution = against_documents(keeper, decided, Side.SOURCE)
        if resolution.large_objects == "keep":
            _require_readable_large_objects(catalog)
        key = settings.key or secrets.token_bytes(_KEY_BYTES)
        known = {**known_values(resolution, os.environ, key), INSTANT: instant or now}
        dump = find_pg_dump(catalog.server.major, settings.pg_dump, needs_tls=keeper.pgconn.ssl_in_use)
        entries = dump_schema(
            dump,
            source,
            snapshot=snapshot,
            encoding=_client_encoding(catalog.server),
            exclude_schemas=[s for s in HIDDEN_SCHEMAS if s != "information_schema"],
            with_owners=settings.with_owners,
            with_grants=settings.with_grants,
            application_name=hold.program,
        )
        options = CopyOptions(
            publish=settings.publish, reading_lanes=settings.reading_lanes, known=known, verify=settings.verify,
            is_transcoded=catalog.server.encoding != target_server.encoding,
        )  # fmt: skip
        wrong += foresee(settings, keeper, target, catalog, entries) if foresees else []
        pathless = frozenset(p.subject for error in wrong if isinstance(error, Unmakeable) for p in error.problems)
        try:
            plan = build_copy_plan(catalog, resolution, entries, facts, options)
        except (RuleErrors, CatalogMismatch) as error:
            raise_all([*wrong, error])
            raise
        plan = replace(plan, notes=(*warnings, *found, *plan.notes))
        if obstacle is not None and not writes:
            plan = replace(plan, notes=(*plan.notes, Note(subject="publishing", text=f"{obstacle.message}; {obstacle.hint}")))
        # The seed of digests is chance, and no matter of the key: it stands in the marker, for whoever compares later.
        proof_seed = int.from_bytes(secrets.token_bytes(8), signed=True)
        bindings = {**derive(key, plan.bindings), SEED_SETTING: str(proof_seed)}
        # What describes the source afterwards does so under masker's own settings.
        with holding(keeper, bindings, bindings.keys()):
            # What an index keeps from being read with an empty path has no mask that could be tried.
            readable = [table for table in plan.tables if str(table.table.name) not in pathless]
            shown, notes = probe_originals(keeper, readable, catalog, bindings)
            tried = probe(keeper, readable, bindings) or disagreements(keeper, groups(catalog, resolution), readable, bindings, Side.SOURCE)
            problems = [*tried, *shown]
        raise_all([*wrong, *([RuleErrors(problems)] if problems else [])])
        plan = replace(plan, notes=(*plan.notes, *notes))
        yield Prepared(
            settings=settings,
            source=source,
            target=target,
            keeper=keeper,
            hold=hold,
            snapshot=snapshot,
            instant=known[INSTANT],
            started=started,
            catalog=catalog,
            resolution=resolution,
            plan=plan,
            bindings=bindings,
            horizon=horizon,
            rules_digest=rules_digest(resolution),
        )


def require_unchanged(before: Catalog, now: Catalog) -> None:
    """Raise SourceChanged if a table is not what it was."""
    for table, change in schema_changes(before, now):
        raise source_changed(str(table), change)


def _require_readable(catalog: Catalog, resolution: Resolution) -> None:
    """All tables the role may not read, or not read whole, at once."""
    own = [t for t in catalog.tables.values() if t.extension is None or is_carried(resolution.tables[t.name])]
    refused = [str(t.name) for t in own if not t.can_select] + [f"{s.name} (sequence)" for s in catalog.sequences if not s.can_select]
    if refused:
        raise SourceError(
            f"source: the role {catalog.server.user} may not read {len(refused)} of its tables and sequences: {', '.join(refused)}",
            hint="GRANT pg_read_all_data TO the role, or SELECT on each",
        )
    hidden = [str(t.name) for t in own if t.hides_rows]
    if hidden:
        raise SourceError(
            f"source: row security would hide rows of {len(hidden)} table{'s' if len(hidden) > 1 else ''} from the role {catalog.server.user}: {', '.join(hidden)}",
            hint="copy as the tables' owner or as a role with BYPASSRLS; fewer rows than there are is not a copy",
        )


def _require_readable_large_objects(catalog: Catalog) -> None:
    if count := catalog.unreadable_large_objects:
        raise SourceError(
            f"source: the role {catalog.server.user} may not read {count:,} of {catalog.large_objects:,} large objects, which pg_read_all_data does not include",
            hint="read as their owner, GRANT SELECT ON LARGE OBJECT … TO the role, or leave them out with `large_objects: none`",
        )


def _look_at_target(
    settings: Settings, target: Endpoint, keeper: psycopg.Connection, source_server: Server, *, writes: bool
) -> tuple[TargetFacts, Server, MaskerError | None, MaskerError | None, tuple[Note, ...]]:
    """What the target offers, its server, what keeps the role from publishing there, what keeps anybody from it, and what else is to be told.

    Raises Refused.
    """
    notes: tuple[Note, ...] = ()
    try:
        live = connect(target)
    except TargetError as error:
        if settings.publish == "direct" or not is_missing_database(error):
            raise
        live = None
    hindered = None
    if live is not None:
        with live:
            notes = (*guard_copy(settings, keeper, live, target, writes=writes), *role_notes(live))
            facts, server = read_target_facts(live, target.database, is_shadow=settings.publish == "swap")
            hindered = _hindered(settings, live, target.database)
    if settings.publish == "direct":
        return facts, server, None if server.owns_database else _not_owner(target, server), hindered, notes
    with connect_maintenance(target) as conn:
        notes = notes or role_notes(conn)
        found = read_live(conn, target.database)
        facts, server = read_target_facts(conn, target.database, is_shadow=True)
        obstacle: MaskerError | None = None
        if not server.can_create_database:
            obstacle = UsageError(
                f"target: the role {server.user} may not create databases, which publishing by swap needs",
                hint="give it CREATEDB, or use --publish direct",
            )
        elif found is not None and not _may_act_for(conn, found.owner):
            obstacle = UsageError(
                f"target: the role {server.user} does not own {target.database}, so it may not rename it",
                hint=f"connect as {found.owner}, or use --publish direct",
            )
        elif found is not None:
            obstacle = _beyond_it(conn, server.user, target.database, found)
        if found is not None:
            notes = (*notes, *lost_with(conn, found, target.database, keep_old=settings.keep_old))
            server = _with_encoding(server, found.encoding)
        elif source_server.encoding:
            server = _with_encoding(server, source_server.encoding)
    return facts, server, obstacle, hindered, notes


def _beyond_it(conn: psycopg.Connection, role: str, database: str, live: Live) -> UsageError | None:
    """What the preview in its place would lack, since the role may not give it."""
    with server_errors(Side.TARGET, "its settings were read"):
        lost = tuple(beyond(conn, live.settings))
    if not lost:
        return None
    return UsageError(
        f"target: {database} is set to have {', '.join(lost)}, which the role {role} may not give to the database that replaces it",
        hint=f"use --publish direct, connect as a superuser, or let one say GRANT SET ON PARAMETER … TO {quote(role)} (since PostgreSQL 15; for settings of another role, that one has to be granted WITH ADMIN OPTION)",
    )


def _hindered(settings: Settings, live: psycopg.Connection, database: str) -> Refused | None:
    """What would keep the target from being replaced or emptied when everything is loaded; all of it at once."""
    with server_errors(Side.TARGET, "looking for what keeps it from being replaced"):
        found = tuple(h for h in hindrances(live, database) if not h.is_lifted)
    if settings.publish == "direct" or settings.keep_old:
        found = tuple(h for h in found if h.keeps_from == "rename")
    if not found:
        return None
    what = "emptied" if settings.publish == "direct" else "replaced"
    more = "" if any(h.keeps_from == "rename" for h in found) else "; or keep the former preview (--keep-old)"
    return Refused(f"target {database}: it cannot be {what} while it has {' and '.join(h.found for h in found)}", hint="; ".join(h.remedy for h in found) + more)


def _not_owner(target: Endpoint, server: Server) -> Refused:
    return Refused(
        f"target {target}: the role {server.user} does not own the database, and direct publishing empties it", hint="connect as its owner"
    )


def _with_encoding(server: Server, encoding: str) -> Server:
    return replace(server, encoding=encoding)


def _may_act_for(conn: psycopg.Connection, owner: str) -> bool:
    row = conn.execute("SELECT pg_has_role(%s, 'USAGE')", [owner]).fetchone()
    return bool(row and row[0])


def _client_encoding(source: Server) -> str:
    return "SQL_ASCII" if source.encoding == "SQL_ASCII" else "UTF8"


def _require_encoding(source: Server, target: Server) -> None:
    if source.encoding == target.encoding or (target.encoding == "UTF8" and source.encoding != "SQL_ASCII"):
        return
    raise CatalogMismatch(
        f"encodings: the source is {source.encoding}, the target {target.encoding}; not every text of the one is a text of the other",
        hint=f"create the target database anew with ENCODING '{source.encoding}'",
    )
