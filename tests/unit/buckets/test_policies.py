"""Whom a bucket policy lets in."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from masker.buckets.objects import Location
from masker.buckets.policies import LISTING, Openness, is_open, openness

_READ = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}


def _policy(**changes: object) -> str:
    return json.dumps({"Statement": [{key: value for key, value in {**_READ, **changes}.items() if value is not None}]})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": ["arn:aws:iam::1:root", "*"]}},
        {"Action": ["s3:ListBucket", "s3:get*"]},
        {"Action": "*"},
        {"Action": "s3:GetObjectVersion"},
        {"Action": None, "NotAction": "s3:PutObject"},
        {"Principal": None, "NotPrincipal": {"AWS": "arn:aws:iam::1:user/x"}},
    ],
    ids=str,
)
def test_open_to_everybody(changes: dict[str, object]) -> None:
    assert is_open(_policy(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"Effect": "Deny"},
        {"Principal": {"AWS": "arn:aws:iam::1:root"}},
        {"Principal": {"Service": "cloudfront.amazonaws.com"}},
        {"Action": "s3:ListBucket"},
        {"Action": None, "NotAction": ["s3:Get*"]},
    ],
    ids=str,
)
def test_not_open(changes: dict[str, object]) -> None:
    assert not is_open(_policy(**changes))


def _open(*statements: Mapping[str, object], at: str = "b", is_certain: bool = False) -> Openness:
    bucket, _, prefix = at.partition("/")
    text = json.dumps({"Statement": [{**_READ, **each} for each in statements]})
    return openness(text, Location(bucket, prefix), is_certain=is_certain)


_OF_ALL: dict[str, object] = {"Resource": "arn:aws:s3:::b/*"}


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringLike": {"aws:Referer": "https://app.example.com/*"}},
        {"StringEquals": {"s3:ExistingObjectTag/show": "yes"}},
        {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "0.0.0.0/0"]}},
        {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}},
        {"IpAddress": {"aws:SourceIp": "64.0.0.0/2"}},
        {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "11.0.0.0/8"]}},
        {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2000::/3"]}},
        {"IpAddress": {"aws:SourceIp": "2001:0000::/31"}},
        {"IpAddress": {"aws:VpcSourceIp": "10.0.7.0/24"}},
        {"StringEquals": {"aws:username": "reporting"}},
        {"IpAddress": {"aws:SourceIp": ""}},
        {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}},
        {"StringLike": {"aws:PrincipalOrgID": "o-*"}},
        {"StringLike": {"aws:userid": "?*"}},
        {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
        {"StringEqualsIfExists": {"aws:SourceVpce": "v"}},
        {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o"}},
    ],
    ids=str,
)
def test_conditions_that_anybody_may_meet_keep_nobody_out(condition: dict[str, object]) -> None:
    of_some = {**_OF_ALL, "Condition": condition}
    assert is_open(_policy(Condition=condition))
    assert _open(of_some).beyond(_open()) == ["*"]
    assert not _open(of_some).beyond(_open(of_some, is_certain=True)), "on the same condition"
    assert not _open(of_some).beyond(_open(_OF_ALL, is_certain=True))
    assert _open(_OF_ALL).beyond(_open(of_some, is_certain=True)) == ["*"]


@pytest.mark.parametrize(
    "condition",
    [
        {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.168.0.7", "203.0.113.7/24", "2001:db8::/32"]}},
        {"StringEquals": {"aws:SourceVpce": "v"}, "Bool": {"aws:SecureTransport": "true"}},
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/*"}},
        {"StringLike": {"aws:userid": "AROAEXAMPLE:*"}},
    ],
    ids=str,
)
def test_conditions_that_name_who_asks_do(condition: dict[str, object]) -> None:
    assert not _open({**_OF_ALL, "Condition": condition}).allowed
    assert is_open(_policy(Condition=condition)), "if only on a condition"


@pytest.mark.parametrize(
    ("target", "source", "beyond"),
    [
        ("b/*", "b/public/*", ["*"]),
        ("b/public/*", "b/*", []),
        ("b/public/a/*", "b/public/*", []),
        ("b/public/*", "b/public/a*", ["public/*"]),
        ("b/*.png", "b/*.png", []),
        ("b/*.png", "b/*.jpg", ["*.png"]),
        ("b*", "b/public/*", ["*"]),
        ("*", "*", []),
        ("c/*", "c/*", []),
    ],
)
def test_a_target_opens_no_more_than_its_source(target: str, source: str, beyond: list[str]) -> None:
    one = {"Resource": f"arn:aws:s3:::{target}" if target != "*" else "*"}
    other = {"Resource": [f"arn:aws:s3:::{source}" if source != "*" else "*", "arn:aws:s3:::b"]}
    assert _open(one).beyond(_open(other, is_certain=True)) == beyond


def test_only_what_lies_below_the_location_counts() -> None:
    assert not _open({"Resource": "arn:aws:s3:::b/assets/*"}, at="b/private/").allowed
    assert _open({"Resource": "arn:aws:s3:::b/private/a/*"}, at="b/private/").beyond(Openness()) == ["a/*"]
    assert _open({"Resource": "arn:aws:s3:::b/*"}, at="b/private/").beyond(Openness()) == ["*"]
    assert _open({"Resource": "arn:aws:s3:::b/${aws:username}/*"}).beyond(Openness()) == ["*/*"]
    for unclear in ("b/*/public/*", "b/${aws:username}/*"):
        assert not _open({"Resource": f"arn:aws:s3:::{unclear}"}, at="b/private/", is_certain=True).allowed


def test_what_is_denied_to_everybody_on_the_source_is_not_open_there() -> None:
    denied = {"Effect": "Deny", "Resource": "arn:aws:s3:::b/private/*"}
    outside = {"Effect": "Deny", **_OF_ALL, "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    by_tls = {"Effect": "Deny", **_OF_ALL, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    for statement in (denied, outside):
        assert _open(_OF_ALL).beyond(_open(_OF_ALL, statement, is_certain=True)) == ["*"]
        assert not _open(_OF_ALL, statement).beyond(_open(_OF_ALL, statement, is_certain=True))
    assert not _open(_OF_ALL).beyond(_open(_OF_ALL, by_tls, is_certain=True))


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ({}, {"Action": "s3:GetObjectVersion"}),
        ({"Resource": None, "NotResource": "arn:aws:s3:::b/public/*"}, {"Resource": None, "NotResource": "*"}),
        ({}, {"Resource": "arn:aws:s3:::b/p*z"}),
    ],
    ids=str,
)
def test_a_target_that_denies_less_for_certain_is_open(source: dict[str, object], target: dict[str, object]) -> None:
    def denying(changes: dict[str, object]) -> dict[str, object]:
        every: dict[str, object] = {**_READ, **_OF_ALL, "Effect": "Deny", **changes}
        return {key: value for key, value in every.items() if value is not None}

    place = Location("b", "private/")
    certain = openness(json.dumps({"Statement": [_READ, denying(source)]}), place, is_certain=True)
    possible = openness(json.dumps({"Statement": [_READ, denying(target)]}), place)
    assert possible.beyond(certain) == ["*"]


def test_older_versions_are_open_only_to_who_may_read_them_on_the_source() -> None:
    now, every = _open(_OF_ALL, is_certain=True), _open({**_OF_ALL, "Action": "s3:*"}, is_certain=True)
    for wide in ({"Action": "s3:*"}, {"Action": ["s3:GetObject", "s3:GetObjectVersion"]}):
        target = _open({**_OF_ALL, **wide})
        assert target.beyond(now) == ["*"]
        assert not target.beyond(every)
        assert not target.without_versions().beyond(now), "where there are none they are the objects"
    only_old = _open({**_OF_ALL, "Action": "s3:GetObjectVersion"})
    assert only_old.without_versions().beyond(_open()) == ["*"]
    assert not only_old.of_present().allowed


@pytest.mark.parametrize(
    ("changes", "lists"),
    [
        ({}, True),
        ({"Action": "s3:*", "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::b"]}, True),
        ({"Action": "s3:List*", "Resource": "*"}, True),
        ({"Action": None, "NotAction": "s3:PutObject"}, True),
        ({"Resource": None, "NotResource": "arn:aws:s3:::c"}, True),
        ({"Condition": {"StringLike": {"s3:prefix": "public/*"}}}, True),
        ({"Resource": "arn:aws:s3:::b/*"}, False),
        ({"Resource": "arn:aws:s3:::c"}, False),
        ({"Action": "s3:GetObject"}, False),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}, False),
        ({"Condition": {"StringEquals": {"aws:SourceVpce": "v"}}}, False),
    ],
    ids=str,
)
def test_whether_everybody_may_list_the_keys(changes: dict[str, object], lists: bool) -> None:
    place = Location("b", "files/")
    listing = {"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b"}
    found = openness(_policy(**{**listing, **changes}), place, actions=LISTING)
    assert bool(found.beyond(Openness())) is lists
    every = {**_READ, **listing}
    certain = openness(json.dumps({"Statement": [every]}), place, is_certain=True, actions=LISTING)
    assert not found.beyond(certain)
    closed = json.dumps({"Statement": [every, {**every, "Effect": "Deny"}]})
    assert bool(found.beyond(openness(closed, place, is_certain=True, actions=LISTING))) is lists


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_no_policy(text: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        is_open(text)
