"""Both buckets listed at once, by as many spans of keys as there is room for, and compared on the way."""

from __future__ import annotations

import heapq
import zlib
from bisect import bisect_right
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from operator import lt
from typing import Any

from masker.buckets.client.requests import GetAcl, GetHead, Head, ListPage, Request
from masker.buckets.client.traffic import Each, Job, Traffic
from masker.buckets.diff import Change, Merge, Op, OwnCopy, Scope, Totals
from masker.buckets.errors import StorageFault
from masker.buckets.inventory.listing import Stock
from masker.buckets.listing.spans import EVERYTHING, Span, find_cuts, split
from masker.buckets.objects import TO_OWNER, Acl, Entry, Location, Page, shown_key
from masker.errors import StorageError
from masker.sides import Side

#: Pages of a thousand keys asked for at once: what they hold is most of the memory that a comparison takes.
PAGES_IN_FLIGHT = 16

#: Pages a span is read before it counts as long; a bucket's first cut comes after its first page.
_LONG_PAGES = 2

#: Unchanged objects whose ACLs a sample reads.
SAMPLE = 1000


class ListingFault(Exception):
    """A listing that did not come to its end, so that nothing may be concluded from it."""

    def __init__(self, side: Side, location: Location, reached: str | None, fault: StorageFault) -> None:
        super().__init__(str(fault))
        self.side = side
        self.location = location
        self.reached = reached
        self.fault = fault

    def to_error(self) -> StorageError:
        """The fault as the user sees it."""
        at = f" after {shown_key(self.reached)}" if self.reached else ""
        error = self.fault.to_error(f"{self.location}: the listing ended{at}")
        if (
            self.side is Side.SOURCE
            and self.fault.is_denied
            and not self.fault.is_credentials
            and not self.fault.remedy
        ):
            error.hint = f"{error.hint}; if it is a bucket whose requesters pay: --request-payer requester"
        error.aftermath = "nothing was written"
        return error


@dataclass(frozen=True, slots=True, kw_only=True)
class AclCheck:
    """Which unchanged objects have their ACLs compared, *sample* at most in a sample. *wanted* is what all should have;
    None mirrors the source's."""

    mode: str = "none"
    wanted: Acl | None = None
    sample: int = SAMPLE


@dataclass(slots=True)
class _Reading:
    """One side of a walk: entries at hand, the last key of the last page, and whether there are more."""

    side: Side
    location: Location
    after: str | None
    entries: list[Entry] = field(default_factory=list)
    is_last: bool = False

    @property
    def is_thirsty(self) -> bool:
        return not self.entries and not self.is_last

    @property
    def is_done(self) -> bool:
        return not self.entries and self.is_last

    def request(self, limit: int) -> ListPage:
        return ListPage(self.side, self.location.bucket, self.location.prefix, self.after, limit)

    def accept(self, page: Page, span: Span) -> int:
        """Take *page* in, as far as it lies in *span*; the number of its keys that do. Raises ListingFault if it cannot
        be true."""
        entries = page.entries
        keys = [entry.key for entry in entries]
        if keys and self.after is not None and keys[0] <= self.after:
            fault = StorageFault(
                "Repeated",
                f"asked for what comes after {shown_key(self.after)}, it begins again with {shown_key(keys[0])}",
            )
            raise ListingFault(self.side, self.location, self.after, fault)
        if not all(map(lt, keys, islice(keys, 1, None))):
            before, after = next(
                (one, next_one) for one, next_one in zip(keys, islice(keys, 1, None), strict=False) if one >= next_one
            )
            fault = StorageFault(
                "Disorder", f"keys did not come in UTF-8 order, but {shown_key(before)} before {shown_key(after)}"
            )
            raise ListingFault(self.side, self.location, self.after, fault)
        if not keys and not page.is_last:
            raise ListingFault(
                self.side, self.location, self.after, StorageFault.unreadable("an empty page that is not the last")
            )
        self.is_last = page.is_last
        if keys:
            self.after = keys[-1]
            if span.until is not None and keys[-1] >= span.until:
                entries = entries[: bisect_right(keys, span.until)]
                self.is_last = True
        self.entries = entries
        return len(entries)

    def use(self, number: int) -> None:
        """Forget the first *number* entries."""
        self.entries = self.entries[number:] if number < len(self.entries) else []


@dataclass(slots=True, kw_only=True)
class Comparison:
    """One comparison of two locations. *emit* is handed every change, in key order within a span. With a *stock* the
    source is not listed."""

    traffic: Traffic
    source: Location
    target: Location
    is_wanted: Callable[[str], bool]
    is_own_copy: OwnCopy
    acl: str
    emit: Callable[[Change], None]
    acl_check: AclCheck = field(default_factory=AclCheck)
    scope: Scope | None = None
    stock: Stock | None = None
    page_limit: int = 1000
    totals: Totals = field(default_factory=Totals)
    keys: int = 0
    spans: int = 0
    _sample: list[tuple[int, int, Entry]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=count)

    def read(self, *spans: Span) -> None:
        """Compare the keys of *spans*, all where none is named. Raises ListingFault, or StorageFault for an ACL that
        cannot be read."""
        self.traffic.run([self._walk(span, patience=1) for span in spans or (EVERYTHING,)])
        if self._sample:
            self.traffic.run(
                [self._repair([entry for _, _, entry in sorted(self._sample, key=lambda item: item[2].key)])]
            )

    def look_up(self, keys: Iterable[str]) -> None:
        """Compare *keys* alone, each asked for on both sides. Raises ListingFault."""
        self.traffic.run(self._looked_up(key) for key in keys)

    def _looked_up(self, key: str) -> Job:
        sides = ((Side.SOURCE, self.source), (Side.TARGET, self.target))
        requests = [ListPage(side, location.bucket, location.prefix + key, None, 1) for side, location in sides]
        try:
            pages: list[Page] = yield requests
        except StorageFault as fault:
            side, location = sides[fault.request == requests[1]]
            raise ListingFault(side, location, key, fault) from None
        # Of all keys that begin with it, a key is the first.
        source, target = ([entry._replace(key=key) for entry in page.entries if not entry.key] for page in pages)
        self.keys += len(source) + len(target)
        changes, _, _ = self._merge().merge(source, target, source_ends=True, target_ends=True)
        yield from self._emit(changes)

    def _merge(self) -> Merge:
        return Merge(
            is_wanted=self.is_wanted,
            is_own_copy=self.is_own_copy,
            acl=self.acl,
            totals=self.totals,
            keeps_unchanged=self.acl_check.mode != "none",
            scope=self.scope,
        )

    def _emit(self, changes: list[Change]) -> Job:
        if any(change.op == Op.SKIP for change in changes):
            changes = yield from self._thawed(changes)
        for change in changes:
            self.emit(self._with_acl(change))

    def _walk(self, span: Span, patience: int) -> Job:
        """Compare the keys of *span*; what is found to be too long is cut, the rest of it left to other walks."""
        self.spans += 1
        merge = self._merge()
        sides = (_Reading(Side.SOURCE, self.source, span.after), _Reading(Side.TARGET, self.target, span.after))
        pages = 0
        while True:
            thirsty = [side for side in sides if side.is_thirsty]
            if thirsty:
                try:
                    answers = yield from self._pages([side.request(self.page_limit) for side in thirsty])
                except StorageFault as fault:
                    side = next(
                        (side for side in thirsty if side.request(self.page_limit) == fault.request), thirsty[0]
                    )
                    raise ListingFault(side.side, side.location, side.after, fault) from None
                for side, page in zip(thirsty, answers, strict=True):
                    self.keys += side.accept(page, span)
                pages += 1
            source, target = sides
            changes, used_source, used_target = merge.merge(
                source.entries, target.entries, source_ends=source.is_last, target_ends=target.is_last
            )
            source.use(used_source)
            target.use(used_target)
            yield from self._emit(changes)
            if merge.unchanged:
                yield from self._check(merge.unchanged)
                merge.unchanged.clear()
            if source.is_done and target.is_done:
                return
            if pages >= patience and self.traffic.room > 1:
                patience = pages + _LONG_PAGES
                span = yield from self._shorten(span, sides)

    def _shorten(
        self, span: Span, sides: tuple[_Reading, _Reading]
    ) -> Generator[Request | list[ListPage], list[Page], Span]:
        """Leave all but the first stretch of what remains to new walks; the span that is left to this one."""
        open_sides = [side for side in sides if not side.is_last]
        # Beyond all that is at hand on either side, which this walk will still compare.
        seen = [side.after for side in open_sides if side.after is not None] + [
            side.entries[-1].key for side in sides if side.entries
        ]
        last = max(seen, default=None)
        if last is None:
            return span
        side = open_sides[0]
        probing = find_cuts(last, span.until)
        try:
            bounds = next(probing)
            while True:
                pages = yield from self._pages(
                    [ListPage(side.side, side.location.bucket, side.location.prefix, bound, 1) for bound in bounds]
                )
                bounds = probing.send([page.entries[0].key if page.entries else None for page in pages])
        except StorageFault as fault:
            raise ListingFault(side.side, side.location, last, fault) from None
        except StopIteration as stop:
            cuts: list[str] = stop.value
        if not cuts:
            return span
        first, *others = split(span, last, cuts)
        for other in others:
            self.traffic.add(self._walk(other, patience=_LONG_PAGES))
        return Span(span.after, first.until)

    def _pages(self, requests: list[ListPage]) -> Generator[Any, Any, list[Page]]:
        """The answers to *requests*: those of the source from its stock, if there is one."""
        stock = self.stock
        if stock is None:
            answers: list[Page] = yield requests
            return answers
        live = iter((yield [request for request in requests if request.side is Side.TARGET]))
        return [
            stock.page(request.after, request.limit) if request.side is Side.SOURCE else next(live)
            for request in requests
        ]

    def _thawed(self, changes: list[Change]) -> Generator[Any, Any, list[Change]]:
        """*changes*, with copies of those archived objects that have been restored, as asking for each tells."""
        archived = [change for change in changes if change.op == Op.SKIP]
        # With the credentials that would copy them.
        asked = Each(GetHead(Side.TARGET, self.source.bucket, self.source.prefix + change.key) for change in archived)
        answers: list[Head | StorageFault] = yield asked
        restored: set[str] = set()
        for change, answer in zip(archived, answers, strict=True):
            if isinstance(answer, StorageFault):
                continue
            self.totals.restoring += answer.is_restoring
            if answer.is_restored and answer.etag == change.source_etag:
                self.totals.archived -= 1
                self.totals.copies += 1
                self.totals.copy_bytes += change.size
                self.totals.replaced += bool(change.target_etag)
                restored.add(change.key)
        return [
            change._replace(op=Op.COPY, reason="restored from its archive", acl=self.acl)
            if change.op == Op.SKIP and change.key in restored
            else change
            for change in changes
        ]

    def _with_acl(self, change: Change) -> Change:
        """*change* with the class of the source's ACL where its inventory has it."""
        acl = self.stock.acl(change.key) if self.stock is not None and change.acl == "mirror" else None
        return change if acl is None else change._replace(acl=acl)

    def _check(self, unchanged: list[Entry]) -> Job:
        """Have the ACLs of unchanged pairs compared: all at once, or noted for a sample."""
        if self.acl_check.mode == "all":
            yield from self._repair(unchanged)
            return
        for entry in unchanged:
            # The smallest hashes make a sample that is spread evenly and the same in every run.
            item = (-zlib.crc32(entry.key.encode()), next(self._order), entry)
            if len(self._sample) < self.acl_check.sample:
                heapq.heappush(self._sample, item)
            elif item > self._sample[0]:
                heapq.heapreplace(self._sample, item)

    def _repair(self, entries: list[Entry]) -> Job:
        """Read the ACLs of *entries* and emit a change for each that is not what it should be."""
        wanted: list[Acl]
        present: list[Acl] = yield [
            GetAcl(Side.TARGET, self.target.bucket, self.target.prefix + entry.key) for entry in entries
        ]
        if self.acl_check.wanted is not None:
            wanted = [self.acl_check.wanted] * len(entries)
        else:
            wanted = yield from self._source_acls(entries)
        self.totals.acl_checked += len(entries)
        for entry, right, is_now in zip(entries, wanted, present, strict=True):
            if right != is_now:
                self.totals.acl_drifted += 1
                self.totals.acl_repairs += 1
                becomes = TO_OWNER if self.acl == TO_OWNER else right
                self.emit(
                    Change(
                        entry.key,
                        Op.ACL,
                        f"is {is_now}",
                        entry.size,
                        entry.etag,
                        entry.etag,
                        entry.storage_class,
                        becomes,
                    )
                )

    def _source_acls(self, entries: list[Entry]) -> Generator[Any, Any, list[Acl]]:
        """What the source's ACLs of *entries* are by its inventory, or by its own word."""
        known = [self.stock.acl(entry.key) if self.stock else None for entry in entries]
        asked = [entry for entry, acl in zip(entries, known, strict=True) if acl is None]
        told = iter(
            (yield [GetAcl(Side.SOURCE, self.source.bucket, self.source.prefix + entry.key) for entry in asked])
        )
        return [next(told) if acl is None else acl for acl in known]
