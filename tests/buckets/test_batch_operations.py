"""Copies by jobs of S3 Batch Operations: what is asked for, what goes the usual way, and that a task that fails stops
all deletes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from masker.buckets.batch_operations.manifests import kind_of
from masker.buckets.diff import Change, Op
from masker.buckets.objects import Location
from masker.buckets.run import SyncIncomplete
from masker.buckets.settings import BatchOperations, Client, parse_limits
from masker.errors import StorageError, UsageError
from tests.buckets.conftest import MakePair, Pair
from tests.buckets.inventories import deliver
from tests.buckets.jobs import JobServer
from tests.buckets.storage import CREDENTIALS, Bucket, Content
from tests.buckets.test_sync import NASTY
from tests.executable import run

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/batch"


@pytest.fixture
def client() -> Client:
    """Jobs are created through boto3, whichever sends the other requests."""
    return "crt"


@pytest.fixture
def store(pair: Pair) -> Bucket:
    """The bucket of manifests."""
    return Bucket(pair.source.url)


@pytest.fixture
def jobs(store: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobServer]:
    """The control plane. Its host carries the account's number in front, so it is reached as a proxy is."""
    server = JobServer(store)
    for name, value in _reached(server).items():
        monkeypatch.setenv(name, value)
    yield server
    server.stop()


def _reached(server: JobServer) -> dict[str, str]:
    return {"AWS_ENDPOINT_URL_S3_CONTROL": "http://control.test", "HTTP_PROXY": server.url, "NO_PROXY": "127.0.0.1"}


@pytest.fixture
def wanted(store: Bucket) -> BatchOperations:
    return BatchOperations(account=ACCOUNT, role=ROLE, manifests=Location(store.name, "jobs/"), least=1, poll_s=0.05)


LIMITS = {"limits": parse_limits("1")}


def test_a_job_for_each_class_and_the_rest_as_usual(
    pair: Pair, jobs: JobServer, wanted: BatchOperations, store: Bucket
) -> None:
    pair.source.fill({key: key.encode() for key in NASTY})
    pair.source.put("public", public=True)
    pair.source.put("cool", Content(b"c", storage_class="STANDARD_IA"))
    pair.source.put_parts("parts", [b"p" * 64])
    pair.target.put("stale")
    result = pair.sync(pair=LIMITS, batch=wanted, verify=True).pairs[0]
    assert (result.done.copied, result.done.deleted, result.done.made_public, len(result.done.jobs)) == (
        len(NASTY) + 3,
        1,
        1,
        3,
    )
    assert pair.target.bodies() == pair.source.bodies()
    assert [pair.target.content(key) for key in ("public", "cool")] == [
        pair.source.content(key) for key in ("public", "cool")
    ]
    assert pair.proxy.counts["Copy"] == 2, "the canary's and that of what was uploaded by parts"
    (public,) = [job for job in jobs.jobs.values() if job.copy.get("CannedAccessControlList") == "public-read"]
    assert public.keys == ["public"]
    assert (public.asked["ConfirmationRequired"], public.asked["RoleArn"], public.asked["Report"]["ReportScope"]) == (
        "false",
        ROLE,
        "FailedTasksOnly",
    )
    assert public.asked["Report"]["Prefix"] == f"jobs/masker-{result.plan.run}"
    assert all(key.startswith(f"jobs/masker-{result.plan.run}/") for key in store.bodies())
    assert pair.sync(batch=wanted).pairs[0].plan.totals.unchanged == len(NASTY) + 3


def test_an_inventory_saves_acls_but_of_what_it_opens(
    pair: Pair, jobs: JobServer, wanted: BatchOperations, store: Bucket
) -> None:
    pair.source.put("public", public=True)
    pair.source.put("private")
    pair.source.put("closed since", public=True)
    inventory = deliver(pair.source, store, "Parquet")
    pair.source.client.put_object_acl(Bucket=pair.source.name, Key="closed since", ACL="private")
    assert pair.sync(pair={"inventory": inventory}, batch=wanted).pairs[0].done.copied == 3
    assert [key for key in pair.target.bodies() if pair.target.is_public(key)] == ["public"]
    assert pair.proxy.counts["GetAcl"] == 3, "the canary's, and of what is to be open"
    assert jobs.requests["create"] == 2


@pytest.mark.parametrize("status", ["Complete", "Failed"])
def test_tasks_that_fail_keep_everything(pair: Pair, jobs: JobServer, wanted: BatchOperations, status: str) -> None:
    pair.source.fill({f"{n}": b"n" for n in range(5)})
    pair.target.put("stale")
    jobs.fails, jobs.status = {"3"}, status
    with pytest.raises(SyncIncomplete) as raised:
        pair.sync(pair=LIMITS, batch=wanted)
    error = raised.value
    assert (error.exit_code, error.result.done.failed, error.result.done.copied) == (7, 1, 4)
    assert f"job job-1: JobFailed ({status}, 4 of 5 copies succeeded" in str(error.hint)
    assert ("role denied" in str(error.hint)) is (status == "Failed")
    assert "no stale object was deleted, of 1" in str(error.aftermath)
    assert "stale" in pair.target.bodies()
    jobs.fails, jobs.status = set(), "Complete"
    assert pair.sync(pair=LIMITS, batch=wanted).pairs[0].done.deleted == 1
    assert pair.target.bodies() == pair.source.bodies()


def test_jobs_that_are_not_waited_for_delete_nothing(pair: Pair, jobs: JobServer, wanted: BatchOperations) -> None:
    pair.source.fill({"a": b"1", "b": b"2"})
    pair.target.put("stale")
    done = pair.sync(pair=LIMITS, batch=replace(wanted, waits=False), verify=True).pairs[0].done
    assert (done.left_to_jobs, done.deleted, jobs.requests["describe"]) == (2, 0, 0)
    assert "stale" in pair.target.bodies()


def test_few_copies_go_by_requests(pair: Pair, jobs: JobServer, wanted: BatchOperations) -> None:
    pair.source.fill({"a": b"1", "b": b"2"})
    assert pair.sync(batch=replace(wanted, least=3)).pairs[0].done.copied == 2
    assert not jobs.jobs


def test_refused_before_anything_is_written(make_pair: MakePair, jobs: JobServer, wanted: BatchOperations) -> None:
    pair = make_pair(source_prefix="in/", target_prefix="out/")
    pair.source.put("in/a")
    pair.source.client.put_bucket_encryption(
        Bucket=pair.source.name,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
        },
    )
    with pytest.raises(UsageError, match="cannot make these copies") as raised:
        pair.sync(batch=replace(wanted, manifests=Location(pair.target.name, "out/jobs/")))
    lines = str(raised.value.hint).splitlines()
    assert ["the prefixes differ" in lines[0], "would lie in the target" in lines[1], "KMS" in lines[2], lines[3]] == [
        True,
        True,
        True,
        "leave out --via",
    ]
    assert not {"Put", "Copy"} & set(pair.proxy.counts)


def test_no_control_plane(
    pair: Pair, jobs: JobServer, wanted: BatchOperations, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair.source.put("a")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with pytest.raises(StorageError, match="could not be created: Connection"):
        pair.sync(batch=wanted)
    with pytest.raises(
        StorageError, match=r"s3://nobodys-bucket/masker-.*: cannot be put \(The specified bucket does not exist\)"
    ):
        pair.sync(batch=replace(wanted, manifests=Location("nobodys-bucket")))


@pytest.mark.parametrize(
    ("changed", "goes"),
    [
        ({}, True),
        ({"size": 5 * 1024**3}, True),
        ({"size": 5 * 1024**3 + 1}, False),
        ({"source_etag": "e-2"}, False),
        ({"acl": "mirror"}, False),
        ({"op": Op.ACL}, False),
        ({"storage_class": "REDUCED_REDUNDANCY"}, False),
    ],
)
def test_what_a_job_can_copy(changed: dict[str, object], goes: bool) -> None:
    change = Change("k", Op.COPY, "missing", 1, "e", "", "STANDARD", "private")
    assert (kind_of(change._replace(**changed)) is not None) is goes  # type: ignore[arg-type]  # the table's values fit their fields


def test_by_the_executable(pair: Pair, jobs: JobServer, store: Bucket) -> None:
    pair.source.fill({"a": b"1", "b": b"2"})
    common: list[str | Path] = [
        pair.source.s3,
        pair.target.s3,
        "--endpoint-url",
        pair.proxy.url,
        "--state",
        pair.settings.state,
        "--confirm",
        pair.target.name,
    ]
    env = {**CREDENTIALS, **_reached(jobs)}
    run("sync", *common, "--via", "batch-operations", "--batch-role", "admin", env=env).expect(
        2, "--batch-account: 12 digits", "--batch-role: the ARN", "--batch-manifests: s3://"
    )
    run("sync", *common, "--no-wait", env=env).expect(2, "add --via batch-operations")
    batch = [
        "--via",
        "batch-operations",
        "--batch-account",
        ACCOUNT,
        "--batch-role",
        ROLE,
        "--batch-manifests",
        f"{store.s3}/m",
        "--batch-min",
        "2",
        "--no-wait",
    ]
    run("sync", *common, *batch, env=env).expect(
        0, r"2 copies are left to jobs of Batch Operations \(job-1\), and nothing was deleted"
    )
    run("sync", *common, env=env).expect(0, "2 unchanged")
