"""Storages by the names, regions, proxies and authorities under which they are to be asked; awscrt and boto3 come to
the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from masker.buckets.objects import Location, parse_location
from masker.buckets.settings import Access, BucketPair, SyncSettings
from masker.errors import Refused, StorageError
from tests.buckets.amazon import ACCOUNT, BELOW_A_PATH, PATH, VIRTUAL, Amazon
from tests.buckets.conftest import MakePair, Pair
from tests.buckets.storage import Bucket, MotoServer


@pytest.fixture(scope="module")
def running_amazon(moto: MotoServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Amazon]:
    amazon = Amazon(moto.url, tmp_path_factory.mktemp("amazon"))
    yield amazon
    amazon.stop()


@pytest.fixture
def amazon(running_amazon: Amazon, monkeypatch: pytest.MonkeyPatch) -> Amazon:
    running_amazon.forget()
    monkeypatch.setenv("HTTPS_PROXY", running_amazon.url)
    monkeypatch.setenv("NO_PROXY", "10.0.0.0/8,.internal")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(running_amazon.authority))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return running_amazon


@pytest.fixture
def pair(amazon: Amazon, tmp_path: Path, client: str) -> Pair:
    """Asked as the test's own access says; filled past it."""
    source, target = Bucket(amazon.upstream.geturl()), Bucket(amazon.upstream.geturl())
    source.fill({"a b": b"1", "写真/é+": b"2"})
    access = Access(region="us-east-1")
    only = BucketPair(
        source=Location(source.name), target=Location(target.name), source_access=access, target_access=access
    )
    settings = SyncSettings(pairs=(only,), state=tmp_path / "state", concurrency=4, client=client, retry_base_s=0.002)  # type: ignore[arg-type]
    return Pair(source, target, amazon, settings, [])


def _is_copied(pair: Pair) -> bool:
    return pair.target.bodies() == pair.source.bodies()


def _at(access: Access) -> dict[str, Access]:
    return {"source_access": access, "target_access": access}


def test_each_bucket_is_asked_in_the_region_in_which_it_lies(pair: Pair, amazon: Amazon) -> None:
    amazon.regions = {pair.target.name: "eu-west-1"}
    result = pair.sync().pairs[0]
    assert _is_copied(pair)
    hosts = {seen.host for seen in amazon.seen}
    assert {host.replace(".s3.us-east-1.", ".s3.") for host in hosts} == {
        f"{pair.source.name}.s3.amazonaws.com",
        f"{pair.target.name}.s3.eu-west-1.amazonaws.com",
    }
    assert any("CRT" in seen.headers["user-agent"] for seen in amazon.seen) == (pair.settings.client == "crt"), (
        "it was not sent by what was asked for"
    )
    assert [note.text for note in result.plan.notes if "lies in eu-west-1, not in us-east-1" in note.text]


def test_an_access_point_is_a_source_and_no_target(pair: Pair, amazon: Amazon) -> None:
    amazon.access_points = {"prod": pair.source.name}
    arn = parse_location(f"s3://arn:aws:s3:eu-west-1:{ACCOUNT}:accesspoint/prod")
    result = pair.sync(pair={"source": arn}).pairs[0]
    assert _is_copied(pair)
    assert f"prod-{ACCOUNT}.s3-accesspoint.eu-west-1.amazonaws.com" in {seen.host for seen in amazon.seen}
    assert [note for note in result.plan.notes if "is an access point" in note.text]
    for target in (arn, parse_location("s3://prod-abc123-s3alias")):
        with pytest.raises(Refused, match="is an access point"):
            pair.sync(pair={"target": target}, confirm=target.bucket)


def test_a_store_that_takes_buckets_as_host_names_only(
    pair: Pair, amazon: Amazon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = Access(endpoint_url=f"https://{VIRTUAL}", region="us-east-1")
    with pytest.raises(StorageError, match="SecondLevelDomainForbidden") as raised:
        pair.sync(pair=_at(access))
    assert raised.value.hint == "this storage takes buckets as host names only: --addressing-style virtual"
    pair.sync(pair=_at(replace(access, addressing_style="virtual")))
    assert _is_copied(pair)
    pair.source.put("c")
    config = tmp_path / "config"
    config.write_text("[default]\ns3 =\n  addressing_style = virtual\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    pair.sync(pair=_at(access))
    assert _is_copied(pair)
    assert {seen.host.removesuffix(f".{VIRTUAL}") for seen in amazon.seen} <= {pair.source.name, pair.target.name}


def test_a_store_that_lives_below_a_path(pair: Pair, amazon: Amazon) -> None:
    pair.sync(pair=_at(Access(endpoint_url=f"https://{BELOW_A_PATH}{PATH}", region="us-east-1")))
    assert _is_copied(pair)
    assert "no-such-route" not in {seen.bucket for seen in amazon.seen}


def test_an_authority_that_nobody_knows_is_told_with_its_remedy(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE")
    with pytest.raises(StorageError) as raised:
        pair.sync()
    assert "AWS_CA_BUNDLE" in (raised.value.hint or "")


@pytest.mark.parametrize("exempt", ["127.0.0.0/8", "127.0.0.1:{port}", "localhost,127.0.0.1"])
def test_who_is_exempt_from_the_proxy_both_clients_read_alike(
    make_pair: MakePair, exempt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = make_pair()
    plain.source.put("a")
    monkeypatch.setenv("HTTP_PROXY", "127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", exempt.format(port=plain.proxy.url.rpartition(":")[2]))
    plain.sync()
    monkeypatch.setenv("NO_PROXY", "10.0.0.0/8,127.0.0.1:1")
    with pytest.raises(StorageError) as raised:
        plain.sync()
    assert "HTTP_PROXY" in (raised.value.hint or "")
