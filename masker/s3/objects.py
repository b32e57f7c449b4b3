"""Buckets, objects and who may read them, as values. Nothing here opens a socket."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from masker.errors import UsageError

#: The two classes a grant list is reduced to. Grants themselves are never replayed: owners differ from account to account.
Acl = Literal["private", "public-read"]

_URL = re.compile(r"s3://(?P<bucket>[^/?#]*)(?:/(?P<prefix>.*))?\Z", re.DOTALL)
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]\Z")
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
        return self.bucket == other.bucket and (self.prefix.startswith(other.prefix) or other.prefix.startswith(self.prefix))


def parse_location(url: str) -> Location:
    """The location *url* names. Raises UsageError.

    >>> parse_location("s3://app-production/uploads")
    Location(bucket='app-production', prefix='uploads/')
    """
    found = _URL.match(url)
    if not found:
        raise UsageError(f"{url}: not a bucket, expected s3://bucket or s3://bucket/prefix")
    if not _BUCKET.match(found["bucket"]):
        raise UsageError(f"{url}: not the name of a bucket, expected 3 to 63 letters, digits, dots and hyphens")
    prefix = found["prefix"] or ""
    return Location(found["bucket"], prefix if not prefix or prefix.endswith("/") else prefix + "/")


def shown_key(key: str) -> str:
    """*key* on one line: control characters and what does not print are escaped."""
    return key if key.isprintable() else key.encode("unicode_escape").decode("ascii")


def acl_of(grants: Iterable[Mapping[str, Any]]) -> Acl:
    """``public-read`` if everybody may read the object, else ``private``."""
    for grant in grants:
        if grant.get("Grantee", {}).get("URI") == _EVERYBODY and grant.get("Permission") in {"READ", "FULL_CONTROL"}:
            return "public-read"
    return "private"


def storage_class_to_write(storage_class: str) -> str | None:
    """What a copy has to name to keep *storage_class*; None where the bucket's default is meant."""
    return storage_class if storage_class in _WRITABLE else None
