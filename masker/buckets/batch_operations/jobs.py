"""Copies made by jobs of S3 Batch Operations: manifests put, jobs created and waited for."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3.exceptions import S3UploadFailedError

from masker.buckets.batch_operations.manifests import (
    JobManifest,
    JobState,
    Kind,
    job_request,
    manifest_folder,
    obstacles,
    read_job,
    write_manifests,
)
from masker.buckets.client.boto import storage_faults
from masker.buckets.client.clients import open_bucket_client, open_control_client
from masker.buckets.client.control import controlled, insistently
from masker.buckets.client.requests import GetAcl
from masker.buckets.client.traffic import Job, Traffic
from masker.buckets.diff import Change, Op
from masker.buckets.done import Failure
from masker.buckets.errors import StorageFault
from masker.buckets.files.ledger import PlanFile, write_plan
from masker.buckets.objects import Acl, Location
from masker.buckets.preflight import encrypts_with_kms
from masker.buckets.settings import Access, BatchOperations
from masker.buckets.transfer import Transfer
from masker.errors import StorageError, UsageError
from masker.sides import Side

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

#: Changes whose ACLs are read before they are written into manifests.
_AT_ONCE = 1000

#: Polls that may fail in a row: a job goes on whether anybody looks or not.
_POLLS = 30


@dataclass(slots=True)
class _Begun:
    """A job under way, what of it has been counted, and the polls in a row that failed."""

    job: str
    manifest: JobManifest
    succeeded: int = 0
    faults: int = 0


@dataclass(slots=True, kw_only=True)
class BatchJobs:
    """The jobs of one pair. Their copies are counted by *transfer*; what no job can make is left in *rest*."""

    wanted: BatchOperations
    run: str
    access: Access
    region: str
    transfer: Transfer
    folder: Path
    begun: list[_Begun] = field(default_factory=list)

    def begin(self, changes: Iterator[Change], traffic: Traffic) -> Iterator[Change]:
        """Create the jobs for *changes*; those that the usual way has to make."""
        self.folder.mkdir(parents=True, exist_ok=True)
        manifests: dict[Kind, JobManifest] = {}
        rest = self.folder / "rest.parquet"
        write_plan(
            rest,
            {"kind": "sync"},
            write_manifests(self._classified(changes, traffic), self.transfer.source, self.folder, manifests),
        )
        client = open_bucket_client(self.access, self.wanted.manifests.bucket, connections=4)
        control = controlled(open_control_client(self.access, self.region), "S3 Batch Operations")
        for manifest in manifests.values():
            key = manifest_folder(self.wanted, self.run) + manifest.path.name
            etag = _put(client, self.wanted.manifests.bucket, key, manifest.path)
            try:
                answer = control(
                    "create_job", **job_request(self.wanted, self.run, self.transfer.target, manifest, key, etag)
                )
            except StorageFault as fault:
                raise self._error(f"a job of {manifest.objects:,} could not be created: {fault}") from None
            self.begun.append(_Begun(str(answer["JobId"]), manifest))
            self.transfer.done.jobs.append(self.begun[-1].job)
        return PlanFile(rest).changes(*Op)

    def wait(self, tell: Callable[[], None]) -> None:
        """Look after the jobs until all have ended. Tasks that failed count as failed keys, all of a job's where it
        failed itself."""
        control = controlled(open_control_client(self.access, self.region), "S3 Batch Operations")
        running = list(self.begun)
        while running:
            running = [begun for begun in running if not self._look_after(begun, control)]
            tell()
            if running:
                time.sleep(self.wanted.poll_s)

    def leave(self) -> None:
        """Wait for none of the jobs."""
        self.transfer.done.left_to_jobs = sum(begun.manifest.objects for begun in self.begun)

    def _look_after(self, begun: _Begun, control: Callable[..., Any]) -> bool:
        """Count what *begun* has done since; whether it has ended."""
        try:
            state = read_job(control("describe_job", AccountId=self.wanted.account, JobId=begun.job))
        except StorageFault as fault:
            begun.faults += 1
            if fault.is_transient and begun.faults < _POLLS:
                return False
            raise self._error(f"job {begun.job} cannot be looked at: {fault}") from None
        begun.faults = 0
        done, manifest = self.transfer.done, begun.manifest
        news, begun.succeeded = state.succeeded - begun.succeeded, state.succeeded
        done.copied += news
        done.made_public += news if manifest.kind.acl == "public-read" else 0
        if not state.has_ended:
            return False
        failed = manifest.objects - state.succeeded
        if failed or state.status != "Complete":
            done.failed += max(1, failed)
            done.failures.append(
                Failure(f"job {begun.job}", Op.COPY, StorageFault("JobFailed", self._what_failed(manifest, state)))
            )
        else:
            done.copied_bytes += manifest.size
        return True

    def _what_failed(self, manifest: JobManifest, state: JobState) -> str:
        words = f"{state.status}, {state.succeeded:,} of {manifest.objects:,} copies succeeded" + (
            f", {state.why}" if state.why else ""
        )
        return f"{words}; report: s3://{self.wanted.manifests.bucket}/{manifest_folder(self.wanted, self.run)}"

    def _classified(self, changes: Iterator[Change], traffic: Traffic) -> Iterator[Change]:
        """*changes* with the source's ACL where it is mirrored. Where it cannot be read the usual way will tell why."""
        while batch := list(itertools.islice(changes, _AT_ONCE)):
            classes: dict[str, Acl] = {}
            asked = {change.key for change in batch if change.op == Op.COPY and self.transfer.is_asked(change)}
            traffic.run([_read_acl(self.transfer.source, key, classes) for key in sorted(asked)])
            for change in batch:
                yield change._replace(acl=classes.get(change.key, "mirror")) if change.key in asked else change

    def _error(self, text: str) -> StorageError:
        error = StorageError(
            f"{self.transfer.target}: {text}", hint="check --batch-account, --batch-role and what both policies allow"
        )
        if self.begun:
            error.aftermath = f"nothing was deleted; {jobs_go_on(self.transfer)}"
        return error


def jobs_go_on(transfer: Transfer) -> str:
    """What becomes of jobs that nobody waits for any more."""
    return f"jobs of Batch Operations may go on ({', '.join(transfer.done.jobs)}); run again when they have ended"


def require_batch(
    wanted: BatchOperations, source: Location, target: Location, clients: tuple[S3Client, S3Client]
) -> None:
    """Raise UsageError, with every reason, where jobs cannot make the copies."""
    found = obstacles(source, target, wanted)
    found += [
        f"{location} encrypts with KMS, which changes ETags, and a job does not tell those of its copies"
        for location, client in zip((source, target), clients, strict=True)
        if encrypts_with_kms(location, controlled(client, str(location)))
    ]
    if found:
        raise UsageError(
            f"{target}: --via batch-operations cannot make these copies", hint="\n".join([*found, "leave out --via"])
        )


def _read_acl(source: Location, key: str, classes: dict[str, Acl]) -> Job:
    try:
        classes[key] = yield GetAcl(Side.SOURCE, source.bucket, source.prefix + key)
    except StorageFault:
        return


def _put(client: S3Client, bucket: str, key: str, path: Path) -> str:
    """Upload *path*; its ETag."""
    try:
        with storage_faults():
            client.upload_file(str(path), bucket, key)
        return insistently(lambda: client.head_object(Bucket=bucket, Key=key)["ETag"].strip('"'))
    except StorageFault as fault:
        raise fault.to_error(f"s3://{bucket}/{key}") from None
    except S3UploadFailedError as error:  # which boto3 makes of the storage's answer
        raise StorageError(
            f"s3://{bucket}/{key}: cannot be put ({str(error).rpartition(': ')[2]})", hint="check --batch-manifests"
        ) from None
