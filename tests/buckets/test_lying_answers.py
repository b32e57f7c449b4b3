"""Storages whose answers are not what they seem: empty, about other keys, in two minds, of another listing than was
asked for."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from masker.buckets.run import SyncIncomplete
from masker.buckets.settings import parse_limits
from masker.errors import StorageError
from tests.buckets.conftest import MakePair, Pair
from tests.buckets.proxy import Fault, Reply, Seen

STALE = ["s1", "s2", "s3"]

_ALL = parse_limits("1000")
_RESULT = '<?xml version="1.0"?><DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">%s</DeleteResult>'


@pytest.fixture
def ready(pair: Pair) -> Pair:
    pair.source.put("a")
    pair.target.fill(dict.fromkeys(["a", *STALE], b"x"))
    return pair


def _answering(body: str | bytes) -> Reply:
    return Reply(status=200, body=body if isinstance(body, bytes) else (_RESULT % body).encode())


def _replacing(before: bytes, after: bytes) -> Reply:
    return Reply(change=lambda body: body.replace(before, after))


def _one(operation: str, reply: Reply, key: str | None = None, bucket: str | None = None) -> Fault:
    """*reply* to every such request."""
    return lambda seen: (
        reply if seen.operation == operation and key in {None, seen.key} and bucket in {None, seen.bucket} else None
    )


def _deleted(*keys: str) -> str:
    return "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)


def test_deletions_nobody_speaks_of_did_not_happen(ready: Pair) -> None:
    for body in (b"", (_RESULT % "").encode(), b'<DeleteResult xmlns="x"/>', (_RESULT % _deleted("S1")).encode()):
        ready.proxy.forget()
        ready.proxy.fault = _one("DeleteObjects", _answering(body))
        with pytest.raises(SyncIncomplete, match="keys failed") as raised:
            ready.sync(pair={"limits": _ALL})
        said = "\n".join(raised.value.lines())
        assert "delete s1: Unanswered (the storage does not say what became of it, and it is still there)" in said
        assert raised.value.result.done.deleted == 0
        assert raised.value.exit_code == 7
        assert ready.proxy.counts["DeleteObjects"] == 5
        assert ready.target.keys() == ["a", *STALE]


def test_deletions_that_happened_are_counted_though_nobody_speaks_of_them(ready: Pair) -> None:
    """As storages do that are quiet whatever they are asked, and gateways that spell keys in their own way."""
    ready.target.put("s1 & s2")
    ready.proxy.fault = lambda seen: (
        Reply(change=lambda body: re.sub(rb"<Deleted>.*?</Deleted>", b"", body, count=2))
        if seen.operation == "DeleteObjects"
        else None
    )
    result = ready.sync(pair={"limits": _ALL}).pairs[0]
    assert (result.done.deleted, result.done.failed) == (4, 0)
    ready.target.fill(dict.fromkeys(STALE, b"x"))
    ready.proxy.fault = lambda seen: (
        Reply(change=lambda body: body.replace(b"<Key>s", b"<Key>S")) if seen.operation == "DeleteObjects" else None
    )
    assert ready.sync(pair={"limits": _ALL}).pairs[0].done.deleted == 3
    assert ready.target.keys() == ["a"]


def test_what_is_answered_in_two_ways_is_looked_up(ready: Pair) -> None:
    twice = (
        _deleted("s1", "s1", "s2")
        + "<Error><Key>s2</Key><Code>InternalError</Code></Error><Error><Key>s3</Key><Code>NoSuchKey</Code></Error>"
    )
    first = iter([True])
    ready.proxy.fault = lambda seen: (
        _answering(twice) if seen.operation == "DeleteObjects" and next(first, False) else None
    )
    result = ready.sync(pair={"limits": _ALL}).pairs[0]
    assert result.done.deleted == 3
    assert ready.target.keys() == ["a", "s1"], "the storage's own word was taken for s1 alone"


def test_an_object_nobody_asked_to_delete_is_told(ready: Pair) -> None:
    ready.proxy.fault = lambda seen: _answering(_deleted("a", *STALE)) if seen.operation == "DeleteObjects" else None
    with pytest.raises(SyncIncomplete) as raised:
        ready.sync(pair={"limits": _ALL})
    assert "delete a: Unasked (the storage says that it deleted this object, which it was not asked to)" in "\n".join(
        raised.value.lines()
    )


def test_an_object_written_while_its_deletion_is_not_answered_stays(ready: Pair) -> None:
    def written(seen: Seen) -> Reply | None:
        if seen.operation != "DeleteObjects":
            return None
        ready.target.put("s2", b"somebody else's")
        return _answering(_deleted("s1", "s3"))

    ready.proxy.fault = written
    result = ready.sync(pair={"limits": _ALL}).pairs[0]
    assert (result.done.deleted, result.done.rewritten) == (2, 1)
    assert "s2" in ready.target.bodies()


def test_a_single_deletion_whose_answer_is_lost_and_repeated(pair: Pair) -> None:
    """As by GCS, which knows no key twice."""
    pair.source.put("a")
    pair.target.fill({"a": b"x", "s1": b"x"})
    first = iter([True])

    def lost(seen: Seen) -> Reply | None:
        if seen.operation != "Delete" or seen.key != "s1":
            return None
        return (
            Reply(lost=True) if next(first, False) else Reply(status=404, body=b"<Error><Code>NoSuchKey</Code></Error>")
        )

    pair.proxy.fault = lost
    assert pair.sync(pair={"limits": _ALL}).pairs[0].done.deleted == 1


def test_a_copy_of_which_nothing_is_said_is_none(ready: Pair) -> None:
    ready.source.put("b")
    for body in (
        b"",
        b"<CopyObjectResult><ETag></ETag></CopyObjectResult>",
        b"<CopyObjectResult/>",
        b"<Error><Code>InternalError</Code></Error>",
    ):
        ready.proxy.fault = _one("Copy", _answering(body), "b")
        with pytest.raises(SyncIncomplete, match="1 key failed, 0 copied"):
            ready.sync(pair={"limits": _ALL})
        assert ready.target.keys() == ["a", *STALE]


def test_a_part_and_an_upload_of_which_nothing_is_said_are_none(make_pair: MakePair) -> None:
    pair = make_pair(multipart_bytes=5 << 20, part_bytes=5 << 20)
    pair.source.put("large", b"l" * (6 << 20))
    for operation in ("CopyPart", "Complete"):
        pair.proxy.fault = _one(operation, _answering(b""))
        with pytest.raises(SyncIncomplete, match="1 key failed, 0 copied"):
            pair.sync()


def test_a_listing_at_odds_with_itself_ends_the_run(ready: Pair) -> None:
    name, end = ready.target.name, b"<IsTruncated>false</IsTruncated>"
    for before, after in (
        (b"<KeyCount>4</KeyCount>", b"<KeyCount>5</KeyCount>"),
        (end, b""),
        (end, b"<IsTruncated>true</IsTruncated>"),
    ):
        ready.proxy.fault = _one("List", _replacing(before, after), bucket=name)
        with pytest.raises(StorageError, match="the listing ended"):
            ready.sync(pair={"limits": _ALL})
        assert not ready.proxy.counts["Put"]


def test_an_upload_that_went_away_is_not_the_object_that_was_there_before(make_pair: MakePair) -> None:
    """Somebody ended the upload; what it was to replace has its size and as many parts."""
    pair = make_pair(multipart_bytes=5 << 20, part_bytes=5 << 20)
    pair.source.put("large", b"n" * (6 << 20))
    pair.target.put_parts("large", [b"o" * (5 << 20), b"o" * (1 << 20)])
    gone = Reply(status=404, body=b"<Error><Code>NoSuchUpload</Code></Error>")
    pair.proxy.fault = _one("Complete", gone)
    with pytest.raises(SyncIncomplete, match="1 key failed, 0 copied"):
        pair.sync()
    pair.proxy.fault = _one("Complete", replace(gone, lost=True))
    assert pair.sync().pairs[0].done.copied == 1
    assert pair.target.bodies() == pair.source.bodies()
    again = pair.sync(state=pair.settings.state / "without a manifest")
    assert again.pairs[0].done.copied == 1, "of the very parts that were there before"


def test_a_page_that_says_it_is_the_last_and_how_to_go_on_is_not_the_last(pair: Pair) -> None:
    keys = [f"{n:02}" for n in range(30)]
    pair.source.fill(dict.fromkeys(keys, b"x"))
    pair.proxy.fault = lambda seen: (
        Reply(change=lambda body: body.replace(b">true</IsTruncated>", b">false</IsTruncated>"))
        if seen.operation == "List"
        else None
    )
    assert pair.sync(page_limit=7).pairs[0].done.copied == 30


def test_a_storage_that_lists_the_whole_bucket_instead_of_a_prefix_is_not_believed(make_pair: MakePair) -> None:
    pair = make_pair(target_prefix="preview/")
    pair.source.put("a")
    pair.target.fill({"preview/a": b"x", "someapp/private.txt": b"theirs"})

    def whole(seen: Seen) -> Reply | None:
        if seen.operation != "List" or seen.bucket != pair.target.name:
            return None
        answer = pair.target.client.list_objects_v2(Bucket=pair.target.name)
        objects = "".join(
            f"<Contents><Key>{o['Key']}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>{o['ETag']}</ETag><Size>1</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for o in answer["Contents"]
        )
        return Reply(
            status=200,
            body=(
                f"<ListBucketResult><KeyCount>2</KeyCount><IsTruncated>false</IsTruncated>{objects}</ListBucketResult>".encode()
            ),
        )

    pair.proxy.fault = whole
    with pytest.raises(StorageError, match="lists keys of another prefix"):
        pair.sync(pair={"limits": _ALL})
    assert pair.target.keys() == ["preview/a", "someapp/private.txt"]


def test_objects_without_etags_are_not_equal(ready: Pair) -> None:
    ready.target.put("a", b"y")
    ready.proxy.fault = lambda seen: (
        Reply(change=lambda body: re.sub(rb"<ETag>[^<]*</ETag>", b"<ETag></ETag>", body))
        if seen.operation == "List"
        else None
    )
    ready.sync(pair={"limits": _ALL, "deletes": False})
    assert ready.target.bodies()["a"] == b"x"


def test_a_storage_that_lists_in_an_order_of_its_own_is_told(ready: Pair) -> None:
    ready.source.put("b")
    ready.proxy.fault = _one(
        "List", Reply(change=lambda body: body.replace(b"<Key>a<", b"<Key>c<")), bucket=ready.source.name
    )
    with pytest.raises(
        StorageError,
        match=rf"{ready.source.s3}: the listing ended: Disorder \(keys did not come in UTF-8 order, but c before b\)",
    ) as raised:
        ready.sync(pair={"limits": _ALL})
    assert "sync folder by folder" in (raised.value.hint or "")
    assert "--source-inventory" in (raised.value.hint or "")
    assert raised.value.aftermath == "nothing was written"


def test_a_page_that_comes_again_is_told(pair: Pair) -> None:
    """As from a cache on the way, or a storage that heeds no start-after: whichever part of the listing asks first."""
    pair.source.fill(dict.fromkeys(["a", "b", "c"], b"x"))
    first = pair.source.client.list_objects_v2(Bucket=pair.source.name, MaxKeys=2)["Contents"]
    entries = "".join(
        f"<Contents><Key>{o['Key']}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>{o['ETag']}</ETag><Size>1</Size></Contents>"
        for o in first
    )
    page = (
        f"<ListBucketResult><KeyCount>2</KeyCount><IsTruncated>true</IsTruncated>{entries}</ListBucketResult>".encode()
    )
    pair.proxy.fault = _one("List", Reply(status=200, body=page), bucket=pair.source.name)
    with pytest.raises(
        StorageError,
        match=r"the listing ended after (\S): Repeated \(asked for what comes after \1, it begins again with a\)",
    ) as raised:
        pair.sync()
    assert "does not heed start-after" in (raised.value.hint or "")


@pytest.mark.parametrize(
    ("asked", "off"), [("20260102T032005Z", "16 minutes ahead of"), ("20260102T025005Z", "14 minutes behind")]
)
def test_a_clock_that_is_off_is_told_by_how_much(ready: Pair, asked: str, off: str) -> None:
    times = (
        f"<RequestTime>{asked}</RequestTime><ServerTime>2026-01-02T03:04:05Z</ServerTime>"
        "<MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>"
    )
    answer = Reply(
        status=403,
        body=(
            f"<Error><Code>RequestTimeTooSkewed</Code><Message>The difference is too large.</Message>{times}</Error>"
        ).encode(),
    )
    for operation in ("GET bucket tagging", "List", "Copy"):
        ready.proxy.fault = _one(operation, answer)
        ready.source.put("new")
        with pytest.raises(StorageError, match="RequestTimeTooSkewed") as raised:
            ready.sync(pair={"limits": _ALL})
        assert f"this machine's clock is {off} the storage's: set it" in "\n".join(raised.value.lines())
