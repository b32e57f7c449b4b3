"""Which pairs may be synced in one run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from masker.buckets.objects import parse_location
from masker.buckets.pairs import require_apart
from masker.buckets.settings import Access, BucketPair
from masker.errors import Refused


def _pair(source: str, target: str, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> BucketPair:
    return BucketPair(
        source=parse_location(f"s3://{source}"),
        target=parse_location(f"s3://{target}"),
        include=include,
        exclude=exclude,
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_pair("aaa", "bbb"), _pair("ccc", "bbb")),
        (_pair("aaa", "bbb"), _pair("ccc", "bbb/sub")),
        (_pair("aaa", "bbb/sub"), _pair("ccc", "bbb", exclude=("other/*", "s?b/*"))),
        (_pair("aaa", "bbb", include=("sub/*.png",)), _pair("ccc", "bbb/sub")),
        (_pair("aaa", "bbb"), _pair("bbb", "ccc")),
        (_pair("aaa", "bbb/sub"), _pair("bbb", "ccc")),
        (_pair("aaa", "bbb"), _pair("bbb", "aaa")),
    ],
)
def test_pairs_of_which_one_undoes_the_other_are_refused(one: BucketPair, other: BucketPair) -> None:
    for pairs in ([one, other], [other, one]):
        with pytest.raises(Refused, match=r"of one pair, and the source|are targets of two pairs"):
            require_apart(pairs)
    elsewhere = replace(
        other,
        target_access=Access(endpoint_url="https://b.example"),
        source_access=Access(endpoint_url="https://b.example"),
    )
    require_apart([replace(one, target_access=Access(endpoint_url="https://a.example")), elsewhere])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_pair("aaa", "bbb"), _pair("aaa", "ccc")),
        (_pair("aaa", "bbb/one"), _pair("ccc", "bbb/other")),
        (_pair("aaa", "bbb", exclude=("sub/*",)), _pair("ccc", "bbb/sub")),
        (_pair("aaa", "bbb", include=("images/*",)), _pair("ccc", "bbb", include=("docs/*", "pdf/*"))),
        (_pair("aaa", "bbb", exclude=("images/*",)), _pair("ccc", "bbb", include=("images/*.png",))),
    ],
)
def test_pairs_that_keep_apart_are_not(one: BucketPair, other: BucketPair) -> None:
    require_apart([one, other])
    require_apart([other, one])
