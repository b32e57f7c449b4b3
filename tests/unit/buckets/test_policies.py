"""Whom a bucket policy lets in."""

from __future__ import annotations

import json

import pytest

from masker.buckets.policies import is_open

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
        {"Condition": {"StringEquals": {"aws:SourceVpce": "v"}}},
    ],
    ids=str,
)
def test_not_open(changes: dict[str, object]) -> None:
    assert not is_open(_policy(**changes))


@pytest.mark.parametrize(
    "condition",
    [{"Bool": {"aws:SecureTransport": "true"}}, {"StringLike": {"aws:Referer": "https://app.example.com/*"}}],
    ids=str,
)
def test_open_to_everybody_who_meets_a_condition_where_that_counts(condition: dict[str, object]) -> None:
    assert is_open(_policy(Condition=condition), conditions_count=True)
    assert not is_open(_policy(Condition=condition))
    assert not is_open(_policy(Condition=condition, Principal={"AWS": "arn:aws:iam::1:root"}), conditions_count=True)


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_no_policy(text: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        is_open(text)
