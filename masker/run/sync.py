"""Syncs of bucket pairs: compared, checked against the limits, executed; deletes last and only if all else went well."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import string
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from masker.errors import MaskerError, Refused, StorageError, UsageError, VerifyFailed
from masker.plan.sync import PLAN_AGE, SyncPlan, refusal
from masker.run.sync_events import Compared, Comparing, PairFinished, PairPlanned, Phase, SyncListener, Transferred, snapshot
from masker.s3.boto import BotoBackend, controlled, is_amazon, open_bucket_client
from masker.s3.diff import Change, Op, key_filter
from masker.s3.errors import StorageFault
from masker.s3.inventory import AclCheck, Inventory, ListingFault
from masker.s3.ledger import CHANGES, PlanFile, SortedRows, write_plan
from masker.s3.objects import Acl, shown_key
from masker.s3.preflight import Canary, Facts, read_facts
from masker.s3.settings import BucketPair, SyncSettings
from masker.s3.state import PairState
from masker.s3.traffic import Backend, Traffic
from masker.s3.transfer import Done, Transfer

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_RUN_LETTERS = string.ascii_lowercase + string.digits
_THREADS = 32
_IN_FLIGHT = 256

#: Pages of a thousand keys asked for at once: what they hold is most of the memory that a comparison takes.
_PAGES_IN_FLIGHT = 16
_SHOWN_FAILURES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PairResult:
    """What one pair came to. Seconds are wall time, the comparison included."""

    plan: SyncPlan
    done: Done
    requests: dict[str, int]
    retries: int
    elapsed_s: float

    def document(self) -> dict[str, Any]:
        """The result as plain values."""
        done = asdict(replace(self.done, failures=[]))
        done["failures"] = [{"key": f.key, "op": str(f.op), "code": f.fault.code} for f in self.done.failures]
        plan = self.plan.document()
        return {
            "kind": "sync", "run": self.plan.run, "source": plan["source"], "target": plan["target"], "acl": self.plan.acl,
            "planned": plan["totals"], **done, "requests": self.requests, "retries": self.retries, "seconds": round(self.elapsed_s, 3),
            "notes": plan["notes"],
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncResult:
    pairs: tuple[PairResult, ...]

    def document(self) -> dict[str, Any]:
        return {"kind": "sync", "pairs": [pair.document() for pair in self.pairs]}


class SyncIncomplete(StorageError):
    """Some keys could not be done; *result* says what was."""

    def __init__(self, result: PairResult, *, kept_deletes: int) -> None:
        failures = result.done.failures
        lines = [f"{f.op} {shown_key(f.key)}: {f.fault}" for f in failures[:_SHOWN_FAILURES]]
        if (more := result.done.failed - len(lines)) > 0:
            lines.append(f"… and {more:,} more")
        super().__init__(f"{result.plan.target}: {result.done.failed:,} keys failed, {result.done.copied:,} were copied", hint="\n".join(lines))
        stale = f"none of the {kept_deletes:,} stale objects was deleted; " if kept_deletes else ""
        self.aftermath = f"{stale}run again to finish the work"
        self.result = result


@dataclass(slots=True, kw_only=True)
class _Open:
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


def sync(settings: SyncSettings, listener: SyncListener) -> SyncResult:
    """Make every pair's target what its source is. Raises a MaskerError where that did not come about.

    All pairs are compared and held against their limits before anything is written to any of them.
    """
    _require_confirmed(settings)
    with planned(settings, listener) as pairs:
        for open_pair in pairs:
            _refuse(open_pair)
        for open_pair in pairs:
            if open_pair.plan.has_work:
                _send_canary(open_pair)
        return SyncResult(pairs=tuple(_execute(open_pair, settings, listener) for open_pair in pairs))


@contextlib.contextmanager
def planned(settings: SyncSettings, listener: SyncListener) -> Iterator[list[_Open]]:
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


def _require_confirmed(settings: SyncSettings) -> None:
    for pair in settings.pairs:
        bucket = pair.target.bucket
        if bucket not in settings.confirm:
            said = f'--confirm says "{", ".join(settings.confirm)}"' if settings.confirm else "--confirm is missing"
            raise Refused(f'{said}, the target bucket is "{bucket}"', hint=f"its objects will be replaced and deleted; if that is meant: --confirm {bucket}")


def _open(pair: BucketPair, settings: SyncSettings, listener: SyncListener, stack: contextlib.ExitStack) -> _Open:
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
    return _Open(
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
    inventory = Inventory(
        traffic=traffic, source=pair.source, target=pair.target, is_wanted=key_filter(pair.include, pair.exclude),
        is_own_copy=state.manifest.is_own_copy, acl="" if facts.acl == "none" else facts.acl, emit=rows.add,
        acl_check=AclCheck(mode="none" if facts.acl == "none" else pair.acl_check, wanted=wanted.get(facts.acl)), page_limit=settings.page_limit,
    )  # fmt: skip
    on_tick[:] = [lambda: listener(Compared(inventory.keys, inventory.spans))]
    try:
        with traffic.narrowed(_PAGES_IN_FLIGHT):
            inventory.read()
    except ListingFault as fault:
        at = f" after {shown_key(fault.reached)}" if fault.reached else ""
        error = fault.fault.to_error(f"{fault.location}: the listing ended{at}")
        error.aftermath = "nothing was written"
        raise error from None
    except StorageFault as fault:
        raise fault.to_error(f"{pair.target}: an ACL could not be read") from None
    plan = SyncPlan(
        run=run, created_at=datetime.now(UTC), source=pair.source, target=pair.target, acl=facts.acl, deletes=pair.deletes, totals=inventory.totals,
        include=pair.include, exclude=pair.exclude, keeps_versions=facts.versioning == "on", notes=facts.notes,
    )  # fmt: skip
    write_plan(state.plan_path, plan.document(), rows)
    rows.close()
    if settings.out is not None:
        _write_out(settings.out, plan, state.plan_path)
    listener(PairPlanned(plan, time.monotonic() - started, inventory.keys))
    return plan, PlanFile(state.plan_path)


def _write_out(out: Path, plan: SyncPlan, stored: Path) -> None:
    try:
        if out.suffix == ".jsonl":
            write_plan(out, plan.document(), PlanFile(stored).changes(*Op))
        else:
            shutil.copyfile(stored, out)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({(error.strerror or 'no reason given').lower()})") from None


def _refuse(opened: _Open) -> None:
    if why := refusal(opened.plan, opened.pair.limits):
        error = Refused(
            f"{opened.plan.target}: {why}",
            hint=f"if all of them are to go: --max-delete {opened.plan.deletions}; to copy only: --no-delete",
        )
        error.aftermath = f"nothing was written; the plan is kept: {opened.file.path}"
        raise error


def _send_canary(opened: _Open) -> None:
    """Try with one object what the run will do with many."""
    plan = opened.plan
    first = next(opened.file.changes(Op.COPY), None)
    if plan.acl == "mirror" and not (plan.totals.copies or plan.totals.acl_repairs):
        first = None
    canary = Canary(plan.source, plan.target, plan.acl, plan.run, first)
    try:
        opened.traffic.run([canary.job()])
    finally:
        if opened.facts.versioning != "off":
            _forget_versions(opened.target_client, plan.target.bucket, canary.key)
    if canary.error:
        canary.error.aftermath = "nothing else was written"
        raise canary.error


def _forget_versions(client: S3Client, bucket: str, key: str) -> None:
    """Remove what a bucket with versions keeps of the canary; where that is not allowed it stays, deleted."""
    call = controlled(client, bucket)
    with contextlib.suppress(StorageFault):
        answer = call("list_object_versions", Bucket=bucket, Prefix=key)
        for version in [*answer.get("Versions", ()), *answer.get("DeleteMarkers", ())]:
            if version["Key"] == key:
                call("delete_object", Bucket=bucket, Key=key, VersionId=version["VersionId"])


def _execute(opened: _Open, settings: SyncSettings, listener: SyncListener) -> PairResult:
    plan, traffic = opened.plan, opened.traffic
    transfer = Transfer(
        source=plan.source, target=plan.target, records=opened.state, multipart_bytes=settings.multipart_bytes, part_bytes=settings.part_bytes,
        wants_markers=plan.keeps_versions,
    )  # fmt: skip
    done = transfer.done

    def tell(phase: Phase) -> None:
        listener(Transferred(plan, snapshot(done), phase, traffic.window.size, time.monotonic() - opened.started))

    def result() -> PairResult:
        return PairResult(plan=plan, done=done, requests=dict(traffic.counts.sent), retries=traffic.counts.retries, elapsed_s=time.monotonic() - opened.started)

    try:
        opened.on_tick[:] = [opened.state.flush, lambda: tell("copy")]
        traffic.run(transfer.copies(opened.file.changes(Op.COPY, Op.ACL)))
        if done.failed:
            raise SyncIncomplete(result(), kept_deletes=plan.deletions)
        if plan.deletions:
            opened.on_tick[:] = [lambda: tell("delete")]
            traffic.run(transfer.deletes(opened.file.changes(Op.DELETE)))
        if done.failed:
            raise SyncIncomplete(result(), kept_deletes=0)
    except BaseException as error:
        _abort_uploads(opened, transfer)
        opened.state.write_result(result().document() | {"error": str(error)})
        if isinstance(error, MaskerError) and error.aftermath is None:
            error.aftermath = f"{done.copied:,} of {plan.totals.copies:,} objects were copied, {done.deleted:,} of {plan.deletions:,} deleted; run again to finish the work"
        raise
    finished = result()
    opened.state.write_result(finished.document())
    listener(PairFinished(plan, snapshot(done), traffic.counts.retries, finished.elapsed_s))
    if settings.verify:
        _verify(opened, settings)
    return finished


def _abort_uploads(opened: _Open, transfer: Transfer) -> None:
    """Give back the storage of copies by parts that were cut off."""
    call = controlled(opened.target_client, opened.plan.target.bucket)
    for abort in transfer.open_uploads.values():
        with contextlib.suppress(StorageFault):
            call("abort_multipart_upload", Bucket=abort.bucket, Key=abort.key, UploadId=abort.upload)


def _verify(opened: _Open, settings: SyncSettings) -> None:
    """List both sides anew; anything left to do fails."""
    opened.state.manifest.refresh()
    inventory = Inventory(
        traffic=opened.traffic, source=opened.plan.source, target=opened.plan.target, is_wanted=key_filter(opened.plan.include, opened.plan.exclude),
        is_own_copy=opened.state.manifest.is_own_copy, acl="", emit=deque[Change](maxlen=0).append, page_limit=settings.page_limit,
    )  # fmt: skip
    opened.on_tick[:] = []
    try:
        with opened.traffic.narrowed(_PAGES_IN_FLIGHT):
            inventory.read()
    except ListingFault as fault:
        raise VerifyFailed(f"{fault.location}: could not be listed again: {fault.fault}") from None
    totals = inventory.totals
    stale = totals.deletes if opened.plan.deletes else 0
    if totals.copies or stale:
        raise VerifyFailed(
            f"{opened.plan.target}: {totals.copies:,} objects differ from the source and {stale:,} are stale after the sync",
            hint="something writes to one of the buckets meanwhile; run again",
        )

