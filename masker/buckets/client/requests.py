"""What is asked of object storage, as values: a backend sends them, a job yields them, tests count them.

Keys are whole here, prefixes included; ETags stand without quotes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from masker.buckets.objects import SentAcl
from masker.sides import Side


@dataclass(frozen=True, slots=True)
class ListPage:
    """Answered by a Page of the keys below *prefix* that come after *after*, prefixes cut off."""

    side: Side
    bucket: str
    prefix: str
    after: str | None
    limit: int = 1000


@dataclass(frozen=True, slots=True)
class GetAcl:
    """Answered by an Acl."""

    side: Side
    bucket: str
    key: str


@dataclass(frozen=True, slots=True)
class PutAcl:
    bucket: str
    key: str
    acl: SentAcl


@dataclass(frozen=True, slots=True)
class Original:
    """The object to copy, as the listing had it: with another *etag* the storage refuses."""

    bucket: str
    key: str
    etag: str


@dataclass(frozen=True, slots=True)
class Copy:
    """One server-side copy with metadata and tags; answered by the new ETag. *acl* None sends none."""

    original: Original
    bucket: str
    key: str
    acl: SentAcl | None
    storage_class: str | None


@dataclass(frozen=True, slots=True)
class GetHead:
    """Answered by a Head; with *part*, its size is that of the part."""

    side: Side
    bucket: str
    key: str
    part: int | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """What belongs to an object beside its content. *headers* by their name in the API (``ContentType``).

    *is_restored* says of an archived object that it can be read for the time being, *is_restoring* that it will be.
    """

    size: int
    etag: str
    storage_class: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, object] = field(default_factory=dict)
    is_restored: bool = False
    is_restoring: bool = False


@dataclass(frozen=True, slots=True)
class GetTags:
    """Answered by a mapping."""

    side: Side
    bucket: str
    key: str


@dataclass(frozen=True, slots=True)
class CreateUpload:
    """Begin a copy by parts, answered by its id. What a plain copy takes over has to be given here."""

    bucket: str
    key: str
    acl: SentAcl | None
    storage_class: str | None
    head: Head
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CopyPart:
    """Bytes *first* to *last*, both included, as part *number*; answered by the part's ETag."""

    original: Original
    bucket: str
    key: str
    upload: str
    number: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class CompleteUpload:
    """Answered by the new ETag. *parts* are ETags by number from 1."""

    bucket: str
    key: str
    upload: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AbortUpload:
    bucket: str
    key: str
    upload: str


@dataclass(frozen=True, slots=True)
class PutEmpty:
    """An empty object, answered by its version if the bucket keeps versions."""

    bucket: str
    key: str
    acl: SentAcl | None


@dataclass(frozen=True, slots=True)
class PutObject:
    """A small object, answered by its ETag. *acl* None sends none."""

    bucket: str
    key: str
    body: bytes
    content_type: str
    acl: SentAcl | None


@dataclass(frozen=True, slots=True)
class Delete:
    """At most 1,000 objects, or versions of them, at once; answered by a Deleted."""

    bucket: str
    objects: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Deleted:
    """What the storage says became of which key: it is *gone*, or it *failed* with the code of the error. A key that is
    in neither was not answered."""

    gone: frozenset[str] = frozenset()
    failed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ListVersions:
    """The versions and delete markers of one object, newer versions before older ones; answered by a tuple of
    Version."""

    bucket: str
    key: str


@dataclass(frozen=True, slots=True)
class VersionsPage:
    """Versions and delete markers of the keys after *after*, at most *limit* of them. Answered by a pair: those by key,
    and the last key of a page that is not the last, of which more may follow."""

    bucket: str
    after: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object, or a delete marker on it. The latest is what a reader finds.

    *etag* is empty of a marker, *modified_at* is in seconds by the storage's clock.
    """

    id: str
    is_marker: bool
    is_latest: bool
    etag: str
    modified_at: float


Request = (
    ListPage
    | GetAcl
    | PutAcl
    | Copy
    | GetHead
    | GetTags
    | CreateUpload
    | CopyPart
    | CompleteUpload
    | AbortUpload
    | PutEmpty
    | PutObject
    | Delete
    | ListVersions
    | VersionsPage
)


def side_of(request: Request) -> Side:
    """Whose credentials send *request*: what writes is the target's."""
    match request:
        case ListPage(side=side) | GetAcl(side=side) | GetHead(side=side) | GetTags(side=side):
            return side
        case _:
            return Side.TARGET
