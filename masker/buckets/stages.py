"""The stages in which a target is changed: copies with ACL repairs and placeholders, then deletes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from masker.buckets.batch_operations.jobs import BatchJobs, require_batch
from masker.buckets.client.traffic import Job
from masker.buckets.compare import Pair
from masker.buckets.diff import Change, Op
from masker.buckets.settings import BatchOperations, SyncSettings
from masker.buckets.transfer import Transfer
from masker.buckets.workers.sharing import copy_shared

#: Deletions looked up before they are made together.
_CONFIRMED_AT_ONCE = 10_000


def require_way(opened: Pair, settings: SyncSettings) -> None:
    """Raise UsageError where the copies cannot be made in the way that is wanted."""
    if (batch := _batch(opened, settings)) is not None:
        require_batch(
            batch, opened.plan.source, opened.plan.target, (opened.session.source_client, opened.session.target_client)
        )


def make_copies(opened: Pair, settings: SyncSettings, transfer: Transfer, tell: Callable[[], None]) -> None:
    """Copies, placeholders and ACL repairs: by jobs of Batch Operations where wanted, the rest by the workers if there
    are any."""
    changes = opened.file.changes(Op.COPY, Op.PLACEHOLDER, Op.ACL)
    if (batch := _batch(opened, settings)) is None:
        _make_usual_copies(opened, changes, transfer, tell)
        return
    jobs = BatchJobs(
        wanted=batch,
        run=opened.plan.run,
        access=opened.asked.target_access,
        region=opened.session.target_client.meta.region_name,
        transfer=transfer,
        folder=opened.session.state.run_folder / "batch",
    )
    _make_usual_copies(opened, jobs.begin(changes, opened.session.traffic), transfer, tell)
    if batch.waits:
        jobs.wait(tell)
    else:
        jobs.leave()


def make_deletes(opened: Pair, transfer: Transfer) -> None:
    """Deletions, last. Each is looked up on both sides first: listings, plans and inventories speak of what was."""
    changes = opened.file.changes(Op.DELETE)
    while batch := list(islice(changes, _CONFIRMED_AT_ONCE)):
        gone: list[Change] = []
        opened.session.traffic.run(transfer.confirmations(batch, gone))
        opened.session.traffic.run(_while_held(opened, transfer.deletes(gone)))


def _while_held(opened: Pair, jobs: Iterator[Job]) -> Iterator[Job]:
    """*jobs*, each begun only while the target is known to be locked for this run."""
    for job in jobs:
        if opened.lock is not None:
            opened.lock.require()
        yield job


def _make_usual_copies(opened: Pair, changes: Iterator[Change], transfer: Transfer, tell: Callable[[], None]) -> None:
    if opened.session.shared is None:
        opened.session.traffic.run(transfer.copies(changes))
        return

    def tick() -> None:
        opened.session.state.flush()
        tell()

    copy_shared(
        opened.session.shared,
        _recorded(opened, changes),
        opened.plan.totals.copies,
        transfer,
        opened.session.traffic.counts,
        tick,
    )


def _recorded(opened: Pair, changes: Iterator[Change]) -> Iterator[Change]:
    """*changes*, those that workers will copy by parts written down: a worker that dies cannot say which uploads it
    leaves open."""
    for change in changes:
        if (
            opened.session.shared is not None
            and change.op == Op.COPY
            and change.size > opened.session.shared.work.multipart_bytes
        ):
            opened.session.state.uploads.begins(opened.plan.target.prefix + change.key)
        yield change


def _batch(opened: Pair, settings: SyncSettings) -> BatchOperations | None:
    """The wish for Batch Operations, where there are copies enough for it."""
    return settings.batch if settings.batch and opened.plan.totals.copies >= settings.batch.least else None
