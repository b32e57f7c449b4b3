"""What the comparison of a pair comes to: by listings made here or by workers, or by the record of the last run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from masker.buckets.client.traffic import Traffic
from masker.buckets.diff import Change, OwnCopy, Totals, wanted_keys
from masker.buckets.errors import StorageFault
from masker.buckets.files.ledger import CHANGES, SortedRows
from masker.buckets.files.state import PairState
from masker.buckets.inventory.listing import Stock
from masker.buckets.listing.comparison import PAGES_IN_FLIGHT, AclCheck, Comparison, ListingFault
from masker.buckets.settings import BucketPair
from masker.buckets.since.session import Since
from masker.buckets.workers.sharing import Shared, SharedComparison, compare_shared

if TYPE_CHECKING:
    from masker.buckets.attachments.open import OpenScope


class Found(NamedTuple):
    """What a comparison came to; *changes* in key order."""

    totals: Totals
    keys: int
    changes: Iterable[tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """All that a comparison made here goes by. *told* hears of the keys and spans listed so far; keys of
    locks and seals come into *own*."""

    pair: BucketPair
    run: str
    traffic: Traffic
    state: PairState
    acl: str
    acl_check: AclCheck
    page_limit: int
    scope: OpenScope | None
    stock: Stock | None
    since: Since | None
    own: set[str]
    told: Callable[[int, int], None]

    def comparison(self, emit: Callable[[Change], None]) -> Comparison:
        pair, rule = self.pair, self.scope.rule if self.scope else None
        is_own_copy: OwnCopy = self.state.manifest.is_own_copy
        return Comparison(
            traffic=self.traffic,
            source=pair.source,
            target=pair.target,
            is_wanted=wanted_keys(pair.include, pair.exclude, pair.target, self.own),
            is_own_copy=is_own_copy,
            acl=self.acl,
            emit=emit,
            acl_check=self.acl_check,
            page_limit=self.page_limit,
            scope=self.since.noting(rule) if self.since and rule else rule,
            stock=self.stock,
        )


@contextlib.contextmanager
def found_here(looking: Looking) -> Iterator[Found]:
    """What may have changed by the record of the last run, where there is one that holds; else everything."""
    pair, traffic = looking.pair, looking.traffic
    rows = SortedRows(CHANGES, looking.state.folder)
    comparison = looking.comparison(rows.add)

    def tick() -> None:
        looking.told(comparison.keys, comparison.spans)

    before = sum(traffic.counts.sent.values())
    try:
        with traffic.ticking(tick):
            if not _is_told_by_record(looking, comparison):
                rows.close()
                comparison = looking.comparison(rows.add)
                before = sum(traffic.counts.sent.values())
                with traffic.narrowed(PAGES_IN_FLIGHT):
                    comparison.read()
        if looking.since is not None:
            looking.since.requests = sum(traffic.counts.sent.values()) - before
        if looking.scope:
            comparison.totals.blobs_without_object = looking.scope.found.kept - comparison.totals.blobs_found
        yield Found(comparison.totals, comparison.keys, rows)
    except ListingFault as fault:
        raise fault.to_error() from None
    except StorageFault as fault:
        raise fault.to_error(f"{pair.target}: an ACL could not be read") from None
    finally:
        rows.close()


def _is_told_by_record(looking: Looking, comparison: Comparison) -> bool:
    since, scope = looking.since, looking.scope
    return since is not None and scope is not None and since.look(comparison, scope, looking.run)


@contextlib.contextmanager
def found_later(since: Since) -> Iterator[Found]:
    """What can be said of a pair whose scope is not there yet and that will go by its record: what that has."""
    rows = since.known.rows if since.known is not None else 0
    yield Found(Totals(source_objects=rows, target_objects=rows, unchanged=rows), 0, ())


@contextlib.contextmanager
def found_by_workers(
    shared: Shared,
    traffic: Traffic,
    state: PairState,
    stock: Stock | None,
    own: set[str],
    told: Callable[[int, int], None],
) -> Iterator[Found]:
    """The whole pair compared by *shared* workers."""
    comparison = SharedComparison(state.folder)

    def tick() -> None:
        told(comparison.keys, comparison.spans)

    try:
        with traffic.ticking(tick):
            compare_shared(shared, comparison, traffic, state.manifest, stock, PAGES_IN_FLIGHT, tick)
        own |= comparison.own
        yield Found(comparison.totals, comparison.keys, comparison.changes())
    finally:
        comparison.close()
