"""A pair of buckets listed once more after its sync: everything that the run has done has to be there."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from masker.buckets.client.control import controlled
from masker.buckets.compare import Pair
from masker.buckets.diff import Change, Op, wanted_keys
from masker.buckets.errors import StorageFault
from masker.buckets.listing.comparison import PAGES_IN_FLIGHT, Comparison, ListingFault
from masker.buckets.objects import shown_key
from masker.buckets.settings import SyncSettings
from masker.errors import VerifyFailed
from masker.figures import counted

#: Differences that are looked into; with more, something else is wrong than that production goes on.
_MOST = 1000

#: How far the clocks of storage and client may be apart.
_SKEW = timedelta(minutes=2)

_SHOWN = 20


def verify_pair(opened: Pair, settings: SyncSettings, kept: int) -> list[Change]:
    """List both sides anew, a source with an inventory by that again; of a pair that went by a record no more than what
    was looked at, if that is what *settings* say. Production goes on meanwhile: which objects changed there since.

    Raises VerifyFailed for any other difference but the *kept* objects, which were to be deleted and were not, since
    the source has them or the target has other ones by now.
    """
    opened.session.state.manifest.refresh()
    since = opened.session.since
    found: list[Change] = []

    def emit(change: Change) -> None:
        if len(found) <= _MOST and change.op in {Op.COPY, Op.PLACEHOLDER, Op.DELETE}:
            found.append(change)

    comparison = Comparison(
        traffic=opened.session.traffic,
        source=opened.plan.source,
        target=opened.plan.target,
        is_wanted=wanted_keys(opened.plan.include, opened.plan.exclude, opened.plan.target),
        is_own_copy=opened.session.state.manifest.is_own_copy,
        acl="",
        emit=emit,
        page_limit=settings.page_limit,
        scope=opened.session.scope.rule if opened.session.scope else None,
        stock=opened.session.stock,
    )
    try:
        if settings.verify_changed and since is not None and since.known is not None:
            since.look_again(comparison)
        else:
            with opened.session.traffic.narrowed(PAGES_IN_FLIGHT):
                comparison.read()
    except ListingFault as fault:
        raise VerifyFailed(f"{fault.location}: could not be listed again: {fault.fault}") from None
    if len(found) > _MOST:
        totals = comparison.totals
        raise VerifyFailed(
            f"{opened.plan.target}: {counted(totals.copies + totals.placeholders, 'object')} not as in the source and"
            f" {totals.deletes:,} are stale after the sync",
            hint="something writes to one of the buckets meanwhile; run again",
        )
    stale = [change for change in found if change.op == Op.DELETE and opened.plan.deletes]
    different = [change for change in found if change.op != Op.DELETE]
    not_deleted = _not_deleted(opened, stale)
    wrong = [*(not_deleted if len(not_deleted) > kept else ()), *_not_newer(opened, different)]
    if wrong:
        lines = [
            f"{shown_key(c.key)}: {'is still there' if c.op == Op.DELETE else 'differs from the source'}"
            for c in wrong[:_SHOWN]
        ]
        more = [f"… and {len(wrong) - _SHOWN:,} more"] if len(wrong) > _SHOWN else []
        raise VerifyFailed(
            f"{opened.plan.target}: not what the sync made of it: {counted(len(wrong), 'object')}",
            hint="\n".join([*lines, *more, "does something else write there? run again"]),
        )
    kept_keys = {change.key for change in not_deleted}
    return [*(change for change in stale if change.key not in kept_keys), *different]


def _not_deleted(opened: Pair, stale: list[Change]) -> list[Change]:
    """What the plan wanted deleted. Anything else that is stale has been removed from the source since."""
    if not stale:
        return []
    keys = {change.key for change in stale}
    planned = {change.key for change in opened.file.changes(Op.DELETE) if change.key in keys}
    return [change for change in stale if change.key in planned]


def _not_newer(opened: Pair, different: Iterable[Change]) -> list[Change]:
    """Objects that the source has held as they are since before it was listed, so that the target should hold them
    too."""
    began = datetime.now(UTC) - timedelta(seconds=time.monotonic() - opened.started)
    since = min(began, opened.plan.created_at, opened.plan.inventory_at or began) - _SKEW
    call = controlled(opened.session.source_client, str(opened.plan.source))
    old = []
    for change in different:
        key = opened.plan.source.prefix + change.key
        try:
            # A listing of one: the source's credentials need not be allowed to read objects.
            answer = call("list_objects_v2", Bucket=opened.plan.source.bucket, Prefix=key, MaxKeys=1)
        except StorageFault as fault:
            raise VerifyFailed(
                f"{opened.plan.source}: {shown_key(change.key)} could not be looked at again: {fault}"
            ) from None
        old += [change for item in answer.get("Contents", ()) if item["Key"] == key and item["LastModified"] < since]
    return old
