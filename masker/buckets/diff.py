"""Two sorted listings compared as they come: what is to be copied, deleted, left. Pure, and a page at a time."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from masker.buckets.attachments.placeholders import Placeholder
from masker.buckets.objects import ARCHIVED, Entry, Location, is_own


class Op(StrEnum):
    """What is done to one object of the target; ``row`` to what the preview's database says of a placeholder that is
    there already."""

    COPY = "copy"
    PLACEHOLDER = "placeholder"
    ROW = "row"
    ACL = "acl"
    DELETE = "delete"
    SKIP = "skip"


class Change(NamedTuple):
    """One line of a plan. *acl* is what the object becomes, ``mirror`` until the source's is read; ETags are empty
    where there is none.

    Of a placeholder, *size* and *source_etag* are its own, and *content_type* says which it is.
    """

    key: str
    op: str
    reason: str
    size: int
    source_etag: str
    target_etag: str
    storage_class: str
    acl: str
    content_type: str = ""


@dataclass(slots=True)
class Totals:
    """Counts of a comparison; bytes of the objects counted. Excluded objects are in no other count.

    *restoring* are those of the *archived* that are being restored. *out_of_scope* are objects of the source that a
    scope leaves out, as if they were not there. *blobs_found* are those it keeps because the database names just them,
    *blobs_without_object* what it names and the source does not hold.
    """

    source_objects: int = 0
    source_bytes: int = 0
    target_objects: int = 0
    target_bytes: int = 0
    unchanged: int = 0
    copies: int = 0
    copy_bytes: int = 0
    replaced: int = 0
    deletes: int = 0
    delete_bytes: int = 0
    acl_repairs: int = 0
    archived: int = 0
    restoring: int = 0
    excluded: int = 0
    acl_checked: int = 0
    acl_drifted: int = 0
    out_of_scope: int = 0
    placeholders: int = 0
    stale_rows: int = 0
    blobs_found: int = 0
    blobs_without_object: int = 0


#: Says whether the target's ETag is that of our own copy of the source's: ``(key, source_etag, target_etag)``.
OwnCopy = Callable[[str, str, str], bool]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a scope says of an object of the source: it is copied, or a *placeholder* stands in for it.

    *is_blob* where the database names just this key, *is_row_stale* where its row does not speak of the placeholder
    yet.
    """

    placeholder: Placeholder | None = None
    is_blob: bool = True
    is_row_stale: bool = False


#: What is done about a key of the source; None leaves it out.
Scope = Callable[[str], Ruling | None]

#: Why an object is deleted that the source does not have.
STALE = "stale"

_WHOLE = Ruling(is_blob=False)

_etag = attrgetter("etag")


@dataclass(slots=True)
class Merge:
    """The comparison of one span of keys. *unchanged* collects pairs only if *keeps_unchanged*, for those who check
    ACLs."""

    is_wanted: Callable[[str], bool]
    is_own_copy: OwnCopy
    acl: str
    totals: Totals
    keeps_unchanged: bool = False
    scope: Scope | None = None
    unchanged: list[Entry] = field(default_factory=list)

    def merge(
        self, source: Sequence[Entry], target: Sequence[Entry], *, source_ends: bool, target_ends: bool
    ) -> tuple[list[Change], int, int]:
        """Compare until a side that goes on has no more entries: changes, and how many entries of either side were
        used."""
        changes: list[Change] = []
        i = j = 0
        sources, targets = len(source), len(target)
        while True:
            # A stretch in which both sides are equal is compared as a whole.
            length = min(sources - i, targets - j)
            if (
                length >= 8
                and not self.keeps_unchanged
                and self.scope is None
                and (stretch := source[i : i + length]) == target[j : j + length]
                and all(map(_etag, stretch))
            ):
                self._equal(stretch)
                i += length
                j += length
            if i < sources and (j < targets or target_ends):
                if j >= targets or source[i].key < target[j].key:
                    self._one(changes, source[i], None)
                    i += 1
                elif source[i].key == target[j].key:
                    self._one(changes, source[i], target[j])
                    i += 1
                    j += 1
                else:
                    self._one(changes, None, target[j])
                    j += 1
            elif j < targets and i >= sources and source_ends:
                self._one(changes, None, target[j])
                j += 1
            else:
                return changes, i, j

    def _equal(self, entries: Sequence[Entry]) -> None:
        wanted = [entry for entry in entries if self.is_wanted(entry.key)]
        self.totals.excluded += len(entries) - len(wanted)
        size = sum(entry.size for entry in wanted)
        self.totals.source_objects += len(wanted)
        self.totals.target_objects += len(wanted)
        self.totals.source_bytes += size
        self.totals.target_bytes += size
        self.totals.unchanged += len(wanted)

    def _one(self, changes: list[Change], source: Entry | None, target: Entry | None) -> None:
        totals = self.totals
        entry = source or target
        if entry is None or not self.is_wanted(entry.key):
            totals.excluded += 1
            return
        ruling: Ruling | None = _WHOLE
        if source and self.scope:
            ruling = self.scope(source.key)
            if ruling is None:
                totals.out_of_scope += 1
                source = None
            elif ruling.is_blob and ruling.placeholder is None:
                totals.blobs_found += 1
        if source:
            totals.source_objects += 1
            totals.source_bytes += source.size
        if target:
            totals.target_objects += 1
            totals.target_bytes += target.size
        elif source is None:
            return
        change = self._decide(source, target, ruling)
        if change is None:
            totals.unchanged += 1
            if self.keeps_unchanged and source:
                self.unchanged.append(source)
            if ruling and ruling.placeholder and ruling.is_row_stale:
                totals.stale_rows += 1
                changes.append(row_change(entry.key, ruling.placeholder))
            return
        match change.op:
            case Op.COPY:
                totals.copies += 1
                totals.copy_bytes += change.size
                totals.replaced += target is not None
            case Op.PLACEHOLDER:
                totals.placeholders += 1
            case Op.DELETE:
                totals.deletes += 1
                totals.delete_bytes += change.size
            case _:
                totals.archived += 1
        changes.append(change)

    def _decide(self, source: Entry | None, target: Entry | None, ruling: Ruling | None) -> Change | None:
        """The change for one key, None if there is none. *ruling* is None where a scope leaves out what the source has.

        Times are not looked at: a preview object that somebody edited has a later one, and must be put right all the
        same.
        """
        if source is None:
            if target is None:
                return None
            return Change(
                target.key, Op.DELETE, STALE if ruling else "out of scope", target.size, "", target.etag, "", ""
            )
        placeholder = ruling.placeholder if ruling else None
        if placeholder:
            source = Entry(source.key, placeholder.size, placeholder.etag, "STANDARD")
        if target is None:
            reason = "missing"
        elif source.size != target.size:
            reason = "size differs"
        elif not (source.etag and target.etag):
            reason = "has no ETag to compare"
        elif source.etag == target.etag or self.is_own_copy(source.key, source.etag, target.etag):
            return None
        else:
            reason = "content differs"
        old = target.etag if target else ""
        if placeholder:
            return Change(
                source.key,
                Op.PLACEHOLDER,
                reason,
                source.size,
                source.etag,
                old,
                source.storage_class,
                self.acl,
                placeholder.content_type,
            )
        if source.storage_class in ARCHIVED:
            return Change(
                source.key,
                Op.SKIP,
                f"archived in {source.storage_class}",
                source.size,
                source.etag,
                old,
                source.storage_class,
                "",
            )
        return Change(source.key, Op.COPY, reason, source.size, source.etag, old, source.storage_class, self.acl)


def row_change(key: str, placeholder: Placeholder) -> Change:
    """Have the row of a placeholder that is there speak of it."""
    return Change(
        key,
        Op.ROW,
        "speaks of the original",
        placeholder.size,
        placeholder.etag,
        placeholder.etag,
        "",
        "",
        placeholder.content_type,
    )


def _any_key(key: str) -> bool:
    del key
    return True


def wanted_keys(
    include: Sequence[str], exclude: Sequence[str], target: Location, own: set[str] | None = None
) -> Callable[[str], bool]:
    """:func:`key_filter` for a sync into *target*: without a prefix there it leaves out the object that is named just
    as the source's prefix.

    That is a folder of the console, and has no name left: what was done to it would be done to the bucket. Locks,
    seals and canaries are left out too, in whatever folder; their keys come into *own*.
    """
    is_in = key_filter(include, exclude)
    may_be_nameless = bool(target.prefix)

    def is_wanted(key: str) -> bool:
        if is_own(key):
            if own is not None:
                own.add(key)
            return False
        return (may_be_nameless or bool(key)) and is_in(key)

    return is_wanted


def key_filter(include: Sequence[str], exclude: Sequence[str]) -> Callable[[str], bool]:
    """Whether a key takes part: it matches one of *include*, if there are any, and none of *exclude*. ``*`` crosses
    slashes.

    >>> key_filter([], ["cache/*"])("cache/1/a.png")
    False
    """
    if not include and not exclude:
        return _any_key
    included, excluded = (
        re.compile("|".join(fnmatch.translate(glob) for glob in globs)) for globs in (include or ["*"], exclude)
    )
    if not exclude:
        return lambda key: included.match(key) is not None
    return lambda key: included.match(key) is not None and excluded.match(key) is None
