"""``masker sync`` and ``masker plan sync`` as a user runs them: output, exit codes, runs that are killed."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from masker.buckets.objects import LOCK_NAME
from masker.buckets.settings import Client
from tests.buckets.conftest import Pair
from tests.buckets.proxy import Reply, Seen
from tests.buckets.storage import CREDENTIALS
from tests.executable import Done, Started, run, start


@pytest.fixture
def client() -> Client:
    """The one that is used unless another is asked for."""
    return "crt"


def _arguments(pair: Pair, *more: str | Path) -> list[str | Path]:
    return [
        pair.source.s3,
        pair.target.s3,
        "--endpoint-url",
        pair.proxy.url,
        "--state",
        pair.settings.state,
        "--client",
        pair.settings.client,
        *more,
    ]


def _sync(pair: Pair, *more: str | Path) -> Done:
    return run("sync", *_arguments(pair, "--confirm", pair.target.name, *more), env=CREDENTIALS)


def test_a_sync_as_text(pair: Pair) -> None:
    pair.source.fill({"a": b"1", "b": b"2"})
    done = _sync(pair)
    done.expect(0, "2 copied", "comparing s3://.* and s3://", r"synced s3://\S+: 2 copied, 0 deleted")
    assert "Traceback" not in done.err


def test_a_sync_as_json(pair: Pair) -> None:
    pair.source.put("a", public=True)
    done = _sync(pair, "--json", "--log-format", "logfmt").expect(
        0, r"measure#masker\.sync=\d+ms", r"count#masker\.sync\.copied=1"
    )
    assert {event["run"] for event in done.events()} == {done.json()["pairs"][0]["run"]}
    document = done.json()
    (only,) = document["pairs"]
    assert (only["copied"], only["made_public"], only["planned"]["source_objects"]) == (1, 1, 1)
    pair.source.client.put_object_acl(Bucket=pair.source.name, Key="a", ACL="private")
    _sync(pair, "--acl-check", "all").expect(0, "1 ACL repaired")
    assert not pair.target.is_public("a")


def test_what_is_left_out_is_told_and_what_a_shell_leaves_empty_says_nothing(pair: Pair) -> None:
    pair.source.fill({"a": b"1", "tmp/b": b"2"})
    _sync(pair, "--exclude", "tmp/*", "--include", "").expect(
        0, r"is what s3://\S+ is, but for 1 excluded key", "1 copied"
    )
    _sync(pair, "--exclude", "", "--source-profile", "").expect(0, r"is what s3://\S+ is, \d", "1 copied")
    assert pair.target.keys() == ["a", "tmp/b"]


def test_plan_touches_nothing(pair: Pair) -> None:
    pair.source.fill({"a": b"1", "b": b"2"})
    pair.target.put("stale")
    out = pair.settings.state.parent / "plan.parquet"
    done = run("plan", "sync", *_arguments(pair, "--out", out), env=CREDENTIALS)
    done.expect(0, "copy 2 objects", "delete 1 object,", "refused 1 object would be deleted, 100%")
    assert pair.target.keys() == ["stale"]
    table = pq.read_table(out).to_pylist()
    assert [(row["key"], row["op"], row["reason"]) for row in table] == [
        ("a", "copy", "missing"),
        ("b", "copy", "missing"),
        ("stale", "delete", "stale"),
    ]
    written = {"Put", "Copy", "DeleteObjects", "PutAcl"}
    assert not written & set(pair.proxy.counts)


def test_settings_file(pair: Pair, tmp_path: Path) -> None:
    pair.source.fill({"a": b"1", "tmp/b": b"2"})
    config = tmp_path / "masker.yml"
    config.write_text(
        f"version: 1\nbuckets:\n  - {{source: {pair.source.s3}, target: {{url: {pair.target.s3}, region: us-east-1}},"
        f" acl: none, exclude: ['tmp/*'], max_delete: 5%, endpoint_url: '{pair.proxy.url}'}}\n"
    )
    run("sync", "-c", config, "--state", tmp_path, "--confirm", pair.target.name, env=CREDENTIALS).expect(0, "1 copied")
    assert pair.target.keys() == ["a"]


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--confirm", "other"], 9, 'says "other", the target bucket is'),
        ([], 9, "--confirm is missing"),
        (["--max-delete", "many"], 2, "neither a number of objects nor a percentage"),
        (["--plan", "missing.parquet", "--confirm", "{target}"], 2, "missing.parquet: cannot be read"),
        (["--profile", "nobody", "--confirm", "{target}"], 2, "nobody"),
    ],
)
def test_bad_arguments(pair: Pair, more: list[str], code: int, said: str) -> None:
    pair.source.put("a")
    arguments = [word.format(target=pair.target.name) for word in more]
    run("sync", *_arguments(pair, *arguments), env=CREDENTIALS).expect(code, said)
    assert pair.target.keys() == []


def test_bad_locations() -> None:
    run("sync", "bucket", "s3://target", "--confirm", "target").expect(2, "bucket: not a bucket, expected s3://")
    run("sync", "s3://a", "s3://target").expect(2, "not the name of a bucket")
    run("sync").expect(2, "no buckets are named")
    run("undo", "zzzzzzzz", "--confirm", "target").expect(2, "no deletions are recorded")
    run("sync", "undo", "zzzzzzzz", "--confirm", "target").expect(
        2, "is a command of its own", "masker undo zzzzzzzz --confirm BUCKET"
    )


def test_errors_as_json(pair: Pair) -> None:
    document = run("sync", *_arguments(pair, "--json"), env=CREDENTIALS).expect(9).json()
    assert document["exit_code"] == 9


def _slow_copies(seen: Seen) -> Reply | None:
    return Reply(delay=0.1) if seen.operation == "Copy" else None


@pytest.mark.parametrize("operation", ["GET bucket tagging", "GET bucket encryption", "Put"])
@pytest.mark.timing
def test_interrupted_while_single_requests_are_answered(pair: Pair, operation: str) -> None:
    """Which the library would take for a connection that failed, and ask again."""
    pair.source.put("a")
    pair.target.put("stale")
    pair.proxy.fault = lambda seen: Reply(delay=1.0) if seen.operation == operation else None
    words = _arguments(pair, "--confirm", pair.target.name, "--max-delete", "5", "--json")
    with start("sync", *words, env=CREDENTIALS) as started:
        while not pair.proxy.counts[operation]:
            assert started.process.poll() is None, started.wait().err
        started.interrupt()
        done = started.wait().expect(130)
    assert done.json()["error"]["kind"] == "Interrupted"
    left = pair.target.keys()
    assert "stale" in left
    assert set(left) <= {"stale", LOCK_NAME}, "what was under way may still arrive"


def _begun(pair: Pair) -> Started:
    """A run in the middle of its copies."""
    started = start(
        "sync",
        *_arguments(pair, "--confirm", pair.target.name, "--concurrency", "2", "--max-delete", "5"),
        env=CREDENTIALS,
    )
    while pair.proxy.counts["Copy"] < 8:
        assert started.process.poll() is None, started.wait().err
    return started


@pytest.mark.parametrize("how", ["kill", "interrupt", "terminate"])
@pytest.mark.timing
def test_killed_midway_loses_nothing(pair: Pair, how: str, tmp_path: Path) -> None:
    """The target never holds less than it did; the next run finishes the work, the one after it finds nothing to do."""
    content = {f"{n:02}": b"n" for n in range(40)}
    pair.source.fill(content)
    pair.target.fill({"stale": b"s"})
    pair.proxy.fault = _slow_copies
    with _begun(pair) as started:
        if how == "kill":
            started.kill()
        else:
            started.interrupt(signal.SIGINT if how == "interrupt" else signal.SIGTERM)
            started.wait().expect(130, r"\d+ of 40 objects were copied, 0 of 1 deleted; run again")
    keys = pair.target.keys()
    assert "stale" in keys
    assert 1 < len(keys) < 42
    assert (LOCK_NAME in keys) == (how == "kill"), "a lock outlives no run that could remove it"
    if how == "kill":
        elsewhere = _sync(pair, "--max-delete", "5", "--state", str(tmp_path / "elsewhere")).expect(9)
        assert re.search(
            r"another run into it is under way: run \w{8} on \S+, since .* UTC, last heard of \d+ seconds ago",
            elsewhere.err,
        )
        assert "its lock is taken over 3 minutes after it was last heard of" in elsewhere.err
    pair.proxy.forget()
    second = json.loads(_sync(pair, "--json", "--max-delete", "5").expect(0).out)["pairs"][0]
    assert second["copied"] >= 1
    assert second["deleted"] == 1
    assert pair.target.bodies() == content
    third = json.loads(_sync(pair, "--json").expect(0).out)["pairs"][0]
    assert (third["copied"], third["deleted"]) == (0, 0)


def test_what_the_settings_name_as_a_source_is_written_to_by_no_pair_of_the_command_line(tmp_path: Path) -> None:
    config = tmp_path / "masker.yml"
    config.write_text("version: 1\nbuckets:\n  - {source: s3://production/files, target: s3://preview}\n")
    nowhere = ("-c", config, "--endpoint-url", "http://127.0.0.1:9")
    for target in ("s3://production", "s3://production/files/old"):
        for command in (("plan", "sync"), ("sync",)):
            confirmed = ("--confirm", "production") if command == ("sync",) else ()
            done = run(*command, "s3://preview", target, *nowhere, *confirmed, env=CREDENTIALS)
            done.expect(9, r"would be written to, and masker\.yml names s3://production/files/ as a source")
