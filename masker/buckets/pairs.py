"""Whether several pairs can be synced in one run without one undoing what another did. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from masker.buckets.settings import BucketPair
from masker.errors import Refused

_WILD = re.compile(r"[*?\[]")


def require_apart(pairs: Sequence[BucketPair]) -> None:
    """Raise Refused where a pair writes what another reads, or where two write to the same keys: each would delete what
    the other copied."""
    for one, other in combinations(pairs, 2):
        if _are_elsewhere(one, other):
            continue
        for writes, reads in ((one, other), (other, one)):
            if writes.target.overlaps(reads.source):
                raise Refused(
                    f"{writes.target}: is the target of one pair, and the source {reads.source} of another",
                    hint=(
                        "sync them in runs of their own, one after the other; if one of them is the wrong way round,"
                        " swap its source and target"
                    ),
                )
        if one.target.overlaps(other.target) and not _is_apart(one, other):
            raise Refused(
                f"{one.target} and {other.target}: are targets of two pairs, {one.source} and {other.source}, and each"
                " would delete what the other copies",
                hint='have one leave out what is the other\'s: exclude: ["folder/*"], or include: of different folders',
            )


def _are_elsewhere(one: BucketPair, other: BucketPair) -> bool:
    """Whether the two name different endpoints, so that buckets of one name are not the same."""
    ours, theirs = one.target_access.endpoint_url, other.target_access.endpoint_url
    return bool(ours and theirs and ours.rstrip("/") != theirs.rstrip("/"))


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
