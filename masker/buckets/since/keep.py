"""The record of a run written for the next one, and the seal on its target: broken before the first change, made anew
after the last."""

from __future__ import annotations

import heapq

from masker.buckets.below import sealed_below
from masker.buckets.client.control import controlled
from masker.buckets.compare import Pair
from masker.buckets.diff import Op
from masker.buckets.errors import StorageFault
from masker.buckets.lock import above
from masker.buckets.objects import TO_OWNER
from masker.buckets.since.known import Known
from masker.buckets.since.seal import break_seals, put_seal, read_seal, seal_key
from masker.buckets.transfer import Transfer
from masker.errors import Refused
from masker.figures import counted
from masker.notes import Note


def unseal(opened: Pair) -> None:
    """Before the first change: whatever becomes of this run, no record speaks of its target. Raises StorageError where
    a seal stays, Refused where the record that the plan goes by does not hold any more."""
    target, since = opened.plan.target, opened.session.since
    call = controlled(opened.session.target_client, str(target))
    try:
        if since is not None and since.is_fit and read_seal(call, target) != since.seal:
            # A run that came between had its lock, and this one has it now.
            since.is_fit = False
            if since.known is not None:
                raise _overtaken(opened)
        if opened.plan.has_work:
            below = sealed_below(target, opened.own_seen, opened.written_keys())
            break_seals(call, target, below, keeps_versions=opened.facts.versioning != "off")
    except StorageFault as fault:
        error = fault.to_error(f"{target}: its seal {seal_key(target)} could not be looked at or removed")
        error.aftermath = "nothing was written"
        raise error from None


def keep_record(opened: Pair, transfer: Transfer) -> Note | None:
    """Write down what the target holds now, and seal it; why not, where that cannot be."""
    since, scope, plan = opened.session.since, opened.session.scope, opened.plan
    if since is None or scope is None or not since.is_fit:
        return None
    if opened.lock is not None:
        opened.lock.require()
    done = transfer.done
    since.files.forget()
    if left := done.kept + done.rewritten + done.left_to_jobs:
        return _not_kept(opened, f"not all is what the plan made of it ({counted(left, 'object')})")
    if opened.lock is not None:
        try:
            # Whoever listed the target before this lock was there has not seen it, and would not break this seal.
            for wider in above(plan.target):
                opened.lock.require_free(wider)
        except Refused as refused:
            return _not_kept(opened, refused.message)
    skipped = (change.key for change in opened.file.changes(Op.SKIP))
    unsettled = heapq.merge(since.unsettled(scope), skipped, sorted(transfer.not_made))
    try:
        rows, digest = since.files.write_rows(scope.file, unsettled)
    except OSError as error:
        return _not_kept(opened, f"{since.files.rows} could not be written ({(error.strerror or 'no reason').lower()})")
    call = controlled(opened.session.target_client, str(plan.target))
    try:
        seal = put_seal(
            call,
            plan.target,
            plan.run,
            acl=TO_OWNER if plan.acl == TO_OWNER else None,
            keeps_versions=opened.facts.versioning != "off",
        )
    except StorageFault as fault:
        return _not_kept(opened, f"its seal {seal_key(plan.target)} could not be made: {fault}")
    told = since.told(plan.run)
    since.files.write(
        Known(
            run=plan.run,
            goes_by=since.goes_by,
            seal=seal,
            listed_by=told.listed_by,
            listed_at=told.listed_at,
            requests=since.known.requests if since.known is not None else since.requests,
            runs=told.runs,
            rows=rows,
            digest=digest,
        )
    )
    return None


def _overtaken(opened: Pair) -> Refused:
    error = Refused(
        f"{opened.plan.target}: another run has written to it since it was looked at, so that the record of the last"
        " run says nothing of it any more",
        hint="run again",
    )
    error.aftermath = "nothing was written"
    return error


def _not_kept(opened: Pair, why: str) -> Note:
    return Note(subject=str(opened.plan.target), text=f"no record was kept, so the next run lists everything: {why}")
