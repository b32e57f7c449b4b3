"""Copies as jobs of S3 Batch Operations: which may be, their manifests, and how a job is asked for. No request is sent
here.

*Source:* Amazon S3 User Guide, "Copy objects" and "Specifying a manifest" of Batch Operations; API reference,
CreateJob.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple
from urllib.parse import quote

from masker.buckets.diff import Change, Op
from masker.buckets.objects import Location, storage_class_to_write
from masker.buckets.settings import BatchOperations

#: Bytes: larger objects CopyObject, of which a job is made, does not copy.
_LARGEST = 5 * 1024**3

_PRIORITY = 10

#: A class that a job cannot be told to write, though a copy can.
_NOT_IN_JOBS = frozenset({"REDUCED_REDUNDANCY"})

#: Ends of a job's life; in between it prepares, waits or runs.
ENDED = frozenset({"Complete", "Failed", "Cancelled"})


class Kind(NamedTuple):
    """What a job gives all its copies. *acl* is empty where none is sent, *storage_class* where the bucket's default is
    meant."""

    acl: str
    storage_class: str


@dataclass(slots=True)
class JobManifest:
    """The objects of one job, a line each in *path*."""

    kind: Kind
    path: Path
    objects: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class JobState:
    """How far a job is. *why* it failed is empty unless it did."""

    status: str
    total: int
    succeeded: int
    failed: int
    why: str = ""

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED


def obstacles(source: Location, target: Location, wanted: BatchOperations) -> list[str]:
    """Why a job cannot copy from *source* to *target*: a job takes over whole keys."""
    found = []
    if source.prefix != target.prefix:
        found.append(f"keys stay as they are in a job, and the prefixes differ ({source} and {target})")
    if wanted.manifests.overlaps(target):
        found.append(f"the manifests would lie in the target ({wanted.manifests}), where the next sync deletes them")
    return found


def kind_of(change: Change) -> Kind | None:
    """The kind of job that can make *change*; None where the usual way has to.

    What was uploaded by parts gets another ETag, which a job does not tell and the next sync would take for a change.
    """
    if (
        change.op != Op.COPY
        or change.size > _LARGEST
        or "-" in change.source_etag
        or change.acl == "mirror"
        or change.storage_class in _NOT_IN_JOBS
    ):
        return None
    return Kind(change.acl, storage_class_to_write(change.storage_class) or "")


def write_manifests(
    changes: Iterable[Change], source: Location, folder: Path, manifests: dict[Kind, JobManifest]
) -> Iterator[Change]:
    """Write a manifest for each kind below *folder* into *manifests*, and give back the changes that no job can
    make."""
    with contextlib.ExitStack() as stack:
        files: dict[Kind, IO[str]] = {}
        for change in changes:
            kind = kind_of(change)
            if kind is None:
                yield change
                continue
            if kind not in manifests:
                manifest = manifests[kind] = JobManifest(kind, folder / f"{_name(kind)}.csv")
                files[kind] = stack.enter_context(manifest.path.open("w", encoding="ascii", newline="\n"))
            files[kind].write(f"{source.bucket},{quote(source.prefix + change.key, safe='/')}\n")
            manifests[kind].objects += 1
            manifests[kind].size += change.size


def job_request(
    wanted: BatchOperations, run: str, target: Location, manifest: JobManifest, key: str, etag: str
) -> dict[str, Any]:
    """What CreateJob is given for *manifest*, which lies at *key* of the manifests' bucket. The token makes a second
    sending no second job."""
    kind = manifest.kind
    arn = f"arn:{wanted.role.split(':')[1]}:s3:::"
    copy = {"TargetResource": arn + target.bucket, "MetadataDirective": "COPY"}
    copy |= {"CannedAccessControlList": kind.acl} if kind.acl else {}
    copy |= {"StorageClass": kind.storage_class} if kind.storage_class else {}
    return {
        "AccountId": wanted.account,
        "ConfirmationRequired": False,
        "ClientRequestToken": f"masker-{run}-{_name(kind)}",
        "Priority": _PRIORITY,
        "RoleArn": wanted.role,
        "Description": f"masker sync {run}: {manifest.objects} copies, {_name(kind)}",
        "Operation": {"S3PutObjectCopy": copy},
        "Manifest": {
            "Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": ["Bucket", "Key"]},
            "Location": {"ObjectArn": f"{arn}{wanted.manifests.bucket}/{key}", "ETag": etag},
        },
        "Report": {
            "Bucket": arn + wanted.manifests.bucket,
            "Prefix": manifest_folder(wanted, run).rstrip("/"),
            "Format": "Report_CSV_20180820",
            "Enabled": True,
            "ReportScope": "FailedTasksOnly",
        },
    }


def manifest_folder(wanted: BatchOperations, run: str) -> str:
    """Where the manifests and reports of *run* lie in their bucket."""
    return f"{wanted.manifests.prefix}masker-{run}/"


def read_job(answer: Any) -> JobState:
    """The state in an answer to DescribeJob."""
    job = answer["Job"]
    progress = job.get("ProgressSummary", {})
    why = "; ".join(
        f"{reason.get('FailureCode', '')} {reason.get('FailureReason', '')}".strip()
        for reason in job.get("FailureReasons", ())
    )
    return JobState(
        status=str(job["Status"]),
        total=int(progress.get("TotalNumberOfTasks", 0)),
        succeeded=int(progress.get("NumberOfTasksSucceeded", 0)),
        failed=int(progress.get("NumberOfTasksFailed", 0)),
        why=why,
    )


def _name(kind: Kind) -> str:
    return f"{kind.acl or 'no-acl'}-{(kind.storage_class or 'default').lower()}"
