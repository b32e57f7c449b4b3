"""Syncs of bucket pairs: compared, checked against the limits, executed; deletes last and only if all else went
well."""

from __future__ import annotations

import contextlib
import glob
import shlex
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from masker.buckets.batch_operations.jobs import jobs_go_on
from masker.buckets.client.backends import abort_uploads
from masker.buckets.client.control import controlled
from masker.buckets.compare import Pair, planned
from masker.buckets.diff import Op, key_filter
from masker.buckets.done import Done, Failure
from masker.buckets.endpoints import is_amazons
from masker.buckets.events import PairFinished, Phase, SyncListener, Transferred, snapshot
from masker.buckets.hold import hold_targets
from masker.buckets.lock import forget_versions
from masker.buckets.objects import is_canary, shown_key
from masker.buckets.plan import SyncPlan, refusal
from masker.buckets.preflight import Canary, read_versioning
from masker.buckets.settings import SyncSettings
from masker.buckets.since.keep import keep_record, unseal
from masker.buckets.stages import make_copies, make_deletes, require_way
from masker.buckets.sweep import finish_uploads, sweep_uploads
from masker.buckets.transfer import Transfer
from masker.buckets.verify import verify_pair
from masker.confirmation import ToConfirm, require_confirmed
from masker.errors import Interrupted, MaskerError, Problem, Refused, StorageError, VerifyFailed
from masker.figures import counted

_SHOWN_FAILURES = 20
_SHOWN_EXCLUDES = 3

#: Objects of which one has to be copied as a canary: a single one may be archived, or encrypted with somebody else's
#: key.
_CANARY_COPIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PairResult:
    """What one pair came to. Seconds are wall time, the comparison included.

    *meanwhile* counts what verification found to have changed in the source during the run, *state* is the folder of
    its records.
    """

    state: Path
    plan: SyncPlan
    done: Done
    requests: dict[str, int]
    retries: int
    elapsed_s: float
    meanwhile: int = 0

    def document(self) -> dict[str, Any]:
        """The result as plain values."""
        done = asdict(replace(self.done, failures=[]))
        done["failures"] = [{"key": f.key, "op": str(f.op), "code": f.fault.code} for f in self.done.failures]
        plan = self.plan.document()
        return {
            "kind": "sync",
            "run": self.plan.run,
            "source": plan["source"],
            "target": plan["target"],
            "acl": self.plan.acl,
            "planned": plan["totals"],
            **done,
            "requests": self.requests,
            "retries": self.retries,
            "meanwhile": self.meanwhile,
            "since_last": plan["since_last"],
            "seconds": round(self.elapsed_s, 3),
            "notes": plan["notes"],
        }


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
        super().__init__(
            f"{result.plan.target}: {counted(result.done.failed, 'key')} failed, {result.done.copied:,} copied",
            hint="\n".join(lines),
            problems=[
                Problem(f"{result.plan.target.bucket}/{shown_key(f.key)}", f"{f.op}: {f.fault}") for f in failures
            ],
        )
        stale = f"no stale object was deleted, of {kept_deletes:,}; " if kept_deletes else ""
        self.aftermath = f"{stale}run again to finish the work{_leaving_out(failures)}"
        self.result = result
        self.document = SyncResult(pairs=(result,)).document()


def _leaving_out(failures: Sequence[Failure]) -> str:
    """How to do without what no further run will do either."""
    never = [f for f in failures if f.fault.is_of_a_key_of_their_own or f.fault.is_no_permission]
    copies = [f for f in never if f.op == Op.COPY]
    never = copies or [f for f in never if f.op == Op.DELETE]
    if not never:
        return ""
    named = " ".join(f"--exclude {shlex.quote(_glob(f.key))}" for f in never[:_SHOWN_EXCLUDES])
    if not copies:
        why = "what a policy, a legal hold or retention keeps"
    elif any(f.fault.is_of_a_key_of_their_own for f in copies):
        why = "an object under a key of its own (SSE-C) is copied by nobody who lacks the key"
    else:
        why = "what may never be read"
    return f"; {why}: leave it out, {named}{' …' if len(never) > _SHOWN_EXCLUDES else ''}"


def _glob(key: str) -> str:
    """A glob of *key* that can be typed."""
    return "".join(character if character.isprintable() else "?" for character in glob.escape(key))


class PairsFailed(StorageError):
    """Some of several pairs failed, each for itself; *done* is what the others came to."""

    def __init__(self, failed: Sequence[MaskerError], done: SyncResult) -> None:
        lines = [line for error in failed for line in _told(error)]
        super().__init__(
            f"{len(failed)} of {len(failed) + len(done.pairs)} pairs of buckets failed",
            hint="\n".join(lines),
            problems=[problem for error in failed for problem in error.told()],
        )
        finished = f"{', '.join(str(pair.plan.target) for pair in done.pairs)} ended well; " if done.pairs else ""
        self.aftermath = f"{finished}run again to finish the work"
        documents = [pair for error in failed if error.document for pair in error.document["pairs"]]
        self.document = {**done.document(), "pairs": [*done.document()["pairs"], *documents]}


def _told(error: MaskerError) -> list[str]:
    """A failure with what belongs to it indented below."""
    first, *rest = error.lines()
    return [first, *(f"    {line}" for text in rest for line in text.splitlines())]


def sync(settings: SyncSettings, listener: SyncListener) -> SyncResult:
    """Make every pair's target what its source is. Raises a MaskerError where that did not come about.

    All pairs are compared and held against their limits before anything is written to any of them. One that fails then
    spares the others.
    """
    buckets = [ToConfirm(kind="bucket", name=pair.target.bucket) for pair in settings.pairs]
    require_confirmed(settings.confirm, buckets, "objects there will be replaced and deleted")
    with planned(settings, listener) as pairs, contextlib.ExitStack() as stack:
        return _executed(_tried(pairs, settings, stack), settings, listener)


def rehearse(settings: SyncSettings, listener: SyncListener) -> None:
    """Everything in :func:`sync` that comes before the first change, to learn whether it would be refused. Leaves
    nothing in the buckets.

    Scopes are left out: the preview they go by may not be there yet. What is refused without one would be refused with
    it.
    """
    with planned(unscoped(settings), listener) as pairs, contextlib.ExitStack() as stack:
        # What a scope will leave out may not even pass through the target as a canary.
        _tried(pairs, settings, stack, copies=[pair.scope is None for pair in settings.pairs])


def unscoped(settings: SyncSettings) -> SyncSettings:
    """The same for whole buckets: the most that may be copied, and the least that will be deleted."""
    return replace(settings, pairs=tuple(replace(pair, scope=None, later=pair.scope) for pair in settings.pairs))


def _tried(
    pairs: Sequence[Pair], settings: SyncSettings, stack: contextlib.ExitStack, copies: Sequence[bool] | None = None
) -> Sequence[Pair]:
    """The pairs with their targets locked until *stack* ends, none of them beyond its limits, each tried with one
    object, and where *copies* says so with a copy."""
    for opened in pairs:
        _refuse(opened)
        require_way(opened, settings)
        if opened.session.scope is not None and opened.plan.changes_rows:
            from masker.buckets.attachments.open import require_updates

            require_updates(opened.session.scope)
    held = hold_targets(pairs, settings, stack)
    for opened, may_copy in zip(held, copies or [True] * len(held), strict=True):
        if opened.plan.has_work or opened.is_later:
            _send_canary(opened, may_copy=may_copy)
    return held


def _executed(pairs: Sequence[Pair], settings: SyncSettings, listener: SyncListener) -> SyncResult:
    """One pair after the other. Deletes depend on their own pair's copies alone, so one that fails says nothing about
    the next."""
    done: list[PairResult] = []
    failed: list[MaskerError] = []
    for opened in pairs:
        try:
            done.append(_execute(opened, settings, listener))
        except Interrupted:
            raise
        except MaskerError as error:
            failed.append(error)
    if failed and len(pairs) == 1:
        raise failed[0]
    if failed:
        raise PairsFailed(failed, SyncResult(pairs=tuple(done)))
    return SyncResult(pairs=tuple(done))


def _refuse(opened: Pair) -> None:
    if why := refusal(opened.plan, opened.asked.limits):
        error = Refused(
            f"{opened.plan.target}: {why}",
            hint=f"if all of them are to go: --max-delete {opened.plan.deletions}; to copy only: --no-delete",
        )
        error.aftermath = f"nothing was written; the plan is kept: {opened.file.path}"
        raise error


def _send_canary(opened: Pair, *, may_copy: bool) -> None:
    """Try with one object what the run will do with many."""
    plan = opened.plan
    has_copies = may_copy and not (plan.acl == "mirror" and not (plan.totals.copies or plan.totals.acl_repairs))
    first = list(islice(opened.file.changes(Op.COPY), _CANARY_COPIES)) if has_copies else []
    canary = Canary(plan.source, plan.target, plan.acl, plan.run, first)
    is_in = key_filter(plan.include, plan.exclude)
    left = [plan.target.prefix + key for key in sorted(opened.own_seen) if is_canary(key) and is_in(key)]
    try:
        opened.session.traffic.run([canary.job(left)])
    finally:
        if opened.facts.versioning != "off":
            call = controlled(opened.session.target_client, plan.target.bucket)
            for key in (canary.key, *left):
                forget_versions(call, plan.target.bucket, key)
    if canary.error:
        canary.error.aftermath = "nothing else was written"
        raise canary.error


def _execute(opened: Pair, settings: SyncSettings, listener: SyncListener) -> PairResult:
    plan, traffic = opened.plan, opened.session.traffic
    transfer = Transfer(
        source=plan.source,
        target=plan.target,
        mirrors=plan.acl == "mirror",
        records=opened.session.state,
        multipart_bytes=settings.multipart_bytes,
        part_bytes=settings.part_bytes,
        uploads=opened.session.state.uploads,
    )
    done = transfer.done

    def tell(phase: Phase) -> None:
        listener(Transferred(plan, snapshot(done), phase, traffic.window.size, time.monotonic() - opened.started))

    def result() -> PairResult:
        return PairResult(
            state=settings.state,
            plan=plan,
            done=done,
            requests=dict(traffic.counts.sent),
            retries=traffic.counts.retries,
            elapsed_s=time.monotonic() - opened.started,
        )

    unseal(opened)
    try:
        done.swept = sweep_uploads(opened)
        with traffic.ticking(opened.session.state.flush, lambda: tell("copy")):
            make_copies(opened, settings, transfer, lambda: tell("copy"))
        if done.failed:
            raise SyncIncomplete(result(), kept_deletes=plan.deletions)
        _update_rows(opened, transfer)
        # Jobs that go on may still fail, and nothing is deleted before all copies are there.
        if plan.deletions and not done.left_to_jobs:
            _record_deletions(opened)
            with traffic.ticking(lambda: tell("delete")):
                make_deletes(opened, transfer)
        if done.failed:
            raise SyncIncomplete(result(), kept_deletes=0)
    except BaseException as error:
        abort_uploads(opened.session.target_client, transfer)
        if isinstance(error, MaskerError) and not isinstance(error, Interrupted):
            finish_uploads(opened)
        opened.session.state.write_result(result().document() | {"error": str(error)})
        if isinstance(error, MaskerError) and error.aftermath is None:
            again = jobs_go_on(transfer) if done.jobs else "run again to finish the work"
            error.aftermath = (
                f"{done.copied:,} of {plan.totals.copies:,} objects were copied, {done.deleted:,} of {plan.deletions:,}"
                f" deleted; {again}"
            )
        raise
    finish_uploads(opened)
    finished = result()
    opened.session.state.write_result(finished.document())
    listener(PairFinished(plan, snapshot(done), traffic.counts.retries, finished.elapsed_s))
    try:
        if settings.verify and not done.left_to_jobs:
            changed = verify_pair(opened, settings, done.kept + done.rewritten)
            transfer.not_made.update(change.key for change in changed)
            finished = replace(finished, meanwhile=len(changed))
    except VerifyFailed as error:
        if (since := opened.session.since) is not None and not plan.has_work:
            # The seal is still there, so the next run would go by what this one was mistaken about.
            since.files.forget()
        error.document = SyncResult(pairs=(finished,)).document()
        raise
    note = keep_record(opened, transfer)
    return replace(finished, plan=replace(plan, notes=(*plan.notes, note))) if note else finished


def _record_deletions(opened: Pair) -> None:
    """Write down what is going to be deleted. Raises Refused where that would be for good by now, though the plan
    promised otherwise."""
    plan = opened.plan
    versioning = read_versioning(plan.target, controlled(opened.session.target_client, str(plan.target)))
    if plan.keeps_versions and versioning != "on":
        raise Refused(
            f"{plan.target}: keeps versions no more, so the deletions planned ({plan.deletions:,}) could not be taken"
            " back",
            hint="have it keep versions again, or run again: the plan will then say that they are for good",
        )
    client, access = opened.session.target_client, opened.asked.target_access
    # As the environment had it, too: whoever takes them back may have another.
    endpoint = access.endpoint_url if is_amazons(client.meta.endpoint_url) else client.meta.endpoint_url
    reached = replace(access, region=client.meta.region_name, endpoint_url=endpoint)
    opened.session.state.write_deletions(opened.file.changes(Op.DELETE), versioning, reached)


def _update_rows(opened: Pair, transfer: Transfer) -> None:
    """Have the preview's rows speak of the placeholders that are there now."""
    if opened.session.scope is None or not opened.plan.changes_rows:
        return
    placed = (change for change in opened.file.changes(Op.PLACEHOLDER, Op.ROW) if change.key not in transfer.not_made)
    from masker.buckets.attachments.open import update_rows

    transfer.done.rows_updated = update_rows(opened.session.scope, placed)
