"""Whether several pairs can be synced in one run without one undoing what another did. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from masker.buckets.endpoints import is_one_storage
from masker.buckets.objects import Location
from masker.buckets.settings import Access, BucketPair
from masker.errors import Refused

_WILD = re.compile(r"[*?\[]")


def require_apart(pairs: Sequence[BucketPair]) -> None:
    """Raise Refused where a pair writes what another reads, or where two write to the same keys: each would delete what
    the other copied."""
    for one, other in combinations(pairs, 2):
        for writes, reads in ((one, other), (other, one)):
            if _may_be_one(writes.target_access, reads.source_access) and writes.target.overlaps(reads.source):
                raise Refused(
                    f"{writes.target}: is the target of one pair, and the source {reads.source} of another",
                    hint=(
                        "sync them in runs of their own, one after the other; if one of them is the wrong way round,"
                        " swap its source and target"
                    ),
                )
        if (
            _may_be_one(one.target_access, other.target_access)
            and one.target.overlaps(other.target)
            and not _is_apart(one, other)
        ):
            raise Refused(
                f"{one.target} and {other.target}: are targets of two pairs, {one.source} and {other.source}, and each"
                " would delete what the other copies",
                hint='have one leave out what is the other\'s: exclude: ["folder/*"], or include: of different folders',
            )


def require_no_source(pairs: Sequence[BucketPair], named: Iterable[tuple[Location, Access]]) -> None:
    """Raise Refused where the target of a pair is a source *named* elsewhere, with the access to it."""
    for source, access in named:
        for pair in pairs:
            if _may_be_one(pair.target_access, access) and pair.target.overlaps(source):
                raise Refused(
                    f"{pair.target}: would be written to, and masker.yml names {source} as a source",
                    hint="swap source and target if they are the wrong way round; else leave masker.yml (-c) out",
                )


def _may_be_one(one: Access, other: Access) -> bool:
    """Whether a bucket of one name can be the same: not where both name endpoints, and different ones."""
    ours, theirs = one.endpoint_url, other.endpoint_url
    return not (ours and theirs and not is_one_storage(ours, theirs))


def _is_apart(one: BucketPair, other: BucketPair) -> bool:
    """Whether no key of the target is looked at by both, as far as the beginnings of their globs tell."""
    return all(
        not (a.startswith(b) or b.startswith(a))
        or any(b.startswith(out) for out in _left_out(one))
        or any(a.startswith(out) for out in _left_out(other))
        for a in _beginnings(one)
        for b in _beginnings(other)
    )


def _beginnings(pair: BucketPair) -> list[str]:
    return [pair.target.prefix + _WILD.split(glob, maxsplit=1)[0] for glob in pair.include or ("*",)]


def _left_out(pair: BucketPair) -> Iterator[str]:
    """Beginnings of keys of which the pair looks at none."""
    for glob in pair.exclude:
        if glob.endswith("*") and not _WILD.search(glob[:-1]):
            yield pair.target.prefix + glob[:-1]
