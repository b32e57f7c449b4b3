"""S3 Inventory as S3 delivers it, made from what a bucket holds."""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

import pyarrow as pa
import pyarrow.parquet as pq

from tests.buckets.storage import Bucket

ALL = ("Bucket", "Key", "Size", "ETag", "StorageClass", "ObjectAccessControlList")

#: By the name in a CSV's schema: the column of Parquet, its type in the manifest's schema, and in the file.
_IN_PARQUET = {
    "Bucket": ("bucket", "required binary {} (STRING)", pa.string()),
    "Key": ("key", "required binary {} (STRING)", pa.string()),
    "VersionId": ("version_id", "optional binary {} (STRING)", pa.string()),
    "IsLatest": ("is_latest", "optional boolean {}", pa.bool_()),
    "IsDeleteMarker": ("is_delete_marker", "optional boolean {}", pa.bool_()),
    "Size": ("size", "optional int64 {}", pa.int64()),
    "ETag": ("e_tag", "optional binary {} (STRING)", pa.string()),
    "StorageClass": ("storage_class", "optional binary {} (STRING)", pa.string()),
    "ObjectAccessControlList": ("object_access_control_list", "optional binary {} (STRING)", pa.string()),
}


def deliver(
    of: Bucket,
    into: Bucket,
    file_format: str,
    *,
    columns: Sequence[str] = ALL,
    created_at: datetime | None = None,
    files: int = 2,
    more: Sequence[dict[str, Any]] = (),
) -> str:
    """Write an inventory of bucket *of* in *files* files, keys in no order, and *more* rows; the manifest's URL."""
    rows = [*_rows(of), *more]
    rows.reverse()
    entries = []
    for number in range(files):
        content = (_csv if file_format == "CSV" else _parquet)(rows[number::files], columns)
        key = f"inv/{of.name}/daily/data/part{number}.{'csv.gz' if file_format == 'CSV' else 'parquet'}"
        into.put(key, content)
        entries.append({"key": key, "size": len(content), "MD5checksum": hashlib.md5(content).hexdigest()})  # noqa: S324 - what the manifest has
    manifest = {
        "sourceBucket": of.name,
        "destinationBucket": f"arn:aws:s3:::{into.name}",
        "version": "2016-11-30",
        "creationTimestamp": str(int((created_at or datetime.now(UTC)).timestamp() * 1000)),
        "fileFormat": file_format,
        "fileSchema": ", ".join(columns) if file_format == "CSV" else _message(columns),
        "files": entries,
    }
    key = f"inv/{of.name}/daily/2026-01-02T01-00Z/manifest.json"
    into.put(key, json.dumps(manifest).encode())
    return f"s3://{into.name}/{key}"


def _rows(of: Bucket) -> list[dict[str, Any]]:
    pages = of.client.get_paginator("list_objects_v2").paginate(Bucket=of.name)
    return [
        {
            "Bucket": of.name,
            "Key": item["Key"],
            "VersionId": "v1",
            "IsLatest": True,
            "IsDeleteMarker": False,
            "Size": item["Size"],
            "ETag": item["ETag"].strip('"'),
            "StorageClass": item["StorageClass"],
            "ObjectAccessControlList": acl_document(is_public=of.is_public(item["Key"])),
        }
        for page in pages
        for item in page.get("Contents", ())
    ]


def acl_document(*, is_public: bool, status: str = "AVAILABLE") -> str:
    grants = [{"canonicalId": "c0ffee", "type": "CanonicalUser", "permission": "FULL_CONTROL"}]
    everybody = {"uri": "http://acs.amazonaws.com/groups/global/AllUsers", "type": "Group", "permission": "READ"}
    return json.dumps({"version": "2022-11-10", "status": status, "grants": grants + [everybody] * is_public})


def _csv(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    for row in rows:
        values = {
            **row,
            "Key": quote_plus(row["Key"], safe="/"),
            "ObjectAccessControlList": base64.b64encode(row["ObjectAccessControlList"].encode()).decode(),
        }
        writer.writerow(
            [str(values[name]).lower() if isinstance(values[name], bool) else values[name] for name in columns]
        )
    return gzip.compress(text.getvalue().encode())


def _parquet(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> bytes:
    sink = io.BytesIO()
    arrays = {
        _IN_PARQUET[name][0]: pa.array(
            [row[name] if row[name] != "" else None for row in rows], type=_IN_PARQUET[name][2]
        )
        for name in columns
    }
    pq.write_table(pa.table(arrays), sink)
    return sink.getvalue()


def _message(columns: Sequence[str]) -> str:
    fields = "".join(f"  {_IN_PARQUET[name][1].format(_IN_PARQUET[name][0])};" for name in columns)
    return f"message s3.inventory {{{fields}}}"
