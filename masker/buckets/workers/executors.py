"""Where the tasks of a sync run: processes of this machine, or the workers of a dask scheduler. One interface, that of
concurrent.futures."""

from __future__ import annotations

import contextlib
import itertools
import logging
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures import Executor as FuturesExecutor
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar

from masker import __version__
from masker.buckets.settings import DaskExecutor, Executor, LocalExecutor, ProcessExecutor
from masker.buckets.workers.stopping import begin_worker
from masker.errors import UsageError

_TICK_S = 0.25
_CONNECT_S = 5

#: Tasks handed out at once for each worker: one under way, one that is there when the first has ended.
_TASKS_AHEAD = 2

Task = tuple[Any, ...]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Lost:
    """What stands for the result of a task whose worker went away."""

    why: str


@dataclass(frozen=True, slots=True)
class Workers:
    """An executor with *count* tasks at a time. *is_loss* tells the end of a worker from an error of a task, *has_any*
    whether one is left."""

    executor: FuturesExecutor
    count: int
    is_loss: Callable[[BaseException], bool]
    has_any: Callable[[], bool]
    patience_s: float = 60.0

    def results(
        self, function: Callable[..., Result], tasks: Iterable[Task], on_tick: Callable[[], None]
    ) -> Iterator[tuple[Task, Result | Lost]]:
        """Run *function* with the arguments of each task and give results as they come, in any order; an error of a
        task is raised.

        Tasks are taken as there is room, so they may be many. *on_tick* is called while nothing comes. When no worker
        has been left for *patience_s* seconds, everything else is lost.
        """
        rest = iter(tasks)
        open_tasks: dict[Future[Result], Task] = {}
        seen = time.monotonic()
        try:
            while True:
                for task in itertools.islice(rest, self.count * _TASKS_AHEAD - len(open_tasks)):
                    try:
                        open_tasks[self.executor.submit(function, *task)] = task
                    except Exception as error:
                        if not self.is_loss(error):
                            raise
                        yield task, Lost("no worker is left")
                if not open_tasks:
                    return
                done, _ = wait(open_tasks, timeout=_TICK_S, return_when=FIRST_COMPLETED)
                if done or self.has_any():
                    seen = time.monotonic()
                elif time.monotonic() - seen > self.patience_s:
                    yield from (
                        (task, Lost("no worker is left")) for task in itertools.chain(open_tasks.values(), rest)
                    )
                    return
                if not done:
                    on_tick()
                for future in done:
                    task = open_tasks.pop(future)
                    why = self._why_lost(future)
                    yield task, future.result() if why is None else Lost(why)
        finally:
            for future in open_tasks:
                future.cancel()

    def _why_lost(self, future: Future[Any]) -> str | None:
        error = CancelledError() if future.cancelled() else future.exception()
        return f"its worker ended ({type(error).__name__})" if error is not None and self.is_loss(error) else None


@contextlib.contextmanager
def open_workers(wanted: Executor) -> Iterator[Workers | None]:
    """The workers of *wanted*; None where everything is to be done here. Raises UsageError where there are none."""
    match wanted:
        case LocalExecutor():
            yield None
        case ProcessExecutor(workers=count):
            with _processes(count or os.cpu_count() or 1) as workers:
                yield workers
        case DaskExecutor(address=address):
            with _dask(address) as workers:
                yield workers


@contextlib.contextmanager
def _processes(count: int) -> Iterator[Workers]:
    # Spawned: this process has threads, of which a fork would keep only the locks.
    context = multiprocessing.get_context("spawn")
    told, telling = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=begin_worker, initargs=(told,))
    try:
        yield Workers(pool, count, lambda error: isinstance(error, BrokenExecutor | CancelledError), lambda: True)
    finally:
        # The end of the pipe, which the end of this process would be too, tells the workers to leave off.
        telling.close()
        pool.shutdown(wait=True, cancel_futures=True)
        told.close()


@contextlib.contextmanager
def dask_client(address: str) -> Iterator[tuple[Any, Any, int]]:
    """dask's module, a client of the scheduler at *address*, and the threads of its workers, which all have this
    masker. Raises UsageError where there are none."""
    try:
        distributed: Any = import_module("distributed")  # which is typed in part only
    except ImportError:
        raise UsageError(
            "dask is not installed", hint="pip install 'rails-masker[dask]', here and on the workers"
        ) from None
    # What it tells of a scheduler that has gone is told by what fails for that.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        client = distributed.Client(f"tcp://{address}", timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"dask://{address}: no scheduler answers ({type(error).__name__})", hint="start one: dask scheduler"
        ) from None
    try:
        yield distributed, client, _require_same_version(client, address)
    finally:
        client.close()


@contextlib.contextmanager
def _dask(address: str) -> Iterator[Workers]:
    with dask_client(address) as (distributed, client, count):
        lost = (
            distributed.KilledWorker,
            distributed.comm.CommClosedError,
            distributed.client.ClosedClientError,
            CancelledError,
        )
        yield Workers(
            client.get_executor(pure=False), count, lambda error: isinstance(error, lost), lambda: _has_workers(client)
        )


def _has_workers(client: Any) -> bool:
    """Whether the scheduler knows of a worker; yes while it does not answer, which the client will notice by itself."""
    if client.status != "running":
        return True
    try:
        return bool(client.nthreads())
    except OSError:
        return True


def _require_same_version(client: Any, address: str) -> int:
    """The threads of all workers. Raises UsageError where there are none, or where one has another masker."""
    threads: dict[str, int] = client.nthreads()
    if not threads:
        raise UsageError(f"dask://{address}: has no workers", hint=f"start some: dask worker tcp://{address}")
    versions: dict[str, Any] = client.run(_installed_version, on_error="return")
    others = [
        f"{worker} has {version if isinstance(version, str) else 'none'}"
        for worker, version in versions.items()
        if version != __version__
    ]
    if others:
        raise UsageError(
            f"dask://{address}: {len(others)} workers lack masker {__version__}", hint="; ".join(sorted(others)[:5])
        )
    return sum(threads.values())


def _installed_version() -> str:
    return __version__
