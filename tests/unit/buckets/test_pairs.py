"""Which pairs may be synced in one run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from masker.buckets.endpoints import is_one_storage
from masker.buckets.objects import parse_location
from masker.buckets.pairs import require_apart, require_no_source
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
    ours, theirs = Access(endpoint_url="https://a.example"), Access(endpoint_url="https://b.example")
    here = replace(one, source_access=ours, target_access=ours)
    require_apart([here, replace(other, source_access=theirs, target_access=theirs)])


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


def test_what_one_pair_reads_at_an_endpoint_no_other_writes_there() -> None:
    here, there = Access(endpoint_url="https://a.example"), Access(endpoint_url="https://b.example")
    copies = replace(_pair("aaa", "bbb"), source_access=there, target_access=here)
    onward = replace(_pair("bbb", "ccc"), source_access=here, target_access=there)
    for pairs in ([copies, onward], [onward, copies]):
        with pytest.raises(Refused, match="is the target of one pair, and the source"):
            require_apart(pairs)
    require_apart([copies, replace(onward, source_access=there)])


def test_no_pair_writes_to_what_is_named_as_a_source() -> None:
    production = parse_location("s3://production/uploads")
    for target in ("production", "production/uploads", "production/uploads/a"):
        with pytest.raises(Refused, match=r"masker\.yml names s3://production/uploads/ as a source"):
            require_no_source([_pair("preview", target)], [(production, Access())])
    elsewhere = Access(endpoint_url="https://b.example")
    here = replace(_pair("preview", "production"), target_access=Access(endpoint_url="https://a.example"))
    require_no_source([here, _pair("preview", "production/else")], [(production, elsewhere)])


@pytest.mark.parametrize(
    ("one", "other", "may_be_one"),
    [
        ("http://localhost:9000", "http://127.0.0.1:9000/", True),
        ("http://localhost:9000", "http://[::1]:9000", True),
        ("http://[::ffff:127.0.0.1]:9000", "http://0.0.0.0:9000", True),
        ("https://STORE.example", "https://store.example.:443/", True),
        ("http://store.example", "https://store.example", True),
        ("https://s3.eu-west-1.amazonaws.com", "https://s3.amazonaws.com", True),
        ("http://localhost:9000", "http://localhost:9001", False),
        ("https://store.example/a", "https://store.example/b", False),
        ("https://store.example", "https://s3.amazonaws.com", False),
    ],
)
def test_an_endpoint_is_itself_however_it_is_written(one: str, other: str, may_be_one: bool) -> None:
    copies = replace(_pair("aaa", "bbb"), target_access=Access(endpoint_url=one))
    onward = replace(_pair("bbb", "ccc"), source_access=Access(endpoint_url=other))
    assert is_one_storage(one, other) == may_be_one
    if may_be_one:
        with pytest.raises(Refused):
            require_apart([copies, onward])
        with pytest.raises(Refused):
            require_no_source([copies], [(parse_location("s3://bbb"), Access(endpoint_url=other))])
    else:
        require_apart([copies, onward])
