"""Buckets, objects and who may read them, as values. Nothing here opens a socket."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from masker.errors import UsageError

#: The two classes a grant list is reduced to. Grants themselves are never replayed: owners differ from account to
#: account.
Acl = Literal["private", "public-read"]

#: Access points, of regions or of several, and those of outposts.
_ARN = (
    r"arn:aws[a-z-]*:s3(?:-outposts:[a-z0-9-]+:\d{12}:outpost[:/][\w-]+|:[a-z0-9-]*:\d{12})"
    r"[:/]accesspoint[:/][A-Za-z0-9.-]+"
)
_URL = re.compile(rf"s3://(?P<bucket>{_ARN}|[^/?#]*)(?:/(?P<prefix>.*))?\Z", re.DOTALL)
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]\Z")
#: ACLs that are sent. The last one reads as private: it grants to the owner of the bucket, who need not be the writer.
SentAcl = Literal["private", "public-read", "bucket-owner-full-control"]
TO_OWNER: SentAcl = "bucket-owner-full-control"

#: The object that a run keeps beside a target's own while it may write to it.
LOCK_NAME = ".masker-lock"

#: The object by which a target tells which run has written to it last.
SEAL_NAME = ".masker-seal"

#: What the name of the object begins with that a run writes and removes again, to try what it will do; the run's name
#: follows.
CANARY_NAME = ".masker-canary-"

_OWN = re.compile(
    rf"(?:.*/)?(?:{re.escape(LOCK_NAME)}|{re.escape(SEAL_NAME)}|{re.escape(CANARY_NAME)}[a-z0-9]{{8}}(?:-\d+)?)\Z",
    re.DOTALL,
)
_OWN_BEGINS = ".masker-"

_ALIASES = ("-s3alias", "--op-s3", "--ol-s3")
_EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"

#: Classes whose objects cannot be read before they are restored.
ARCHIVED = frozenset({"GLACIER", "DEEP_ARCHIVE"})

#: Classes a copy may be told to write; others (of outposts, snow devices and express buckets) are the bucket's own.
_WRITABLE = frozenset({"STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "REDUCED_REDUNDANCY"})


class Entry(NamedTuple):
    """One object of a listing. *key* is relative to the location listed, *size* in bytes, *etag* without quotes."""

    key: str
    size: int
    etag: str
    storage_class: str


class Page(NamedTuple):
    """Part of a listing: objects in UTF-8 order of their keys, and whether the bucket has no more."""

    entries: list[Entry]
    is_last: bool


@dataclass(frozen=True, slots=True)
class Location:
    """A bucket, or what lies below a prefix of it. The prefix is empty or ends with a slash."""

    bucket: str
    prefix: str = ""

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{shown_key(self.prefix)}" if self.prefix else f"s3://{self.bucket}"

    def overlaps(self, other: Location) -> bool:
        """Whether an object may lie in both."""
        return self.bucket == other.bucket and (
            self.prefix.startswith(other.prefix) or other.prefix.startswith(self.prefix)
        )


def parse_location(url: str) -> Location:
    """The location *url* names. Raises UsageError.

    >>> parse_location("s3://app-production/uploads")
    Location(bucket='app-production', prefix='uploads/')
    """
    found = _URL.match(url)
    if not found:
        raise UsageError(f"{url}: not a bucket, expected s3://bucket or s3://bucket/prefix")
    if not _BUCKET.match(found["bucket"]) and not is_arn(found["bucket"]):
        raise UsageError(
            f"{url}: not the name of a bucket, expected 3 to 63 letters, digits, dots and hyphens, or the ARN of an"
            " access point"
        )
    prefix = found["prefix"] or ""
    return Location(found["bucket"], prefix if not prefix or prefix.endswith("/") else prefix + "/")


def is_own(key: str) -> bool:
    """Whether *key* is that of a lock, a seal or a canary, in whatever folder: they say something of the place they are
    in, and are no objects of anybody."""
    return _OWN_BEGINS in key and _OWN.match(key) is not None


def is_canary(key: str) -> bool:
    """Whether the own object at *key* is a canary.

    >>> is_canary("a/.masker-canary-k3v9x0ab"), is_canary("a/.masker-canary-k3v9x0ab/.masker-lock")
    (True, False)
    """
    return key.rpartition("/")[2].startswith(CANARY_NAME)


def is_arn(bucket: str) -> bool:
    """Whether *bucket* is the ARN of an access point, by which a bucket may be asked as by its name."""
    return bucket.startswith("arn:")


def is_access_point(bucket: str) -> bool:
    """Whether *bucket* is an access point, by ARN or by alias: objects can be asked for through it, the bucket's
    settings cannot."""
    return is_arn(bucket) or bucket.endswith(_ALIASES)


def copy_source(bucket: str, key: str) -> str:
    """What a copy is told of its source, not quoted yet."""
    return f"{bucket}/object/{key}" if is_arn(bucket) else f"{bucket}/{key}"


def etag_of_parts(etags: Sequence[str]) -> str:
    """The ETag of an object that was uploaded in parts of *etags*; empty where those are not the MD5 of their parts.

    >>> etag_of_parts(["900150983cd24fb0d6963f7d28e17f72"])
    'af5da9f45af7a300e3aded972f8ff687-1'
    """
    try:
        digests = [bytes.fromhex(etag) for etag in etags]
    except ValueError:
        return ""
    return f"{hashlib.md5(b''.join(digests), usedforsecurity=False).hexdigest()}-{len(etags)}"


def shown_key(key: str) -> str:
    """*key* on one line: control characters and what does not print are escaped."""
    return key if key.isprintable() else key.encode("unicode_escape").decode("ascii")


def acl_of(grants: Iterable[Mapping[str, Any]]) -> Acl:
    """``public-read`` if everybody may read the object, else ``private``."""
    for grant in grants:
        if grant.get("Grantee", {}).get("URI") == _EVERYBODY and grant.get("Permission") in {"READ", "FULL_CONTROL"}:
            return "public-read"
    return "private"


def sent_acl(acl: str) -> SentAcl | None:
    """What is sent for *acl*, the word of a plan that is not ``mirror``; None for none."""
    match acl:
        case "":
            return None
        case "public-read" | "bucket-owner-full-control":
            return acl
        case _:
            return "private"


def storage_class_to_write(storage_class: str) -> str | None:
    """What a copy has to name to keep *storage_class*; None where the bucket's default is meant."""
    return storage_class if storage_class in _WRITABLE else None
