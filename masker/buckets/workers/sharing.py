"""A comparison, and the copies of a plan, shared out to workers. What they give back is put together here, in key
order."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from masker.buckets.client.traffic import Counts, Traffic
from masker.buckets.diff import Change, Op, Totals
from masker.buckets.done import FAILURES_KEPT
from masker.buckets.errors import StorageFault
from masker.buckets.files.ledger import Manifest, PlanFile
from masker.buckets.inventory.listing import Stock
from masker.buckets.listing.comparison import ListingFault
from masker.buckets.listing.find_spans import find_spans
from masker.buckets.listing.spans import Span
from masker.buckets.transfer import Transfer
from masker.buckets.workers.executors import Lost, Workers
from masker.buckets.workers.tasks import PairWork, compare_span, copy_slice
from masker.errors import StorageError
from masker.sides import Side

#: Spans for each worker: they prove of unequal length, and who is done with a short one takes another.
_SPANS_EACH = 4

#: Changes of one slice: so many that opening clients weighs little, so few that a worker that dies costs little.
_SLICE = 4000
_LEAST_SLICE = 100


@dataclass(frozen=True, slots=True)
class Shared:
    """A pair's *work*, and those who do it."""

    workers: Workers
    work: PairWork


@dataclass(slots=True)
class SharedComparison:
    """What the workers have compared so far, their changes in files below *folder*."""

    folder: Path
    totals: Totals = field(default_factory=Totals)
    keys: int = 0
    spans: int = 0
    parts: dict[int, Path] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)

    def changes(self) -> Iterator[Change]:
        """All changes, in key order."""
        for _, path in sorted(self.parts.items()):
            yield from PlanFile(path).changes(*Op)

    def close(self) -> None:
        """Remove the files."""
        for path in self.parts.values():
            path.unlink(missing_ok=True)


def compare_shared(
    shared: Shared,
    comparison: SharedComparison,
    traffic: Traffic,
    manifest: Manifest,
    stock: Stock | None,
    pages_in_flight: int,
    on_tick: Callable[[], None],
) -> None:
    """Compare both buckets, by spans of keys, into *comparison*. Raises StorageError as the tasks do, or where a worker
    went away."""
    workers, pair = shared.workers, shared.work.pair
    spans = _spans(shared, traffic, stock)
    # Each span has its part in the sample.
    check = shared.work.acl_check
    work = replace(shared.work, acl_check=replace(check, sample=-(-check.sample // len(spans))))
    pages = max(1, pages_in_flight // workers.count)
    tasks = (
        (work, span, manifest.copies.file.within(span.after, span.until), stock.within(span) if stock else None, pages)
        for span in spans
    )
    for task, result in workers.results(compare_span, tasks, on_tick):
        if isinstance(result, Lost):
            error = StorageError(
                f"{pair.source} and {pair.target}: a part of the comparison is lost, {result.why}", hint="run again"
            )
            error.aftermath = "nothing was written"
            raise error
        if result.changes is not None:
            number = spans.index(task[1])
            comparison.parts[number] = comparison.folder / f"span{number}.parquet"
            comparison.parts[number].write_bytes(result.changes)
        _add(comparison.totals, result.totals)
        _add_counts(traffic.counts, result.counts)
        comparison.keys += result.keys
        comparison.spans += result.spans
        comparison.own |= result.own
        on_tick()


def _spans(shared: Shared, traffic: Traffic, stock: Stock | None) -> list[Span]:
    """A few spans for each worker."""
    wanted, pair = shared.workers.count * _SPANS_EACH, shared.work.pair
    if stock is not None:
        return stock.spans(wanted)
    try:
        return find_spans(
            traffic, [(Side.SOURCE, pair.source), (Side.TARGET, pair.target)], wanted, shared.work.page_limit
        )
    except ListingFault as fault:
        raise fault.to_error() from None


def copy_shared(
    shared: Shared,
    changes: Iterable[Change],
    count: int,
    transfer: Transfer,
    counts: Counts,
    on_tick: Callable[[], None],
) -> None:
    """Have the *count* copies and ACL repairs of *changes* made, and what comes of them told to *transfer*.

    All keys of a slice whose worker went away count as failed.
    """
    size = min(_SLICE, max(_LEAST_SLICE, count // (shared.workers.count * _SPANS_EACH)))
    rest = iter(changes)
    slices = ((shared.work, batch) for batch in iter(lambda: list(itertools.islice(rest, size)), []))
    for (_, batch), result in shared.workers.results(copy_slice, slices, on_tick):
        if isinstance(result, Lost):
            for change in batch:
                transfer.fail(change, StorageFault("WorkerLost", result.why))
        else:
            _add(transfer.done, result.done)
            transfer.done.failures.extend(result.done.failures[: max(0, FAILURES_KEPT - len(transfer.done.failures))])
            _add_counts(counts, result.counts)
            transfer.not_made.update(result.not_made)
            for own in result.own:
                transfer.records.note(own)
        on_tick()


def _add(total: Any, part: Any) -> None:
    """Add each count of *part* to that of *total*."""
    for each in fields(total):
        if isinstance(value := getattr(part, each.name), int):
            setattr(total, each.name, getattr(total, each.name) + value)


def _add_counts(total: Counts, part: Counts) -> None:
    _add(total, part)
    for name, sent in part.sent.items():
        total.sent[name] = total.sent.get(name, 0) + sent
