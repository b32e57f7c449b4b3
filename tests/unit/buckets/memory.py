"""Object storage in memory, as naive as can be: what the real ones are compared with. It answers at once, or as *fault*
has it."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from masker.buckets.client.requests import (
    Copy,
    Delete,
    Deleted,
    GetAcl,
    GetHead,
    Head,
    ListPage,
    PutAcl,
    PutObject,
    Request,
)
from masker.buckets.client.traffic import Answer, Landed
from masker.buckets.errors import StorageFault
from masker.buckets.objects import Entry, Page, SentAcl


@dataclass(frozen=True)
class Stored:
    body: bytes
    acl: SentAcl = "private"

    @property
    def etag(self) -> str:
        return hashlib.md5(self.body, usedforsecurity=False).hexdigest()


@dataclass
class Memory:
    """Buckets by name, and the requests that came."""

    buckets: dict[str, dict[str, Stored]]
    most_in_flight: int = 4
    fault: Callable[[Request], StorageFault | None] = lambda _: None
    counts: Counter[str] = field(default_factory=Counter)
    order: list[Request] = field(default_factory=list)

    def send(self, request: Request, landed: Landed) -> None:
        self.counts[type(request).__name__] += 1
        self.order.append(request)
        fault = self.fault(request)
        landed(fault if fault is not None else self._answer(request))

    def close(self) -> None:
        """Nothing is open."""

    def _answer(self, request: Request) -> Answer | StorageFault:
        match request:
            case ListPage(bucket=bucket, prefix=prefix, after=after, limit=limit):
                keys = sorted(key for key in self.buckets[bucket] if key.startswith(prefix))
                first = 0 if after is None else bisect_right(keys, prefix + after)
                page = keys[first : first + limit]
                stored = self.buckets[bucket]
                entries = [
                    Entry(key[len(prefix) :], len(stored[key].body), stored[key].etag, "STANDARD") for key in page
                ]
                return Page(entries, first + limit >= len(keys))
            case GetAcl(bucket=bucket, key=key):
                return (
                    self.buckets[bucket][key].acl
                    if key in self.buckets[bucket]
                    else StorageFault("NoSuchKey", "", status=404)
                )
            case PutAcl(bucket=bucket, key=key, acl=acl):
                self.buckets[bucket][key] = Stored(self.buckets[bucket][key].body, acl)
                return None
            case GetHead(bucket=bucket, key=key):
                found = self.buckets[bucket].get(key)
                return Head(len(found.body), found.etag, "STANDARD") if found else StorageFault("404", "", status=404)
            case Copy(original=original, bucket=bucket, key=key, acl=acl):
                body = self.buckets[original.bucket].get(original.key)
                if body is None:
                    return StorageFault("NoSuchKey", "", status=404)
                if body.etag != original.etag:
                    return StorageFault("PreconditionFailed", "", status=412)
                self.buckets[bucket][key] = Stored(body.body, acl or "private")
                return body.etag
            case PutObject(bucket=bucket, key=key, body=content, acl=acl):
                self.buckets[bucket][key] = Stored(content, acl or "private")
                return self.buckets[bucket][key].etag
            case Delete(bucket=bucket, objects=objects):
                for key, _ in objects:
                    self.buckets[bucket].pop(key, None)
                return Deleted(frozenset(key for key, _ in objects))
            case _:
                raise AssertionError(request)
