"""Syncs of bucket pairs: compared, checked against the limits, executed; deletes last and only if all else went well."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from masker.errors import MaskerError, Refused, StorageError, VerifyFailed
from masker.plan.sync import SyncPlan, refusal
from masker.run.compare import PAGES_IN_FLIGHT, OpenPair, planned
from masker.run.sync_events import PairFinished, Phase, SyncListener, Transferred, snapshot
from masker.s3.boto import controlled
from masker.s3.comparison import Comparison, ListingFault
from masker.s3.diff import Change, Op, key_filter
from masker.s3.errors import StorageFault
from masker.s3.objects import shown_key
from masker.s3.preflight import Canary
from masker.s3.settings import SyncSettings
from masker.s3.transfer import Done, Transfer

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

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


def _require_confirmed(settings: SyncSettings) -> None:
    for pair in settings.pairs:
        bucket = pair.target.bucket
        if bucket not in settings.confirm:
            said = f'--confirm says "{", ".join(settings.confirm)}"' if settings.confirm else "--confirm is missing"
            raise Refused(f'{said}, the target bucket is "{bucket}"', hint=f"its objects will be replaced and deleted; if that is meant: --confirm {bucket}")


def _refuse(opened: OpenPair) -> None:
    if why := refusal(opened.plan, opened.pair.limits):
        error = Refused(
            f"{opened.plan.target}: {why}",
            hint=f"if all of them are to go: --max-delete {opened.plan.deletions}; to copy only: --no-delete",
        )
        error.aftermath = f"nothing was written; the plan is kept: {opened.file.path}"
        raise error


def _send_canary(opened: OpenPair) -> None:
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


def _execute(opened: OpenPair, settings: SyncSettings, listener: SyncListener) -> PairResult:
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


def _abort_uploads(opened: OpenPair, transfer: Transfer) -> None:
    """Give back the storage of copies by parts that were cut off."""
    call = controlled(opened.target_client, opened.plan.target.bucket)
    for abort in transfer.open_uploads.values():
        with contextlib.suppress(StorageFault):
            call("abort_multipart_upload", Bucket=abort.bucket, Key=abort.key, UploadId=abort.upload)


def _verify(opened: OpenPair, settings: SyncSettings) -> None:
    """List both sides anew; anything left to do fails."""
    opened.state.manifest.refresh()
    comparison = Comparison(
        traffic=opened.traffic, source=opened.plan.source, target=opened.plan.target, is_wanted=key_filter(opened.plan.include, opened.plan.exclude),
        is_own_copy=opened.state.manifest.is_own_copy, acl="", emit=deque[Change](maxlen=0).append, page_limit=settings.page_limit,
    )  # fmt: skip
    opened.on_tick[:] = []
    try:
        with opened.traffic.narrowed(PAGES_IN_FLIGHT):
            comparison.read()
    except ListingFault as fault:
        raise VerifyFailed(f"{fault.location}: could not be listed again: {fault.fault}") from None
    totals = comparison.totals
    stale = totals.deletes if opened.plan.deletes else 0
    if totals.copies or stale:
        raise VerifyFailed(
            f"{opened.plan.target}: {totals.copies:,} objects differ from the source and {stale:,} are stale after the sync",
            hint="something writes to one of the buckets meanwhile; run again",
        )

