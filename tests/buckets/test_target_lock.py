"""Runs on two machines into one target: the lock that the storage keeps, held, renewed, taken over and released."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from masker.buckets.objects import LOCK_NAME, Location
from masker.buckets.run import SyncResult
from masker.buckets.settings import Client, parse_limits
from masker.buckets.undo import undo
from masker.errors import Refused
from tests.buckets.conftest import MakePair, Pair
from tests.buckets.proxy import Reply, Seen, error

_ALL = {"limits": parse_limits("1000")}
_CONDITIONS = frozenset({"if-none-match", "if-match"})


@pytest.fixture
def client() -> Client:
    """Locks are asked for by boto3, whoever sends the rest."""
    return "crt"


@pytest.fixture
def ready(pair: Pair) -> Pair:
    pair.source.fill({"a": b"x", "b": b"x"})
    pair.target.put("stale")
    return pair


def _of_another(pair: Pair, prefix: str = "", **changes: str) -> None:
    """The lock of a run elsewhere."""
    body = {
        "masker": "lock",
        "run": "k3v9x0ab",
        "host": "web-1",
        "place": "elsewhere",
        "since": "2026-01-02 03:04 UTC",
        "token": "t",
        **changes,
    }
    pair.target.client.put_object(Bucket=pair.target.name, Key=prefix + LOCK_NAME, Body=json.dumps(body).encode())


def _said(result: SyncResult) -> str:
    return "\n".join(note.text for note in result.pairs[0].plan.notes)


def test_two_machines_see_each_other(ready: Pair, tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def held(seen: Seen) -> Reply | None:
        if seen.operation == "Copy" and seen.key == "a":
            begun.set()
            go_on.wait(30)
        return None

    ready.proxy.fault = held
    first: list[Any] = []
    thread = threading.Thread(target=lambda: first.append(ready.sync(pair=_ALL, run="aaaabbbb")))
    thread.start()
    try:
        assert begun.wait(30)
        with pytest.raises(Refused) as raised:
            ready.sync(pair=_ALL, state=tmp_path / "elsewhere")
        assert raised.value.exit_code == 9
        said = "\n".join(raised.value.lines())
        assert "another run into it is under way: run aaaabbbb on " in said
        assert "UTC, last heard of " in said
        command = f"aws s3 rm s3://{ready.target.name}/{LOCK_NAME} --endpoint-url {ready.proxy.url} --region us-east-1"
        assert command in said
        with pytest.raises(Refused, match=f"another run into {ready.target.s3} is under way"):
            ready.sync(pair={**_ALL, "target": Location(ready.target.name, "folder/")}, state=tmp_path / "third")
    finally:
        go_on.set()
        thread.join()
    assert first[0].pairs[0].done.deleted == 1
    assert ready.target.keys() == ["a", "b"], "nothing of the lock is left"
    assert ready.sync(pair=_ALL, state=tmp_path / "elsewhere").pairs[0].done.copied == 0


def test_a_lock_that_is_old_is_taken_over_and_a_fresh_one_is_not(ready: Pair) -> None:
    _of_another(ready)
    with pytest.raises(Refused, match="run k3v9x0ab on web-1, since 2026-01-02 03:04 UTC, last heard of"):
        ready.sync(pair=_ALL)
    assert ready.target.keys() == [LOCK_NAME, "stale"]
    time.sleep(2)
    assert "the lock of run k3v9x0ab on web-1" in _said(ready.sync(pair=_ALL, lock_s=0.6))
    assert ready.target.keys() == ["a", "b"]


def test_a_frozen_run_deletes_nothing_any_more(ready: Pair) -> None:
    def overtaken(seen: Seen) -> Reply | None:
        if seen.operation == "Copy" and seen.key == "b":
            _of_another(ready)
            return Reply(delay=1.0)
        return None

    ready.proxy.fault = overtaken
    with pytest.raises(Refused, match="its lock was taken over by run k3v9x0ab on web-1") as raised:
        ready.sync(pair=_ALL, lock_s=1.2)
    assert "wait for its end" in (raised.value.hint or "")
    assert {LOCK_NAME, "stale"} <= set(ready.target.keys()), "neither deleted, nor is another's lock removed"


def test_a_removed_lock_is_made_again(ready: Pair) -> None:
    def removed(seen: Seen) -> Reply | None:
        if seen.operation == "Copy" and seen.key == "b":
            ready.target.client.delete_object(Bucket=ready.target.name, Key=LOCK_NAME)
            return Reply(delay=1.0)
        return None

    ready.proxy.fault = removed
    assert ready.sync(pair=_ALL, lock_s=1.2).pairs[0].done.deleted == 1
    assert ready.target.keys() == ["a", "b"]


def test_a_lock_whose_answers_are_lost_is_still_held(ready: Pair) -> None:
    heard = iter([False, True, False, True, False])
    ready.proxy.fault = lambda seen: (
        Reply(lost=True, status=500)
        if seen.operation == "Put" and seen.key == LOCK_NAME and not next(heard, True)
        else None
    )
    assert ready.sync(pair=_ALL).pairs[0].done.deleted == 1
    assert ready.target.keys() == ["a", "b"]


@pytest.mark.parametrize(
    ("reply", "note"),
    [
        (Reply(unheeded=_CONDITIONS), "takes no conditions on what is written"),
        (error(501, "NotImplemented"), "takes no conditions on what is written"),
        (error(403, "AccessDenied"), "keeps no lock, so that runs on other machines are not seen: allow s3:PutObject"),
    ],
)
def test_a_storage_that_keeps_no_lock_is_told(ready: Pair, reply: Reply, note: str) -> None:
    ready.proxy.fault = lambda seen: reply if seen.key == LOCK_NAME and _CONDITIONS & seen.headers.keys() else None
    result = ready.sync(pair=_ALL, lock_s=1.2)
    assert note in _said(result)
    assert ready.target.keys() == ["a", "b"]
    _of_another(ready)
    ready.target.put("stale")
    with pytest.raises(Refused, match="another run into it is under way"):
        ready.sync(pair=_ALL)


def test_without_the_right_to_read_the_lock_is_held_all_the_same(ready: Pair) -> None:
    """Which a condition on an object takes, and which those who only list and write lack."""

    def unreadable(seen: Seen) -> Reply | None:
        if seen.operation == "Copy" and seen.key == "b":
            return Reply(delay=1.0)
        return (
            error(403, "AccessDenied")
            if seen.key == LOCK_NAME and (seen.operation == "Get" or "if-match" in seen.headers)
            else None
        )

    ready.proxy.fault = unreadable
    assert ready.sync(pair=_ALL, lock_s=1.2).pairs[0].done.deleted == 1
    assert ready.target.keys() == ["a", "b"]
    _of_another(ready)
    ready.target.put("stale")
    with pytest.raises(Refused, match=r"a run whose lock cannot be read \(s3:GetObject\), last heard of"):
        ready.sync(pair=_ALL)


def test_locks_of_folders_within_are_seen_and_no_lock_is_an_object(make_pair: MakePair) -> None:
    pair = make_pair(versions=True)
    pair.source.fill({"a": b"x", LOCK_NAME: b"x", f"photos/{LOCK_NAME}": b"x", f"of{LOCK_NAME}": b"x"})
    pair.target.put("stale")
    _of_another(pair, "photos/")
    with pytest.raises(Refused, match=rf"another run into s3://{pair.target.name}/photos/ is under way: run k3v9x0ab"):
        pair.sync(pair=_ALL)
    pair.target.client.delete_object(Bucket=pair.target.name, Key=f"photos/{LOCK_NAME}")
    result = pair.sync(pair=_ALL, lock_s=0.6).pairs[0]
    assert (result.done.copied, result.done.deleted) == (2, 1)
    assert pair.target.keys() == ["a", f"of{LOCK_NAME}"]
    versions = pair.target.client.list_object_versions(Bucket=pair.target.name, Prefix=LOCK_NAME)
    assert not {"Versions", "DeleteMarkers"} & versions.keys(), "nor is a version of it left"
    _of_another(pair)
    with pytest.raises(Refused, match="another run into it is under way"):
        undo(
            result.plan.run,
            state=pair.settings.state,
            access=pair.settings.pairs[0].target_access,
            confirm=(pair.target.name,),
        )


def test_one_bucket_under_two_names_is_found_out(ready: Pair) -> None:
    """As of an access point's alias, an endpoint that knows one bucket only, or replication back to the source."""

    def mirrored(seen: Seen) -> Reply | None:
        if seen.operation != "List" or seen.bucket != ready.source.name or LOCK_NAME not in seen.query["prefix"]:
            return None
        item = ready.target.client.list_objects_v2(Bucket=ready.target.name, Prefix=LOCK_NAME)["Contents"][0]
        entry = (
            f"<Contents><Key>{item['Key']}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f"<ETag>{item['ETag']}</ETag><Size>1</Size></Contents>"
        )
        return Reply(
            status=200,
            body=(
                f"<ListBucketResult><KeyCount>1</KeyCount><IsTruncated>false</IsTruncated>{entry}</ListBucketResult>".encode()
            ),
        )

    ready.proxy.fault = mirrored
    with pytest.raises(Refused, match="they are one bucket under two names"):
        ready.sync(pair=_ALL)
    assert ready.target.keys() == ["stale"]


def test_the_host_is_named_to_nobody_where_everybody_may_read(ready: Pair) -> None:
    policy = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",'
        ' "Resource": "arn:aws:s3:::%s/*"}]}'
    )
    ready.target.client.put_bucket_policy(Bucket=ready.target.name, Policy=policy % ready.target.name)
    found: list[dict[str, str]] = []

    def look(seen: Seen) -> Reply | None:
        if seen.operation == "Copy" and seen.key == "a":
            found.append(
                json.loads(ready.target.client.get_object(Bucket=ready.target.name, Key=LOCK_NAME)["Body"].read())
            )
        return None

    ready.proxy.fault = look
    ready.sync(pair={**_ALL, "acl": "public-read"})
    assert [lock["host"] for lock in found] == [""]


def test_a_killed_run_of_this_machine_hinders_nobody_here(ready: Pair) -> None:
    ready.sync(pair=_ALL)
    ready.source.put("c")
    seen: list[dict[str, str]] = []

    def look(request: Seen) -> Reply | None:
        if request.operation == "Copy" and request.key == "c" and not seen:
            seen.append(
                json.loads(ready.target.client.get_object(Bucket=ready.target.name, Key=LOCK_NAME)["Body"].read())
            )
        return None

    ready.proxy.fault = look
    ready.sync(pair=_ALL)
    _of_another(ready, place=seen[0]["place"], host=seen[0]["host"])
    ready.source.put("d")
    assert "was taken over" in _said(ready.sync(pair=_ALL))
    assert ready.target.keys() == ["a", "b", "c", "d"]
