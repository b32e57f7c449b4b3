"""What a sync was asked to do, from flags and masker.yml."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from masker.buckets.attachments.active_storage import ActiveStorageScope
from masker.buckets.objects import Location, parse_location
from masker.buckets.plan import AclPolicy, DeleteLimits
from masker.errors import UsageError

Client = Literal["crt", "boto3"]
AclCheckMode = Literal["none", "sample", "all"]
AddressingStyle = Literal["auto", "path", "virtual"]

_LIMIT = re.compile(r"(?:(?P<percent>\d{1,3}(?:\.\d+)?)\s*%|(?P<count>\d+))\Z")
_EXECUTOR = re.compile(r"(?P<local>local)|processes(?::(?P<count>[1-9]\d{0,2}))?|dask://(?P<address>[^/\s]+:\d{1,5})/?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How one side is reached. What is None comes from the environment and the AWS configuration, as with every AWS
    tool.

    With *requester_pays* every request says that whoever sends it pays for it.
    """

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    addressing_style: AddressingStyle | None = None
    requester_pays: bool = False

    def aws(self, *words: str) -> str:
        """The command of Amazon's own tool to type, which reaches this side as the run does."""
        named = (("--endpoint-url", self.endpoint_url), ("--region", self.region), ("--profile", self.profile))
        flags = [each for flag, value in named if value is not None for each in (flag, value)]
        return shlex.join(["aws", *words, *flags])


@dataclass(frozen=True, slots=True)
class LocalExecutor:
    """Everything in the process of the command."""


@dataclass(frozen=True, slots=True)
class ProcessExecutor:
    """*workers* processes of this machine; None is one for each processor."""

    workers: int | None = None


@dataclass(frozen=True, slots=True)
class DaskExecutor:
    """The workers of a dask scheduler at *address*, ``host:port``."""

    address: str


Executor = LocalExecutor | ProcessExecutor | DaskExecutor


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketPair:
    """What is copied where, and by which policy. Globs are of keys relative to both locations.

    *inventory* is the manifest of an S3 Inventory that lists the source instead, at most *inventory_hours* old. With
    *since_last* nothing is listed where the record of the last run tells what need not be looked at, but for one of
    *list_every* runs. *later* is the scope of a pair that is looked at before the database of its scope is there.
    """

    source: Location
    target: Location
    source_access: Access = field(default_factory=Access)
    target_access: Access = field(default_factory=Access)
    acl: AclPolicy = "mirror"
    acl_check: AclCheckMode = "none"
    limits: DeleteLimits = field(default_factory=DeleteLimits)
    deletes: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    scope: ActiveStorageScope | None = None
    inventory: str | None = None
    inventory_hours: float = 48.0
    since_last: bool = False
    list_every: int = 7
    later: ActiveStorageScope | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOperations:
    """Copies by jobs of S3 Batch Operations in *account*, where there are *least* of them; *manifests* is where theirs
    and the reports lie.

    Without *waits* the jobs are left to themselves, and so are deletions. Jobs are looked at every *poll_s* seconds.
    """

    account: str
    role: str
    manifests: Location
    least: int = 100_000
    waits: bool = True
    poll_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncSettings:
    """One run's wishes. *state* is the folder of manifests and run logs, *confirm* the target buckets confirmed by
    name.

    *run* is its name, None for a new one. Objects above *multipart_bytes* are copied by parts of *part_bytes*. *apply*
    is a stored plan to execute instead of a new one. The first retry of a request waits at most *retry_base_s*. The
    lock of a run that was not heard of for *lock_s* seconds is taken over. *verify* lists both sides at the end; with
    *verify_changed* a pair that was not listed is held against no more than what the run has looked at.
    """

    pairs: tuple[BucketPair, ...]
    state: Path
    confirm: tuple[str, ...] = ()
    run: str | None = None
    client: Client = "crt"
    concurrency: int | None = None
    multipart_bytes: int = 256 * 1024 * 1024
    part_bytes: int = 64 * 1024 * 1024
    verify: bool = False
    verify_changed: bool = False
    apply: Path | None = None
    out: Path | None = None
    page_limit: int = 1000
    retry_base_s: float = 0.1
    lock_s: float = 180.0
    executor: Executor = field(default_factory=LocalExecutor)
    batch: BatchOperations | None = None


def parse_limits(text: str | None) -> DeleteLimits:
    """``10%`` or a number of objects. Raises UsageError."""
    if text is None:
        return DeleteLimits()
    found = _LIMIT.match(text.strip())
    if not found:
        raise UsageError(
            f'--max-delete: "{text}" is neither a number of objects nor a percentage',
            hint="for instance --max-delete 10% or --max-delete 2500",
        )
    if found["count"]:
        return DeleteLimits(count=int(found["count"]), percent=None, is_number_given=True)
    return DeleteLimits(count=None, percent=float(found["percent"]))


def parse_batch(
    account: str | None, role: str | None, manifests: str | None, least: int, *, waits: bool
) -> BatchOperations:
    """What ``--via batch-operations`` was given. Raises UsageError with everything that is missing or wrong."""
    wrong = []
    if account is None or not re.fullmatch(r"\d{12}", account):
        wrong.append("--batch-account: 12 digits, the account whose jobs they are")
    if role is None or not re.fullmatch(r"arn:[\w-]+:iam::\d{12}:role/\S+", role):
        wrong.append("--batch-role: the ARN of a role that batchoperations.s3.amazonaws.com may take on")
    if manifests is None:
        wrong.append("--batch-manifests: s3://bucket/prefix for manifests and reports")
    if wrong or account is None or role is None or manifests is None:
        raise UsageError("--via batch-operations lacks what it needs", hint="\n".join(wrong))
    return BatchOperations(account=account, role=role, manifests=parse_location(manifests), least=least, waits=waits)


def parse_executor(text: str) -> Executor:
    """``local``, ``processes``, ``processes:4`` or ``dask://host:port``. Raises UsageError."""
    found = _EXECUTOR.fullmatch(text.strip())
    if not found:
        raise UsageError(f'--executor: "{text}" is none', hint="local, processes, processes:4 or dask://host:8786")
    if found["local"]:
        return LocalExecutor()
    if found["address"]:
        return DaskExecutor(found["address"])
    return ProcessExecutor(int(found["count"]) if found["count"] else None)
