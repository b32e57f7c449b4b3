"""How a worker process learns that it should leave off: the far end of a pipe is closed, by its parent or by the
parent's end."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from types import FrameType

#: Seconds a worker has, after its parent has died, to give back what it has begun.
_GRACE_S = 10.0

_asked = threading.Event()
_busy = threading.Event()
_terminated = threading.Event()


class Stopped(Exception):
    """This worker was asked to leave off."""


def begin_worker(told: Connection) -> None:
    """Make this process listen to the end of *told*. Ctrl-C in a terminal reaches it too, and is its parent's to
    answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _on_signal)
    threading.Thread(target=_watch, args=(told,), name="masker-watch", daemon=True).start()


@contextlib.contextmanager
def working() -> Iterator[None]:
    """A task is under way inside: a signal lets it give back what it has begun before the process ends."""
    _busy.set()
    try:
        yield
    finally:
        _busy.clear()
        if _terminated.is_set():
            os._exit(1)


def raise_if_asked() -> None:
    """Raise Stopped once this worker should leave off. Never in a process that :func:`begin_worker` did not begin."""
    if _asked.is_set():
        raise Stopped


def _on_signal(number: int, frame: FrameType | None) -> None:
    """Sent to all workers by the pool when one of them has died."""
    del number, frame
    _terminated.set()
    _asked.set()
    if not _busy.is_set():
        os._exit(1)


def _watch(told: Connection) -> None:
    with contextlib.suppress(OSError, EOFError):
        told.poll(None)
    _asked.set()
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join(_GRACE_S)
        if not parent.is_alive():
            deadline = time.monotonic() + _GRACE_S
            while _busy.is_set() and time.monotonic() < deadline:
                time.sleep(0.1)
            os._exit(1)
