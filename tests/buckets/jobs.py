"""S3 Batch Operations as far as a sync needs it: a server that takes jobs, does what their manifests say, and tells how
far they are."""

from __future__ import annotations

import csv
import io
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from tests.buckets.storage import Bucket

_NAMESPACE = "{http://awss3control.amazonaws.com/doc/2018-08-20/}"


@dataclass
class TakenJob:
    """A job: what it was asked as nested dictionaries, and how it goes. It is looked at *polls* times before it has
    ended."""

    asked: dict[str, Any]
    polls: int = 1
    keys: list[str] = field(default_factory=list)
    failed: int = 0

    @property
    def copy(self) -> dict[str, str]:
        copy: dict[str, str] = self.asked["Operation"]["S3PutObjectCopy"]
        return copy


class JobServer:
    """Stands where a proxy would, so that the account's own host name need not be known. *fails* are keys it cannot
    copy, *status* the end of its jobs."""

    def __init__(self, storage: Bucket) -> None:
        self.storage = storage
        self.jobs: dict[str, TakenJob] = {}
        self.fails: set[str] = set()
        self.status = "Complete"
        self.requests: Counter[str] = Counter()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"jobs": self}))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def create(self, body: bytes) -> str:
        asked = _plain(ET.fromstring(body))  # noqa: S314 - our own request
        known = [
            number
            for number, job in self.jobs.items()
            if job.asked["ClientRequestToken"] == asked["ClientRequestToken"]
        ]
        if known:
            return known[0]
        number = f"job-{len(self.jobs) + 1}"
        self.jobs[number] = job = TakenJob(asked)
        location = asked["Manifest"]["Location"]
        bucket, _, key = location["ObjectArn"].removeprefix("arn:aws:s3:::").partition("/")
        answer = self.storage.client.get_object(Bucket=bucket, Key=key, IfMatch=location["ETag"])
        for source, quoted in csv.reader(io.StringIO(answer["Body"].read().decode())):
            self._copy(job, source, unquote(quoted))
        return number

    def _copy(self, job: TakenJob, source: str, key: str) -> None:
        if key in self.fails:
            job.failed += 1
            return
        extra = {"ACL": acl} if (acl := job.copy.get("CannedAccessControlList")) else {}
        extra |= {"StorageClass": storage_class} if (storage_class := job.copy.get("StorageClass")) else {}
        target = job.copy["TargetResource"].removeprefix("arn:aws:s3:::")
        self.storage.client.copy_object(
            Bucket=target,
            Key=key,
            CopySource={"Bucket": source, "Key": key},
            MetadataDirective=job.copy["MetadataDirective"],
            **extra,
        )
        job.keys.append(key)

    def describe(self, number: str) -> str:
        job = self.jobs[number]
        job.polls -= 1
        status = "Active" if job.polls >= 0 else self.status
        done = len(job.keys) if job.polls < 0 else 0
        reasons = (
            "<FailureReasons><member><FailureCode>X</FailureCode><FailureReason>role"
            " denied</FailureReason></member></FailureReasons>"
        )
        return (
            f"<DescribeJobResult><Job><JobId>{number}</JobId><Status>{status}</Status>"
            f"{reasons if status == 'Failed' else ''}<ProgressSummary>"
            f"<TotalNumberOfTasks>{len(job.keys) + job.failed}</TotalNumberOfTasks>"
            f"<NumberOfTasksSucceeded>{done}</NumberOfTasksSucceeded>"
            f"<NumberOfTasksFailed>{job.failed if status != 'Active' else 0}</NumberOfTasksFailed>"
            "</ProgressSummary></Job></DescribeJobResult>"
        )

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    jobs: JobServer

    def do_POST(self) -> None:
        self.jobs.requests["create"] += 1
        number = self.jobs.create(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(f"<CreateJobResult><JobId>{number}</JobId></CreateJobResult>")

    def do_GET(self) -> None:
        self.jobs.requests["describe"] += 1
        self._answer(self.jobs.describe(self.path.rpartition("/")[2]))

    def _answer(self, text: str) -> None:
        body = text.replace("Result>", f'Result xmlns="{_NAMESPACE[1:-1]}">', 1).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Nothing to say."""


def _plain(element: ET.Element) -> dict[str, Any]:
    """Elements by their names; those without children as their text."""
    return {child.tag.removeprefix(_NAMESPACE): _plain(child) if len(child) else child.text or "" for child in element}
