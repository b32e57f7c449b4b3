"""From settings to a plan: both servers looked at, the rules resolved, the masks tried. Nothing is written anywhere."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import psycopg

from masker.catalog.changes import schema_changes
from masker.catalog.read import HIDDEN_SCHEMAS, read_catalog
from masker.catalog.target import TargetFacts
from masker.catalog.types import Catalog, Server
from masker.collector import keeping
from masker.copy.examine import examine
from masker.copy.foreseen import foresee
from masker.copy.hashing import hashed_ahead
from masker.copy.obstacles import hindered_by, may_not_drop, may_not_swap, not_owner
from masker.copy.plan import CopyOptions, build_copy_plan
from masker.copy.server.watched_extensions import about_missing
from masker.copy.steps import CopyPlan
from masker.copy.subset import Snapshot, rows_of_subset
from masker.copy.throttle import require_seen, throttle_notes
from masker.copy.usable import require_extensions
from masker.errors import CatalogMismatch, MaskerError, TargetError, raise_all
from masker.masks.numbers import Shapes
from masker.masks.sql.bindings import INSTANT
from masker.names import ASIDE_SCHEMAS
from masker.notes import Note
from masker.postgres.apart import apart, given, of_source
from masker.postgres.connect import Endpoint, connect, parse_url
from masker.postgres.dump import dumping, find_pg_dump
from masker.postgres.emptying import hosts_event_triggers, of_others
from masker.postgres.entries import SchemaEntry
from masker.postgres.errors import server_errors, source_changed
from masker.postgres.history import History, begin_with_history
from masker.postgres.hold import Hold, held
from masker.postgres.marker import read_marker
from masker.postgres.pools import Frozen
from masker.postgres.statistics import shape_notes
from masker.postgres.target import connect_maintenance, lost_with, read_live, read_target_facts
from masker.ruleset.digest import rules_digest
from masker.ruleset.frozen import numbers_path, read_numbers
from masker.ruleset.parse import read_rules
from masker.ruleset.secrets import hashes_of, known_values
from masker.ruleset.types import Resolution
from masker.settings import Settings
from masker.sides import Side
from masker.signing.check import Signed, signed_rules
from masker.tables.subset import older, subset_digest
from masker.tables.witness import SEED_SETTING
from masker.verify.gate import kept_numbers
from masker.verify.guard import guard_copy, guard_maintenance, guard_source, role_notes

_KEY_BYTES = 32

_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_SNAPSHOT = "SELECT pg_export_snapshot(), now()::text, pg_snapshot_xmin(pg_current_snapshot())::text"


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A plan and the open snapshot it was made from. *keeper* holds the snapshot, and is kept from being idle by
    *hold*, so that nothing long may be asked of it; *started* is when it was taken (monotonic seconds). *instant* is
    the one time that rules mean by ``now()``; every transaction before *horizon* had ended when the snapshot was taken;
    *history* is the source's server's. *subset* is a digest of what a subset of the rules follows.
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
    history: History
    rules_digest: str = ""
    shapes: Shapes = field(default_factory=dict)
    drawn: Mapping[str, str] = field(default_factory=dict, repr=False)
    signed: Signed | None = None
    subset: str | None = None

    @property
    def client_encoding(self) -> str:
        """What both servers are spoken to in while rows move: the source's encoding where no conversion can be asked
        for, else UTF8."""
        return _client_encoding(self.catalog.server.encoding)


@contextlib.contextmanager
def prepared(
    settings: Settings,
    *,
    writes: bool = True,
    instant: str | None = None,
    since: Catalog | None = None,
    foresees: bool = True,
    frozen: Shapes | None = None,
    drawn: Mapping[str, str] | None = None,
    among: str | None = None,
) -> Iterator[Prepared]:
    """The plan of a copy, while the source's snapshot is held. Without *writes* the target's role needs no privilege to
    publish; that it has none is a note of the plan. *instant* is the time that rules mean by ``now()``, None for that
    of the snapshot. *since* is the source's catalog as an earlier attempt has planned with it. *foresees*: what would
    keep a copy from ending well is looked for. *frozen* is what steers draws from lists, None for what stands beside
    the rules or, with a key, in the target's marker. A subset is looked for *among* the rows of that condition alone.

    Raises UsageError, RuleErrors, CatalogMismatch, SourceError, TargetError or Refused, whichever comes first.
    """
    source = parse_url(settings.source, Side.SOURCE)
    target = parse_url(settings.target, Side.TARGET)
    ruleset = read_rules(settings.rules, settings.schema)
    key = settings.key or secrets.token_bytes(_KEY_BYTES)
    with contextlib.ExitStack() as stack:
        planning = stack.enter_context(contextlib.ExitStack())
        planning.enter_context(keeping())
        hashes = stack.enter_context(hashed_ahead(hashes_of(ruleset, os.environ, key)))
        keeper = stack.enter_context(connect(source))
        with server_errors(Side.SOURCE, "a snapshot was taken"):
            (_, ((snapshot, now, xmin),)), history = begin_with_history(keeper, [_BEGIN, _SNAPSHOT])
        started = time.monotonic()
        horizon = int(xmin)
        hold = stack.enter_context(held(source, keeper, settings.idle_limit_s))
        warnings = (*guard_source(settings, keeper, writes=writes), *throttle_notes(settings.throttle))
        require_seen(source, settings.throttle)
        with _dumping(settings, source, keeper, snapshot, hold.program) as entries_read:
            with server_errors(Side.SOURCE, "its catalog was read"):
                catalog = read_catalog(keeper)
            if since is not None:
                require_unchanged(since, catalog)
            facts, target_server, obstacle, hindered, found = _look_at_target(
                settings, target, keeper, catalog, writes=writes
            )
            examined = examine(
                keeper,
                ruleset,
                catalog,
                key,
                lambda decided: {**known_values(decided, os.environ, key, hashes), INSTANT: instant or now},
                foresees=foresees,
                target_version=facts.version,
                drawn=drawn,
                frozen=(
                    _frozen(settings, target)
                    if frozen is None
                    else Frozen(shapes=frozen, where="the target's marker", is_all=True)
                ),
            )
            entries = entries_read()
        wrong = [error for error in (obstacle if writes else None, hindered if foresees else None) if error is not None]
        try:
            _require_encoding(catalog.server, target_server)
        except CatalogMismatch as error:
            wrong.append(error)
        options = CopyOptions(
            publish=settings.publish,
            reading_lanes=settings.reading_lanes,
            known=examined.known,
            verify=settings.verify,
            is_transcoded=catalog.server.encoding != target_server.encoding,
            tolerated=examined.carried,
        )
        taken = None
        if examined.reading.subset is not None and not examined.errors:
            reached = Snapshot(source, hold, snapshot, _client_encoding(catalog.server.encoding), examined.values)
            followed = examined.reading.subset
            taken = rows_of_subset(
                older(followed, among) if among is not None else followed,
                catalog,
                reached,
                sessions=settings.reading_lanes,
                key=key,
                is_key_given=settings.key is not None,
            )
        reading = taken.limited(examined.reading, catalog) if taken is not None else examined.reading
        if foresees:
            wrong += foresee(settings, keeper, target, catalog, examined.resolution, entries, reading, facts)
        try:
            require_extensions(catalog, facts)
        except CatalogMismatch as error:
            wrong.append(error)
        signed, unsigned = signed_rules(
            settings.rules, examined.resolution, required=settings.require_signed, signers=settings.allowed_signers
        )
        raise_all([*wrong, *examined.errors, *([unsigned] if unsigned is not None and writes else [])])
        plan = build_copy_plan(catalog, examined.resolution, entries, facts, options, reading)
        shape = shape_notes(keeper, examined.resolution, Side.SOURCE) if foresees else ()
        told = signed.notes() if signed is not None else ()
        refusal = (Note(subject="signing", text=unsigned.told_as_note()),) if unsigned is not None else ()
        of_subset = taken.notes if taken is not None else ()
        plan = replace(
            plan, notes=(*warnings, *found, *told, *refusal, *plan.notes, *of_subset, *examined.notes, *shape)
        )
        if obstacle is not None and not writes:
            plan = replace(
                plan, notes=(*plan.notes, Note(subject="publishing", text=f"{obstacle.message}; {obstacle.hint}"))
            )
        # The seed of digests is chance, and no matter of the key: it stands in the marker, for whoever compares later.
        proof_seed = int.from_bytes(secrets.token_bytes(8), signed=True)
        rows = taken.settings if taken is not None else {}
        bindings = {**examined.values, **rows, SEED_SETTING: str(proof_seed)}
        planning.close()
        yield Prepared(
            settings=settings,
            source=source,
            target=target,
            keeper=keeper,
            hold=hold,
            snapshot=snapshot,
            instant=examined.known[INSTANT],
            started=started,
            catalog=catalog,
            resolution=examined.resolution,
            plan=plan,
            bindings=bindings,
            horizon=horizon,
            history=history,
            rules_digest=rules_digest(examined.resolution, examined.shapes),
            shapes=examined.shapes,
            drawn=examined.drawn,
            signed=signed,
            subset=subset_digest(examined.reading.subset) if examined.reading.subset is not None else None,
        )


def _dumping(
    settings: Settings, source: Endpoint, keeper: psycopg.Connection, snapshot: str, program: str
) -> contextlib.AbstractContextManager[Callable[[], tuple[SchemaEntry, ...]]]:
    """pg_dump, which reads the schema as *keeper*'s *snapshot* has it."""
    major = keeper.info.server_version // 10000
    return dumping(
        find_pg_dump(major, settings.pg_dump, needs_tls=keeper.pgconn.ssl_in_use),
        source,
        snapshot=snapshot,
        encoding=_client_encoding(keeper.info.parameter_status("server_encoding") or "UTF8"),
        exclude_schemas=[s for s in HIDDEN_SCHEMAS if s not in {"information_schema", *ASIDE_SCHEMAS}],
        with_owners=settings.with_owners,
        with_grants=settings.with_grants,
        application_name=program,
    )


def _frozen(settings: Settings, target: Endpoint) -> Frozen:
    """What steers draws already: the file beside the rules, beside it what a run with the same key has kept on the
    target."""
    beside = read_numbers(settings.rules)
    if settings.key is None:
        return Frozen(shapes=beside, where=str(numbers_path(settings.rules)))
    kept: Shapes = {}
    with contextlib.suppress(TargetError), connect(target) as conn:
        kept = kept_numbers(read_marker(conn), settings.key)
    return Frozen(
        shapes={**kept, **beside}, where=str(numbers_path(settings.rules)) if beside else "the target's marker"
    )


def require_unchanged(before: Catalog, now: Catalog) -> None:
    """Raise SourceChanged if a table is not what it was."""
    for table, change in schema_changes(before, now):
        raise source_changed(str(table), change)


def _look_at_target(
    settings: Settings, target: Endpoint, keeper: psycopg.Connection, source: Catalog, *, writes: bool
) -> tuple[TargetFacts, Server, MaskerError | None, MaskerError | None, tuple[Note, ...]]:
    """What the target offers, its server, what keeps the role from publishing there, what keeps anybody from it, and
    what else is to be told.

    Raises Refused.
    """
    notes: tuple[Note, ...] = ()
    try:
        live = connect(target)
    except TargetError as error:
        if settings.publish != "swap" or not error.is_missing_database:
            raise
        live = None
    hindered = beyond = None
    if live is not None:
        with live:
            notes = (*guard_copy(settings, keeper, live, target, writes=writes), *role_notes(live))
            facts, server = read_target_facts(live, target.database, is_shadow=settings.publish == "swap")
            hindered = hindered_by(settings, live, target.database)
            notes = (*notes, *_apart(keeper, source, live, target.database))
            if settings.publish == "schema":
                with server_errors(Side.TARGET, "its event triggers were looked for"):
                    notes = (*notes, *hosts_event_triggers(live))
            if settings.publish == "direct":
                with server_errors(Side.TARGET, "looking for what keeps it from being emptied"):
                    notes = (*notes, *hosts_event_triggers(live))
                    beyond = may_not_drop(target, server, of_others(live))
                    notes = (*notes, *about_missing(live, source.extensions))
    if settings.publish == "delta":
        return facts, server, None, None, notes
    if settings.publish == "schema":
        # What keeps the role from it is foreseen with the rest.
        return facts, server, None, hindered, notes
    if settings.publish == "direct":
        return facts, server, beyond if server.owns_database else not_owner(target, server), hindered, notes
    with connect_maintenance(target) as conn:
        notes = (*notes, *guard_maintenance(conn, target, writes=writes))
        if live is None:
            notes = (*notes, *role_notes(conn), *_apart(keeper, source, conn, target.database))
        found = read_live(conn, target.database)
        facts, server = read_target_facts(conn, target.database, is_shadow=True)
        obstacle = may_not_swap(conn, server, target.database, found)
        if found is not None:
            notes = (*notes, *lost_with(conn, found, target.database, keep_old=settings.keep_old))
            server = _with_encoding(server, found.encoding)
        elif source.server.encoding:
            server = _with_encoding(server, source.server.encoding)
    return facts, server, obstacle, hindered, notes


def _apart(keeper: psycopg.Connection, source: Catalog, conn: psycopg.Connection, database: str) -> tuple[Note, ...]:
    with server_errors(Side.SOURCE, "its settings were read"):
        theirs, unlabelled = of_source(keeper, source.server.database)
    with server_errors(Side.TARGET, "its settings were read"):
        return (*apart(theirs, given(conn, database), database), *unlabelled)


def _with_encoding(server: Server, encoding: str) -> Server:
    return replace(server, encoding=encoding)


def _client_encoding(encoding: str) -> str:
    return "SQL_ASCII" if encoding == "SQL_ASCII" else "UTF8"


def _require_encoding(source: Server, target: Server) -> None:
    if source.encoding == target.encoding or (target.encoding == "UTF8" and source.encoding != "SQL_ASCII"):
        return
    raise CatalogMismatch(
        f"encodings: the source is {source.encoding}, the target {target.encoding}; not every text of the one is a text"
        " of the other",
        hint=f"create the target database anew with ENCODING '{source.encoding}'",
    )
