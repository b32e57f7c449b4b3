"""What a sync was asked to do, from flags and masker.yml."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from masker.errors import UsageError
from masker.plan.sync import AclPolicy, DeleteLimits
from masker.s3.objects import Location

Client = Literal["crt", "boto3"]
AclCheckMode = Literal["none", "sample", "all"]

_LIMIT = re.compile(r"(?:(?P<percent>\d{1,3}(?:\.\d+)?)\s*%|(?P<count>\d+))\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How one side is reached. What is None comes from the environment and the AWS configuration, as with every AWS tool."""

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketPair:
    """What is copied where, and by which policy. Globs are of keys relative to both locations."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncSettings:
    """One run's wishes. *state* is the folder of manifests and run logs, *confirm* the target buckets confirmed by name.

    Objects above *multipart_bytes* are copied by parts of *part_bytes*. *apply* is a stored plan to execute instead of a new one.
    The first retry of a request waits at most *retry_base_s*.
    """

    pairs: tuple[BucketPair, ...]
    state: Path
    confirm: tuple[str, ...] = ()
    client: Client = "crt"
    concurrency: int | None = None
    multipart_bytes: int = 256 * 1024 * 1024
    part_bytes: int = 64 * 1024 * 1024
    verify: bool = False
    apply: Path | None = None
    out: Path | None = None
    page_limit: int = 1000
    retry_base_s: float = 0.1


def parse_limits(text: str | None) -> DeleteLimits:
    """``10%`` or a number of objects. Raises UsageError."""
    if text is None:
        return DeleteLimits()
    found = _LIMIT.match(text.strip())
    if not found:
        raise UsageError(f'--max-delete: "{text}" is neither a number of objects nor a percentage', hint="for instance --max-delete 10% or --max-delete 2500")
    if found["count"]:
        return DeleteLimits(count=int(found["count"]), percent=None, is_number_given=True)
    return DeleteLimits(count=None, percent=float(found["percent"]))
