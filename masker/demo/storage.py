"""An S3 server for an hour: moto in a process of its own that ends with the process that started it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Self
from urllib.parse import quote

from masker.buckets.client.clients import open_client
from masker.buckets.settings import Access
from masker.errors import MaskerError, UsageError

REGION = "us-east-1"

#: The server believes anything, and a real key has no business with it.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "demo", "AWS_SECRET_ACCESS_KEY": "demo"}

#: What would make the driver look for credentials or settings elsewhere.
_ELSEWHERE = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
)

#: Ends when its standard input does, which only the parent holds open.
_SERVE = """
import os, sys, threading
from moto.server import main
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
"""

_START_S = 60
_POLL_S = 0.05
_UPLOADS = 4  # at once; the server is one process


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One object to be put somewhere."""

    key: str
    body: bytes
    content_type: str
    is_public: bool


class EmbeddedStorage:
    """One running server, made by :meth:`start`; *url* is its endpoint."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self.url = f"http://127.0.0.1:{port}"
        self._client: Any = None

    @classmethod
    def start(cls) -> Self:
        """A new server without buckets. Raises UsageError where moto is not installed, MaskerError where it does not
        start."""
        require_moto()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={**os.environ, **CREDENTIALS},
            start_new_session=True,  # Ctrl-C in the terminal is for this process only
        )
        storage = cls(process, port)
        try:
            storage._wait()
            storage._client = open_client(storage.access, connections=_UPLOADS)
        except BaseException:
            storage.stop()
            raise
        return storage

    @property
    def access(self) -> Access:
        return Access(endpoint_url=self.url, region=REGION)

    def create_bucket(self, name: str) -> None:
        self._client.create_bucket(Bucket=name)

    def put(self, bucket: str, uploads: Iterable[Upload]) -> None:
        """Upload all of them, each with its ACL."""

        def one(upload: Upload) -> None:
            self._client.put_object(
                Bucket=bucket,
                Key=upload.key,
                Body=upload.body,
                ContentType=upload.content_type,
                ACL="public-read" if upload.is_public else "private",
            )

        with ThreadPoolExecutor(max_workers=_UPLOADS) as pool:
            for _ in pool.map(one, uploads):
                pass

    def content(self, bucket: str, key: str) -> bytes:
        """An object, asked for with credentials."""
        return bytes(self._client.get_object(Bucket=bucket, Key=key)["Body"].read())

    def anonymous_status(self, bucket: str, key: str) -> int:
        """What somebody without credentials gets who asks for an object."""
        try:
            with urllib.request.urlopen(f"{self.url}/{bucket}/{quote(key)}", timeout=30) as answer:  # noqa: S310 - the URL is ours
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def stop(self) -> None:
        """End the server; its buckets were in memory."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_S
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/moto-api/", timeout=5).close()  # noqa: S310 - the URL is ours
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise MaskerError(
                        "moto: the S3 server of the demo did not start", hint="masker demo --no-buckets goes without"
                    ) from None
                time.sleep(_POLL_S)
            else:
                return


def require_moto() -> None:
    """Raise UsageError where the server is not installed."""
    if any(find_spec(name) is None for name in ("moto", "flask")):
        raise UsageError(
            "moto: is not installed, and the demo's buckets live on it",
            hint="pip install 'rails-masker[demo]', or masker demo --no-buckets",
        )


@contextmanager
def credentials() -> Iterator[None]:
    """The demo's credentials in the environment instead of anybody's own."""
    before = {name: os.environ.get(name) for name in (*CREDENTIALS, *_ELSEWHERE)}
    for name in _ELSEWHERE:
        os.environ.pop(name, None)
    os.environ.update(CREDENTIALS)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
