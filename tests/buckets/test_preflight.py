"""What stops a sync before it writes anything, and what it says to do about it."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import pytest

from masker.buckets.files.state import PairState
from masker.buckets.objects import Location
from masker.buckets.run import sync
from masker.buckets.settings import Access, SyncSettings, parse_limits
from masker.errors import MaskerError, Refused, StorageError, UsageError
from tests.buckets.conftest import MakePair, Pair
from tests.buckets.proxy import Reply, Seen, error


@pytest.fixture
def ready(pair: Pair) -> Pair:
    """One object to copy."""
    pair.source.put("a", public=True)
    return pair


def _fails(two: Pair, kind: type[MaskerError], *words: str, **changes: object) -> MaskerError:
    with pytest.raises(kind) as raised:
        two.sync(**changes)  # type: ignore[arg-type]
    said = " ".join(raised.value.lines())
    for word in words:
        assert re.search(word, said), said
    assert "a" not in two.target.bodies()
    return raised.value


def test_protected_target(ready: Pair) -> None:
    ready.target.client.put_bucket_tagging(
        Bucket=ready.target.name, Tagging={"TagSet": [{"Key": "masker:protected", "Value": "yes"}]}
    )
    _fails(ready, Refused, "carries the tag masker:protected")


def test_whether_it_is_protected_cannot_be_seen(ready: Pair) -> None:
    ready.proxy.fault = lambda seen: error(403, "AccessDenied") if seen.operation == "GET bucket tagging" else None
    _fails(ready, StorageError, "s3:GetBucketTagging is missing")


@pytest.mark.parametrize("status", [400, 404, 409])
def test_an_answer_that_nobody_knows_is_not_taken_for_no_tag(ready: Pair, status: int) -> None:
    ready.proxy.fault = lambda seen: (
        error(status, "SomethingOfItsOwn") if seen.operation == "GET bucket tagging" else None
    )
    _fails(ready, StorageError, "SomethingOfItsOwn")


def test_bucket_that_takes_no_acls(ready: Pair) -> None:
    rules = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    ready.target.client.put_bucket_ownership_controls(Bucket=ready.target.name, OwnershipControls=rules)
    _fails(ready, StorageError, "BucketOwnerEnforced", "--acl none", "put-bucket-ownership-controls")
    ready.sync(pair={"acl": "none"})
    assert ready.target.keys() == ["a"]


def test_bucket_that_blocks_public_acls(ready: Pair) -> None:
    _block(ready.target.client, ready.target.name)
    _fails(ready, StorageError, "BlockPublicAcls, IgnorePublicAcls", "put-public-access-block", ready.proxy.url)


def test_source_that_shows_nothing_needs_no_public_target(ready: Pair) -> None:
    for bucket in (ready.source, ready.target):
        _block(bucket.client, bucket.name)
    result = ready.sync().pairs[0]
    assert result.plan.acl == "private"
    assert not ready.target.is_public("a")
    assert "GetAcl" not in result.requests or ready.proxy.counts["GetAcl"] == 1, "only the canary's"


def _block(client: object, name: str) -> None:
    both = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
    client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=both)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("operation", "code", "said"),
    [
        ("Put", "AccessDenied", "allow s3:PutObject$"),
        ("PutAcl", "AccessDenied", "s3:PutObjectAcl"),
        ("PutAcl", "AccessControlListNotSupported", "takes no ACLs"),
        ("GetAcl", "AccessDenied", "s3:GetObjectAcl"),
        ("Copy", "AccessDenied", "s3:PutObjectTagging"),
    ],
)
def test_permissions_that_are_missing(ready: Pair, operation: str, code: str, said: str) -> None:
    ready.proxy.fault = lambda seen: (
        error(403 if "Denied" in code else 400, code) if seen.operation == operation else None
    )
    failure = _fails(ready, StorageError)
    assert re.search(said, f"{failure.message}\n{failure.hint}", re.MULTILINE), failure.lines()
    assert ready.target.keys() == [], "the canary is removed"


def test_whether_keys_are_told_by_case_has_to_be_seen(ready: Pair) -> None:
    """A denied look is what storages answer of what is not there to whoever may not list."""
    status = 400
    ready.proxy.fault = lambda seen: error(status, "") if seen.operation == "Head" and "CANARY" in seen.key else None
    _fails(ready, StorageError, "whether it tells A from a in keys cannot be seen: 400")
    assert ready.target.keys() == [], "the canary is removed"
    status = 403
    ready.sync()
    assert ready.target.keys() == ["a"]


def test_target_credentials_that_may_not_read_the_source(ready: Pair) -> None:
    denied = {"Copy", "Head"}
    ready.proxy.fault = lambda seen: error(403, "AccessDenied") if seen.operation in denied else None
    _fails(ready, StorageError, "s3:GetObject on the source, for the target's credentials")


def test_acls_accepted_but_without_effect(ready: Pair) -> None:
    owner = (
        b"<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList></AccessControlList></AccessControlPolicy>"
    )
    ready.proxy.fault = lambda seen: (
        replace(error(200, ""), body=owner) if seen.operation == "GetAcl" and "canary" in seen.key else None
    )
    _fails(ready, StorageError, "the object stayed private", "--acl none")


def test_missing_bucket(ready: Pair) -> None:
    _fails(ready, StorageError, "NoSuchBucket", "check the bucket's name", pair={"source": Location("no-such-bucket")})


@pytest.mark.parametrize(("source", "target"), [("", ""), ("a/", "a/b/"), ("a/b/", "a/")])
def test_overlapping_locations(pair: Pair, source: str, target: str) -> None:
    name = pair.source.name
    with pytest.raises(Refused, match="overlaps"):
        pair.sync(confirm=name, pair={"source": Location(name, source), "target": Location(name, target)})


def test_one_bucket_two_prefixes(pair: Pair) -> None:
    pair.source.put("a/x")
    name = pair.source.name
    pair.sync(confirm=name, pair={"source": Location(name, "a/"), "target": Location(name, "b/")})
    assert pair.source.keys() == ["a/x", "b/x"]


def test_two_endpoints(pair: Pair) -> None:
    with pytest.raises(UsageError, match="different endpoints"):
        pair.sync(pair={"source_access": Access(endpoint_url="http://127.0.0.1:9")})


def test_two_runs_at_once(ready: Pair) -> None:
    only = ready.settings.pairs[0]
    first = PairState(ready.settings.state, only.source, only.target, "aaaaaaaa")
    _fails(ready, Refused, "another sync into it is under way")
    first.close()
    ready.sync()


def test_nothing_listens(make_pair: MakePair) -> None:
    pair = make_pair()
    nowhere = Access(endpoint_url="http://127.0.0.1:9", region="us-east-1")
    only = replace(pair.settings.pairs[0], source_access=nowhere, target_access=nowhere)
    settings: SyncSettings = replace(pair.settings, pairs=(only,), confirm=(pair.target.name,))
    with pytest.raises(StorageError, match="Connection") as raised:
        sync(settings, pair.events.append)
    assert "check --endpoint-url" in (raised.value.hint or "")


def test_a_hiccup_of_each_single_request_stops_nothing(make_pair: MakePair) -> None:
    pair = make_pair(versions=True)
    pair.source.put("a", public=True)
    pair.target.put("stale")
    asked: set[tuple[str, str]] = set()
    hiccups = itertools.cycle(
        [error(503, "SlowDown"), error(500, "InternalError"), Reply(reset=True), Reply(status=200, body=b"<half")]
    )

    def once_each(seen: Seen) -> Reply | None:
        if (seen.operation, seen.bucket) in asked or (seen.key and "canary" not in seen.key):
            return None
        asked.add((seen.operation, seen.bucket))
        return next(hiccups)

    pair.proxy.fault = once_each
    result = pair.sync(pair={"limits": parse_limits("1")}).pairs[0]
    assert (result.done.copied, result.done.deleted) == (1, 1)
    assert {
        f"GET bucket {what}"
        for what in ("tagging", "policy", "ownershipControls", "publicAccessBlock", "versioning", "encryption")
    } <= {name for name, _ in asked}
    assert pair.target.content("a").public


def test_an_address_that_nobody_answers_is_told_soon(make_pair: MakePair) -> None:
    pair = make_pair()
    pair.proxy.fault = lambda _: Reply(reset=True)
    with pytest.raises(StorageError, match="Connection"):
        pair.sync()
    assert len(pair.proxy.seen) == 4
