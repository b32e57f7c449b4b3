"""Bad days of the storage: what passes by is waited out, what does not is told by key, and nothing is deleted after
it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from masker.buckets.run import SyncIncomplete
from masker.buckets.settings import parse_limits
from masker.errors import StorageError
from tests.buckets.conftest import MakePair, Pair
from tests.buckets.proxy import Fault, Reply, Seen, error

#: Deletions here are few, and yet much of a small bucket.
_all = parse_limits("5")

CONTENT = {f"{n:02}": str(n).encode() for n in range(12)}


@pytest.fixture
def ready(pair: Pair) -> Pair:
    """Objects to copy and one to delete."""
    pair.source.fill(CONTENT)
    pair.target.fill({"stale": b"s", **dict.fromkeys(list(CONTENT)[:8], b"old")})
    return pair


def _often(operation: str, reply: Reply | Callable[[], Reply], times: int = 2) -> Fault:
    """*reply*, or one made anew, to the first *times* requests of *operation* for each key."""
    seen_before: Counter[tuple[str, str]] = Counter()

    def fault(seen: Seen) -> Reply | None:
        if seen.operation != operation:
            return None
        at = (seen.key, str(seen.query.get("start-after")) + seen.bucket)
        seen_before[at] += 1
        if seen_before[at] > times:
            return None
        return reply if isinstance(reply, Reply) else reply()

    return fault


def _is_synced(pair: Pair) -> bool:
    return pair.target.bodies() == CONTENT


PASSING = {
    "503 storm": lambda: error(503, "SlowDown"),
    "500": lambda: error(500, "InternalError"),
    "reset": lambda: Reply(reset=True),
    "slow": lambda: Reply(delay=0.2),
    "429": lambda: error(429, "TooManyRequests"),
    "gateway without a document": lambda: Reply(status=502, body=b"<html>Bad Gateway</html>"),
}


@pytest.mark.parametrize("name", list(PASSING))
def test_what_passes_by(ready: Pair, name: str) -> None:
    """Whatever is asked for, in one run."""
    told: Counter[str] = Counter()
    ready.target.put("stale2")

    def counted(operation: str) -> Reply:
        told[operation] += 1
        return PASSING[name]()

    operations = ("List", "Copy", "GetAcl", "DeleteObjects")
    faults = [_often(each, partial(counted, each), times=1 if name == "slow" else 2) for each in operations]
    ready.proxy.fault = lambda seen: next((reply for fault in faults if (reply := fault(seen)) is not None), None)
    result = ready.sync(pair={"limits": _all}).pairs[0]
    assert _is_synced(ready)
    assert result.done.failed == 0
    assert set(told) == set(operations)


@pytest.mark.parametrize("code", ["InternalError", "SlowDown"])
def test_errors_inside_an_answer_that_began_well(ready: Pair, code: str) -> None:
    ready.proxy.fault = _often("Copy", error(200, code))
    ready.sync(pair={"limits": _all})
    assert _is_synced(ready)


def test_an_error_inside_that_stays(ready: Pair) -> None:
    ready.proxy.fault = lambda seen: (
        error(200, "AccessDenied") if seen.operation == "Copy" and seen.key == "07" else None
    )
    with pytest.raises(SyncIncomplete, match="1 key failed, 11 copied"):
        ready.sync(pair={"limits": _all})
    assert "stale" in ready.target.bodies()


@pytest.mark.parametrize("operation", ["Copy", "GetAcl"])
def test_one_key_denied_spares_the_others_but_no_deletion(ready: Pair, operation: str) -> None:
    ready.proxy.fault = lambda seen: (
        error(403, "AccessDenied") if seen.operation == operation and seen.key == "07" else None
    )
    with pytest.raises(SyncIncomplete) as raised:
        ready.sync(pair={"limits": _all})
    assert raised.value.exit_code == 7
    assert "copy 07: AccessDenied" in (raised.value.hint or "")
    assert "no stale object was deleted, of 1" in (raised.value.aftermath or "")
    assert not ready.proxy.counts["DeleteObjects"]
    assert all(".masker-" in seen.key for seen in ready.proxy.seen if seen.operation == "Delete"), (
        "only canary and lock are"
    )
    assert ready.target.bodies() == CONTENT | {"stale": b"s", "07": b"old"}
    ready.proxy.forget()
    assert ready.sync(pair={"limits": _all}).pairs[0].done.copied == 1
    assert _is_synced(ready)


def test_a_vanished_key_is_no_failure(ready: Pair) -> None:
    def fault(seen: Seen) -> Reply | None:
        if seen.operation == "Copy" and seen.key == "07":
            ready.source.client.delete_object(Bucket=ready.source.name, Key="07")
        return None

    ready.proxy.fault = fault
    done = ready.sync(pair={"limits": _all}).pairs[0].done
    assert (done.vanished, done.copied, done.deleted) == (1, 11, 1)


def test_vanished_keys_are_none_where_the_storage_denies_what_is_not_there(ready: Pair) -> None:
    """As S3 answers of a missing object to credentials that may not list its bucket."""
    first = list(CONTENT)[:6]

    def fault(seen: Seen) -> Reply | None:
        if seen.operation == "PutAcl":
            for key in first:
                ready.source.client.delete_object(Bucket=ready.source.name, Key=key)
        original = seen.headers.get("x-amz-copy-source", "").rpartition("/")[2]
        return error(403, "AccessDenied") if original in first else None

    ready.proxy.fault = fault
    done = ready.sync(pair={"limits": _all}).pairs[0].done
    assert (done.vanished, done.copied, done.deleted) == (6, 6, 1)


def test_a_key_written_meanwhile_is_read_with_the_credentials_that_copy_it(
    ready: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source's own need no right to read objects."""
    file = tmp_path / "credentials"
    file.write_text(
        "".join(f"[{name}]\naws_access_key_id={name}\naws_secret_access_key=x\n" for name in ("lists", "copies"))
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    changed: list[Seen] = []

    def fault(seen: Seen) -> Reply | None:
        if seen.operation == "Copy" and seen.key == "07" and not changed:
            changed.append(seen)
            return error(412, "PreconditionFailed")
        is_of_lister = "Credential=lists/" in seen.headers.get("authorization", "")
        return Reply(status=403) if seen.operation in {"Head", "Get"} and is_of_lister else None

    ready.proxy.fault = fault
    access = ready.settings.pairs[0].source_access
    sides = {
        f"{side}_access": replace(access, profile=name) for side, name in (("source", "lists"), ("target", "copies"))
    }
    assert ready.sync(pair={"limits": _all, **sides}).pairs[0].done.copied == 12
    assert changed


def test_a_key_written_meanwhile_is_copied_as_it_is_then(ready: Pair) -> None:
    def fault(seen: Seen) -> Reply | None:
        if (
            seen.operation == "Copy"
            and seen.key == "07"
            and len([s for s in ready.proxy.seen if s.operation == "Copy" and s.key == "07"]) == 1
        ):
            ready.source.put("07", b"newer")
            return error(412, "PreconditionFailed")
        return None

    ready.proxy.fault = fault
    ready.sync(pair={"limits": _all})
    assert ready.target.bodies() == CONTENT | {"07": b"newer"}
    assert ready.proxy.counts["Head"] == 2, "one of the source's key, one of the canary's in other letter case"


def test_a_key_that_never_stands_still_fails(ready: Pair) -> None:
    ready.proxy.fault = lambda seen: (
        error(412, "PreconditionFailed") if seen.operation == "Copy" and seen.key == "07" else None
    )
    with pytest.raises(SyncIncomplete, match="1 key failed"):
        ready.sync(pair={"limits": _all})


@pytest.mark.parametrize("client", ["crt"])
@pytest.mark.parametrize(
    ("operation", "code", "advice"),
    [
        ("Copy", "AccessDenied", r"may never be read: leave it out, --exclude 'a\?07\[\[\]'"),
        ("Copy", "QuotaExceeded", None),
        ("Delete", "AccessDenied", r"a legal hold or retention keeps: leave it out, --exclude stale"),
    ],
)
def test_what_is_to_be_left_out_is_what_a_policy_denies(
    ready: Pair, operation: str, code: str, advice: str | None
) -> None:
    ready.source.put("a\t07[")
    ready.proxy.fault = lambda seen: (
        error(403, code) if seen.operation == operation and seen.key in {"a\t07[", "stale"} else None
    )
    with pytest.raises(SyncIncomplete) as raised:
        ready.sync(pair={"limits": _all})
    said = raised.value.aftermath or ""
    assert re.search(advice, said) if advice else "exclude" not in said


def _cut(body: bytes) -> bytes:
    """A page that lost objects on its way: the last ones, though the count still speaks of them."""
    return re.sub(rb"(?s)(.*)<Contents>.*</Contents>", rb"\1", body)


def _reversed(body: bytes) -> bytes:
    found = re.findall(rb"(?s)<Contents>.*?</Contents>", body)
    start, end = body.index(b"<Contents>"), body.rindex(b"</Contents>") + len(b"</Contents>")
    return body[:start] + b"".join(found[::-1]) + body[end:]


LISTINGS: dict[str, tuple[Callable[[], Reply], str]] = {
    "denied": (lambda: error(403, "AccessDenied"), "AccessDenied"),
    "half a document": (lambda: Reply(change=lambda body: body[: len(body) // 2]), "Unreadable|500"),
    "objects lost on the way": (lambda: Reply(change=_cut), "Unreadable"),
    "wrong order": (lambda: Reply(change=_reversed), "UTF-8 order"),
    "for ever unavailable": (lambda: error(500, "InternalError"), "InternalError"),
}


@pytest.mark.parametrize("name", list(LISTINGS))
@pytest.mark.parametrize("of_source", [True, False], ids=["source", "target"])
def test_half_a_listing_changes_nothing(make_pair: MakePair, name: str, of_source: bool) -> None:
    pair = make_pair(page_limit=5)
    pair.source.fill(CONTENT)
    pair.target.fill({"stale": b"s"} | CONTENT)
    reply, said = LISTINGS[name]
    bucket = (pair.source if of_source else pair.target).name

    def fault(seen: Seen) -> Reply | None:
        is_late = (
            seen.operation == "List"
            and seen.bucket == bucket
            and seen.query.get("max-keys") == ["5"]
            and "start-after" in seen.query
        )
        return reply() if is_late else None

    pair.proxy.fault = fault
    with pytest.raises(StorageError) as raised:
        pair.sync(pair={"limits": _all})
    text = " ".join(raised.value.lines())
    assert bucket in text
    assert re.search(said, text)
    assert "nothing was written" in text
    assert not {"Copy", "Put", "DeleteObjects", "Delete", "PutAcl"} & set(pair.proxy.counts)


def test_a_document_cut_off_once_is_asked_for_again(ready: Pair) -> None:
    ready.proxy.fault = _often("List", Reply(change=lambda body: body[: len(body) // 2]), times=1)
    ready.sync(pair={"limits": _all})
    assert _is_synced(ready)


def test_a_connection_cut_inside_a_page(ready: Pair) -> None:
    ready.proxy.fault = _often("List", Reply(cut=200), times=1)
    ready.sync(pair={"limits": _all})
    assert _is_synced(ready)


def test_single_keys_of_a_batch_that_stay(ready: Pair) -> None:
    ready.target.put("stale2")
    failed = (
        b"<DeleteResult><Error><Key>stale</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>"
    )
    ready.proxy.fault = lambda seen: Reply(change=lambda _: failed) if seen.operation == "DeleteObjects" else None
    with pytest.raises(SyncIncomplete) as raised:
        ready.sync(pair={"limits": _all})
    assert "delete stale: AccessDenied" in (raised.value.hint or "")
    assert raised.value.result.done.deleted == 1


def test_parts_that_fail_leave_no_upload_behind(make_pair: MakePair) -> None:
    mebibyte = 1 << 20
    pair = make_pair(multipart_bytes=6 * mebibyte, part_bytes=5 * mebibyte)
    pair.source.put("big", b"x" * (12 * mebibyte))
    pair.proxy.fault = lambda seen: (
        error(403, "AccessDenied") if seen.operation == "CopyPart" and seen.query["partNumber"] == ["2"] else None
    )
    with pytest.raises(SyncIncomplete):
        pair.sync()
    assert not pair.target.client.list_multipart_uploads(Bucket=pair.target.name).get("Uploads")
    pair.proxy.fault = _often("CopyPart", error(503, "SlowDown"), times=1)
    pair.sync()
    assert pair.target.bodies() == pair.source.bodies()


def test_an_upload_completed_though_its_answer_was_lost(make_pair: MakePair) -> None:
    mebibyte = 1 << 20
    pair = make_pair(multipart_bytes=6 * mebibyte, part_bytes=5 * mebibyte)
    pair.source.put("big", b"x" * (12 * mebibyte))
    pair.proxy.fault = _often("Complete", Reply(change=lambda _: b""), times=1)
    assert pair.sync().pairs[0].done.copied == 1
    assert pair.target.bodies() == pair.source.bodies()
    assert pair.sync().pairs[0].done.copied == 0


def test_a_storm_narrows_the_window(ready: Pair) -> None:
    ready.proxy.fault = _often("Copy", error(503, "SlowDown"), times=3)
    result = ready.sync(pair={"limits": _all}).pairs[0]
    assert result.retries >= 3 * len(CONTENT)
    assert _is_synced(ready)
