"""An S3 server in a process of its own, and buckets on it filled and looked at."""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from masker.buckets.client.clients import open_client
from masker.buckets.objects import acl_of
from masker.buckets.settings import Access

#: What the server is told; it believes anything.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}

_COUNTER = itertools.count(1)
_START_S = 60


@dataclass(frozen=True)
class Content:
    """One object as a test wants it or finds it."""

    body: bytes = b"x"
    public: bool = False
    metadata: tuple[tuple[str, str], ...] = ()
    content_type: str = "binary/octet-stream"
    tags: str = ""
    storage_class: str = "STANDARD"


class MotoServer:
    """moto, started by the executable of the interpreter that runs the tests."""

    def __init__(self) -> None:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        code = f"from moto.server import main; main(['-H', '127.0.0.1', '-p', '{self.port}'])"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **CREDENTIALS},
        )
        deadline = time.monotonic() + _START_S
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/moto-api/", timeout=5).close()
                return
            except OSError:
                assert self._process.poll() is None, "moto ended at its start"
                assert time.monotonic() < deadline, "moto did not start"
                time.sleep(0.05)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


class Bucket:
    """A bucket of its own for a test."""

    def __init__(self, url: str, name: str | None = None, *, versions: bool = False) -> None:
        self.url = url
        self.name = name or f"t{os.getpid()}-{next(_COUNTER)}"
        self.client: Any = open_client(Access(endpoint_url=url, region="us-east-1"), connections=8)
        self.client.create_bucket(Bucket=self.name)
        if versions:
            self.client.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": "Enabled"})

    def put(self, key: str, content: Content | bytes = b"x", *, public: bool = False) -> None:
        """One object, as simple as it may be or as a Content says."""
        if isinstance(content, bytes):
            content = Content(content, public)
        extra: dict[str, Any] = {"Tagging": content.tags} if content.tags else {}
        self.client.put_object(
            Bucket=self.name,
            Key=key,
            Body=content.body,
            ACL="public-read" if content.public else "private",
            Metadata=dict(content.metadata),
            ContentType=content.content_type,
            StorageClass=content.storage_class,
            **extra,
        )

    def fill(self, objects: Mapping[str, bytes]) -> None:
        for key, body in objects.items():
            self.put(key, body)

    def put_parts(self, key: str, parts: list[bytes], *, public: bool = False, **extra: Any) -> str:
        """An object uploaded in parts; its ETag."""
        upload = self.client.create_multipart_upload(
            Bucket=self.name, Key=key, ACL="public-read" if public else "private", **extra
        )["UploadId"]
        etags = [
            self.client.upload_part(Bucket=self.name, Key=key, UploadId=upload, PartNumber=n, Body=part)["ETag"]
            for n, part in enumerate(parts, 1)
        ]
        done = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(etags, 1)]
        answer = self.client.complete_multipart_upload(
            Bucket=self.name, Key=key, UploadId=upload, MultipartUpload={"Parts": done}
        )
        return str(answer["ETag"]).strip('"')

    def keys(self) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return [item["Key"] for page in pages for item in page.get("Contents", ())]

    def bodies(self) -> dict[str, bytes]:
        return {key: self.client.get_object(Bucket=self.name, Key=key)["Body"].read() for key in self.keys()}

    def content(self, key: str) -> Content:
        """The object with all that belongs to it."""
        got = self.client.get_object(Bucket=self.name, Key=key)
        tags = self.client.get_object_tagging(Bucket=self.name, Key=key)["TagSet"]
        return Content(
            body=got["Body"].read(),
            public=self.is_public(key),
            metadata=tuple(sorted(got["Metadata"].items())),
            content_type=got["ContentType"],
            tags="&".join(f"{t['Key']}={t['Value']}" for t in tags),
            storage_class=got.get("StorageClass", "STANDARD"),
        )

    def is_public(self, key: str) -> bool:
        return acl_of(self.client.get_object_acl(Bucket=self.name, Key=key)["Grants"]) == "public-read"

    def anonymous_status(self, key: str) -> int:
        """What somebody without credentials gets."""
        try:
            with urllib.request.urlopen(f"{self.url}/{self.name}/{quote(key)}", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return int(error.code)

    @property
    def s3(self) -> str:
        return f"s3://{self.name}"
