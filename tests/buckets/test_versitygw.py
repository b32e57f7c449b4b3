"""Syncs on versitygw, which checks signatures, and has bucket policies and ACLs of its own: a real server where one has
been built."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from masker.buckets.objects import Location
from masker.buckets.settings import Access, BucketPair, Client, SyncSettings, parse_limits
from masker.errors import Refused, StorageError
from tests.buckets.conftest import Pair
from tests.buckets.proxy import Proxy
from tests.buckets.storage import CREDENTIALS, Bucket

_START_S = 60
_OPEN = (
    '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::%s/*"}]}'
)


@pytest.fixture(scope="session")
def versitygw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    executable = os.environ.get("MASKER_VERSITYGW") or shutil.which("versitygw")
    if executable is None:
        # Its build needs Go, which a machine may lack.
        pytest.skip("versitygw is not built (go install github.com/versity/versitygw/cmd/versitygw@v1.8.0)")
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {
        **os.environ,
        "ROOT_ACCESS_KEY": CREDENTIALS["AWS_ACCESS_KEY_ID"],
        "ROOT_SECRET_KEY": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    }
    command = [executable, "--port", f"127.0.0.1:{port}", "--quiet", "posix", str(tmp_path_factory.mktemp("versitygw"))]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment) as server:
        deadline = time.monotonic() + _START_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert server.poll() is None, "versitygw ended at its start"
                assert time.monotonic() < deadline, "versitygw did not start"
                time.sleep(0.05)
        proxy = Proxy(f"http://127.0.0.1:{port}")
        yield proxy
        proxy.stop()
        server.terminate()


@pytest.fixture
def pair(versitygw: Proxy, tmp_path: Path, client: Client) -> Pair:
    versitygw.forget()
    server = versitygw.upstream.geturl()
    source, target = Bucket(server), Bucket(server)
    access = Access(endpoint_url=server, region="us-east-1")
    only = BucketPair(
        source=Location(source.name),
        target=Location(target.name),
        source_access=access,
        target_access=access,
        acl="none",
        limits=parse_limits("5"),
    )
    settings = SyncSettings(pairs=(only,), state=tmp_path / "state", concurrency=8, client=client, retry_base_s=0.002)
    return Pair(source, target, versitygw, settings, [])


def test_all_is_copied_deleted_and_then_left(pair: Pair) -> None:
    for key in ("plain.txt", "with space.txt", "a+b&c=d.txt", "写真/猫.jpg"):
        pair.source.client.put_object(Bucket=pair.source.name, Key=key, Body=key.encode(), Metadata={"name": "x"})
    pair.target.client.put_object(Bucket=pair.target.name, Key="stale", Body=b"s")
    done = pair.sync().pairs[0].done
    assert (done.copied, done.deleted) == (4, 1)
    assert pair.target.bodies() == pair.source.bodies()
    again = pair.sync().pairs[0].done
    assert (again.copied, again.deleted) == (0, 0)


def test_a_secret_that_does_not_fit_its_key_is_told_as_one(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(StorageError, match="SignatureDoesNotMatch") as raised:
        pair.sync()
    assert "the secret key is not the one of the access key" in (raised.value.hint or "")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    with pytest.raises(StorageError, match="XAdminUserNotFound") as raised:
        pair.sync()
    assert "knows no such access key" in (raised.value.hint or "")


def test_a_target_that_its_policy_opens_takes_nothing_private(pair: Pair) -> None:
    pair.source.client.put_object(Bucket=pair.source.name, Key="passport.pdf", Body=b"p")
    pair.target.client.put_bucket_policy(Bucket=pair.target.name, Policy=_OPEN % pair.target.name)
    with pytest.raises(Refused, match="its bucket policy lets everybody read"):
        pair.sync()
    assert pair.target.keys() == []
