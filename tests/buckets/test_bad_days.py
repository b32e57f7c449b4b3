"""Syncs on bad days: faults drawn at random over all requests. Whatever comes, nothing is lost, nothing is claimed that
is not so, and a good day mends it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from masker.buckets.done import Done
from masker.buckets.settings import parse_limits
from masker.errors import MaskerError
from tests.buckets.conftest import MakePair
from tests.buckets.proxy import Fault, Reply, Seen, error, uploads_dated
from tests.buckets.storage import Bucket

_MEBIBYTE = 1 << 20
_ALL = parse_limits("1000")

#: Operations whose errors may come in an answer of status 200, as S3 has it.
_LATE = frozenset({"Copy", "CopyPart", "Complete"})

_STALE = [f"old/{n:02}" for n in range(12)]


def _bad_day(seed: int) -> Fault:
    """Some of all requests fail: before they have an effect, or after it, or half-way through the answer."""
    drawn = random.Random(seed)
    rate = drawn.choice([0.05, 0.15, 0.3, 0.5])
    throttled = replace(error(503, "SlowDown"))
    failed = error(500, "InternalError")

    def fault(seen: Seen) -> Reply | None:
        if drawn.random() >= (rate / 4 if seen.operation.startswith("GET bucket") else rate):
            return uploads_dated(seen)
        kinds = [
            throttled,
            failed,
            Reply(reset=True),
            Reply(lost=True),
            replace(failed, lost=True),
            replace(throttled, lost=True),
            Reply(change=lambda body: body[: len(body) // 2]),
            Reply(cut=drawn.randrange(200)),
            Reply(status=502),
        ]
        if seen.operation in _LATE:
            kinds += [Reply(status=200), replace(failed, status=200), replace(failed, status=200, lost=True)] * 2
        return drawn.choice(kinds)

    return fault


def _look(bucket: Bucket) -> dict[str, tuple[bytes, bool]]:
    return {key: (body, bucket.is_public(key)) for key, body in bucket.bodies().items()}


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_lost_or_claimed_on_a_bad_day(make_pair: MakePair, seed: int) -> None:
    pair = make_pair(multipart_bytes=5 * _MEBIBYTE, part_bytes=5 * _MEBIBYTE, page_limit=7, versions=seed % 2 == 0)
    for n in range(14):
        pair.source.put(f"new/{n:02}", b"n" * n, public=n % 3 == 0)
        pair.source.put(f"same/{n:02}", b"s")
        pair.source.put(f"was/{n:02}", b"now")
    pair.source.put("large", b"l" * (6 * _MEBIBYTE), public=True)
    before = (
        {f"same/{n:02}": b"s" for n in range(14)}
        | {f"was/{n:02}": b"then" for n in range(14)}
        | dict.fromkeys(_STALE, b"o")
    )
    pair.target.fill(before)
    wanted = _look(pair.source)
    pair.proxy.fault = _bad_day(seed)
    done: Done | None = None
    code = 0
    try:
        done = pair.sync(pair={"limits": _ALL}).pairs[0].done
    except MaskerError as failure:
        code = failure.exit_code
    if done is None:
        assert code == 7
        now = {key: body for key, body in pair.target.bodies().items() if ".masker-canary" not in key}
        for key, body in now.items():
            assert body in {before.get(key), wanted[key][0] if key in wanted else None}, (
                f"{key} is neither as it was nor as it should be"
            )
        assert before.keys() - set(_STALE) <= now.keys()
        if not set(_STALE) <= now.keys():
            assert {key: body for key, (body, _) in wanted.items()}.items() <= now.items(), (
                "something stale went while copies were missing"
            )
    else:
        assert (done.failed, done.vanished) == (0, 0)
        assert _look(pair.target) == wanted
    pair.proxy.fault = uploads_dated
    pair.sync(pair={"limits": _ALL, "acl_check": "all"}, verify=True)
    assert _look(pair.target) == wanted
    assert not pair.target.client.list_multipart_uploads(Bucket=pair.target.name).get("Uploads")
