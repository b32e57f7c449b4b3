"""Work shared out to processes and to a dask cluster: the same outcome as without, and a worker that dies loses and
deletes nothing."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from masker.buckets.diff import Op
from masker.buckets.files.ledger import PlanFile
from masker.buckets.run import SyncIncomplete
from masker.buckets.settings import (
    Client,
    DaskExecutor,
    Executor,
    LocalExecutor,
    ProcessExecutor,
    parse_executor,
    parse_limits,
)
from masker.buckets.workers.executors import Lost, Workers
from masker.errors import StorageError, UsageError
from tests.buckets.conftest import MakePair, Pair
from tests.buckets.proxy import Reply, Seen
from tests.buckets.storage import CREDENTIALS
from tests.executable import eventually, run, start

TWO = ProcessExecutor(2)


@pytest.fixture
def client() -> Client:
    """The one that is used unless another is asked for; boto3 has a test of its own."""
    return "crt"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A scheduler and two workers, each a process of its own that is started again when it dies."""
    distributed: Any = import_module("distributed")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        with distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",
            host="127.0.0.1",
            scheduler_port=0,
            memory_limit=0,
        ) as running:
            yield running


@pytest.fixture(params=["processes", "dask"])
def executor(request: pytest.FixtureRequest) -> Executor:
    """Each of those that share work out."""
    if request.param == "processes":
        return TWO
    address: str = request.getfixturevalue("cluster").scheduler_address
    return DaskExecutor(address.removeprefix("tcp://"))


def _fill(pair: Pair) -> None:
    """Copies, deletions, unchanged and drifted ones, over several pages of three."""
    keys = [f"{n * 7919 % 46656:05}" for n in range(18)] + [f"variants/{n}/x" for n in range(4)]
    pair.source.fill({key: key.encode() for key in keys})
    pair.source.put("public", public=True)
    pair.target.fill(
        {key: key.encode() for key in keys[::2]} | {keys[1]: b"other"} | {f"{key}!": b"s" for key in keys[:4]}
    )
    pair.target.client.put_object_acl(Bucket=pair.target.name, Key=keys[2], ACL="public-read")


def test_the_outcome_is_that_of_a_run_without(make_pair: MakePair, executor: Executor) -> None:
    pair = make_pair(page_limit=3)
    _fill(pair)
    changes: list[Any] = []
    for each in (LocalExecutor(), executor):
        plan = pair.plan(pair={"acl_check": "all"}, executor=each)
        path = pair.settings.state / "runs" / plan.run / "plan.parquet"
        changes.append((plan.totals, list(PlanFile(path).changes(*Op))))
    assert changes[0] == changes[1]
    result = pair.sync(pair={"acl_check": "all", "limits": parse_limits("4")}, executor=executor, verify=True).pairs[0]
    assert (result.done.copied, result.done.deleted, result.done.acls_set, result.done.made_public) == (12, 4, 1, 1)
    assert pair.target.bodies() == pair.source.bodies()
    assert (pair.target.is_public("public"), sum(map(pair.target.is_public, pair.target.keys()))) == (True, 1)
    assert result.requests["Copy"] == pair.proxy.counts["Copy"], "the workers' requests and the canary's"
    assert not list(pair.settings.state.glob("*/span*"))


def test_copies_by_parts_are_known_again(make_pair: MakePair, executor: Executor) -> None:
    """Noted by the worker that makes them, looked up by another in the next run."""
    mebibyte = 1 << 20
    pair = make_pair(multipart_bytes=6 * mebibyte, part_bytes=5 * mebibyte)
    pair.source.put_parts("big", [bytes([n]) * 6 * mebibyte for n in range(2)])
    pair.source.put_parts("small", [b"s" * 1024])
    assert pair.sync(executor=executor).pairs[0].done.copied == 2
    assert pair.sync(executor=executor).pairs[0].plan.totals.unchanged == 2
    pair.target.put("small", b"t" * 1024)
    assert pair.sync(executor=executor).pairs[0].done.copied == 1


def test_boto3_in_the_processes(make_pair: MakePair) -> None:
    pair = make_pair()
    pair.source.fill({"a": b"1", "b": b"2"})
    assert pair.sync(client="boto3", executor=TWO).pairs[0].done.copied == 2


def _workers(*, parent: int | None = None, group: int | None = None) -> set[int]:
    """Worker processes, of one parent or of a group of processes; the tracker of shared resources is none."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            command = path.with_name("cmdline").read_text()
        except OSError:
            continue
        if (int(fields[1]) == parent or int(fields[2]) == group) and "spawn_main" in command:
            found.add(int(path.parent.name))
    return found


def _kill_a_worker_at(pair: Pair, operation: str) -> None:
    """A few requests of *operation* into the run, one of its workers is killed."""
    before = _workers(parent=os.getpid())
    killed: list[int] = []

    def fault(seen: Seen) -> Reply | None:
        if seen.operation != operation or (operation == "List" and "start-after" not in seen.query):
            return None
        workers = sorted(_workers(parent=os.getpid()) - before)
        if workers and not killed and pair.proxy.counts[operation] > 3:
            killed.append(workers[0])
            os.kill(workers[0], signal.SIGKILL)
        return Reply(delay=0.05)

    pair.proxy.fault = fault


@pytest.mark.timing
def test_a_process_that_dies_while_copying(make_pair: MakePair) -> None:
    pair = make_pair()
    content = {f"{n:03}": b"n" for n in range(120)}
    pair.source.fill(content)
    pair.target.fill({"stale": b"s"})
    limits = {"limits": parse_limits("1")}
    _kill_a_worker_at(pair, "Copy")
    with pytest.raises(SyncIncomplete) as raised:
        pair.sync(executor=TWO, pair=limits, concurrency=2)
    error = raised.value
    assert error.exit_code == 7
    assert "WorkerLost" in str(error.hint)
    assert "no stale object was deleted, of 1; run again" in str(error.aftermath)
    assert error.result.done.copied + error.result.done.failed == 120
    assert "stale" in pair.target.bodies()
    assert not pair.proxy.counts["DeleteObjects"]
    pair.proxy.forget()
    pair.sync(pair=limits, concurrency=2)
    assert pair.target.bodies() == content


@pytest.mark.timing
def test_a_process_that_dies_while_comparing(make_pair: MakePair) -> None:
    pair = make_pair(page_limit=3)
    _fill(pair)
    before = pair.target.bodies()
    _kill_a_worker_at(pair, "List")
    with pytest.raises(StorageError, match="a part of the comparison is lost") as raised:
        pair.sync(executor=TWO, pair={"limits": parse_limits("4")})
    assert raised.value.aftermath == "nothing was written"
    assert pair.target.bodies() == before


@pytest.mark.timing
def test_a_worker_of_dask_that_dies_is_made_up_for(make_pair: MakePair, cluster: Any) -> None:
    """The scheduler has another one do its tasks again, which copies are made for."""
    pair = make_pair()
    content = {f"{n:03}": b"n" for n in range(150)}
    pair.source.fill(content)
    pids = [worker.pid for worker in cluster.workers.values()]
    killed: list[int] = []

    def fault(seen: Seen) -> Reply | None:
        if seen.operation == "Copy" and pair.proxy.counts["Copy"] == 20 and not killed:
            killed.append(pids[0])
            os.kill(pids[0], signal.SIGKILL)
        return Reply(delay=0.02) if seen.operation == "Copy" else None

    pair.proxy.fault = fault
    executor = DaskExecutor(cluster.scheduler_address.removeprefix("tcp://"))
    result = pair.sync(executor=executor, concurrency=2).pairs[0]
    assert killed
    assert result.done.copied == 150
    assert pair.target.bodies() == content


def test_denied_in_a_worker_is_told_as_without(make_pair: MakePair, executor: Executor) -> None:
    pair = make_pair(page_limit=3)
    _fill(pair)

    def fault(seen: Seen) -> Reply | None:
        return (
            Reply(status=403, body=b"<Error><Code>AccessDenied</Code></Error>")
            if seen.bucket == pair.target.name and seen.operation == "List"
            else None
        )

    pair.proxy.fault = fault
    with pytest.raises(StorageError, match=rf"{pair.target.s3}: the listing ended.*AccessDenied") as raised:
        pair.sync(executor=executor)
    assert raised.value.aftermath == "nothing was written"


@pytest.mark.parametrize("how", ["kill", "interrupt"])
@pytest.mark.timing
def test_a_run_that_ends_takes_its_workers_along(pair: Pair, how: str) -> None:
    pair.source.fill({f"{n:02}": b"n" for n in range(40)})
    pair.proxy.fault = lambda seen: Reply(delay=0.3) if seen.operation == "Copy" else None
    arguments: list[str | Path] = [
        pair.source.s3,
        pair.target.s3,
        "--endpoint-url",
        pair.proxy.url,
        "--state",
        pair.settings.state,
        "--confirm",
        pair.target.name,
    ]
    with start(
        "sync", *arguments, "--executor", "processes:2", "--concurrency", "2", env=CREDENTIALS, cold=True
    ) as started:
        eventually(lambda: pair.proxy.counts["Copy"] > 3)
        group = started.process.pid
        assert _workers(group=group)
        if how == "kill":
            started.kill()
        else:
            started.interrupt()
            started.wait().expect(130, "run again to finish the work")
        eventually(lambda: not _workers(group=group), timeout=30)
    assert pair.proxy.counts["Copy"] < 41
    pair.proxy.forget()
    pair.sync()
    assert pair.target.bodies() == pair.source.bodies()


def test_nobody_left_is_waited_for_a_while_only() -> None:
    """As with a cluster whose workers went and do not come back; that takes a minute, so here nobody was ever there."""
    ended = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        workers = Workers(pool, 1, lambda _: False, lambda: False, patience_s=0.3)
        results = list(workers.results(ended.wait, [(10,), (20,), (30,)], lambda: None))
        ended.set()
    assert [(task, type(result)) for task, result in results] == [((10,), Lost), ((20,), Lost), ((30,), Lost)]


def test_by_the_executable(pair: Pair) -> None:
    pair.source.fill({"a": b"1", "b": b"2"})
    common: list[str | Path] = [
        pair.source.s3,
        pair.target.s3,
        "--endpoint-url",
        pair.proxy.url,
        "--state",
        pair.settings.state,
    ]
    run("sync", *common, "--executor", "processes:2", "--confirm", pair.target.name, env=CREDENTIALS).expect(
        0, "2 copied"
    )
    run("sync", *common, "--executor", "dask://127.0.0.1:9", "--confirm", pair.target.name, env=CREDENTIALS).expect(
        2, "no scheduler answers"
    )
    run("sync", *common, "--executor", "threads", "--confirm", pair.target.name, env=CREDENTIALS).expect(
        2, '"threads" is none'
    )


@pytest.mark.parametrize(
    ("text", "executor"),
    [
        ("local", LocalExecutor()),
        ("processes", ProcessExecutor()),
        ("processes:12", ProcessExecutor(12)),
        ("dask://host:8786/", DaskExecutor("host:8786")),
    ],
)
def test_executors_by_name(text: str, executor: Executor) -> None:
    assert parse_executor(text) == executor


@pytest.mark.parametrize("text", ["", "processes:0", "processes:", "dask://host", "dask://a/b:1", "local:2"])
def test_no_executors(text: str) -> None:
    with pytest.raises(UsageError, match="is none"):
        parse_executor(text)
