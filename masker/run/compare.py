"""A bucket pair opened and compared: clients, settings of both buckets, the folder of its state, the plan. Nothing is written to either."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import string
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from masker.errors import Refused, UsageError
from masker.plan.sync import PLAN_AGE, SyncPlan
from masker.run.sync_events import Compared, Comparing, PairPlanned, SyncListener
from masker.s3.boto import BotoBackend, controlled, is_amazon, open_bucket_client
from masker.s3.comparison import AclCheck, Comparison, ListingFault
from masker.s3.diff import Op, key_filter
from masker.s3.errors import StorageFault
from masker.s3.ledger import CHANGES, PlanFile, SortedRows, write_plan
from masker.s3.objects import Acl, shown_key
from masker.s3.preflight import Facts, read_facts
from masker.s3.settings import BucketPair, SyncSettings
from masker.s3.state import PairState
from masker.s3.traffic import Backend, Traffic

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_RUN_LETTERS = string.ascii_lowercase + string.digits
_THREADS = 32
_IN_FLIGHT = 256

#: Pages of a thousand keys asked for at once: what they hold is most of the memory that a comparison takes.
PAGES_IN_FLIGHT = 16


@dataclass(slots=True, kw_only=True)
class OpenPair:
    """One pair under way."""

    pair: BucketPair
    target_client: S3Client
    traffic: Traffic
    state: PairState
    started: float
    facts: Facts
    plan: SyncPlan
    file: PlanFile
    on_tick: list[Callable[[], None]]


@contextlib.contextmanager
def planned(settings: SyncSettings, listener: SyncListener) -> Iterator[list[OpenPair]]:
    """Every pair compared, its plan kept in the run's folder; neither bucket is written to."""
    for pair in settings.pairs:
        _refuse_overlap(pair)
    with contextlib.ExitStack() as stack:
        yield [_open(pair, settings, listener, stack) for pair in settings.pairs]


def _refuse_overlap(pair: BucketPair) -> None:
    if pair.source.overlaps(pair.target) and pair.source_access.endpoint_url == pair.target_access.endpoint_url:
        raise Refused(f"{pair.target}: overlaps the source {pair.source}", hint="name two buckets, or prefixes of which none contains the other")
    if pair.source_access.endpoint_url != pair.target_access.endpoint_url:
        raise UsageError(f"{pair.source} and {pair.target}: lie at different endpoints", hint="copies are made by the storage itself, so both buckets have to be at one")


def _open(pair: BucketPair, settings: SyncSettings, listener: SyncListener, stack: contextlib.ExitStack) -> OpenPair:
    started = time.monotonic()
    run = "".join(secrets.choice(_RUN_LETTERS) for _ in range(8))
    threads = settings.concurrency or _THREADS
    source_client = open_bucket_client(pair.source_access, pair.source.bucket, connections=threads)
    is_one = pair.source_access == pair.target_access and not is_amazon(source_client)  # there each bucket has a region of its own
    target_client = source_client if is_one else open_bucket_client(pair.target_access, pair.target.bucket, connections=threads)
    facts = read_facts(
        pair.source, pair.target, pair.acl, controlled(source_client, str(pair.source)), controlled(target_client, str(pair.target))
    )
    backend = _backend(settings, source_client, target_client, threads)
    stack.callback(backend.close)
    on_tick: list[Callable[[], None]] = []

    def tick() -> None:
        for told in on_tick:
            told()

    traffic = Traffic(backend, on_tick=tick, base_s=settings.retry_base_s)
    state = PairState(settings.state, pair.source, pair.target, run)
    stack.callback(state.close)
    if settings.apply is not None:
        plan, file = _stored_plan(settings.apply, pair)
        # Executed under the name of this run, with the buckets as they are now.
        plan = replace(plan, run=run, keeps_versions=facts.versioning == "on")
    else:
        plan, file = _compare(pair, settings, listener, run, facts, traffic, state, on_tick)
    on_tick[:] = [state.flush]
    return OpenPair(
        pair=pair, target_client=target_client, traffic=traffic, state=state, started=started, facts=facts, plan=plan, file=file, on_tick=on_tick
    )


def _backend(settings: SyncSettings, source: S3Client, target: S3Client, threads: int) -> Backend:
    if settings.client == "boto3":
        return BotoBackend(source, target, threads=threads)
    try:
        from masker.s3.crt import CrtBackend
    except ImportError:
        raise UsageError("awscrt is not installed", hint="pip install awscrt, or use --client boto3") from None
    return CrtBackend(source, target, in_flight=settings.concurrency or _IN_FLIGHT)


def _stored_plan(path: Path, pair: BucketPair) -> tuple[SyncPlan, PlanFile]:
    """A plan written earlier. Raises UsageError if it is not this pair's, Refused if it is too old."""
    file = PlanFile(path)
    try:
        plan = SyncPlan.from_document(file.header)
    except (KeyError, TypeError, ValueError):
        raise UsageError(f"{path}: is not a plan this version can read") from None
    if (plan.source, plan.target) != (pair.source, pair.target):
        raise UsageError(f"{path}: is a plan from {plan.source} to {plan.target}, not from {pair.source} to {pair.target}")
    age = datetime.now(UTC) - plan.created_at
    if age > PLAN_AGE:
        hours = age.total_seconds() / 3600
        raise Refused(f"{path}: was made {hours:.0f} hours ago, at most {PLAN_AGE.total_seconds() / 3600:.0f} are allowed", hint="make a new one: masker plan sync")
    return plan, file


def _compare(
    pair: BucketPair, settings: SyncSettings, listener: SyncListener, run: str, facts: Facts, traffic: Traffic, state: PairState,
    on_tick: list[Callable[[], None]],
) -> tuple[SyncPlan, PlanFile]:  # fmt: skip
    """List and compare both sides, and write the plan down."""
    started = time.monotonic()
    listener(Comparing(pair.source, pair.target))
    rows = SortedRows(CHANGES, state.folder)
    wanted: dict[str, Acl] = {"public-read": "public-read", "private": "private"}
    comparison = Comparison(
        traffic=traffic, source=pair.source, target=pair.target, is_wanted=key_filter(pair.include, pair.exclude),
        is_own_copy=state.manifest.is_own_copy, acl="" if facts.acl == "none" else facts.acl, emit=rows.add,
        acl_check=AclCheck(mode="none" if facts.acl == "none" else pair.acl_check, wanted=wanted.get(facts.acl)), page_limit=settings.page_limit,
    )  # fmt: skip
    on_tick[:] = [lambda: listener(Compared(comparison.keys, comparison.spans))]
    try:
        with traffic.narrowed(PAGES_IN_FLIGHT):
            comparison.read()
    except ListingFault as fault:
        at = f" after {shown_key(fault.reached)}" if fault.reached else ""
        error = fault.fault.to_error(f"{fault.location}: the listing ended{at}")
        error.aftermath = "nothing was written"
        raise error from None
    except StorageFault as fault:
        raise fault.to_error(f"{pair.target}: an ACL could not be read") from None
    plan = SyncPlan(
        run=run, created_at=datetime.now(UTC), source=pair.source, target=pair.target, acl=facts.acl, deletes=pair.deletes, totals=comparison.totals,
        include=pair.include, exclude=pair.exclude, keeps_versions=facts.versioning == "on", notes=facts.notes,
    )  # fmt: skip
    write_plan(state.plan_path, plan.document(), rows)
    rows.close()
    if settings.out is not None:
        _write_out(settings.out, plan, state.plan_path)
    listener(PairPlanned(plan, time.monotonic() - started, comparison.keys))
    return plan, PlanFile(state.plan_path)


def _write_out(out: Path, plan: SyncPlan, stored: Path) -> None:
    try:
        if out.suffix == ".jsonl":
            write_plan(out, plan.document(), PlanFile(stored).changes(*Op))
        else:
            shutil.copyfile(stored, out)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({(error.strerror or 'no reason given').lower()})") from None
