"""Masking in place: the target looked at, its steps executed or gone on with, verified, and the gate opened."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import psycopg

from masker.catalog.read import read_catalog
from masker.confirmation import ToConfirm, require_confirmed
from masker.errors import MaskerError, TargetError
from masker.findings import FailedChecks, Findings
from masker.in_place.admit import require_same_run
from masker.in_place.already import masked_already
from masker.in_place.checks import verify_in_place
from masker.in_place.events import GateOpened, Listener, MaskPlanned
from masker.in_place.lane import MaskLane, Outcomes, SharedInPlace
from masker.in_place.marker import known_rows, mask_record
from masker.in_place.prepare import PreparedInPlace, prepared_in_place
from masker.in_place.resume import left_behind, torn_scopes
from masker.in_place.server.dependents import read_facts
from masker.in_place.server.journal import (
    begin_progress,
    describe_target,
    drop_progress,
    read_before,
    write_before,
)
from masker.in_place.server.sessions import Visitors, be_alone
from masker.in_place.steps import FillViews, MaskPlan, MaskStep
from masker.lanes.events import Verifying
from masker.lanes.scheduler import Lanes
from masker.names import TableName
from masker.notes import Note
from masker.postgres.backend import Backend
from masker.postgres.connect import connect
from masker.postgres.errors import server_errors
from masker.postgres.marker import marker_after, read_marker, write_marker
from masker.postgres.target import lock_target
from masker.ruleset.digest import table_digests
from masker.ruleset.frozen import freeze
from masker.ruleset.numbers import record as record_of
from masker.runs import new_run
from masker.settings import InPlaceOptions, Settings
from masker.sides import Side
from masker.stages import BeforePublishing, Restored
from masker.tables.blame import Blame
from masker.verify.checks import UNPROVED
from masker.verify.described import keep_everything
from masker.verify.evidence import evidence, evidence_digest
from masker.verify.followed import follows_rules
from masker.verify.gate import digests, key_id, sealed
from masker.verify.structure import after_masking


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskResult:
    """What masking in place came to. *rows* were masked, by table; *notes* say what verification cannot judge,
    *signed* is what the marker says of who has signed the rules."""

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
    signed: Mapping[str, Any] | None = None

    @property
    def is_verified(self) -> bool:
        """Whether the gate is open; not after ``--verify none``."""
        return self.findings.are_good

    @property
    def total_rows(self) -> int:
        return sum(self.rows.values())


def mask(
    settings: Settings,
    options: InPlaceOptions,
    listener: Listener,
    *,
    run: str | None = None,
    before: BeforePublishing | None = None,
) -> MaskResult:
    """Mask the target where it stands. *run* is the run's name unless it goes on with one, None for a new one; *before*
    is called when all is verified, and the gate stays shut if it raises.

    Raises a MaskerError on any failure; the target then carries no marker that passes the gate, and the same command
    goes on with it.
    """
    started = time.monotonic()
    while True:
        with contextlib.suppress(_WentOn):
            return _mask(settings, options, listener, run, started, before)


class _WentOn(Exception):
    """What was left of a dead run ended another step while this one was being planned."""


def require_mask_confirmed(settings: Settings, database: str) -> None:
    """Raise Refused unless the run was told to mask *database*."""
    named = ToConfirm(kind="database", name=database, alias=settings.target_name)
    require_confirmed(
        [settings.confirm] if settings.confirm else [], [named], "its rows will be masked where they stand"
    )


def _mask(
    settings: Settings,
    options: InPlaceOptions,
    listener: Listener,
    run: str | None,
    started: float,
    before: BeforePublishing | None,
) -> MaskResult:
    with prepared_in_place(settings, options) as ready:
        database = ready.target.database
        require_mask_confirmed(settings, database)
        if ready.resumed is not None:
            require_same_run(ready, ready.resumed)
        lock_target(ready.conn, database)
        be_alone(ready.conn, terminate=options.terminate, wait_s=options.wait_s)
        marker = read_marker(ready.conn)
        if left_behind(ready.conn, marker) != ready.resumed:
            raise _WentOn
        refused = masked_already(ready.conn, database, marker, ready.resumed, ready.resolution, again=options.again)
        if refused is not None:
            raise refused
        run = ready.resumed.run if ready.resumed else run or new_run()
        with server_errors(Side.TARGET, "the run's session was looked at"):
            backend = Backend(ready.conn)
        try:
            if ready.resumed is not None:
                return _masked(ready, backend, run, started, listener, before)
            begun = _frozen(ready)
            _begin(begun, run)
            return _masked(begun, backend, run, started, listener, before)
        except MaskerError as error:
            ready.conn.close()
            error.aftermath = _what_became(ready, backend, run)
            raise


def _frozen(ready: PreparedInPlace) -> PreparedInPlace:
    """*ready*, once the numbers that steer its masks are frozen beside the rules, if the run has a key."""
    note = freeze(ready.settings.rules, ready.shapes) if ready.settings.key is not None else None
    return replace(ready, notes=(*ready.notes, note)) if note is not None else ready


def _what_became(ready: PreparedInPlace, backend: Backend, run: str) -> str:
    """What is said of a target whose masking has failed: its marker tells, and what the run has noted there."""
    target, is_torn = ready.target, False
    try:
        marker = marker_after(target, backend)
        if marker is not None and marker.run == run and ready.settings.key is None:
            with connect(target) as conn:
                resumed = left_behind(conn, marker)
            is_torn = resumed is not None and bool(resumed.half_done or torn_scopes(ready.plan.scopes, resumed))
    except (psycopg.Error, MaskerError):
        return (
            f"what became of {target.database} could not be seen; it is not masked whole unless `masker verify --gate`"
            " exits 0; the same command goes on with it"
        )
    if marker is None or marker.run != run:
        return f"{target.database} is as it was"
    if marker.state == "verified":
        return f"{target.database} is masked and verified, and its gate is open"
    stopped = f"{target.database} is not masked whole and marked so: `masker verify --gate` exits 8; "
    if is_torn:
        return f"{stopped}without a key of its own no run can go on with it: restore it, and begin anew (--key-env)"
    return f"{stopped}the same command goes on where this one stopped"


def _masked(
    ready: PreparedInPlace,
    backend: Backend,
    run: str,
    started: float,
    listener: Listener,
    before: BeforePublishing | None,
) -> MaskResult:
    plan, settings = ready.plan, ready.settings
    done = set(ready.resumed.steps) if ready.resumed else set()
    steps: tuple[MaskStep, ...] = tuple(
        replace(step, needs=step.needs - done) for step in plan.steps if step.id not in done
    )
    listener(MaskPlanned(plan, run, len(plan.steps) - len(steps)))
    outcomes = Outcomes(records=dict(ready.resumed.steps) if ready.resumed else {})
    stop = threading.Event()
    visitors = Visitors(ready.conn, terminate=ready.options.terminate)
    shared = SharedInPlace(
        target=ready.target,
        bindings=ready.bindings,
        seed=ready.seed,
        level=settings.verify,
        maintenance_memory=settings.maintenance_memory,
        workers=settings.workers,
        throttle=ready.options.throttle,
        patience_s=ready.options.patience_s,
        listener=listener,
        outcomes=outcomes,
        visitors=visitors,
        stop=stop,
        blame=Blame(plan.tables, in_place=True),
    )
    Lanes(steps, settings.workers, settings.workers, lambda: MaskLane(shared), lambda: None, visitors.look, stop).run()
    masked_s = time.monotonic() - started
    listener(Verifying())
    findings = _verified(ready, outcomes, visitors)
    if before is not None:
        before(Restored(url=ready.target.url, name=ready.target.database, run=run, is_shadow=False))
    state = "verified" if findings.are_good else "unverified"
    key = key_id(settings.key) if settings.key is not None else None
    record = mask_record(
        plan,
        outcomes,
        ready.resolution,
        ready.shapes,
        run=run,
        instant=ready.instant,
        key=key,
        level=settings.verify,
        settings=ready.proof_settings,
    )
    try:
        with server_errors(Side.TARGET, "the marker was written"), ready.conn.transaction():
            drop_progress(ready.conn)
            shown = evidence_digest(evidence(run, plan.tables, _rows(outcomes), findings))
            record["digests"] = digests(findings, plan.rules_digest, shown)
            if ready.signed is not None:
                record["signed"] = ready.signed.record()
            record.update(keep_everything(ready.conn, known_rows(plan, outcomes)))
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
        run=run,
        plan=plan,
        findings=findings,
        rows=_rows(outcomes),
        notes=(*ready.notes, *visitors.notes()),
        went_on=ready.resumed is not None,
        mask_s=masked_s,
        verify_s=elapsed - masked_s,
        elapsed_s=elapsed,
        finished_at=datetime.now(UTC),
        signed=ready.signed.record() if ready.signed is not None else None,
    )


def _begin(ready: PreparedInPlace, run: str) -> None:
    """Mark the target as half masked before the first row is, and keep what it is to be compared with."""
    record = {
        "version": 1,
        "kind": "mask",
        "run": run,
        "instant": ready.instant,
        "key": key_id(ready.key),
        "has_key": ready.settings.key is not None,
        "proofs": [ready.settings.verify, ready.seed],
        "shape": record_of(ready.shapes),
        "drawn": dict(ready.drawn),
        "rules": [[name.schema, name.name, digest] for name, digest in sorted(table_digests(ready.resolution).items())],
        "crowded": [[name.schema, name.name] for name in sorted(ready.plan.crowded)],
        "short_of_locks": [[name.schema, name.name] for name in sorted(ready.plan.short_of_locks)],
        "populated": [[v.name.schema, v.name.name] for v in ready.catalog.materialized_views if v.is_populated],
    }
    with server_errors(Side.TARGET, "the run was written down"), ready.conn.transaction():
        write_marker(ready.conn, "masking", sealed(ready.conn, record, "masking", None))
        begin_progress(ready.conn)
        write_before(ready.conn, describe_target(ready.conn, ready.catalog, ready.facts))


def _verified(ready: PreparedInPlace, outcomes: Outcomes, visitors: Visitors) -> Findings:
    with server_errors(Side.TARGET, "it was verified"):
        catalog, facts = read_catalog(ready.conn), read_facts(ready.conn)
        findings = verify_in_place(
            ready.conn,
            ready.plan,
            before=read_before(ready.conn),
            after=describe_target(ready.conn, catalog, facts),
            records=outcomes.records,
            residue=outcomes.findings,
        )
        filled = frozenset(view.view for step in ready.plan.steps if isinstance(step, FillViews) for view in step.views)
        findings = Findings((*findings.all, *after_masking(ready.conn, filled, ready.settings.verify)))
    followed = follows_rules(ready.resolution, ready.plan.tables, is_standby=False)
    visitors.look(at_once=True)
    unproved = [UNPROVED] if ready.settings.verify == "none" else []
    findings = Findings((*followed, *findings.all, visitors.finding(), *unproved))
    if any(finding != UNPROVED for finding in findings.bad):
        raise FailedChecks(findings)
    return findings


def _rows(outcomes: Outcomes) -> dict[TableName, int]:
    """Rows masked, by table."""
    return {name: rows for record in outcomes.records.values() if record.rows for name, rows in record.counts}
