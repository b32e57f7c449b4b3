"""Which bucket the preview's application takes for that of a blob: by the blob's ``service_name`` and by its own
config/storage.yml. Where that is production's, it would read production's files, and purge them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from masker.buckets.attachments.blobs import find_blob_tables, has_blobs, read_services
from masker.erb import is_known, read_yaml, variable_of
from masker.errors import Problem, Refused, UsageError
from masker.figures import counted
from masker.postgres.connect import connect, parse_url
from masker.postgres.errors import server_errors
from masker.sides import Side

#: The environment that the preview's application runs in: production's, which it is to be like.
_ENVIRONMENT = "production"


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageFile:
    """config/storage.yml: services by name, each with its buckets, of which a mirror has several and a disk none.
    *unclear* are those of which Ruby says a bucket, with the environment variable it is taken from, if that can be
    read."""

    path: Path
    buckets: Mapping[str, tuple[str, ...]]
    unclear: Mapping[str, str | None] = field(default_factory=dict)

    def problems(self, services: Mapping[str, int], targets: Iterable[str]) -> Iterator[Problem]:
        """What is wrong with blobs of *services* (their number by name), where *targets* are the preview's buckets."""
        own = frozenset(targets)
        for name, count in sorted(services.items()):
            for bucket in sorted(set(self.buckets.get(name, ())) - own):
                yield Problem(
                    f"active_storage_blobs.service_name {name}",
                    f"it has {counted(count, 'blob')}, and in {self.path} it is the bucket {bucket}, which is no"
                    f" bucket of the"
                    " preview's: the preview would read its files, and purge them",
                    "have the rules write the preview's service, service_name: {mask: fixed, value: NAME}, or let"
                    f" {self.path} take the bucket from the environment",
                )

    def unknown(self, services: Mapping[str, int]) -> list[str]:
        """Those of *services* that the file has not."""
        return sorted(name for name in services if name not in self.buckets)


def read_storage_file(path: Path) -> StorageFile:
    """The file at *path*. Raises UsageError where it cannot be read."""
    try:
        found: Any = read_yaml(path.read_text(encoding="utf-8"), _ENVIRONMENT)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = (error.strerror or "").lower() if isinstance(error, OSError) else str(error)
        raise UsageError(
            f"storage: {path}: it cannot be read ({reason})", hint="name the application's config/storage.yml"
        ) from None
    if not isinstance(found, Mapping):
        raise UsageError(f"storage: {path}: it names no services", hint="name the application's config/storage.yml")
    said = {str(name): tuple(_buckets(found, name)) for name in found}
    return StorageFile(
        path=path,
        buckets={name: tuple(str(each) for each in buckets if is_known(each)) for name, buckets in said.items()},
        unclear={name: variable_of(each) for name, buckets in said.items() for each in buckets if not is_known(each)},
    )


def _buckets(found: Mapping[Any, Any], name: Any, seen: frozenset[Any] = frozenset()) -> Iterator[Any]:
    """What the service *name* says of its buckets, and what those say that it mirrors. An unknown of Ruby's stands for
    what no entry says."""
    service = found.get(name)
    if not isinstance(service, Mapping) or name in seen:
        return
    listed = service.get("mirrors") or ()
    for other in (service.get("primary"), *(listed if isinstance(listed, list) else (listed,))):
        if other is not None:
            yield from _buckets(found, other, seen | {name}) if is_known(other) else (other,)
    yield from (service[key] for key in ("bucket", "container") if service.get(key) is not None)


def services_of(conn: psycopg.Connection) -> Mapping[str, int]:
    """Blobs by service; none where the database has no Active Storage. Raises psycopg.Error."""
    return read_services(conn, find_blob_tables(conn)) if has_blobs(conn) else {}


def require_own_services(
    url: str, storage: StorageFile, targets: Iterable[str], *, session: psycopg.Connection | None = None
) -> None:
    """Raise Refused where blobs of the preview at *url* are of a service whose bucket is none of *targets*. *session*
    is one that sees what others do not see yet."""
    with (
        contextlib.nullcontext(session) if session else connect(parse_url(url, Side.TARGET)) as conn,
        server_errors(Side.TARGET, "the services of its blobs were read"),
    ):
        services = services_of(conn)
    found = list(storage.problems(services, targets))
    if found:
        raise Refused("; ".join(f"{each.subject}: {each.found}" for each in found), hint=found[0].hint, problems=found)
