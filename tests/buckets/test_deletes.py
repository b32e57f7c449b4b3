"""Deletions: made only of what is stale at that moment, and taken back only where that is true."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console

from masker.buckets.run import SyncResult
from masker.buckets.settings import parse_limits
from masker.buckets.undo import Undone, undo
from masker.cli.display.sync import print_sync_result
from masker.errors import Refused, StorageError, UsageError
from tests.buckets.conftest import MakePair, Pair
from tests.buckets.proxy import Reply, Seen, error, uploads_dated

_ALL = parse_limits("1000")


def _said(result: SyncResult) -> str:
    console = Console(file=StringIO(), width=400)
    print_sync_result(result, console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def _undo(pair: Pair, run: str) -> Undone:
    return undo(
        run, state=pair.settings.state, access=pair.settings.pairs[0].target_access, confirm=(pair.target.name,)
    )


def test_a_stored_plan_deletes_what_is_still_stale_and_says_what_it_kept(make_pair: MakePair) -> None:
    pair = make_pair(source_prefix="up/", target_prefix="down/")
    pair.source.put("up/same")
    pair.target.fill({f"down/{name}": b"old" for name in ("edited", "gone", "returns", "stale", "s/1", "s/2", "é")})
    out = pair.settings.state.parent / "plan.jsonl"
    pair.plan(out=out)
    pair.source.fill({"up/returns": b"new", "up/new": b"n"})
    pair.target.put("down/edited", b"by somebody")
    pair.target.client.delete_object(Bucket=pair.target.name, Key="down/gone")
    result = pair.sync(pair={"limits": _ALL}, apply=out)
    done = result.pairs[0].done
    assert (done.copied, done.deleted, done.kept, done.rewritten, done.gone) == (1, 4, 1, 1, 1)
    assert pair.target.bodies() == {"down/same": b"x", "down/returns": b"old", "down/edited": b"by somebody"}
    said = _said(result)
    assert "says of" in said, "it holds what the plan says, not what the source has by now"
    assert "but for 2 objects" in said
    assert (
        "1 kept that the source has by now · 1 kept that were written in the target since · 1 deleted by somebody else"
        in said
    )
    said = _said(pair.sync(pair={"limits": _ALL}, verify=True))
    assert "but for" not in said
    assert f"is what s3://{pair.source.name}/up/ is" in said
    assert pair.target.bodies() == {f"down/{key[3:]}": body for key, body in pair.source.bodies().items()}


@pytest.mark.parametrize("client", ["crt"])
def test_a_stored_plan_is_executed_whole_or_not_at_all(pair: Pair) -> None:
    pair.source.fill({"a": b"1", "b": b"2"})
    pair.target.fill({"stale": b"s", "stale too": b"s"})
    out = pair.settings.state.parent / "plan.jsonl"
    pair.plan(out=out)
    header, *lines = out.read_text(encoding="utf-8").splitlines()
    late = f"{datetime.now(UTC) + timedelta(hours=3):%Y-%m-%dT%H:%M:%S}"
    for text, said in (
        ([header, *lines[:-1]], "cut off or edited"),
        ([header, *lines[:-1], lines[-1][:20]], "line 5 is no change"),
        ([header, *lines[:-1], lines[-1].replace("delete", "copy")], "cut off or edited"),
        ([header, *lines, lines[-1].replace("stale", "zz")], "cut off or edited"),
        ([header, *lines[::-1]], "not in the order of their keys"),
        ([re.sub(r'"created_at": "[^"]*', f'"created_at": "{late}', header), *lines], "not a plan this version"),
        ([re.sub(r'"created_at": "[^"]*', f'"created_at": "{late}+00:00', header), *lines], r"1\d\d minutes from now"),
    ):
        out.write_text("\n".join(text) + "\n", encoding="utf-8")
        with pytest.raises((UsageError, Refused), match=said):
            pair.sync(pair={"limits": _ALL}, apply=out)
    with pytest.raises(UsageError, match=r"cannot be read .it is a folder"):
        pair.sync(apply=out.parent)
    with pytest.raises(UsageError, match=r"cannot be read .no such file or directory.$"):
        pair.sync(apply=out.with_name("none"))
    assert pair.target.keys() == ["stale", "stale too"]
    out.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    assert pair.sync(pair={"limits": _ALL}, apply=out).pairs[0].done.deleted == 2


def test_a_listing_that_ends_early_without_saying_so_costs_nothing(pair: Pair) -> None:
    keys = [f"{n:03}" for n in range(40)]
    pair.source.fill(dict.fromkeys(keys, b"1"))
    pair.target.fill(dict.fromkeys([*keys, "stale"], b"1"))

    def half(body: bytes) -> bytes:
        return (
            body[: body.index(b"<Contents><Key>020<")].replace(b"<KeyCount>40<", b"<KeyCount>20<")
            + b"</ListBucketResult>"
        )

    first = iter([True])

    def ends_early(seen: Seen) -> Reply | None:
        return (
            Reply(change=half)
            if seen.operation == "List" and seen.bucket == pair.source.name and next(first, False)
            else None
        )

    pair.proxy.fault = ends_early
    done = pair.sync(pair={"limits": _ALL}).pairs[0].done
    assert (done.kept, done.deleted) == (20, 1)
    assert pair.target.keys() == keys


def test_undo_knows_what_was_written_and_deleted_since(make_pair: MakePair) -> None:
    pair = make_pair(versions=True, target_prefix="p/")
    pair.source.put("kept", b"1")
    pair.target.fill({f"p/{n:02}": b"1" for n in range(30)} | {"p/kept": b"1", "other": b"o"})
    synced = pair.sync(pair={"limits": _ALL})
    result = synced.pairs[0]
    client, name = pair.target.client, pair.target.name
    assert f"masker undo {result.plan.run} --confirm {name} --state {pair.settings.state}" in _said(synced)
    client.put_object(Bucket=name, Key="p/01", Body=b"new")
    client.put_object(Bucket=name, Key="p/02", Body=b"new")
    client.delete_object(Bucket=name, Key="p/02")
    client.delete_object(Bucket=name, Key="p/03")  # once more, as for an answer that was lost
    client.delete_object(Bucket=name, Key="other")
    with pytest.raises(StorageError, match="1 deletion could not be taken back, 28 taken back") as raised:
        _undo(pair, result.plan.run)
    assert "p/02: what its marker hides is not what the run deleted" in "\n".join(raised.value.lines())
    assert pair.target.bodies() == {f"p/{n:02}": b"1" for n in range(30) if n != 2} | {"p/kept": b"1", "p/01": b"new"}
    with pytest.raises(StorageError, match="1 deletion could not be taken back, 0 taken back") as raised:
        _undo(pair, result.plan.run)
    assert raised.value.document is not None
    assert (raised.value.document["standing"], raised.value.document["rewritten"]) == (
        28,
        1,
    ), "a second time brings nothing back"


def test_undo_that_is_denied_says_what_it_needs(make_pair: MakePair) -> None:
    pair = make_pair(versions=True)
    pair.source.put("a")
    pair.target.put("stale")
    run = pair.sync(pair={"limits": _ALL}).pairs[0].plan.run
    pair.proxy.fault = lambda seen: (
        error(403, "AccessDenied") if "versionId" in seen.query and seen.key == "stale" else None
    )
    with pytest.raises(StorageError, match="1 deletion could not be taken back") as raised:
        _undo(pair, run)
    assert "allow s3:ListBucketVersions and s3:DeleteObjectVersion" in (raised.value.hint or "")


def test_undo_where_the_storage_fails_now_and_then_and_deletes_no_batches(make_pair: MakePair) -> None:
    pair = make_pair(versions=True)
    pair.source.put("kept", b"1")
    pair.target.fill({f"{n:02}": b"1" for n in range(12)})
    result = pair.sync(pair={"limits": _ALL}).pairs[0]

    def fault(seen: Seen) -> Reply | None:
        if seen.operation == "DeleteObjects":
            return error(501, "NotImplemented")
        if "versions" in seen.query and seen.number % 3 == 0:
            return error(403, "AccessDenied") if seen.query.get("prefix") == ["05"] else error(500, "InternalError")
        return (
            Reply(change=lambda body: body[: len(body) // 2])
            if seen.operation == "Delete" and seen.number % 5 == 0
            else None
        )

    pair.proxy.fault = fault
    undone = _undo(pair, result.plan.run)
    assert (undone.restored, undone.standing) == (12, 0)


def test_undo_says_so_where_no_versions_were_kept(make_pair: MakePair) -> None:
    pair = make_pair(versions=True)
    pair.source.put("kept", b"1")
    pair.target.put("while it kept versions", b"1")
    pair.target.client.put_bucket_versioning(Bucket=pair.target.name, VersioningConfiguration={"Status": "Suspended"})
    plan = pair.plan()
    assert not plan.keeps_versions
    assert [note for note in plan.notes if "keeps versions no more (suspended)" in note.text]

    other = make_pair()
    other.source.put("kept", b"1")
    other.target.put("stale", b"1")
    result = other.sync(pair={"limits": _ALL})
    assert "to take the deletions back" not in _said(result)
    other.target.client.put_bucket_versioning(Bucket=other.target.name, VersioningConfiguration={"Status": "Enabled"})
    with pytest.raises(StorageError, match="1 deletion could not be taken back, 0 taken back") as raised:
        _undo(other, result.pairs[0].plan.run)
    assert "the bucket kept no versions (off)" in "\n".join(raised.value.lines())


def test_versions_turned_off_midway_keep_everything(make_pair: MakePair) -> None:
    pair = make_pair(versions=True)
    pair.source.put("a", b"1")
    pair.target.put("stale", b"1")

    def turn_off(seen: Seen) -> Reply | None:
        if seen.operation == "Copy" and seen.key == "a":
            pair.target.client.put_bucket_versioning(
                Bucket=pair.target.name, VersioningConfiguration={"Status": "Suspended"}
            )
        return None

    pair.proxy.fault = turn_off
    with pytest.raises(Refused, match=r"so the deletions planned \(1\) could not be taken back"):
        pair.sync(pair={"limits": _ALL})
    assert pair.target.keys() == ["a", "stale"]


def test_versions_turned_on_midway_are_used(make_pair: MakePair) -> None:
    pair = make_pair()
    pair.source.put("a", b"1")
    pair.target.fill({"stale": b"1", "stale too": b"1"})

    def turn_on(seen: Seen) -> Reply | None:
        if seen.operation == "Copy" and seen.key == "a":
            pair.target.client.put_bucket_versioning(
                Bucket=pair.target.name, VersioningConfiguration={"Status": "Enabled"}
            )
        return None

    pair.proxy.fault = turn_on
    run = pair.sync(pair={"limits": _ALL}).pairs[0].plan.run
    assert _undo(pair, run).restored == 2
    assert pair.target.keys() == ["a", "stale", "stale too"]


_KILLED = """
import sys
from pathlib import Path
from masker.buckets.run import sync
from masker.buckets.objects import Location
from masker.buckets.settings import Access, BucketPair, SyncSettings
source, target, url, state, client = sys.argv[1:]
access = Access(endpoint_url=url, region="us-east-1")
pair = BucketPair(source=Location(source), target=Location(target), source_access=access, target_access=access)
settings = SyncSettings(
    pairs=(pair,), state=Path(state), confirm=(target,), client=client, multipart_bytes=5 << 20, part_bytes=5 << 20
)
sync(settings, lambda event: None)
"""


@pytest.mark.parametrize("at", ["CreateUpload", "CopyPart"])
@pytest.mark.timing
def test_uploads_of_a_killed_run_are_ended_by_the_next_and_nobody_elses(make_pair: MakePair, at: str) -> None:
    pair = make_pair(multipart_bytes=5 << 20, part_bytes=5 << 20)
    pair.source.put("large", b"l" * (6 << 20))
    pair.source.put("small")
    client, name = pair.target.client, pair.target.name
    theirs = client.create_multipart_upload(Bucket=name, Key="somebody else's")["UploadId"]
    arrived = threading.Event()

    def hold(seen: Seen) -> Reply | None:
        if seen.operation != at:
            return None
        arrived.set()
        if at == "CopyPart":
            time.sleep(5)
        return Reply(lost=True)

    pair.proxy.fault = hold
    arguments = [pair.source.name, name, pair.proxy.url, str(pair.settings.state), pair.settings.client]
    process = subprocess.Popen([sys.executable, "-c", _KILLED, *arguments], stderr=subprocess.DEVNULL)
    try:
        assert arrived.wait(60)
        time.sleep(0.5)
    finally:
        process.kill()
        process.wait()
    pair.proxy.forget()
    pair.proxy.fault = uploads_dated
    assert len(client.list_multipart_uploads(Bucket=name)["Uploads"]) >= 2
    pair.plan()
    assert not pair.proxy.counts["Abort"], "a plan touches nothing"
    result = pair.sync(pair={"limits": _ALL})
    assert result.pairs[0].done.swept >= 1
    assert "ended that an earlier run had left open" in _said(result)
    assert [upload["UploadId"] for upload in client.list_multipart_uploads(Bucket=name)["Uploads"]] == [theirs]
    assert pair.target.keys() == ["large", "small"]
    assert pair.sync(pair={"limits": _ALL}).pairs[0].done.swept == 0


def test_an_upload_whose_answer_was_lost_is_ended_by_its_own_run(make_pair: MakePair) -> None:
    pair = make_pair(multipart_bytes=5 << 20, part_bytes=5 << 20)
    pair.source.put("large", b"l" * (6 << 20))
    lost = iter([True])
    pair.proxy.fault = lambda seen: (
        Reply(lost=True) if seen.operation == "CreateUpload" and next(lost, False) else uploads_dated(seen)
    )
    assert pair.sync().pairs[0].done.copied == 1
    assert not pair.target.client.list_multipart_uploads(Bucket=pair.target.name).get("Uploads")
