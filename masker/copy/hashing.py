"""Hashes of passwords, made while the source is looked at: each takes a fifth of a second or more, on purpose."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor


@contextlib.contextmanager
def hashed_ahead(hashes: Mapping[str, Callable[[], str]]) -> Iterator[Mapping[str, Callable[[], str]]]:
    """What gives each of *hashes*, which are made in a thread of their own from here on. Those that nobody has asked
    for by the end are not waited for, but for the one under way."""
    if not hashes:
        yield {}
        return
    pool = ThreadPoolExecutor(1, thread_name_prefix="hashes")
    try:
        yield {name: pool.submit(make).result for name, make in hashes.items()}
    finally:
        pool.shutdown(cancel_futures=True)
