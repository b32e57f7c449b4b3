"""The buckets of a benchmark: a source that is full, and targets before and after a sync."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any, Protocol

import boto3
from botocore.config import Config

from benchmarks.s3stub import make_keys
from benchmarks.storages import CREDENTIALS

_SOURCE = "full"
_BODY = b"%099d\n"
_THREADS = 16
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Target:
    """Where a rival's syncs go: into *empty* first, then into *full*. *is_prepared* where the second needs no first."""

    empty: str
    full: str

    @property
    def is_prepared(self) -> bool:
        return self.empty != self.full

    def bucket_for(self, task: str) -> str:
        return self.empty if task == "first" else self.full


class Buckets(Protocol):
    """*acl* is what syncs are asked to give every object."""

    @property
    def url(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def acl(self) -> str: ...

    @property
    def source(self) -> str: ...

    def target(self) -> AbstractContextManager[Target]: ...

    def difference(self, bucket: str) -> str:
        """In what *bucket* is not what the source is; empty if in nothing."""
        ...


@dataclass(frozen=True, slots=True)
class StubBuckets:
    """Of a stub, which keeps nothing: its empty buckets stay empty."""

    url: str
    title: str
    acl: str = "public-read"
    source: str = _SOURCE
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @contextmanager
    def target(self) -> Iterator[Target]:
        yield Target(f"empty{next(self.numbers)}", "fulltwin")

    def difference(self, bucket: str) -> str:
        del bucket
        return ""


class RealBuckets:
    """Of a server that keeps what it is given; a target of its own for each round."""

    def __init__(self, url: str, title: str, acl: str) -> None:
        self.url = url
        self.title = title
        self.acl = acl
        self.source = _SOURCE
        self._numbers = count(1)
        # Without a profile of the caller's: the server is ours.
        session = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=CREDENTIALS["AWS_REGION"],
        )
        config = Config(max_pool_connections=_THREADS, s3={"addressing_style": "path"})
        self._client: Any = session.client("s3", endpoint_url=url, config=config)

    @classmethod
    def filled(cls, url: str, title: str, keys: int, acl: str) -> RealBuckets:
        """With *keys* objects of a hundred bytes in the source, all different."""
        buckets = cls(url, title, acl)
        buckets._client.create_bucket(Bucket=_SOURCE)
        with ThreadPoolExecutor(_THREADS) as pool:
            for _ in pool.map(buckets._put, enumerate(make_keys(keys))):
                pass
        return buckets

    @contextmanager
    def target(self) -> Iterator[Target]:
        name = f"target-{next(self._numbers)}"
        self._client.create_bucket(Bucket=name)
        yield Target(name, name)
        keys = iter(self._sizes(name))
        while batch := [{"Key": key} for key in islice(keys, _BATCH)]:
            self._client.delete_objects(Bucket=name, Delete={"Objects": batch, "Quiet": True})

    def difference(self, bucket: str) -> str:
        wanted, found = self._sizes(self.source), self._sizes(bucket)
        differing = sum(wanted.get(key) != found.get(key) for key in wanted.keys() | found.keys())
        return f"{differing:,} objects differ from the source" if differing else ""

    def _put(self, numbered: tuple[int, str]) -> None:
        number, key = numbered
        self._client.put_object(Bucket=_SOURCE, Key=key, Body=_BODY % number)

    def _sizes(self, bucket: str) -> dict[str, int]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return {item["Key"]: item["Size"] for page in pages for item in page.get("Contents", ())}
