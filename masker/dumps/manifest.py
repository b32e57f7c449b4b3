"""What a dump holds, as the manifest beside it says, sealed by the key: counts and sums, no value of a row."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from masker.errors import Refused

VERSION = 1

#: When it was made, and the run whose preview it is of: ``20261102T031500Z-k3v9x0ab``.
NAME = re.compile(r"\d{8}T\d{6}Z-[a-z0-9]{8}")

_SEAL = "seal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a database holds: ``tables`` rows and keyed sum by name, ``sequences`` where each stands, ``large_objects``
    and ``objects`` (definitions by kind and name) digests."""

    tables: Mapping[str, tuple[int, str]]
    sequences: Mapping[str, str]
    large_objects: Mapping[str, str]
    objects: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One dump of *database*, the preview that *run* has filled. *size* (bytes) and *sha256* are of its file, *record*
    is the digest of what the preview's marker said of the run."""

    dump: str
    database: str
    run: str
    created_at: str
    server: int
    pg_dump: str
    size: int
    sha256: str
    record: str
    content: Content

    def document(self, key: bytes) -> dict[str, Any]:
        """It as plain values, sealed."""
        whole = {"kind": "dump", "version": VERSION, **asdict(self)}
        # As it will be read: what is sealed is what stands there.
        whole = json.loads(json.dumps(whole))
        return {**whole, _SEAL: _sealed(whole, key)}

    @property
    def rows(self) -> int:
        return sum(count for count, _ in self.content.tables.values())


def read_manifest(document: Any, name: str, key: bytes) -> Manifest:
    """The manifest of the dump *name*. Raises Refused for what is none, or was sealed with another key or altered."""
    subject = f"dump {name}"
    if not isinstance(document, dict) or document.get("kind") != "dump":
        raise Refused(f"{subject}: its manifest is none of masker's")
    if document.get("version") != VERSION:
        raise Refused(
            f"{subject}: its manifest has version {document.get('version')}, this masker reads {VERSION}",
            hint="use the version of masker that has made it",
        )
    said = {key_: value for key_, value in document.items() if key_ != _SEAL}
    if not hmac.compare_digest(str(document.get(_SEAL)), _sealed(said, key)):
        raise Refused(
            f"{subject}: its manifest was sealed with another key, or altered",
            hint="--key-file or --key-env name the key by which it was made",
        )
    content = said.pop("content")
    tables = {table: (int(rows), str(digest)) for table, (rows, digest) in content.pop("tables").items()}
    manifest = Manifest(
        content=Content(tables=tables, **content), **{k: v for k, v in said.items() if k not in {"kind", "version"}}
    )
    if manifest.dump != name:
        raise Refused(f"{subject}: its manifest is of the dump {manifest.dump}")
    return manifest


def dump_name(at: datetime, run: str) -> str:
    """What a dump is called."""
    return f"{at:%Y%m%dT%H%M%SZ}-{run}"


def salt_of(key: bytes, name: str) -> str:
    """By which the rows of one dump are summed up: nobody without the key makes other rows of the same sum."""
    return hmac.digest(key, f"masker/v1/dump sums/{name}".encode(), hashlib.sha256).hex()


def record_digest(record: Mapping[str, Any], state: str) -> str:
    """Of what a marker says."""
    return hashlib.sha256(json.dumps([state, record], sort_keys=True).encode()).hexdigest()


def _sealed(document: Mapping[str, Any], key: bytes) -> str:
    subkey = hmac.digest(key, b"masker/v1/dump", hashlib.sha256)
    return hmac.digest(subkey, json.dumps(document, sort_keys=True).encode(), hashlib.sha256).hex()
