"""One storage for all tests of a worker, with the proxy in front of it; buckets for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from masker.buckets.compare import planned
from masker.buckets.events import SyncEvent
from masker.buckets.objects import Location
from masker.buckets.run import SyncResult, sync
from masker.buckets.settings import Access, BucketPair, Client, SyncSettings
from tests.buckets.proxy import Proxy
from tests.buckets.storage import CREDENTIALS, Bucket, MotoServer


@pytest.fixture(scope="session")
def moto() -> Iterator[MotoServer]:
    server = MotoServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def running_proxy(moto: MotoServer) -> Iterator[Proxy]:
    proxy = Proxy(moto.url)
    yield proxy
    proxy.stop()


@pytest.fixture
def proxy(running_proxy: Proxy) -> Iterator[Proxy]:
    running_proxy.forget()
    yield running_proxy
    running_proxy.forget()


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


@dataclass
class Pair:
    """Two buckets, and syncs between them that pass the proxy."""

    source: Bucket
    target: Bucket
    proxy: Proxy
    settings: SyncSettings
    events: list[SyncEvent]

    def sync(self, *, confirm: str | None = None, pair: dict[str, Any] | None = None, **changes: Any) -> SyncResult:
        """One sync, its settings changed where named."""
        self.events.clear()
        only = replace(self.settings.pairs[0], **(pair or {}))
        settings = replace(self.settings, pairs=(only,), confirm=(confirm or self.target.name,), **changes)
        return sync(settings, self.events.append)

    def plan(self, *, pair: dict[str, Any] | None = None, **changes: Any) -> Any:
        """The plan alone."""
        only = replace(self.settings.pairs[0], **(pair or {}))
        with planned(replace(self.settings, pairs=(only,), **changes), self.events.append) as (opened,):
            return opened.plan


MakePair = Callable[..., Pair]


@pytest.fixture(params=["crt", "boto3"])
def client(request: pytest.FixtureRequest) -> Client:
    """What sends the requests; every test of behaviour runs with both."""
    chosen: Client = request.param
    return chosen


@pytest.fixture
def make_pair(moto: MotoServer, proxy: Proxy, tmp_path: Path, client: Client) -> MakePair:
    def made(*, versions: bool = False, source_prefix: str = "", target_prefix: str = "", **changes: Any) -> Pair:
        source, target = Bucket(moto.url), Bucket(moto.url, versions=versions)
        access = Access(endpoint_url=proxy.url, region="us-east-1")
        pair = BucketPair(
            source=Location(source.name, source_prefix),
            target=Location(target.name, target_prefix),
            source_access=access,
            target_access=access,
        )
        settings = SyncSettings(
            pairs=(pair,), state=tmp_path / "state", concurrency=8, client=client, retry_base_s=0.002, **changes
        )
        return Pair(source, target, proxy, settings, [])

    return made


@pytest.fixture
def pair(make_pair: MakePair) -> Pair:
    return make_pair()
