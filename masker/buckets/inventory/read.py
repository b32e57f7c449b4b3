"""S3 Inventory read: what its manifest says, and the rows of its files. Files are given; nothing is fetched here.

*Source:* Amazon S3 User Guide, "Locating your inventory list", "Amazon S3 Inventory list" and "Working with the Object
ACL field".
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote_plus

import pyarrow as pa
import pyarrow.parquet as pq

from masker.buckets.objects import Acl, acl_of
from masker.errors import UsageError

Format = Literal["CSV", "Parquet"]

#: Columns by the names of a CSV's schema, in lower case; those of Parquet have underscores between.
_NEEDED = {"key": "Key", "size": "Size", "etag": "ETag", "storageclass": "StorageClass"}
_ACL = "objectaccesscontrollist"
_LATEST = "islatest"
_MARKER = "isdeletemarker"

#: A column in the schema of Parquet: ``optional binary e_tag (STRING);``.
_COLUMN = re.compile(r"\b(?:required|optional)\s+\w+(?:\(\d+\))?\s+(\w+)")

_CONFIGURE = (
    "configure the inventory with Size, ETag and StorageClass (and ObjectAccessControlList for ACLs) as CSV or Parquet,"
    " and wait for its next delivery"
)


class Stocked(NamedTuple):
    """One object as an inventory has it. *acl* is empty where it does not say."""

    key: str
    size: int
    etag: str
    storage_class: str
    acl: str


STOCKED = pa.schema([(name, pa.int64() if name == "size" else pa.string()) for name in Stocked._fields])


@dataclass(frozen=True, slots=True)
class InventoryFile:
    """*size* in bytes, *md5* in hexadecimal digits."""

    key: str
    size: int
    md5: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryManifest:
    """*columns* are lower case without underscores, in the order of a CSV."""

    bucket: str
    created_at: datetime
    format: Format
    columns: tuple[str, ...]
    files: tuple[InventoryFile, ...]

    @property
    def has_acls(self) -> bool:
        return _ACL in self.columns


def parse_manifest(content: bytes, subject: str) -> InventoryManifest:
    """The manifest in *content*. Raises UsageError where it is none, or of an inventory that lacks what a listing
    has."""
    try:
        document = json.loads(content)
        kind, schema = str(document["fileFormat"]), str(document["fileSchema"])
        files = tuple(
            InventoryFile(str(f["key"]), int(f["size"]), str(f["MD5checksum"]).lower()) for f in document["files"]
        )
        bucket, created_at = (
            str(document["sourceBucket"]),
            datetime.fromtimestamp(int(document["creationTimestamp"]) / 1000, UTC),
        )
    except (ValueError, KeyError, TypeError, OverflowError):
        raise UsageError(
            f"{subject}: is not the manifest of an S3 Inventory",
            hint="it is the manifest.json beside the inventory's data",
        ) from None
    formats: dict[str, Format] = {"CSV": "CSV", "Parquet": "Parquet"}
    if kind not in formats:
        raise UsageError(f"{subject}: its files are {kind}, expected CSV or Parquet", hint=_CONFIGURE)
    names = _COLUMN.findall(schema) if kind == "Parquet" else schema.split(",")
    columns = tuple(_plain(name) for name in names)
    missing = [name for column, name in _NEEDED.items() if column not in columns]
    if "versionid" in columns and _LATEST not in columns:
        missing.append("IsLatest")
    if missing:
        raise UsageError(f"{subject}: the inventory has no {', '.join(missing)}", hint=_CONFIGURE)
    return InventoryManifest(bucket=bucket, created_at=created_at, format=formats[kind], columns=columns, files=files)


def read_rows(path: Path, manifest: InventoryManifest, prefix: str) -> Iterator[Stocked]:
    """The present objects below *prefix* in one file, in its order, the prefix cut off. Raises ValueError where it
    cannot be read."""
    rows = _csv_rows(path, manifest.columns) if manifest.format == "CSV" else _parquet_rows(path)
    for row in rows:
        key = row["key"]
        if not key.startswith(prefix) or row.get(_LATEST, "true") != "true" or row.get(_MARKER, "false") == "true":
            continue
        yield Stocked(
            key[len(prefix) :],
            int(row["size"]),
            row["etag"].strip('"'),
            row["storageclass"] or "STANDARD",
            read_grants(row.get(_ACL, "")),
        )


def read_grants(text: str) -> Acl | Literal[""]:
    """The class of an object's ACL from the inventory's document, in base64 or plain; empty where it is not available.

    >>> everybody = '{"type": "Group", "uri": "http://acs.amazonaws.com/groups/global/AllUsers", "permission": "READ"}'
    >>> read_grants('{"status": "AVAILABLE", "grants": [' + everybody + "]}")
    'public-read'
    """
    if not text:
        return ""
    try:
        document = json.loads(text if text.lstrip().startswith("{") else b64decode(text, validate=True))
    except NotBase64:
        raise ValueError("an ACL is neither JSON nor base64") from None
    if document["status"] != "AVAILABLE":
        return ""
    return acl_of(
        {"Grantee": {"URI": grant.get("uri")}, "Permission": grant.get("permission")} for grant in document["grants"]
    )


def _csv_rows(path: Path, columns: tuple[str, ...]) -> Iterator[Mapping[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for values in csv.reader(file):
            row = dict(zip(columns, values, strict=True))
            row["key"] = unquote_plus(row["key"], errors="strict")
            yield row


def _parquet_rows(path: Path) -> Iterator[Mapping[str, str]]:
    with pq.ParquetFile(path) as file:
        names = [name for name in file.schema_arrow.names if _plain(name) in {*_NEEDED, _ACL, _LATEST, _MARKER}]
        for batch in file.iter_batches(batch_size=1024, columns=names):
            lists = [[_text(value) for value in batch.column(name).to_pylist()] for name in names]
            columns = [_plain(name) for name in names]
            for values in zip(*lists, strict=True):
                yield dict(zip(columns, values, strict=True))


def _text(value: Any) -> str:
    """A value as a CSV has it."""
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _plain(name: str) -> str:
    return name.strip().replace("_", "").lower()
