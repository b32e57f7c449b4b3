"""Single keys looked up in a listing: by pages where many of them lie close together, else one by one. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from operator import lt
from typing import Any, NamedTuple

from masker.buckets.client.requests import ListPage, ListVersions, Request, Version, VersionsPage
from masker.buckets.errors import StorageFault
from masker.buckets.objects import Entry, Location, Page
from masker.sides import Side

#: Entries asked for at least and at most. A page that answers for a key with every few of its entries is followed by a
#: longer one, else by a shorter.
_FEW = 8
_MANY = 1000
_GROWTH = 4
_DENSE = 32

_SURROGATES_BEGIN = 0xD800
_SURROGATES_END = 0xDFFF

Asking = Generator[Request | list[Any], Any, Any]


class _Skimmed(NamedTuple):
    """What a page says of the keys wanted: of those up to and including *end*, None for all; *found* by key."""

    found: dict[str, Any]
    end: str | None
    is_certain_of_end: bool


def find_present(side: Side, location: Location, keys: Sequence[str]) -> Asking:
    """Which of *keys*, relative to *location* and in UTF-8 order, are there by a listing made now: a dict of their
    entries."""

    def page_after(after: str | None, limit: int) -> Asking:
        page: Page = yield ListPage(side, location.bucket, location.prefix, after, limit)
        listed = [entry.key for entry in page.entries]
        if not all(map(lt, listed, listed[1:])) or (listed and after is not None and listed[0] <= after):
            raise StorageFault("Disorder", "keys did not come in UTF-8 order")
        if not listed and not page.is_last:
            raise StorageFault.unreadable("an empty page that is not the last")
        return _Skimmed(
            {entry.key: entry for entry in page.entries}, None if page.is_last else listed[-1], is_certain_of_end=True
        )

    def only(key: str) -> Asking:
        page: Page = yield ListPage(side, location.bucket, location.prefix + key, None, 1)
        return next(
            (Entry(key, entry.size, entry.etag, entry.storage_class) for entry in page.entries if entry.key == ""), None
        )

    return (yield from _skim(keys, page_after, only))


def is_listed(bucket: str, key: str) -> Asking:
    """Whether the source *bucket* still has an object of the whole *key*, by a listing of one, which asks for no right
    to read objects."""
    page: Page = yield ListPage(Side.SOURCE, bucket, key, None, limit=1)
    return any(entry.key == "" for entry in page.entries)


def find_versions(bucket: str, keys: Sequence[str]) -> Asking:
    """The versions and delete markers of *keys*, whole and in UTF-8 order: a dict of tuples, without those that have
    none."""

    def page_after(after: str | None, limit: int) -> Asking:
        page: tuple[dict[str, tuple[Version, ...]], str | None] = yield VersionsPage(bucket, after, limit)
        # The last key of a page may go on with the next.
        return _Skimmed(page[0], page[1], is_certain_of_end=False)

    def only(key: str) -> Asking:
        versions: tuple[Version, ...] = yield ListVersions(bucket, key)
        return versions or None

    found: dict[str, tuple[Version, ...]] = yield from _skim(keys, page_after, only)
    for key in keys:
        # Not every storage begins a page just where it was asked to, so what is missing is asked for by name.
        if (
            not any(version.is_latest for version in found.get(key, ()))
            and (versions := (yield from only(key))) is not None
        ):
            found[key] = versions
    return found


def _skim(keys: Sequence[str], page_after: Any, only: Any) -> Asking:
    found: dict[str, Any] = {}
    rest = deque(keys)
    limit = _within(2 * len(keys))
    while rest:
        page: _Skimmed = yield from page_after(just_before(rest[0]), limit)
        answered = 0
        while rest and (page.end is None or rest[0] < page.end or (page.is_certain_of_end and rest[0] == page.end)):
            key = rest.popleft()
            answered += 1
            if key in page.found:
                found[key] = page.found[key]
        if not answered:
            # More lies just before the key than a page holds.
            key, answered = rest.popleft(), 1
            if (one := (yield from only(key))) is not None:
                found[key] = one
        limit = _within(limit * _GROWTH if answered * _DENSE >= limit else limit // _GROWTH)
    return found


def _within(limit: int) -> int:
    return min(_MANY, max(_FEW, limit))


def just_before(key: str) -> str | None:
    """A key before *key* with little between the two, for listings that begin after one; None for the beginning.

    >>> just_before("photos/12")
    'photos/11'
    """
    if not key:
        return None
    code = ord(key[-1]) - 1
    if _SURROGATES_BEGIN <= code <= _SURROGATES_END:
        code = _SURROGATES_BEGIN - 1
    if code < ord(" "):
        return key[:-1] or None  # control characters are not everywhere taken in a query
    return key[:-1] + chr(code)
