"""Locks and seals that runs keep in folders of a target: what a run into all of it has to heed and to break."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from masker.buckets.client.requests import ListPage
from masker.buckets.client.traffic import Job, Traffic
from masker.buckets.lock import TargetLock
from masker.buckets.objects import LOCK_NAME, SEAL_NAME, Location, Page
from masker.sides import Side

#: What the names of all own objects begin with, up to where those of locks and seals differ from a canary's.
_BEGINNING = ".masker-"
_AFTER_CANARIES = "d"
_FEW = 8


def folders_of(keys: Iterable[str]) -> Iterator[str]:
    """Every folder in which one of *keys* lies, which come in order, once.

    >>> list(folders_of(["a", "photos/1/a", "photos/1/b", "photos/2"]))
    ['photos/', 'photos/1/']
    """
    within: list[str] = []
    for key in keys:
        while within and not key.startswith(within[-1]):
            within.pop()
        at = len(within[-1]) if within else 0
        while (at := key.find("/", at) + 1) > 0:
            within.append(key[:at])
            yield key[:at]


def find_own(traffic: Traffic, target: Location, keys: Iterable[str]) -> frozenset[str]:
    """The locks and seals in all folders of *target* in which one of *keys* lies, by a request each: for what has not
    listed it. Keys are relative to *target*, and come in order. Raises StorageFault."""
    found: set[str] = set()

    def look(folder: str) -> Job:
        prefix = target.prefix + folder + _BEGINNING
        page: Page = yield ListPage(Side.TARGET, target.bucket, prefix, _AFTER_CANARIES, _FEW)
        names = {_BEGINNING + entry.key for entry in page.entries}
        found.update(folder + name for name in names & {LOCK_NAME, SEAL_NAME})

    traffic.run(look(folder) for folder in folders_of(keys))
    return frozenset(found)


def require_free_below(lock: TargetLock, target: Location, own: Iterable[str]) -> None:
    """Raise Refused where another run holds one of the locks among *own*."""
    for folder in _folders(target, own, LOCK_NAME):
        lock.require_free(folder)


def sealed_below(target: Location, own: Iterable[str], keys: Iterable[str]) -> list[Location]:
    """Folders of *target* with a seal among *own*, in which one of *keys* lies."""
    sealed = set(_folders(target, own, SEAL_NAME))
    if not sealed:
        return []
    return [folder for name in folders_of(keys) if (folder := Location(target.bucket, target.prefix + name)) in sealed]


def _folders(target: Location, own: Iterable[str], name: str) -> Iterator[Location]:
    for key in sorted(own):
        if key.endswith(f"/{name}"):
            yield Location(target.bucket, target.prefix + key.removesuffix(name))
