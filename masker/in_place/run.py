"""Masking in place: the target looked at, its steps executed or gone on with, verified, and the gate opened."""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import psycopg

from masker.catalog.read import read_catalog
from masker.catalog.types import Catalog
from masker.confirmation import ToConfirm, require_confirmed
from masker.errors import MaskerError, Refused, RuleErrors, TargetError
from masker.findings import FailedChecks, Findings
from masker.in_place.checks import verify_in_place
from masker.in_place.events import GateOpened, Listener, MaskPlanned
from masker.in_place.facts import Facts
from masker.in_place.lane import MaskLane, Outcomes, SharedInPlace
from masker.in_place.locks import Locks
from masker.in_place.marker import counts, mask_record, masked_columns
from masker.in_place.plan import MaskOptions, audit_like, build_mask_plan, groups
from masker.in_place.rights import require_rights
from masker.in_place.room import Room
from masker.in_place.server.dependents import read_facts
from masker.in_place.server.journal import (
    StepRecord,
    begin_progress,
    describe_target,
    drop_progress,
    half_done,
    read_before,
    read_steps,
    write_before,
)
from masker.in_place.server.residue import UNREACHED, beside, schema_texts
from masker.in_place.server.rewrite import create_functions
from masker.in_place.server.sessions import Visitors, be_alone
from masker.in_place.steps import FillViews, MaskPlan, MaskStep
from masker.lanes.events import Verifying
from masker.lanes.scheduler import Lanes
from masker.lanes.step import StepId
from masker.masks.sql.bindings import INSTANT, derive
from masker.names import TableName
from masker.notes import Note
from masker.postgres.agreement import disagreements
from masker.postgres.backend import Backend
from masker.postgres.bare_path import without_path
from masker.postgres.connect import Endpoint, connect, parse_url
from masker.postgres.document_paths import against_documents
from masker.postgres.errors import server_errors
from masker.postgres.marker import Marker, marker_after, read_marker, write_marker
from masker.postgres.probe import probe
from masker.postgres.probe_originals import probe_originals
from masker.postgres.target import lock_target
from masker.postgres.unmade import Unmakeable
from masker.ruleset.decided import otherwise_decided
from masker.ruleset.digest import table_digests
from masker.ruleset.parse import read_rules
from masker.ruleset.resolve import resolve
from masker.ruleset.secrets import known_values
from masker.ruleset.types import Resolution
from masker.runs import new_run
from masker.settings import InPlaceOptions, Settings
from masker.sides import Side
from masker.tables.blame import Blame
from masker.tables.witness import SEED_SETTING
from masker.verify.checks import UNPROVED
from masker.verify.described import keep_everything
from masker.verify.followed import follows_rules
from masker.verify.gate import digests, key_id, sealed, strangeness
from masker.verify.guard import guard_in_place, role_notes
from masker.verify.structure import after_masking
from masker.verify.witness import proof_settings

_KEY_BYTES = 32
_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Resumed:
    """What a run that was killed has left: its name, the steps it did, and what it found."""

    run: str
    record: Mapping[str, Any]
    steps: Mapping[StepId, StepRecord]
    half_done: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PreparedInPlace:
    """A plan for masking in place and the session it was made in. *resumed* is the run it goes on with.

    *instant* is the one time that rules mean by ``now()``, *seed* that of the digests rows are proved by.
    """

    settings: Settings
    options: InPlaceOptions
    target: Endpoint
    conn: psycopg.Connection
    catalog: Catalog
    facts: Facts
    resolution: Resolution
    plan: MaskPlan
    key: bytes = field(repr=False)
    bindings: Mapping[str, str] = field(repr=False)
    instant: str
    seed: str
    marker: Marker | None
    resumed: Resumed | None
    notes: tuple[Note, ...]

    @property
    def proof_settings(self) -> Mapping[str, str]:
        """What a session has to have for digests of rows to be those of the run."""
        return proof_settings({**self.bindings, SEED_SETTING: self.seed})


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskResult:
    """What masking in place came to. *rows* were masked, by table; *notes* say what verification cannot judge."""

    run: str
    plan: MaskPlan
    findings: Findings
    rows: Mapping[TableName, int]
    notes: tuple[Note, ...]
    went_on: bool
    mask_s: float
    verify_s: float
    elapsed_s: float
    finished_at: datetime

    @property
    def is_verified(self) -> bool:
        """Whether the gate is open; not after ``--verify none``."""
        return self.findings.are_good

    @property
    def total_rows(self) -> int:
        return sum(self.rows.values())


@contextlib.contextmanager
def prepared_in_place(settings: Settings, options: InPlaceOptions, *, writes: bool = True) -> Iterator[PreparedInPlace]:
    """The plan of masking in place, with the session it was made in. Nothing is changed. Without *writes*, most of what keeps a run from
    writing to this target is a note of the plan.

    Raises UsageError, SourceError, RuleErrors, TargetError or Refused, whichever comes first.
    """
    target = parse_url(settings.target, Side.TARGET)
    ruleset = read_rules(settings.rules, settings.schema)
    with connect(target) as conn:
        warnings = (*guard_in_place(settings, conn, target, writes=writes), *role_notes(conn))
        with server_errors(Side.TARGET, "its catalog was read"):
            catalog = read_catalog(conn)
            facts = read_facts(conn)
        resolution = resolve(ruleset, catalog, in_place=True)
        require_rights(conn, catalog, resolution)
        resolution = against_documents(conn, resolution, Side.TARGET)
        key = settings.key or secrets.token_bytes(_KEY_BYTES)
        marker = read_marker(conn)
        resumed = _left_behind(conn, marker)
        known = {**known_values(resolution, os.environ, key), INSTANT: _instant(conn, resumed)}
        populated = frozenset(TableName(*name) for name in resumed.record["populated"]) if resumed else None
        crowded = frozenset(TableName(*name) for name in resumed.record.get("crowded", ())) if resumed else None
        short = frozenset(TableName(*name) for name in resumed.record.get("short_of_locks", ())) if resumed else None
        locks = Locks(slots=catalog.server.lock_slots, short=short)
        room = Room(free_bytes=settings.free_bytes, crowded=crowded)
        plan = build_mask_plan(
            catalog, resolution, facts, MaskOptions(workers=settings.workers, batch_rows=options.batch_rows, known=known, populated=populated, room=room, locks=locks, stem=f"x{secrets.token_hex(8)}_", verify=settings.verify)
        )
        plan = replace(plan, notes=(*warnings, *plan.notes))
        bindings = derive(key, plan.bindings)
        with server_errors(Side.TARGET, "masks were tried on a few rows"):
            create_functions(conn)
        waiting = [place.plan for place in plan.places if place.strategy != "keep"]
        # Views are filled under the database's own settings, which only older servers heed.
        filled = {view.view for step in plan.steps if isinstance(step, FillViews) for view in step.views if catalog.server.major >= 17}
        changed = filled | {table.table.name for table in waiting}
        if unmakeable := [p for name, problems in without_path(conn, catalog, Side.TARGET).items() if name in changed for p in problems]:
            raise Unmakeable(unmakeable, "the target cannot be masked: of {} of its schema nothing can be made anew; nothing was changed")
        updated = {place.table.name for place in plan.places if place.strategy == "batches"}
        tried = probe(conn, waiting, bindings, Side.TARGET, updated)
        if problems := tried or disagreements(conn, groups(catalog, resolution), waiting, bindings, Side.TARGET):
            raise RuleErrors(problems)
        begun = _touched(resumed) if resumed else frozenset()
        untouched = [place.plan for place in plan.places if place.table.name not in begun]
        shown, about_shown = probe_originals(conn, untouched, catalog, bindings, Side.TARGET)
        if shown:
            raise RuleErrors(shown)
        with server_errors(Side.TARGET, "its schema's texts were read"):
            notes = (*plan.notes, *about_shown, *audit_like(catalog, resolution), *schema_texts(conn), *beside(conn), UNREACHED)
        yield PreparedInPlace(
            settings=settings, options=options, target=target, conn=conn, catalog=catalog, facts=facts, resolution=resolution, plan=plan, key=key, bindings=bindings,
            instant=known[INSTANT], seed=_seed(resumed), marker=marker, resumed=resumed, notes=notes,
        )  # fmt: skip


def mask(settings: Settings, options: InPlaceOptions, listener: Listener, *, run: str | None = None) -> MaskResult:
    """Mask the target where it stands. *run* is the run's name unless it goes on with one, None for a new one.

    Raises a MaskerError on any failure; the target then carries no marker that passes the gate, and the same command goes on with it.
    """
    started = time.monotonic()
    while True:
        with contextlib.suppress(_WentOn):
            return _mask(settings, options, listener, run, started)


class _WentOn(Exception):
    """What was left of a dead run ended another step while this one was being planned."""


def _mask(settings: Settings, options: InPlaceOptions, listener: Listener, run: str | None, started: float) -> MaskResult:
    with prepared_in_place(settings, options) as ready:
        database = ready.target.database
        require_confirmed(
            [settings.confirm] if settings.confirm else [],
            [ToConfirm(kind="database", name=database, alias=settings.target_name)],
            "its rows will be masked where they stand",
        )
        _require_unmasked(ready)
        lock_target(ready.conn, database)
        be_alone(ready.conn, terminate=options.terminate, wait_s=options.wait_s)
        if _left_behind(ready.conn, read_marker(ready.conn)) != ready.resumed:
            raise _WentOn
        run = ready.resumed.run if ready.resumed else run or new_run()
        with server_errors(Side.TARGET, "the run's session was looked at"):
            backend = Backend(ready.conn)
        try:
            if ready.resumed is None:
                _begin(ready, run)
            return _masked(ready, backend, run, started, listener)
        except MaskerError as error:
            ready.conn.close()
            error.aftermath = _what_became(ready.target, backend, run)
            raise


def _what_became(target: Endpoint, backend: Backend, run: str) -> str:
    """What is said of a target whose masking has failed: its marker tells."""
    try:
        marker = marker_after(target, backend)
    except (psycopg.Error, MaskerError):
        return f"what became of {target.database} could not be seen; it is not masked whole unless `masker verify --gate` exits 0; the same command goes on with it"
    if marker is None or marker.run != run:
        return f"{target.database} is as it was"
    if marker.state == "verified":
        return f"{target.database} is masked and verified, and its gate is open"
    return f"{target.database} is not masked whole and marked so: `masker verify --gate` exits 8; the same command goes on where this one stopped"


def _masked(ready: PreparedInPlace, backend: Backend, run: str, started: float, listener: Listener) -> MaskResult:
    plan, settings = ready.plan, ready.settings
    done = set(ready.resumed.steps) if ready.resumed else set()
    steps: tuple[MaskStep, ...] = tuple(replace(step, needs=step.needs - done) for step in plan.steps if step.id not in done)
    listener(MaskPlanned(plan, run, len(plan.steps) - len(steps)))
    outcomes = Outcomes(records=dict(ready.resumed.steps) if ready.resumed else {})
    stop = threading.Event()
    visitors = Visitors(ready.conn, terminate=ready.options.terminate)
    shared = SharedInPlace(
        target=ready.target, bindings=ready.bindings, seed=ready.seed, level=settings.verify, maintenance_memory=settings.maintenance_memory,
        workers=settings.workers, throttle=ready.options.throttle, patience_s=ready.options.patience_s, listener=listener, outcomes=outcomes, visitors=visitors, stop=stop,
        blame=Blame(plan.tables, in_place=True),
    )  # fmt: skip
    Lanes(steps, settings.workers, settings.workers, lambda: MaskLane(shared), lambda: None, visitors.look, stop).run()
    masked_s = time.monotonic() - started
    listener(Verifying())
    findings = _verified(ready, outcomes, visitors)
    state = "verified" if findings.are_good else "unverified"
    key = key_id(settings.key) if settings.key is not None else None
    record = mask_record(plan, outcomes, ready.resolution, run=run, instant=ready.instant, key=key, level=settings.verify, settings=ready.proof_settings)
    try:
        with server_errors(Side.TARGET, "the marker was written"), ready.conn.transaction():
            drop_progress(ready.conn)
            record["digests"] = digests(findings, plan.rules_digest)
            record.update(keep_everything(ready.conn, counts(outcomes)))
            write_marker(ready.conn, state, sealed(ready.conn, record, state, settings.key))
    except TargetError as error:
        # Without an answer, what the marker says is what happened.
        marker = marker_after(ready.target, backend) if error.is_lost else None
        if marker is None or (marker.state, marker.run) != (state, run):
            raise
    if findings.are_good:
        listener(GateOpened(ready.target.database))
    elapsed = time.monotonic() - started
    return MaskResult(
        run=run, plan=plan, findings=findings, rows=_rows(outcomes), notes=(*ready.notes, *visitors.notes()), went_on=ready.resumed is not None,
        mask_s=masked_s, verify_s=elapsed - masked_s, elapsed_s=elapsed, finished_at=datetime.now(UTC),
    )  # fmt: skip


def _begin(ready: PreparedInPlace, run: str) -> None:
    """Mark the target as half masked before the first row is, and keep what it is to be compared with."""
    record = {
        "version": 1, "kind": "mask", "run": run, "instant": ready.instant, "key": key_id(ready.key), "has_key": ready.settings.key is not None,
        "proofs": [ready.settings.verify, ready.seed],
        "rules": [[name.schema, name.name, digest] for name, digest in sorted(table_digests(ready.resolution).items())],
        "crowded": [[name.schema, name.name] for name in sorted(ready.plan.crowded)],
        "short_of_locks": [[name.schema, name.name] for name in sorted(ready.plan.short_of_locks)],
        "populated": [[v.name.schema, v.name.name] for v in ready.catalog.materialized_views if v.is_populated],
    }  # fmt: skip
    with server_errors(Side.TARGET, "the run was written down"), ready.conn.transaction():
        write_marker(ready.conn, "masking", sealed(ready.conn, record, "masking", None))
        begin_progress(ready.conn)
        write_before(ready.conn, describe_target(ready.conn, ready.catalog, ready.facts))


def _verified(ready: PreparedInPlace, outcomes: Outcomes, visitors: Visitors) -> Findings:
    with server_errors(Side.TARGET, "it was verified"):
        catalog, facts = read_catalog(ready.conn), read_facts(ready.conn)
        findings = verify_in_place(
            ready.conn, ready.plan, before=read_before(ready.conn), after=describe_target(ready.conn, catalog, facts), records=outcomes.records, residue=outcomes.findings
        )
        filled = frozenset(view.view for step in ready.plan.steps if isinstance(step, FillViews) for view in step.views)
        findings = Findings((*findings.all, *after_masking(ready.conn, masked_columns(ready.plan), filled, ready.settings.verify)))
    followed = follows_rules(ready.resolution, ready.plan.tables, is_standby=False)
    visitors.look(at_once=True)
    unproved = [UNPROVED] if ready.settings.verify == "none" else []
    findings = Findings((*followed, *findings.all, visitors.finding(), *unproved))
    if any(finding != UNPROVED for finding in findings.bad):
        raise FailedChecks(findings)
    return findings


def _seed(resumed: Resumed | None) -> str:
    """The seed of the digests that rows are proved by: chance, bound to no key."""
    if resumed is not None and "proofs" in resumed.record:
        return str(resumed.record["proofs"][1])
    return str(int.from_bytes(secrets.token_bytes(8), signed=True))


def _instant(conn: psycopg.Connection, resumed: Resumed | None) -> str:
    """The time that rules mean by ``now()``: that of the run's first beginning."""
    if resumed is not None and "instant" in resumed.record:
        return str(resumed.record["instant"])
    with server_errors(Side.TARGET, "it was asked for the time"):
        row = conn.execute("SELECT now()::text").fetchone()
    return str(row[0]) if row else ""


def _left_behind(conn: psycopg.Connection, marker: Marker | None) -> Resumed | None:
    """A run that began on this very database and has not ended."""
    if marker is None or marker.state != "masking":
        return None
    with server_errors(Side.TARGET, "the marker was compared with its tables"):
        if strangeness(conn, marker) is not None:
            return None
        steps = read_steps(conn)
        has_begun = any(record.counts for record in steps.values())
        return Resumed(run=marker.run, record=marker.record, steps=steps, half_done=tuple(half_done(conn))) if has_begun else None


def _require_unmasked(ready: PreparedInPlace) -> None:
    """Refuse what must not be masked (again), and to go on with a run under other rules or another key."""
    marker, resumed = ready.marker, ready.resumed
    if resumed is not None:
        _require_same_run(ready, resumed)
    elif marker is not None and marker.state == "loading" and marker.is_its_own:
        raise Refused(f"target {ready.target.database}: run {marker.run} of masker copy began to fill it and has not ended well", hint="copy it again, or restore it anew")
    elif not ready.options.again and marker is not None and marker.state in {"verified", "unverified"} and strangeness(ready.conn, marker) is None:
        others = otherwise_decided(marker.record.get("decided", ()), ready.resolution)
        by = f", by other rules for {', '.join(others[:_SHOWN])}{' …' if len(others) > _SHOWN else ''}" if others else ""
        raise Refused(
            f"target {ready.target.database}: run {marker.run} has masked {'and verified ' if marker.state == 'verified' else ''}it already{by}", hint="masked values would be masked once more: restore it anew, or if that is meant: --again"
        )


def _require_same_run(ready: PreparedInPlace, resumed: Resumed) -> None:
    database = ready.target.database
    anew = f"run again with the same, or restore {database} and begin anew"
    level = resumed.record.get("proofs", ["another version's"])[0]
    if level != ready.settings.verify:
        raise Refused(
            f"target {database}: run {resumed.run} proves its rows by --verify {level}, this one would by --verify {ready.settings.verify}",
            hint=f"go on with --verify {level}, or restore {database} and begin anew" if "proofs" in resumed.record else f"restore {database} and begin anew",
        )
    touched = _touched(resumed)
    now = table_digests(ready.resolution)
    before = {TableName(schema, name): digest for schema, name, digest in resumed.record["rules"]}
    if changed := sorted(str(name) for name in touched if now.get(name) != before.get(name)):
        raise Refused(f"target {database}: run {resumed.run} has masked {', '.join(changed[:20])} by other rules", hint=anew)
    if resumed.record["key"] == key_id(ready.key):
        return
    if resumed.half_done:
        raise Refused(f"target {database}: run {resumed.run} has begun with {', '.join(resumed.half_done)} in batches with another key", hint=anew)
    torn = sorted(scope for scope, tables in ready.plan.scopes.items() if tables & touched and tables - touched)
    if torn:
        raise Refused(
            f"target {database}: run {resumed.run} has masked some of the tables that share the scope{'s' if len(torn) > 1 else ''} {', '.join(torn)} with another key, so they would not agree",
            hint=f"{anew}; with a key of your own (--key-env) a run can go on",
        )


def _touched(resumed: Resumed) -> frozenset[TableName]:
    """Tables some of whose rows are not what they were."""
    return frozenset(name for record in resumed.steps.values() for name, _ in record.counts)


def _rows(outcomes: Outcomes) -> dict[TableName, int]:
    """Rows masked, by table."""
    return {name: rows for record in outcomes.records.values() if record.rows for name, rows in record.counts}
