"""The tasks a sync is shared out in. They run in other processes and on other machines, so all they are given and give
back pickles."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from masker.buckets.client.backends import abort_uploads, open_backend, open_clients
from masker.buckets.client.traffic import Counts, Traffic
from masker.buckets.diff import Change, Totals, wanted_keys
from masker.buckets.done import Done
from masker.buckets.errors import StorageFault
from masker.buckets.files.ledger import CHANGES, Own, OwnCopies, SortedRows, write_plan
from masker.buckets.inventory.listing import Stock, StockSlice
from masker.buckets.listing.comparison import AclCheck, Comparison, ListingFault
from masker.buckets.listing.spans import Span
from masker.buckets.settings import BucketPair, Client
from masker.buckets.transfer import Transfer
from masker.buckets.workers.stopping import raise_if_asked, working


@dataclass(frozen=True, slots=True, kw_only=True)
class PairWork:
    """What every task of a pair has to know. *acl* is the policy in effect, *in_flight* the requests one task may have
    under way."""

    pair: BucketPair
    acl: str
    acl_check: AclCheck
    client: Client
    in_flight: int
    page_limit: int
    retry_base_s: float
    multipart_bytes: int
    part_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanCompared:
    """*changes* is a plan file, its header empty; None where nothing is to be done."""

    changes: bytes | None
    totals: Totals
    keys: int
    spans: int
    counts: Counts
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceCopied:
    """What came of a slice of the plan."""

    done: Done
    own: tuple[Own, ...]
    not_made: frozenset[str]
    counts: Counts


def compare_span(
    work: PairWork, span: Span, own_copies: bytes | None, stock: StockSlice | None, pages_in_flight: int
) -> SpanCompared:
    """Compare the keys of *span* in both buckets. Raises StorageError.

    *own_copies* is what the manifest says of them, *stock* what the source's inventory does; None lists it live.
    """
    pair = work.pair
    with working(), tempfile.TemporaryDirectory(prefix="masker-") as name, _traffic(work) as traffic:
        folder = Path(name)
        rows = SortedRows(CHANGES, folder)
        own: set[str] = set()
        comparison = Comparison(
            traffic=traffic,
            source=pair.source,
            target=pair.target,
            is_wanted=wanted_keys(pair.include, pair.exclude, pair.target, own),
            is_own_copy=OwnCopies(own_copies).is_own_copy,
            acl=work.acl,
            emit=rows.add,
            acl_check=work.acl_check,
            page_limit=work.page_limit,
            stock=Stock(stock.content) if stock else None,
        )
        try:
            with traffic.narrowed(pages_in_flight):
                comparison.read(span)
        except ListingFault as fault:
            raise fault.to_error() from None
        except StorageFault as fault:
            raise fault.to_error(f"{pair.target}: an ACL could not be read") from None
        path = folder / "changes.parquet"
        write_plan(path, {"kind": "sync"}, rows)
        totals = comparison.totals
        has_changes = totals.copies or totals.deletes or totals.acl_repairs or totals.archived
        return SpanCompared(
            changes=path.read_bytes() if has_changes else None,
            totals=totals,
            keys=comparison.keys,
            spans=comparison.spans,
            counts=traffic.counts,
            own=frozenset(own),
        )


def copy_slice(work: PairWork, changes: Sequence[Change]) -> SliceCopied:
    """Make the copies and ACL repairs of *changes*."""
    notes = _Notes()
    transfer = Transfer(
        source=work.pair.source,
        target=work.pair.target,
        mirrors=work.acl == "mirror",
        records=notes,
        multipart_bytes=work.multipart_bytes,
        part_bytes=work.part_bytes,
    )
    with working(), _traffic(work) as traffic:
        try:
            traffic.run(transfer.copies(changes))
        finally:
            if transfer.open_uploads:
                abort_uploads(open_clients(work.pair, work.in_flight)[1], transfer)
        return SliceCopied(
            done=transfer.done, own=tuple(notes.own), not_made=frozenset(transfer.not_made), counts=traffic.counts
        )


@contextlib.contextmanager
def _traffic(work: PairWork) -> Iterator[Traffic]:
    """Clients of this task's own."""
    source, target = open_clients(work.pair, work.in_flight)
    backend = open_backend(
        work.client, source, target, work.in_flight, requester_pays=work.pair.target_access.requester_pays
    )
    try:
        yield Traffic(backend, on_tick=raise_if_asked, base_s=work.retry_base_s)
    finally:
        backend.close()


@dataclass(slots=True)
class _Notes:
    """Own copies, kept until the task gives them back. Deletions are not made by tasks."""

    own: list[Own] = field(default_factory=list)

    def note(self, own: Own) -> None:
        self.own.append(own)
