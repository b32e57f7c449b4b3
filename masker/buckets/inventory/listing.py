"""An inventory's objects, sorted into a file and served in pages as a listing is."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from masker.buckets.files.ledger import KeyedFile
from masker.buckets.listing.spans import Span
from masker.buckets.objects import Acl, Entry, Page

#: Rows of a group in the file, and groups at hand: walks of many spans read in turn.
STOCK_ROWS = 1024
_GROUPS_KEPT = 48


@dataclass(frozen=True, slots=True)
class StockSlice:
    """Part of a stock, as it is sent to a worker; None holds nothing."""

    content: bytes | None


class Stock:
    """The objects of the source by its inventory: a :class:`KeyedFile` of Stocked."""

    def __init__(self, source: Path | bytes | None) -> None:
        self._file = KeyedFile(source, groups_kept=_GROUPS_KEPT)

    def page(self, after: str | None, limit: int) -> Page:
        """At most *limit* objects after *after*."""
        firsts = self._file.firsts
        group = max(0, bisect_right(firsts, after) - 1) if after is not None else 0
        entries: list[Entry] = []
        while group < len(firsts):
            rows = self._file.rows(group)
            at = bisect_right(rows, after, key=_key_of) if after is not None else 0
            taken = rows[at : at + limit - len(entries)]
            entries.extend(Entry(*row[:4]) for row in taken)
            if at + len(taken) < len(rows):
                return Page(entries, is_last=False)
            group += 1
            if len(entries) == limit:
                break
        return Page(entries, is_last=group >= len(firsts))

    def acl(self, key: str) -> Acl | None:
        """The class of *key*'s ACL, None where the inventory does not say."""
        row = self._file.find(key)
        if row is None or not row[4]:
            return None
        return "public-read" if row[4] == "public-read" else "private"

    def spans(self, wanted: int) -> list[Span]:
        """All keys as about *wanted* spans that hold as many objects each."""
        firsts = self._file.firsts[1:]
        step = max(1, -(-len(firsts) // wanted))
        cuts = firsts[step - 1 :: step]
        return [Span(after, until) for after, until in zip([None, *cuts], [*cuts, None], strict=True)]

    def within(self, span: Span) -> StockSlice:
        return StockSlice(self._file.within(span.after, span.until))

    def close(self) -> None:
        self._file.close()


def _key_of(row: tuple[str, ...]) -> str:
    return row[0]
