"""A bucket cut into spans of keys for several workers, by a few probes."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from typing import Any

from masker.buckets.client.requests import ListPage
from masker.buckets.client.traffic import Job, Traffic
from masker.buckets.errors import StorageFault
from masker.buckets.listing.comparison import ListingFault
from masker.buckets.listing.spans import Span, find_cuts, split
from masker.buckets.objects import Location, Page
from masker.sides import Side


def find_spans(traffic: Traffic, sides: Sequence[tuple[Side, Location]], wanted: int, page_limit: int) -> list[Span]:
    """All keys as at least *wanted* spans, where they can be had, in key order.

    Cut where the first of *sides* has keys, or the next if that one is short. A span that holds no more than a page is
    not cut further, so a small bucket is one span. Raises ListingFault.
    """
    spans = [Span(None, None)]
    for side, location in sides:
        finder = _Finder(side, location, wanted, page_limit)
        traffic.run([finder.job()])
        spans = finder.spans
        if len(spans) > 1:
            break
    return spans


class _Finder:
    def __init__(self, side: Side, location: Location, wanted: int, page_limit: int) -> None:
        self._side = side
        self._location = location
        self._wanted = wanted
        self._page_limit = page_limit
        self.spans: list[Span] = []

    def job(self) -> Job:
        uncut = deque([Span(None, None)])
        short: list[Span] = []
        while uncut and len(uncut) + len(short) < self._wanted:
            span = uncut.popleft()
            try:
                parts = yield from self._parts(span)
            except StorageFault as fault:
                raise ListingFault(self._side, self._location, span.after, fault) from None
            if len(parts) > 1:
                uncut.extend(parts)
            else:
                short.append(span)
        self.spans = sorted([*uncut, *short], key=lambda span: (span.after is not None, span.after or ""))

    def _parts(self, span: Span) -> Generator[ListPage | list[ListPage], Any, list[Span]]:
        """*span* cut behind its first page; one part where that is all it holds."""
        page: Page = yield self._page(span.after, self._page_limit)
        last = page.entries[-1].key if page.entries else None
        if last is None or page.is_last or last not in span:
            return [span]
        probing = find_cuts(last, span.until)
        try:
            bounds = next(probing)
            while True:
                firsts: list[Page] = yield [self._page(bound, 1) for bound in bounds]
                bounds = probing.send([first.entries[0].key if first.entries else None for first in firsts])
        except StopIteration as stop:
            cuts: list[str] = stop.value
        if not cuts:
            return [span]
        begin, *others = split(span, last, cuts)
        return [Span(span.after, begin.until), *others]

    def _page(self, after: str | None, limit: int) -> ListPage:
        return ListPage(self._side, self._location.bucket, self._location.prefix, after, limit)
