"""Buckets listed again after a sync: what production did meanwhile is counted, anything else fails."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from masker.buckets.settings import parse_limits
from masker.errors import VerifyFailed
from tests.buckets.conftest import Pair
from tests.buckets.proxy import Fault, Reply, Seen

CONTENT = {f"{n:02}": str(n).encode() for n in range(12)}


@pytest.fixture
def ready(pair: Pair) -> Pair:
    """Objects to copy and two to delete."""
    pair.source.fill(CONTENT)
    pair.target.fill({"stale1": b"s", "stale2": b"s", "00": CONTENT["00"]})
    return pair


def _verified(ready: Pair) -> int:
    return ready.sync(pair={"limits": parse_limits("2")}, verify=True).pairs[0].meanwhile


def _aged(body: bytes) -> bytes:
    """A listing as of objects that are years old, the one called ``new`` excepted."""
    return re.sub(
        rb"<Contents>.*?</Contents>",
        lambda item: (
            item[0]
            if b"<Key>new</Key>" in item[0]
            else re.sub(rb"(<LastModified>)[^<]*", rb"\g<1>2020-01-01T00:00:00.000Z", item[0])
        ),
        body,
        flags=re.DOTALL,
    )


def _once_copied(ready: Pair, act: Callable[[], None]) -> Fault:
    """*act* happens after the last copy, before the deletes. The source's objects are old."""
    left = [act]

    def fault(seen: Seen) -> Reply | None:
        if seen.operation == "DeleteObjects" and left:
            left.pop()()
        return Reply(change=_aged) if seen.operation == "List" and seen.bucket == ready.source.name else None

    return fault


def test_production_goes_on_meanwhile(ready: Pair) -> None:
    """One object is uploaded and one purged: the next run's affair."""

    def act() -> None:
        ready.source.put("new")
        ready.source.client.delete_object(Bucket=ready.source.name, Key="03")

    ready.proxy.fault = _once_copied(ready, act)
    assert _verified(ready) == 2


@pytest.mark.parametrize("key", ["00", "05"])
def test_an_object_that_is_not_its_original_fails(ready: Pair, key: str) -> None:
    """Whether the run had copied it or found it unchanged."""
    ready.proxy.fault = _once_copied(ready, lambda: ready.target.put(key, b"edited"))
    with pytest.raises(VerifyFailed, match="not what the sync made of it: 1 object") as raised:
        _verified(ready)
    assert f"{key}: differs from the source" in (raised.value.hint or "")
    assert raised.value.document is not None
    assert raised.value.document["pairs"][0]["copied"] == 11


def test_a_deletion_that_did_not_last_fails(ready: Pair) -> None:
    answer = b"<DeleteResult><Deleted><Key>stale1</Key></Deleted><Deleted><Key>stale2</Key></Deleted></DeleteResult>"
    ready.proxy.fault = lambda seen: Reply(status=200, body=answer) if seen.operation == "DeleteObjects" else None
    with pytest.raises(VerifyFailed) as raised:
        _verified(ready)
    assert "stale2: is still there" in (raised.value.hint or "")
